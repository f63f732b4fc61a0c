"""Plugboard's records, field by field."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import aiohttp

from tests.dialects.plugboard import conftest
from tests.make import Shop
from tests.matrix.wire import (
    KEPT,
    NEEDED,
    WHOLE,
    Answer,
    Client,
    Field,
    Parts,
    Record,
    Seen,
    States,
    Wire,
    element,
    of,
    plain,
)

_MOVES = frozenset({"lastModified"})
_COMMON = frozenset({"href", "localId", "remoteIdMap", "remoteRefMap", "created", "deleted"})
_CUSTOM = "|x-lager|hylla"


async def _connect(http: aiohttp.ClientSession, address: str, shop: Shop) -> Client:
    return await conftest.client_of(http, address, shop)


async def _prepare(client: Client) -> dict[str, Any]:
    """Records that products refer to; two of each that a product names one of."""
    wanted = {
        "size": ("/product/attribute", {"name": "Storlek"}),
        "width": ("/product/attribute", {"name": "Bredd"}),
        "shoes": ("/product/category", {"name": "Skor"}),
        "boots": ("/product/category", {"name": "St\u00f6vlar"}),
        "fair": ("/contentgroup", {"name": "M\u00e4ssa"}),
        "wholesale": ("/pricelist", {"name": "Grossist", "currency": "BRL"}),
        "front": ("/file", {"name": "fram.png", "mimeType": "image/png", "publicAccess": True}),
        "back": ("/file", {"name": "bak.png", "mimeType": "image/png", "publicAccess": True}),
    }
    (base,) = (await client.call("GET", "/pricelist")).json
    return {"base": base, **{name: await _made(client, path, body) for name, (path, body) in wanted.items()}}


async def _made(client: Client, path: str, body: dict[str, Any]) -> Any:
    answer = await client.call("POST", path, body)
    assert answer.status == 201, answer.text
    return answer.json


async def _live(client: Client, path: str) -> Any:
    return next(one for one in (await client.call("GET", path)).json if not one["deleted"])


# --- products -----------------------------------------------------------------------------------------------------


async def _create_product(client: Client, body: dict[str, Any]) -> None:
    made = await _made(client, "/product", body)
    answer = await _change(client, f"/product/{made['localId']}", {"pictures": body.get("pictures", [])})
    assert answer.status == 200, answer.text


async def _read_product(client: Client) -> Parts:
    return {WHOLE: await _live(client, "/product")}


async def _write_product(client: Client, shown: Parts, part: str, body: dict[str, Any]) -> Answer:
    return await _change(client, f"/product/{shown[part]['localId']}", body)


async def _change(client: Client, path: str, body: dict[str, Any]) -> Answer:
    """Pictures are read-only in the record and have a path of their own."""
    if body.keys() == {"pictures"}:
        return await client.call("PUT", f"{path}/picture", body["pictures"])
    return await client.call("PUT", path, body)


def _texts(name: str, first: str, second: str) -> tuple[Field, ...]:
    """A text and its translation; both are kept together."""
    return plain(name, first, second), plain("eng", f"{first} en", f"{second} en", inside=f"{name}_lang")


def _reference(name: str, first: str, second: str) -> Field:
    return Field(
        name=name,
        first=first,
        second=second,
        body=lambda seen, value: {name: [{"localId": seen.made[value]["localId"]}]},
    )


def _in_group(seen: Seen, value: str) -> dict[str, Any]:
    return {"alternateContent": {seen.made["fair"]["localId"]: {"title": value}}}


def _attribute_value(seen: Seen, value: str) -> dict[str, Any]:
    """The whole list of those with a record; what another wire wrote without one stays in its place."""
    return {"attributeValues": [{"attribute": {"localId": seen.made["size"]["localId"]}, "value": value}]}


def _pictures(seen: Seen, value: str) -> dict[str, Any]:
    return {"pictures": [{"fileId": seen.made[value]["localId"]}]}


_CONTENT = (
    *_texts("title", "K\u00e4nga", "St\u00f6vel"),
    *_texts("shortDescription", "Kort", "Kortare"),
    *_texts("description", "L\u00e5ng", "L\u00e4ngre"),
    Field(name="alternateContent", first="M\u00e4ssk\u00e4nga", second="M\u00e4sst\u00f6vel", body=_in_group),
    Field(name="attributeValues", first="41", second="42", body=_attribute_value),
    plain("value", "B7", "B8", inside=f"customData.{_CUSTOM}"),
)
_PRODUCT_FIELDS = (
    plain("sku", "KA", "KA-2"),
    plain("remoteId", "art-1", "art-2"),
    plain("code", "se", "no", inside="source", is_makers=True),
    *_CONTENT,
    plain("state", "visible", "hidden"),
    plain("purchasable", True, False),
    plain("gtin", "7350000000013", "7350000000020"),
    plain("manufacturersSku", "M-1", "M-2"),
    plain("brand", "Skomakaren", "Sulan"),
    plain("weight", "1.5", "1.75"),
    plain("volume", "4", "5"),
    plain("vatRatePercent", "25", "12"),
    _reference("categories", "shoes", "boots"),
    Field(name="pictures", first="front", second="back", body=_pictures),
)
#: A group's pictures are as a product's are.
_PRODUCT_OWN = _COMMON | {"perUnitTaxes", "variantGroup", "pictures", "prices", "stock", "stockType"}
_NO_PLACE = (
    "Plugboard's products have no sizes beside weight and volume, no fiscal codes, warranty, handling times or links,"
    " and an attribute's value is a text. Photos that have an address elsewhere are no files that it could show."
)
_PRODUCT = Record(
    about=_NO_PLACE,
    fields=_PRODUCT_FIELDS,
    create=_create_product,
    read=_read_product,
    write=_write_product,
    moves=_MOVES,
    derived=_PRODUCT_OWN,
)
_NAMES = frozenset(name.split(".")[0] for name in (one.name for one in _PRODUCT_FIELDS))
_NAMES |= {f"{name}_lang" for name in ("title", "shortDescription", "description")}


def _only(*fields: Field, about: str = "") -> Record:
    """A product of which only these fields are asked."""
    return replace(_PRODUCT, fields=fields, derived=_PRODUCT_OWN | _NAMES, about=about)


_SMALLEST = (plain("sku", "KA"), plain("vatRatePercent", "25"))
_STOCK = (plain("stock", "10.5", "12.5"), plain("stockType", "stocked", "always-in-stock"))


def _label(element: Any) -> str | None:
    """Prices go by their list and their quantity."""
    if "pricelist" in element:
        return str(element["pricelist"]["localId"])
    return str(element["purchaseQty"]) if "purchaseQty" in element else None


def _price(listed: str, quantity: str, first: str, second: str) -> Field:
    """One step of one price list; PUT replaces all prices, so that the others are sent along."""

    def body(seen: Seen, value: str) -> dict[str, Any]:
        id = seen.made[listed]["localId"]
        prices = {each["pricelist"]["localId"]: each for each in deepcopy(seen.record["prices"] if seen.record else [])}
        mine = prices.setdefault(id, {"pricelist": {"localId": id}, "qtyPrices": []})
        others = [step for step in mine["qtyPrices"] if step["purchaseQty"] != quantity]
        step = {"purchaseQty": quantity, "originalPriceExclVat": {"currency": "BRL", "amount": value}}
        mine["qtyPrices"] = [*others, step]
        return {"prices": list(prices.values())}

    return Field(name=f"prices[{listed}].qtyPrices[{quantity}]", first=first, second=second, body=body)


async def _create_priced(client: Client, body: dict[str, Any]) -> None:
    """Without prices first: the fields' bodies each name all that is there."""
    made = await _made(client, "/product", {name: value for name, value in body.items() if name != "prices"})
    answer = await client.call("PUT", f"/product/{made['localId']}", {"prices": body["prices"]})
    assert answer.status == 200, answer.text


_PRICES = (
    _price("base", "1", "60.00", "70.00"),
    _price("base", "10", "50.00", "55.00"),
    _price("wholesale", "1", "40.00", "45.00"),
    _price("wholesale", "10", "30.00", "35.00"),
)

_AMOUNTS = "Plugboard shows what a price comes to, not how it is worked out, and has no special prices or cost."

# --- variant groups -----------------------------------------------------------------------------------------------


async def _read_family(client: Client) -> Parts:
    return {"group": await _live(client, "/product/variantgroup"), "product": await _live(client, "/product")}


async def _create_family(client: Client, body: dict[str, Any]) -> None:
    group = await _made(client, "/product/variantgroup", body["group"])
    await _made(client, "/product", {**body["product"], "variantGroup": {"localId": group["localId"]}})


async def _write_family(client: Client, shown: Parts, part: str, body: dict[str, Any]) -> Answer:
    path = {"group": "/product/variantgroup", "product": "/product"}[part]
    return await _change(client, f"{path}/{shown[part]['localId']}", body)


_GROUP = (
    *(replace(one, first=f"{one.first} g", second=f"{one.second} g") for one in _CONTENT),
    plain("remoteId", "grp-1", "grp-2"),
    _reference("attributes", "size", "width"),
)
_FAMILY = Record(
    about=(
        "A variant group has no SKU, stock or sizes; those are its products'. For its products holds what holds for"
        f" all: {_NO_PLACE}"
    ),
    fields=(
        *of("group", *_GROUP),
        *of("product", *(one for one in _PRODUCT_FIELDS if not one.name.startswith("source")), *_STOCK),
    ),
    create=None,
    read=_read_family,
    write=_write_family,
    moves=frozenset({"group.lastModified", "product.lastModified"}),
    derived=_PRODUCT_OWN | {"lastModified", "products", "source"} | _NAMES,
)
_GROUPS = replace(
    _FAMILY, create=_create_family, fields=(*of("group", *_GROUP), *of("product", *_PRODUCT_FIELDS[:1], *_SMALLEST[1:]))
)

# --- orders -------------------------------------------------------------------------------------------------------


def _money(amount: str) -> dict[str, str]:
    return {"currency": "BRL", "amount": amount}


def _priced(name: str, first: str, second: Any) -> Field:
    return Field(
        name=name,
        first=first,
        second=second,
        body=lambda seen, value: {name: _money(value)},
    )


async def _create_order(client: Client, body: dict[str, Any]) -> None:
    await _made(client, "/order", body)


async def _read_order(client: Client) -> Parts:
    return {WHOLE: await _live(client, "/order")}


async def _write_order(client: Client, shown: Parts, part: str, body: dict[str, Any]) -> Answer:
    return await client.call("PUT", f"/order/{shown[WHOLE]['localId']}", body)


_ADDRESS = (
    "firstName", "lastName", "companyName", "organisationNo", "vatNo", "address1", "address2", "postalCode", "city",
    "state", "phone", "mobile", "email",
)  # fmt: skip


def _address(name: str) -> tuple[Field, ...]:
    words = tuple(plain(word, f"{word} ett", f"{word} två", inside=name) for word in _ADDRESS)
    return (*words, plain("country", "SE", "NO", inside=name))


_ROW = (
    plain("remoteId", "r-1", "r-2"),
    plain("rowType", "product", KEPT),
    plain("sku", "KA", "KA-X"),
    plain("title", "Känga", "Stövel"),
    plain("qty", "2.5", "3.5"),
    _priced("pricePerUnitExclVat", "80.00", "90.00"),
    _priced("rowDiscountExclVat", "5.00", "6.00"),
    plain("comment", "rad ett", "rad två"),
    plain("vatRatePercent", "25", "12"),
    plain("value", "C1", "C2", inside=f"customData.{_CUSTOM}"),
)
_DATES = ("2026-05-01T10:00:00Z", "2026-05-02T11:00:00Z")
_ORDER_FIELDS = (
    plain("remoteId", "o-1", "o-2"),
    plain("remoteOrderNo", "1001", "1002"),
    plain("code", "se", "no", inside="source", is_makers=True),
    plain("orderType", "sales", "subscription"),
    plain("shippingStatus", "not-shipped", "partly-shipped"),
    plain("paymentStatus", "unpaid", "authorized"),
    plain("orderDate", *_DATES),
    plain("customerType", "person", "company"),
    plain("currency", "BRL", KEPT),
    *_address("billingAddress"),
    *_address("shippingAddress"),
    plain("customerNo", "K1", "K2"),
    plain("customerEmail", "ett@k.example", "tva@k.example"),
    plain("customerLanguage", "swe", "eng"),
    plain("comment", "ring på", "knacka"),
    plain("forwarderCode", "DHL", "PN"),
    plain("forwarderName", "DHL Paket", "Postnord"),
    Field(
        name="paymentMethod",
        first="card",
        second="invoice",
        body=lambda seen, value: {"paymentMethod": {"code": value}},
    ),
    *(element("orderRows", one, key="localId") for one in _ROW),
    plain("value", "B7", "B8", inside=f"customData.{_CUSTOM}"),
)
_ORDER_OWN = _COMMON | {
    "orderNo", "orderStatus", "totalSumExclVat", "totalVat", "totalTaxes", "shipments", "payments",
    "paymentTransactionEvents",
}  # fmt: skip
_ORDER = Record(
    about=(
        "Plugboard's orders have no commissions, intermediaries, scheduled deliveries, Brazilian documents or"
        " snapshots of variations; payments are records of their own, and costs of shipping are rows."
    ),
    fields=_ORDER_FIELDS,
    create=_create_order,
    read=_read_order,
    write=_write_order,
    moves=_MOVES,
    derived=_ORDER_OWN,
)
_SHIPMENT = (
    plain("remoteId", "s-1", "s-2"),
    plain("shippedDate", *_DATES),
    plain("forwarderCode", "DHL", "PN"),
    plain("trackingNumber", "T1", "T2"),
    plain("trackingUrl", "https://spar.example/1", "https://spar.example/2"),
    Field(name="rows", first="1.5", second="2.5", body=lambda seen, value: {"rows": [{"sku": "A-1", "qty": value}]}),
    plain("value", "B7", "B8", inside=f"customData.{_CUSTOM}"),
)
_ROWS = [
    {"sku": "A-1", "qty": "3", "rowType": "product", "vatRatePercent": "25", "pricePerUnitExclVat": _money("80.00")}
]
_SHIPMENTS = replace(
    _ORDER,
    about="Plugboard's shipments have no state, invoice, label, papers or issues, and a carrier's code for its name.",
    fields=(
        plain("currency", "BRL"),
        Field(name="orderRows", first=_ROWS, second=NEEDED, body=lambda seen, value: {"orderRows": value}),
        *(element("shipments", one, key="localId") for one in _SHIPMENT),
    ),
    derived=_ORDER_OWN | {one.name.split(".")[0].split("[")[0] for one in _ORDER_FIELDS},
)

# --- states -------------------------------------------------------------------------------------------------------


async def _create_in_state(client: Client, word: str) -> None:
    await _made(client, "/order", {"currency": "BRL", "orderStatus": word, "orderRows": _ROWS})


async def _read_states(client: Client) -> dict[str, Any]:
    return {one["orderNo"]: one for one in (await client.call("GET", "/order")).json}


async def _write_state(client: Client, order: Mapping[str, Any], body: dict[str, Any]) -> Answer:
    return await client.call("PUT", f"/order/{order['localId']}", body)


_STATES = States(
    field="orderStatus",
    words=("new", "pending-payment", "processing", "on-hold", "completed", "cancelled"),
    create=_create_in_state,
    read=_read_states,
    write=_write_state,
    unrelated={"comment": "ring på"},
)

PLUGBOARD = Wire(
    name="plugboard",
    title="Plugboard",
    connect=_connect,
    prepare=_prepare,
    nouns={
        "products": _PRODUCT,
        "products with variations": _FAMILY,
        "variant groups": _GROUPS,
        "stock": _only(*_SMALLEST, *_STOCK, about="Plugboard shows one number, that of the main location."),
        "prices": replace(_only(*_SMALLEST, *_PRICES, about=_AMOUNTS), create=_create_priced, label=_label),
        "prices that are computed": replace(_only(*_SMALLEST, *_PRICES[:1], about=_AMOUNTS), create=None, label=_label),
        "orders": _ORDER,
        "shipments": _SHIPMENTS,
    },
    states=_STATES,
)
