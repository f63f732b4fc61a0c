"""Section 19 of the specification, row by row: what is refused, by which name, and that nothing came of it."""

from base64 import b64encode
from dataclasses import dataclass, field, replace
from io import BytesIO
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest

from plughub.core.hub import Hub
from plughub.dialects.plugboard import DIALECT
from plughub.web import EdgeApp
from plughub.web.call import Call, Reply
from plughub.web.dialect import Described, Route
from plughub.web.front import Front
from tests import make
from tests.dialects.plugboard.conftest import Answer, Client, client_of
from tests.dialects.plugboard.traces import traces
from tests.sockets import serving

NOBODY = "0" * 32

PRODUCT = {"sku": "B", "vatRatePercent": "25"}
ORDER = {"currency": "SEK"}
SEK = {"currency": "SEK", "amount": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    name: str
    method: str = "POST"
    #: `{product}`, `{order}`, `{list}`, `{theirs}` (of another tenant) and `{me}` are filled in.
    path: str = "/product"
    body: Any = None
    data: bytes | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    #: (status, name in the catalogue, field)
    expected: tuple[int, str, str | None]


def product(name: str, error: str, at: str | None, status: int = 400, **fields: Any) -> Bad:
    return Bad(name=name, body={**PRODUCT, **fields}, expected=(status, error, at))


def order(name: str, error: str, at: str, **fields: Any) -> Bad:
    return Bad(name=name, path="/order", body={**ORDER, **fields}, expected=(400, error, at))


def row(**fields: Any) -> dict[str, Any]:
    return {"rowType": "product", "sku": "A", "qty": "1", "pricePerUnitExclVat": SEK, **fields}


def asked(name: str, error: str, at: str, status: int = 400, **query: Any) -> Bad:
    return Bad(name=name, path="/product/query", body=query, expected=(status, error, at))


def equal(field: str, value: Any, kind: str = "str") -> dict[str, Any]:
    return {"type": "eq", "field": field, "value": {"type": kind, "value": value}}


def basic(text: bytes) -> dict[str, str | None]:
    return {"Authorization": "Basic " + b64encode(text).decode()}


MISSING = (401, "CredentialsMissing", "Authorization")

TABLE = [
    Bad(name="plain http at the proxy", headers={"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"},
        body=PRODUCT, expected=(403, "InsecureTransport", None)),
    Bad(name="no credentials", headers={"Authorization": None}, body=PRODUCT, expected=MISSING),
    Bad(name="credentials that are no base64", headers={"Authorization": "Basic ###"}, body=PRODUCT, expected=MISSING),
    Bad(name="credentials without a colon", headers=basic(b"nocolon"), body=PRODUCT, expected=MISSING),
    Bad(name="credentials in latin-1", headers=basic("h\u00e6mligt:x".encode("latin-1")), body=PRODUCT,
        expected=MISSING),
    Bad(name="a wrong password", headers=basic(b"api:x"), body=PRODUCT, expected=(401, "CredentialsRejected", None)),
    Bad(name="another tenant's connection", headers={"X-ConnectionId": "{them}"}, body=PRODUCT,
        expected=(401, "CredentialsRejected", None)),
    Bad(name="json that breaks off", data=b'{"stock": 10', expected=(400, "JsonSyntax", None)),
    Bad(name="a list that breaks off", data=b"[1,2", expected=(400, "JsonSyntax", None)),
    Bad(name="a trailing comma", data=b'{"sku": "B",}', expected=(400, "JsonSyntax", None)),
    Bad(name="a comment", data=b'{"sku": "B" /* */}', expected=(400, "JsonSyntax", None)),
    Bad(name="NaN", data=b'{"stock": NaN}', expected=(400, "JsonSyntax", None)),
    Bad(name="an unpaired surrogate", data=b'{"sku": "\\ud800"}', expected=(400, "JsonSyntax", None)),
    Bad(name="the NUL character", data=b'{"sku": "\\u0000"}', expected=(400, "JsonSyntax", None)),
    Bad(name="nothing", data=b"", expected=(400, "BodyMissing", None)),
    Bad(name="blanks", data=b"  ", expected=(400, "BodyMissing", None)),
    Bad(name="an array", data=b"[]", expected=(400, "NotAnObject", None)),
    Bad(name="a string", data=b'"sku"', expected=(400, "NotAnObject", None)),
    Bad(name="an array in a query", path="/product/query", data=b"[]", expected=(400, "NotAnObject", None)),
    Bad(name="latin-1", data='{"sku": "\u00e5"}'.encode("latin-1"), expected=(400, "NotUtf8", None)),
    Bad(name="too deep", data=b'{"x":' + b"[" * 65 + b"]" * 65 + b"}", expected=(400, "TooDeep", None)),
    Bad(name="xml", data=b"<a/>", headers={"Content-Type": "text/xml"}, expected=(415, "MediaType", None)),
    Bad(name="a form with files", data=b"{}", headers={"Content-Type": "multipart/form-data; boundary=x"},
        expected=(415, "MediaType", None)),
    Bad(name="another charset", data=b"{}", headers={"Content-Type": "application/json; charset=iso-8859-1"},
        expected=(415, "MediaType", None)),
    Bad(name="a body on a GET", method="GET", data=b"{}", expected=(400, "BodyOnGet", None)),
    product("a word for a decimal", "DecimalMalformed", "stock", stock="ten"),
    product("a decimal comma", "DecimalMalformed", "stock", stock="1,5"),
    product("a bool for a decimal", "DecimalMalformed", "stock", stock=True),
    product("a number for a string", "FieldType", "sku", sku=17),
    product("a string for a bool", "FieldType", "purchasable", purchasable="true"),
    product("a text that is too long", "FieldTooLong", "gtin", gtin="1" * 4001),
    Bad(name="no sku", body={"vatRatePercent": "25"}, expected=(400, "FieldRequired", "sku")),
    Bad(name="no vat", body={"sku": "B"}, expected=(400, "FieldRequired", "vatRatePercent")),
    Bad(name="a required field set to null", method="PUT", path="/product/{product}", body={"sku": None},
        expected=(400, "FieldRequired", "sku")),
    product("a sku that is taken", "SkuTaken", "sku", 409, sku="A"),
    product("a remote id that is taken", "RemoteIdTaken", "remoteId", 409, remoteId="r"),
    Bad(name="a remote id that is taken, on PUT", method="PUT", path="/product/{other}", body={"remoteId": "r"},
        expected=(409, "RemoteIdTaken", "remoteId")),
    Bad(name="an unknown id", method="PUT", path=f"/product/{NOBODY}", body={},
        expected=(404, "NoSuchRecord", "localId")),
    Bad(name="another tenant's record", method="PUT", path="/product/{theirs}", body={"stock": "1"},
        expected=(404, "NoSuchRecord", "localId")),
    Bad(name="another id than the path's", method="PUT", path="/product/{product}", body={"localId": NOBODY},
        expected=(400, "LocalIdMismatch", "localId")),
    Bad(name="no remoteId", method="GET", path="/product/by-remote-id",
        expected=(400, "ParameterMalformed", "remoteId")),
    Bad(name="an empty remoteId", method="DELETE", path="/product/by-remote-id?remoteId=",
        expected=(400, "ParameterMalformed", "remoteId")),
    Bad(name="an unknown remoteId", method="DELETE", path="/product/by-remote-id?remoteId=x",
        expected=(404, "NoSuchRemoteId", "remoteId")),
    Bad(name="yesterday", method="GET", path="/product?modifiedAtOrAfter=yesterday",
        expected=(400, "ParameterMalformed", "modifiedAtOrAfter")),
    Bad(name="perhaps", path="/product?updateOnRemoteId=perhaps", body=PRODUCT,
        expected=(400, "ParameterMalformed", "updateOnRemoteId")),
    order("money without amount", "MoneyIncomplete", "totalVat.amount", totalVat={"currency": "SEK"}),
    order("money without currency", "MoneyIncomplete", "totalVat.currency", totalVat={"amount": "1"}),
    order("currency ZZZ", "CurrencyUnknown", "currency", currency="ZZZ"),
    order("currency 000", "CurrencyUnknown", "currency", currency="000"),
    product("language zz", "LanguageUnknown", "title_lang", title_lang={"zz": "x"}),
    order("country SWE", "CountryUnknown", "shippingAddress.country", shippingAddress={"country": "SWE"}),
    order("a moment of no calendar", "DateTimeMalformed", "orderDate", orderDate="2021-02-30T00:00:00Z"),
    product("custom data with one pipe", "CustomDataKey", "customData.a|b", customData={"a|b": {"value": "x"}}),
    product("custom data with three pipes", "CustomDataKey", "customData.|x-a|b|c",
            customData={"|x-a|b|c": {"value": "x"}}),
    product("custom data disagreeing with its key", "CustomDataKey", "customData.|x-a|b.moduleId",
            customData={"|x-a|b": {"moduleId": "x-c", "value": "x"}}),
    product("custom data of an unknown module", "CustomDataModule", "customData.|lager|b",
            customData={"|lager|b": {"value": "x"}}),
    product("custom data of another type", "CustomDataType", "customData.|x-a|b.value",
            customData={"|x-a|b": {"type": "integer", "value": "x"}}),
    product("custom data of an unknown connection", "ReferenceUnknown", f"customData.{NOBODY}|test|b",
            customData={f"{NOBODY}|test|b": {"value": "x"}}),
    product("one pricelist twice", "PricelistTwice", "prices[1].pricelist",
            prices=[{"pricelist": {"localId": "{list}"}, "qtyPrices": []}] * 2),
    product("one quantity twice", "QtyTwice", "prices[0].qtyPrices[1].purchaseQty",
            prices=[{"pricelist": {"localId": "{list}"}, "qtyPrices": [
                {"purchaseQty": quantity, "originalPriceExclVat": SEK} for quantity in ("1", "1.0")]}]),
    product("an unknown pricelist", "ReferenceUnknown", "prices[0].pricelist",
            prices=[{"pricelist": {"localId": NOBODY}, "qtyPrices": []}]),
    order("a row in another currency", "CurrencyMismatch", "orderRows[1].pricePerUnitExclVat.currency",
          orderRows=[row(), row(pricePerUnitExclVat={"currency": "EUR", "amount": "1"})]),
    order("row type freight", "FieldEnum", "orderRows[0].rowType", orderRows=[row(rowType="freight")]),
    order("status Completed", "FieldEnum", "orderStatus", orderStatus="Completed"),
    order("a tax above all", "FieldRange", "orderRows[0].vatRatePercent", orderRows=[row(vatRatePercent="101")]),
    product("too many taxes", "FieldTooLong", "perUnitTaxes", perUnitTaxes=[{"percentage": "1"}] * 10_001),
    product("too many prices", "FieldTooLong", "prices", prices=[{}] * 10_001),
    order("too many rows", "FieldTooLong", "orderRows", orderRows=[{}] * 10_001),
    order("too many taxes of a row", "FieldTooLong", "orderRows[0].perUnitTaxes",
          orderRows=[row(perUnitTaxes=[{"percentage": "1"}] * 10_001)]),
    asked("a query by an unknown field", "UnknownField", "filter.field", filter=equal("colour", "x")),
    asked("a query by another type", "FilterValueType", "filter.value.type", filter=equal("stock", "x")),
    asked("an unknown comparison", "FilterTypeUnknown", "filter.type", filter={**equal("sku", "x"), "type": "is"}),
    asked("no subclauses", "FilterMalformed", "filter.subclauses", filter={"type": "or", "subclauses": []}),
    asked("an order that cannot be", "ProductFieldNotSortable", "field", order=[{"field": "brand"}]),
    asked("numRecords 0", "FieldRange", "numRecords", numRecords=0),
    asked("numRecords -1", "FieldRange", "numRecords", numRecords=-1),
    asked("numRecords 5000", "FieldRange", "numRecords", numRecords=5000),
    asked("numRecords ten", "FieldType", "numRecords", numRecords="ten"),
    Bad(name="picture of an unknown file", path="/product/{product}/picture",
        body=[{"fileId": "{file}"}, {"fileId": NOBODY}, {"fileId": "{file}"}],
        expected=(400, "ReferenceUnknown", "[1].fileId")),
    Bad(name="data of an unknown file", method="PUT", path=f"/file/{NOBODY}/data", data=b"x" * 100_000,
        expected=(404, "NoSuchRecord", "localId")),
    Bad(name="an unknown path", path="/nothing", body={}, expected=(404, "NoSuchResource", None)),
    Bad(name="what is no id", method="GET", path="/product/x", expected=(404, "NoSuchResource", "localId")),
    Bad(name="PATCH", method="PATCH", path="/order/x", body={}, expected=(405, "MethodNotAllowed", None)),
    Bad(name="POST on the root", path="/", body={}, expected=(405, "MethodNotAllowed", None)),
    Bad(name="a deleted record", method="PUT", path="/product/{gone}", body={"stock": "1"},
        expected=(409, "RecordDeleted", None)),
    Bad(name="a list in use", method="DELETE", path="/pricelist/{list}", expected=(409, "RecordInUse", None)),
    Bad(name="a body that is too large", data=b" " * (10 * 1024 * 1024 + 1), expected=(413, "BodyTooLarge", None)),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    client: Client
    #: What stands in braces in the table.
    names: dict[str, str]

    def filled(self, tree: Any) -> Any:
        match tree:
            case str():
                for name, value in self.names.items():
                    tree = tree.replace(f"{{{name}}}", value)
            case dict():
                return {key: self.filled(value) for key, value in tree.items()}
            case list():
                return [self.filled(value) for value in tree]
        return tree

    async def send(self, bad: Bad) -> Answer:
        data = None if bad.data is None else BytesIO(bad.data)
        return await self.client.call(
            bad.method, self.filled(bad.path), self.filled(bad.body), data=data, headers=self.filled(bad.headers)
        )


@pytest.fixture(scope="module")
async def filled(http: aiohttp.ClientSession, address: str, hub: Hub) -> Shop:
    client = await client_of(http, address, await make.shop(hub, language="sv", currency="SEK"))
    stranger = await client_of(http, address, await make.shop(hub))
    listed = await client.made("/pricelist", {"name": "x", "currency": "SEK"})
    price = {
        "pricelist": {"localId": listed["localId"]},
        "qtyPrices": [{"purchaseQty": "1", "originalPriceExclVat": SEK}],
    }
    records = {
        "product": await client.made("/product", {**PRODUCT, "sku": "A", "remoteId": "r", "prices": [price]}),
        "other": await client.made("/product", {**PRODUCT, "sku": "C"}),
        "gone": await client.made("/product", {**PRODUCT, "sku": "D"}),
        "order": await client.made("/order", ORDER),
        "list": listed,
        "file": await client.made("/file", {"name": "te.png", "mimeType": "image/png"}),
        "theirs": await stranger.made("/product", PRODUCT),
    }
    await client.delete(f"/product/{records['gone']['localId']}")
    return Shop(client, {name: record["localId"] for name, record in records.items()} | {"them": stranger.id})


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
async def test_what_is_wrong_is_refused_by_name_and_nothing_comes_of_it(filled, bad):
    before = await traces(filled.client)

    answer = await filled.send(bad)

    assert answer.refusal == bad.expected, answer.text
    assert await traces(filled.client) == before
    assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)
    assert ("Allow" in answer.headers) == (answer.status == 405)
    for secret in (filled.client.credentials.password, "Traceback"):
        assert secret not in answer.text


async def test_a_write_leaves_a_trace(filled):
    """Else the test above would be satisfied by anything."""
    before = await traces(filled.client)

    await filled.client.changed(f"/product/{filled.names['other']}", {"brand": "x"})

    after = await traces(filled.client)
    assert {"products", "events"} <= {name for name in after if after[name] != before[name]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/product/{product}", {"source": {"connectionId": NOBODY, "connectionName": "x"}}),
        ("/product/{product}", {"remoteIdMap": {NOBODY: {"remoteId": "x"}}, "remoteRefMap": {"x": 1}}),
        ("/order/{order}", {"created": "1999-01-01T00:00:00Z", "lastModified": 7, "deleted": True, "href": "x"}),
    ],
)
async def test_what_is_only_shown_is_taken_and_ignored(filled, path, body):
    before, shown = await traces(filled.client), (await filled.client.get(filled.filled(path))).json

    assert await filled.client.changed(filled.filled(path), body) == shown
    assert await traces(filled.client) == before


async def test_a_forwarding_header_counts_from_a_trusted_peer_only(filled):
    """This machine's other addresses are no proxy's."""
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))) as elsewhere:
        stranger = replace(filled.client, http=elsewhere)

        assert (await stranger.get("/")).status == 200
        assert (await stranger.get("/", headers=forged)).refusal == (403, "InsecureTransport", None)


async def test_a_fault_of_the_hub_is_told_without_its_inside(http, filled, hub, outbound):
    async def broken(call: Call) -> Reply:
        raise RuntimeError("the inside")

    route = Route("GET", "/api/broken", broken, Described(summary="", tag=""), is_open=True)
    app = EdgeApp(replace(DIALECT, routes=(route,)), hub, outbound, (ip_network("127.0.0.0/8"),))

    async def nobody(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    async with serving(Front({"plugboard": ("/plugboard", app)}, {}, nobody)) as address:
        answer = await replace(filled.client, base=f"{address}/plugboard/api").get("/broken")

    assert answer.refusal == (500, "Internal", None)
    assert len(answer.headers["X-Request-Id"]) == 32
    assert answer.headers["X-Request-Id"] in answer.json["message"]
    assert "inside" not in answer.text
