"""Loose input and exact output: numbers, flags, texts, dates, forms, lists (specification 1.2, 2.2 to 2.4)."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import pytest

from plughub.core.hub import Hub
from plughub.dialects.pluggto import kinds
from plughub.dialects.pluggto.kinds import read_date, write_date
from plughub.web.wire import ABSENT
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REFUSED = object()


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One for the whole file: every test makes orders of its own."""
    return await client_of(http, address, await make.shop(hub))


def outcome(kind: Any, value: Any) -> Any:
    try:
        return kind.read(value)
    except ValueError:
        return REFUSED


D = Decimal


@pytest.mark.parametrize(
    ("sent", "num", "int_", "flag"),
    [
        (18, D(18), 18, REFUSED),
        (D("18.0"), D(18), 18, REFUSED),
        ("18", D(18), 18, REFUSED),
        (" 18 ", D(18), 18, REFUSED),
        ("+18", D(18), 18, REFUSED),
        ("-18", D(-18), -18, REFUSED),
        ("18.50", D("18.5"), REFUSED, REFUSED),
        ("18,50", D("18.5"), REFUSED, REFUSED),
        ("1,234.50", D("1234.5"), REFUSED, REFUSED),
        ("1.234,50", D("1234.5"), REFUSED, REFUSED),
        ("1,234,567.8", D("1234567.8"), REFUSED, REFUSED),
        ("1.234.567,8", D("1234567.8"), REFUSED, REFUSED),
        ("1,000", D(1000), 1000, REFUSED),
        ("1,000,000", D(1000000), 1000000, REFUSED),
        ("1.000", D(1), 1, REFUSED),
        ("0,500", D("0.5"), REFUSED, REFUSED),
        (D("7.0"), D(7), 7, REFUSED),
        ("7.0", D(7), 7, REFUSED),
        (1, D(1), 1, True),
        (0, D(0), 0, False),
        (D("1.0"), D(1), 1, True),
        ("1", D(1), 1, True),
        ("0", D(0), 0, False),
        (" 1 ", D(1), 1, True),
        (2, D(2), 2, REFUSED),
        ("", ABSENT, ABSENT, ABSENT),
        ("  ", ABSENT, ABSENT, ABSENT),
        (True, REFUSED, REFUSED, True),
        (False, REFUSED, REFUSED, False),
        ("true", REFUSED, REFUSED, True),
        ("False", REFUSED, REFUSED, False),
        ("yes", REFUSED, REFUSED, REFUSED),
        ("abc", REFUSED, REFUSED, REFUSED),
        ("NaN", REFUSED, REFUSED, REFUSED),
        ("Infinity", REFUSED, REFUSED, REFUSED),
        ("1e3", REFUSED, REFUSED, REFUSED),
        ("0x10", REFUSED, REFUSED, REFUSED),
        ("12,34,56", REFUSED, REFUSED, REFUSED),
        ("1 000", REFUSED, REFUSED, REFUSED),
        ("1.5.5", REFUSED, REFUSED, REFUSED),
        ("R$ 5", REFUSED, REFUSED, REFUSED),
        ("9" * 61, REFUSED, REFUSED, REFUSED),
        ({}, REFUSED, REFUSED, REFUSED),
        ([], REFUSED, REFUSED, REFUSED),
        ([1], REFUSED, REFUSED, REFUSED),
    ],
)
def test_numbers_and_flags_are_read_as_the_table_says(sent: Any, num: Any, int_: Any, flag: Any):
    assert outcome(kinds.NUM, sent) == num
    assert outcome(kinds.INT, sent) == int_
    assert outcome(kinds.FLAG, sent) == flag
    assert outcome(kinds.BOOL, sent) == flag


def test_a_count_is_never_negative():
    assert [outcome(kinds.COUNT, value) for value in ("-1", -1, 0, "2", "")] == [REFUSED, REFUSED, 0, 2, ABSENT]


@pytest.mark.parametrize("sent", [D("1e21"), D("1e-21"), 10**21, "1" * 39, "0." + "1" * 39])
def test_a_number_too_long_to_be_kept_is_refused(sent: Any):
    assert outcome(kinds.NUM, sent) is REFUSED


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (D("18.00"), 18), (D("18.50"), D("18.5")), (D("1.344"), D("1.344")), (D("1E+2"), 100), (D("-0.10"), D("-0.1")),
        (D("123456789012345678.12345678901234567"), D("123456789012345678.12345678901234567")),
    ],
)  # fmt: skip
def test_numbers_are_written_exactly_and_without_trailing_zeros(value: Decimal, shown: Any):
    written = kinds.NUM.write(value)

    assert (written, str(written)) == (shown, str(shown))


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("a", "a"), ("007", "007"), (78900874, "78900874"), (D("3.50"), "3.5"), (0, "0"), ("", None),
        ("Cafe\u0301", "Café"), (True, REFUSED), ([], REFUSED), ({}, REFUSED),
    ],
)  # fmt: skip
def test_texts_take_numbers_and_keep_their_leading_zeros(sent: Any, text: Any):
    assert outcome(kinds.TEXT, sent) == text


@pytest.mark.parametrize(
    ("sent", "text"), [("brl", "BRL"), ("XAU", "XAU"), ("R$", REFUSED), ("REAL", REFUSED), ("", None)]
)
def test_a_currency_has_three_letters(sent: str, text: Any):
    assert outcome(kinds.CURRENCY, sent) == text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2016-11-05", "2016-11-05T00:00:00.000Z"),
        (" 2016-11-05 ", "2016-11-05T00:00:00.000Z"),
        ("2016-11-05T10:11:12", "2016-11-05T10:11:12.000Z"),
        ("2016-11-05 10:11:12", "2016-11-05T10:11:12.000Z"),
        ("2016-11-05T10:11:12Z", "2016-11-05T10:11:12.000Z"),
        ("2016-11-05T10:11:12z", "2016-11-05T10:11:12.000Z"),
        ("2016-11-05T10:11:12.5Z", "2016-11-05T10:11:12.500Z"),
        ("2016-11-05T10:11:12.123456789Z", "2016-11-05T10:11:12.123Z"),
        ("2016-11-05T10:11:12.000+0000", "2016-11-05T10:11:12.000Z"),
        ("2016-11-05T23:11:12-03:00", "2016-11-06T02:11:12.000Z"),
        ("2016-11-05T01:11:12+0300", "2016-11-04T22:11:12.000Z"),
        ("2016-02-29", "2016-02-29T00:00:00.000Z"),
        ("0005-01-01", "0005-01-01T00:00:00.000Z"),
    ],
)
def test_dates_are_read_in_each_form_and_written_in_one(sent: str, shown: str):
    assert write_date(read_date(sent)) == shown
    assert write_date(read_date(shown)) == shown


@pytest.mark.parametrize(
    "sent",
    ["amanhã", "05/11/2016", "2016-13-01", "2015-02-29", "2016-11-05T25:00:00", "0000-00-00", "2016-11", "20161105",
     "2016-11-05T10:11:12+99:99", "9999-12-31T23:59:59-23:59", "2016-11-05x"],
)  # fmt: skip
def test_what_is_no_date_is_refused(sent: str):
    with pytest.raises(ValueError, match=r"date"):
        read_date(sent)


@pytest.mark.parametrize("sent", [5, 0, True, {}, [], 1478304000])
def test_a_date_is_a_text(sent: Any):
    assert outcome(kinds.DATE, sent) is REFUSED


def test_an_empty_date_is_not_sent():
    assert [outcome(kinds.DATE, sent) for sent in ("", "  ")] == [ABSENT, ABSENT]


def test_a_moment_is_shown_to_the_millisecond_and_never_rounded_up():
    assert write_date(datetime(2021, 3, 5, 11, 12, 27, 999_999, UTC)) == "2021-03-05T11:12:27.999Z"


# --- over the wire ------------------------------------------------------------------------------------------


async def created(client: Client, body: Any) -> dict[str, Any]:
    answer = await client.post("/orders", body)
    assert answer.status == 201, answer.text
    order: dict[str, Any] = answer.json["Order"]
    return order


async def changed(client: Client, order: dict[str, Any], body: Any) -> Answer:
    return await client.put(f"/orders/{order['id']}", body)


def refusal(answer: Answer) -> tuple[int, str, str | None]:
    return answer.status, answer.json["type"], answer.json.get("field")


async def test_numbers_flags_and_texts_come_back_typed(client: Client):
    order = await created(
        client,
        {
            "total": "1,234.50", "subtotal": "18,50", "shipping": "1,000", "discount": 0.0, "total_paid": " 18 ",
            "payment_installments": 3, "user_client_id": 129, "ack": "1", "auto_reserve": 0,
            "receiver_zipcode": "05004010",
            "items": [{"sku": 78900874, "quantity": "2", "price": "1.344"}],
            "payments": [{"payment_installments": "03", "payment_total": 100.10}],
            "shipments": [{"nfe_number": 12, "nfe_serie": "001"}],
        },
    )  # fmt: skip

    names = ("total", "subtotal", "shipping", "discount", "total_paid")
    assert [order[name] for name in names] == [D("1234.5"), D("18.5"), 1000, 0, 18]
    assert (order["payment_installments"], order["user_client_id"], order["receiver_zipcode"]) == (
        "3",
        "129",
        "05004010",
    )
    assert (order["ack"], order["auto_reserve"]) == (True, False)
    item = order["items"][0]
    assert (item["sku"], item["quantity"], item["price"], item["total"]) == ("78900874", 2, D("1.344"), D("2.688"))
    assert [type(item[name]) for name in ("quantity", "price")] == [int, D]
    assert (order["payments"][0]["payment_installments"], order["payments"][0]["payment_total"]) == ("03", D("100.1"))
    assert (order["shipments"][0]["nfe_number"], order["shipments"][0]["nfe_serie"]) == ("12", "001")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"total": "abc"}, "total"),
        ({"total": True}, "total"),
        ({"total": {}}, "total"),
        ({"total": []}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": 10**30}, "total"),
        ({"ack": "maybe"}, "ack"),
        ({"update": "maybe"}, "update"),
        ({"currency": "REAIS"}, "currency"),
        ({"receiver_name": {"a": 1}}, "receiver_name"),
        ({"receiver_schedule_period": "morning|afternoon|night"}, "receiver_schedule_period"),
        ({"payer_gender": "male|female|n/a"}, "payer_gender"),
        ({"expected_send_date": "amanhã"}, "expected_send_date"),
        ({"expected_send_date": 20161105}, "expected_send_date"),
        ({"commission": 5}, "commission"),
        ({"commission": {"fixed": "x"}}, "commission.fixed"),
        ({"items": 5}, "items"),
        ({"items": "abc"}, "items"),
        ({"items": [5]}, "items[0]"),
        ({"items": [{"sku": "A"}, {"sku": "B", "quantity": 1.5}]}, "items[1].quantity"),
        ({"items": [{"sku": "A", "quantity": -1}]}, "items[0].quantity"),
        ({"items": [{"sku": "A", "commission": {"tax": "x"}}]}, "items[0].commission.tax"),
        ({"items": [{"sku": "A", "variation": "x"}]}, "items[0].variation"),
        ({"payments": [{"payment_total": "x"}]}, "payments[0].payment_total"),
        ({"shipments": {"date_shipped": "x"}}, "shipments[0].date_shipped"),
        ({"shipments": [{"issues": [{"date": "x"}]}]}, "shipments[0].issues[0].date"),
        (
            {"shipments": [{"shipping_items": [{"sku": "A", "quantity": "x"}]}]},
            "shipments[0].shipping_items[0].quantity",
        ),
        ({"shipments": [{"label_info": "x"}]}, "shipments[0].label_info"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_value_that_cannot_be_converted_is_named(client: Client, method: str, body: Any, field: str):
    order = await created(client, {"total": 1})
    sent = {"receiver_city": "São Paulo", **body}

    answer = await (changed(client, order, sent) if method == "PUT" else client.post("/orders", sent))

    assert refusal(answer) == (400, "invalid_field", field)
    assert answer.json["code"] == 400
    assert answer.json["details"].startswith(f"{field} ")
    assert (await client.get(f"/orders/{order['id']}")).json["Order"] == order


async def test_absent_keeps_null_clears_and_empty_is_absent_but_for_texts(client: Client):
    full = {
        "total": 5, "ack": True, "receiver_name": "Ana", "receiver_city": "Rio", "expected_send_date": "2016-11-05",
        "payer_gender": "female", "currency": "USD", "auto_reserve": True, "sub_status": "x", "external": "E",
    }  # fmt: skip
    order = await created(client, full)

    emptied = await changed(client, order, {**dict.fromkeys(full, ""), "delivery_type": "standard"})
    now = emptied.json["Order"]
    assert {name: now[name] for name in full} == {
        "total": 5, "ack": True, "receiver_name": None, "receiver_city": None,
        "expected_send_date": "2016-11-05T00:00:00.000Z", "payer_gender": "female", "currency": "USD",
        "auto_reserve": True, "sub_status": None, "external": None,
    }  # fmt: skip
    cleared = (await changed(client, order, {**dict.fromkeys(full), "status": None, "id": None})).json["Order"]
    assert {name: cleared[name] for name in full} == {
        **dict.fromkeys(full), "ack": False, "currency": "USD",
    }  # fmt: skip
    assert (cleared["delivery_type"], cleared["status"], cleared["id"]) == ("standard", "pending", order["id"])


@pytest.mark.parametrize("header", [None, "text/plain", "application/x-www-form-urlencoded", "application/json"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b" \r\n\t", b"\xef\xbb\xbf\n"])
async def test_json_is_known_by_its_content(client: Client, header: str | None, before: bytes):
    headers = {"Content-Type": header} if header else {}
    body = before + json.dumps({"receiver_name": "João"}).encode()

    made = await client.post("/orders", data=body, headers=headers)
    assert (made.status, made.json["Order"]["receiver_name"]) == (201, "João")
    order = made.json["Order"]
    put = await client.put(f"/orders/{order['id']}", data=before + b'{"total":"9"}', headers=headers)
    assert (put.status, put.json["Order"]["total"]) == (200, 9)


async def test_json_without_any_content_type_header(client: Client):
    """One client's POST and PUT say nothing at all about their bodies (C)."""
    url = f"{client.base}/orders?access_token={client.token}"

    async with client.http.post(url, data=b'{"total":3}', skip_auto_headers=["Content-Type"]) as answer:
        assert (answer.status, (await answer.json())["Order"]["total"]) == (201, 3)


BRACKETS = {
    "receiver_name": "José da Silva",
    "total": "18,50",
    "ack": "1",
    "status": "approved",
    "items[0][sku]": "A+B",
    "items[0][quantity]": "2",
    "items[0][price]": "4.5",
    "items[0][variation][sku]": "A-1",
    "items[0][commission][fixed]": "1,50",
    "items[1][sku]": "C",
    "items[1][quantity]": "1",
    "payments[0][payment_type]": "credit",
    "shipments[0][documents][0][url]": "https://x.example/?a=b&c=d",
    "raw[0]": "kept",
}


@pytest.mark.parametrize("headers", [FORM, {"Content-Type": "text/plain"}, {}])
async def test_a_form_with_brackets_creates_an_order(client: Client, headers: dict[str, str]):
    answer = await client.post("/orders", data=urlencode(BRACKETS).encode(), headers=headers)

    assert answer.status == 201, answer.text
    order = answer.json["Order"]
    assert (order["receiver_name"], order["total"], order["ack"], order["status"]) == (
        "José da Silva", D("18.5"), True, "approved",
    )  # fmt: skip
    assert [(i["sku"], i["quantity"], i["price"], i["variation"]["sku"]) for i in order["items"]] == [
        ("A+B", 2, D("4.5"), "A-1"), ("C", 1, None, None),
    ]  # fmt: skip
    assert order["items"][0]["commission"]["fixed"] == D("1.5")
    assert order["payments"][0]["payment_type"] == "credit"
    assert order["shipments"][0]["documents"][0]["url"] == "https://x.example/?a=b&c=d"
    assert order["raw"] == ["kept"]


async def test_form_keys_may_have_gaps_empty_brackets_and_no_value(client: Client):
    body = "items[7][sku]=A&items[3][sku]=B&payments[][payment_type]=x&payments[][payment_type]=y&flag&total=1"

    order = (await client.post("/orders", data=body, headers=FORM)).json["Order"]

    assert [item["sku"] for item in order["items"]] == ["B", "A"]
    assert [payment["payment_type"] for payment in order["payments"]] == ["x", "y"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("items=x", "invalid_field"), ("items[0]=x", "invalid_field"), ("a[b=1&total=1", None), ("a]=1&total=1", None),
        ("total=1&total[x]=2", "invalid_json"), (f"total=1&{quote('items[²][sku]')}=A", None),
        (f"items[{'9' * 5000}][sku]=A&total=1", None), ("a" + "[b]" * 200 + "=1", "invalid_json"),
        ("[0]=1&total=1", "invalid_json"), ("total=%FF", "invalid_json"), ("receiver_name=%00", "invalid_json"),
        ("&&&", "invalid_json"),
        ("total=1&" + "&".join(f"x{n}=1" for n in range(11_000)), "invalid_json"),
    ],
)  # fmt: skip
async def test_no_form_however_odd_breaks_anything(client: Client, body: str, kind: str | None):
    answer = await client.post("/orders", data=body, headers=FORM if kind != "invalid_json" or "=" in body else {})

    if kind is None:
        assert answer.status == 201, answer.text
    else:
        assert (answer.status, answer.json["type"]) == (400, kind), answer.text


async def test_a_form_changes_nothing_by_put(client: Client):
    order = await created(client, {"total": 1})

    answer = await client.put(f"/orders/{order['id']}", data="total=2", headers=FORM)

    assert (answer.status, answer.json["type"]) == (400, "invalid_json")


async def test_one_object_is_a_list_of_one_and_empty_elements_are_none(client: Client):
    order = await created(
        client,
        {
            "items": {"sku": "A", "quantity": 1},
            "payments": [[], {}, {"payment_type": ""}, None, "", {"payment_type": "credit"}],
            "shipments": {
                "track_code": "T",
                "documents": [{"url": "", "external": "", "type": ""}],
                "issues": [{"description": "", "date": None}],
                "shipping_items": {"sku": "A", "quantity": "1"},
            },
        },
    )

    assert [item["sku"] for item in order["items"]] == ["A"]
    assert [payment["payment_type"] for payment in order["payments"]] == ["credit"]
    parcel = order["shipments"][0]
    assert (parcel["documents"], parcel["issues"]) == ([], [])
    assert parcel["shipping_items"] == [{"sku": "A", "quantity": 1}]


async def test_a_body_of_empty_lists_and_objects_makes_an_order_without_any(client: Client):
    order = await created(client, {"total": 1, "items": [{}], "payments": {}, "shipments": "", "commission": {}})

    assert (order["items"], order["payments"], order["shipments"]) == ([], [], [])
    assert order["commission"] == {"fixed": None, "tax": None, "total_charged": None, "comment": None}


@pytest.mark.parametrize("extreme", [b"1e999999999", b"1e-999999999", b"-1e400", b"9" * 5000])
@pytest.mark.parametrize("field", [b"receiver_name", b"total", b"own_field"])
async def test_a_number_beyond_all_measure_is_refused_at_once(client: Client, extreme: bytes, field: bytes):
    answer = await client.post("/orders", data=b'{"delivery_type":"x","%s":%s}' % (field, extreme))

    assert answer.status == 400
    assert answer.json["type"] in ("invalid_json", "invalid_field")


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\udc00x"])
async def test_a_text_that_is_no_unicode_is_refused(client: Client, text: str):
    answer = await client.post("/orders", data=b'{"receiver_name":"a%s"}' % text.encode())

    assert (answer.status, answer.json["type"]) == (400, "invalid_json")


async def test_output_is_utf8_and_not_escaped(client: Client):
    text = 'São Paulo — "ção" 🎁 <b>&amp;</b> \\ \t'

    answer = await client.post("/orders", {"receiver_city": text})

    assert answer.json["Order"]["receiver_city"] == text
    assert "São Paulo — " in answer.text
    assert "🎁" in answer.text


@pytest.mark.parametrize("size", [5 * 1024 * 1024 + 1, 6 * 1024 * 1024])
async def test_a_body_above_five_mebibytes_is_too_large(client: Client, size: int):
    answer = await client.post("/orders", data=io.BytesIO(b'{"raw":"' + b"x" * size + b'"}'))

    assert (answer.status, answer.json["type"]) == (413, "too_large")


@pytest.mark.parametrize("field", ["original_id", "channel", "external"])
async def test_a_key_that_no_index_could_hold_is_refused(client: Client, field: str):
    refused = await client.post("/orders", {"total": 1, field: "é" * 501})
    taken = await client.post("/orders", {"total": 1, field: "é" * 500})

    assert (refused.status, refused.json["type"], refused.json["field"]) == (400, "invalid_field", field)
    assert (taken.status, taken.json["Order"][field]) == (201, "é" * 500)


async def test_a_buyer_without_a_usable_key_is_no_customer(client: Client):
    answer = await client.post("/orders", {"total": 1, "payer_email": "a@" + "b" * 6000, "payer_cpf": "1" * 6000})

    assert answer.status == 201
