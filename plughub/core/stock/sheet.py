"""The stock sheet: SKUs with their levels, those that run low first if so asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from plughub.core import search
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import ProductId, VariantId
from plughub.core.record import Page
from plughub.core.sql import Binder


class Shelf(Struct, frozen=True, array_like=True):
    """How much of a SKU is at one location."""

    location: UUID
    on_hand: Decimal
    #: Promised to orders that have not left the house.
    reserved: Decimal

    @property
    def free(self) -> Decimal:
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A SKU that stock is kept of: neither a kit nor a product with variants. No shelf: it was never counted."""

    sku: str
    product: ProductId
    variant: VariantId
    #: Location's id -> what is there.
    shelves: Mapping[UUID, Shelf]

    @property
    def free(self) -> Decimal:
        return sum((shelf.free for shelf in self.shelves.values()), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Which SKUs, and in which order. "Free" is on hand less reserved, over all locations or at the one named."""

    text: str = ""
    #: Only SKUs that were counted there, and only what is there.
    location: UUID | None = None
    #: Not more than this is free; what was never counted has nothing free.
    up_to: Decimal | None = None
    #: Somewhere less than nothing is free.
    is_below_zero: bool = False
    #: By what is free, fewest first; None: by SKU.
    descending: bool | None = None
    limit: int = 50
    offset: int = 0


_shelves = msgspec.json.Decoder(list[Shelf])

#: Asked for by variant, for those rows only that are shown.
_SHELVES = """
(SELECT json_agg(json_build_array(s.location_id, s.on_hand, s.reserved)) FROM stock_levels s
 WHERE s.tenant_id = $1 AND s.variant_id = {variant})
"""
#: One reading of all levels: whoever asks for the lowest has to look at each.
_FREE = """
(SELECT s.variant_id, sum(s.on_hand - s.reserved) AS free, bool_or(s.on_hand < s.reserved) AS is_below
 FROM stock_levels s WHERE s.tenant_id = $1{at} GROUP BY s.variant_id)
"""
_KEPT = "(SELECT k.*, k.product_id AS id FROM skus k WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.holds_stock) r"


async def positions(tx: Transaction, caller: Caller, sheet: Sheet) -> Page[Position]:
    """A page of the sheet in two statements at most."""
    bind = Binder(caller.tenant, caller.company)
    asked = _asked(sheet, bind)
    count, counted = f"SELECT count(*) FROM {asked.source} WHERE {asked.where}", list(bind.values)
    # What has to be looked at one by one is counted on the way; else the rest need not be looked at.
    total = "count(*) OVER ()" if asked.is_narrowed else f"(SELECT count(*) FROM {_KEPT})"
    rows = await tx.all(
        f"""
        WITH page AS MATERIALIZED (
            SELECT r.sku, r.product_id, r.variant_id, {total} AS total, {asked.columns}
            FROM {asked.source} WHERE {asked.where}
            ORDER BY {asked.order} LIMIT {bind(sheet.limit)} OFFSET {bind(sheet.offset)}
        )
        SELECT p.*, {_SHELVES.format(variant="p.variant_id")} AS shelves FROM page p ORDER BY {asked.order}
        """,
        *bind.values,
    )
    found = rows[0]["total"] if rows else await tx.value(count, *counted) if sheet.offset else 0
    records = [_position(row, only=sheet.location) for row in rows]
    return Page(records=records, total=found, has_more=sheet.offset + len(records) < found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Parts of a statement: what is read, on which conditions, and in which order, by columns of its own."""

    source: str
    where: str
    columns: str
    order: str
    is_narrowed: bool


def _asked(sheet: Sheet, bind: Binder) -> _Asked:
    source, parts = _KEPT, ["coalesce(r.sku, '') <> ''"]
    columns, order = ["true AS is_any"], ["sku"]
    by_free = sheet.descending is not None
    if by_free or sheet.location is not None or sheet.up_to is not None or sheet.is_below_zero:
        at = f" AND s.location_id = {bind(sheet.location)}" if sheet.location is not None else ""
        # A full join is never done row by row, which is what PostgreSQL would choose for levels that it has not yet
        # counted: after an import it would take minutes. The conditions are spelled so that it stays one.
        source += f" FULL JOIN {_FREE.format(at=at)} f ON f.variant_id = r.variant_id"
    if sheet.location is not None:
        parts.append("(f.variant_id IS NULL) IS NOT TRUE")
    if sheet.up_to is not None:
        parts.append(f"coalesce(f.free, 0) <= {bind(sheet.up_to)}")
    if sheet.is_below_zero:
        parts.append("coalesce(f.is_below, false)")
    if by_free:
        columns.append("coalesce(f.free, 0) AS free")
        order.insert(0, "free DESC" if sheet.descending else "free")
    if sheet.text:
        # Either of two, and so never a join: SKUs have no index by product.
        ways = (search.containing("product", column, sheet.text, bind) for column in ("codes", "words"))
        parts.append(search.among(ways))
        # What was typed in full stands first.
        columns.append(f"r.sku = {bind(sheet.text)} AS is_exact")
        order.insert(0, "is_exact DESC")
    return _Asked(
        source=source,
        where=" AND ".join(parts),
        columns=", ".join(columns),
        order=", ".join(order),
        is_narrowed=len(parts) > 1,
    )


async def position(tx: Transaction, caller: Caller, sku: str) -> Position:
    found = (await kept(tx, caller, [sku])).get(sku)
    if found is None:
        raise NotFound("SKU with stock of its own", sku)
    return found


async def kept(tx: Transaction, caller: Caller, skus: Sequence[str]) -> dict[str, Position]:
    """Of these SKUs those that stock is kept of."""
    rows = await tx.all(
        f"""
        SELECT k.sku, k.product_id, k.variant_id, {_SHELVES.format(variant="k.variant_id")} AS shelves
        FROM skus k WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ($3) AND k.holds_stock
        """,
        caller.tenant,
        caller.company,
        list(skus),
    )
    return {row["sku"]: _position(row) for row in rows}


async def unkept(tx: Transaction, caller: Caller, skus: Sequence[str]) -> dict[str, bool]:
    """Of these SKUs those that have no stock of their own: whether it is a kit's, else a product's with variants."""
    rows = await tx.all(
        """
        SELECT k.sku, p.is_kit FROM skus k JOIN products p ON p.tenant_id = $1 AND p.id = k.product_id
        WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ($3) AND NOT k.holds_stock
        """,
        caller.tenant,
        caller.company,
        list(skus),
    )
    return {row["sku"]: row["is_kit"] for row in rows}


def _position(row: asyncpg.Record, *, only: UUID | None = None) -> Position:
    shelves = _shelves.decode(row["shelves"] or b"[]")
    return Position(
        sku=row["sku"],
        product=ProductId(row["product_id"]),
        variant=VariantId(row["variant_id"]),
        shelves={shelf.location: shelf for shelf in shelves if only in (None, shelf.location)},
    )
