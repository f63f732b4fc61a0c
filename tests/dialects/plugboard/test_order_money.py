"""What payments do to their order, and what it shows of them (specification 14.1 and 16, A14)."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from plughub import app
from plughub.core import events, orders, webhooks
from plughub.core.patch import Merge
from plughub.delivery import relay
from tests import make
from tests.dialects.plugboard.conftest import client_of

PAYMENT, EVENT = "/payment", "/paymenttransactionevent"


def sek(amount, **more):
    return {"currency": "SEK", "amount": amount, **more}


async def ordered(client, remote_id="O-5001"):
    """An order of 273.00 (A11)."""
    rows = [{"sku": "TE-77", "qty": "1", "pricePerUnitExclVat": sek("218.40"), "vatRatePercent": "25"}]
    return await client.made("/order", {"remoteId": remote_id, "currency": "SEK", "orderRows": rows})


def event(kind="capture", amount="273.00", order="O-5001", **more):
    return {"order": {"remoteId": order}, "eventType": kind, "amount": sek(amount), **more}


async def seen(client, order):
    return (await client.get(f"/order/{order['localId']}")).json


async def told(client, order):
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return await events.history(tx, client.shop.tenant.id, "order", UUID(order["localId"]))


async def test_a_capture_pays_the_order_and_moves_it(client, other):
    order = await ordered(client)
    assert (order["paymentStatus"], order["payments"], order["paymentTransactionEvents"]) == ("unpaid", [], [])

    made = await client.made(EVENT, event(time="2021-05-04T07:00:00Z", transactionId="tx-1"))

    shown = await seen(client, order)
    unlisted = {"remoteId", "remoteIdMap", "remoteRefMap", "deleted", "source", "order"}
    assert shown["paymentTransactionEvents"] == [{k: v for k, v in made.items() if k not in unlisted}]
    assert shown["paymentStatus"] == "paid"
    assert shown["orderStatus"] == "new"
    first, last = await told(client, order)
    assert last.occurred_at > first.occurred_at
    changes = {change.field: change.after for change in last.changes}
    assert changes["payment_status"] == "paid"
    assert changes[f"payment_events[{made['localId']}]"]["transaction"] == "tx-1"
    assert (last.action, last.version, last.silent) == ("updated", 2, False)
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        moved = await orders.by_id(tx, client.shop.caller, UUID(order["localId"]))
    assert moved.changed_at > moved.created_at
    assert (await other.get("/order")).json[0]["paymentTransactionEvents"] == shown["paymentTransactionEvents"]


async def test_a_list_that_was_read_before_shows_what_has_happened_since(client):
    order = await ordered(client)
    before = (await client.post("/order/query", {})).json

    made = await client.made(EVENT, event("authorization"))
    between = (await client.post("/order/query", {})).json
    await client.changed(f"{EVENT}/{made['localId']}", {"transactionId": "tx-2"})
    after = (await client.post("/order/query", {})).json

    assert [one[0]["paymentStatus"] for one in (before, between, after)] == ["unpaid", "authorized", "authorized"]
    assert after[0]["paymentTransactionEvents"][0]["transactionId"] == "tx-2"
    assert len(await told(client, order)) == 3
    query = {"filter": {"type": "eq", "field": "paymentStatus", "value": {"type": "str", "value": "authorized"}}}
    assert [one["localId"] for one in (await client.post("/order/query", query)).json] == [order["localId"]]


async def test_an_event_that_changes_moves_or_goes_is_counted_as_it_is_now(client):
    first, second = await ordered(client), await ordered(client, "O-5002")
    path = f"{EVENT}/{(await client.made(EVENT, event('authorization')))['localId']}"

    async def states():
        return [(await seen(client, order))["paymentStatus"] for order in (first, second)]

    await client.changed(path, {"eventType": "capture", "amount": sek("100")})
    assert await states() == ["partly-paid", "unpaid"]
    await client.changed(path, {"order": {"remoteId": "O-5002"}})
    assert await states() == ["unpaid", "partly-paid"]
    assert (await seen(client, first))["paymentTransactionEvents"] == []
    assert (await client.delete(path)).status == 200
    assert await states() == ["unpaid", "unpaid"]
    assert (await seen(client, second))["paymentTransactionEvents"] == []


async def test_what_says_nothing_of_money_leaves_the_state_and_no_change_tells_nobody(client):
    order = await ordered(client)
    path = f"{EVENT}/{(await client.made(EVENT, event()))['localId']}"
    await client.changed(f"/order/{order['localId']}", {"paymentStatus": "refunded"})

    shown = await client.changed(path, {"transactionId": "late"})
    known = await told(client, order)
    await client.changed(path, shown)
    await client.changed(path, {})

    assert (await seen(client, order))["paymentStatus"] == "refunded"
    assert len(await told(client, order)) == len(known) == 4


async def test_events_at_once_all_count(client):
    order = await ordered(client)

    answers = await asyncio.gather(*(client.post(EVENT, event(amount="45.50")) for _ in range(6)))

    assert [answer.status for answer in answers] == [201] * 6
    shown = await seen(client, order)
    assert (shown["paymentStatus"], len(shown["paymentTransactionEvents"])) == ("paid", 6)
    versions = [one.version for one in await told(client, order)]
    assert versions == [1, 2, 3, 4, 5, 6, 7]


async def test_a_payment_is_shown_in_its_order_and_counts_where_no_event_does(client):
    order = await ordered(client)
    body = {"order": {"remoteId": "O-5001"}, "paymentMethod": {"code": "swish"}, "amount": sek("273.00", decimals=2)}

    made = await client.made(PAYMENT, body)
    assert (await seen(client, order))["paymentStatus"] == "unpaid"
    await client.changed(f"{PAYMENT}/{made['localId']}", {"status": "captured"})

    shown = await seen(client, order)
    assert shown["paymentStatus"] == "paid"
    (one,) = shown["payments"]
    assert (one["localId"], one["paymentMethod"]["code"]) == (made["localId"], "swish")
    assert (one["amount"], one["status"]) == (sek("273.00", decimals=2), "captured")
    await client.made(EVENT, event("authorization"))
    assert (await seen(client, order))["paymentStatus"] == "authorized"


async def test_payments_that_another_wire_wrote_are_shown_and_stay(client):
    paid = {"kind": "credit", "method": "visa", "total": Decimal("12.5"), "external": "nsu"}
    placed = await make.order(client.shop, currency="SEK", payments=Merge([paid]))
    path = f"/order/{placed.id.hex}"

    (shown,) = (await client.get(path)).json["payments"]
    await client.changed(path, {"comment": "x", "payments": []})

    assert shown == {
        "href": None, "localId": placed.value.payments[0].id.hex, "created": None, "lastModified": None,
        "invoice": None, "paymentMethod": {"localId": None, "code": "visa"}, "amount": sek("12.50"), "time": None,
        "transactionId": "nsu", "status": None, "customData": {},
    }  # fmt: skip
    assert (await client.get(path)).json["payments"] == [shown]
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        assert (await orders.by_id(tx, client.shop.caller, placed.id)).value.payments == placed.value.payments


@pytest.mark.parametrize(
    ("path", "more"), [(EVENT, {"eventType": "capture"}), (PAYMENT, {"status": "captured"}), (PAYMENT, {})]
)
async def test_money_of_an_order_is_in_its_currency(client, path, more):
    order = await ordered(client)
    body = {"order": {"remoteId": "O-5001"}, "amount": {"currency": "EUR", "amount": "1"}, **more}

    assert (await client.post(path, body)).refusal == (400, "CurrencyMismatch", "amount.currency")

    assert (await client.get(path)).json == []
    assert len(await told(client, order)) == 1


async def test_an_order_that_is_gone_takes_no_more_events_and_keeps_none_from_changing(client):
    order = await ordered(client)
    made = await client.made(EVENT, event())
    assert (await client.delete(f"/order/{order['localId']}")).status == 200

    refused = await client.post(EVENT, {**event(), "order": {"localId": order["localId"]}})
    changed = await client.changed(f"{EVENT}/{made['localId']}", {"amount": sek("1")})

    assert refused.refusal == (400, "ReferenceUnknown", "order")
    assert (changed["amount"], changed["order"]) == (sek("1.00"), {"localId": order["localId"]})


async def test_another_tenants_order_cannot_be_paid(client, http, address, hub):
    order = await ordered(client)
    stranger = await client_of(http, address, await make.shop(hub, currency="SEK"))

    answer = await stranger.post(EVENT, {**event(), "order": {"localId": order["localId"]}})

    assert answer.refusal == (400, "ReferenceUnknown", "order")
    assert (await seen(client, order))["paymentStatus"] == "unpaid"


async def test_payments_of_all_orders_of_a_page_are_one_statement(client, other):
    for at in range(12):
        await ordered(client, str(at))
        await client.made(EVENT, event(order=str(at)))
    some = (await client.get("/order")).json[0]["localId"]
    # The other connection has been seen, and nothing has been rendered for it.
    assert (await other.get("/")).status == 200
    pool = client.shop.hub.pool

    async def trips(request):
        before = pool.round_trips
        answer = await request
        assert answer.status == 200
        return pool.round_trips - before, answer.json

    # Before orders showed their payments it was one less each.
    assert (await trips(client.get(f"/order/{some}")))[0] <= 4
    count, listed = await trips(other.post("/order/query", {}))
    assert [one["paymentStatus"] for one in listed] == ["paid"] * 12
    assert count <= 5
    assert (await trips(other.post("/order/query", {})))[0] <= 1


async def test_other_applications_are_told_that_the_order_has_changed(client):
    order = await ordered(client)
    shop = client.shop
    theirs, _ = await make.connection(shop, "pluggto")
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)
    async with shop.hub.change(shop.tenant.id) as tx:
        url = "https://shop.example/hook"
        endpoint = await webhooks.subscribe(tx, shop.caller, theirs.id, url=url, style="pluggto")

    await client.made(EVENT, event())
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)

    told = [(each.kind, each.action, each.record_id.hex) for each in await make.claim(shop, endpoint)]
    assert told == [("orders", "updated", order["localId"])]
