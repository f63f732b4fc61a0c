"""A sample shop grown to a hundred thousand products and orders, in a minute: its records are copied by SQL.

Copies differ from their originals in ids, numbers and SKUs only, and have no part in kits, reservations or
notifications: enough for what reads lists and records, and for nothing else.
"""

from plughub.core.hub import Hub
from plughub.core.ids import TenantId

#: Ids tell the time in their first 48 bits: the n-th copy is so many minutes older than its original.
_COPY_ID = """
CREATE OR REPLACE FUNCTION pg_temp.copied(id uuid, n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint - n * 60000::bigint), 12, '0')
            || substr(replace(id::text, '-', ''), 13))::uuid
$$
"""
_ORIGINALS = "CREATE TEMP TABLE originals ON COMMIT DROP AS SELECT id FROM {table} WHERE tenant_id = $1 {only}"

#: Table -> what a copy has instead of the original's value; `n` is the copy's number.
_PRODUCTS = {
    "products": {
        "id": "pg_temp.copied(id, n)", "number": "number + n * 100000", "sku": "sku || '~' || n", "is_kit": "false",
        "created_at": "created_at - n * interval '1 minute'", "changed_at": "changed_at - n * interval '1 minute'",
    },
    "variants": {
        "id": "pg_temp.copied(id, n)", "product_id": "pg_temp.copied(product_id, n)",
        "number": "number + n * 100000", "sku": "sku || '~' || n",
    },
    "skus": {
        "sku": "sku || '~' || n", "product_id": "pg_temp.copied(product_id, n)",
        "variant_id": "pg_temp.copied(variant_id, n)",
    },
    "stock_levels": {
        "id": "pg_temp.copied(id, n)", "variant_id": "pg_temp.copied(variant_id, n)",
        "product_id": "pg_temp.copied(product_id, n)",
    },
    "prices": {
        "id": "pg_temp.copied(id, n)", "product_id": "pg_temp.copied(product_id, n)",
        "variant_id": "pg_temp.copied(variant_id, n)",
    },
    "product_categories": {"product_id": "pg_temp.copied(product_id, n)"},
}  # fmt: skip
_ORDERS = {
    "orders": {
        "id": "pg_temp.copied(id, n)", "number": "number + n * 100000",
        "channel_number": "channel_number || '~' || n",
        "created_at": "created_at - n * interval '1 minute'", "changed_at": "changed_at - n * interval '1 minute'",
    },
}  # fmt: skip
_CUSTOMERS = {
    "customers": {
        "id": "pg_temp.copied(id, n)", "number": "number + n * 100000", "match_key": "match_key || '~' || n",
        "email": "n || '-' || email",
    },
}  # fmt: skip
#: Table -> the column that names the record whose copy it is copied with.
_OWNER = {"products": "id", "orders": "id", "customers": "id"}


async def grow(hub: Hub, tenant: TenantId, *, products: int, orders: int) -> None:
    """The shop with at least so many products, and so many orders and customers, counted anew by the database."""
    for kind, first, tables, only, wanted in (
        ("product", "products", _PRODUCTS, "AND NOT is_kit AND deleted_at IS NULL", products),
        ("order", "orders", _ORDERS, "AND deleted_at IS NULL", orders),
        ("customer", "customers", _CUSTOMERS, "", orders),
    ):
        async with hub.change(tenant) as tx:
            await tx.run("SET LOCAL statement_timeout = 0")
            await tx.run(_COPY_ID)
            await tx.run(_ORIGINALS.format(table=first, only=only), tenant)
            times = -(-wanted // await tx.value("SELECT count(*) FROM originals"))
            for table, changed in tables.items():
                await _copy(tx, table, changed, "id" if table == first else f"{kind}_id", times)
            await _copy(
                tx, "search_rows",
                {"id": "pg_temp.copied(id, n)", "codes": "replace(codes, E'\\n', '~' || n || E'\\n') || '~' || n"},
                "id", times,
            )  # fmt: skip
            await _copy(
                tx, "events",
                {"id": "pg_temp.copied(id, n)", "record_id": "pg_temp.copied(record_id, n)",
                 "occurred_at": "occurred_at - n * interval '1 minute'"},
                "record_id", times,
            )  # fmt: skip


async def _copy(tx, table: str, changed: dict[str, str], owner: str, times: int) -> None:
    names = await tx.all(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = ''",
        table,
    )
    columns = [row["attname"] for row in names]
    values = ", ".join(changed.get(column, column) for column in columns)
    await tx.run(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, generate_series(1, {times}) n"
        f" WHERE {owner} IN (SELECT o.id FROM originals o)"
    )
