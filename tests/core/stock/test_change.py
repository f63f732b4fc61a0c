"""One SKU's level: the statement does what the rule says, and nothing is lost when many change it."""

import asyncio
import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plughub.core import events, ids, products, stock
from plughub.core.errors import InsufficientStock, Invalid, NotFound
from plughub.core.hub import Hub
from plughub.core.patch import Change
from plughub.core.stock import Verb, rules
from tests import make
from tests.core.stock.ledger import levels

amounts = st.decimals(-50, 50, places=3)


@pytest.fixture(scope="module")
async def counted(hub: Hub) -> make.Shop:
    """A shop with one product, X."""
    shop = await make.shop(hub)
    await make.product(shop, "X", quantity=0)
    return shop


async def change(shop: make.Shop, sku: str, verb: Verb, quantity: object, **rest: object) -> None:
    async with shop.hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, sku, verb, Decimal(str(quantity)), **rest)


async def on_hand(shop: make.Shop, sku: str, code: str = stock.MAIN) -> Decimal:
    return (await levels(shop))[sku, code].on_hand


async def history(shop: make.Shop, sku: str) -> list[events.Event]:
    async with shop.hub.read(shop.tenant.id) as tx:
        record = await products.by_sku(tx, shop.caller, sku)
        return await events.history(tx, shop.tenant.id, "product", record.id)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=amounts, verb=st.sampled_from(Verb), quantity=amounts, floor=st.none() | amounts)
async def test_the_statement_does_what_the_rule_says(
    counted: make.Shop, before: Decimal, verb: Verb, quantity: Decimal, floor: Decimal | None
):
    await change(counted, "X", Verb.SET, before, floor=None)
    after = rules.after(verb, before, quantity)
    # What stays as it is is not asked for permission.
    allowed = rules.is_allowed(after, floor) or after == before

    try:
        await change(counted, "X", verb, quantity, floor=floor)
    except InsufficientStock as refused:
        assert not allowed
        assert (refused.sku, refused.wanted, refused.available) == ("X", quantity, before)  # noqa: PT017 - or not raised
    else:
        assert allowed

    row = (await levels(counted))["X", stock.MAIN]
    assert (row.on_hand, row.moved) == (after, after) if allowed else (before, before)


async def test_a_change_leaves_one_movement_one_event_and_a_new_version(shop: make.Shop):
    await make.product(shop, "Y", quantity=10)

    await change(shop, "Y", Verb.DECREASE, 3)

    async with shop.hub.read(shop.tenant.id) as tx:
        record = await products.by_sku(tx, shop.caller, "Y")
        moved = await stock.movements(tx, shop.tenant.id, record.value.default.id)
    told = (await history(shop, "Y"))[-1]
    assert record.version == told.version == 2
    assert [(m.delta, m.on_hand, m.reason, m.actor) for m in moved] == [
        (10, 10, "set", "system"),
        (-3, 7, "decrease", "system"),
    ]
    assert told.changes == (Change("default.levels[$main].on_hand", 10, 7),)
    assert (told.aspects, told.silent, told.actor) == ({"stock"}, False, "system")


@pytest.mark.parametrize(("verb", "quantity"), [(Verb.SET, 10), (Verb.INCREASE, 0), (Verb.DECREASE, 0)])
async def test_no_change_is_told_to_nobody(shop: make.Shop, verb: Verb, quantity: int):
    await make.product(shop, "Y", quantity=10)

    await change(shop, "Y", verb, quantity)

    assert [event.version for event in await history(shop, "Y")] == [1]
    assert await on_hand(shop, "Y") == 10


async def test_a_refused_change_changes_nothing_and_tells_nobody(shop: make.Shop):
    await make.product(shop, "Y", quantity=2)

    with pytest.raises(InsufficientStock):
        await change(shop, "Y", Verb.DECREASE, 3)

    assert [event.version for event in await history(shop, "Y")] == [1]
    assert await on_hand(shop, "Y") == 2


async def test_stock_is_refused_where_it_is_not_kept(shop: make.Shop):
    await make.product(shop, "PARENT", variants={"CHILD": 1})
    await make.product(shop, "KIT", components={"PARENT": 1}, quantity=None)
    for sku in ("PARENT", "KIT"):
        with pytest.raises(Invalid):
            await change(shop, sku, Verb.INCREASE, 1)
    with pytest.raises(NotFound):
        await change(shop, "child", Verb.INCREASE, 1)

    await change(shop, "CHILD", Verb.INCREASE, 1)
    assert await on_hand(shop, "CHILD") == 2


async def test_a_sku_counted_only_elsewhere_is_changed_where_orders_ask_first(shop: make.Shop):
    levels_given = make.levels(
        make.level(5, "LATER", priority=2), make.level(5, "FIRST", priority=1), make.level(5, "LAST")
    )
    await make.product(shop, "Z", quantity=None, default={"sku": "Z", "levels": levels_given})

    await change(shop, "Z", Verb.DECREASE, 1)
    assert await on_hand(shop, "Z", "FIRST") == 4

    # To set a number is to count: that is done at the main location.
    await change(shop, "Z", Verb.SET, 8)
    assert {code: row.on_hand for (_, code), row in (await levels(shop)).items()} == {
        "FIRST": 4, "LATER": 5, "LAST": 5, "$main": 8,
    }  # fmt: skip


async def test_fifty_at_once_lose_nothing_and_leave_an_unbroken_history(shop: make.Shop):
    await make.product(shop, "HOT", quantity=20)
    chance = random.Random(3)
    refused = []

    async def one(verb: Verb, quantity: int) -> Decimal:
        try:
            await change(shop, "HOT", verb, quantity)
        except InsufficientStock:
            refused.append(quantity)
            return Decimal(0)
        return Decimal(quantity if verb is Verb.INCREASE else -quantity)

    done = await asyncio.gather(
        *(one(chance.choice([Verb.INCREASE, Verb.DECREASE]), chance.randint(1, 9)) for _ in range(50)),
        *(one(Verb.DECREASE, 30) for _ in range(10)),
    )

    row = (await levels(shop))["HOT", stock.MAIN]
    assert row.on_hand == row.moved == 20 + sum(done) >= 0
    assert refused
    told = await history(shop, "HOT")
    assert [event.version for event in told] == list(range(1, len(told) + 1))
    changes = [event.changes[0] for event in told[1:]]
    assert len(changes) == 60 - len(refused)
    assert [change.before for change in changes] == [20, *(change.after for change in changes[:-1])]
    assert await _movements_are_a_chain(shop, "HOT")


async def _movements_are_a_chain(shop: make.Shop, sku: str) -> bool:
    async with shop.hub.read(shop.tenant.id) as tx:
        record = await products.by_sku(tx, shop.caller, sku)
        moved = await stock.movements(tx, shop.tenant.id, record.value.default.id)
    return [m.on_hand - m.delta for m in moved] == [0, *(m.on_hand for m in moved[:-1])]


async def test_ten_at_once_open_a_level_once(shop: make.Shop):
    await make.product(shop, "NEW", quantity=None)

    await asyncio.gather(*(change(shop, "NEW", Verb.INCREASE, 1, code="CD-9") for _ in range(10)))

    assert {key: row.on_hand for key, row in (await levels(shop)).items()} == {("NEW", "CD-9"): 10}


@pytest.mark.parametrize(
    ("rows", "quantity", "code", "chosen"),
    [
        ([], 1, None, "$main"),
        ([("a", 5, 0, 2), ("b", 5, 0, 1)], 1, None, "b"),
        ([("a", 5, 0, 2), ("b", 5, 4, 1)], 2, None, "a"),
        ([("a", 5, 0, None), ("b", 5, 0, 9)], 1, None, "b"),
        ([("a", 1, 0, 1)], 2, None, "$main"),
        ([("a", 5, 0, 1)], 1, "b", "b"),
    ],
)
def test_an_order_takes_from_the_first_place_that_has_enough(rows: list, quantity: int, code: str | None, chosen: str):
    found = [
        stock.Level(id=ids.at(at, 0), code=name, on_hand=Decimal(on), reserved=Decimal(held), priority=priority)
        for at, (name, on, held, priority) in enumerate(rows)
    ]

    assert stock.source(found, Decimal(quantity), code) == chosen
