"""Order rows of all kinds, their taxes, and the sums of an order (specification 14.2, 14.3 and 15)."""

import random
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest

from plughub.dialects.pluggto.ids import spell
from tests.dialects.plugboard.test_orders import PATH, money, row, stored
from tests.dialects.pluggto import conftest as pluggto

DISCOUNT = {"rowType": "discount", "sku": "discount", "title": "A discount", "qty": "1"}


async def ordered(client, *rows, **more):
    return await client.made(PATH, {"currency": "SEK", "orderRows": list(rows), **more})


async def test_the_appendixs_order_comes_to_its_sums(client):
    rows = [
        {"rowType": "product", "sku": "TE-77", "title": "Grönt te", "qty": "3",
         "pricePerUnitExclVat": money("72.00", decimals=2), "rowDiscountExclVat": money("24.00", decimals=2),
         "vatRatePercent": "12"},
        {"rowType": "shippingfee", "title": "Frakt", "pricePerUnitExclVat": money("39.20", decimals=2),
         "perUnitTaxes": [{"taxType": "vat", "percentage": "25"}]},
        {"rowType": "discount", "title": "Vänrabatt", "pricePerUnitExclVat": money("-16.00", decimals=2),
         "vatRatePercent": "12"},
        {"rowType": "comment", "comment": "Ring på"},
    ]  # fmt: skip

    made = await ordered(client, *rows, totalVat=money("1"), customerType="person")

    assert (made["totalSumExclVat"], made["totalVat"]) == (money("239.20"), money("33.80"))
    sums = [(tax["taxType"], tax["percentage"], tax["taxableAmount"], tax["tax"]) for tax in made["totalTaxes"]]
    assert sums == [
        ("vat", "12", money("200.00"), money("24.00")),
        ("vat", "25", money("39.20"), money("9.80")),
    ]
    goods, fee, _, comment = made["orderRows"]
    assert goods["pricePerUnitExclVat"] == money("72.00", decimals=2)
    assert (goods["vatPerUnit"], goods["perUnitTaxes"][0]["tax"]) == (money("8.64", decimals=2),) * 2
    assert (fee["qty"], fee["vatRatePercent"], fee["vatPerUnit"]["amount"]) == ("1", "25", "9.80")
    assert (comment["comment"], comment["qty"], comment["pricePerUnitExclVat"], comment["perUnitTaxes"]) == (
        "Ring på", None, None, [],
    )  # fmt: skip
    assert len({one["localId"] for one in made["orderRows"]}) == 4
    assert (await stored(client, made["localId"])).total == Decimal("273.00")


@pytest.mark.parametrize(("discount", "expected"), [(None, "200.00"), ("-20.00", "180.00"), ("-10.00", "190.00")])
async def test_the_vendors_discounts_are_in_the_price_or_in_rows(client, discount, expected):
    rows = [row(pricePerUnitExclVat=money("200.00", decimals=2), rowDiscountExclVat=money("20", decimals=0))]
    if discount:
        rows.append({**DISCOUNT, "pricePerUnitExclVat": money(discount, decimals=2)})

    made = await ordered(client, *rows)

    assert made["totalSumExclVat"] == money(expected)
    assert made["orderRows"][0]["rowDiscountExclVat"]["amount"] == "20.00"


@pytest.mark.parametrize(
    "kind",
    ["product", "paymentfee", "shippingfee", "handlingfee", "discount", "voucher", "comment", "rounding"],
)
async def test_each_kind_of_row_is_kept_and_counts(client, kind):
    words = {"comment": "x"} if kind == "comment" else {"pricePerUnitExclVat": money("-0.375"), "qty": "2.5"}
    made = await ordered(client, {"rowType": kind, "sku": "x", **words})

    (shown,) = made["orderRows"]
    assert (shown["rowType"], shown["sku"]) == (kind, "x")
    assert made["totalSumExclVat"] == money("0.00" if kind == "comment" else "-0.9375")
    assert shown["qty"] == (None if kind == "comment" else "2.5")


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (row(rowType="freight"), ("FieldEnum", "rowType")),
        (row(qty=None), ("FieldRequired", "qty")),
        (row(qty="1,5"), ("DecimalMalformed", "qty")),
        (row(pricePerUnitExclVat=None), ("FieldRequired", "pricePerUnitExclVat")),
        (row(pricePerUnitExclVat={"amount": "1"}), ("MoneyIncomplete", "pricePerUnitExclVat.currency")),
        (
            row(pricePerUnitExclVat={"currency": "EUR", "amount": "1"}),
            ("CurrencyMismatch", "pricePerUnitExclVat.currency"),
        ),
        (row(vatPerUnit={"currency": "EUR", "amount": "1"}), ("CurrencyMismatch", "vatPerUnit.currency")),
        (row(sku=None, title=None), ("FieldRequired", "sku")),
        (row(vatRatePercent="101"), ("FieldRange", "vatRatePercent")),
        (row(perUnitTaxes=[{"percentage": "-1"}]), ("FieldRange", "perUnitTaxes[0].percentage")),
        (row(perUnitTaxes=[{"taxType": "x"}]), ("FieldEnum", "perUnitTaxes[0].taxType")),
        (row(perUnitTaxes=[{}]), ("FieldRequired", "perUnitTaxes[0].percentage")),
        (row(perUnitTaxes={}), ("FieldType", "perUnitTaxes")),
        (row(customData={"||": {}}), ("CustomDataKey", "customData.||")),
        ({"rowType": "comment", "comment": " "}, ("FieldRequired", "comment")),
        ({"rowType": "shippingfee"}, ("FieldRequired", "pricePerUnitExclVat")),
        ("x", ("FieldType", None)),
    ],
)
async def test_a_bad_row_is_refused_by_its_place(client, bad, expected):
    answer = await client.post(PATH, {"currency": "SEK", "orderRows": [row(), bad]})

    name, field = expected
    assert answer.refusal == (400, name, f"orderRows[1].{field}" if field else "orderRows[1]")
    assert (await client.get(PATH)).json == []


async def test_a_row_that_names_itself_keeps_its_id_and_what_it_does_not_say(client):
    made = await ordered(client, row(vatRatePercent="12", remoteId="r"), row(sku="B"))
    path = f"{PATH}/{made['localId']}"
    first, second = made["orderRows"]

    changed = await client.changed(path, {"orderRows": [{"localId": second["localId"], "qty": "3"}, row(sku="C")]})

    kept, fresh = changed["orderRows"]
    assert kept == {**second, "qty": "3"}
    assert fresh["localId"] not in (first["localId"], second["localId"])
    assert changed["totalSumExclVat"] == money("320.00")
    twice = {"orderRows": [{"localId": kept["localId"]}] * 2}
    assert (await client.put(path, twice)).refusal == (400, "FieldRange", "orderRows[1].localId")


async def test_totals_are_taken_as_sent_or_follow_from_rows(client):
    made = await ordered(client, row(vatRatePercent="12"))
    path = f"{PATH}/{made['localId']}"
    assert made["totalVat"] == money("9.60")

    taken = await client.changed(f"{path}?suppressTotalsRecalc=TRUE", {"totalVat": money("9.61")})
    alone = await client.changed(path, {"totalVat": money("9.62", decimals=4)})
    told = {"orderRows": [row(qty="2")], "totalSumExclVat": money("1"), "totalVat": money("1")}
    kept = await client.changed(f"{path}?suppressTotalsRecalc=true", told)
    computed = await client.changed(path, told)

    assert taken["totalVat"] == money("9.61")
    assert alone["totalVat"] == money("9.6200", decimals=4)
    assert (kept["totalSumExclVat"], kept["totalVat"]) == (money("1.00"), money("1.00"))
    assert (computed["totalSumExclVat"], computed["totalVat"]) == (money("160.00"), money("0.00"))
    assert (await client.put(f"{path}?suppressTotalsRecalc=ja", {})).refusal[:2] == (400, "ParameterMalformed")


async def test_the_two_forms_of_taxes_follow_each_other(client):
    made = await ordered(client, row(vatRatePercent="12"))
    path = f"{PATH}/{made['localId']}"
    (first,) = made["orderRows"]
    assert first["perUnitTaxes"] == [
        {"taxType": "vat", "label": None, "percentage": "12", "taxableAmount": money("80.00"), "tax": money("9.60"),
         "customData": {}}
    ]  # fmt: skip

    async def changed(**fields):
        answer = await client.changed(path, {"orderRows": [{"localId": first["localId"], **fields}]})
        (shown,) = answer["orderRows"]
        return shown["vatRatePercent"], shown["vatPerUnit"]["amount"], len(shown["perUnitTaxes"])

    # A whole row sent back with one field edited means that field.
    assert await changed(**{**first, "vatRatePercent": "25"}) == ("25", "20.00", 1)
    # What was computed follows the price; what was told does not.
    assert await changed(pricePerUnitExclVat=money("40")) == ("25", "10.00", 1)
    assert await changed(vatPerUnit=money("5")) == ("12.50", "5.00", 1)
    assert await changed(pricePerUnitExclVat=money("80")) == ("12.50", "5.00", 1)
    assert await changed(vatRatePercent="6", perUnitTaxes=[{"percentage": "25", "tax": money("19.99")}]) == (
        "25", "19.99", 1,
    )  # fmt: skip
    two = [{"percentage": "10"}, {"percentage": "5"}, {"taxType": "salestax", "percentage": "3"}]
    assert await changed(perUnitTaxes=two) == (None, "12.00", 3)
    assert await changed(vatRatePercent=None, vatPerUnit=None) == ("0", "0.00", 1)
    assert await changed(perUnitTaxes=[]) == ("0", "0.00", 0)


async def test_sums_are_those_of_the_specification_for_any_rows(client):
    chance = random.Random(14)

    def amount(digits):
        return f"{Decimal(chance.randint(-99999, 99999)).scaleb(-digits):f}"

    for _ in range(15):
        rows = [
            row(qty=amount(1), pricePerUnitExclVat=money(amount(3)), perUnitTaxes=[{"tax": money(amount(4))}])
            for _ in range(chance.randint(1, 6))
        ]
        made = await ordered(client, *rows)
        net = sum(Decimal(one["qty"]) * Decimal(one["pricePerUnitExclVat"]["amount"]) for one in rows)
        cent = Decimal("0.01")
        tax = sum(
            (Decimal(one["qty"]) * Decimal(one["perUnitTaxes"][0]["tax"]["amount"])).quantize(cent, ROUND_HALF_UP)
            for one in rows
        )
        assert Decimal(made["totalSumExclVat"]["amount"]) == net
        assert Decimal(made["totalVat"]["amount"]) == tax


async def test_another_wire_sees_goods_and_keeps_the_rest(client, http, address):
    fee = {"rowType": "shippingfee", "title": "Frakt", "pricePerUnitExclVat": money("39.20")}
    made = await ordered(client, row(qty="2", vatRatePercent="12"), fee, {"rowType": "comment", "comment": "x"})
    theirs = await pluggto.client_of(http, address, client.shop)
    path = f"/orders/{spell(UUID(made['localId']))}"

    order = (await theirs.get(path)).json["Order"]
    (item,) = order["items"]
    assert (item["sku"], item["quantity"], item["price"]) == ("TE-77", 2, 80)
    assert order["total"] == Decimal("218.4")

    answer = await theirs.put(path, {"items": [{"id": item["id"], "quantity": 3}], "status": "approved"})

    assert answer.status == 200, answer.text
    after = (await client.get(f"{PATH}/{made['localId']}")).json
    assert [one["qty"] for one in after["orderRows"]] == ["3", "1", None]
    assert (after["orderStatus"], after["paymentStatus"]) == ("processing", "unpaid")
    assert after["orderRows"][1:] == made["orderRows"][1:]
