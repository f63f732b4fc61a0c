"""The stock sheet: what is low, where, and in which order; movements and holds of one SKU."""

from decimal import Decimal

import pytest

from plughub.core import orders, stock
from plughub.core.errors import Conflict, Duplicate, Invalid, NotFound
from plughub.core.hub import Hub
from plughub.core.stock import Sheet, Verb
from tests import make
from tests.core.stock.ledger import levels as levels_of


@pytest.fixture(scope="module")
async def kept(hub: Hub) -> make.Shop:
    """A: 10, 3 of them reserved. B: 2 and 4 at CD. C: never counted. D: -1 and 5 at CD. V-1: 0. A kit of A."""
    shop = await make.shop(hub)
    await make.product(shop, "A", name="Café", quantity=10)
    await make.product(shop, "B", default={"sku": "B", "levels": _levels(2, 4)}, quantity=None)
    await make.product(shop, "C", quantity=None)
    await make.product(shop, "D", default={"sku": "D", "levels": _levels(0, 5)}, quantity=None)
    await make.product(shop, "V", variants={"V-1": 0})
    await make.product(shop, "KIT", components={"A": 1}, quantity=None)
    async with hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "D", Verb.DECREASE, Decimal(1), floor=None)
    await make.order(shop, {"sku": "A", "quantity": 3, "price": Decimal(5)}, reserves_stock=True)
    return shop


def _levels(main: int, cd: int):
    return make.levels(make.level(main), make.level(cd, "CD"))


async def shown(shop: make.Shop, **asked: object) -> list[tuple[str, Decimal]]:
    async with shop.hub.read(shop.tenant.id) as tx:
        if "location" in asked:
            known = {one.code: one.id for one in await stock.locations(tx, shop.tenant.id)}
            asked["location"] = known[asked["location"]]
        page = await stock.positions(tx, shop.caller, Sheet(**asked))
    assert page.total == len(page.records)
    return [(one.sku, one.free) for one in page.records]


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({}, [("A", 7), ("B", 6), ("C", 0), ("D", 4), ("V-1", 0)]),
        ({"up_to": Decimal(4)}, [("C", 0), ("D", 4), ("V-1", 0)]),
        ({"up_to": Decimal(6), "descending": True}, [("B", 6), ("D", 4), ("C", 0), ("V-1", 0)]),
        ({"descending": False}, [("C", 0), ("V-1", 0), ("D", 4), ("B", 6), ("A", 7)]),
        ({"is_below_zero": True}, [("D", 4)]),
        ({"location": "CD"}, [("B", 4), ("D", 5)]),
        ({"location": "CD", "up_to": Decimal(4)}, [("B", 4)]),
        ({"location": "CD", "is_below_zero": True}, []),
        ({"location": stock.MAIN, "descending": False}, [("D", -1), ("V-1", 0), ("B", 2), ("A", 7)]),
        ({"text": "CAFE"}, [("A", 7)]),
        ({"text": "v-1"}, [("V-1", 0)]),
        ({"text": "camisa", "up_to": Decimal(0)}, [("C", 0), ("V-1", 0)]),
    ],
)
async def test_the_sheet_shows_what_was_asked_for(kept: make.Shop, asked: dict, rows: list):
    assert await shown(kept, **asked) == rows


async def test_pages_of_the_sheet_have_a_total_even_past_the_end(kept: make.Shop, hub: Hub):
    pages = []
    for offset in (0, 2, 4, 6):
        before = hub.pool.round_trips
        async with hub.read(kept.tenant.id) as tx:
            page = await stock.positions(tx, kept.caller, Sheet(up_to=Decimal(99), limit=2, offset=offset))
        pages.append(([one.sku for one in page.records], page.total, page.has_more))
        assert hub.pool.round_trips - before <= (1 if page.records else 2)
    assert pages == [(["A", "B"], 5, True), (["C", "D"], 5, True), (["V-1"], 5, False), ([], 5, False)]


async def test_another_shops_stock_is_not_there(kept: make.Shop, shop: make.Shop):
    await make.product(shop, "OTHER", quantity=1)
    assert await shown(shop) == [("OTHER", 1)]
    async with shop.hub.read(shop.tenant.id) as tx:
        with pytest.raises(NotFound):
            await stock.position(tx, shop.caller, "A")


async def test_orders_that_hold_a_sku_are_named(kept: make.Shop):
    line = {"sku": "B", "quantity": 1, "price": Decimal(5), "stock_code": "CD"}
    order = await make.order(kept, line, reserves_stock=True)
    async with kept.hub.read(kept.tenant.id) as tx:
        at = await stock.position(tx, kept.caller, "B")
        held = await stock.held(tx, kept.tenant.id, [at.variant], 9)
    assert [(one.order, one.number, one.quantity) for one in held] == [(order.id, order.number, 1)]
    async with kept.hub.change(kept.tenant.id) as tx:
        await orders.change(tx, kept.caller, order.id, {"status": orders.OrderStatus.CANCELED})
    async with kept.hub.read(kept.tenant.id) as tx:
        assert await stock.held(tx, kept.tenant.id, [at.variant], 9) == []


async def test_movements_come_newest_first_over_all_locations(shop: make.Shop):
    await make.product(shop, "M", quantity=1)
    async with shop.hub.step(shop.tenant.id) as tx:
        for number, code in enumerate((None, "CD", None, "CD"), 2):
            await stock.change(tx, shop.caller, "M", Verb.SET, Decimal(number), code=code, note=f"n{number}")
        at = await stock.position(tx, shop.caller, "M")
        first = await stock.past(tx, shop.caller, at.variant, limit=3)
        rest = await stock.past(tx, shop.caller, at.variant, limit=3, offset=3)
    assert [(one.location, one.on_hand, one.note) for one in first + rest] == [
        ("CD", 5, "n5"), ("$main", 4, "n4"), ("CD", 3, "n3"), ("$main", 2, "n2"), ("$main", 1, None),
    ]  # fmt: skip


async def test_locations_are_made_renamed_and_ranked(shop: make.Shop):
    async with shop.hub.change(shop.tenant.id) as tx:
        cd = await stock.create_location(tx, shop.caller, code="CD", name="Centro", priority=2)
        await stock.create_location(tx, shop.caller, code="AA", name="Annex", priority=None)
        after = await stock.change_location(tx, shop.caller, cd.id, name="Porto", priority=1, version=1)
        same = await stock.change_location(tx, shop.caller, cd.id, name="Porto", priority=1, version=1)
        assert (after.version, same.version) == (2, 2)
        with pytest.raises(Conflict):
            await stock.change_location(tx, shop.caller, cd.id, name="Lisbon", priority=1, version=1)
        found = await stock.locations(tx, shop.tenant.id)
        told = await tx.all("SELECT version, action, changes FROM events WHERE kind = 'location' ORDER BY version, id")
    assert [(one.name, one.priority, one.is_main) for one in found] == [
        ("Main stock", None, True), ("Porto", 1, False), ("Annex", None, False),
    ]  # fmt: skip
    assert [(row["version"], row["action"]) for row in told] == [(1, "created"), (1, "created"), (2, "updated")]
    assert told[2]["changes"] == b'[["name","Centro","Porto"],["priority",2,1]]'


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"code": "CD", "name": "Again"}, Duplicate),
        ({"code": "", "name": "x"}, Invalid),
        ({"code": "$x", "name": "x"}, Invalid),
        ({"code": "y", "name": ""}, Invalid),
        ({"code": "y", "name": "y", "priority": 2**31}, Invalid),
    ],
)
async def test_a_location_that_cannot_be_is_refused(kept: make.Shop, given: dict, refused: type):
    with pytest.raises(refused):
        async with kept.hub.change(kept.tenant.id) as tx:
            await stock.create_location(tx, kept.caller, **{"priority": None} | given)


async def test_orders_ask_locations_by_rank_unless_the_sku_has_one_there(shop: make.Shop):
    levels = make.levels(make.level(5, "FAR"), make.level(5, "NEAR"))
    await make.product(shop, "R", quantity=None, default={"sku": "R", "levels": levels})
    own = make.levels(make.level(5, "FAR", priority=0), make.level(5, "NEAR"))
    await make.product(shop, "OWN", quantity=None, default={"sku": "OWN", "levels": own})
    async with shop.hub.change(shop.tenant.id) as tx:
        for at in await stock.locations(tx, shop.tenant.id):
            if not at.is_main:
                rank = {"FAR": 7, "NEAR": 1}[at.code]
                await stock.change_location(tx, shop.caller, at.id, name=at.name, priority=rank, version=1)

    for sku in ("R", "OWN"):
        await make.order(shop, {"sku": sku, "quantity": 1, "price": Decimal(1)}, reserves_stock=True)

    assert {key for key, row in (await levels_of(shop)).items() if row.reserved} == {("R", "NEAR"), ("OWN", "FAR")}
    async with shop.hub.step(shop.tenant.id) as tx:
        done = await stock.change(tx, shop.caller, "R", Verb.DECREASE, Decimal(1))
    assert done.code == "NEAR"
