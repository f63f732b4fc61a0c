"""The list of products."""

import re

import pytest

from plughub.console import product_cells
from plughub.core import ids, products
from plughub.core.hub import Hub
from plughub.core.tenants import Role
from plughub.core.values import Source
from tests import make
from tests.console.conftest import Person, employed


@pytest.fixture(scope="module")
async def shop(hub: Hub) -> make.Shop:
    shop = await make.shop(hub)
    connection, _ = await make.connection(shop, name="the old shop")
    await make.product(shop, "CAM-1", name="Camisa de linho", brand="Aurora", quantity=7)
    await make.product(
        shop, "CAM-2", name="Camiseta", brand="Nuvem", variants={"CAM-2-AZ": 3, "CAM-2-VD": 4}, is_available=False,
        categories=product_cells._paths("Moda > Camisas"), source=Source(connection=connection.id),
    )  # fmt: skip
    await make.product(shop, "KIT-1", name="Dupla", components={"CAM-1": 2})
    await make.product(shop, "BONE", name="Boné", default={"sku": "BONE", "gtin": "7891000315507"}, quantity=None)
    return shop


@pytest.fixture(scope="module")
async def merchant(hub: Hub, http, address, shop: make.Shop) -> Person:
    return await employed(hub, http, address, shop.tenant, Role.MERCHANT)


async def listed(person: Person, query: str = "") -> list[str]:
    status, text = await person.get(f"/products{query}")
    assert status == 200
    return re.findall(r'href="/console/\w+/products/[0-9a-f]{32}">([^<]+)<', text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["BONE", "KIT-1", "CAM-2", "CAM-1"]),
        ("?q=CAM-2-AZ", ["CAM-2"]),
        ("?q=cam-", ["CAM-2", "CAM-1"]),
        ("?q=LINHO", ["CAM-1"]),
        ("?q=7891000315507", ["BONE"]),
        ("?q=CAM-1", ["CAM-1"]),
        ("?brand=aurora", ["CAM-1"]),
        ("?category=camisas", ["CAM-2"]),
        ("?kind=kit", ["KIT-1"]),
        ("?kind=unavailable", ["CAM-2"]),
        ("?kind=available", ["BONE", "KIT-1", "CAM-1"]),
        ("?q=cam-&kind=available", ["CAM-1"]),
        ("?q=nothing", []),
        ("?page=2", []),
        ("?from=x", ["BONE", "KIT-1", "CAM-2", "CAM-1"]),
    ],
)
async def test_the_address_narrows_the_list(merchant: Person, query: str, found: list[str]):
    assert await listed(merchant, query) == found


async def test_products_of_one_connection(hub: Hub, merchant: Person, shop: make.Shop):
    _, text = await merchant.get("/products")
    found = re.search(r'<option value="([0-9a-f]{32})">the old shop', text)
    assert found is not None
    assert await listed(merchant, f"?from={found[1]}") == ["CAM-2"]
    assert await listed(merchant, f"?from={ids.new().hex}") == []


async def test_a_row_tells_prices_and_what_is_free(merchant: Person):
    _, text = await merchant.get("/products?q=CAM-2")
    row = re.sub(r"<[^>]+>|\s+", " ", text.split("<tbody>")[1].split("</tbody>")[0]).split()
    assert row[:7] == ["CAM-2", "Camiseta", "Nuvem", "2", "59.90", "BRL", "7"]
    _, text = await merchant.get("/products?kind=kit")
    row = re.sub(r"<[^>]+>|\s+", " ", text.split("<tbody>")[1].split("</tbody>")[0]).split()
    assert row[:8] == ["KIT-1", "Dupla", "Kit", "–", "–", "59.90", "BRL", "3"]


async def test_the_list_takes_the_same_few_statements_however_long_it_is(hub: Hub, merchant: Person, shop: make.Shop):
    await listed(merchant)
    counts = []
    for query in ("?q=BONE", ""):
        before = hub.pool.round_trips
        await listed(merchant, query)
        counts.append(hub.pool.round_trips - before)
    # The session with its shops, the page's ids, its products, the connections; and the tenant's setting at most once.
    assert counts[0] == counts[1] <= 6


async def test_a_person_chooses_columns_and_keeps_a_view(merchant: Person):
    _, where, _ = await merchant.post("/-list/products/columns", column="categories", query="kind=kit")
    assert where.endswith("/products?kind=kit")
    _, text = await merchant.get("/products?kind=kit")
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)<', text) == ["Categories"]
    await merchant.post("/-list/products/columns", query="")
    await merchant.post("/-list/products/views", title="Shirts", query="category=camisas&page=3")
    _, text = await merchant.get("/products?category=camisas")
    assert re.search(r'href="[^"]*\?category=camisas" aria-current="true">Shirts<', text)


async def test_a_new_product_is_made_once_and_only_by_those_who_may(hub: Hub, http, address, merchant, shop):
    reader = await employed(hub, http, address, shop.tenant, Role.READER)
    form = {"sku": "NEW-1", "name": "Novo", "price": "12,50", "stock": "4"}
    assert (await reader.get("/products/new"))[0] == 403
    assert (await reader.post("/products/new", **form))[0] == 403
    assert "New product" not in (await reader.get("/products"))[1]

    status, where, _ = await merchant.post("/products/new", **form)

    assert status == 303
    id = where.rpartition("/")[2]
    _, text = await merchant.get(f"/products/{id}?tab=variants")
    assert all(f'value="{value}"' in text for value in ("NEW-1", "12.50", "4"))
    status, _, text = await merchant.post("/products/new", **form | {"name": "Outro"})
    assert (status, "There is already a sku NEW-1." in text, 'value="Outro"' in text) == (400, True, True)
    status, _, text = await merchant.post("/products/new", sku="", price="x")
    assert (status, "SKU must not be empty." in text, "Price must be a number" in text) == (400, True, True)

    status, _, text = await merchant.post(f"/products/{id}/delete", sku="NEW")
    assert (status, "Nothing was deleted." in text) == (400, True)
    assert (await reader.post(f"/products/{id}/delete", sku="NEW-1"))[0] == 403
    assert (await merchant.post(f"/products/{id}/delete", sku="NEW-1"))[0] == 303
    assert (await merchant.get(f"/products/{id}"))[0] == 404
    async with hub.read(shop.tenant.id) as tx:
        assert "NEW-1" not in await products.by_skus(tx, shop.caller, ["NEW-1"])
