"""Categories: the tree that every wire shows."""

import pytest

from tests.dialects.pluggto.conftest import client_of as pluggto_client

PATH = "/product/category"
TEA = {"sku": "TE-77", "vatRatePercent": "12"}


@pytest.fixture
async def tree(client):
    drinks = await client.made(PATH, {"name": "Drycker", "name_lang": {"en": "Drinks"}, "remoteId": "d"})
    tea = await client.made(PATH, {"name": "Te", "parent": {"remoteId": "d"}})
    return drinks, tea


async def test_a_category_shows_its_name_and_parent(client, tree):
    drinks, tea = tree

    assert (drinks["name_lang"], drinks["parent"]) == ({"swe": "Drycker", "eng": "Drinks"}, None)
    assert (tea["name"], tea["parent"]) == ("Te", {"localId": drinks["localId"]})
    assert [one["name"] for one in (await client.get(PATH)).json] == ["Drycker", "Te"]
    found = await client.post(f"{PATH}/query", {"order": [{"field": "name", "direction": "descending"}]})
    assert [one["name"] for one in found.json] == ["Te", "Drycker"]
    assert await client.changed(f"{PATH}/{tea['localId']}", tea) == tea


async def test_a_new_name_is_seen_by_the_other_wire_and_found_there(client, tree, http, address):
    drinks, tea = tree
    made = await client.made("/product", {**TEA, "categories": [{"localId": tea["localId"]}]})
    their = await pluggto_client(http, address, client.shop)
    names = [one["name"] for one in (await their.get("/skus/TE-77")).json["Product"]["categories"]]
    assert names == ["Drycker > Te"]

    await client.changed(f"{PATH}/{drinks['localId']}", {"name": "Varmt", "remoteId": "v"})

    names = [one["name"] for one in (await their.get("/skus/TE-77")).json["Product"]["categories"]]
    assert names == ["Varmt > Te"]
    for text, count in (("Varmt", 1), ("Drycker", 0)):
        assert (await their.get("/products", params={"category": text})).json["total"] == count
    after = (await client.get(f"/product/{made['localId']}")).json
    assert after["categories"] == [{"localId": tea["localId"]}]


async def test_a_category_that_another_wires_path_made_is_one_here(client, http, address):
    their = await pluggto_client(http, address, client.shop)
    await their.post("/products", {"sku": "CAM", "categories": [{"name": "Moda > Camisas"}]})

    top, below = (await client.get(PATH)).json

    assert (top["name"], below["name"], below["parent"]) == ("Moda", "Camisas", {"localId": top["localId"]})
    changed = await client.changed(f"{PATH}/{below['localId']}", {"name_lang": {"en": "Shirts"}})
    assert changed["name_lang"] == {"swe": "Camisas", "eng": "Shirts"}


async def test_a_loop_is_refused(client, tree):
    drinks, tea = tree
    for parent in (drinks, tea):
        answer = await client.put(f"{PATH}/{drinks['localId']}", {"parent": {"localId": parent["localId"]}})
        assert answer.refusal == (400, "FieldRange", "parent")
    assert (await client.get(f"{PATH}/{drinks['localId']}")).json == drinks


async def test_a_category_in_use_stays(client, tree):
    drinks, tea = tree
    made = await client.made("/product", {**TEA, "categories": [{"localId": tea["localId"]}]})

    for one in tree:
        assert (await client.delete(f"{PATH}/{one['localId']}")).refusal == (409, "RecordInUse", None)
    await client.changed(f"/product/{made['localId']}", {"categories": None})
    for one in (tea, drinks):
        assert (await client.delete(f"{PATH}/{one['localId']}")).json["deleted"] is True
    answer = await client.post(
        "/product", {"sku": "x", "vatRatePercent": "1", "categories": [{"localId": tea["localId"]}]}
    )
    assert answer.refusal == (400, "ReferenceUnknown", "categories[0]")
    assert (await client.post(PATH, {"name": "Drycker"})).status == 201


async def test_one_path_is_one_category(client, tree):
    assert (await client.post(PATH, {"name": "Drycker"})).refusal[:2] == (409, "KeyTaken")
    assert (await client.post(PATH, {"name": "A > B"})).refusal == (400, "FieldRange", "name")
    assert (await client.post(PATH, {"name": ""})).refusal == (400, "FieldRequired", "name")
    assert (await client.post(PATH, {"name": "x", "parent": {"localId": "0" * 32}})).refusal[1] == "ReferenceUnknown"
