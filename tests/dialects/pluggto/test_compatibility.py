"""What real clients send, as they send it (specification 1.1, 1.2, 2.2, 2.3, 6.2, 6.7, 11)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import get, put, refusal, row, shown, variation


async def test_opencart_posts_a_form_and_updates_by_id(client: Client):
    form = (
        "sku=OC-1&grant_type=authorization_code&name=Camisa&price=59.9000&quantity=5&special_price=0"
        "&dimension%5Blength%5D=10&dimension%5Bweight%5D=0.5&photos%5B0%5D%5Burl%5D=http%3A%2F%2Fx%2F1.jpg"
        "&photos%5B0%5D%5Border%5D=0&categories%5B0%5D%5Bname%5D=Moda&raw%5Ba%5D=1&ean="
    )
    answer = await client.post("/products", data=form, headers={"Content-Type": "application/x-www-form-urlencoded"})

    made = shown(answer, 201)
    assert (made["price"], made["special_price"], made["ean"]) == (Decimal("59.9"), 0, None)
    assert (made["dimension"]["length"], made["dimension"]["weight"]) == (10, Decimal("0.5"))
    assert (made["photos"][0]["order"], made["raw"]) == (0, {"a": "1"})
    changed = shown(await client.put(f"/products/{made['id']}", {"quantity": 7, "name": "Camisa nova"}))
    assert (changed["quantity"], changed["name"]) == (7, "Camisa nova")
    assert (
        shown(await client.put(f"/products/{made['id']}/stock", {"action": "update", "quantity": 2}))["quantity"] == 2
    )


async def test_opencart_replaces_a_photo_by_removing_and_adding_it_in_one_body(client: Client):
    await put(client, "A", photos=[{"url": "u1", "title": "old"}, {"url": "u2"}])
    body = {"photos": [{"url": "u1", "remove": True}, {"url": "u2", "remove": True}, {"url": "u1", "order": 1}]}

    changed = await put(client, "A", **body)

    assert [(one["url"], one["title"], one["order"]) for one in changed["photos"]] == [("u1", None, 1)]


async def test_magento_creates_by_post_after_a_not_found_and_walks_its_children(client: Client):
    missing = await client.put("/products/5877efb70280833e402e54bc", {"sku": "M"})
    made = await client.post("/products/", {"sku": "M", "variations": [{"sku": "M-1", "quantity": 3}]})

    assert (refusal(missing), made.status) == ((404, "not_found"), 201)
    # It asks for a child and compares the parent's SKU; a child that left the shop it sets to zero.
    assert (await get(client, "M-1"))["sku"] == "M"
    emptied = await put(client, "M", sku="M", variations=[{"sku": "M-1", "quantity": 0}])
    assert emptied["quantity"] == 0
    found = await client.get("/products", params={"bysku": "M", "limit": "1", "showExternal": "true"})
    assert found.json["result"][0]["Product"]["sku"] == "M"


async def test_magento_encodes_skus_raw_and_omits_the_sku_of_a_stock_change(client: Client):
    made = shown(await client.put("/skus/CAM%2FAZ%20%2B1", {"sku": "CAM/AZ +1", "quantity": "3.0000"}))

    assert (made["sku"], made["quantity"]) == ("CAM/AZ +1", 3)
    changed = shown(await client.put("/skus/CAM%2FAZ%20%2B1/stock", {"action": "decrease", "quantity": "1.0000"}))
    assert changed["quantity"] == 2


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/json"])
async def test_json_is_known_by_its_looks_whatever_the_header_says(client: Client, content_type: str | None):
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = await client.call("PUT", "/skus/A", data=b'\xef\xbb\xbf \r\n{"sku":"A","quantity":2}', headers=headers)

    assert shown(answer)["quantity"] == 2


async def test_a_get_with_any_body_is_a_get(client: Client):
    await put(client, "A")

    for body in (b'{"sku":"B"', b"=@", b"\xff", b'{"sku":"B"}'):
        assert (await client.call("GET", "/skus/A", data=body)).json["Product"]["sku"] == "A"
        assert (await client.call("GET", "/products", data=body)).json["total"] == 1


async def test_a_delete_never_answers_with_an_empty_body(client: Client):
    await put(client, "A")

    answer = await client.delete("/skus/A")

    assert (answer.status, answer.json["Product"]["deleted"]) == (200, True)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_every_answer_is_utf8_and_not_escaped(client: Client):
    await put(client, "A", name="Açaí 💚", price=Decimal("59.90"))

    answer = await client.get("/skus/A")

    assert '"name":"Açaí 💚"' in answer.text
    assert '"price":59.9,' in answer.text
    assert '"available":null' in answer.text


async def test_numbers_come_without_trailing_zeros_and_without_exponents(client: Client):
    await put(client, "A", price="1200.500", cost="0.000001", special_price="100000000000000000000", quantity=10**15)

    text = (await client.get("/skus/A")).text

    for written in ('"price":1200.5,', '"special_price":100000000000000000000,', '"quantity":1000000000000000,'):
        assert written in text
    assert (await get(client, "A"))["cost"] == Decimal("0.000001")


async def test_conecta_sends_a_dozen_empty_texts_for_numbers_and_dates(client: Client):
    made = await put(client, "A", price=5, quantity=3, warranty_time=2, available=1)
    empty: dict[str, Any] = dict.fromkeys(
        ("price", "special_price", "cost", "quantity", "warranty_time", "handling_time", "available", "dimension"), ""
    )

    changed = await put(client, "A", **empty, photos="", variations="", price_table=[], categories=[{}], brand="B")

    assert changed == {**made, "brand": "B", "modified": changed["modified"], "timestamp": changed["timestamp"]}


async def test_a_single_row_stands_for_a_list_of_one(client: Client):
    made = await put(
        client, "A",
        price_table={"code": "x", "price": "1,000"}, stock_table={"code": "w", "quantity": "2"}, photos={"url": "u"},
        categories={"name": "c"}, attributes={"code": "a", "value": "v"},
    )  # fmt: skip

    assert row(made, "price_table", "x")["price"] == 1000
    assert [len(made[name]) for name in ("stock_table", "photos", "categories", "attributes")] == [1, 1, 1, 1]


async def test_a_browser_may_call_from_anywhere(client: Client):
    asked = await client.call("OPTIONS", "/skus/A", token=None, headers={"Origin": "https://scan.example"})
    answered = await client.get("/skus/NONE", headers={"Origin": "https://scan.example"})

    assert asked.status == 204
    for answer in (asked, answered):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_spree_sends_floats_and_is_told_whole_numbers(client: Client):
    made = await put(
        client, "A", quantity=7.0, price=7.0, ean_not_mandatory=True, variations=[{"sku": "V", "price": 2.50}]
    )

    assert '"price":7,' in (await client.get("/skus/A")).text
    assert (made["ean_not_mandatory"], variation(made, "V")["price"]) == (1, Decimal("2.5"))


async def test_the_documented_example_of_this_hub_is_answered_as_documented(client: Client):
    body = {
        "sku": "CAM-AZ", "name": "Camisa azul", "price": "59.90", "special_price": 50, "quantity": "0", "available": 1,
        "brand": "Azulão", "dimension": {"length": 30, "width": 20, "height": 3, "weight": Decimal("0.2")},
        "categories": [{"name": "Moda"}, {"name": "Moda > Camisas"}],
        "price_table": [{"code": "b2w", "action": "increase", "percentage": 10}],
        "variations": [
            {"sku": "CAM-AZ-M", "quantity": 4, "price": Decimal("59.9"),
             "attributes": [{"code": "size", "label": "Tamanho", "value": {"code": "m", "label": "M"}}]},
            {"sku": "CAM-AZ-G", "quantity": 1, "price": Decimal("59.9")},
        ],
    }  # fmt: skip

    made = shown(await client.put("/skus/CAM-AZ", body))

    assert {name: made[name] for name in ("sku", "name", "price", "special_price", "quantity", "available")} == {
        "sku": "CAM-AZ", "name": "Camisa azul", "price": Decimal("59.9"), "special_price": 50, "quantity": 5,
        "available": 1,
    }  # fmt: skip
    assert [(one["sku"], one["quantity"], one["price"]) for one in made["variations"]] == [
        ("CAM-AZ-M", 4, Decimal("59.9")),
        ("CAM-AZ-G", 1, Decimal("59.9")),
    ]
    assert made["package_skus"] == made["stock_table"] == []
