"""Reading a record and writing it back changes nothing and tells nobody: every record type, in every form."""

from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from plughub.core.hub import Hub
from plughub.dialects.plugboard.routes import RESOURCES
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of
from tests.dialects.plugboard.traces import traces

SEK = {"currency": "SEK", "amount": "80.5", "decimals": 2}
VAT = {"taxType": "vat", "label": "moms", "percentage": "25.0", "taxableAmount": SEK, "tax": {**SEK, "amount": "20.13"}}
CUSTOM = {"|x-a|b": {"type": "decimal", "value": "1.50"}}
TEXTS = {"title": "Te", "title_lang": {"en": "Tea"}, "shortDescription": "", "description_lang": {"de": "Tee"}}
NAMES = {"name": "Te", "name_lang": {"en": "Tea"}}
ADDRESS = {"firstName": "\u00c5sa", "address1": "Storgatan 1", "address2": "", "country": "se", "phone": "0470"}
ROWS = [
    {"rowType": "product", "sku": "A", "qty": "3.0", "pricePerUnitExclVat": SEK, "vatRatePercent": "12.5",
     "rowDiscountExclVat": SEK, "customData": CUSTOM, "remoteId": "1"},
    {"rowType": "shippingfee", "title": "Frakt", "pricePerUnitExclVat": SEK, "perUnitTaxes": [VAT]},
    {"rowType": "comment", "comment": "Ring p\u00e5"},
]  # fmt: skip

#: What is written of each record type, as richly as it can be said; `{path}` is the id of the record made there.
SAMPLES: dict[str, dict[str, Any]] = {
    "product/attribute": NAMES,
    "product/category": NAMES,
    "contentgroup": NAMES,
    "file": {"name": "te.png", "mimeType": "image/png", "publicAccess": True},
    "pricelist": {**NAMES, "currency": "SEK"},
    "product/variantgroup": {**TEXTS, "attributes": [{"localId": "{product/attribute}"}],
        "alternateContent": {"{contentgroup}": TEXTS}},
    "product": {**TEXTS, "sku": "A", "vatRatePercent": "12.50", "stock": "3.50", "stockType": "always-in-stock",
        "brand": "", "gtin": "735", "weight": "1.0", "volume": "0.25", "purchasable": False, "state": "hidden",
        "variantGroup": {"localId": "{product/variantgroup}"}, "categories": [{"localId": "{product/category}"}],
        "attributeValues": [{"attribute": {"localId": "{product/attribute}"}, "value": "L", "value_lang": {"en": "l"}}],
        "alternateContent": {"{contentgroup}": TEXTS},
        "prices": [{"pricelist": {"localId": "{pricelist}"}, "qtyPrices": [
            {"purchaseQty": quantity, "originalPriceExclVat": SEK} for quantity in ("1", "10.0")]}]},
    "order": {"currency": "SEK", "remoteOrderNo": "5001", "customerType": "person", "orderStatus": "processing",
        "shippingAddress": ADDRESS, "billingAddress": ADDRESS, "orderRows": ROWS, "paymentMethod": "swish",
        "orderDate": "2021-05-03T11:20:00.5+02:00", "customerLanguage": "swe", "comment": ""},
    "invoice": {"invoiceNo": "F-1", "order": {"localId": "{order}"}, "currency": "SEK", "invoiceType": "credit",
        "invoiceDate": "2021-05-04T00:00:00.5+02:00", "dueDate": "2021-06-04T00:00:00Z", "customerNo": "",
        "billingAddress": ADDRESS, "shippingAddress": ADDRESS, "status": "sent", "invoiceRows": ROWS},
    "paymentmethod": {**NAMES, "code": "swish", "type": "swish"},
    "payment": {"order": {"localId": "{order}"}, "invoice": {"localId": "{invoice}"},
        "paymentMethod": {"code": "swish"}, "amount": SEK, "status": "captured",
        "time": "2021-05-03T11:20:00.5+02:00"},
    "paymenttransactionevent": {"order": {"localId": "{order}"}, "payment": {"localId": "{payment}"},
        "eventType": "capture", "amount": SEK, "vatRatePercent": "25.0"},
    "settlement": {"settlementNo": "S", "currency": "SEK", "payoutAmount": SEK, "periodStart": "2021-05-03T11:20:00Z",
        "rows": [{"type": "sale", "order": {"localId": "{order}"}, "amount": SEK, "fee": SEK, "feeTaxes": [VAT]}]},
    "cashregister": {"name": "Kassa", "registerNo": "1"},
    "zreport": {"cashRegister": {"localId": "{cashregister}"}, "reportNo": "17", "currency": "SEK",
        "salesTaxes": [VAT], "paymentsByMethod": [{"paymentMethod": {"code": "cash"}, "amount": SEK}],
        "rounding": SEK, "receiptCount": 3},
}  # fmt: skip
COMMON: dict[str, Any] = {"remoteId": "r", "customData": CUSTOM, "source": {"code": "s"}}


def proposed(schema: dict[str, Any]) -> Any:
    """A value for a field of which only its schema is known."""
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if schema.get("format") == "date-time":
        return "2021-05-03T11:20:00Z"
    return {"string": "1", "integer": 1, "number": 1, "boolean": True, "array": [], "object": None}[kind]


async def made(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The record, made of as much of the body as its type takes."""
    body = dict(body)
    for _ in range(len(body)):
        answer = await client.post(f"/{path}", body)
        if answer.status == 201:
            return dict(answer.json)
        at = (answer.json["field"] or "").split(".")[0].split("[")[0]
        assert at in body, answer.text
        del body[at]
    raise AssertionError(f"no {path} could be made: give it a sample")


def filled(tree: Any, ids: dict[str, str]) -> Any:
    match tree:
        case str():
            return ids.get(tree[1:-1], tree) if tree[:1] == "{" else tree
        case dict():
            return {filled(key, ids): filled(value, ids) for key, value in tree.items()}
        case list():
            return [filled(value, ids) for value in tree]
    return tree


@pytest.fixture(scope="module")
async def shop(http: aiohttp.ClientSession, address: str, hub: Hub) -> tuple[Client, Client, dict[str, str]]:
    """Two connections, somebody who is told of everything, and the paths of all records by their type."""
    given = await make.shop(hub, language="sv", currency="SEK", country="SE")
    client, other = await client_of(http, address, given), await client_of(http, address, given)
    ids: dict[str, str] = {}
    for path, body in SAMPLES.items():
        ids[path] = (await client.made(f"/{path}", {**COMMON, **filled(body, ids)}))["localId"]
    for resource in RESOURCES:
        if resource.path not in SAMPLES:
            body = {name: proposed(schema) for name, schema in resource.fields.items() if not schema.get("readOnly")}
            ids[resource.path] = (await made(client, resource.path, {**COMMON, **body}))["localId"]
    paths = {path: f"/{path}/{id}" for path, id in ids.items()}
    foreign = await make.product(given, "K", variants={"K-1": 1, "K-2": 0}, quantity=None)
    paths["another wire's variation"] = f"/product/{foreign.value.variants[0].id.hex}"
    foreign = await make.product(given, "S", price="59.9", quantity="1.5")
    paths["another wire's product"] = f"/product/{foreign.value.default.id.hex}"
    line = {"sku": "K-1", "quantity": Decimal(2), "price": Decimal("9.5"), "total": Decimal(18)}
    order = await make.order(given, line, total=Decimal(23), shipping=Decimal(5), currency="SEK")
    paths["another wire's order"] = f"/order/{order.id.hex}"
    return client, other, paths


async def told(client: Client) -> int:
    """How many events the tenant has."""
    tenant = client.shop.tenant.id
    async with client.shop.hub.read(tenant) as tx:
        return int(await tx.value("SELECT count(*) FROM events WHERE tenant_id = $1", tenant))


OTHERS = ["another wire's variation", "another wire's product", "another wire's order"]


@pytest.mark.parametrize("kind", [*(resource.path for resource in RESOURCES), *OTHERS])
async def test_a_record_that_is_written_back_is_not_written(shop, kind):
    for caller in shop[:2]:
        path = shop[2][kind]
        shown, before = (await caller.get(path)).json, await traces(caller)
        bodies = {"nothing": {}, "all of it": shown} | {name: {name: value} for name, value in shown.items()}

        for what, body in bodies.items():
            answer = await caller.put(path, body)

            assert (answer.status, answer.json) == (200, shown), what
            assert await told(caller) == before["events"][0], what
        if shown["remoteId"] is not None:
            answer = await caller.post(path.rpartition("/")[0], shown, params={"updateOnRemoteId": "true"})
            assert (answer.status, answer.json) == (200, shown)
        assert await traces(caller) == before


#: Parts of records that have paths or senders of their own: (path of the part, change).
PARTS = {
    "product": ("PUT", "/price/{pricelist}", {"qtyPrices": [{"purchaseQty": "1", "originalPriceExclVat": SEK}]}),
    "order": ("POST", "/shipment", {"rows": [{"sku": "A", "qty": "1"}]}),
}


@pytest.mark.parametrize("kind", [resource.path for resource in RESOURCES])
async def test_a_change_of_any_part_is_found_by_who_asks_since_then(shop, kind):
    client, other, paths = shop
    ids = {path: where.rpartition("/")[2] for path, where in paths.items()}
    part = PARTS.get(kind)
    changes = [
        ("PUT", "", {"remoteId": f"their {kind}"}),
        ("PUT", "", {"remoteId": None}),
        ("PUT", "", {"customData": {"|x-theirs|a": {"value": "b"}}}),
        *([part] if part else []),
    ]
    for method, suffix, body in changes:
        moment = client.shop.hub.now().isoformat()
        for name, id in ids.items():
            suffix = suffix.replace(f"{{{name}}}", id)

        answer = await other.call(method, paths[kind] + suffix, body)

        assert answer.status in (200, 201), answer.text
        found = (await client.get(f"/{kind}", params={"modifiedAtOrAfter": moment})).json
        assert ids[kind] in [one["localId"] for one in found], body
