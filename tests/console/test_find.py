"""Any record by whatever a person knows of it, exact hits first; nothing of another shop."""

import re
from urllib.parse import quote
from uuid import UUID

import pytest

from plughub.console.visit import MOUNT
from plughub.core import ids, search
from plughub.core.customers import Customer, remember
from plughub.core.hub import Hub
from plughub.core.patch import Merge
from plughub.core.products import Content
from tests import make
from tests.console.conftest import Person, employed

GTIN = "7891234567895"


@pytest.fixture(scope="module")
async def shop(hub: Hub) -> make.Shop:
    return await make.shop(hub)


@pytest.fixture(scope="module")
async def person(hub: Hub, http, address, shop: make.Shop) -> Person:
    return await employed(hub, http, address, shop.tenant)


@pytest.fixture(scope="module")
async def records(hub: Hub, shop: make.Shop) -> dict[str, UUID]:
    """One of each kind, by name."""
    shirt = await make.product(shop, "CAM-LISA", name="Camiseta lisa", variants={"CAM-LISA-P": 1})
    polo = await make.product(shop, "CAM", name="Polo")
    order = await make.order(
        shop, {"sku": "CAM", "quantity": 1}, channel_number="ML-77001", shipments=Merge([{"track_code": "BR123456789"}])
    )
    connection, _ = await make.connection(shop, name="Loja ERP")
    customer = Customer(name="Zoë Prado", email="zoe@prado.example")
    async with hub.change(shop.tenant.id) as tx:
        buyer = await remember(tx, shop.caller, "zoe@prado.example", customer)
        # Its search row, as whoever keeps customers writes it.
        await search.remove(tx, shop.tenant.id, "customer", buyer)
        await search.save(
            tx, shop.tenant.id, "customer", buyer, leaves=[], words="Zoë Prado\nzoe@prado.example", codes="", groups=""
        )
        await tx.run(
            "INSERT INTO remote_records (tenant_id, connection_id, kind, record_id, remote_id)"
            " VALUES ($1, $2, 'order', $3, 'ERP-9')",
            shop.tenant.id, connection.id, order.id,
        )  # fmt: skip
        event = await tx.value("SELECT id FROM events WHERE record_id = $1", order.id)
    said = await make.message(shop, subject="Serve em mim?")
    return {
        "shirt": shirt.id, "polo": polo.id, "order": order.id, "connection": connection.id, "buyer": buyer,
        "event": event, "message": said.id, "number": order.number, "variant": shirt.value.variants[0].id,
    }  # fmt: skip


async def found(person: Person, text: str) -> list[tuple[str, UUID, bool]]:
    """Kind, id, and whether it is exact."""
    status, page = await person.get(f"/find?q={quote(text, safe='')}")
    assert status == 200
    rows = re.findall(r"<tr><td><a href=\"[^\"]*/(\w+)/(\w{32})\">.*?</tr>", page, re.S)
    exact = re.findall(r"<tr><td><a .*?(exact|part).*?</tr>", page.replace("Exact", "exact"), re.S)
    return [(kind, UUID(id), how == "exact") for (kind, id), how in zip(rows, exact, strict=True)]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("CAM-LISA", "products", "shirt"),
        ("cam-lisa-p", "products", "shirt"),
        ("ML-77001", "orders", "order"),
        ("BR123456789", "orders", "order"),
        ("ERP-9", "orders", "order"),
        ("zoe@prado.example", "customers", "buyer"),
        ("Zoë Prado", "customers", "buyer"),
    ],
)
async def test_an_exact_hit_comes_first(person: Person, records, text, kind, name):
    assert (await found(person, text))[0] == (kind, records[name], True)


async def test_a_gtin_is_a_number_like_others(person: Person, records, shop: make.Shop):
    made = await make.product(
        shop, "WITH-GTIN", variants=None, content={"pt": Content(name="Caneca")},
        default={"sku": "WITH-GTIN", "gtin": GTIN},
    )  # fmt: skip
    assert await found(person, GTIN) == [("products", made.id, True)]


async def test_an_order_is_found_by_our_own_number(person: Person, records):
    assert ("orders", records["order"], True) in await found(person, str(records["number"]))


@pytest.mark.parametrize(
    ("name", "kind", "of"),
    [
        ("shirt", "products", "shirt"), ("variant", "products", "shirt"), ("order", "orders", "order"),
        ("buyer", "customers", "buyer"), ("message", "messages", "message"),
        ("connection", "connections", "connection"), ("event", "orders", "order"),
    ],
)  # fmt: skip
async def test_an_id_in_any_spelling_leads_to_its_record(person: Person, records, name, kind, of):
    id = records[name]
    for spelled in (ids.hex24(id), id.hex, str(id), id.hex.upper()):
        assert await found(person, spelled) == [(kind, records[of], True)]


async def test_parts_of_names_follow_what_is_exact(person: Person, records):
    hits = await found(person, "cam")
    assert hits[0] == ("products", records["polo"], True)
    assert ("products", records["shirt"], False) in hits
    assert ("products", records["shirt"], False) in await found(person, "camisETA")
    assert ("customers", records["buyer"], False) in await found(person, "zoe pra")


async def test_what_is_not_there_is_not_found(person: Person, records):
    for text in ("%", "_", "no such thing", "'; --", "\\", "9" * 40, ids.new().hex):
        assert await found(person, text) == []
    assert "Type a SKU" in (await person.get("/find"))[1]


async def test_another_shops_records_stay_its_own(hub: Hub, http, address, records):
    stranger = await employed(hub, http, address, (await make.shop(hub)).tenant)
    for text in ("CAM-LISA", "cam", "ML-77001", "ERP-9", "zoe@prado.example", "Zoë Prado", "zoe pra"):
        assert await found(stranger, text) == []
    for name in ("shirt", "variant", "order", "buyer", "message", "connection", "event"):
        assert await found(stranger, records[name].hex) == []


async def test_the_palette_gets_links_alone(person: Person, records):
    status, text = await person.get("/find?q=CAM-LISA", **{"HX-Request": "true"})
    assert (status, "<html" in text) == (200, False)
    first = re.search(r'<a href="([^"]*)">CAM-LISA', text)
    assert first is not None
    assert first[1] == f"{MOUNT}/{person.shop.rsplit('/', 1)[1]}/products/{records['shirt'].hex}"


async def test_finding_is_one_question_and_the_names(hub: Hub, person: Person, records):
    for text, most in (("CAM-LISA", 4), ("no such thing", 3), ("cam", 4)):
        await person.get(f"/find?q={quote(text)}")
        before = hub.pool.round_trips
        await person.get(f"/find?q={quote(text)}")
        # Who asks, the shop's scope, the question, names.
        assert hub.pool.round_trips - before <= most + 1
