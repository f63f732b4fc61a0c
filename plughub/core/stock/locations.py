"""Where stock is kept: the main location that every tenant has, and those that people or clients name."""

from uuid import UUID

import asyncpg
from msgspec import Struct

from plughub.core import events, ids
from plughub.core.caller import Caller
from plughub.core.errors import Conflict, Duplicate, Invalid, Missing, NotFound
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.patch import Change
from plughub.core.stock.model import MAIN
from plughub.core.values import LONGEST_KEY

LONGEST_NAME = 100
#: What a column of whole numbers holds.
_LARGEST_PRIORITY = 2**31 - 1


class Location(Struct, frozen=True, kw_only=True):
    id: UUID
    #: What clients and lists of counts call it; it never changes.
    code: str
    name: str
    #: Asked from 0 upward where a level has no priority of its own; None comes last. The main one is asked after all.
    priority: int | None = None
    #: Raised by every change.
    version: int = 1

    @property
    def is_main(self) -> bool:
        return self.code == MAIN


async def locations(tx: Transaction, tenant: TenantId) -> list[Location]:
    """All of them: the main one, then in the order in which they are asked."""
    rows = await tx.all(
        "SELECT id, code, name, priority, version FROM locations WHERE tenant_id = $1"
        " ORDER BY id <> $1, priority NULLS LAST, name, id",
        tenant,
    )
    return [Location(**dict(row)) for row in rows]


async def create_location(tx: Transaction, caller: Caller, *, code: str, name: str, priority: int | None) -> Location:
    _check(name, priority)
    if not code:
        raise Missing("code", "is required")
    if len(code) > LONGEST_KEY or code.startswith("$"):
        raise Invalid("code", f"must have at most {LONGEST_KEY} characters and not begin with $")
    made = Location(id=ids.new(), code=code, name=name, priority=priority)
    try:
        await tx.run(
            "INSERT INTO locations (tenant_id, id, code, name, priority) VALUES ($1, $2, $3, $4, $5)",
            caller.tenant, made.id, code, name, priority,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("location with the code", code) from error
    await _told(tx, caller, made, Action.CREATED, [Change("", None, made)])
    return made


async def change_location(
    tx: Transaction, caller: Caller, id: UUID, *, name: str, priority: int | None, version: int
) -> Location:
    """`version` is the one that was seen: what somebody else changed since is not written over."""
    _check(name, priority)
    row = await tx.one(
        "SELECT id, code, name, priority, version FROM locations WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE",
        caller.tenant,
        id,
    )
    if row is None:
        raise NotFound("location", id)
    before = Location(**dict(row))
    fields = {"name": name, "priority": priority}
    told = [Change(field, row[field], after) for field, after in fields.items() if row[field] != after]
    if not told:
        return before
    if version != before.version:
        raise Conflict(f"somebody else has changed {before.name} meanwhile: look at it again")
    after = Location(id=id, code=before.code, name=name, priority=priority, version=version + 1)
    await tx.run(
        "UPDATE locations SET name = $3, priority = $4, version = $5 WHERE tenant_id = $1 AND id = $2",
        caller.tenant, id, name, priority, after.version,
    )  # fmt: skip
    await _told(tx, caller, after, Action.UPDATED, told)
    return after


def _check(name: str, priority: int | None) -> None:
    if not name:
        raise Missing("name", "is required")
    if len(name) > LONGEST_NAME:
        raise Invalid("name", f"must have at most {LONGEST_NAME} characters")
    if priority is not None and not 0 <= priority <= _LARGEST_PRIORITY:
        raise Invalid("priority", "must be a whole number from 0 upward")


async def _told(tx: Transaction, caller: Caller, of: Location, action: Action, changes: list[Change]) -> None:
    await events.record(
        tx, caller, "location", of.id, version=of.version, action=action, changes=changes, aspects=["content"]
    )
