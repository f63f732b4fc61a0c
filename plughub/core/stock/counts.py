"""Lists of counts: many levels set at once, in parts that are each whole, so that a list can be gone on with.

A count is what somebody saw on the shelf: it becomes what is on hand, whatever was sold since it was taken. The list
keeps what each level was before, so that nobody has to guess.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import asyncpg

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.errors import Invalid, Missing, NotFound
from plughub.core.hub import Transaction
from plughub.core.stock import store

#: Rows of one list, and of one part of it. A part holds its products locked, for less than a second.
MOST_ROWS, PART = 20_000, 500
#: How long it is told what became of a list. The movements stay.
KEPT = timedelta(days=90)


class Outcome(StrEnum):
    SET = "set"
    #: It was so already.
    SAME = "same"
    UNKNOWN = "unknown"
    #: Kits and products with variants have no stock of their own.
    KIT = "kit"
    VARIANTS = "variants"


#: Those that left a level as it was although another was wanted.
LEFT_OUT = (Outcome.UNKNOWN, Outcome.KIT, Outcome.VARIANTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    sku: str
    location: UUID
    quantity: Decimal
    #: What was on hand when somebody last looked; None where nothing was ever counted.
    seen: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow(Count):
    #: None until its turn has come.
    outcome: Outcome | None
    #: What was on hand when it was set; None where nothing was ever counted.
    before: Decimal | None

    @property
    def has_moved(self) -> bool:
        """Whether it had changed between the look and the count."""
        return self.outcome in (Outcome.SET, Outcome.SAME) and (self.seen or 0) != (self.before or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountList:
    id: UUID
    note: str | None
    #: Rows that could not be taken, as they were written.
    rest: str
    created_by: str
    created_at: datetime
    #: How many rows came to what; None: those that wait.
    rows: dict[Outcome | None, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def waiting(self) -> int:
        return self.rows.get(None, 0)

    @property
    def left_out(self) -> int:
        return sum(self.rows.get(outcome, 0) for outcome in LEFT_OUT)


_ROWS = """
INSERT INTO stock_count_rows (tenant_id, count_id, position, sku, location_id, quantity, seen)
SELECT $1, $2, x.position, x.sku, x.location, x.quantity, x.seen
FROM unnest($3::text[], $4::uuid[], $5::numeric[], $6::numeric[]) WITH ORDINALITY
    AS x (sku, location, quantity, seen, position)
"""
_WAITING = """
SELECT position, sku, location_id, quantity FROM stock_count_rows
WHERE tenant_id = $1 AND count_id = $2 AND outcome IS NULL ORDER BY position LIMIT $3
"""
_FOUND = """
SELECT n.position, k.variant_id, k.product_id, k.holds_stock, k.is_default, p.is_kit, l.code, s.on_hand
FROM unnest($3::integer[], $4::text[], $5::uuid[]) AS n (position, sku, location)
JOIN skus k ON k.tenant_id = $1 AND k.company_id = $2 AND k.sku = n.sku
JOIN products p ON p.tenant_id = $1 AND p.id = k.product_id
JOIN locations l ON l.tenant_id = $1 AND l.id = n.location
LEFT JOIN stock_levels s ON s.tenant_id = $1 AND s.variant_id = k.variant_id AND s.location_id = n.location
"""
_DONE = """
UPDATE stock_count_rows r SET outcome = x.outcome, before = x.before
FROM unnest($3::integer[], $4::text[], $5::numeric[]) AS x (position, outcome, before)
WHERE r.tenant_id = $1 AND r.count_id = $2 AND r.position = x.position
"""
_LISTS = """
SELECT c.id, c.note, c.rest, c.created_by, c.created_at,
    ARRAY(SELECT (r.outcome, count(*)) FROM stock_count_rows r
          WHERE r.tenant_id = $1 AND r.count_id = c.id GROUP BY r.outcome) AS rows
FROM stock_counts c WHERE c.tenant_id = $1
"""


async def begin(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    rows: Sequence[Count],
    *,
    now: datetime,
    note: str | None = None,
    rest: str = "",
) -> None:
    """Write a list down under an id of the caller's making; the second time with the same id nothing happens."""
    _check(rows)
    await tx.run("DELETE FROM stock_counts WHERE tenant_id = $1 AND created_at < $2", caller.tenant, now - KEPT)
    is_new = await tx.value(
        "INSERT INTO stock_counts (tenant_id, id, note, rest, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING RETURNING true",
        caller.tenant, id, note, rest, caller.actor, now,
    )  # fmt: skip
    if is_new:
        columns = ([row.sku for row in rows], [row.location for row in rows], [row.quantity for row in rows])
        try:
            await tx.run(_ROWS, caller.tenant, id, *columns, [row.seen for row in rows])
        except asyncpg.ForeignKeyViolationError as error:
            raise NotFound("location") from error


def _check(rows: Sequence[Count]) -> None:
    if not rows:
        raise Missing("rows", "has no count in it")
    if len(rows) > MOST_ROWS:
        raise Invalid("rows", f"must be at most {MOST_ROWS}: send the list in parts")
    if len({(row.sku, row.location) for row in rows}) < len(rows):
        raise Invalid("rows", "must have each SKU once per location")
    for row in rows:
        if row.quantity < 0:
            raise Invalid("quantity", f"must not be below zero: {row.sku}")


async def carry_on(tx: Transaction, caller: Caller, id: UUID) -> bool:
    """Carry out the next part of a list, in the caller's transaction; whether anything is left after it."""
    row = await tx.one("SELECT note FROM stock_counts WHERE tenant_id = $1 AND id = $2 FOR UPDATE", caller.tenant, id)
    if row is None:
        raise NotFound("list of counts", id)
    waiting = await tx.all(_WAITING, caller.tenant, id, PART + 1)
    part = waiting[:PART]
    if part:
        found = await _locked(tx, caller, part)
        outcomes = {at["position"]: _outcome(found.get(at["position"]), at["quantity"]) for at in part}
        await _set(tx, caller, [at for at in part if outcomes[at["position"]] is Outcome.SET], found, row["note"])
        before = [None if outcome in LEFT_OUT else found[at]["on_hand"] for at, outcome in outcomes.items()]
        await tx.run(_DONE, caller.tenant, id, list(outcomes), [str(one) for one in outcomes.values()], before)
    return len(waiting) > PART


async def _locked(tx: Transaction, caller: Caller, part: list[asyncpg.Record]) -> dict[int, asyncpg.Record]:
    """What is known of each row's SKU; by its position. Holds until the transaction's end."""
    skus = [row["sku"] for row in part]
    await tx.run(store.LOCK_SKUS, caller.tenant, caller.company, skus)
    rows = await tx.all(
        _FOUND,
        caller.tenant, caller.company, [row["position"] for row in part], skus, [row["location_id"] for row in part],
    )  # fmt: skip
    return {row["position"]: row for row in rows}


def _outcome(found: asyncpg.Record | None, quantity: Decimal) -> Outcome:
    if found is None:
        return Outcome.UNKNOWN
    if not found["holds_stock"]:
        return Outcome.KIT if found["is_kit"] else Outcome.VARIANTS
    return Outcome.SAME if quantity == (found["on_hand"] or 0) else Outcome.SET


async def _set(
    tx: Transaction, caller: Caller, rows: list[asyncpg.Record], found: dict[int, asyncpg.Record], note: str | None
) -> None:
    if not rows:
        return
    of = [found[row["position"]] for row in rows]
    fresh = [
        (at["variant_id"], row["location_id"], ids.new(), at["product_id"])
        for row, at in zip(rows, of, strict=True)
        if at["on_hand"] is None
    ]
    if fresh:
        await store.open_levels(tx, caller.tenant, sorted(fresh))
    told = {at["product_id"]: ids.new() for at in of}
    await tx.run(
        store.COUNT,
        caller.tenant, note, [told[at["product_id"]] for at in of], caller.actor, caller.connection,
        [at["variant_id"] for at in of], [row["location_id"] for row in rows], [row["quantity"] for row in rows],
        [_path(row["sku"], at) for row, at in zip(rows, of, strict=True)], [ids.new() for _ in rows],
    )  # fmt: skip


def _path(sku: str, found: asyncpg.Record) -> str:
    """Where the product's history finds the level."""
    return f"{'default' if found['is_default'] else f'variants[{sku}]'}.levels[{found['code']}]"


async def count_list(tx: Transaction, caller: Caller, id: UUID) -> CountList:
    row = await tx.one(f"{_LISTS} AND c.id = $2", caller.tenant, id)
    if row is None:
        raise NotFound("list of counts", id)
    return _list(row)


async def count_lists(tx: Transaction, caller: Caller, *, limit: int) -> list[CountList]:
    """The latest first."""
    return [_list(row) for row in await tx.all(f"{_LISTS} ORDER BY c.id DESC LIMIT $2", caller.tenant, limit)]


async def count_rows(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    outcomes: Collection[Outcome | None] = (*Outcome, None),
    *,
    limit: int,
    offset: int = 0,
) -> list[CountRow]:
    """Rows of a list in the order in which they were given."""
    rows = await tx.all(
        "SELECT sku, location_id AS location, quantity, seen, outcome, before FROM stock_count_rows"
        " WHERE tenant_id = $1 AND count_id = $2 AND coalesce(outcome, '') = ANY ($3)"
        " ORDER BY position LIMIT $4 OFFSET $5",
        caller.tenant, id, [outcome or "" for outcome in outcomes], limit, offset,
    )  # fmt: skip
    return [CountRow(**dict(row) | {"outcome": row["outcome"] and Outcome(row["outcome"])}) for row in rows]


def _list(row: asyncpg.Record) -> CountList:
    return CountList(
        id=row["id"],
        note=row["note"],
        rest=row["rest"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        rows={outcome and Outcome(outcome): number for outcome, number in row["rows"]},
    )
