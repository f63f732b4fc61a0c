"""Any record by what a person knows of it: a SKU, a number, a name, an id. One statement over all areas."""

from dataclasses import dataclass
from uuid import UUID

from plughub.core import ids, search
from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.sql import Binder

#: Shorter parts of texts are in no index.
_SHORTEST_PART = 3
#: Running numbers are bigint.
_MOST_DIGITS = 18
#: Where an order's numbers stand; each is found whole.
_ORDER_PATHS = ("channel_number", "shipments.track_code", "shipments.invoice.number")
#: Tables whose records have pages, by the name of their kind.
_BY_ID = {
    "product": "products",
    "order": "orders",
    "customer": "customers",
    "message": "conversations",
    "delivery": "deliveries",
    "connection": "connections",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    #: product, order, customer, message, delivery or connection.
    kind: str
    id: UUID
    #: Whether one of its numbers or its whole name is what was looked for, not a part of them.
    is_exact: bool


async def find(tx: Transaction, caller: Caller, text: str, *, limit: int = 20) -> list[Hit]:
    """Exact hits first, then the newest. Of each kind a part of what is found must do."""
    text = text.strip()
    if not text:
        return []
    bind = Binder(caller.tenant, caller.company)
    ways = [*_exact(text, bind), *_by_id(text, bind)]
    if len(text) >= _SHORTEST_PART:
        ways += _part(text, bind, limit)
    rows = await tx.all(
        f"SELECT kind, id, min(rank) AS rank FROM ({' UNION ALL '.join(f'({way})' for way in ways)}) x"
        f" WHERE kind = ANY ({bind(list(_BY_ID))}::text[]) AND $2::uuid IS NOT NULL"
        f" GROUP BY 1, 2 ORDER BY 3, 2 DESC LIMIT {int(limit)}",
        *bind.values,
    )
    return [Hit(kind=row["kind"], id=row["id"], is_exact=row["rank"] == 0) for row in rows]


def _exact(text: str, bind: Binder) -> list[str]:
    spelled = bind(list(dict.fromkeys((text, text.upper(), text.lower()))))
    ways = [
        "SELECT 0 AS rank, 'product' AS kind, k.product_id AS id FROM skus k"
        f" WHERE k.tenant_id = $1 AND k.company_id = $2 AND k.sku = ANY ({spelled}::text[])",
        "SELECT 0, 'product', r.id FROM products r WHERE r.tenant_id = $1 AND r.company_id = $2"
        f" AND r.deleted_at IS NULL AND {search.has_leaf('product', ('default.gtin', 'variants.gtin'), (text,), bind)}",
        "SELECT 0, 'order', r.id FROM orders r WHERE r.tenant_id = $1 AND r.company_id = $2"
        f" AND r.deleted_at IS NULL AND {search.has_leaf('order', _ORDER_PATHS, (text, text.upper()), bind)}",
        # Every connection's ids, each asked of the index that begins with the connection.
        "SELECT 0, m.kind, m.record_id FROM connections c JOIN remote_records m ON m.tenant_id = $1"
        f" AND m.connection_id = c.id AND m.kind IN ('product', 'order') AND m.remote_id = {bind(text)}"
        " WHERE c.tenant_id = $1",
        f"SELECT 0, 'customer', c.id FROM customers c WHERE c.tenant_id = $1 AND c.email = ANY ({spelled}::text[])",
        f"SELECT 0, 'customer', c.id FROM customers c WHERE c.tenant_id = $1 AND c.name = ANY ({spelled}::text[])",
    ]
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        ways.append(
            f"SELECT 0, 'order', o.id FROM orders o WHERE o.tenant_id = $1 AND o.number = {bind(int(text))}"
            " AND o.deleted_at IS NULL"
        )
    return ways


def _by_id(text: str, bind: Binder) -> list[str]:
    id = _id(text)
    if id is None:
        return []
    wanted = bind(id)
    ways = [
        f"SELECT 0, '{kind}', t.id FROM {table} t WHERE t.tenant_id = $1 AND t.id = {wanted}"
        for kind, table in _BY_ID.items()
    ]
    # A variant is shown with its product, an event with its record.
    ways.append(f"SELECT 0, 'product', v.product_id FROM variants v WHERE v.tenant_id = $1 AND v.id = {wanted}")
    ways.append(f"SELECT 0, e.kind, e.record_id FROM events e WHERE e.tenant_id = $1 AND e.id = {wanted}")
    return ways


def _id(text: str) -> UUID | None:
    """In any of its spellings."""
    for read in (ids.from_hex24, ids.from_hex32):
        try:
            return read(text.replace("-", "").lower())
        except ValueError:
            continue
    return None


def _part(text: str, bind: Binder, limit: int) -> list[str]:
    def products(column: str) -> str:
        return (
            "SELECT 1, 'product', r.id FROM products r WHERE r.tenant_id = $1 AND r.company_id = $2"
            f" AND r.deleted_at IS NULL AND {search.contains('product', column, text, bind)} LIMIT {int(limit)}"
        )

    return [
        products("codes"),
        products("words"),
        "SELECT 1, 'customer', r.id FROM customers r WHERE r.tenant_id = $1 AND r.company_id = $2"
        f" AND {search.contains('customer', 'words', text, bind)} LIMIT {int(limit)}",
    ]
