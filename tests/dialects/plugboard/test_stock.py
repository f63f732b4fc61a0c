"""Stock alone, the change that clients send most often: it takes a shorter way and comes to the same."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from plughub.core import events, products
from plughub.core.patch import Change
from plughub.core.stock import MAIN
from tests import make
from tests.dialects.plugboard.conftest import Client


async def path(client: Client, sku: str) -> str:
    value = {"type": "str", "value": sku}
    found = await client.post("/product/query", {"filter": {"type": "eq", "field": "sku", "value": value}})
    return "/product/" + found.json[0]["localId"]


@pytest.fixture
async def held(client: Client) -> str:
    """A variation of which ten are on the shelf and three are promised."""
    await make.product(client.shop, "P", variants={"A": 10, "B": 5})
    row = {"sku": "A", "quantity": 3}
    await make.order(client.shop, row, reserves_stock=True)
    return await path(client, "A")


async def listed(client: Client, sku: str) -> Any:
    return next(one for one in (await client.post("/product/query", {})).json if one["sku"] == sku)


async def test_what_may_be_sold_is_set_and_what_is_promised_stays(client: Client, held: str):
    shop = client.shop
    assert (await client.get(held)).json["stock"] == "7"

    # The first change finds a product that was never shown, the others one that is known as it was before.
    for wanted in ("20", "21.5", "21.5", "4"):
        answer = await client.put(held, {"stock": wanted})

        assert answer.status == 200
        assert answer.json["stock"] == wanted
        assert answer.text == (await client.get(held)).text
        assert await listed(client, "A") == answer.json

    async with shop.hub.read(shop.tenant.id) as tx:
        levels = (await products.by_sku(tx, shop.caller, "A")).value.variants[0].levels
    assert [(level.code, level.on_hand, level.reserved) for level in levels] == [(MAIN, 7, 3)]


async def test_what_others_changed_in_between_is_shown(client: Client, other: Client, held: str):
    await client.put(held, {"stock": "20"})
    await other.put(held, {"gtin": "735"})

    answer = await client.put(held, {"stock": "21"})

    assert (answer.json["stock"], answer.json["gtin"]) == ("21", "735")


async def test_the_change_is_told_once_and_what_changes_nothing_not_at_all(client: Client, held: str):
    shop = client.shop
    product = UUID((await listed(client, "A"))["variantGroup"]["localId"])
    async with shop.hub.read(shop.tenant.id) as tx:
        before = await events.history(tx, shop.tenant.id, "product", product)

    for wanted in ("20", "20", "20.0"):
        assert (await client.put(held, {"stock": wanted})).status == 200

    async with shop.hub.read(shop.tenant.id) as tx:
        told = await events.history(tx, shop.tenant.id, "product", product)
    assert len(told) == len(before) + 1
    change = next(one for one in told if one not in before)
    assert (change.action, change.connection_id, change.aspects) == ("updated", client.connection.id, {"stock"})
    assert change.changes == (Change(f"variants[A].levels[{MAIN}].on_hand", 10, 23),)


async def test_what_has_no_stock_of_its_own_is_refused_as_before(client: Client):
    parent = await make.product(client.shop, "P", variants={"A": 10})
    gone = await path(client, "A")
    assert (await client.put(f"/product/{parent.value.default.id.hex}", {"stock": "3"})).status == 404
    assert (await client.put(gone, {"stock": "many"})).refusal[1:] == ("DecimalMalformed", "stock")

    await client.delete(gone)

    assert (await client.put(gone, {"stock": "3"})).status == 409


async def test_another_tenants_product_is_not_there(client: Client, other: Client, hub):
    stranger = await make.shop(hub)
    record = await make.product(stranger, "S", quantity=4)

    answer = await client.put(f"/product/{record.value.default.id.hex}", {"stock": "9"})

    assert answer.status == 404
    async with hub.read(stranger.tenant.id) as tx:
        assert await tx.value("SELECT on_hand FROM stock_levels WHERE tenant_id = $1", stranger.tenant.id) == 4


async def test_a_connection_made_a_moment_ago_is_named(client: Client, other: Client):
    """Callers are believed for two seconds, and what they were known with is shown for as long."""
    assert (await client.get("/")).status == 200
    newest, _ = await make.connection(client.shop, "pluggto", name="Just now")
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        us = replace(client.shop.caller, connection=newest.id)
        await products.create(tx, us, {"default": {"sku": "new"}})

    source = (await client.get(await path(client, "new"))).json["source"]

    assert (source["connectionType"], source["connectionName"]) == ("pluggto", "Just now")
