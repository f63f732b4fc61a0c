"""Options and custom data: no dialect speaks of them yet, the core keeps them like any other field."""

from plughub.core import events, patch, products
from plughub.core.patch import Change
from plughub.core.values import Custom
from tests import make

SHELF, WEIGHED = "|x-lager|shelf", "|x-scale|weighed"


async def test_custom_data_merges_by_key_and_is_told_field_by_field(shop: make.Shop):
    made = await make.product(shop, "A", custom={SHELF: {"value": "B7"}, WEIGHED: {"kind": "bool", "value": True}})

    async with shop.hub.change(shop.tenant.id) as tx:
        await products.change(tx, shop.caller, made.id, {"custom": {SHELF: {"value": "C1"}, WEIGHED: None}})
        read = await products.by_id(tx, shop.caller, made.id)
        told = (await events.history(tx, shop.tenant.id, "product", made.id))[-1].changes

    assert read.value.custom == {SHELF: Custom(value="C1")}
    assert told == (
        Change(f"custom.{SHELF}.value", "B7", "C1"),
        Change(f"custom.{WEIGHED}", {"kind": "bool", "value": True}, None),
    )


async def test_a_decimal_in_custom_data_keeps_its_digits(shop: make.Shop):
    made = await make.product(shop, "A", custom={SHELF: {"kind": "decimal", "value": "0.10"}})

    async with shop.hub.read(shop.tenant.id) as tx:
        read = await products.by_sku(tx, shop.caller, "A")

    assert read.value.custom == made.value.custom
    assert read.value.custom[SHELF] == Custom(kind="decimal", value="0.10")


async def test_options_keep_their_order(shop: make.Shop):
    options = patch.Merge([{"code": "size", "label": "Tamanho"}, {"code": "color"}], keys=("code",))

    made = await make.product(shop, "A", options=options)

    assert [option.code for option in made.value.options] == ["size", "color"]
