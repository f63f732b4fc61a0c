"""Payment methods, payments, events, settlements, tills (specification 15 and 16, A14, A16 to A18)."""

from uuid import UUID

import pytest

from plughub.core import connections, events
from plughub.core.caller import Caller
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of


def sek(amount: str) -> dict[str, str]:
    return {"currency": "SEK", "amount": amount}


def vat(percentage: str, taxable: str, tax: str, **facts: object) -> dict[str, object]:
    return {
        "taxType": "vat", "label": None, "percentage": percentage, "taxableAmount": sek(taxable), "tax": sek(tax),
        "customData": {}, **facts,
    }  # fmt: skip


async def order(client: Client, remote_id: str = "O-5001") -> str:
    placed = await make.order(client.shop)
    mine = client.shop.caller
    caller = Caller(
        tenant=mine.tenant, company=mine.company, actor="test", language=mine.language, currency=mine.currency,
        connection=client.connection.id,
    )  # fmt: skip
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await connections.set_remote_id(tx, caller, "order", placed.id, remote_id, exclusive=True)
    return placed.id.hex


def settlement(**facts: object) -> dict[str, object]:
    row = {
        "type": "sale", "order": {"remoteId": "O-5001"}, "amount": sek("273.00"), "fee": sek("4.00"),
        "feeTaxes": [{"taxType": "vat", "percentage": "25", "taxableAmount": sek("4.00"), "tax": sek("1.00")}],
    }  # fmt: skip
    return {"settlementNo": "S-9", "currency": "SEK", "payoutAmount": sek("268.00"), "rows": [row], **facts}


def report(**facts: object) -> dict[str, object]:
    return {
        "cashRegister": {"remoteId": "k1"}, "reportNo": "17", "currency": "SEK",
        "closedAt": "2021-05-04T20:01:00+02:00",
        "salesTaxes": [vat("25", "1000.00", "250.00")],
        "paymentsByMethod": [{"paymentMethod": {"code": "cash"}, "amount": sek("1250.00")}],
        "rounding": sek("0.00"), **facts,
    }  # fmt: skip


async def made_by_each_path(client: Client) -> dict[str, dict[str, object]]:
    await order(client)
    method = await client.made("/paymentmethod", {"code": "swish", "name": "Swish", "type": "swish"})
    till = await client.made("/cashregister", {"remoteId": "k1", "name": "Kassa 1", "registerNo": "1"})
    payment = {
        "remoteId": "p1", "order": {"remoteId": "O-5001"}, "paymentMethod": {"code": "swish"},
        "amount": {**sek("273.00"), "decimals": 2}, "status": "captured",
    }  # fmt: skip
    event = {
        "order": {"remoteId": "O-5001"}, "payment": {"remoteId": "p1"}, "eventType": "capture",
        "amount": sek("273.00"), "time": "2021-05-04T07:00:00Z", "transactionId": "tx-1", "vatRatePercent": "25",
    }  # fmt: skip
    return {
        "/paymentmethod": method,
        "/cashregister": till,
        "/invoice": await client.made("/invoice", {"currency": "SEK", "invoiceNo": "F-1"}),
        "/payment": await client.made("/payment", payment),
        "/paymenttransactionevent": await client.made("/paymenttransactionevent", event),
        "/settlement": await client.made("/settlement", settlement()),
        "/zreport": await client.made("/zreport", report()),
    }


async def test_what_was_read_and_comes_back_changes_nothing_and_tells_nobody(client, other):
    for path, made in (await made_by_each_path(client)).items():
        async with client.shop.hub.read(client.shop.tenant.id) as tx:
            kind = await tx.value(
                "SELECT kind FROM registry WHERE tenant_id = $1 AND id = $2",
                client.shop.tenant.id, UUID(str(made["localId"])),
            )  # fmt: skip
            told = await events.history(tx, client.shop.tenant.id, kind, UUID(str(made["localId"])))
        where = f"{path}/{made['localId']}"

        for body in ({}, made):
            assert await client.changed(where, body) == made, path
        assert (await client.get(where)).json == made == (await client.get(path)).json[-1]

        async with client.shop.hub.read(client.shop.tenant.id) as tx:
            assert await events.history(tx, client.shop.tenant.id, kind, UUID(str(made["localId"]))) == told, path
        assert (await other.changed(where, {"remoteId": "mine"}))["remoteId"] == "mine"


async def test_another_tenant_sees_none_of_it(client, http, address, hub):
    made = await made_by_each_path(client)
    stranger = await client_of(http, address, await make.shop(hub))

    for path, record in made.items():
        where = f"{path}/{record['localId']}"
        assert (await stranger.get(path)).json == [] == (await stranger.post(f"{path}/query", {})).json
        for answer in (await stranger.get(where), await stranger.put(where, {}), await stranger.delete(where)):
            assert answer.refusal == (404, "NoSuchRecord", "localId")
    body = {"amount": sek("1"), "order": {"localId": str((made["/payment"]["order"] or {})["localId"])}}
    assert (await stranger.post("/payment", body)).refusal == (400, "ReferenceUnknown", "order")


async def test_a_payment_names_its_order_and_its_method(client):
    placed = await order(client)
    made = await client.made("/paymentmethod", {"code": "swish", "name": "Swish", "type": "swish"})
    assert (made["active"], made["name_lang"]) == (True, {"swe": "Swish"})

    body = {"order": {"remoteId": "O-5001"}, "paymentMethod": {"code": "swish"}, "amount": sek("273.0")}
    payment = await client.made("/payment", {**body, "status": "captured"})

    assert payment["order"] == {"localId": placed}
    assert payment["paymentMethod"] == {"localId": made["localId"], "code": "swish"}
    assert (payment["amount"], payment["status"]) == (sek("273.00"), "captured")
    changed = await client.changed(f"/payment/{payment['localId']}", {"order": None, "status": "refunded"})
    assert (changed["order"], changed["status"], changed["amount"]) == (None, "refunded", sek("273.00"))
    query = {"filter": {"type": "eq", "field": "status", "value": {"type": "enum", "value": "refunded"}}}
    assert [one["localId"] for one in (await client.post("/payment/query", query)).json] == [payment["localId"]]


async def test_a_client_that_edits_one_form_of_the_tax_and_writes_all_back_meant_that_form(client):
    body = {"eventType": "capture", "amount": sek("112"), "vatRatePercent": "25", "time": "2021-05-04T07:00:00.7Z"}
    made = await client.made("/paymenttransactionevent", body)
    path = f"/paymenttransactionevent/{made['localId']}"

    changed = await client.changed(path, {**made, "vatRatePercent": "12"})
    both = await client.changed(path, {**changed, "vatRatePercent": "25", "taxes": [vat("6", "105.6604", "6.3396")]})

    assert (changed["vatRatePercent"], changed["vat"]) == ("12", sek("12.00"))
    assert changed["taxes"] == [vat("12", "100.00", "12.00")]
    assert both["vatRatePercent"] == "6"


async def test_a_code_names_one_payment_method(client):
    made = await client.made("/paymentmethod", {"code": "swish"})

    assert (await client.post("/paymentmethod", {"code": "swish"})).refusal[:2] == (409, "KeyTaken")
    await client.delete(f"/paymentmethod/{made['localId']}")
    assert (await client.made("/paymentmethod", {"code": "swish"}))["localId"] != made["localId"]


@pytest.mark.parametrize(
    ("sent", "rate", "amount", "items"),
    [
        ({"vatRatePercent": "25"}, "25", "25.00", [vat("25", "100.00", "25.00")]),
        ({"vatRatePercent": "12"}, "12", "13.3929", [vat("12", "111.6071", "13.3929")]),
        ({"vat": sek("25")}, "25", "25.00", [vat("25", "100.00", "25.00")]),
        ({"vat": sek("5"), "vatRatePercent": "6"}, "6", "5.00", [vat("6", "120.00", "5.00")]),
        ({"taxes": [vat("25", "40", "10"), vat("25", "20", "5")]}, "25", "15.00", None),
        ({"taxes": [vat("25", "40", "10"), vat("12", "20", "2.4")]}, None, "12.40", None),
        ({"taxes": [vat("8", "10", "0.8", taxType="salestax")]}, "0", "0.00", None),
        ({"taxes": []}, "0", "0.00", []),
        ({"taxes": [vat("25", "40", "10")], "vatRatePercent": "12", "vat": sek("99")}, "25", "10.00", None),
        (
            {"taxes": [{"percentage": "25", "taxableAmount": sek("0.10")}]}, "25", "0.025",
            [vat("25", "0.10", "0.025")],
        ),
        ({"taxes": [vat("25", "40", "10.01")]}, "25", "10.01", None),
    ],
)  # fmt: skip
async def test_both_forms_of_tax_are_filled_whichever_was_sent(client, sent, rate, amount, items):
    body = {"eventType": "capture", "amount": sek("125"), **sent}

    made = await client.made("/paymenttransactionevent", body)

    assert (made["vatRatePercent"], made["vat"]) == (rate, sek(amount))
    if items is not None:
        assert made["taxes"] == items
    again = await client.changed(f"/paymenttransactionevent/{made['localId']}", made)
    assert again == made


async def test_the_old_pair_cleared_takes_vat_and_leaves_sales_tax(client):
    sales = vat("8", "10.00", "0.80", taxType="salestax", label="County")
    body = {"eventType": "capture", "amount": sek("125"), "taxes": [vat("25", "40", "10"), sales]}
    made = await client.made("/paymenttransactionevent", body)
    path = f"/paymenttransactionevent/{made['localId']}"

    assert (await client.changed(path, {"vatRatePercent": None}))["taxes"] == [sales]
    assert (await client.changed(path, {"vatRatePercent": "25"}))["taxes"] == [vat("25", "100.00", "25.00")]
    assert (await client.changed(path, {"taxes": None}))["taxes"] == []


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, ("FieldRequired", "eventType")),
        ({"eventType": "capture"}, ("FieldRequired", "amount")),
        ({"eventType": "Capture", "amount": sek("1")}, ("FieldEnum", "eventType")),
        ({"eventType": "capture", "amount": {"currency": "SEK"}}, ("MoneyIncomplete", "amount.amount")),
        ({"vatRatePercent": "101"}, ("FieldRange", "vatRatePercent")),
        ({"taxes": [{"percentage": "-1"}]}, ("FieldRange", "taxes[0].percentage")),
        ({"taxes": [{"taxType": "gst"}]}, ("FieldEnum", "taxes[0].taxType")),
        ({"taxes": {}}, ("FieldType", "taxes")),
        (
            {"taxes": [{"percentage": "1", "tax": {"currency": "EUR", "amount": "1"}}]},
            ("CurrencyMismatch", "taxes[0].tax.currency"),
        ),
        ({"order": {"remoteId": "nope"}}, ("ReferenceUnknown", "order.remoteId")),
        ({"payment": {"localId": "0" * 32}}, ("ReferenceUnknown", "payment.localId")),
        ({"time": "yesterday"}, ("DateTimeMalformed", "time")),
    ],
)
async def test_an_event_that_is_not_right_is_refused(client, sent, expected):
    is_whole = not sent or "eventType" in sent
    body = sent if is_whole else {"eventType": "capture", "amount": sek("125"), **sent}

    answer = await client.post("/paymenttransactionevent", body)

    assert answer.refusal == (400, *expected)
    assert (await client.get("/paymenttransactionevent")).json == []


async def test_a_settlement_is_kept_as_it_was_sent_and_has_no_vat(client):
    placed = await order(client)
    made = await client.made("/settlement", settlement())

    assert not any("vat" in name.lower() for name in _names(made))
    (row,) = made["rows"]
    assert (row["order"], row["amount"], row["fee"]) == ({"localId": placed}, sek("273.00"), sek("4.00"))
    assert row["feeTaxes"] == [vat("25", "4.00", "1.00")]
    path = f"/settlement/{made['localId']}"
    sent = [{"localId": row["localId"], "fee": sek("5")}, {"type": "fee", "amount": sek("-1")}]
    changed = await client.changed(path, {"rows": sent})
    assert [one["localId"] == row["localId"] for one in changed["rows"]] == [True, False]
    assert (changed["rows"][0]["amount"], changed["rows"][0]["fee"]) == (sek("273.00"), sek("5.00"))
    assert changed["rows"][0]["feeTaxes"] == row["feeTaxes"]
    answer = await client.put(path, {"rows": [{"type": "fee", "amount": {"currency": "EUR", "amount": "1"}}]})
    assert answer.refusal == (400, "CurrencyMismatch", "rows[0].amount.currency")
    assert (await client.put(path, {"currency": "EUR"})).refusal == (400, "CurrencyMismatch", "currency")
    assert (await client.put(path, {"rows": [{}]})).refusal == (400, "FieldRequired", "rows[0].type")
    assert (await client.get(path)).json == changed
    answer = await client.post("/settlement", settlement(vatRatePercent="25"))
    assert (answer.status, answer.headers["X-Plughub-Ignored"]) == (201, "vatRatePercent")


async def test_a_z_report_stays_as_it_was_recorded(client):
    till = await client.made("/cashregister", {"remoteId": "k1", "name": "Kassa 1"})
    made = await client.made("/zreport", report())

    assert (made["closedAt"], made["cashRegister"]) == ("2021-05-04T18:01:00Z", {"localId": till["localId"]})
    assert made["salesTaxes"] == [vat("25", "1000.00", "250.00")]
    cash = {"paymentMethod": {"localId": None, "code": "cash"}, "amount": sek("1250.00")}
    assert made["paymentsByMethod"] == [cash]
    path = f"/zreport/{made['localId']}"
    assert (await client.post("/zreport", report())).refusal[:2] == (409, "KeyTaken")
    for change in ({"reportNo": "18"}, {"rounding": sek("1")}, {"salesTaxes": []}, {"paymentsByMethod": None}):
        assert (await client.put(path, change)).refusal == (409, "RecordInUse", None)
    assert (await client.delete(path)).refusal == (409, "RecordInUse", None)
    assert (await client.get(path)).json == made
    changed = await client.changed(path, {"remoteId": "z17", "customData": {"|x-bok|ver": {"value": "A1"}}})
    assert (changed["remoteId"], changed["customData"]["|x-bok|ver"]["value"]) == ("z17", "A1")

    await client.made("/cashregister", {"remoteId": "k2", "name": "Kassa 2"})
    assert (await client.made("/zreport", report(cashRegister={"remoteId": "k2"})))["reportNo"] == "17"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"cashRegister": None}, ("FieldRequired", "cashRegister")),
        ({"reportNo": None}, ("FieldRequired", "reportNo")),
        ({"currency": "ZZZ"}, ("CurrencyUnknown", "currency")),
        ({"cashRegister": {"remoteId": "k9"}}, ("ReferenceUnknown", "cashRegister.remoteId")),
        ({"rounding": {"currency": "EUR", "amount": "1"}}, ("CurrencyMismatch", "rounding.currency")),
        ({"paymentsByMethod": [{"amount": sek("1")}]}, ("FieldRequired", "paymentsByMethod[0].paymentMethod")),
        ({"paymentsByMethod": [1]}, ("FieldType", "paymentsByMethod[0]")),
        ({"salesTaxes": [1]}, ("FieldType", "salesTaxes[0]")),
    ],
)
async def test_a_z_report_that_is_not_right_is_refused(client, facts, expected):
    await client.made("/cashregister", {"remoteId": "k1", "name": "Kassa 1"})

    answer = await client.post("/zreport", report(**facts))

    assert answer.refusal == (400, *expected)
    assert (await client.get("/zreport")).json == []


def _names(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(name for one in value.values() for name in _names(one))]
    return [name for one in value for name in _names(one)] if isinstance(value, list) else []


async def test_taxes_are_shown_with_the_digits_that_their_client_asked_for(client):
    exact = {"taxableAmount": {**sek("4.0"), "decimals": 3}, "tax": {**sek("1.0"), "decimals": 3}}
    shown = {"taxableAmount": {**sek("4.000"), "decimals": 3}, "tax": {**sek("1.000"), "decimals": 3}}
    body = {"eventType": "refund", "amount": sek("273.00")}

    listed = await client.made("/paymenttransactionevent", {**body, "taxes": [{**vat("25", "4", "1"), **exact}]})
    pair = await client.made("/paymenttransactionevent", {**body, "vat": {**sek("1"), "decimals": 3}})
    await order(client)
    row = {"type": "fee", "feeTaxes": [{**vat("25", "4", "1"), **exact}, vat("12", "4", "1")]}
    settled = await client.made("/settlement", settlement(rows=[row]))

    assert listed["taxes"] == [{**vat("25", "4", "1"), **shown}]
    assert pair["vat"] == pair["taxes"][0]["tax"] == {**sek("1.000"), "decimals": 3}
    assert settled["rows"][0]["feeTaxes"] == [{**vat("25", "4", "1"), **shown}, vat("12", "4.00", "1.00")]
    for path, made in (
        ("/paymenttransactionevent", listed),
        ("/paymenttransactionevent", pair),
        ("/settlement", settled),
    ):
        assert await client.changed(f"{path}/{made['localId']}", made) == made
