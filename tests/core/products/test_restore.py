"""Taking back what a product's history tells."""

from decimal import Decimal

import pytest

from plughub.core import events, patch, products
from plughub.core.errors import Invalid, Locked, NotFound
from plughub.core.patch import Merge
from plughub.core.products import Product
from plughub.core.record import Record
from tests import make
from tests.make import Shop


async def change(shop: Shop, record: Record[Product], given: patch.Patch) -> Record[Product]:
    async with shop.hub.change(shop.tenant.id) as tx:
        return (await products.change(tx, shop.caller, record.id, given))[0]


async def restore(shop: Shop, record: Record[Product], version: int, field: str | None = None) -> Record[Product]:
    async with shop.hub.change(shop.tenant.id) as tx:
        event = await events.that_made(tx, shop.tenant.id, "product", record.id, version)
        wanted = [one for one in event.changes if field in (None, one.field)]
        return (await products.restore(tx, shop.caller, record.id, wanted))[0]


async def stored(shop: Shop, record: Record[Product]) -> Record[Product]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await products.by_id(tx, shop.caller, record.id)


async def test_one_field_of_several_goes_back_with_an_event_of_its_own(shop: Shop):
    made = await make.product(shop, "CAM", variants={"CAM-AZ": 3, "CAM-VD": 4}, brand="Aurora")
    azul = made.value.variants[0].id
    changed = await change(
        shop, made, {"brand": "Nuvem", "variants": Merge([{"id": azul, "price": Decimal("61.50"), "gtin": "789"}])}
    )

    after = await restore(shop, made, changed.version, "variants[CAM-AZ].price")

    assert after.value.variants[0].price == Decimal("59.90")
    assert (after.value.variants[0].gtin, after.value.brand) == ("789", "Nuvem")
    async with shop.hub.read(shop.tenant.id) as tx:
        told = await events.that_made(tx, shop.tenant.id, "product", made.id, after.version)
    assert told.changes == (("variants[CAM-AZ].price", Decimal("61.50"), Decimal("59.90")),)


async def test_all_of_an_event_goes_back_at_once_with_texts_stock_and_renamed_skus(shop: Shop):
    made = await make.product(shop, "CAM", variants={"CAM-AZ": 3})
    azul = made.value.variants[0].id
    level = {"code": "$main", "on_hand": Decimal(7)}
    changed = await change(
        shop,
        made,
        {
            "content": {"de": {"name": "Hemd"}, "pt": {"name": "Camiseta"}},
            "variants": Merge([{"id": azul, "sku": "CAM-BLUE", "gtin": "1", "levels": Merge([level], keys=("code",))}]),
        },
    )
    assert changed.value.variants[0].sku == "CAM-BLUE"

    after = await restore(shop, made, changed.version)

    assert after.value == made.value


async def test_a_field_that_changed_again_is_not_overwritten(shop: Shop):
    made = await make.product(shop, "CAM", price="10")
    first = await change(shop, made, {"default": {"price": Decimal(11)}, "brand": "Nuvem"})
    last = await change(shop, made, {"default": {"price": Decimal("12.50")}})

    with pytest.raises(Locked, match=r"changed again since: it is 12\.5 now"):
        await restore(shop, made, first.version)

    assert await stored(shop, made) == last


async def test_each_quantity_of_a_list_is_known_apart(shop: Shop):
    made = await make.product(shop, "CAM")
    rows = [{"code": "atacado", "amount": Decimal(50)}, {"code": "atacado", "amount": Decimal(40), "min_quantity": 10}]
    priced = await change(shop, made, {"default": {"prices": Merge(rows, keys=(("code", "min_quantity"),))}})
    ten = priced.value.default.prices[1]
    changed = await change(shop, made, {"default": {"prices": Merge([{"id": ten.id, "amount": Decimal(39)}])}})

    after = await restore(shop, made, changed.version, "default.prices[atacado from 10].amount")

    assert [price.amount for price in after.value.default.prices] == [Decimal(50), Decimal(40)]


async def test_what_came_as_a_whole_and_what_is_others_is_refused(shop: Shop):
    made = await make.product(shop, "CAM", quantity=5)
    row = {"code": "atacado", "amount": Decimal(50)}
    priced = await change(shop, made, {"default": {"prices": Merge([row], keys=("code",))}})
    await make.order(shop, {"sku": "CAM", "quantity": 2, "price": Decimal(5)}, reserves_stock=True)
    ordered = await stored(shop, made)

    for version, field in (
        (1, None), (priced.version, "default.prices[atacado]"), (ordered.version, "default.levels[$main].reserved"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            await restore(shop, made, version, field)

    assert await stored(shop, made) == ordered
    with pytest.raises(NotFound):
        await restore(shop, made, 99)
