"""SQL that changes stock. Every statement locks the products first, in id order, and only then touches their levels:
whoever follows cannot meet another in a deadlock, and finds no level changed between two statements."""

from typing import Any
from uuid import UUID

from plughub.core.hub import Transaction
from plughub.core.stock.model import Verb
from plughub.core.values import to_json

#: One SKU's level, guarded, with its movement, its event and its product's new version: one statement, and so
#: one transaction. No row comes back when nothing changed; `WHY_NOT` then says why. The level is read nowhere but
#: in its own UPDATE: any other reading would be of the moment before the product's lock was got. The forms that
#: look simpler lose updates or write false history: see docs/decisions.
_CHANGE = """
WITH s AS MATERIALIZED (
    SELECT k.variant_id, k.sku AS named, p.id, p.sku
    FROM skus k JOIN products p ON p.tenant_id = $1 AND p.id = k.product_id
    WHERE k.tenant_id = $1 AND k.company_id = $2 AND {found} = $3 AND k.holds_stock
    FOR NO KEY UPDATE OF p
),
u AS (
    UPDATE stock_levels x SET previous = x.on_hand, on_hand = {after}, revision = x.revision + 1,
                              changed_at = clock_timestamp()
    FROM s
    WHERE x.tenant_id = $1 AND x.variant_id = s.variant_id AND x.location_id = $4
      AND {after} <> x.on_hand AND {after} >= $8::numeric
    RETURNING s.id, s.sku, s.named, x.variant_id, x.previous AS before, x.on_hand AS after, x.reserved, x.changed_at
),
v AS (
    UPDATE products x SET version = x.version + 1, restocks = x.restocks + 1, changed_at = u.changed_at,
                          changed_by = $9
    FROM u WHERE x.tenant_id = $1 AND x.id = u.id
    RETURNING x.id AS product_id, x.version, x.version - x.restocks AS described, u.*
),
m AS (
    INSERT INTO stock_movements (tenant_id, id, variant_id, location_id, delta, on_hand, reason, actor, occurred_at,
                                 note)
    SELECT $1, $11, variant_id, $4, after - before, after, $6, $9, changed_at, $13 FROM v
),
e AS (
    INSERT INTO events (tenant_id, id, kind, record_id, version, action, connection_id, actor, changes, aspects,
                        silent, occurred_at)
    SELECT $1, $12, 'product', product_id, version, 'updated', $10, $9,
           json_build_array(json_build_array(
               CASE WHEN sku = named THEN 'default' ELSE 'variants[' || named || ']' END
               || '.levels[' || $5::text || '].on_hand', before, after)),
           '{{stock}}', false, changed_at
    FROM v
),
o AS (INSERT INTO event_outbox (tenant_id, event_id) SELECT $1, $12 FROM v)
SELECT product_id, variant_id, before, after, reserved, version, described, changed_at FROM v
"""
CHANGE = {
    Verb.INCREASE: _CHANGE.format(after="x.on_hand + $7::numeric", found="k.sku"),
    Verb.DECREASE: _CHANGE.format(after="x.on_hand - $7::numeric", found="k.sku"),
    Verb.SET: _CHANGE.format(after="$7::numeric", found="k.sku"),
}
#: The same for what may still be sold, of a variant by its id.
SET_FREE = _CHANGE.format(after="x.reserved + $7::numeric", found="k.variant_id")

#: What a change of stock that changed nothing found.
WHY_NOT = """
SELECT k.product_id, k.variant_id, k.holds_stock, p.is_kit, l.on_hand
FROM skus k JOIN products p ON p.tenant_id = $1 AND p.id = k.product_id
LEFT JOIN stock_levels l ON l.tenant_id = $1 AND l.variant_id = k.variant_id AND l.location_id = $4
WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = $3
"""

_OPEN = """
INSERT INTO stock_levels (tenant_id, variant_id, location_id, id, product_id, on_hand, reserved, supply, revision,
                          changed_at)
SELECT $1, x.variant, x.location, x.id, x.product, 0, 0, 'own', 0, clock_timestamp()
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) AS x (variant, location, id, product)
ON CONFLICT DO NOTHING
"""

#: Levels as a product's new state has them; the difference becomes a movement.
_SAVE = """
WITH x AS MATERIALIZED (
    SELECT * FROM json_to_recordset($4) AS x (
        id uuid, variant uuid, location uuid, movement uuid, on_hand numeric, supply text, priority integer,
        price numeric, special_price numeric, handling_days integer)
),
before AS MATERIALIZED (
    SELECT l.variant_id, l.location_id, l.on_hand FROM stock_levels l
    JOIN x ON x.variant = l.variant_id AND x.location = l.location_id
    WHERE l.tenant_id = $1 ORDER BY l.location_id, l.variant_id FOR UPDATE OF l
),
saved AS (
    INSERT INTO stock_levels (tenant_id, variant_id, location_id, id, product_id, on_hand, reserved, supply, priority,
                              price, special_price, handling_days, revision, changed_at)
    SELECT $1, x.variant, x.location, x.id, $2, x.on_hand, 0, x.supply, x.priority, x.price, x.special_price,
           x.handling_days, 0, clock_timestamp()
    FROM x
    ON CONFLICT (tenant_id, variant_id, location_id) DO UPDATE SET
        on_hand = excluded.on_hand, supply = excluded.supply, priority = excluded.priority, price = excluded.price,
        special_price = excluded.special_price, handling_days = excluded.handling_days,
        revision = stock_levels.revision + 1, changed_at = excluded.changed_at
)
INSERT INTO stock_movements (tenant_id, id, variant_id, location_id, delta, on_hand, reason, actor, occurred_at)
SELECT $1, x.movement, x.variant, x.location, x.on_hand - coalesce(b.on_hand, 0), x.on_hand, 'set', $3,
       clock_timestamp()
FROM x LEFT JOIN before b ON b.variant_id = x.variant AND b.location_id = x.location
WHERE x.on_hand <> coalesce(b.on_hand, 0)
"""

#: A level that is no longer kept: what was on hand leaves the ledger too, so that it still sums up.
_CLOSE = """
WITH gone AS (
    DELETE FROM stock_levels l USING unnest($3::uuid[], $4::uuid[]) AS x (level, movement)
    WHERE l.tenant_id = $1 AND l.id = x.level
    RETURNING l.variant_id, l.location_id, l.on_hand, x.movement
)
INSERT INTO stock_movements (tenant_id, id, variant_id, location_id, delta, on_hand, reason, actor, occurred_at)
SELECT $1, movement, variant_id, location_id, -on_hand, 0, 'closed', $2, clock_timestamp() FROM gone
WHERE on_hand <> 0
"""

#: Before levels are read for what comes of them: whoever changes a level has its product locked.
LOCK = """
SELECT id FROM products WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
#: The same for whoever knows SKUs only.
LOCK_SKUS = """
SELECT id FROM products
WHERE tenant_id = $1
  AND id IN (SELECT k.product_id FROM skus k WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ($3::text[]))
ORDER BY id FOR NO KEY UPDATE
"""
_LOCKED = f"p AS MATERIALIZED ({LOCK.replace('$2', '$3')})"

#: Needs that the levels cannot meet. Holds until the transaction's end for products that it had locked before.
SHORT = """
SELECT n.variant, l.on_hand - l.reserved AS available, n.quantity
FROM unnest($2::uuid[], $3::uuid[], $4::numeric[]) AS n (variant, location, quantity)
JOIN stock_levels l ON l.tenant_id = $1 AND l.variant_id = n.variant AND l.location_id = n.location
WHERE l.on_hand - l.reserved < n.quantity
"""

#: An event of the changes in `c` (product_id, event, field, before, after) for each product, and its new version.
_TOLD = """
v AS (
    UPDATE products x SET version = x.version + 1, restocks = x.restocks + 1, changed_at = clock_timestamp(),
                          changed_by = $4
    FROM (
        SELECT product_id, event, json_agg(json_build_array(field, before, after)) AS changes
        FROM c GROUP BY product_id, event
    ) AS t
    WHERE x.tenant_id = $1 AND x.id = t.product_id
    RETURNING x.id, x.version, x.changed_at, t.event, t.changes
),
e AS (
    INSERT INTO events (tenant_id, id, kind, record_id, version, action, connection_id, actor, changes, aspects,
                        silent, occurred_at)
    SELECT $1, event, 'product', id, version, 'updated', $5, $4, changes, '{stock}', false, changed_at FROM v
)
INSERT INTO event_outbox (tenant_id, event_id) SELECT $1, event FROM v
"""

#: Levels are changed by what is needed, not to what was read, and so need no lock besides their products'.
HOLD = f"""
WITH {_LOCKED},
c AS (
    UPDATE stock_levels x SET reserved = x.reserved + n.quantity, revision = x.revision + 1,
                              changed_at = clock_timestamp()
    FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::numeric[], $10::text[])
        AS n (event, variant, location, quantity, path)
    WHERE x.tenant_id = $1 AND x.variant_id = n.variant AND x.location_id = n.location
      AND (SELECT count(*) FROM p) >= 0
    RETURNING x.product_id, n.event, n.path || '.reserved' AS field,
              x.reserved - n.quantity AS before, x.reserved AS after
),
r AS (
    INSERT INTO reservations (tenant_id, order_id, line_id, variant_id, location_id, quantity, state, changed_at)
    SELECT $1, $2, w.line, w.variant, w.location, w.quantity, 'held', clock_timestamp()
    FROM unnest($11::uuid[], $12::uuid[], $13::uuid[], $14::numeric[]) AS w (line, variant, location, quantity)
    WHERE EXISTS (SELECT FROM c)
),
{_TOLD}"""

#: Many levels set at once, from `before` as it was read under the products' locks.
COUNT = f"""
WITH c AS (
    UPDATE stock_levels x SET previous = x.on_hand, on_hand = n.quantity, revision = x.revision + 1,
                              changed_at = clock_timestamp()
    FROM unnest($3::uuid[], $6::uuid[], $7::uuid[], $8::numeric[], $9::text[], $10::uuid[])
        AS n (event, variant, location, quantity, path, movement)
    WHERE x.tenant_id = $1 AND x.variant_id = n.variant AND x.location_id = n.location AND x.on_hand <> n.quantity
    RETURNING x.product_id, n.event, n.path || '.on_hand' AS field, x.previous AS before, x.on_hand AS after,
              x.variant_id, x.location_id, n.movement, x.changed_at
),
m AS (
    INSERT INTO stock_movements (tenant_id, id, variant_id, location_id, delta, on_hand, reason, actor, occurred_at,
                                 note)
    SELECT $1, movement, variant_id, location_id, after - before, after, 'set', $4, changed_at, $2::text FROM c
),
{_TOLD}"""

#: Reservations of an order end: consumed (the goods leave) or released (they are free again).
SETTLE = f"""
WITH need AS MATERIALIZED (
    SELECT r.variant_id, r.location_id, sum(r.quantity) AS quantity,
           CASE WHEN $7::text = 'consumed' THEN sum(r.quantity) ELSE 0 END AS leaving
    FROM reservations r WHERE r.tenant_id = $1 AND r.order_id = $2 AND r.state = 'held'
    GROUP BY r.variant_id, r.location_id
),
{_LOCKED},
u AS (
    UPDATE stock_levels x SET reserved = x.reserved - n.quantity, on_hand = x.on_hand - n.leaving,
                              revision = x.revision + 1, changed_at = clock_timestamp()
    FROM need n
    WHERE x.tenant_id = $1 AND x.variant_id = n.variant_id AND x.location_id = n.location_id
      AND (SELECT count(*) FROM p) >= 0
    RETURNING x.product_id, x.variant_id, x.location_id, x.on_hand, x.reserved, n.quantity, n.leaving
),
r AS (
    UPDATE reservations SET state = $7::text, changed_at = clock_timestamp()
    WHERE tenant_id = $1 AND order_id = $2 AND state = 'held'
),
m AS (
    INSERT INTO stock_movements (tenant_id, id, variant_id, location_id, delta, on_hand, reason, order_id, actor,
                                 occurred_at)
    SELECT $1, i.id, u.variant_id, u.location_id, -u.leaving, u.on_hand, 'shipped', $2, $4, clock_timestamp()
    FROM (SELECT u.*, row_number() OVER () AS at FROM u WHERE u.leaving <> 0) u
    JOIN unnest($8::uuid[]) WITH ORDINALITY AS i (id, at) ON i.at = u.at
),
c AS (
    SELECT u.product_id, i.event,
           CASE WHEN t.is_default THEN 'default' ELSE 'variants[' || t.sku || ']' END
           || '.levels[' || k.code || '].' || a.name AS field, a.before, a.after
    FROM u
    JOIN unnest($3::uuid[], $6::uuid[]) AS i (product, event) ON i.product = u.product_id
    JOIN variants t ON t.tenant_id = $1 AND t.id = u.variant_id
    JOIN locations k ON k.tenant_id = $1 AND k.id = u.location_id
    CROSS JOIN LATERAL (VALUES ('on_hand', u.on_hand + u.leaving, u.on_hand),
                               ('reserved', u.reserved + u.quantity, u.reserved)) AS a (name, before, after)
    WHERE a.before <> a.after
),
{_TOLD}"""

_HELD_PRODUCTS = """
SELECT v.product_id FROM reservations r
JOIN variants v ON v.tenant_id = $1 AND v.id = r.variant_id
WHERE r.tenant_id = $1 AND r.order_id = $2 AND r.state = 'held'
"""


async def open_levels(tx: Transaction, tenant: UUID, rows: list[tuple[UUID, UUID, UUID, UUID]]) -> None:
    """Empty levels for (variant, location, level id, product) that have none yet."""
    await tx.run(_OPEN, tenant, *(list(column) for column in zip(*rows, strict=True)))


async def save_levels(tx: Transaction, tenant: UUID, product: UUID, actor: str, rows: list[dict[str, Any]]) -> None:
    await tx.run(_SAVE, tenant, product, actor, to_json(rows))


async def close_levels(tx: Transaction, tenant: UUID, actor: str, levels: list[UUID], movements: list[UUID]) -> None:
    await tx.run(_CLOSE, tenant, actor, levels, movements)


async def held_products(tx: Transaction, tenant: UUID, order: UUID) -> list[UUID]:
    """The product of each reservation that the order still holds."""
    return [row["product_id"] for row in await tx.all(_HELD_PRODUCTS, tenant, order)]
