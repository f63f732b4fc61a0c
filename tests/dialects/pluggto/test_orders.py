"""Plugg.to orders: fields, merging of lists, what each connection sees (specification 5.1 to 5.5)."""

import asyncio
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from plughub.core import events
from plughub.core.hub import Hub
from plughub.dialects.pluggto import ids
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of

D = Decimal
UNKNOWN_ID = "5877efb70280833e402e54bc"
READ_ONLY = (
    "id", "order_id", "user_id", "created_by", "modified_by", "created", "modified", "timestamp", "status_history",
    "substatus_history", "log_history", "log_permanent", "tags", "comission", "invoicing_informed", "shipping_informed",
    "delivery_informed", "sla_ship", "deleted", "marked_as_shipped",
)  # fmt: skip


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One for the whole file: every test makes orders of its own."""
    return await client_of(http, address, await make.shop(hub))


@pytest.fixture(scope="module")
async def partner(client: Client) -> Client:
    """Another application of the same account."""
    return await client_of(client.http, client.base.removesuffix("/pluggto"), client.shop)


async def created(client: Client, body: Any) -> dict[str, Any]:
    answer = await client.post("/orders", body)
    assert answer.status == 201, answer.text
    order: dict[str, Any] = answer.json["Order"]
    return order


async def changed(client: Client, order: dict[str, Any], body: Any) -> dict[str, Any]:
    answer = await client.put(f"/orders/{order['id']}", body)
    assert answer.status == 200, answer.text
    after: dict[str, Any] = answer.json["Order"]
    assert await stored(client, order) == after
    return after


async def refused(client: Client, order: dict[str, Any], body: Any) -> tuple[str, str | None]:
    """Type and field of the refusal; nothing was changed and nobody was told."""
    before, told = await stored(client, order), await history(client, order)
    answer = await client.put(f"/orders/{order['id']}", body)
    assert answer.status == 400, answer.text
    assert await stored(client, order) == before
    assert await history(client, order) == told
    return answer.json["type"], answer.json.get("field")


async def stored(client: Client, order: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"/orders/{order['id']}")
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json["Order"]
    return found


async def history(client: Client, order: dict[str, Any]) -> list[events.Event]:
    shop = client.shop
    async with shop.hub.read(shop.tenant.id) as tx:
        return await events.history(tx, shop.tenant.id, "order", ids.read(order["id"]))


async def last_changes(client: Client, order: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in (await history(client, order))[-1].changes}


NOT_UPDATED = {"type": "not_updated", "details": "Changes not found in the order", "code": 400}

# --- creating -----------------------------------------------------------------------------------------------


async def test_very_little_makes_an_order(client: Client):
    order = await created(client, {"status": "pending", "total": 9.8})

    assert (order["status"], order["total"], order["currency"]) == ("pending", D("9.8"), "BRL")
    assert (order["items"], order["payments"], order["shipments"]) == ([], [], [])
    assert (order["ack"], order["external"], order["discount"], order["channel"]) == (False, None, None, None)
    assert order["user_id"] == str(client.shop.tenant.number)
    assert order["created_by"] == order["modified_by"] == client.credentials.client_id
    assert order["created"] == order["modified"]
    assert isinstance(order["timestamp"], int)
    assert order["status_history"][-1]["status"] == "pending"
    assert set(order["tags"].values()) == {None}


async def test_status_and_total_are_filled_when_missing(client: Client):
    items = [{"sku": "A", "quantity": 2, "price": "5.50"}, {"sku": "B", "quantity": 1, "price": 3, "total": 10}]

    order = await created(client, {"items": items, "shipping": "4,50", "discount": 1})

    assert (order["status"], order["total"]) == ("pending", D("24.5"))
    assert [item["total"] for item in order["items"]] == [11, 10]


async def test_amounts_need_not_add_up(client: Client):
    order = await created(client, {"total": 5, "subtotal": 100, "items": [{"sku": "A", "quantity": 3, "price": 30}]})

    assert (order["total"], order["subtotal"], order["items"][0]["total"]) == (5, 100, 90)


@pytest.mark.parametrize("body", [{}, {"own": 1}, {"update": False}, {"id": UNKNOWN_ID}, {"status": ""}, {"total": ""}])
async def test_a_body_without_a_field_of_an_order_makes_none(client: Client, body: Any):
    before = (await client.get("/orders?limit=1")).json["total"]

    answer = await client.post("/orders", body)

    assert (answer.status, answer.json["type"]) == (400, "required_field")
    assert (await client.get("/orders?limit=1")).json["total"] == before


async def test_running_numbers_differ_and_rise(client: Client):
    numbers = [(await created(client, {"total": n}))["order_id"] for n in range(3)]

    assert numbers == sorted(set(numbers))


async def test_a_second_order_with_the_channels_number_is_a_duplicate(client: Client):
    first = await created(client, {"channel": "B2W", "original_id": "77", "total": 1})

    answer = await client.post("/orders", {"channel": "B2W", "original_id": 77, "total": 2})

    assert answer.status == 400
    assert answer.json == {
        "type": "duplicated",
        "details": {"errmsg": "order already exists", "id": first["id"]},
        "code": 400,
        "field": "original_id",
    }
    assert await stored(client, first) == first
    await created(client, {"channel": "Amazon", "original_id": "77", "total": 2})
    await created(client, {"original_id": "77", "total": 2})
    await created(client, {"original_id": "77", "total": 2})


async def test_of_many_creations_at_once_one_wins(client: Client):
    body = {"channel": "Race", "original_id": "1", "total": 1}

    answers = await asyncio.gather(*(client.post("/orders", body) for _ in range(8)))

    assert sorted(answer.status for answer in answers) == [201] + [400] * 7
    won = next(answer.json["Order"]["id"] for answer in answers if answer.status == 201)
    assert {answer.json["details"]["id"] for answer in answers if answer.status == 400} == {won}


async def test_an_order_cannot_take_the_number_of_another(client: Client):
    await created(client, {"channel": "Taken", "original_id": "1", "total": 1})
    order = await created(client, {"channel": "Taken", "original_id": "2", "total": 1})

    assert await refused(client, order, {"original_id": "1", "total": 5}) == ("duplicated", "original_id")


@pytest.mark.parametrize(
    "id", ["xyz", UNKNOWN_ID, UNKNOWN_ID.upper(), "", "%20", "1" * 25, "%00", "%C3%A9", "..%2Fusers"]
)
async def test_what_is_no_order_is_not_found(client: Client, id: str):
    if id:
        for answer in (await client.get(f"/orders/{id}"), await client.put(f"/orders/{id}", {"total": 1})):
            assert answer.status == 404
            assert answer.json == {"type": "not_found", "details": "Order not found", "code": 404}
    else:
        assert (await client.get("/orders/")).status == 200


# --- updating -----------------------------------------------------------------------------------------------


async def test_an_order_sent_back_as_it_was_read_is_not_updated(client: Client):
    full = {
        "channel": "X", "original_id": "roundtrip", "external": "E", "ack": True, "total": 5, "own": {"deep": [1, "a"]},
        "receiver_name": "Ana", "receiver_schedule_period": "night", "payer_cpf": "1", "payer_gender": "n/a",
        "items": [
            {"sku": "A", "quantity": 1, "price": 5, "variation": {"sku": "A-1", "attributes": [{"code": "c",
            "label": "C",
             "value": {"code": "v", "label": "V"}}]}, "commission": {"fixed": 1}, "mine": "kept"},
            {"sku": "A", "quantity": 2},
        ],
        "payments": [{"payment_type": "credit"}, {"payment_type": "credit"}],
        "shipments": [
            {"track_code": "T", "label_info": {"plp": "1"}, "documents": [{"url": "u", "type": "label"}],
             "issues": [{"description": "late", "date": "2016-11-04"}], "shipping_items": [{"sku": "A",
             "quantity": 1}]},
            {"nfe_key": "4"},
        ],
    }  # fmt: skip
    order = await created(client, full)
    assert [len(order[name]) for name in ("items", "payments", "shipments")] == [2, 2, 2]

    read = await stored(client, order)
    answer = await client.put(f"/orders/{order['id']}", data=(await client.get(f"/orders/{order['id']}")).text[9:-1])

    assert (answer.status, answer.json) == (400, NOT_UPDATED)
    assert await stored(client, order) == read == order
    assert len(await history(client, order)) == 1


async def test_a_real_change_among_fields_sent_back_is_made_and_read_only_fields_are_not(client: Client):
    order = await created(client, {"total": 5})
    others = dict.fromkeys(READ_ONLY, "someone else's")

    after = await changed(client, order, {**order, **others, "total": 6})

    moving = {"modified", "timestamp", "total"}
    assert {name: after[name] for name in after if name not in moving} == {
        name: order[name] for name in order if name not in moving
    }
    assert after["total"] == 6
    assert set(await last_changes(client, order)) == {"total"}


async def test_every_field_of_the_table_is_shown_even_when_empty(client: Client):
    order = await created(client, {"total": 1})

    people = ["name", "lastname", "address", "address_number", "address_complement", "address_reference",
    "additional_info",
              "neighborhood", "city", "state", "country", "zipcode", "phone_area", "phone", "phone2_area", "phone2",
              "email", "cpf"]  # fmt: skip
    payer = ["fullname", "gender", "tax_id", "cnpj", "document", "razao_social", "company_name", "ie", "im",
             "schedule_date", "schedule_period"]  # fmt: skip
    plain = [
        "original_id", "external", "channel", "channel_account", "user_client_id", "sub_status",
        "delivery_type", "subtotal", "shipping", "discount", "total_paid", "discount_description",
        "payment_installments", "payment_method", "comission", "expected_send_date",
        "expected_delivery_date", "receiver_schedule_date", "receiver_schedule_period",
        "stock_code", "price_code", "auto_reserve", "sale_intermediary", "payment_intermediary",
        "intermediary_seller_id", "invoicing_informed", "invoicing_informed_date",
        "invoicing_accepted", "invoicing_accepted_date", "shipping_informed",
        "shipping_informed_date", "shipping_accepted", "shipping_accepted_date",
        "delivery_informed", "delivery_informed_date", "delivery_accepted",
        "delivery_accepted_date", "sla_ship", "sla_delivery", "label_printed", "deleted",
        "input_service", "marked_as_shipped", "marked_as_delivered",
    ]  # fmt: skip
    null = [*plain, *(f"receiver_{name}" for name in people), *(f"payer_{name}" for name in [*people, *payer])]
    assert {name: order[name] for name in null} == dict.fromkeys(null)
    assert order["substatus_history"] == order["log_history"] == order["log_permanent"] == []
    assert order["commission"] == {"fixed": None, "tax": None, "total_charged": None, "comment": None}
    assert set(order) - set(null) == {
        "id", "order_id", "user_id", "created_by", "modified_by", "created", "modified", "timestamp", "status",
        "status_history", "substatus_history", "log_history", "log_permanent", "ack", "currency", "total", "commission",
        "tags", "payments", "shipments", "items",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("payer_tax_id", "payer_cpf"),
        ("payer_document", "payer_cnpj"),
        ("payer_company_name", "payer_razao_social"),
    ],
)
async def test_buyer_documents_travel_under_two_names(client: Client, one: str, other: str):
    for sent in (one, other):
        order = await created(client, {sent: "1"})
        assert (order[one], order[other]) == ("1", "1")
    both = await created(client, {one: "1", other: "2"})
    assert (both[one], both[other]) == ("1", "2")
    after = await changed(client, both, {one: "3"})
    assert (after[one], after[other]) == ("3", "3")
    cleared = await changed(client, both, {other: None})
    assert (cleared[one], cleared[other]) == (None, None)


async def test_the_seeds_misspelt_date_is_an_alias(client: Client):
    order = await created(client, {"espected_delivery_date": "2016-11-05"})
    assert order["expected_delivery_date"] == "2016-11-05T00:00:00.000Z"
    assert "espected_delivery_date" not in order

    both = await changed(
        client, order, {"espected_delivery_date": "2016-11-06", "expected_delivery_date": "2016-11-07"}
    )
    assert both["expected_delivery_date"] == "2016-11-07T00:00:00.000Z"


async def test_unknown_fields_are_kept_and_come_back(client: Client):
    own = {"raw": {"a": [1, {"b": None}], "price": 1.50}, "email_nfe": "x@example.com", "grant_type": "x", "zero": 0}
    order = await created(client, {"total": 1, **own, "items": [{"sku": "A", "dimesion": 3}]})

    assert {name: order[name] for name in own} == own | {"raw": {"a": [1, {"b": None}], "price": D("1.5")}}
    assert order["items"][0]["dimesion"] == 3
    after = await changed(client, order, {"total": 2, "raw": "new", "email_nfe": None})
    assert (after["raw"], after["grant_type"]) == ("new", "x")
    assert "email_nfe" not in after


@pytest.mark.parametrize("body", [{}, {"own": 1}, {"total": 1}, {"total": "1,00"}, {"items": []}, {"status": None},
{"id": "x"},
                                  {"update": False}, {"shipments": [{}]}, {"items": [{"sku": "none",
                                  "remove": True}]}])  # fmt: skip
async def test_a_put_that_would_change_nothing_is_told_so(client: Client, body: Any):
    order = await created(client, {"total": 1})

    answer = await client.put(f"/orders/{order['id']}", body)

    assert (answer.status, answer.json) == (400, NOT_UPDATED)
    assert await stored(client, order) == order


async def test_a_connection_may_ask_for_200_instead(client: Client):
    lenient = await client_of(client.http, client.base.removesuffix("/pluggto"), client.shop, noop_put="ok")
    order = await created(lenient, {"total": 1})

    answer = await lenient.put(f"/orders/{order['id']}", {"total": 1})

    assert (answer.status, answer.json["Order"]) == (200, order)
    assert len(await history(lenient, order)) == 1


# --- items --------------------------------------------------------------------------------------------------


async def test_items_are_matched_by_id_then_by_sku(client: Client):
    order = await created(client, {"items": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1, "name": "b"}]})
    a, b = order["items"]

    after = await changed(
        client, order,
        {"items": [{"id": b["id"], "sku": "B2", "quantity": 3}, {"sku": "A", "name": "a"}, {"sku": "C",
        "quantity": 7}]},
    )  # fmt: skip

    assert [(i["id"], i["sku"], i["quantity"], i["name"]) for i in after["items"][:2]] == [
        (a["id"], "A", 1, "a"), (b["id"], "B2", 3, "b"),
    ]  # fmt: skip
    assert [(i["sku"], i["original_sku"], i["quantity"]) for i in after["items"]] == [
        ("A", "A", 1), ("B2", "B", 3), ("C", "C", 7),
    ]  # fmt: skip
    assert order["items"][0]["id"] != after["items"][2]["id"]


async def test_a_variations_sku_tells_lines_of_one_product_apart(client: Client):
    lines = [{"sku": "P", "variation": {"sku": code}, "quantity": 1} for code in ("P-1", "P-2")]
    order = await created(client, {"items": lines})

    after = await changed(client, order, {"items": [{"sku": "P", "variation": {"sku": "P-2"}, "quantity": 5}]})

    assert [(i["variation"]["sku"], i["quantity"]) for i in after["items"]] == [("P-1", 1), ("P-2", 5)]
    last = await changed(client, order, {"items": [{"sku": "P", "variation": {"sku": "P-3"}, "quantity": 9}]})
    assert [i["variation"]["sku"] for i in last["items"]] == ["P-1", "P-2", "P-3"]


async def test_a_new_order_has_every_line_that_was_sent(client: Client):
    """Two lines of one SKU (at two prices, say) are two lines."""
    lines = [{"sku": "A", "quantity": 1, "price": 5}, {"sku": "A", "quantity": 2, "price": 4}]

    order = await created(client, {"items": lines})

    assert [(i["quantity"], i["price"]) for i in order["items"]] == [(1, 5), (2, 4)]
    assert order["total"] == 13


@pytest.mark.parametrize("sku", ["a.extensions.b", "[0]", "a]", "é/ú", "%41", '"'])
async def test_no_sku_however_odd_hides_a_change(client: Client, sku: str):
    order = await created(client, {"items": [{"sku": sku, "quantity": 1}]})

    after = await changed(client, order, {"items": [{"sku": sku, "quantity": 2}]})

    assert [(i["id"], i["sku"], i["quantity"]) for i in after["items"]] == [(order["items"][0]["id"], sku, 2)]


async def test_an_item_is_removed_by_sku_or_id(client: Client):
    order = await created(client, {"items": [{"sku": sku} for sku in "ABC"]})

    after = await changed(
        client, order, {"items": [{"sku": "A", "remove": True}, {"id": order["items"][2]["id"], "remove": "1"}]}
    )

    assert [i["sku"] for i in after["items"]] == ["B"]


async def test_items_show_every_key(client: Client):
    item = (await created(client, {"items": [{"sku": "A"}]}))["items"][0]

    assert set(item) == {
        "id", "sku", "original_sku", "name", "quantity", "price", "total", "discount", "external", "location",
        "photo_url",
        "supplier_id", "stock_code", "place_code", "price_code", "shipping_cost", "commission", "variation",
    }  # fmt: skip
    assert item["commission"] == {"fixed": None, "tax": None, "total_charged": None, "comment": None}
    assert item["variation"] == {
        "id": None, "name": None, "sku": None, "ean": None, "external": None, "photo_url": None, "attributes": [],
    }  # fmt: skip
    assert (item["sku"], item["quantity"], item["price"]) == ("A", 0, None)


async def test_a_variation_is_filled_from_the_catalogue_and_what_was_sent_wins(client: Client):
    attribute = {"code": "size", "label": "Tamanho", "value": {"code": "m", "label": "M"}}
    variations = [{"sku": "CAM-M", "name": "Camisa M", "ean": "789", "attributes": [attribute]}]
    product = (await client.put("/skus/CAM", {"name": "Camisa", "variations": variations})).json["Product"]

    order = await created(
        client, {"items": [{"sku": "CAM-M", "quantity": 1}, {"sku": "CAM", "variation": {"sku": "CAM-M", "name": "x"}}]}
    )

    filled, named = (item["variation"] for item in order["items"])
    assert (filled["id"], filled["sku"], filled["name"], filled["ean"]) == (
        product["variations"][0]["id"], "CAM-M", "Camisa M", "789",
    )  # fmt: skip
    assert [(a["code"], a["label"], a["value"]) for a in filled["attributes"]] == [
        ("size", "Tamanho", attribute["value"])
    ]
    assert (named["id"], named["name"], named["ean"]) == (filled["id"], "x", "789")


# --- payments -----------------------------------------------------------------------------------------------


async def test_payments_without_ids_are_changed_in_place_when_as_many(client: Client):
    order = await created(client, {"payments": [{"payment_type": "a", "payment_total": 1}, {"payment_type": "b"}]})

    after = await changed(client, order, {"payments": [{"payment_total": "5"}, {"payment_type": "c"}]})

    assert [p["id"] for p in after["payments"]] == [p["id"] for p in order["payments"]]
    assert [(p["payment_type"], p["payment_total"]) for p in after["payments"]] == [("a", 5), ("c", None)]


async def test_payments_in_another_number_are_added_and_by_id_changed(client: Client):
    order = await created(client, {"payments": [{"payment_type": "a"}, {"payment_type": "b"}]})
    first = order["payments"][0]["id"]

    after = await changed(client, order, {"payments": [{"payment_type": "c"}]})
    assert [p["payment_type"] for p in after["payments"]] == ["a", "b", "c"]
    last = await changed(
        client,
        order,
        {"payments": [{"id": first, "payment_installments": 3}, {"payment_type": "d"}, {"payment_type": "e"}]},
    )
    assert [p["payment_type"] for p in last["payments"]] == ["a", "b", "c", "d", "e"]
    assert last["payments"][0]["payment_installments"] == "3"


# --- shipments ----------------------------------------------------------------------------------------------


async def test_a_shipment_with_an_id_is_merged_and_null_keeps(client: Client):
    parcel = {
        "track_code": "T", "nfe_key": "4", "shipping_company": "Correios", "date_shipped": "2016-11-01",
        "label_info": {"plp": "1", "sender_name": "Ana"}, "documents": [{"url": "u", "external": "e", "type": "label"}],
    }  # fmt: skip
    order = await created(client, {"shipments": [parcel, {"track_code": "other"}]})
    id = order["shipments"][0]["id"]
    nulls = dict.fromkeys(order["shipments"][0])

    after = await changed(
        client, order,
        {"shipments": [{**nulls, "id": id, "track_code": "T2", "label_info": {"plp": None, "sender_name": "Bia"},
                        "documents": [{"url": "u", "external": None, "type": "invoice"}]}]},
    )  # fmt: skip

    merged, other = after["shipments"]
    assert {name: merged[name] for name in parcel if name not in ("label_info", "documents")} == {
        "track_code": "T2", "nfe_key": "4", "shipping_company": "Correios", "date_shipped": "2016-11-01T00:00:00.000Z",
    }  # fmt: skip
    assert (merged["label_info"]["plp"], merged["label_info"]["sender_name"]) == ("1", "Bia")
    assert [(d["url"], d["external"], d["type"]) for d in merged["documents"]] == [("u", "e", "invoice")]
    assert other == order["shipments"][1]
    empties = await client.put(f"/orders/{order['id']}", {"shipments": [{**nulls, "id": id}]})
    assert empties.json == NOT_UPDATED


@pytest.mark.parametrize("id", [{}, {"id": None}, {"id": ""}])
async def test_a_shipment_without_an_id_is_always_another_one(client: Client, id: dict[str, Any]):
    parcel = {"track_code": "T", **id}
    order = await created(client, {"shipments": [parcel]})

    after = await changed(client, order, {"shipments": [parcel]})

    assert [p["track_code"] for p in after["shipments"]] == ["T", "T"]
    assert len({p["id"] for p in after["shipments"]}) == 2


@pytest.mark.parametrize("id", [UNKNOWN_ID, "32132311311", "SEND_INTERNAL_ID_TO_UPDATE_SHIPMENT", "another order's"])
async def test_a_shipment_of_no_such_id_refuses_the_whole_request(client: Client, id: str):
    other = await created(client, {"shipments": [{"track_code": "O"}]})
    order = await created(client, {"shipments": [{"track_code": "T"}]})
    wrong = other["shipments"][0]["id"] if id == "another order's" else id
    good = {"id": order["shipments"][0]["id"], "track_code": "T2"}

    body = {"total": 99, "shipments": [good, {"id": wrong, "track_code": "X"}]}

    assert await refused(client, order, body) == ("invalid_field", "shipments[1].id")
    assert await stored(client, other) == other


async def test_a_shipment_is_removed_by_id_only(client: Client):
    order = await created(client, {"shipments": [{"track_code": "A"}, {"track_code": "B"}]})

    after = await changed(client, order, {"shipments": [{"id": order["shipments"][0]["id"], "remove": True}]})
    assert [p["track_code"] for p in after["shipments"]] == ["B"]
    answer = await client.put(f"/orders/{order['id']}", {"shipments": [{"track_code": "B", "remove": True}]})
    assert (answer.status, answer.json) == (400, NOT_UPDATED)


async def test_the_inner_lists_of_a_shipment_merge_each_in_its_way(client: Client):
    parcel = {
        "documents": [{"url": "a", "type": "label"}, {"url": "b"}],
        "issues": [{"description": "late", "date": "2016-11-04"}],
        "shipping_items": [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 2}],
    }
    order = await created(client, {"shipments": [parcel]})
    before = order["shipments"][0]
    update = {
        "id": before["id"],
        "documents": [{"url": "a", "type": "invoice"}, {"id": before["documents"][1]["id"], "url": "b2"}, {"url": "c"}],
        "issues": [{"description": "late", "date": "2016-11-04"}, {"description": "late", "date": "2016-11-05"}],
        "shipping_items": [{"sku": "C", "quantity": "3"}],
    }

    after = (await changed(client, order, {"shipments": [update]}))["shipments"][0]

    assert [(d["url"], d["type"]) for d in after["documents"]] == [("a", "invoice"), ("b2", None), ("c", None)]
    assert [d["id"] for d in after["documents"][:2]] == [d["id"] for d in before["documents"]]
    assert [(i["description"], i["date"][:10]) for i in after["issues"]] == [
        ("late", "2016-11-04"),
        ("late", "2016-11-05"),
    ]
    assert after["shipping_items"] == [{"sku": "C", "quantity": 3}]


@pytest.mark.parametrize(
    "word", ["shipped", "delivered", "issue", "invoiced", "shipping_informed", "canceled", "pending"]
)
async def test_a_shipments_status_never_moves_the_order(client: Client, word: str):
    order = await created(client, {"status": "approved"})

    after = await changed(client, order, {"shipments": [{"status": word}]})

    assert (after["status"], after["shipments"][0]["status"], after["log_history"]) == ("approved", word, [])
    assert len(after["status_history"]) == 1


async def test_another_word_for_a_shipments_status_is_kept_and_logged(client: Client):
    order = await created(client, {"shipments": [{"status": "a caminho"}]})

    assert order["shipments"][0]["status"] == "a caminho"
    assert [entry["message"] for entry in order["log_history"]] == [
        "shipment status 'a caminho' is not one of Plugg.to's"
    ]


@pytest.mark.parametrize(
    ("parcel", "tags"),
    [
        ({"nfe_key": "4"}, {"has_invoice_key", "has_invoice_info"}),
        ({"nfe_number": "4"}, {"has_invoice_info"}),
        ({"track_code": "T"}, {"has_track"}),
        ({"track_url": "T"}, {"has_track_url"}),
        ({"documents": {"url": "a", "type": "label"}}, {"has_label"}),
        ({"documents": {"url": "a.PDF", "type": "invoice"}}, {"has_invoice_doc", "has_invoice_pdf"}),
        ({"documents": {"url": "a.xml", "type": "invoice"}}, {"has_invoice_doc", "has_invoice_xml"}),
        ({"documents": {"url": "a", "type": "gnre"}}, {"has_gnre_doc"}),
        ({"status": "shipped"}, set()),
    ],
)
async def test_tags_tell_what_the_shipments_have(client: Client, parcel: dict[str, Any], tags: set[str]):
    order = await created(client, {"shipments": parcel})

    assert {name for name, value in order["tags"].items() if value is True} == tags
    assert {value for name, value in order["tags"].items() if name not in tags} == {None}
    assert set(order["tags"]) == {
        "has_invoice_key", "has_invoice_info", "has_invoice_xml", "has_invoice_pdf", "has_invoice_doc", "has_gnre_doc",
        "has_payment_form", "has_track", "has_track_url", "has_label",
    }  # fmt: skip


# --- two applications ---------------------------------------------------------------------------------------


async def test_ack_and_external_are_each_applications_own(client: Client, partner: Client):
    order = await created(client, {"total": 1, "external": "mine", "ack": True})

    seen = await stored(partner, order)
    assert (seen["external"], seen["ack"], seen["created_by"]) == (None, False, client.credentials.client_id)
    after = await changed(partner, order, {"external": "theirs"})
    assert (after["external"], after["ack"], after["modified_by"]) == ("theirs", False, partner.credentials.client_id)
    mine = await stored(client, order)
    assert (mine["external"], mine["ack"]) == ("mine", True)
    await changed(partner, order, {"ack": 1})
    await changed(client, order, {"ack": "0"})
    assert [(await stored(one, order))["ack"] for one in (client, partner)] == [False, True]
    for one, external, ack in ((client, "mine", "0"), (partner, "theirs", "1")):
        found = (await one.get(f"/orders?external={external}&ack={ack}")).json["result"]
        assert [(row["Order"]["external"], row["Order"]["ack"]) for row in found] == [(external, ack == "1")]
    assert (await client.get("/orders?external=theirs")).json["total"] == 0


async def test_what_one_application_changes_the_other_keeps(client: Client, partner: Client):
    order = await created(client, {"total": 1, "own": "x", "receiver_name": "Ana"})

    await changed(partner, order, {"receiver_name": "Bia", "theirs": 5})

    both = await stored(client, order)
    assert (both["own"], both["theirs"], both["receiver_name"], both["total"]) == ("x", 5, "Bia", 1)


async def test_changes_at_once_are_all_kept(client: Client):
    order = await created(client, {"total": 1})

    answers = await asyncio.gather(
        *(client.put(f"/orders/{order['id']}", {"shipments": [{"track_code": str(n)}]}) for n in range(8))
    )

    assert {answer.status for answer in answers} == {200}
    after = await stored(client, order)
    assert sorted(p["track_code"] for p in after["shipments"]) == [str(n) for n in range(8)]
    assert [event.version for event in await history(client, order)] == list(range(1, 10))


# --- what is told -------------------------------------------------------------------------------------------


async def test_creation_is_told_whole(client: Client):
    order = await created(client, {"total": 5, "items": [{"sku": "A", "quantity": 2}]})

    (event,) = await history(client, order)

    assert (event.action, event.actor, event.version, event.silent) == (
        "created",
        client.credentials.client_id,
        1,
        False,
    )
    ((field, before, after),) = event.changes
    assert (field, before, after["total"], after["lines"][0]["sku"]) == ("", None, 5, "A")


async def test_a_change_is_told_field_by_field_with_before_and_after(client: Client, partner: Client):
    order = await created(client, {"total": 5, "receiver_name": "Ana", "items": [{"sku": "A", "quantity": 2}]})
    body = {"total": 6, "receiver_name": None, "items": [{"sku": "A", "quantity": 3}], "ack": True, "own": 1,
            "shipments": [{"track_code": "T"}]}  # fmt: skip
    await changed(partner, order, body)

    event = (await history(client, order))[-1]

    assert (event.action, event.actor, event.version, event.silent) == (
        "updated",
        partner.credentials.client_id,
        2,
        False,
    )
    assert event.aspects == {"content"}
    told = {change.field: (change.before, change.after) for change in event.changes}
    (parcel,) = (field for field in told if field.startswith("shipments["))
    assert told.pop(parcel)[1]["track_code"] == "T"
    assert told == {
        "total": (5, 6),
        "receiver.first_name": ("Ana", None),
        "lines[A].quantity": (2, 3),
        "is_acknowledged": (False, True),
        "extensions.pluggto": (None, {"own": 1}),
    }


@pytest.mark.parametrize("flag", [False, 0, "0", "false"])
async def test_update_false_marks_the_event_as_silent_and_is_not_kept(client: Client, flag: Any):
    order = await created(client, {"total": 1, "update": flag})

    await changed(client, order, {"external": "1", "ack": True, "update": flag})
    after = await changed(client, order, {"total": 2, "update": True})

    assert [event.silent for event in await history(client, order)] == [True, True, False]
    assert "update" not in after


async def test_a_refused_creation_leaves_no_event(client: Client):
    async def told() -> int:
        shop = client.shop
        async with shop.hub.read(shop.tenant.id) as tx:
            count: int = await tx.value("SELECT count(*) FROM events WHERE tenant_id = $1", shop.tenant.id)
            return count

    await created(client, {"channel": "C", "original_id": "told", "total": 1})
    before = await told()
    for body in ({"total": "x"}, {}, {"channel": "C", "original_id": "told"}, {"status": "x"}):
        answer: Answer = await client.post("/orders", body)
        assert answer.status == 400

    assert await told() == before
