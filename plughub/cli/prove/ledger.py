"""What must hold in the tables when all is quiet, whatever happened before."""

from collections.abc import Mapping

import asyncpg
from msgspec import Struct

from plughub.cli.prove.model import Seen
from plughub.cli.prove.shelves import Rule
from plughub.core import products, stock
from plughub.core.caller import Caller
from plughub.core.hub import Hub

_LEVELS = """
SELECT k.sku || '/' || l.code AS name, s.on_hand, s.reserved,
    coalesce(m.moved, 0) AS moved, coalesce(m.added, 0) AS added, coalesce(m.breaks, 0) AS breaks,
    coalesce(m.sunk, 0) AS sunk, coalesce(m.count, 0) AS movements,
    coalesce(r.held, 0) AS held, coalesce(r.sold, 0) AS sold, coalesce(m.shipped, 0) AS shipped
FROM stock_levels s
JOIN skus k ON k.tenant_id = $1 AND k.variant_id = s.variant_id
JOIN locations l ON l.tenant_id = $1 AND l.id = s.location_id
LEFT JOIN (
    SELECT variant_id, location_id, count(*), sum(delta) AS moved,
           sum(delta) FILTER (WHERE reason <> 'shipped') AS added,
           -sum(delta) FILTER (WHERE reason = 'shipped') AS shipped,
           count(*) FILTER (WHERE on_hand <> total) AS breaks,
           count(*) FILTER (WHERE on_hand < 0 AND reason <> 'shipped') AS sunk
    FROM (
        SELECT *, sum(delta) OVER (PARTITION BY variant_id, location_id ORDER BY occurred_at, id) AS total
        FROM stock_movements WHERE tenant_id = $1
    ) AS each
    GROUP BY variant_id, location_id
) AS m ON m.variant_id = s.variant_id AND m.location_id = s.location_id
LEFT JOIN (
    SELECT variant_id, location_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
           sum(quantity) FILTER (WHERE state = 'consumed') AS sold
    FROM reservations WHERE tenant_id = $1 GROUP BY variant_id, location_id
) AS r ON r.variant_id = s.variant_id AND r.location_id = s.location_id
WHERE s.tenant_id = $1
"""

_ORDERS = """
SELECT o.channel_number,
    CASE WHEN o.deleted_at IS NOT NULL THEN 'deleted' ELSE o.status END AS status, r.held, r.consumed
FROM orders o
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'held') AS held, count(*) FILTER (WHERE state = 'consumed') AS consumed
    FROM reservations r WHERE r.tenant_id = $1 AND r.order_id = o.id
) AS r ON true
WHERE o.tenant_id = $1
"""

#: Products whose history lacks a version or has one twice.
_UNTOLD = """
SELECT p.sku, p.version, count(e.id) AS told FROM products p
LEFT JOIN events e ON e.tenant_id = $1 AND e.kind = 'product' AND e.record_id = p.id
WHERE p.tenant_id = $1 GROUP BY p.id, p.sku, p.version
HAVING count(e.id) <> p.version OR count(DISTINCT e.version) <> p.version
"""


class Count(Struct, frozen=True, kw_only=True):
    """One level as the tables have it."""

    seen: Seen
    movements: int
    faults: tuple[str, ...]


async def levels(hub: Hub, us: Caller, rules: Mapping[str, Rule]) -> dict[str, Count]:
    """Every level of a tenant; `rules` by the level's name."""
    async with hub.read(us.tenant) as tx:
        rows = await tx.all(_LEVELS, us.tenant)
    return {row["name"]: _counted(row, rules.get(row["name"])) for row in rows}


def _counted(row: asyncpg.Record, rule: Rule | None) -> Count:
    on_hand, reserved = row["on_hand"], row["reserved"]
    wrong = {
        f"the level is {on_hand}, its movements sum up to {row['moved']}": on_hand != row["moved"],
        f"{row['breaks']} movements do not go on where the one before ended": row["breaks"],
        f"{reserved} are reserved, orders hold {row['held']}": reserved != row["held"],
        f"orders took {row['sold']}, movements say {row['shipped']}": row["sold"] != row["shipped"],
        f"sold {row['sold']} + reserved {row['held']} + free {on_hand - reserved} is not {row['added']}, "
        "which is what was put there": row["sold"] + row["held"] + on_hand - reserved != row["added"],
        f"sold more than there was: {on_hand} on hand, {reserved} of them promised": rule is Rule.STRICT
        and not 0 <= reserved <= on_hand,
        f"{row['sunk']} guarded changes went below zero": rule in (Rule.STRICT, Rule.GUARDED) and row["sunk"],
    }
    return Count(
        seen=Seen(on_hand=int(on_hand), reserved=int(reserved)),
        movements=row["movements"],
        faults=tuple(words for words, is_so in wrong.items() if is_so),
    )


async def order_faults(hub: Hub, us: Caller, acknowledged: set[str]) -> tuple[int, list[str]]:
    """How many orders there are, and what is wrong with them; those that were acknowledged must be there."""
    async with hub.read(us.tenant) as tx:
        rows = await tx.all(_ORDERS, us.tenant)
    lost = acknowledged - {row["channel_number"] for row in rows}
    # An order may be canceled or deleted when its goods have left: they come back by a return, if at all.
    holding = {"pending": True, "shipped": False, "canceled": False, "deleted": False}
    wrong = [f"order {number} was acknowledged and is not there" for number in sorted(lost)]
    for row in rows:
        if bool(row["held"]) is not holding[row["status"]]:
            wrong.append(f"order {row['channel_number']} is {row['status']} and holds {row['held']} lines")
        elif row["held"] and row["consumed"]:
            wrong.append(f"order {row['channel_number']} holds {row['held']} lines and took {row['consumed']}")
    return len(rows), wrong


async def untold(hub: Hub, us: Caller) -> list[str]:
    """Products whose versions and events do not match."""
    async with hub.read(us.tenant) as tx:
        rows = await tx.all(_UNTOLD, us.tenant)
    return [f"product {row['sku']} is at version {row['version']} and has {row['told']} events" for row in rows]


async def kit_faults(
    hub: Hub, us: Caller, kits: Mapping[str, Mapping[str, int]], found: Mapping[str, Count]
) -> list[str]:
    """Kits that show another stock than their components make."""
    wrong = []
    for sku, parts in kits.items():
        async with hub.read(us.tenant) as tx:
            record = await products.by_sku(tx, us, sku)
        made = min(_free(found[f"{part}/{stock.MAIN}"].seen) // count for part, count in parts.items())
        if (shown := products.quantity(record.value, record.value.default)) != made:
            wrong.append(f"kit {sku} shows {shown}, its components make {made}")
    return wrong


def _free(seen: Seen) -> int:
    return (seen.on_hand or 0) - (seen.reserved or 0)
