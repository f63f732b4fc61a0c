from uuid import UUID

import asyncpg
from msgspec.structs import replace

from plughub.core import connections, events, ids, patch
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Locked, NotFound
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.patch import Change, Patch
from plughub.core.record import Record
from plughub.core.registry import queries
from plughub.core.registry.model import AnyEntry, Kind
from plughub.core.values import Source, to_json

_INSERT = """
INSERT INTO registry (tenant_id, kind, id, company_id, number, key, version, created_at, created_by, changed_at,
                      changed_by, doc, owner_id)
SELECT $1, $2, $3, $4, $5, $6, 1, t.at, $7, t.at, $7, $8, $9 FROM (SELECT clock_timestamp() AS at) t
"""

_UPDATE = """
UPDATE registry SET key = $4, version = version + 1, changed_at = clock_timestamp(), changed_by = $5, doc = $6,
    owner_id = $7
WHERE tenant_id = $1 AND kind = $2 AND id = $3
"""

_DELETE = """
UPDATE registry SET version = version + 1, changed_at = clock_timestamp(), changed_by = $4,
    deleted_at = clock_timestamp()
WHERE tenant_id = $1 AND kind = $2 AND id = $3
"""

#: Of a record whose kind is final.
_MAY_CHANGE = {"custom", "extensions", "remote_id"}


async def create(
    tx: Transaction, caller: Caller, kind: Kind[AnyEntry], changes: Patch, *, id: UUID | None = None
) -> Record[AnyEntry]:
    """A new record from a patch; with this id, where something else has it already."""
    id = id or ids.new()
    noun = patch.apply(kind.noun(source=Source(connection=caller.connection)), changes)
    kind.check(noun)
    number = await tx.numbers.one(caller.tenant, kind.name)
    try:
        await tx.run(
            _INSERT,
            caller.tenant, kind.name, id, caller.company, number, kind.key(noun), caller.actor, _document(noun),
            kind.owner(noun),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(kind.name, getattr(noun, kind.known_by)) from error
    if noun.remote_id is not None:
        await connections.set_remote_id(tx, caller, kind.name, id, noun.remote_id, exclusive=True)
    made = await queries.by_id(tx, caller, kind, id)
    await _told(tx, caller, kind, made, Action.CREATED, [Change("", None, made.value)])
    await kind.follow(tx, caller, id, None, made.value)
    return made


async def hold(tx: Transaction, caller: Caller, kind: Kind[AnyEntry], id: UUID) -> Record[AnyEntry]:
    """The record as it is, and as it stays until this transaction ends."""
    held = await tx.value(
        "SELECT id FROM registry WHERE tenant_id = $1 AND company_id = $2 AND kind = $3 AND id = $4"
        " FOR NO KEY UPDATE",
        caller.tenant, caller.company, kind.name, id,
    )  # fmt: skip
    if held is None:
        raise NotFound(kind.name, id)
    return await queries.by_id(tx, caller, kind, id)


async def change(
    tx: Transaction, caller: Caller, kind: Kind[AnyEntry], id: UUID, changes: Patch
) -> tuple[Record[AnyEntry], list[Change]]:
    """Lay a patch over a record. No change at all changes nothing and tells nobody."""
    before = await hold(tx, caller, kind, id)
    if before.deleted_at is not None:
        raise Locked(kind.name, "was deleted")
    after = patch.apply(before.value, changes)
    kind.check(after)
    told = patch.diff(before.value, after)
    if not told:
        return before, []
    if kind.is_final and any(change.field.split(".")[0] not in _MAY_CHANGE for change in told):
        raise Locked(kind.name, "cannot be changed after it was recorded")
    try:
        await _save(tx, caller, kind, id, after)
    except asyncpg.UniqueViolationError as error:
        raise Duplicate(kind.name, getattr(after, kind.known_by)) from error
    if after.remote_id != before.value.remote_id:
        await connections.set_remote_id(tx, caller, kind.name, id, after.remote_id, exclusive=True)
    saved = await queries.by_id(tx, caller, kind, id)
    await _told(tx, caller, kind, saved, Action.UPDATED, told)
    await kind.follow(tx, caller, id, before.value, after)
    return saved, told


async def touch(tx: Transaction, caller: Caller, kind: Kind[AnyEntry], id: UUID, changes: list[Change]) -> None:
    """The record shows something that is kept elsewhere, and that has changed."""
    before = await hold(tx, caller, kind, id)
    await _save(tx, caller, kind, id, before.value)
    saved = await queries.by_id(tx, caller, kind, id)
    await _told(tx, caller, kind, saved, Action.UPDATED, changes)


async def delete(tx: Transaction, caller: Caller, kind: Kind[AnyEntry], id: UUID) -> Record[AnyEntry]:
    """It stays as a tombstone; its key and remote ids are free. To delete it again does nothing."""
    before = await hold(tx, caller, kind, id)
    if before.deleted_at is not None:
        return before
    if kind.is_final:
        raise Locked(kind.name, "cannot be deleted after it was recorded")
    await tx.run(_DELETE, caller.tenant, kind.name, id, caller.actor)
    await connections.forget_record(tx, caller, [id])
    gone = await queries.by_id(tx, caller, kind, id)
    await _told(tx, caller, kind, gone, Action.DELETED, [Change("", before.value, None)])
    await kind.follow(tx, caller, id, before.value, None)
    return gone


async def _save(tx: Transaction, caller: Caller, kind: Kind[AnyEntry], id: UUID, noun: AnyEntry) -> None:
    await tx.run(_UPDATE, caller.tenant, kind.name, id, kind.key(noun), caller.actor, _document(noun), kind.owner(noun))


def _document(noun: AnyEntry) -> bytes:
    return to_json(replace(noun, remote_id=None))


async def _told(
    tx: Transaction,
    caller: Caller,
    kind: Kind[AnyEntry],
    record: Record[AnyEntry],
    action: Action,
    changes: list[Change],
) -> None:
    await events.record(
        tx, caller, kind.name, record.id,
        version=record.version, action=action, changes=changes, aspects=["content"],
    )  # fmt: skip
