"""Plugg.to's records, field by field."""

from dataclasses import replace
from typing import Any

import aiohttp

from tests.dialects.pluggto import conftest
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
    plain,
)

_MOVES = frozenset({"modified", "timestamp", "modified_by"})


async def _connect(http: aiohttp.ClientSession, address: str, shop: Shop) -> Client:
    # A PUT that changes nothing is what the matrix asks for.
    return await conftest.client_of(http, address, shop, noop_put="ok")


async def _prepare(client: Client) -> dict[str, Any]:
    return {}


# --- products -----------------------------------------------------------------------------------------------------


async def _create_product(client: Client, body: dict[str, Any]) -> None:
    answer = await client.call("POST", "/products", body)
    assert answer.status == 201, answer.text


async def _read_product(client: Client) -> Parts:
    answer = await client.call("GET", "/products")
    return {WHOLE: answer.json["result"][0]["Product"]}


async def _write_product(client: Client, shown: Parts, part: str, body: dict[str, Any]) -> Answer:
    return await client.call("PUT", f"/products/{shown[WHOLE]['id']}", body)


_SIZES = tuple(
    plain(name, first, second, inside="dimension")
    for name, first, second in (("length", 30, 31), ("width", 20, 21), ("height", 3, 4), ("weight", 0.2, 0.25))
)
_ATTRIBUTE = (
    plain("label", "Cor", "Cores"),
    plain("value.code", "az", "vd"),
    plain("value.label", "Azul", "Verde"),
)
_PHOTO = (
    plain("name", "frente", "verso"),
    plain("title", "De frente", "De costas"),
    plain("order", 1, 2),
    plain("external", "F1", "F2"),
)
_URL = "http://fotos.example/1.jpg"


def _photo(inner: Field) -> Field:
    """Of the photo that this wire's client has put there itself: a file's name is not Plugg.to's to say."""

    def body(seen: Seen, value: Any) -> dict[str, Any]:
        stored = (seen.record or {}).get("photos", ())
        ours = next(({"id": one["id"]} for one in stored if one["url"] == _URL), {"url": _URL})
        return {"photos": [{**ours, **inner.body(seen, value)}]}

    return replace(inner, name=f"photos[].{inner.name}", body=body)


#: What variations have, too.
_OWN = (
    plain("sku", "CAM", "CAM-2"),
    plain("name", "Camisa", "Camiseta"),
    plain("external", "P1", "P2"),
    plain("ean", "7890000000017", "7890000000024"),
    plain("ean_not_mandatory", 1, 0),
    *_SIZES,
    *(element("attributes", one, code="cor") for one in _ATTRIBUTE),
    *(_photo(one) for one in _PHOTO),
)
_CATEGORY = Field(
    name="categories",
    first="Moda > Camisas",
    second="Moda > Lisas",
    body=lambda seen, value: {"categories": [{"name": value}]},
)
_SHARED = (
    plain("short_description", "Curta", "Bem curta"),
    plain("description", "Longa", "Bem longa"),
    *(
        plain(name, f"{name} um", f"{name} dois")
        for name in ("ncm", "nbm", "cest", "isbn", "model", "origin", "brand", "link", "warranty_message")
    ),
    *(plain(name, 3, 4) for name in ("warranty_time", "handling_time", "manufacture_time")),
    plain("available", 1, 0),
    _CATEGORY,
    plain("grouped_skus", [{"sku": "X", "name": "Xis"}], KEPT),
    plain("feito_em", "a field that nobody knows", KEPT),
)
_STOCK_ROW = (
    plain("type", "own", "supplier"),
    plain("priority", 1, 2),
    plain("quantity", 5, 6),
    plain("price", 51, 52),
    plain("special_price", 41, 42),
    plain("handling_time", 7, 8),
)
_STOCK = (plain("quantity", 10, 11), *(element("stock_table", one, code="sp") for one in _STOCK_ROW))
_PRICE_ROW = (
    plain("label", "Atacado", "Varejo"),
    plain("action", "overwrite", KEPT),
    plain("price", 55, 56),
    plain("special_price", 45, 46),
    plain("percentage", 5, 6),
    plain("minimum_price", 10, 11),
    plain("maximum_price", 90, 91),
)
_FIXED = "a client that sends all prices, another base price among them, means each: the row becomes a fixed price"
_COMPUTED_ROW = (
    plain("action", "decrease", "increase", follows=_FIXED),
    plain("percentage", 10, 20, follows=_FIXED),
    plain("label", "a", "b"),
)
_PRICES = (
    plain("price", 59.9, 61.9),
    plain("special_price", 49.9, 48.9),
    plain("cost", 20, 21),
    *(element("price_table", one, code="atacado") for one in _PRICE_ROW),
)
_DERIVED = frozenset(
    {"id", "user_id", "supplier_id", "created", "created_by", "package_skus", "variations", "stock_table", "quantity",
     "price_table", "price", "special_price", "cost"}
)  # fmt: skip
_NO_PLACE = (
    "Plugg.to speaks the account's language alone, and its products have no taxes, volume, custom data or texts for"
    " single receivers. An application's own id is nobody else's to see."
)
_PRODUCT = Record(
    about=_NO_PLACE,
    fields=(*_OWN, *_SHARED),
    create=_create_product,
    read=_read_product,
    write=_write_product,
    moves=_MOVES,
    derived=_DERIVED,
)
_EVERY = _DERIVED | {one.name.split(".")[0].split("[")[0] for one in _PRODUCT.fields}


def _only(*fields: Field, about: str = "") -> Record:
    """A product of which only these fields are asked."""
    return replace(_PRODUCT, fields=fields, derived=_EVERY, about=about)


_NO_GROUPS = (
    "Plugg.to's variations share the SKU, the brand and the categories of one product. Products that have their own"
    " stay products: decision 0016."
)
_SKU = plain("sku", "CAM")
_VARIATION = (
    *(one for one in _OWN if one.name != "sku"),
    plain("quantity", 3, 4),
    plain("price", 58.9, 57.9),
    plain("special_price", 47.9, 46.9),
    plain("cost", 19, 18),
    *(element("price_table", one, code="atacado") for one in _PRICE_ROW),
    *(element("stock_table", one, code="sp") for one in _STOCK_ROW),
    plain("tecido", "a field that nobody knows", KEPT),
)
_VARIATIONS = replace(
    _PRODUCT,
    fields=(*_OWN, *_SHARED, *(element("variations", one, key="sku", sku="CAM-M") for one in _VARIATION)),
    derived=_DERIVED - {"variations"},
)

# --- orders -------------------------------------------------------------------------------------------------------


async def _create_order(client: Client, body: dict[str, Any]) -> None:
    answer = await client.call("POST", "/orders", body)
    assert answer.status == 201, answer.text


async def _read_order(client: Client) -> Parts:
    answer = await client.call("GET", "/orders")
    return {WHOLE: answer.json["result"][0]["Order"]}


async def _write_order(client: Client, shown: Parts, part: str, body: dict[str, Any]) -> Answer:
    return await client.call("PUT", f"/orders/{shown[WHOLE]['id']}", body)


_COMMISSION = tuple(
    plain(name, first, second, inside="commission")
    for name, first, second in (("fixed", 1, 2), ("tax", 10, 11), ("total_charged", 7, 8), ("comment", "c", "d"))
)
_DATES = ("2026-05-01T10:00:00Z", "2026-05-02T11:00:00Z")
_WORDS = (
    "name", "lastname", "address", "address_number", "address_complement", "address_reference", "additional_info",
    "neighborhood", "city", "state", "zipcode", "phone_area", "phone", "phone2_area", "phone2", "email",
)  # fmt: skip


def _party(prefix: str, *more: str) -> tuple[Field, ...]:
    return (
        *(plain(f"{prefix}_{name}", f"{prefix} {name} um", f"{prefix} {name} dois") for name in (*_WORDS, *more)),
        plain(f"{prefix}_country", "BR", "PT"),
        plain(f"{prefix}_schedule_date", *_DATES),
        plain(f"{prefix}_schedule_period", "morning", "night"),
    )


_PAYMENT = (
    *(
        plain(name, f"{name} um", f"{name} dois")
        for name in ("payment_type", "payment_method", "payment_installments", "payment_additional_info", "external")
    ),
    plain("payment_total", 100, 101),
    plain("payment_quota", 50, 51),
    plain("payment_interest", 1, 2),
)
_OTHER_GOODS = "the row's goods, once another wire names others: their variation is looked up anew"
_ITEM = (
    plain("sku", "CAM", "CAM-X"),
    plain("quantity", 2, 3),
    plain("price", 50, 52.5),
    plain("total", 99, 98, follows="price and quantity, once another wire changes one of them"),
    plain("discount", 1, 1.5),
    plain("shipping_cost", 4, 5),
    *(
        plain(name, f"{name} um", f"{name} dois")
        for name in (
            "original_sku", "name", "external", "location", "photo_url", "supplier_id", "stock_code", "place_code",
            "price_code",
        )
    ),
    *_COMMISSION,
    *(
        plain(name, f"{name} um", f"{name} dois", inside="variation", follows=_OTHER_GOODS)
        for name in ("name", "sku", "ean", "external", "photo_url")
    ),
)  # fmt: skip
_ORDER_WORDS = (
    "original_id", "external", "channel", "channel_account", "user_client_id", "sub_status", "delivery_type",
    "discount_description", "payment_installments", "payment_method", "stock_code", "price_code", "sale_intermediary",
    "payment_intermediary", "intermediary_seller_id",
)  # fmt: skip
_ORDER_FIELDS = (
    *(plain(name, f"{name} um", f"{name} dois") for name in _ORDER_WORDS),
    plain("currency", "BRL", KEPT),
    plain("total", 100, 200, follows="the rows, once another wire changes one of them"),
    *(plain(name, at + 101, at + 201) for at, name in enumerate(("subtotal", "shipping", "discount", "total_paid"))),
    *_COMMISSION,
    plain("expected_send_date", *_DATES),
    plain("expected_delivery_date", *_DATES),
    plain("ack", True, False),
    *_party("receiver", "cpf"),
    *_party("payer", "fullname", "tax_id", "document", "company_name", "ie", "im"),
    plain("payer_gender", "male", "female"),
    *(element("payments", one) for one in _PAYMENT),
    *(element("items", one) for one in _ITEM),
    plain("presente", "a field that nobody knows", KEPT),
)
_SHIPMENT_WORDS = (
    "shipping_company", "shipping_method", "shipping_method_id", "track_code", "track_url", "nfe_key", "nfe_link",
    "nfe_number", "nfe_serie", "cfops", "external", "quote", "description", "comment", "error_message", "printed",
    "label_type",
)  # fmt: skip
_SHIPMENT_DATES = ("estimate_delivery_date", "date_shipped", "date_delivered", "date_cancelled", "nfe_date")
_LABEL = ("plp", "logotipo", "sender_name", "sender_address", "sender_city", "sender_state", "sender_zipcode")
_SHIPMENT = (
    plain("status", "shipped", "delivered"),
    *(plain(name, f"{name} um", f"{name} dois") for name in _SHIPMENT_WORDS),
    *(plain(name, *_DATES) for name in _SHIPMENT_DATES),
    *(plain(name, f"{name} um", f"{name} dois", inside="label_info") for name in _LABEL),
    *(
        element("documents", one, url="http://papel.example/1.pdf")
        for one in (plain("type", "label", "invoice"), plain("external", "D1", "D2"))
    ),
    element("issues", plain("description", "caiu", "quebrou")),
    Field(
        name="shipping_items",
        first=1,
        second=3,
        body=lambda seen, value: {"shipping_items": [{"sku": "A-1", "quantity": value}]},
    ),
)
_ORDER_OWN = frozenset(
    {"id", "order_id", "user_id", "created", "created_by", "status", "status_history", "substatus_history",
     "log_history", "log_permanent", "comission", "tags", "sla_ship", "sla_delivery", "label_printed", "deleted",
     "input_service", "marked_as_shipped", "marked_as_delivered", "auto_reserve", "shipments", "payer_cpf",
     "payer_cnpj", "payer_razao_social"}
    | {f"{what}_{step}{end}" for what in ("invoicing", "shipping", "delivery") for step in ("informed", "accepted")
       for end in ("", "_date")}
)  # fmt: skip
_ORDER = Record(
    about="Plugg.to has one status where Plugboard has three, no taxes, and items that are all products.",
    fields=_ORDER_FIELDS,
    create=_create_order,
    read=_read_order,
    write=_write_order,
    moves=_MOVES,
    derived=_ORDER_OWN,
)
_SHIPMENTS = replace(
    _ORDER,
    about="Plugg.to names a carrier by its name, not by a code.",
    fields=(
        plain("original_id", "N1"),
        Field(
            name="items",
            first=3,
            second=NEEDED,
            body=lambda seen, value: {"items": [{"sku": "A-1", "quantity": value}]},
        ),
        *(element("shipments", one) for one in _SHIPMENT),
    ),
    derived=_ORDER_OWN | {one.name.split(".")[0].split("[")[0] for one in _ORDER_FIELDS},
)

# --- states -------------------------------------------------------------------------------------------------------


async def _create_in_state(client: Client, word: str) -> None:
    await _create_order(client, {"channel": "loja", "original_id": word, "status": word})


async def _read_states(client: Client) -> dict[str, Any]:
    answer = await client.call("GET", "/orders")
    return {str(one["Order"]["order_id"]): one["Order"] for one in answer.json["result"]}


async def _write_state(client: Client, order: Any, body: dict[str, Any]) -> Answer:
    return await client.call("PUT", f"/orders/{order['id']}", body)


_STATES = States(
    field="status",
    words=(
        "pending", "partial_payment", "approved", "waiting_invoice", "invoice_error", "partial_invoiced", "invoiced",
        "shipping_informed", "shipping_error", "partial_shipped", "shipped", "partial_delivered", "delivered",
        "under_review", "canceled",
    ),
    create=_create_in_state,
    read=_read_states,
    write=_write_state,
    unrelated={"delivery_type": "fast"},
)  # fmt: skip

PLUGGTO = Wire(
    name="pluggto",
    title="Plugg.to",
    connect=_connect,
    prepare=_prepare,
    nouns={
        "products": _PRODUCT,
        "products with variations": _VARIATIONS,
        "variant groups": replace(_PRODUCT, create=None, about=_NO_GROUPS),
        "stock": _only(
            _SKU, *_STOCK, about="Plugg.to sells what is counted; it has no word for what can always be had."
        ),
        "prices": _only(_SKU, *_PRICES, about="Plugg.to has no steps of quantity: it shows and changes the first."),
        "prices that are computed": _only(
            _SKU,
            plain("price", 60, 70),
            *(element("price_table", one, code="atacado") for one in _COMPUTED_ROW),
        ),
        "orders": _ORDER,
        "shipments": _SHIPMENTS,
    },
    states=_STATES,
)
