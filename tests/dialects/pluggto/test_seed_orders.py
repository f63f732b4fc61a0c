"""The order bodies that the seed prints are taken as they stand, and nothing of them is lost."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.pluggto.conftest import Client

EXCHANGES = Path(__file__).parent / "exchanges"
#: What the specification says of the names: dates are shown as instants, amounts as numbers, these texts as texts.
DATES = {
    "expected_send_date", "expected_delivery_date", "receiver_schedule_date", "estimate_delivery_date", "date_shipped",
    "date_delivered", "date_cancelled", "nfe_date", "date",
}  # fmt: skip
NUMBERS = {
    "total_paid", "shipping", "subtotal", "discount", "total", "price", "quantity", "payment_total", "payment_quota",
    "payment_interest", "fixed", "tax", "total_charged",
}  # fmt: skip
TEXTS = {"payment_installments"}
RENAMED = {"espected_delivery_date": "expected_delivery_date"}


def body_of(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((EXCHANGES / name).read_text("utf-8"), parse_float=Decimal)["body"]
    return body


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every scalar with the way to it."""
    if isinstance(tree, dict | list):
        for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(part, (*path, key))
    else:
        yield path, tree


def shown(path: tuple[str | int, ...], sent: Any) -> Any:
    """The value as answers have it."""
    name = path[-1]
    if name in DATES:
        return f"{sent}T00:00:00.000Z"
    if name in NUMBERS:
        return Decimal(sent)
    return str(sent) if name in TEXTS else sent


def follow(tree: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def lost(sent: dict[str, Any], order: dict[str, Any]) -> list[Any]:
    """(path, expected, found) of every leaf that did not come back as the specification says."""
    expected = [((RENAMED.get(str(path[0]), path[0]), *path[1:]), value) for path, value in leaves(sent)]
    found = [(path, shown(path, value), follow(order, path)) for path, value in expected]
    return [each for each in found if each[1] != each[2] or isinstance(each[1], str) != isinstance(each[2], str)]


@pytest.mark.parametrize(
    ("name", "count"), [("order_create.json", 116), ("order_update.json", 98), ("order_read.json", 91)]
)
async def test_an_order_body_of_the_seed_creates_an_order_with_all_it_says(client: Client, name: str, count: int):
    body = body_of(name)
    assert len(list(leaves(body))) == count

    answer = await client.post("/orders", body)

    assert answer.status == 201, answer.text
    order = answer.json["Order"]
    assert lost(body, order) == []
    assert [len(order[list_]) for list_ in ("items", "shipments")] == [len(body["items"]), len(body["shipments"])]
    assert (await client.get(f"/orders/{order['id']}")).json["Order"] == order
    assert (await client.get("/orders")).json["result"] == [{"Order": order}]


async def test_the_update_body_of_the_seed_changes_an_order_to_all_it_says(client: Client):
    before = (await client.post("/orders", body_of("order_create.json"))).json["Order"]
    body = body_of("order_update.json")

    answer = await client.put(f"/orders/{before['id']}", body)

    assert answer.status == 200, answer.text
    order = answer.json["Order"]
    # A shipment without id is another one, and items with other SKUs are added (seed and specification 5.2).
    assert lost(body, {**order, "shipments": order["shipments"][1:], "items": order["items"][3:]}) == []
    assert order["shipments"][:1] == before["shipments"]
    assert order["items"][:3] == before["items"]
    assert [item["sku"] for item in order["items"][3:]] == ["136-CT997", "136-D0004", "136-D0002"]
    assert [entry["status"] for entry in order["status_history"]] == ["pending", "approved"]


async def test_the_update_body_with_the_shipments_id_changes_that_shipment(client: Client):
    before = (await client.post("/orders", body_of("order_create.json"))).json["Order"]
    body = body_of("order_update.json")
    body["shipments"][0] |= {"id": before["shipments"][0]["id"], "track_code": "22222"}

    answer = await client.put(f"/orders/{before['id']}", body)

    parcels = answer.json["Order"]["shipments"]
    assert [(parcel["id"], parcel["track_code"]) for parcel in parcels] == [(before["shipments"][0]["id"], "22222")]
    # The same document (by its address) is now a label, and the same issue is not told twice.
    assert [document["type"] for document in parcels[0]["documents"]] == ["label"]
    assert len(parcels[0]["issues"]) == 1


async def test_the_seeds_way_to_tell_a_shipment(client: Client):
    id = (await client.post("/orders", {"status": "approved"})).json["Order"]["id"]
    body = body_of("order_shipping_informed.json")

    first = (await client.put(f"/orders/{id}", body)).json["Order"]
    assert lost(body, first) == []
    assert (first["log_history"], len(first["shipments"])) == ([], 1)
    # "is necessary to send the field id, otherwise you will create a new shipment" (seed)
    second = (await client.put(f"/orders/{id}", body)).json["Order"]
    assert len(second["shipments"]) == 2
    body["shipments"][0]["id"] = first["shipments"][0]["id"]
    third = await client.put(f"/orders/{id}", body)
    assert (third.status, third.json["type"]) == (400, "not_updated")


async def test_an_items_address_in_the_seed_is_found_again(client: Client):
    order = (await client.post("/orders", body_of("order_create.json"))).json["Order"]

    for asked in (
        "sku=136-ED021", "sku=151-sapp-1", "channel_id=id_2_no_meu_sistema", "nfe_number=12", "track_code=11111",
        "has_nfe=1", "shipping_company=correios", "ack=0", "receiver_name=Andre", "status=pending",
    ):  # fmt: skip
        found = (await client.get(f"/orders?{asked}")).json
        assert [row["Order"]["id"] for row in found["result"]] == [order["id"]], asked
    assert (await client.get("/orders?status=active")).json["total"] == 0
