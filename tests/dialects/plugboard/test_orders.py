"""Orders: fields, states, addresses, ids, lists, and what other wires see of them (specification 14)."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from plughub.core import events, orders
from plughub.core.listing import Query
from plughub.core.orders import OrderStatus
from tests import make
from tests.dialects.plugboard.conftest import client_of

PATH = "/order"


def money(amount, **more):
    return {"currency": "SEK", "amount": amount, **more}


def row(**more):
    return {"sku": "TE-77", "title": "Grönt te", "qty": "1", "pricePerUnitExclVat": money("80.00"), **more}


async def history(client, id):
    tenant = client.shop.tenant.id
    async with client.shop.hub.read(tenant) as tx:
        return await events.history(tx, tenant, "order", UUID(id))


async def stored(client, id):
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return (await orders.by_id(tx, client.shop.caller, UUID(id))).value


async def test_the_vendors_own_order_is_taken_and_shown(client):
    body = {
        "customerType": "company",
        "currency": "SEK",
        "totalSumExclVat": money("1.0"),
        "totalVat": money("1.0"),
    }

    made = await client.made("/order/", body)

    expected = {
        "href": f"/plugboard/api/order/{made['localId']}", "remoteId": None, "remoteIdMap": {}, "remoteRefMap": {},
        "deleted": False, "customData": {}, "customerType": "company", "currency": "SEK",
        "totalSumExclVat": money("1.00"), "totalVat": money("1.00"), "totalTaxes": [], "billingAddress": None,
        "shippingAddress": None, "orderRows": [], "shipments": [], "orderStatus": "new", "orderType": "sales",
        "shippingStatus": "not-shipped", "paymentStatus": "unpaid", "remoteOrderNo": None,
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected
    assert made["source"] == {
        "type": "connection", "connectionType": "api", "connectionId": client.id, "code": None,
        "connectionName": client.connection.name,
    }  # fmt: skip
    assert made["orderDate"] == made["created"] == made["lastModified"]
    assert (await stored(client, made["localId"])).total == Decimal("2.0")


async def test_the_status_is_changed_by_a_plain_put_and_kept_in_the_history(client):
    made = await client.made(PATH, {"currency": "SEK", "totalVat": money("7.31")})
    path = f"{PATH}/{made['localId']}"

    for word in ("processing", "completed", "new", "pending-payment", "on-hold", "cancelled", "processing"):
        changed = await client.changed(path, {"orderStatus": word})
        assert (changed["orderStatus"], changed["totalVat"]) == (word, money("7.31"))

    assert len(await history(client, made["localId"])) == 8
    noun = await stored(client, made["localId"])
    assert (noun.status, noun.sub_status) == (OrderStatus.PAID, None)


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_every_status_of_the_core_has_a_word_and_is_found_by_it(client, status):
    record = await make.order(client.shop, {"sku": "A", "quantity": Decimal(1), "price": Decimal(5)}, status=status)

    shown = (await client.get(f"{PATH}/{record.id.hex}")).json

    for field in ("orderStatus", "shippingStatus", "paymentStatus"):
        value = {"type": "enum", "value": shown[field]}
        for kind, found in (("eq", [shown["localId"]]), ("ne", [])):
            body = {"filter": {"type": kind, "field": field, "value": value}}
            answer = await client.post(f"{PATH}/query", body)
            assert [one["localId"] for one in answer.json] == found
    before = await history(client, shown["localId"])
    assert await client.changed(f"{PATH}/{record.id.hex}", shown) == shown
    assert await history(client, shown["localId"]) == before


async def test_absent_keeps_null_clears_and_unchanged_tells_nobody(client):
    body = {
        "remoteId": "O-1", "remoteOrderNo": "5001", "currency": 752, "orderDate": "2021-05-03T11:20:00+02:00",
        "billingAddress": {"firstName": "Åsa", "city": "Växjö", "country": "se", "phone": "0470"},
        "comment": "x", "customerLanguage": "swe", "forwarderCode": "PN", "paymentMethod": "swish",
        "customData": {"|x-lager|hylla": {"value": "B7"}}, "source": {"code": "shop-se"},
        "orderRows": [row(vatRatePercent="12", customData={"|x-a|b": {"value": "c"}}, remoteId="r1")],
    }  # fmt: skip
    made = await client.made(PATH, body)
    path = f"{PATH}/{made['localId']}"
    assert (made["orderDate"], made["source"]["code"]) == ("2021-05-03T09:20:00Z", "shop-se")
    assert made["paymentMethod"] == {"code": "swish"}
    assert (made["billingAddress"]["country"], made["shippingAddress"]) == ("SE", None)
    assert made["remoteRefMap"] == {client.id: {"connectionId": client.id, "remoteRef": "5001"}}
    before = await history(client, made["localId"])

    for nothing in ({}, made, {"orderRows": made["orderRows"]}, {"billingAddress": {"city": "Växjö"}}):
        assert await client.changed(path, nothing) == made

    assert await history(client, made["localId"]) == before
    changed = await client.changed(path, {"billingAddress": {"city": "Lund", "phone": None}, "comment": None})
    assert changed["billingAddress"] == {**made["billingAddress"], "city": "Lund", "phone": None}
    assert (changed["comment"], changed["forwarderCode"]) == (None, "PN")
    cleared = await client.changed(path, {"billingAddress": None, "orderRows": None, "remoteOrderNo": None})
    assert (cleared["billingAddress"], cleared["orderRows"], cleared["remoteRefMap"]) == (None, [], {})
    assert cleared["totalSumExclVat"] == money("80.00")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "FieldRequired", "currency")),
        ({"orderType": "gift"}, (400, "FieldEnum", "orderType")),
        ({"totalVat": {"currency": "EUR", "amount": "1"}}, (400, "CurrencyMismatch", "totalVat.currency")),
        ({"orderDate": "yesterday"}, (400, "DateTimeMalformed", "orderDate")),
        ({"billingAddress": {"country": "SWE"}}, (400, "CountryUnknown", "billingAddress.country")),
        ({"billingAddress": {"phone": 4}}, (400, "FieldType", "billingAddress.phone")),
        ({"billingAddress": "x"}, (400, "FieldType", "billingAddress")),
        ({"comment": 17}, (400, "FieldType", "comment")),
        ({"customerNo": "x" * 4001}, (400, "FieldTooLong", "customerNo")),
        ({"customData": {"a": {}}}, (400, "CustomDataKey", "customData.a")),
        ({"paymentMethod": {"remoteId": "x"}}, (400, "ReferenceUnknown", "paymentMethod.code")),
    ],
)
async def test_bad_input_is_refused_by_name_and_nothing_is_kept(client, body, expected):
    answer = await client.post(PATH, {"currency": "SEK", **body} if body else {})

    assert answer.refusal == expected
    assert (await client.get(PATH)).json == []


async def test_the_currency_does_not_change_under_amounts(client):
    made = await client.made(PATH, {"currency": "SEK", "totalVat": money("1")})
    path = f"{PATH}/{made['localId']}"

    assert (await client.put(path, {"currency": "EUR"})).refusal == (400, "CurrencyMismatch", "currency")
    assert (await client.put(path, {"currency": None})).refusal == (400, "FieldRequired", "currency")
    sent = {"currency": "EUR", "totalVat": {"currency": "EUR", "amount": "1"}}
    assert (await client.changed(path, sent))["totalVat"] == {"currency": "EUR", "amount": "1.00"}


async def test_a_remote_id_is_one_orders_and_an_upsert_changes_that_one(client, other):
    made = await client.made(PATH, {"remoteId": "O-1", "currency": "SEK", "comment": "x"})

    assert (await client.post(PATH, {"remoteId": "O-1", "currency": "SEK"})).refusal == (
        409, "RemoteIdTaken", "remoteId",
    )  # fmt: skip
    theirs = await other.made(PATH, {"remoteId": "O-1", "currency": "SEK"})
    assert theirs["localId"] != made["localId"]
    upsert = {"updateOnRemoteId": "true"}
    changed = await client.post(PATH, {"remoteId": "O-1", "comment": "y"}, params=upsert)
    assert (changed.status, changed.json["localId"], changed.json["comment"]) == (200, made["localId"], "y")
    answers = await asyncio.gather(
        *(client.post(PATH, {"remoteId": "O-2", "currency": "SEK"}, params=upsert) for _ in range(10))
    )
    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert len({answer.json["localId"] for answer in answers}) == 1
    assert (await client.post(PATH, {}, params={"updateOnRemoteId": "1"})).refusal[:2] == (400, "ParameterMalformed")


async def test_each_connection_has_its_own_number_for_people(client, other):
    made = await client.made(PATH, {"currency": "SEK", "remoteOrderNo": "5001"})
    path = f"{PATH}/{made['localId']}"

    theirs = await other.changed(path, {"remoteOrderNo": "A-9", "remoteId": "9"})

    assert theirs["remoteOrderNo"] == "A-9"
    assert {id: one["remoteRef"] for id, one in theirs["remoteRefMap"].items()} == {client.id: "5001", other.id: "A-9"}
    assert (await client.get(path)).json["remoteOrderNo"] == "5001"
    for caller, number, found in ((client, "5001", 1), (other, "A-9", 1), (client, "A-9", 0)):
        value = {"type": "str", "value": number}
        body = {"filter": {"type": "eq", "field": "remoteOrderNo", "value": value}}
        assert len((await caller.post(f"{PATH}/query", body)).json) == found


async def test_lists_show_what_changed_and_queries_filter_and_sort(client):
    first = await client.made(PATH, {"currency": "SEK", "customerType": "person", "remoteOrderNo": "b"})
    second = await client.made(
        PATH, {"currency": "EUR", "remoteOrderNo": "a", "orderDate": "2020-01-01T00:00:00Z", "source": {"code": "s"}}
    )
    first = await client.changed(f"{PATH}/{first['localId']}", {"comment": "x"})

    async def found(filter, *order):
        body = {"filter": filter, "order": [{"field": name} for name in order]}
        return [one["localId"] for one in (await client.post(f"{PATH}/query", body)).json]

    def eq(field, value, kind="str"):
        return {"type": "eq", "field": field, "value": {"type": kind, "value": value}}

    listed = await client.get(PATH, params={"modifiedAtOrAfter": first["lastModified"]})
    assert listed.json[-1] == first
    assert await found(None, "remoteOrderNo") == [second["localId"], first["localId"]]
    assert await found(None, "orderDate") == [second["localId"], first["localId"]]
    assert await found(eq("currency", "EUR")) == [second["localId"]]
    assert await found(eq("customerType", "person", "enum")) == [first["localId"]]
    assert await found(eq("orderType", "sales", "enum"), "created") == [first["localId"], second["localId"]]
    assert await found(eq("source.code", "s")) == [second["localId"]]
    assert len(await found(eq("source.connectionId", client.id))) == 2
    assert await found(eq("orderDate", "2020-01-01T00:00:00Z", "datetime")) == [second["localId"]]
    refused = await client.post(f"{PATH}/query", {"order": [{"field": "orderStatus"}]})
    assert refused.refusal == (400, "OrderFieldNotSortable", "field")


async def test_a_deleted_order_is_a_tombstone_that_other_wires_do_not_see(client):
    made = await client.made(PATH, {"currency": "SEK", "remoteId": "O-1"})
    path = f"{PATH}/{made['localId']}"

    gone = await client.delete(path)

    assert (gone.status, gone.json["deleted"], gone.json["remoteId"]) == (200, True, None)
    assert (await client.delete(path)).json == gone.json == (await client.get(path)).json
    assert (await client.put(path, {})).refusal[:2] == (409, "RecordDeleted")
    assert [one["deleted"] for one in (await client.get(PATH)).json] == [True]
    assert (await client.get(PATH, params={"deletedFlag": "not-deleted"})).json == []
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        page = await orders.heads(tx, client.shop.caller, Query(walks=False))
    assert page.total == 0
    assert (await client.made(PATH, {"currency": "SEK", "remoteId": "O-1"}))["localId"] != made["localId"]


async def test_an_order_is_its_tenants_alone(client, hub, http, address):
    made = await client.made(PATH, {"currency": "SEK", "remoteId": "O-1"})
    stranger = await client_of(http, address, await make.shop(hub))
    path = f"{PATH}/{made['localId']}"

    for method in ("GET", "PUT", "DELETE"):
        answer = await stranger.call(method, path, {} if method == "PUT" else None)
        assert answer.refusal[:2] == (404, "NoSuchRecord")
    assert (await stranger.get(f"{PATH}/by-remote-id", params={"remoteId": "O-1"})).refusal[1] == "NoSuchRemoteId"
    assert (await stranger.get(PATH)).json == []
    assert (await client.call("PATCH", path, {})).refusal[:2] == (405, "MethodNotAllowed")


async def test_what_another_wire_wrote_is_kept(client):
    record = await make.order(
        client.shop,
        {"sku": "A", "quantity": Decimal(2), "price": Decimal("9.5"), "total": Decimal(18), "supplier": "x",
         "extensions": {"pluggto": {"k": 1}}},
        total=Decimal(23), shipping=Decimal(5), currency="SEK", sub_status="picking",
        payer={"first_name": "Ana", "phone_area": "11", "phone": "5555", "address": {"street": "Rua", "number": "7"}},
        extensions={"pluggto": {"k": 2}},
    )  # fmt: skip
    path = f"{PATH}/{record.id.hex}"
    shown = (await client.get(path)).json
    assert (shown["totalSumExclVat"], shown["totalVat"]) == (money("23.00"), None)
    assert (shown["billingAddress"]["address1"], shown["billingAddress"]["phone"]) == ("Rua, 7", "115555")

    shown["orderRows"][0]["title"] = "Namn"
    shown["billingAddress"]["city"] = "Lund"
    await client.changed(f"{path}?suppressTotalsRecalc=true", shown)

    after = await stored(client, record.id.hex)
    (line,), (old,) = after.lines, record.value.lines
    assert (line.id, line.name, line.total, line.supplier) == (old.id, "Namn", Decimal(18), "x")
    assert (line.extensions, after.extensions) == (old.extensions, record.value.extensions)
    assert (after.payer.phone_area, after.payer.address.number, after.payer.address.city) == ("11", "7", "Lund")
    assert (after.total, after.shipping, after.sub_status) == (Decimal(23), Decimal(5), "picking")


async def test_what_a_deleted_order_held_in_stock_may_be_sold_again(client):
    await make.product(client.shop, "A", quantity=10)
    goods = {"sku": "A", "quantity": Decimal(4), "price": Decimal(5)}
    record = await make.order(client.shop, goods, reserves_stock=True, currency="SEK")

    async def stock():
        (product,) = (await client.get("/product")).json
        return Decimal(product["stock"])

    assert await stock() == 6
    await client.delete(f"{PATH}/{record.id.hex}")
    assert await stock() == 10
