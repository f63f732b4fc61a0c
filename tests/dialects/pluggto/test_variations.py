"""Variations: merged by SKU, and nothing but their own product's (specification 6.2, 6.7)."""

import pytest

from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import (
    default_variant,
    get,
    history,
    last_change,
    ledger,
    nothing_happens,
    put,
    refusal,
    shown,
    variation,
)


async def test_a_variation_with_nothing_but_a_sku_shows_every_field(client: Client):
    made = await put(client, "P", variations=[{"sku": "V"}])

    assert made["variations"] == [
        {
            "id": made["variations"][0]["id"],
            "sku": "V",
            "ean": None,
            "ean_not_mandatory": None,
            "name": None,
            "external": None,
            "quantity": 0,
            "price": None,
            "special_price": None,
            "cost": None,
            "dimension": {"length": None, "width": None, "height": None, "weight": None},
            "attributes": [],
            "photos": [],
            "price_table": [],
            "stock_table": [],
        }
    ]


async def test_known_ones_change_partly_new_ones_are_added_and_others_stay(client: Client):
    first = await put(
        client,
        "P",
        variations=[{"sku": "V1", "price": 5, "ean": "1", "quantity": 2}, {"sku": "V2", "price": 6, "external": "x"}],
    )

    changed = await put(client, "P", variations=[{"sku": "V3", "name": "Três"}, {"sku": " V1 ", "price": "5,50"}])

    v1, v2, v3 = changed["variations"]
    assert v1 == {**first["variations"][0], "price": v1["price"]}
    assert str(v1["price"]) == "5.5"
    assert v2 == first["variations"][1]
    assert (v3["sku"], v3["name"]) == ("V3", "Três")
    assert set(await last_change(client, changed)) == {"variants[V1].price", "variants[V3]"}


async def test_one_that_left_the_shop_is_set_to_zero_or_removed(client: Client):
    await put(client, "P", variations=[{"sku": "V1", "quantity": 3}, {"sku": "V2", "quantity": 4}])

    emptied = await put(client, "P", variations=[{"sku": "V1", "quantity": 0}])
    assert (emptied["quantity"], variation(emptied, "V1")["quantity"]) == (4, 0)
    removed = await put(client, "P", variations=[{"sku": "V1", "remove": True}, {"sku": "nowhere", "remove": "true"}])

    assert [one["sku"] for one in removed["variations"]] == ["V2"]
    assert (await client.get("/skus/V1")).status == 404
    event = (await history(client, removed["id"]))[-1]
    assert [change.field for change in event.changes] == ["variants[V1]"]
    assert set(event.aspects) == {"content", "stock", "price"}
    assert (await put(client, "V1"))["variations"] == []


async def test_a_removed_variation_may_come_again_in_the_same_body(client: Client):
    first = await put(client, "P", variations=[{"sku": "V", "quantity": 3, "price": 5}])

    again = await put(client, "P", variations=[{"sku": "V", "remove": True}, {"sku": "V", "quantity": 1}])

    assert [(one["sku"], one["quantity"], one["price"]) for one in again["variations"]] == [("V", 1, None)]
    assert again["variations"][0]["id"] != first["variations"][0]["id"]


async def test_a_product_gains_variations_and_loses_them_again(client: Client):
    await put(client, "P", quantity=7, price=5)

    grown = await put(client, "P", variations=[{"sku": "V", "quantity": 2}])
    assert (grown["quantity"], grown["price"]) == (2, 5)
    alone = await put(client, "P", variations=[{"sku": "V", "remove": True}])

    # What was stored on the product itself was hidden, not lost.
    assert (alone["quantity"], alone["variations"]) == (7, [])


async def test_a_quantity_sent_for_the_parent_is_kept_but_the_sum_is_shown(client: Client):
    made = await put(client, "P", quantity=50, variations=[{"sku": "V1", "quantity": 3}, {"sku": "V2", "quantity": -1}])

    assert made["quantity"] == 2
    assert [(one.on_hand, one.location) for one in await ledger(client, await default_variant(client, made))] == [
        (50, "$main")
    ]


async def test_a_body_may_be_one_variation_instead_of_a_list(client: Client):
    made = await put(client, "P", variations={"sku": "V", "quantity": "2"})

    assert [(one["sku"], one["quantity"]) for one in made["variations"]] == [("V", 2)]


async def test_empty_elements_are_dropped(client: Client):
    made = await put(client, "P", variations=[[], {}, {"sku": "", "quantity": ""}, {"sku": "V"}, None])

    assert [one["sku"] for one in made["variations"]] == ["V"]


async def test_lists_of_a_variation_merge_like_the_products_own(client: Client):
    first = await put(
        client,
        "P",
        variations=[
            {
                "sku": "V",
                "attributes": [{"code": "size", "value": {"code": "m"}}],
                "photos": [{"url": "u1"}],
                "price_table": [{"code": "x", "price": 1}],
                "stock_table": [{"code": "w1", "quantity": 1}],
                "dimension": {"weight": 1, "length": 2},
            }
        ],
    )

    changed = await put(
        client,
        "P",
        variations=[
            {
                "sku": "V",
                "attributes": [{"code": "size", "label": "Tamanho"}, {"code": "color", "value": "azul"}],
                "photos": [{"url": "u1", "title": "t"}],
                "price_table": [{"code": "x", "special_price": 2}],
                "stock_table": [{"code": "w1", "remove": True}, {"code": "w2", "quantity": 4}],
                "dimension": {"weight": 3},
            }
        ],
    )

    before, after = first["variations"][0], changed["variations"][0]
    assert after["attributes"][0] == {**before["attributes"][0], "label": "Tamanho"}
    assert after["attributes"][1]["value"] == {"code": None, "label": "azul"}
    assert after["photos"] == [{**before["photos"][0], "title": "t"}]
    assert after["price_table"] == [{**before["price_table"][0], "special_price": 2}]
    assert [(one["code"], one["quantity"]) for one in after["stock_table"]] == [("w2", 4)]
    assert after["dimension"] == {"length": 2, "width": None, "height": None, "weight": 3}
    assert after["quantity"] == 4


async def test_fields_that_only_a_client_knows_come_back_on_variations_too(client: Client):
    made = await put(client, "P", variations=[{"sku": "V", "my": "own", "dimesion": {"x": 1}, "raw": None}])

    assert made["variations"][0]["my"] == "own"
    assert "dimesion" not in made["variations"][0]
    changed = await put(client, "P", variations=[{"sku": "V", "my": "other", "quantity": 1}])
    assert changed["variations"][0]["my"] == "other"


async def test_a_path_that_names_a_variation_changes_that_variation_alone(client: Client):
    first = await put(client, "P", name="Pai", price=9, variations=[{"sku": "V1", "price": 5}, {"sku": "V2"}])

    changed = await put(client, "V1", name="Filho", quantity=3, price=6)

    assert (changed["name"], changed["price"]) == ("Pai", 9)
    expected = {**first["variations"][0], "name": "Filho", "quantity": 3, "price": 6}
    assert changed["variations"] == [expected, first["variations"][1]]
    assert refusal(await client.put("/skus/V1", {"price": 6})) == (400, "not_updated")
    by_id = shown(await client.put(f"/products/{expected['id']}", {"price": 7}))
    assert variation(by_id, "V1")["price"] == 7


async def test_a_variation_is_renamed_through_its_own_path(client: Client):
    first = await put(client, "P", variations=[{"sku": "V1", "quantity": 5}])

    renamed = await put(client, "V1", sku="V9")

    assert renamed["variations"] == [{**first["variations"][0], "sku": "V9"}]
    assert (await client.get("/skus/V1")).status == 404
    async with nothing_happens(client):
        assert refusal(await client.put("/skus/V9", {"sku": "P"})) == (400, "duplicated")


async def test_reading_a_variation_answers_its_parent(client: Client):
    made = await put(client, "P", variations=[{"sku": "V"}])

    assert await get(client, "V") == made
    assert shown(await client.get(f"/products/{made['variations'][0]['id']}")) == made


async def test_deleting_a_variation_leaves_the_others_and_frees_its_sku(client: Client):
    made = await put(client, "P", variations=[{"sku": "V1", "quantity": 1}, {"sku": "V2", "quantity": 2}])

    answer = await client.delete("/skus/V1")

    id = made["variations"][0]["id"]
    assert (answer.status, answer.json) == (200, {"Product": {"id": id, "sku": "V1", "deleted": True}})
    left = await get(client, "P")
    assert (left["quantity"], left["variations"]) == (2, [made["variations"][1]])
    for gone in (f"/products/{id}", "/skus/V1"):
        assert refusal(await client.get(gone)) == (404, "not_found")
    assert (await put(client, "V1"))["id"] != made["id"]


@pytest.mark.parametrize(
    "theirs",
    [{"sku": "OTHER"}, {"sku": "OTHER-V"}, {"sku": "OTHER-V", "quantity": 0}],
    ids=["a product", "a variation", "a variation with one field"],
)
async def test_a_sku_of_another_product_is_refused_with_nothing_applied(client: Client, theirs: dict):
    await put(client, "OTHER", quantity=1, variations=[{"sku": "OTHER-V", "quantity": 1}])
    await put(client, "P", brand="X", variations=[{"sku": "V", "quantity": 1}])

    async with nothing_happens(client):
        change = await client.put("/skus/P", {"brand": "Y", "variations": [{"sku": "V", "quantity": 9}, theirs]})
        creation = await client.put("/skus/NEW", {"categories": [{"name": "K"}], "variations": [theirs]})

    assert (refusal(change), refusal(creation)) == ((400, "duplicated"),) * 2
    assert change.json["details"] == {"errmsg": f"sku {theirs['sku']} is already in use"}


async def test_an_error_in_a_variation_names_the_field(client: Client):
    answer = await client.put(
        "/skus/P", {"variations": [{"sku": "A"}, {"sku": "V", "price_table": [{"code": "x", "price": "y"}]}]}
    )

    assert (answer.status, answer.json["field"]) == (400, "variations[1].price_table[0].price")
    missing = await client.put("/skus/P", {"variations": [{"quantity": 1}]})
    assert (refusal(missing), missing.json["field"]) == ((400, "required_field"), "variations[0].sku")
