"""What translating a record takes beyond the record: who asks, the tenant's connections, everybody's remote ids."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from plughub.core import connections
from plughub.core.caller import Caller
from plughub.core.errors import Missing
from plughub.core.finance import Payment, PaymentEvent
from plughub.core.hub import Transaction
from plughub.core.prices import Listed
from plughub.core.record import Record
from plughub.core.tenants import Peer
from plughub.core.values import Source
from plughub.dialects.plugboard.auth import NAME
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import Text, write_moment
from plughub.web.call import Call

_REMOTE_ID = Text(500)

#: The option of a connection that names its content group.
GROUP_OPTION = "content_group"

#: What every record shows and no client writes, but for `remoteId`, `source.code` and `customData`.
COMMON_NAMES = frozenset(
    {"href", "localId", "remoteId", "remoteIdMap", "remoteRefMap", "created", "lastModified", "deleted", "source",
     "customData"}
)  # fmt: skip


class Scene:
    """Filled as records are read: `learn` before they are written out."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.caller: Caller = call.identity.caller
        self.language = self.caller.language
        self.settings: Mapping[str, Any] = call.identity.settings
        #: Whose texts this connection is shown in place of everybody's; none: nobody's.
        self.content_group = str(self.settings.get(GROUP_OPTION, ""))
        self.base = f"{call.mount}/api"
        #: As the caller was known with, a moment ago at most; `meet` asks again.
        self.connections: Mapping[UUID, Peer] = call.identity.peers
        self.remote_ids: dict[UUID, dict[UUID, str]] = {}
        #: Variant group -> the products in it.
        self.members: dict[UUID, list[UUID]] = {}
        self.price_lists: tuple[Listed, ...] = ()
        #: Order -> its payments and what happened to them.
        self.money: dict[UUID, list[Record[Payment | PaymentEvent]]] = {}

    @classmethod
    async def of(cls, tx: Transaction, call: Call) -> "Scene":
        """For a change: what is checked against the tenant's connections is checked against those that it has now."""
        scene = cls(call)
        if b"customData" in call.body:
            await scene._meet(tx)
        return scene

    async def meet(self, tx: Transaction, sources: Iterable[Source]) -> None:
        """Know the connections that these records come from, one that has just been made, too."""
        if {source.connection for source in sources} - {None} - self.connections.keys():
            await self._meet(tx)

    async def _meet(self, tx: Transaction) -> None:
        found = await connections.connections(tx, self.caller.tenant)
        self.connections = {one.id: Peer(one.dialect, one.name) for one in found}

    async def learn(self, tx: Transaction, kinds: Iterable[str], records: Iterable[UUID]) -> None:
        """Everybody's ids of these records."""
        wanted = list(records)
        if wanted:
            self.remote_ids |= await connections.remote_ids(tx, self.caller.tenant, list(kinds), wanted)

    @cached_property
    def connection_ids(self) -> frozenset[str]:
        """As keys of custom data name them."""
        return frozenset(id.hex for id in self.connections)

    def href(self, path: str, id: UUID) -> str:
        return f"{self.base}/{path}/{id.hex}"

    def common(self, path: str, record: Record[Any], source: Source, *ids: UUID) -> dict[str, Any]:
        """What every record shows. `ids`: under which its remote ids are kept, where it is not its own alone."""
        known = {key: text for id in ids or (record.id,) for key, text in self.remote_ids.get(id, {}).items()}
        mine = self.caller.connection
        return {
            "href": self.href(path, record.id),
            "localId": record.id.hex,
            "remoteId": known.get(mine) if mine is not None else None,
            "remoteIdMap": {id.hex: {"connectionId": id.hex, "remoteId": text} for id, text in known.items()},
            "remoteRefMap": {},
            "created": write_moment(record.created_at),
            "lastModified": write_moment(record.changed_at),
            "deleted": record.deleted_at is not None,
            "source": self.source(source, record.created_by),
        }

    def source(self, source: Source, actor: str) -> dict[str, Any]:
        if source.connection is None:
            return {"type": "user", "login": actor}
        connection = self.connections.get(source.connection)
        dialect = connection.dialect if connection else None
        return {
            "type": "connection",
            "connectionType": connection_type(dialect),
            "connectionId": source.connection.hex,
            "code": source.code,
            "connectionName": connection.name if connection else None,
        }

    def source_code(self, body: Mapping[str, Any], source: Source | None) -> dict[str, Any]:
        """The patch of a record's source: its code, and only for the connection that is the source."""
        given = body.get("source")
        if not isinstance(given, dict) or "code" not in given:
            return {}
        if source is not None and source.connection != self.caller.connection:
            return {}
        code = given["code"]
        return {"source": {"code": None if code is None else _read("source.code", code)}}


def connection_type(dialect: str | None) -> str | None:
    """The vendor's word for what speaks this API is `api`."""
    return "api" if dialect == NAME else dialect


def remote_id(body: Mapping[str, Any]) -> dict[str, Any]:
    """The patch of the caller's own id; an empty one is none."""
    if "remoteId" not in body:
        return {}
    value = body["remoteId"]
    return {"remote_id": None if value is None else _read("remoteId", value) or None}


def required(body: Mapping[str, Any], name: str, *, is_new: bool) -> None:
    """Refuse a record without the field, and a change that clears it."""
    if body.get(name) is None and (is_new or name in body):
        raise Missing(name, "is required")


def _read(name: str, value: Any) -> str:
    try:
        text = _REMOTE_ID.read(value)
    except Bad as error:
        raise error.within(name) from error
    if "\0" in text:
        raise Bad(name, "must not contain the NUL character", "FieldType")
    return text
