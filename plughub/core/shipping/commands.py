from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from plughub.core import codes, events, ids, patch
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Invalid, Locked
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.patch import Change, Patch
from plughub.core.shipping import queries, rules, store
from plughub.core.shipping.model import (
    DEFAULT_BUDGET_MS,
    FreightRow,
    FreightSource,
    FreightTable,
    Heard,
    Origin,
    Outcome,
)


async def set_origin(tx: Transaction, caller: Caller, origin: Origin) -> None:
    """Where the tenant's parcels start from now on."""
    if codes.country(origin.country) != origin.country:
        raise Invalid("country", f"{origin.country!r} is no country: give an ISO 3166-1 code such as BR")
    before = await queries.origin(tx, caller.tenant)
    if before == origin:
        return
    await store.save_origin(tx, caller.tenant, origin)
    old = asdict(before) if before else {}
    changes = [Change(name, old.get(name), value) for name, value in asdict(origin).items() if value != old.get(name)]
    action = Action.UPDATED if before else Action.CREATED
    await _told(tx, caller, "freight_origin", caller.tenant, 1, action, changes)


async def add_source(
    tx: Transaction,
    caller: Caller,
    *,
    name: str,
    url: str,
    budget_ms: int = DEFAULT_BUDGET_MS,
    connection: ConnectionId | None = None,
) -> FreightSource:
    """A source that is asked from now on. That the address may be called at all is for the edge to check."""
    source = FreightSource(id=ids.new(), name=name.strip(), url=url.strip(), budget_ms=budget_ms, connection=connection)
    rules.check_source(source)
    if await store.lock_sources(tx, caller.tenant) >= rules.MOST_SOURCES:
        raise Locked("tenant", f"has {rules.MOST_SOURCES} freight sources, the most there may be: remove one first")
    await store.insert_source(tx, caller.tenant, source)
    changes = [Change("name", None, source.name), Change("url", None, source.url)]
    await _told(tx, caller, "freight_source", source.id, source.version, Action.CREATED, changes)
    return source


async def change_source(
    tx: Transaction, caller: Caller, name: str, changed: Patch
) -> tuple[FreightSource, list[Change]]:
    """The source as it is now, and what of it has changed."""
    before = await store.lock_source(tx, caller.tenant, name)
    after = patch.apply(before, changed)
    rules.check_source(after)
    changes = patch.diff(before, after)
    if changes:
        after = replace(after, version=before.version + 1)
        await store.save_source(tx, caller.tenant, after)
        await _told(tx, caller, "freight_source", after.id, after.version, Action.UPDATED, changes)
    return after, changes


async def remove_source(tx: Transaction, caller: Caller, name: str) -> FreightSource:
    source = await store.lock_source(tx, caller.tenant, name)
    await store.remove_source(tx, caller.tenant, source.id)
    changes = [Change("name", source.name, None), Change("url", source.url, None)]
    await _told(tx, caller, "freight_source", source.id, source.version + 1, Action.DELETED, changes)
    return source


async def count(tx: Transaction, tenant: TenantId, heard: Iterable[Heard]) -> None:
    """Add up how askings ended: one statement, however many there were."""
    of: dict[UUID, list[Heard]] = {}
    for one in heard:
        of.setdefault(one.source.id, []).append(one)
    if not of:
        return
    lines = [_line(id, of[id]) for id in of]
    await store.count(tx, tenant, list(zip(*lines, strict=True)))


async def import_table(
    tx: Transaction, caller: Caller, name: str, rows: Sequence[FreightRow], *, now: datetime, replaces: bool = False
) -> FreightTable:
    """A table with these rows. `replaces`: one of the same name gets them in place of its own."""
    before = await store.lock_table(tx, caller.tenant, name)
    if before is not None and not replaces:
        raise Duplicate("freight table", name)
    table = FreightTable(
        id=before.id if before else ids.new(),
        name=name,
        row_count=len(rows),
        version=before.version + 1 if before else 1,
        changed_at=now,
    )
    if before is None:
        await store.insert_table(tx, caller.tenant, table)
    else:
        await store.remove_rows(tx, caller.tenant, table.id)
        await store.save_table(tx, caller.tenant, table)
    await store.insert_rows(tx, caller.tenant, table.id, rows)
    changes = [Change("rows", before.row_count if before else None, len(rows))]
    action = Action.UPDATED if before else Action.CREATED
    await _told(tx, caller, "freight_table", table.id, table.version, action, [*_named(before, name), *changes])
    return table


async def remove_table(tx: Transaction, caller: Caller, name: str) -> FreightTable:
    table = await store.lock_table(tx, caller.tenant, name) or await queries.table_by_name(tx, caller.tenant, name)
    await store.remove_table(tx, caller.tenant, table.id)
    changes = [Change("name", name, None), Change("rows", table.row_count, None)]
    await _told(tx, caller, "freight_table", table.id, table.version + 1, Action.DELETED, changes)
    return table


def _named(before: FreightTable | None, name: str) -> list[Change]:
    return [] if before else [Change("name", None, name)]


def _line(source: UUID, heard: Sequence[Heard]) -> tuple[object, ...]:
    """The columns of one source: its counts, and the last of each kind."""
    answered = [one for one in heard if one.outcome is Outcome.ANSWERED]
    others = [one for one in heard if one.outcome is not Outcome.ANSWERED]
    late = sum(one.outcome is Outcome.LATE for one in others)
    last = max(others, key=lambda one: one.at, default=None)
    return (
        source,
        len(answered),
        late,
        len(others) - late,
        max((one.at for one in answered), default=None),
        last and last.at,
        last and last.reason,
    )


async def _told(
    tx: Transaction, caller: Caller, kind: str, id: UUID, version: int, action: Action, changes: Sequence[Change]
) -> None:
    """How freight is set up is history like any other; no client's software is told of it."""
    await events.record(
        tx,
        caller,
        kind,
        id,
        version=version,
        action=action,
        changes=changes,
        aspects=["content"],
        silent=True,
    )
