"""Notes what clients ask: figures of every call; the request itself where it changed something or was refused."""

import time
from collections import Counter
from urllib.parse import unquote
from uuid import UUID

from plughub.core import ids, traffic
from plughub.core.connections import RECORD_UNTIL
from plughub.core.hub import Hub
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.traffic import Request
from plughub.web import masking
from plughub.web.call import Call, Reply, basic_pair

#: Sent with every answer that is kept in the log, so that a client's own log leads there.
REQUEST_ID = "X-Request-Id"
#: Requests of one connection that are kept within a second, by each process; all are counted.
_MOST = 20
_READS = frozenset({"GET", "HEAD"})
#: A shorter word is no secret, and masking it would spoil the text.
_SHORTEST_PROOF = 8
_LONGEST = 300


class Recorder:
    """One per process. Costs a read that went well a few microseconds: nothing but its figures is noted."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._second = 0
        self._kept: Counter[ConnectionId] = Counter()

    def note(self, call: Call, client: tuple[TenantId, ConnectionId], reply: Reply, seconds: float) -> None:
        """Adds the header with the request's id to the answer where the request is kept."""
        tenant, connection = client
        at = self._hub.now()
        is_kept = call.method not in _READS or reply.status >= 400
        if not is_kept:
            until = call.settings.get(RECORD_UNTIL)
            is_kept = until is not None and at.isoformat() < until
        request = self._request(call, connection, reply, seconds) if is_kept and self._has_room(connection) else None
        traffic.note(self._hub, tenant, connection, traffic.Call(at, call.method, call.path, reply.status), request)

    def _has_room(self, connection: ConnectionId) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._kept.clear()
        self._kept[connection] += 1
        return self._kept[connection] <= _MOST

    def _request(self, call: Call, connection: ConnectionId, reply: Reply, seconds: float) -> Request:
        id = UUID(hex=reply.headers[REQUEST_ID]) if REQUEST_ID in reply.headers else ids.new()
        reply.headers[REQUEST_ID] = id.hex
        proofs = _proofs(call)
        subject = next(reversed(list(call.route.values())), None)
        return Request(
            id=id,
            connection=connection,
            method=call.method,
            path=masking.query(call.path, proofs)[:_LONGEST],
            query=masking.body(call.raw_query, proofs),
            subject=unquote(subject)[:_LONGEST] if subject else None,
            status=reply.status,
            seconds=seconds,
            address=call.address,
            agent=(call.header("user-agent") or "")[:_LONGEST],
            sent_type=(call.header("content-type") or "")[:_LONGEST],
            sent=masking.body(call.body, proofs),
            sent_size=len(call.body) if call.is_whole else -1,
            answer_type=reply.content_type,
            answer=masking.body(reply.body, proofs),
            answer_size=len(reply.body) if reply.rest is None else -1,
        )


def _proofs(call: Call) -> list[str]:
    """What this client proved itself with: should it stand anywhere else, it is masked there, too."""
    header = call.header("authorization") or ""
    pair = basic_pair(header)
    found = [header.partition(" ")[2].strip(), pair[1] if pair else ""]
    found += [value for name, value in call.query if masking.is_secret(name)]
    return [proof for proof in found if len(proof) >= _SHORTEST_PROOF]
