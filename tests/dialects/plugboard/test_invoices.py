"""Invoices: rows and sums as an order's, and payments that name them (specification 14.2, 14.3, 15, 16, A15)."""

from uuid import UUID

import pytest

from plughub.core import events
from tests import make
from tests.dialects.plugboard.conftest import client_of

PATH = "/invoice"


def sek(amount, **more):
    return {"currency": "SEK", "amount": amount, **more}


def row(**more):
    return {"sku": "TE-77", "qty": "3", "pricePerUnitExclVat": sek("72.00"), "vatRatePercent": "12", **more}


def invoice(*rows, **more):
    return {"invoiceNo": "F-1", "currency": "SEK", "invoiceRows": list(rows or (row(),)), **more}


async def told(client, made):
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return await events.history(tx, client.shop.tenant.id, "invoice", UUID(made["localId"]))


async def test_an_invoice_of_an_order_adds_up_its_rows(client):
    order = await client.made("/order", {"remoteId": "O-5001", "currency": "SEK"})

    made = await client.made(
        PATH, invoice(order={"remoteId": "O-5001"}, invoiceDate="2021-05-04T02:00:00+02:00", customerNo="77")
    )

    expected = {
        "invoiceNo": "F-1", "invoiceType": "debit", "status": "draft", "order": {"localId": order["localId"]},
        "invoiceDate": "2021-05-04T00:00:00Z", "dueDate": None, "currency": "SEK", "customerNo": "77",
        "totalSumExclVat": sek("216.00"), "totalVat": sek("25.92"), "billingAddress": None, "shippingAddress": None,
        "totalTaxes": [{
            "taxType": "vat", "label": None, "percentage": "12", "taxableAmount": sek("216.00"), "tax": sek("25.92"),
            "customData": {},
        }],
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected
    (line,) = made["invoiceRows"]
    assert (line["rowType"], line["vatRatePercent"], line["vatPerUnit"]) == ("product", "12", sek("8.64"))
    assert line["perUnitTaxes"] == [{**expected["totalTaxes"][0], "taxableAmount": sek("72.00"), "tax": sek("8.64")}]


async def test_rows_of_all_kinds_count_as_in_an_order_and_in_other_wires_words_not_at_all(client):
    rows = [
        row(pricePerUnitExclVat=sek("72.00", decimals=2), rowDiscountExclVat=sek("24.00")),
        {"rowType": "shippingfee", "title": "Frakt", "pricePerUnitExclVat": sek("39.20"),
         "perUnitTaxes": [{"taxType": "vat", "percentage": "25"}]},
        {"rowType": "discount", "title": "Vänrabatt", "pricePerUnitExclVat": sek("-16.00"), "vatRatePercent": "12"},
        {"rowType": "comment", "comment": "Ring på"},
    ]  # fmt: skip
    sold = await client.made(
        "/product", {"sku": "TE-77", "title": "Te", "vatRatePercent": "12", "stock": "4", "stockType": "stocked"}
    )

    made = await client.made(PATH, invoice(*rows))
    order = await client.made("/order", {"currency": "SEK", "orderRows": rows})

    assert (made["totalSumExclVat"], made["totalVat"]) == (sek("239.20"), sek("33.80"))
    assert made["totalTaxes"] == order["totalTaxes"]
    assert made["invoiceRows"][0]["product"] == {"localId": sold["localId"]}
    unnamed = [{k: v for k, v in line.items() if k != "localId"} for line in made["invoiceRows"]]
    assert unnamed == [{k: v for k, v in line.items() if k != "localId"} for line in order["orderRows"]]
    assert (await client.get(f"/product/{sold['localId']}")).json["stock"] == "4"


async def test_totals_are_taken_as_sent_or_follow_from_rows(client):
    made = await client.made(f"{PATH}?suppressTotalsRecalc=true", invoice(totalVat=sek("1", decimals=4)))
    path = f"{PATH}/{made['localId']}"
    assert (made["totalSumExclVat"], made["totalVat"]) == (None, sek("1.0000", decimals=4))

    (line,) = made["invoiceRows"]
    kept = await client.changed(path, {"status": "sent"})
    computed = await client.changed(
        path, {"invoiceRows": [{"localId": line["localId"], "qty": "2"}], "totalVat": sek("9")}
    )

    assert kept == {**made, "status": "sent", "lastModified": kept["lastModified"]}
    assert computed["invoiceRows"] == [{**line, "qty": "2"}]
    assert (computed["totalSumExclVat"], computed["totalVat"]) == (sek("144.00"), sek("17.28"))
    assert (await client.changed(path, {"invoiceRows": []}))["invoiceRows"] == []


async def test_a_row_that_gets_another_sku_is_tied_to_those_goods(client):
    goods = {"title": "Te", "vatRatePercent": "12", "stock": "4", "stockType": "stocked"}
    first, second = [await client.made("/product", {"sku": sku, **goods}) for sku in ("A", "B")]
    for path, rows in (("/order", "orderRows"), (PATH, "invoiceRows")):
        made = await client.made(path, {"currency": "SEK", rows: [row(sku="A")]})
        (line,) = made[rows]
        assert line["product"] == {"localId": first["localId"]}

        where = f"{path}/{made['localId']}"
        other = await client.changed(where, {rows: [{"localId": line["localId"], "sku": "B"}]})
        unknown = await client.changed(where, {rows: [{"localId": line["localId"], "sku": "C"}]})

        assert other[rows] == [{**line, "sku": "B", "product": {"localId": second["localId"]}}]
        assert unknown[rows] == [{**line, "sku": "C", "product": None}]


async def test_what_was_read_and_comes_back_changes_nothing(client):
    address = {"firstName": "Åsa", "city": "Växjö", "country": "se"}
    taxes = [{"percentage": "25", "tax": sek("18.001", decimals=3), "customData": {"|x-a|k": {"value": "v"}}}]
    made = await client.made(PATH, invoice(row(perUnitTaxes=taxes), billingAddress=address, remoteId="i1"))
    assert made["billingAddress"]["country"] == "SE"
    assert made["invoiceRows"][0]["perUnitTaxes"][0]["tax"] == sek("18.001", decimals=3)
    assert made["totalVat"] == sek("54.00")

    for body in ({}, made, {"invoiceRows": made["invoiceRows"]}):
        assert await client.changed(f"{PATH}/{made['localId']}", body) == made

    assert len(await told(client, made)) == 1


async def test_invoices_are_found_by_state_date_and_remote_id(client):
    draft = await client.made(PATH, invoice(remoteId="i/1", dueDate="2021-06-01T00:00:00Z"))
    sent = await client.made(PATH, invoice(invoiceType="credit", status="sent", invoiceNo="F-2"))

    async def found(field, kind, value):
        query = {
            "filter": {"type": "eq", "field": field, "value": {"type": kind, "value": value}},
            "order": [{"field": "invoiceNo", "direction": "descending"}],
        }
        return [one["localId"] for one in (await client.post(f"{PATH}/query", query)).json]

    assert await found("status", "enum", "draft") == [draft["localId"]]
    assert await found("invoiceType", "enum", "credit") == [sent["localId"]]
    assert await found("dueDate", "datetime", "2021-06-01T00:00:00Z") == [draft["localId"]]
    assert await found("currency", "str", "SEK") == [sent["localId"], draft["localId"]]
    assert (await client.get(f"{PATH}/by-remote-id", params={"remoteId": "i/1"})).json == draft
    unsorted = {"order": [{"field": "status"}]}
    assert (await client.post(f"{PATH}/query", unsorted)).refusal[:2] == (400, "InvoiceFieldNotSortable")
    gone = await client.delete(f"{PATH}/{draft['localId']}")
    assert gone.json["deleted"] is True
    assert (await client.get(f"{PATH}/by-remote-id", params={"remoteId": "i/1"})).status == 404
    upserted = await client.post(f"{PATH}?updateOnRemoteId=true", {"remoteId": "i/1", "currency": "SEK"})
    assert upserted.status == 201


async def test_a_payment_names_its_invoice(client):
    made = await client.made(PATH, invoice(remoteId="i1"))

    paid = await client.made("/payment", {"invoice": {"remoteId": "i1"}, "amount": sek("241.92")})

    assert paid["invoice"] == {"localId": made["localId"]}
    assert await client.changed(f"/payment/{paid['localId']}", paid) == paid
    assert (await client.changed(f"/payment/{paid['localId']}", {"invoice": None}))["invoice"] is None
    nobody = {"invoice": {"localId": "0" * 32}, "amount": sek("1")}
    assert (await client.post("/payment", nobody)).refusal == (400, "ReferenceUnknown", "invoice.localId")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"currency": None}, ("FieldRequired", "currency")),
        ({"currency": "ZZZ"}, ("CurrencyUnknown", "currency")),
        ({"currency": "EUR"}, ("CurrencyMismatch", "invoiceRows[0].pricePerUnitExclVat.currency")),
        ({"totalVat": {"currency": "EUR", "amount": "1"}}, ("CurrencyMismatch", "totalVat.currency")),
        ({"status": "lost"}, ("FieldEnum", "status")),
        ({"invoiceType": "Debit"}, ("FieldEnum", "invoiceType")),
        ({"invoiceDate": "2021-05-04"}, ("DateTimeMalformed", "invoiceDate")),
        ({"billingAddress": {"country": "SWE"}}, ("CountryUnknown", "billingAddress.country")),
        ({"invoiceRows": [{"sku": "A"}]}, ("FieldRequired", "invoiceRows[0].qty")),
        ({"invoiceRows": {}}, ("FieldType", "invoiceRows")),
        ({"order": {"remoteId": "nobody"}}, ("ReferenceUnknown", "order.remoteId")),
    ],
)
async def test_an_invoice_that_is_not_right_is_refused_and_nothing_kept(client, change, expected):
    assert (await client.post(PATH, invoice(**change))).refusal == (400, *expected)

    assert (await client.get(PATH)).json == []
    made = await client.made(PATH, invoice())
    assert (await client.put(f"{PATH}/{made['localId']}", change)).refusal[:2] == (
        (400, "CurrencyMismatch") if change == {"currency": "EUR"} else (400, expected[0])
    )
    assert (await client.get(f"{PATH}/{made['localId']}")).json == made


async def test_another_tenant_sees_none_of_it(client, http, address, hub):
    made = await client.made(PATH, invoice())
    stranger = await client_of(http, address, await make.shop(hub))

    assert (await stranger.get(f"{PATH}/{made['localId']}")).refusal == (404, "NoSuchRecord", "localId")
    named = {"invoice": {"localId": made["localId"]}, "amount": sek("1")}
    assert (await stranger.post("/payment", named)).refusal == (400, "ReferenceUnknown", "invoice")
