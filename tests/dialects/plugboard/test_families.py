"""Products with variations of Plugg.to's, seen here as variant groups of flat products, and written from both sides."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import aiohttp
import pytest

from plughub.core.ids import hex24
from tests.delivery.conftest import Stage, stage  # noqa: F401 - a fixture
from tests.dialects.plugboard.conftest import Client
from tests.dialects.plugboard.conftest import client_of as plugboard_client
from tests.dialects.pluggto.conftest import Client as PluggtoClient
from tests.dialects.pluggto.conftest import client_of as pluggto_client
from tests.dialects.pluggto.street import Street, street

SHIRT = {
    "sku": "CAM", "name": "Camisa", "description": "Algod\u00e3o", "brand": "Marca", "price": 59.9, "external": "P1",
    "warranty_time": 3, "attributes": [{"code": "cor", "label": "Cor", "value": {"code": "az", "label": "Azul"}}],
    "variations": [
        {"sku": "CAM-P", "quantity": 3, "price": 59.9, "ean": "789", "external": "V1"},
        {"sku": "CAM-M", "quantity": 5, "price": 61.5, "name": "Camisa M"},
    ],
}  # fmt: skip
#: What every change moves.
MOVED = ("modified", "timestamp", "modified_by")


@pytest.fixture
async def them(client: Client, http: aiohttp.ClientSession, address: str) -> PluggtoClient:
    """A Plugg.to client of the same tenant, which has made a shirt."""
    them = await pluggto_client(http, address, client.shop)
    assert (await them.put("/skus/CAM", SHIRT)).status == 200
    return them


async def shirt(them: PluggtoClient, sku: str = "CAM") -> dict:
    return (await them.get(f"/skus/{sku}")).json["Product"]


async def theirs(client: Client) -> dict:
    """The one group that there is."""
    (group,) = (await client.get("/product/variantgroup")).json
    return group


async def members(client: Client) -> dict[str, dict]:
    return {one["sku"]: one for one in (await client.get("/product")).json if not one["deleted"]}


def short(record: dict) -> str:
    """The same id as Plugg.to spells it."""
    return hex24(UUID(record["localId"]))


async def test_a_product_with_variations_is_a_group_of_products(client, them):
    before = await shirt(them)

    group, listed = await theirs(client), await members(client)

    first, second = listed["CAM-P"], listed["CAM-M"]
    assert (group["title"], group["description"], group["deleted"]) == ("Camisa", "Algod\u00e3o", False)
    assert group["products"] == [{"localId": first["localId"]}, {"localId": second["localId"]}]
    assert group["source"]["connectionType"] == "pluggto"
    assert [known["remoteId"] for known in group["remoteIdMap"].values()] == ["P1"]
    assert [value["value"] for value in group["attributeValues"]] == ["Azul"]
    assert [one["variantGroup"] for one in (first, second)] == [{"localId": group["localId"]}] * 2
    # Each wire's ids are the same records'.
    assert [one["id"] for one in before["variations"]] == [short(first), short(second)]
    assert before["id"] == short(group)
    path = f"/product/variantgroup/{group['localId']}"
    assert (await client.get(path)).json == group
    assert (await client.post("/product/variantgroup/query", {})).json == [group]
    assert await client.changed(path, group) == group
    assert await shirt(them) == before


async def test_a_product_without_variations_is_no_group(client, them):
    await them.put("/skus/SOLO", {"name": "Sol"})
    solo = (await members(client))["SOLO"]

    id = UUID(hex=(await theirs(client))["localId"])

    assert solo["variantGroup"] is None
    assert (await client.get("/product/variantgroup/" + solo["localId"])).status == 404
    refused = await client.put(f"/product/{solo['localId']}", {"variantGroup": {"localId": id.hex}})
    assert refused.refusal == (400, "FieldReadOnly", "variantGroup")
    assert (await members(client))["SOLO"] == solo


async def test_what_is_written_to_the_group_is_the_products(client, them):
    before = await shirt(them)
    group = await theirs(client)
    size = await client.made("/product/attribute", {"name": "Storlek"})
    change = {
        "title": "Skjorta", "title_lang": {"en": "Shirt"}, "remoteId": "g-1", "attributes": [size_ref(size)],
        "attributeValues": [{"attribute": size_ref(size), "value": "alla"}],
        "customData": {"|x-lager|hylla": {"value": "B7"}},
    }  # fmt: skip

    changed = await client.changed(f"/product/variantgroup/{group['localId']}", change)

    assert changed["title_lang"] == {"swe": "Skjorta", "eng": "Shirt"}
    assert (changed["description"], changed["remoteId"]) == ("Algod\u00e3o", "g-1")
    assert changed["attributes"] == [size_ref(size)]
    assert [value["value"] for value in changed["attributeValues"]] == ["Azul", "alla"]
    assert changed["customData"]["|x-lager|hylla"]["value"] == "B7"
    assert (await client.get("/product/variantgroup/by-remote-id?remoteId=g-1")).json == changed
    assert (await theirs(client)) == changed
    after = await shirt(them)
    assert len(after["attributes"]) == 2
    kept = {**before, "name": "Skjorta", "attributes": after["attributes"]}
    assert after == {**kept, **{name: after[name] for name in MOVED}}
    # A text of its own stays; one that it lacks is the group's.
    assert {sku: one["title"] for sku, one in (await members(client)).items()} == {
        "CAM-P": "Skjorta", "CAM-M": "Camisa M",
    }  # fmt: skip


def size_ref(attribute: dict) -> dict:
    return {"localId": attribute["localId"]}


async def test_a_remote_id_names_one_group_of_either_sort(client, them):
    path = f"/product/variantgroup/{(await theirs(client))['localId']}"
    await client.changed(path, {"remoteId": "g-1"})

    assert (await client.post("/product/variantgroup", {"remoteId": "g-1"})).refusal[:2] == (409, "RemoteIdTaken")
    own = await client.made("/product/variantgroup", {"remoteId": "g-2"})
    assert (await client.put(path, {"remoteId": "g-2"})).refusal[:2] == (409, "RemoteIdTaken")
    assert (await client.get(f"/product/variantgroup/{own['localId']}")).json == own
    assert (await client.changed(path, {"remoteId": None}))["remoteId"] is None


async def test_a_product_made_in_the_group_is_a_variation(client, them):
    await them.put("/skus/CAM", {"available": 0})
    before = await shirt(them)
    group = await theirs(client)
    body = {
        "sku": "CAM-G", "vatRatePercent": "25", "stock": "2", "title": "Camisa G", "remoteId": "g",
        "variantGroup": {"localId": group["localId"]}, "customData": {"|x-a|b": {"value": "c"}},
    }  # fmt: skip

    made = await client.made("/product", body)

    assert made["variantGroup"] == {"localId": group["localId"]}
    assert (made["title"], made["stock"], made["brand"], made["remoteId"]) == ("Camisa G", "2", "Marca", "g")
    assert made["vatRatePercent"] == "25"
    after = await shirt(them)
    assert [(one["sku"], one["quantity"]) for one in after["variations"]] == [("CAM-P", 3), ("CAM-M", 5), ("CAM-G", 2)]
    assert after["variations"][2]["id"] == short(made)
    kept = {**before, "variations": after["variations"], "quantity": 10}
    assert after["variations"][:2] == before["variations"]
    assert after == {**kept, **{name: after[name] for name in MOVED}}
    assert (await theirs(client))["products"][2] == {"localId": made["localId"]}
    query = {"type": "eq", "field": "variantGroup", "value": {"type": "str", "value": group["localId"]}}
    assert len((await client.post("/product/query", {"filter": query})).json) == 3


async def test_a_sku_that_is_taken_is_refused_and_nothing_changes(client, them):
    before, group = await shirt(them), await theirs(client)
    new = {"vatRatePercent": "25", "variantGroup": {"localId": group["localId"]}}

    for sku in ("CAM-P", "CAM"):
        assert (await client.post("/product", {"sku": sku, **new})).refusal == (409, "SkuTaken", "sku")

    path = f"/product/{(await members(client))['CAM-P']['localId']}"
    for sku in ("CAM-M", "CAM"):
        assert (await client.put(path, {"sku": sku})).refusal == (409, "SkuTaken", "sku")
    assert await shirt(them) == before
    await client.made("/product", {"sku": "SOLO", "vatRatePercent": "25"})
    clash = await them.put("/skus/CAM", {"variations": [{"sku": "SOLO"}]})
    assert (clash.status, clash.json["type"]) == (400, "duplicated")
    assert (await theirs(client)) == group


async def test_a_partial_update_of_a_product_is_one_of_its_variation(client, them):
    before = await shirt(them)
    path = f"/product/{(await members(client))['CAM-P']['localId']}"

    await client.changed(path, {"stock": "9", "gtin": "790", "sku": "CAM-PP", "weight": "0.3"})

    after = await shirt(them)
    first = {**before["variations"][0], "quantity": 9, "ean": "790", "sku": "CAM-PP"}
    first["dimension"] = {**first["dimension"], "weight": after["variations"][0]["dimension"]["weight"]}
    assert float(after["variations"][0]["dimension"]["weight"]) == 0.3
    expected = {**before, "quantity": 14, "variations": [first, before["variations"][1]]}
    assert after == {**expected, **{name: after[name] for name in MOVED}}
    # And the other way round, by the other wire's own partial update.
    assert (await them.put("/skus/CAM-PP", {"quantity": 1})).status == 200
    assert (await client.get(path)).json["stock"] == "1"


async def test_a_group_goes_with_its_product_and_stays_in_lists_as_deleted(client, them):
    group = await theirs(client)
    path = f"/product/variantgroup/{group['localId']}"
    assert (await client.delete(path)).refusal == (409, "RecordInUse", None)

    await them.delete("/skus/CAM")

    gone = await theirs(client)
    assert (gone["deleted"], gone["products"], gone["title"]) == (True, [], "Camisa")
    assert (await client.get(path)).json == gone
    assert (await client.put(path, {"title": "x"})).refusal[:2] == (409, "RecordDeleted")
    assert (await client.delete(path)).json == gone
    query = {"deletedFlag": "not-deleted"}
    assert (await client.post("/product/variantgroup/query", query)).json == []
    assert await members(client) == {}
    refused = await client.post(
        "/product", {"sku": "X", "vatRatePercent": "1", "variantGroup": {"localId": gone["localId"]}}
    )
    assert refused.refusal == (400, "ReferenceUnknown", "variantGroup")


async def test_a_group_ends_with_its_last_variation_and_begins_anew_with_the_next(client, them):
    group = await theirs(client)
    for one in (await members(client)).values():
        assert (await client.delete(f"/product/{one['localId']}")).status == 200

    assert (await theirs(client))["deleted"] is True
    assert list(await members(client)) == ["CAM"]
    assert (await shirt(them))["variations"] == []

    await them.put("/skus/CAM", {"variations": [{"sku": "CAM-X", "quantity": 1}]})
    again = await theirs(client)
    assert (again["localId"], again["deleted"]) == (group["localId"], False)
    assert list(await members(client)) == ["CAM-X"]


async def test_a_group_of_our_own_keeps_its_products_apart(client, http, address):
    """Decision 0016: products of their own stay such on a wire whose variations share brand and categories."""
    group = await client.made("/product/variantgroup", {"title": "Te"})
    in_it = {"vatRatePercent": "12", "variantGroup": {"localId": group["localId"]}}
    first = await client.made("/product", {**in_it, "sku": "TE-1", "brand": "A"})
    await client.made("/product", {**in_it, "sku": "TE-2", "brand": "B"})
    them = await pluggto_client(http, address, client.shop)

    listed = (await them.get("/products")).json["result"]

    assert [(one["Product"]["sku"], one["Product"]["brand"]) for one in listed] == [("TE-1", "A"), ("TE-2", "B")]
    await them.put("/skus/TE-1", {"name": "Te ett"})
    seen = (await client.get(f"/product/{first['localId']}")).json
    assert (seen["title"], seen["variantGroup"]) == ("Te ett", {"localId": group["localId"]})


@dataclass
class Both:
    """A Plugboard client and two of Plugg.to's that are notified, in one shop."""

    client: Client
    town: Street


@pytest.fixture
async def both(stage: Stage, http: aiohttp.ClientSession, address: str) -> AsyncIterator[Both]:  # noqa: F811
    client = await plugboard_client(http, address, stage.shop)
    async with street(stage, http, address, ("PUT", "/skus/CAM", SHIRT)) as town:
        yield Both(client, town)


async def news(both: Both) -> list[str]:
    """What each of the two was told of what the Plugboard client did."""
    town = both.town
    told = [await town.told(each) for each in (town.ours, town.theirs)]
    ours, theirs = [sorted(map(town.line, bodies)) for bodies in told]
    assert ours == theirs
    return theirs


async def test_applications_are_told_of_what_is_written_here(both):
    client = both.client
    group = await theirs(client)
    path = f"/product/variantgroup/{group['localId']}"
    first = f"/product/{(await members(client))['CAM-P']['localId']}"

    await client.changed(path, {"title": "Skjorta"})
    assert await news(both) == ["products updated CAM"]
    await client.changed(first, {"stock": "9"})
    assert await news(both) == ["products updated CAM stock"]
    new = {"sku": "CAM-G", "vatRatePercent": "25", "variantGroup": {"localId": group["localId"]}}
    await client.made("/product", new)
    assert await news(both) == ["products updated CAM stock+price"]
    await client.delete(first)
    assert await news(both) == ["products updated CAM stock+price", "skus deleted CAM-P stock+price"]


async def test_nobody_is_told_of_what_is_nobodys_news_or_no_change(both):
    client = both.client
    group = await theirs(client)
    path = f"/product/variantgroup/{group['localId']}"

    assert await client.changed(path, group) == group
    for one in (await members(client)).values():
        assert await client.changed(f"/product/{one['localId']}", one) == one
    changed = await client.changed(path, {"remoteId": "g-1"})

    assert await news(both) == []
    # The record has changed all the same: a rendered copy must not be shown again.
    assert (await theirs(client))["remoteId"] == changed["remoteId"] == "g-1"


async def test_a_poller_finds_group_and_products_that_the_other_wire_changed(both):
    client = both.client
    seen = {one["sku"]: one["stock"] for one in (await client.get("/product")).json}
    assert seen == {"CAM-P": "3", "CAM-M": "5"}

    await both.town.done("PUT", "/skus/CAM-P/stock", {"action": "decrease", "quantity": 1})
    await both.town.done("PUT", "/skus/CAM", {"name": "Camiseta", "variations": [{"sku": "CAM-Z", "quantity": 1}]})

    listed = (await client.get("/product?modifiedAtOrAfter=2000-01-01T00:00:00Z")).json
    assert {one["sku"]: (one["title"], one["stock"]) for one in listed} == {
        "CAM-P": ("Camiseta", "2"), "CAM-M": ("Camisa M", "5"), "CAM-Z": ("Camiseta", "1"),
    }  # fmt: skip
    group = await theirs(client)
    assert (group["title"], len(group["products"])) == ("Camiseta", 3)
