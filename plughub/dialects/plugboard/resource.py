"""The routes that every record type has, once (specification 6, 11 and 18).

A resource file declares a `Resource`: how its records are found, created, changed, deleted and shown. Everything
else is here: ids, upserts by remote id, tombstones, lists, queries, fields that nobody knows.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic
from urllib.parse import quote
from uuid import UUID

import msgspec

from plughub.core import connections, ids, listing
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Locked, Missing, NotFound
from plughub.core.filters import All, Compare, Filter, Op
from plughub.core.hub import Transaction
from plughub.core.listing import Source
from plughub.core.record import Head, Noun, Record
from plughub.dialects.plugboard import bodies, query
from plughub.dialects.plugboard.errors import Bad, Wrong
from plughub.dialects.plugboard.kinds import read_moment
from plughub.dialects.plugboard.query import COMMON, Column
from plughub.dialects.plugboard.scene import COMMON_NAMES, GROUP_OPTION, Scene, remote_id
from plughub.web.call import Call, Reply, to_json
from plughub.web.wire import ABSENT

#: The first part of a long list is small: some clients wait a second for it and no longer (C).
_FIRST_PART, _PART = 20, 200
_NO_LIMIT = 2**62

Body = dict[str, Any]


def _itself(record: Record[Any]) -> tuple[UUID, ...]:
    return (record.id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Generic[Noun]):
    """One record type on the wire."""

    #: `product/attribute`.
    path: str
    #: As errors and schemas name it: Attribute.
    name: str
    #: Kinds under which remote ids are kept; the first is the record's own.
    kinds: tuple[str, ...]
    source: Callable[[Caller], Source]
    #: Fields for queries beside the common ones; texts compare in the caller's language.
    columns: Callable[[Caller], Mapping[str, Column]] = lambda caller: {}
    fetch: Callable[[Transaction, Caller, Sequence[UUID]], Awaitable[dict[UUID, Record[Noun]]]]
    create: Callable[[Transaction, Scene, Body], Awaitable[UUID]]
    change: Callable[[Transaction, Scene, UUID, Body], Awaitable[None]]
    delete: Callable[[Transaction, Scene, UUID], Awaitable[None]]
    #: All that the record shows.
    write: Callable[[Scene, Record[Noun]], dict[str, Any]]
    #: JSON Schema of each field, in the order shown; what is not here is a field that nobody knows.
    fields: Mapping[str, dict[str, Any]]
    #: Reads what records show beside themselves into the scene.
    learn: Callable[[Transaction, Scene, Sequence[Record[Noun]]], Awaitable[None]] | None = None
    #: Everybody's remote ids of a record that is read with them: id -> connection -> remote id. None: ask for them.
    remote_ids: Callable[[Record[Noun]], Mapping[UUID, dict[UUID, str]]] | None = None
    #: A change that may be one statement, with what it then shows; None: it is none, or changes nothing.
    quick: Callable[[Call, UUID, Body], Awaitable[bytes | None]] | None = None
    #: Ids under which the record's remote ids are kept.
    known_as: Callable[[Record[Noun]], tuple[UUID, ...]] = _itself
    #: Fields that one request may carry though they are not the record's.
    also: frozenset[str] = field(default=frozenset())

    async def get_list(self, call: Call) -> Reply:
        """Everything, or what changed since a moment, in the order of change; sent as it is read."""
        where, limit, offset = _list_parameters(call)
        parts = self._parts(call, where, limit, offset)
        first, is_all = await anext(parts)
        return Reply(200, first) if is_all else Reply(200, first, rest=_bytes(parts))

    async def post_query(self, call: Call) -> Reply:
        caller = call.identity.caller
        columns = {**COMMON, **self.columns(caller)}
        wanted = query.parse(bodies.read(call), columns, self.name)
        async with call.hub.read(caller.tenant) as tx:
            heads = await listing.found(
                tx, self.source(caller), wanted.where, wanted.sorts, caller, limit=wanted.limit, offset=wanted.offset
            )
            return Reply(200, to_json(await self._page(call, tx, heads)))

    async def post(self, call: Call) -> Reply:
        body = bodies.read(call)
        ignored = self._check_known(call, body)
        is_upsert = flag(call, "updateOnRemoteId")
        mine = remote_id(body).get("remote_id")
        caller = call.identity.caller
        async with call.hub.change(caller.tenant) as tx:
            known = None
            if is_upsert and mine is not None:
                # Two clients that create it at once would both find nothing.
                await connections.hold_remote_id(tx, caller, self.kinds[0], mine)
                known = await connections.record_of(tx, caller, self.kinds[0], mine)
            scene = await Scene.of(tx, call)
            if known is not None:
                await self.change(tx, scene, known, body)
            id = known or await self._created(tx, scene, body, mine)
            shown = await self.shown(tx, scene, id)
        status = 200 if known is not None else int(call.identity.settings.get("create_status", "201"))
        return Reply(status, to_json(shown), headers=ignored)

    async def _created(self, tx: Transaction, scene: Scene, body: Body, mine: str | None) -> UUID:
        try:
            return await self.create(tx, scene, body)
        except Missing as error:
            # What is missing is the parameter, as a rule: the body is a change of a record that is there.
            if mine is not None and await connections.record_of(tx, scene.caller, self.kinds[0], mine):
                raise Duplicate("remote id", mine) from error
            raise

    async def get(self, call: Call) -> Reply:
        id = local_id(call)
        async with call.hub.read(call.identity.caller.tenant) as tx:
            return Reply(200, to_json(await self.shown(tx, Scene(call), id)))

    async def put(self, call: Call) -> Reply:
        id = local_id(call)
        if self.quick is not None and (shown := await self.quick(call, id, bodies.read(call))) is not None:
            return Reply(200, shown)
        return await self._changed(call, id)

    async def delete_one(self, call: Call) -> Reply:
        return await self._deleted(call, local_id(call))

    async def get_by_remote_id(self, call: Call) -> Reply:
        async with call.hub.read(call.identity.caller.tenant) as tx:
            id = await self.by_remote_id(tx, call)
            return Reply(200, to_json(await self.shown(tx, Scene(call), id)))

    async def put_by_remote_id(self, call: Call) -> Reply:
        return await self._changed(call, None)

    async def delete_by_remote_id(self, call: Call) -> Reply:
        return await self._deleted(call, None)

    async def _changed(self, call: Call, id: UUID | None) -> Reply:
        """Change the record with this id; None: the one that `remoteId` names."""
        body = bodies.read(call)
        ignored = self._check_known(call, body)
        async with call.hub.change(call.identity.caller.tenant) as tx:
            id = id or await self.by_remote_id(tx, call)
            _check_local_id(body, id)
            scene = await Scene.of(tx, call)
            if (await self.record(tx, scene, id)).deleted_at is not None:
                raise Locked(self.kinds[0], "was deleted")
            await self.change(tx, scene, id, body)
            shown = await self.shown(tx, scene, id)
        return Reply(200, to_json(shown), headers=ignored)

    async def _deleted(self, call: Call, id: UUID | None) -> Reply:
        async with call.hub.change(call.identity.caller.tenant) as tx:
            id = id or await self.by_remote_id(tx, call)
            scene = await Scene.of(tx, call)
            if (await self.record(tx, scene, id)).deleted_at is None:
                await self.delete(tx, scene, id)
            shown = await self.shown(tx, scene, id)
        return Reply(200, to_json(shown))

    async def by_remote_id(self, tx: Transaction, call: Call, parameter: str = "remoteId") -> UUID:
        """The record that the caller knows under the id in the query."""
        text = call.parameter(parameter)
        if not text or "\0" in text:
            raise Wrong("ParameterMalformed", f"Parameter {parameter} is missing or empty", parameter, text)
        id = await connections.record_of(tx, call.identity.caller, self.kinds[0], text)
        if id is None:
            message = f"No {self.path} with remote id {text} on this connection"
            raise Wrong("NoSuchRemoteId", message, parameter, text)
        return id

    async def record(self, tx: Transaction, scene: Scene, id: UUID) -> Record[Noun]:
        """Also one that was deleted."""
        found = await self.fetch(tx, scene.caller, [id])
        if id not in found:
            raise NotFound(self.kinds[0], id)
        return found[id]

    async def shown(self, tx: Transaction, scene: Scene, id: UUID) -> dict[str, Any]:
        return await self.written(tx, scene, await self.record(tx, scene, id))

    async def written(self, tx: Transaction, scene: Scene, record: Record[Noun]) -> dict[str, Any]:
        await self._learn(tx, scene, [record])
        return self.write(scene, record)

    async def _learn(self, tx: Transaction, scene: Scene, records: Sequence[Record[Any]]) -> None:
        await scene.meet(tx, (record.value.source for record in records))
        if self.remote_ids is not None:
            for record in records:
                scene.remote_ids |= self.remote_ids(record)
        else:
            await scene.learn(tx, self.kinds, [id for record in records for id in self.known_as(record)])
        if self.learn is not None:
            await self.learn(tx, scene, records)

    async def _page(self, call: Call, tx: Transaction, heads: Sequence[Head]) -> list[msgspec.Raw]:
        scene = Scene(call)

        async def fetch(missing: list[UUID]) -> dict[UUID, Record[Noun]]:
            records = await self.fetch(tx, scene.caller, missing)
            await self._learn(tx, scene, list(records.values()))
            return records

        return await call.rendered.page(
            owner(call, self.path), heads, fetch, lambda record: to_json(self.write(scene, record))
        )

    async def _parts(self, call: Call, where: Filter, limit: int, offset: int) -> AsyncIterator[tuple[bytes, bool]]:
        """A JSON array in parts, and whether each is the last; between them no connection is held."""
        caller = call.identity.caller
        async with call.hub.read(caller.tenant) as tx:
            until = await listing.settled(tx, caller)
        after, left, lead = None, limit, b""
        opening = b"["
        while True:
            size = min(_FIRST_PART if after is None and left > _PART else _PART, left)
            async with call.hub.read(caller.tenant) as tx:
                heads, after = await listing.stretch(
                    tx, self.source(caller), where, caller, until=until, after=after, limit=size, offset=offset
                )
                records = await self._page(call, tx, heads)
            left, offset = left - len(heads), 0
            is_last = after is None or left == 0
            text = b",".join(bytes(record) for record in records)
            yield opening + (lead + text if text else b"") + (b"]" if is_last else b""), is_last
            if is_last:
                return
            opening, lead = b"", b"," if text else lead

    def _check_known(self, call: Call, body: Body) -> dict[str, str]:
        return check_known(call, body, self.fields.keys() | COMMON_NAMES | self.also)


def check_known(call: Call, names: Iterable[str], known: Container[str]) -> dict[str, str]:
    """The header that names what was not understood; a strict connection is refused instead."""
    unknown = [name for name in names if name not in known]
    if not unknown:
        return {}
    if call.identity.settings.get("unknown_fields") == "refused":
        raise Bad(unknown[0], "is no field of this resource", "UnknownField", unknown[0])
    return {"X-Plughub-Ignored": ", ".join(quote(name, safe="_-.|") for name in unknown)[:1000]}


def owner(call: Call, path: str) -> tuple[str, UUID | None, str, str, str]:
    """Under which the bytes of records are kept: the same address, caller, language, texts and type show the same."""
    caller = call.identity.caller
    group = str(call.identity.settings.get(GROUP_OPTION, ""))
    return call.mount, caller.connection, caller.language, group, path


def local_id(call: Call, name: str = "localId") -> UUID:
    """The id in the path; what is no id is no resource."""
    text = call.route[name]
    try:
        return ids.from_hex32(text)
    except ValueError:
        is_id = len(text) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in text)
        raise Wrong("NoSuchRecord" if is_id else "NoSuchResource", field=name, value=text) from None


def _check_local_id(body: Body, id: UUID) -> None:
    given = body.get("localId")
    if given is not None and str(given).lower() != id.hex:
        raise Bad("localId", "differs from the path", "LocalIdMismatch", given)


def _list_parameters(call: Call) -> tuple[Filter, int, int]:
    """What a list is asked for: (which records, how many, from where)."""
    since = _parameter(call, "modifiedAtOrAfter", read_moment)
    limit = _parameter(call, "numRecords", lambda text: query.count(text, "", 1, 1000, 0))
    offset = _parameter(call, "offset", lambda text: query.count(text, "", 0, 2**31, 0))
    which = _parameter(call, "deletedFlag", lambda text: query.flag(text, ""))
    parts = [] if since is ABSENT else [Compare("changed_at", Op.FROM, since)]
    if which is not ABSENT:
        parts.append(which)
    return All(tuple(parts)), _NO_LIMIT if limit is ABSENT else limit, 0 if offset is ABSENT else offset


def _parameter(call: Call, name: str, read: Callable[[str], Any]) -> Any:
    text = call.parameter(name)
    if text is None:
        return ABSENT
    try:
        return read(text.strip())
    except Bad as error:
        raise Wrong("ParameterMalformed", f"Parameter {name} {error.reason}", name, text) from error


def flag(call: Call, name: str) -> bool:
    text = call.parameter(name)
    if text is None:
        return False
    if text.lower() not in ("true", "false"):
        raise Wrong("ParameterMalformed", f"Parameter {name} must be true or false", name, text)
    return text.lower() == "true"


async def _bytes(parts: AsyncIterator[tuple[bytes, bool]]) -> AsyncIterator[bytes]:
    async for text, _ in parts:
        yield text
