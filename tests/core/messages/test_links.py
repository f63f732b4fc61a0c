"""A conversation is tied to the order or SKU that it names, and found from there."""

from typing import Any

import pytest

from plughub.core import ids, messages
from plughub.core.hub import Hub
from plughub.core.messages import Conversation
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.core.values import LONGEST_KEY
from tests import make


async def change(shop: make.Shop, record: Record[Conversation], changes: Patch) -> Conversation:
    async with shop.hub.change(shop.tenant.id) as tx:
        after, _ = await messages.change(tx, shop.caller, record.id, changes)
    return after.value


async def of(shop: make.Shop, ask: Any, id: Any) -> list[Any]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return [record.id for record in (await ask(tx, shop.caller, id)).records]


def links(value: Conversation) -> tuple[Any, Any, Any]:
    return value.order_id, value.product_id, value.variant_id


async def test_an_order_is_named_by_its_id_in_any_spelling_and_by_its_numbers(shop: make.Shop):
    order = await make.order(shop, channel="ML", channel_number="2000-1")
    spellings = [ids.hex24(order.id), ids.hex32(order.id), str(order.id), str(order.number)]

    made = [await make.message(shop, related=text) for text in spellings]
    made.append(await make.message(shop, related="2000-1", channel="ML"))

    assert [links(one.value) for one in made] == [(order.id, None, None)] * 5
    assert await of(shop, messages.of_order, order.id) == [one.id for one in made]
    assert await of(shop, messages.of_product, order.id) == []


async def test_a_sku_names_its_variant_and_product(shop: make.Shop):
    product = await make.product(shop, "CAM", variants={"CAM-AZ": 1, "CAM-VD": 1})
    green = product.value.variants[1]

    of_product, of_variant = await make.message(shop, related="CAM"), await make.message(shop, related="CAM-VD")

    assert links(of_product.value) == (None, product.id, product.value.default.id)
    assert links(of_variant.value) == (None, product.id, green.id)
    assert await of(shop, messages.of_product, product.id) == [of_product.id, of_variant.id]


@pytest.mark.parametrize(
    "text",
    [None, "cam", "CAM ", "2000-1", "99999999999999999999", "²", "x" * (LONGEST_KEY + 1), "%", "0" * 24, "f" * 24],
)
async def test_what_names_nothing_is_kept_as_text(shop: make.Shop, text: str | None):
    await make.product(shop, "CAM")
    await make.order(shop, channel="ML", channel_number="2000-1")

    made = await make.message(shop, related=text, channel="B2W")

    assert (made.value.related, links(made.value)) == (text, (None, None, None))


async def test_the_surest_name_wins(shop: make.Shop):
    order = await make.order(shop, channel="ML", channel_number="N")
    other = await make.order(shop, channel="ML", channel_number=str(order.number))
    sku = await make.product(shop, "N")
    by_id = await make.product(shop, ids.hex24(order.id))

    assert (await make.message(shop, related="N", channel="ML")).value.product_id == sku.id
    assert links((await make.message(shop, related=ids.hex24(order.id))).value) == (order.id, None, None)
    assert (await make.message(shop, related=str(order.number), channel="ML")).value.order_id == other.id
    assert (await make.message(shop, related=str(order.number))).value.order_id == order.id
    assert await of(shop, messages.of_product, by_id.id) == []


async def test_another_tenants_records_are_named_by_nothing(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    order = await make.order(other, channel="ML", channel_number="1")
    await make.product(other, "THEIRS")

    for text in (ids.hex24(order.id), str(order.id), "1", "THEIRS"):
        assert links((await make.message(shop, related=text, channel="ML")).value) == (None, None, None)
    assert await of(shop, messages.of_order, order.id) == []


async def test_a_link_follows_the_text_and_is_told(shop: make.Shop):
    order, product = await make.order(shop), await make.product(shop, "CAM")
    made = await make.message(shop, related="CAM")

    async with shop.hub.change(shop.tenant.id) as tx:
        after, told = await messages.change(tx, shop.caller, made.id, {"related": str(order.id)})
    assert links(after.value) == (order.id, None, None)
    assert {change.field for change in told} == {"related", "order_id", "product_id", "variant_id"}
    assert await of(shop, messages.of_product, product.id) == []
    assert links(await change(shop, made, {"related": None})) == (None, None, None)
    assert await of(shop, messages.of_order, order.id) == []


async def test_a_question_that_was_faster_than_its_order_is_tied_at_the_next_write(shop: make.Shop):
    made = await make.message(shop, related="2000-1", channel="ML")
    order = await make.order(shop, channel="ML", channel_number="2000-1")

    assert links(await change(shop, made, {"related": "2000-1"})) == (None, None, None)
    assert links(await change(shop, made, {"tags": "x"})) == (order.id, None, None)


async def test_a_link_stays_while_the_text_stays(shop: make.Shop):
    order = await make.order(shop, channel="ML", channel_number="2000-1")
    made = await make.message(shop, related="2000-1", channel="ML")
    await make.product(shop, "2000-1")

    assert links(await change(shop, made, {"tags": "x"})) == (order.id, None, None)


async def test_no_look_up_waits_for_what_others_have_not_finished(shop: make.Shop):
    async with shop.hub.change(shop.tenant.id) as tx:
        await messages.create(tx, shop.caller, {"subject": "open"})
        order = await make.order(shop)
        by_id = await make.message(shop, {"comment": "a"}, related=str(order.id))
        by_number = await make.message(shop, related=str(order.number))

        assert [one.value.order_id for one in (by_id, by_number)] == [order.id] * 2
        assert await of(shop, messages.of_order, order.id) == [by_id.id, by_number.id]
        async with shop.hub.read(shop.tenant.id) as other:
            assert await messages.of_interaction(other, shop.caller, by_id.value.interactions[0].id) == by_id.id
