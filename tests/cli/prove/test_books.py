"""The books find each kind of thing that can be wrong in the tables, and nothing in a shop that is well."""

import pytest

from plughub.cli.prove import ledger
from plughub.cli.prove.shelves import Rule
from plughub.core.hub import Hub
from plughub.core.stock import MAIN
from tests import make

A = f"A/{MAIN}"


async def opened(hub: Hub) -> make.Shop:
    """Six of A and of B; an order holds two of A."""
    shop = await make.shop(hub)
    for sku in "AB":
        await make.product(shop, sku, quantity=6)
    await make.product(shop, "KIT", components={"A": 1, "B": 2})
    await make.order(shop, {"sku": "A", "quantity": 2}, channel_number="1", reserves_stock=True)
    return shop


async def faults(shop: make.Shop, *, rule: Rule = Rule.STRICT, orders: set[str] = frozenset({"1"})) -> list[str]:
    found = await ledger.levels(shop.hub, shop.caller, dict.fromkeys((A, f"B/{MAIN}"), rule))
    count, wrong = await ledger.order_faults(shop.hub, shop.caller, set(orders))
    assert count == 1
    wrong += await ledger.kit_faults(shop.hub, shop.caller, {"KIT": {"A": 1, "B": 2}}, found)
    wrong += await ledger.untold(shop.hub, shop.caller)
    return [*(words for count in found.values() for words in count.faults), *wrong]


async def test_nothing_is_wrong_in_a_shop_that_is_well(hub: Hub):
    shop = await opened(hub)

    assert await faults(shop) == []
    found = await ledger.levels(shop.hub, shop.caller, {})
    assert (found[A].seen.on_hand, found[A].seen.reserved, found[A].movements) == (6, 2, 1)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("UPDATE stock_levels SET on_hand = 7 WHERE {a}", "the level is 7, its movements sum up to 6"),
        ("UPDATE stock_levels SET reserved = 3 WHERE {a}", "3 are reserved, orders hold 2"),
        ("UPDATE reservations SET state = 'consumed' WHERE {a}", "orders took 2, movements say 0"),
        ("UPDATE reservations SET state = 'released' WHERE {a}", "order 1 is pending and holds 0 lines"),
        ("UPDATE orders SET status = 'shipped' WHERE tenant_id = $1", "order 1 is shipped and holds 1 lines"),
        ("UPDATE stock_levels SET on_hand = 1 WHERE {a}", "sold more than there was: 1 on hand, 2 of them promised"),
        ("UPDATE products SET version = 9 WHERE tenant_id = $1 AND sku = 'B'", "product B is at version 9"),
        ("INSERT INTO stock_movements SELECT tenant_id, gen_random_uuid(), variant_id, location_id, -8, -2, 'decrease',"
         " NULL, actor, clock_timestamp() FROM stock_movements WHERE {a}", "1 guarded changes went below zero"),
        ("INSERT INTO stock_movements SELECT tenant_id, gen_random_uuid(), variant_id, location_id, 1, 9, 'increase',"
         " NULL, actor, clock_timestamp() FROM stock_movements WHERE {a}", "1 movements do not go on"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(hub: Hub, harm: str, words: str):
    shop = await opened(hub)
    of_a = "tenant_id = $1 AND variant_id = (SELECT variant_id FROM skus WHERE tenant_id = $1 AND sku = 'A')"

    async with hub.change(shop.tenant.id) as tx:
        await tx.run(harm.format(a=of_a), shop.tenant.id)

    assert [fault for fault in await faults(shop) if words in fault], await faults(shop)


async def test_an_order_that_was_acknowledged_has_to_be_there(hub: Hub):
    shop = await opened(hub)

    assert await faults(shop, orders={"1", "2"}) == ["order 2 was acknowledged and is not there"]


async def test_where_the_guard_is_off_a_level_may_be_promised_beyond_itself(hub: Hub):
    shop = await opened(hub)
    await make.order(shop, {"sku": "B", "quantity": 7}, channel_number="2", reserves_stock=True)

    found = {rule: (await ledger.levels(hub, shop.caller, {f"B/{MAIN}": rule}))[f"B/{MAIN}"].faults for rule in Rule}

    assert found[Rule.OPEN] == found[Rule.GUARDED] == ()
    assert found[Rule.STRICT] == ("sold more than there was: 6 on hand, 7 of them promised",)
