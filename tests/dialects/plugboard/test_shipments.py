"""Shipments of an order and how far it is sent (specification 14.4)."""

from decimal import Decimal

import pytest

from tests import make
from tests.dialects.plugboard.conftest import client_of
from tests.dialects.plugboard.test_order_rows import ordered
from tests.dialects.plugboard.test_orders import PATH, history, money, row, stored
from tests.dialects.pluggto.conftest import client_of as pluggto_client

FEE = {"rowType": "shippingfee", "sku": "frakt", "pricePerUnitExclVat": money("39.20")}


@pytest.fixture
async def order(client):
    return await ordered(client, row(qty="3"), row(sku="B", qty="0.5"), FEE)


async def shown(client, order):
    return (await client.get(f"{PATH}/{order['localId']}")).json


async def test_a_shipment_is_made_and_the_order_says_how_far_it_is_sent(client, order):
    path = f"{PATH}/{order['localId']}/shipment"
    rows = [{"sku": "TE-77", "qty": "2"}]

    made = await client.made(
        path,
        {"remoteId": "pick-9001", "shippedDate": "2021-05-04T08:30:00+02:00", "forwarderCode": "PN",
         "trackingNumber": "UA123456785SE", "rows": rows, "customData": {"|x-a|b": {"value": "c"}}},
    )  # fmt: skip

    first, second, _ = order["orderRows"]
    assert made == {
        "localId": made["localId"], "remoteId": "pick-9001", "shippedDate": "2021-05-04T06:30:00Z",
        "forwarderCode": "PN", "trackingNumber": "UA123456785SE", "trackingUrl": None,
        "rows": [{"orderRowId": first["localId"], "sku": "TE-77", "qty": "2"}],
        "customData": {"|x-a|b": {"moduleId": "x-a", "key": "b", "type": "string", "value": "c"}},
    }  # fmt: skip
    after = await shown(client, order)
    assert (after["shippingStatus"], after["orderStatus"], after["shipments"]) == ("partly-shipped", "new", [made])
    assert after["lastModified"] >= order["lastModified"]
    assert (await client.get(path)).json == [made]
    assert (await client.get(f"{path}/{made['localId']}")).json == made
    assert (await client.post(path, {"rows": rows})).refusal == (400, "FieldRange", "rows[0].qty")
    rest = [{"orderRowId": first["localId"], "qty": "1"}, {"orderRowId": second["localId"], "qty": "0.5"}]
    await client.made(path, {"rows": rest})
    assert (await shown(client, order))["shippingStatus"] == "shipped"


async def test_a_shipment_without_rows_is_the_whole_order(client, order):
    path = f"{PATH}/{order['localId']}/shipment"
    made = await client.made(path, {})

    assert (await shown(client, order))["shippingStatus"] == "shipped"
    changed = await client.changed(f"{path}/{made['localId']}", {"rows": [{"sku": "B", "qty": "0.5"}]})
    assert changed["rows"][0]["qty"] == "0.5"
    assert (await shown(client, order))["shippingStatus"] == "partly-shipped"
    gone = await client.delete(f"{path}/{made['localId']}")
    assert (gone.status, gone.json) == (200, {**changed, "deleted": True})
    after = await shown(client, order)
    assert (after["shipments"], after["shippingStatus"]) == ([], "not-shipped")
    assert (await client.get(f"{path}/{made['localId']}")).refusal[:2] == (404, "NoSuchRecord")


@pytest.mark.parametrize(
    ("row_", "expected"),
    [
        ({"sku": "C", "qty": "1"}, ("ReferenceUnknown", "sku")),
        ({"sku": "frakt", "qty": "1"}, ("ReferenceUnknown", "sku")),
        ({"orderRowId": "0" * 32, "qty": "1"}, ("ReferenceUnknown", "orderRowId")),
        ({"qty": "1"}, ("ReferenceUnknown", "sku")),
        ({"sku": "B"}, ("FieldRequired", "qty")),
        ({"sku": "B", "qty": "0"}, ("FieldRange", "qty")),
        ({"sku": "B", "qty": "0.6"}, ("FieldRange", "qty")),
        ({"sku": "B", "qty": "x"}, ("DecimalMalformed", "qty")),
        ("B", ("FieldType", None)),
    ],
)
async def test_rows_that_cannot_be_sent_are_refused(client, order, row_, expected):
    name, field = expected
    where = f"rows[0].{field}" if field else "rows[0]"

    answer = await client.post(f"{PATH}/{order['localId']}/shipment", {"rows": [row_]})
    within = await client.put(f"{PATH}/{order['localId']}", {"shipments": [{"rows": [row_]}]})

    assert answer.refusal == (400, name, where)
    assert within.refusal == (400, name, f"shipments[0].{where}")
    assert await shown(client, order) == order


async def test_a_sku_of_two_rows_does_not_say_which(client):
    order = await ordered(client, row(), row())
    path = f"{PATH}/{order['localId']}/shipment"

    assert (await client.post(path, {"rows": [{"sku": "TE-77", "qty": "1"}]})).refusal[1] == "ReferenceUnknown"
    named = {"orderRowId": order["orderRows"][1]["localId"], "qty": "1"}
    assert (await client.made(path, {"rows": [named]}))["rows"][0]["orderRowId"] == named["orderRowId"]


async def test_shipments_inside_an_order_are_one_list_and_keep_their_ids(client, order):
    path = f"{PATH}/{order['localId']}"
    both = [{"rows": [{"sku": "TE-77", "qty": "1"}]}, {"rows": [{"sku": "TE-77", "qty": "1"}], "trackingNumber": "x"}]
    after = await client.changed(path, {"shipments": both})
    before = await history(client, order["localId"])

    assert await client.changed(path, after) == after
    assert await history(client, order["localId"]) == before
    (first, second) = after["shipments"]
    kept = await client.changed(path, {"shipments": [{"localId": second["localId"], "trackingUrl": "y"}]})
    assert kept["shipments"] == [{**second, "trackingUrl": "y"}]
    told = await client.changed(path, {"shipments": [], "shippingStatus": "returned"})
    assert (told["shipments"], told["shippingStatus"]) == ([], "returned")
    assert first["localId"] != second["localId"]


async def test_an_order_comes_with_its_shipments(client):
    made = await ordered(client, row(qty="2"), shipments=[{"rows": [{"sku": "TE-77", "qty": "1"}]}])

    assert (made["shippingStatus"], made["shipments"][0]["rows"][0]["qty"]) == ("partly-shipped", "1")
    whole = await client.changed(
        f"{PATH}/{made['localId']}", {"orderRows": [{"localId": made["orderRows"][0]["localId"], "qty": "1"}]}
    )
    assert whole["shippingStatus"] == "shipped"


async def test_a_remote_id_is_one_shipments_of_the_order(client, order):
    path = f"{PATH}/{order['localId']}/shipment"
    made = await client.made(path, {"remoteId": "p1", "rows": [{"sku": "B", "qty": "0.5"}]})

    assert (await client.post(path, {"remoteId": "p1"})).refusal == (409, "RemoteIdTaken", "remoteId")
    same = await client.post(path, {"remoteId": "p1", "trackingNumber": "x"}, params={"updateOnRemoteId": "true"})
    assert (same.status, same.json) == (200, {**made, "trackingNumber": "x"})


async def test_what_another_wire_wrote_of_a_shipment_is_kept(client):
    parcel = {
        "carrier": "Correios",
        "track_code": "BR1",
        "invoice": {"key": "3521"},
        "extensions": {"pluggto": {"k": 1}},
    }
    record = await make.order(
        client.shop, {"sku": "A", "quantity": Decimal(2), "price": Decimal(1)},
        shipments=make.patch.Merge([parcel]), currency="SEK",
    )  # fmt: skip
    (told,) = (await client.get(f"{PATH}/{record.id.hex}/shipment")).json
    before = await history(client, record.id.hex)

    await client.changed(f"{PATH}/{record.id.hex}/shipment/{told['localId']}", {"trackingUrl": "z"})

    (after,) = (await stored(client, record.id.hex)).shipments
    (old,) = record.value.shipments
    assert (after.carrier, after.invoice, after.extensions) == (old.carrier, old.invoice, old.extensions)
    assert (after.track_code, after.track_url) == ("BR1", "z")
    assert len(await history(client, record.id.hex)) == len(before) + 1


async def test_shipments_are_their_tenants_and_their_orders_alone(client, order, hub, http, address):
    path = f"{PATH}/{order['localId']}/shipment"
    made = await client.made(path, {})
    stranger = await client_of(http, address, await make.shop(hub))
    elsewhere = await ordered(client, row())

    for answer in (
        await stranger.get(path),
        await stranger.post(path, {}),
        await stranger.delete(f"{path}/{made['localId']}"),
        await client.get(f"{PATH}/{elsewhere['localId']}/shipment/{made['localId']}"),
        await client.put(f"{PATH}/{elsewhere['localId']}/shipment/{made['localId']}", {}),
    ):
        assert answer.refusal[:2] == (404, "NoSuchRecord")
    await client.delete(f"{PATH}/{order['localId']}")
    assert (await client.post(path, {})).refusal[:2] == (409, "RecordDeleted")


async def test_what_another_wire_sends_back_as_it_read_it_keeps_rows_and_fractions(client, order, http, address):
    """It shows whole pieces, and items without the row that they are of."""
    items = [{"orderRowId": order["orderRows"][1]["localId"], "qty": "0.5"}, {"sku": "TE-77", "qty": "1.5"}]
    await client.made(f"{PATH}/{order['localId']}/shipment", {"rows": items})
    before = await shown(client, order)
    them = await pluggto_client(http, address, client.shop)
    read = (await them.get("/orders")).json["result"][0]["Order"]
    assert [item["quantity"] for item in read["shipments"][0]["shipping_items"]] == [0, 1]

    answer = await them.put(f"/orders/{read['id']}", read)

    assert (answer.status, answer.json["type"]) == (400, "not_updated")
    assert await shown(client, order) == before
    # What it does change is changed.
    read["items"][0]["quantity"] = 5
    assert (await them.put(f"/orders/{read['id']}", read)).status == 200
    after = await shown(client, order)
    assert [row["qty"] for row in after["orderRows"]] == ["5", "0.5", "1"]
    assert after["shipments"] == before["shipments"]
