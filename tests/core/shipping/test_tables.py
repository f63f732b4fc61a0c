"""Freight tables as they are kept: whole or not at all, each tenant its own, every change told."""

import time

import pytest

from plughub.core import events, shipping
from plughub.core.errors import Duplicate, NotFound
from plughub.core.hub import Hub
from plughub.db import migrate
from tests import make
from tests.core.shipping.freights import parcel, row, table


async def history(shop: make.Shop, kind: str, id) -> list[tuple]:
    async with shop.hub.read(shop.tenant.id) as tx:
        found = await events.history(tx, shop.tenant.id, kind, id)
    return [(one.action, one.version, {c.field: (c.before, c.after) for c in one.changes}) for one in found]


async def quoted(shop: make.Shop, **of) -> list[str]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return [str(one.price) for one in await shipping.table_quotes(tx, shop.tenant.id, parcel(**of))]


async def stored(shop: make.Shop, name: str = "tabela"):
    async with shop.hub.read(shop.tenant.id) as tx:
        found = await shipping.table_by_name(tx, shop.tenant.id, name)
        return await shipping.rows(tx, shop.tenant.id, found.id)


async def test_rows_come_back_as_they_went_in_and_in_order(shop: make.Shop):
    rows = [row(price=f"{number}.10", days=number or None) for number in range(30)]

    await table(shop, *rows)

    assert await stored(shop) == rows


async def test_all_tables_of_a_tenant_quote_and_no_other_tenants(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    await table(shop, row(price="7"), name="a")
    await table(shop, row(price="5"), name="b")
    await table(other, row(price="1"))

    assert await quoted(shop) == ["5", "7"]


async def test_a_table_that_is_replaced_has_only_the_new_rows(shop: make.Shop):
    first = await table(shop, row(price="5"), row(price="6"))

    second = await table(shop, row(price="9"), replaces=True)

    assert await quoted(shop) == ["9"]
    assert (second.id, second.row_count) == (first.id, 1)
    assert await history(shop, "freight_table", first.id) == [
        ("created", 1, {"name": (None, "tabela"), "rows": (None, 2)}),
        ("updated", 2, {"rows": (2, 1)}),
    ]


async def test_a_name_that_is_taken_is_refused_and_the_table_stays(shop: make.Shop):
    await table(shop, row(price="5"))

    with pytest.raises(Duplicate):
        await table(shop, row(price="1"))

    assert await quoted(shop) == ["5"]


async def test_an_import_that_breaks_half_way_leaves_the_table_as_it_was(shop: make.Shop):
    await table(shop, row(price="5"))
    # Too long for the column: known only when the second batch is on its way.
    bad = row(days=2**31)

    with pytest.raises(Exception, match="integer"):
        await table(shop, *[row(price="1")] * 5001, bad, replaces=True)

    assert await stored(shop) == [row(price="5")]


async def test_a_removed_table_quotes_no_more(shop: make.Shop):
    made = await table(shop, row())

    async with shop.hub.change(shop.tenant.id) as tx:
        await shipping.remove_table(tx, shop.caller, "tabela")

    assert await quoted(shop) == []
    assert (await history(shop, "freight_table", made.id))[-1][0] == "deleted"
    with pytest.raises(NotFound):
        await stored(shop)


async def test_a_long_table_is_imported_in_seconds_and_asked_through_an_index(shop: make.Shop, database_url: str):
    """City by city, weight by weight, as carriers print them; once PostgreSQL has counted it, as it does by itself."""
    rows = [
        row(
            postal_from=f"{city * 9000:08d}",
            postal_to=f"{city * 9000 + 8999:08d}",
            weight_from=band,
            weight_to=band + 1,
            price=band + 1,
        )
        for city in range(2000)
        for band in range(10)
    ]
    began = time.perf_counter()
    await table(shop, *rows)
    print(f"\n{len(rows)} rows were imported in {time.perf_counter() - began:.2f} s")

    assert await quoted(shop, to="04500000", weight="2.5") == ["3"]
    await migrate.count_rows(database_url)
    async with shop.hub.read(shop.tenant.id) as tx:
        lines = await tx.all(
            "EXPLAIN SELECT price FROM freight_rows"
            " WHERE tenant_id = $1 AND country = 'BR' AND postal_prefix = ANY ($2)",
            shop.tenant.id,
            ["", "0", "04"],
        )
    assert any("freight_rows_by_place" in line[0] for line in lines), lines
