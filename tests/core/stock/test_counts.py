"""Lists of counts: whole in each part, done once, and told row by row."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from plughub.core import events, ids, products, stock
from plughub.core.errors import Invalid, Missing, NotFound
from plughub.core.patch import Change
from plughub.core.stock import Count, Outcome, Verb, counts
from tests import make
from tests.core.stock.ledger import levels


def counted(shop: make.Shop, sku: str, quantity: object, seen: object = None, location: UUID | None = None) -> Count:
    was = None if seen is None else Decimal(str(seen))
    return Count(sku=sku, location=location or shop.tenant.id, quantity=Decimal(str(quantity)), seen=was)


async def begin(shop: make.Shop, *rows: Count, id: UUID | None = None, **more: object) -> UUID:
    id = id or ids.new()
    async with shop.hub.change(shop.tenant.id) as tx:
        await stock.begin(tx, shop.caller, id, rows, now=shop.hub.now(), **more)
    return id


async def carry_on(shop: make.Shop, id: UUID) -> bool:
    async with shop.hub.change(shop.tenant.id) as tx:
        return await stock.carry_on(tx, shop.caller, id)


async def outcome(shop: make.Shop, id: UUID) -> list[tuple[str, Outcome | None, Decimal | None]]:
    async with shop.hub.read(shop.tenant.id) as tx:
        rows = await stock.count_rows(tx, shop.caller, id, limit=1000)
    return [(row.sku, row.outcome, row.before) for row in rows]


async def test_every_row_says_what_became_of_it(shop: make.Shop):
    await make.product(shop, "A", quantity=10)
    await make.product(shop, "B", quantity=7)
    await make.product(shop, "NEW", quantity=None)
    await make.product(shop, "ZERO", quantity=None)
    await make.product(shop, "PARENT", variants={"P-1": 1, "P-2": 2})
    await make.product(shop, "KIT", components={"A": 1}, quantity=None)
    rows = [
        ("A", 4),
        ("B", 7),
        ("NEW", "2.5"),
        ("ZERO", 0),
        ("PARENT", 1),
        ("P-1", 5),
        ("P-2", 6),
        ("KIT", 1),
        ("X", 1),
    ]

    id = await begin(shop, *(counted(shop, sku, quantity) for sku, quantity in rows), note="inventory")
    assert await carry_on(shop, id) is False

    assert await outcome(shop, id) == [
        ("A", Outcome.SET, 10), ("B", Outcome.SAME, 7), ("NEW", Outcome.SET, None), ("ZERO", Outcome.SAME, None),
        ("PARENT", Outcome.VARIANTS, None), ("P-1", Outcome.SET, 1), ("P-2", Outcome.SET, 2),
        ("KIT", Outcome.KIT, None), ("X", Outcome.UNKNOWN, None),
    ]  # fmt: skip
    found = {sku: row.on_hand for (sku, _), row in (await levels(shop)).items()}
    assert found == {"PARENT": 10, "A": 4, "B": 7, "NEW": Decimal("2.5"), "P-1": 5, "P-2": 6}
    assert all(row.moved == row.on_hand for row in (await levels(shop)).values())


async def test_a_product_is_told_of_once_with_all_its_variants_and_the_reason_is_kept(shop: make.Shop):
    record = await make.product(shop, "PARENT", variants={"P-1": 1, "P-2": 2})
    same = await make.product(shop, "B", quantity=7)
    id = await begin(shop, counted(shop, "P-1", 5), counted(shop, "P-2", 6), counted(shop, "B", 7), note="inventory")
    await carry_on(shop, id)

    async with shop.hub.read(shop.tenant.id) as tx:
        told = await events.history(tx, shop.tenant.id, "product", record.id)
        untold = await events.history(tx, shop.tenant.id, "product", same.id)
        after = await products.by_id(tx, shop.caller, record.id)
        moved = await stock.past(tx, shop.caller, after.value.variants[0].id, limit=5)
    assert [event.version for event in untold] == [1]
    assert sorted(told[-1].changes) == [
        Change("variants[P-1].levels[$main].on_hand", 1, 5), Change("variants[P-2].levels[$main].on_hand", 2, 6),
    ]  # fmt: skip
    assert (len(told), told[-1].version, after.version, told[-1].aspects) == (2, 2, 2, {"stock"})
    assert [(one.delta, one.on_hand, one.reason, one.note, one.actor) for one in moved] == [
        (4, 5, "set", "inventory", "system"), (1, 1, "set", None, "system"),
    ]  # fmt: skip


async def test_what_was_sold_between_look_and_count_is_told(shop: make.Shop):
    await make.product(shop, "A", quantity=10)
    await make.product(shop, "B", quantity=10)
    id = await begin(shop, counted(shop, "A", 12, seen=10), counted(shop, "B", 12, seen=10))
    async with shop.hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "A", Verb.DECREASE, Decimal(1))
    await carry_on(shop, id)

    async with shop.hub.read(shop.tenant.id) as tx:
        rows = await stock.count_rows(tx, shop.caller, id, limit=9)
    assert [(row.sku, row.before, row.has_moved) for row in rows] == [("A", 9, True), ("B", 10, False)]
    assert {sku: row.on_hand for (sku, _), row in (await levels(shop)).items()} == {"A": 12, "B": 12}


async def test_a_list_is_carried_out_in_parts_that_can_be_gone_on_with(shop: make.Shop, monkeypatch):
    monkeypatch.setattr(counts, "PART", 2)
    for number in range(5):
        await make.product(shop, f"S{number}", quantity=0)
    id = await begin(shop, *(counted(shop, f"S{number}", 9) for number in range(5)))

    assert await carry_on(shop, id) is True
    assert [one for _, one, _ in await outcome(shop, id)] == ["set", "set", None, None, None]
    # Whoever asks at the same time takes the next part, not the same one.
    assert sorted(await asyncio.gather(carry_on(shop, id), carry_on(shop, id))) == [False, True]
    assert await carry_on(shop, id) is False

    assert {row.on_hand for row in (await levels(shop)).values()} == {9}
    assert {row.moved for row in (await levels(shop)).values()} == {9}
    async with shop.hub.read(shop.tenant.id) as tx:
        assert await tx.value("SELECT count(*) FROM stock_movements WHERE tenant_id = $1", shop.tenant.id) == 5


async def test_a_part_that_fails_leaves_nothing_behind(shop: make.Shop):
    await make.product(shop, "A", quantity=1)
    id = await begin(shop, counted(shop, "A", 5))

    class Broken(Exception):
        pass

    async def fail() -> None:
        async with shop.hub.change(shop.tenant.id) as tx:
            await stock.carry_on(tx, shop.caller, id)
            raise Broken

    with pytest.raises(Broken):
        await fail()
    assert await outcome(shop, id) == [("A", None, None)]
    assert (await levels(shop))["A", stock.MAIN].on_hand == 1


async def test_the_same_list_sent_twice_is_one(shop: make.Shop):
    await make.product(shop, "A", quantity=1)
    id = await begin(shop, counted(shop, "A", 5))
    await carry_on(shop, id)
    async with shop.hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "A", Verb.SET, Decimal(3))

    await begin(shop, counted(shop, "A", 5), id=id)
    await carry_on(shop, id)

    assert (await levels(shop))["A", stock.MAIN].on_hand == 3


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([], Missing),
        ([("A", -1)], Invalid),
        ([("A", 1), ("A", 2)], Invalid),
        ([(f"S{number}", 1) for number in range(stock.MOST_ROWS + 1)], Invalid),
    ],
)
async def test_a_list_that_cannot_be_right_is_not_begun(shop: make.Shop, rows: list, refused: type):
    with pytest.raises(refused):
        await begin(shop, *(counted(shop, sku, quantity) for sku, quantity in rows))
    async with shop.hub.read(shop.tenant.id) as tx:
        assert await stock.count_lists(tx, shop.caller, limit=5) == []


async def test_another_tenants_location_and_list_are_not_there(hub, shop: make.Shop):
    other = await make.shop(hub)
    await make.product(shop, "A", quantity=1)
    with pytest.raises(NotFound):
        await begin(shop, counted(shop, "A", 5, location=other.tenant.id))
    id = await begin(shop, counted(shop, "A", 5))
    with pytest.raises(NotFound):
        await carry_on(other, id)


async def test_what_became_of_a_list_is_told_for_ninety_days(shop: make.Shop):
    await make.product(shop, "A", quantity=1)
    old = await begin(shop, counted(shop, "A", 5), rest="B;x")
    async with shop.hub.change(shop.tenant.id) as tx:
        later = shop.hub.now() + counts.KEPT + timedelta(seconds=1)
        await stock.begin(tx, replace(shop.caller, actor="kim"), ids.new(), [counted(shop, "A", 6)], now=later)
    async with shop.hub.read(shop.tenant.id) as tx:
        assert [one.created_by for one in await stock.count_lists(tx, shop.caller, limit=5)] == ["kim"]
        with pytest.raises(NotFound):
            await stock.count_list(tx, shop.caller, old)
