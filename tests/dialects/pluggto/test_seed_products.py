"""The bodies that the vendor's own document prints are taken as they stand, and nothing of them is lost."""

import pytest

from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import exchange, get, last_change, lost, put, shown, variation


async def test_the_printed_product_comes_back_whole(client: Client):
    body = exchange("product")

    made = shown(await client.put("/skus/produto_pai", body))

    assert lost(body, made) == []
    assert await get(client, "produto_filho") == made


async def test_the_printed_product_sent_again_changes_nothing(client: Client):
    body = exchange("product")
    await client.put("/skus/produto_pai", body)

    again = await client.put("/skus/produto_pai", body)

    assert (again.status, again.json["type"]) == (400, "not_updated")


async def test_the_printed_product_in_two_halves_is_the_same_product(client: Client):
    body = exchange("product")
    first = {key: value for key, value in body.items() if key < "m"}
    await client.put("/skus/produto_pai", first)

    whole = await put(client, "produto_pai", **{key: value for key, value in body.items() if key >= "m"})

    assert lost(body, whole) == []


async def test_the_printed_kit_comes_back_whole(client: Client):
    body = exchange("kit")
    for part in body["package_skus"]:
        await put(client, part["sku"], quantity=2)

    made = shown(await client.put("/skus/produto_pai", body))

    # Its stock follows the parts: two of each make two.
    assert lost(body, made) == []
    assert made["variations"] == []


async def test_the_printed_variations_come_back_whole_with_their_price_tables(client: Client):
    body = exchange("variations")

    made = shown(await client.put("/skus/pai", body))

    assert lost(body, made) == []
    assert made["quantity"] == 13
    assert variation(made, "pai-var2")["price_table"] == []


@pytest.mark.parametrize(("action", "left"), [("increase", 5), ("decrease", 3), ("update", 1)])
async def test_the_printed_stock_change_does_what_its_action_says(client: Client, action: str, left: int):
    await put(client, "id_sku", quantity=4)

    changed = shown(await client.put("/skus/id_sku/stock", {**exchange("stock"), "action": action}))

    assert changed["quantity"] == left
    assert await last_change(client, changed) == {"default.levels[$main].on_hand": (4, left)}


async def test_the_printed_placeholders_are_refused(client: Client):
    body = exchange("product")
    body["stock_table"][0]["type"] = "{own OR supplier}"

    refused = await client.put("/skus/produto_pai", body)

    assert refused.json == {
        "type": "invalid_field",
        "details": "stock_table[0].type must be one of own, supplier",
        "code": 400,
        "field": "stock_table[0].type",
    }
    assert (await client.get("/skus/produto_pai")).status == 404
