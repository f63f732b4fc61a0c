"""The pages of stock: the sheet, one SKU, locations."""

import re
from decimal import Decimal

import pytest

from plughub.core import stock
from plughub.core.hub import Hub
from plughub.core.stock import Verb
from plughub.core.tenants import Role
from tests import make
from tests.console.conftest import Person, employed
from tests.core.stock.ledger import levels

#: Session, person's shop, locations, page, products.
MOST_TRIPS = 8


def skus(text: str) -> list[str]:
    body = re.search(r"<tbody>(.*?)</tbody>", text, re.S)
    return (
        re.findall(r'<tr><td><a href="[^"]*/stock/[^"]*">([^<]+)</a>', re.sub(r">\s+<", "><", body[1])) if body else []
    )


def notice(text: str) -> str:
    found = re.search(r'<div class="notice[^"]*"><span>(.*?)</span>', text)
    return found[1] if found else ""


async def on_hand(shop: make.Shop, sku: str, code: str = stock.MAIN) -> Decimal:
    return (await levels(shop))[sku, code].on_hand


async def test_the_sheet_narrows_by_what_the_address_says(hub: Hub, person: Person, shop: make.Shop):
    await make.product(shop, "LOTS", quantity=50)
    await make.product(shop, "FEW", quantity=6)
    await make.product(shop, "LOW", default={"sku": "LOW", "levels": make.levels(make.level(4), make.level(1, "CD"))})
    await make.product(shop, "NONE", quantity=None)
    for query, rows in (
        ("", ["FEW", "LOTS", "LOW", "NONE"]),
        ("?low=5", ["LOW", "NONE"]),
        ("?low=6", ["FEW", "LOW", "NONE"]),
        ("?low=rubbish", ["LOW", "NONE"]),
        ("?low=5&location=CD", ["LOW"]),
        ("?order=fewest", ["NONE", "LOW", "FEW", "LOTS"]),
        ("?order=most&q=l", ["LOTS", "LOW"]),
        ("?show=below_zero", []),
        ("?page=2", []),
    ):
        before = hub.pool.round_trips
        status, text = await person.get(f"/stock{query}")
        assert (query, status, skus(text)) == (query, 200, rows)
        assert hub.pool.round_trips - before <= MOST_TRIPS


async def test_a_level_is_set_raised_and_lowered_with_its_reason(person: Person, shop: make.Shop):
    await make.product(shop, "A/1 ü", quantity=10)
    path = "/stock/A%2F1%20%C3%BC"
    for verb, wanted in (("set", "7"), ("increase", "2,5"), ("decrease", "9.5"), ("set", "0")):
        status, to, _ = await person.post(path, verb=verb, quantity=wanted, location="$main", note=f"why {wanted}")
        assert (status, to.endswith(path)) == (303, True)
    _, text = await person.get(path)
    assert [why in text for why in ("why 7", "why 2,5", "why 9.5")] == [True] * 3
    assert text.count(person.login) == 3
    assert (await levels(shop))["A/1 ü", stock.MAIN].moved == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"verb": "decrease", "quantity": "11"}, "There are 10 on hand: 11 cannot be taken away."),
        ({"verb": "set", "quantity": "-1"}, "The quantity cannot be below zero."),
        ({"verb": "set", "quantity": "1.234"}, "Could be 1234 or 1.234"),
        ({"verb": "burn", "quantity": "1"}, "Choose what to do."),
        ({"verb": "set", "quantity": ""}, "Has no quantity."),
        ({"verb": "set", "quantity": "1", "note": "x" * 201}, "A reason has at most 200 characters."),
        ({"verb": "set", "quantity": "1", "location": "nowhere"}, "is not there any more"),
    ],
)
async def test_what_cannot_be_is_told_and_nothing_changes(person: Person, shop: make.Shop, given: dict, told: str):
    await make.product(shop, "A", quantity=10)
    status, _, text = await person.post("/stock/A", **{"location": "$main", "note": "kept as typed"} | given)
    assert (status, told in text) == (400, True)
    if "location" not in given:
        assert given.get("note", "kept as typed") in text
    assert await on_hand(shop, "A") == 10
    assert "nowhere" not in {code for _, code in await levels(shop)}


async def test_undo_takes_back_the_difference_only(person: Person, shop: make.Shop, hub: Hub):
    await make.product(shop, "A", quantity=10)
    form = {"csrf": person.csrf, "verb": "set", "quantity": "4", "location": "$main"}
    async with person.http.post(person.shop + "/stock/A", data=form, headers=person.headers) as answer:
        # The notice travels in a cookie that only follows within one jar.
        cookie = answer.history[0].headers["Set-Cookie"].split(";")[0]
    _, text = await person.get("/stock/A", Cookie=f"{person.headers['Cookie']}; {cookie}")
    assert notice(text) == "Main stock: 10 → 4 on hand."
    undo = re.search(r'class="notice.*?<form.*?</form>', text, re.S)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo[0]))
    async with hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "A", Verb.DECREASE, Decimal(1))

    assert (await person.post("/stock/A", **fields))[0] == 303
    assert await on_hand(shop, "A") == 9


async def test_what_is_below_zero_may_be_raised_but_not_lowered(person: Person, shop: make.Shop, hub: Hub):
    await make.product(shop, "A", quantity=0)
    async with hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "A", Verb.DECREASE, Decimal(5), floor=None)
    assert (await person.post("/stock/A", verb="increase", quantity="2", location="$main"))[0] == 303
    assert (await person.post("/stock/A", verb="decrease", quantity="1", location="$main"))[0] == 400
    assert await on_hand(shop, "A") == -3


async def test_orders_that_hold_it_are_linked(person: Person, shop: make.Shop, hub: Hub):
    await make.product(shop, "A", quantity=10)
    order = await make.order(shop, {"sku": "A", "quantity": 3, "price": Decimal(5)}, reserves_stock=True)
    before = hub.pool.round_trips
    status, text = await person.get("/stock/A")
    assert hub.pool.round_trips - before <= MOST_TRIPS
    assert (status, f'/orders/{order.id}">{order.number}</a>' in text) == (200, True)


async def test_a_sku_that_is_not_kept_is_not_found(person: Person, shop: make.Shop):
    await make.product(shop, "PARENT", variants={"CHILD": 1})
    assert [(await person.get(f"/stock/{sku}"))[0] for sku in ("PARENT", "CHILD", "X")] == [404, 200, 404]


async def test_whoever_only_looks_has_no_buttons_and_is_refused(hub, http, address, shop: make.Shop):
    await make.product(shop, "A", quantity=10)
    reader = await employed(hub, http, address, shop.tenant, Role.READER)
    for path in ("/stock", "/stock/A", "/stock/-/locations"):
        status, text = await reader.get(path)
        main = text.partition("<main")[2]
        assert (path, status, 'method="post"' in main.partition("list-tools")[0], "import" in main) == (
            path, 200, False, False,
        )  # fmt: skip
    id = str(shop.tenant.id)
    for path in ("/stock/A", "/stock/-/import", "/stock/-/locations", f"/stock/-/locations/{id}"):
        given = {"verb": "set", "quantity": "1", "location": "$main", "name": "x", "version": "1"}
        assert (path, (await reader.post(path, **given))[0]) == (path, 403)
    assert (await reader.get("/stock/-/import"))[0] == 403
    assert await on_hand(shop, "A") == 10


async def test_locations_are_added_and_changed_but_not_over_somebody_elses_change(person: Person, shop: make.Shop):
    assert (await person.post("/stock/-/locations", name="Porto", code="CD", priority="1"))[0] == 303
    status, _, text = await person.post("/stock/-/locations", name="Again", code="CD", priority="")
    assert (status, "There is already a location with the code CD." in text, 'value="Again"' in text) == (
        409,
        True,
        True,
    )
    async with shop.hub.read(shop.tenant.id) as tx:
        porto = (await stock.locations(tx, shop.tenant.id))[1]
    path = f"/stock/-/locations/{porto.id}"
    assert (await person.post(path, name="Lisbon", priority="", version="1"))[0] == 303
    status, _, text = await person.post(path, name="Faro", priority="", version="1")
    assert (status, "Somebody else has changed Lisbon meanwhile" in text, 'value="Faro"' in text) == (409, True, True)
    status, _, text = await person.post(path, name="Faro", priority="first", version="2")
    assert (status, "Rank must be a whole number from 0 upward, with at most nine digits." in text) == (400, True)
    async with shop.hub.read(shop.tenant.id) as tx:
        assert [one.name for one in await stock.locations(tx, shop.tenant.id)] == ["Main stock", "Lisbon"]
        actor = await tx.value("SELECT DISTINCT actor FROM events WHERE kind = 'location'")
    assert actor == person.login
