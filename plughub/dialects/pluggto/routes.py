"""Every path of this wire, and what its reference page says of it."""

from typing import Any

from plughub.dialects.pluggto import (
    account,
    auth,
    freight,
    message_wire,
    messages,
    notify,
    order_wire,
    orders,
    product_wire,
    products,
    shipping,
    stock,
)
from plughub.web.dialect import Described, Route
from plughub.web.files import PUBLIC

_TEXT: dict[str, Any] = {"type": "string"}


def _query(name: str, about: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": about, "schema": _TEXT}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _wrapped(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: _ref(name)}, "required": [name]}


def _list(name: str) -> dict[str, Any]:
    properties = {
        "total": {"type": "integer", "description": "records that match and lie after next"},
        "showing": {"type": "integer"},
        "limit": {"type": "integer"},
        "next": {"type": ["string", "null"]},
        "result": {"type": "array", "items": _wrapped(name)},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


_PAGING = (
    _query("limit", "rows wanted, 1 to 500; 100 when not sent"),
    _query("next", "id of the last row of the answer before"),
    _query("page", "page number from 1; next wins"),
    _query("orderby", "id, created, modified or timestamp"),
    _query("orderdirection", "asc or desc"),
    _query("created", "a range such as 2017-01-01to2017-02-01; either end may be missing"),
    _query("modified", "a range, as created"),
)
_ORDER_FILTERS = (
    _query("sku", "orders with an item of exactly this SKU"),
    _query("channel_id", "the order's number at the channel"),
    _query("channel", "the channel's name, in any letter case"),
    _query("attribute", "code or value of an item's attribute"),
    _query("nfe_number", "invoice number"),
    _query("has_nfe", "1: with an invoice number; 0: without"),
    _query("track_code", "track code of a shipment"),
    _query("shipping_company", "carrier of a shipment, in any letter case"),
    _query("external", "the calling application's own id"),
    _query("ack", "1: taken by the calling application; 0: not"),
    _query("status", "or any other property of an order, nested ones with dots: shipments.nfe_key"),
)
_PRODUCT_FILTERS = (
    _query("available", "1 or 0"),
    _query("all", "part of the name or description"),
    _query("sku", "exactly this SKU, of the product or a variation"),
    _query("bysku", "part of a SKU; an exact match comes first"),
    _query("category", "part of a category's path"),
    _query("attribute", "code or value of an attribute"),
    _query("id", "id of the product or a variation"),
    _query("has_external", "1: the calling application has set its own id"),
    _query("quantity", "exact stock of the product or a variation"),
    _query("brand", "or any other property of a product"),
)

_MESSAGE_FILTERS = (
    _query("channel", "the channel's name, in any letter case"),
    _query("original_id", "the message's number at the channel"),
    _query("item_related", "the order's id or number, or the SKU, as it was written"),
    _query("all", "part of the subject, the customer's name or a comment"),
    _query("status", "or any other property of a message, nested ones with dots: interections.from"),
)
#: Where the body names no message, the query may.
_MESSAGE_NAMES = (
    _query("id", "the message, where the body has no id"),
    _query("original_id", "the message's number at the channel, where the body has none"),
    _query("channel", "the channel of original_id, where the body has none"),
)
_PARCEL = (
    _query("postalcode", "where it goes, with or without a dash", required=True),
    _query("country", "where it goes, BR or BRA; the account's own when not sent"),
    _query("skus", "SKU:quantity, several with commas between them; the last colon counts, quantity 1 when not sent",
           required=True),
)  # fmt: skip

_BAD = ("refused; nothing was changed", _ref("Error"))
#: Two unlike tokens in one call are refused before anything else, in the words of OAuth.
_BAD_OR_TOKENS = (_BAD[0], {"anyOf": [_ref("Error"), _ref("OAuthError")]})
_NO_TOKEN = ("no valid token", _ref("OAuthError"))
_OTHERS = ("the token belongs to another account", _ref("OAuthError"))
_GONE = ("there is no such record", _ref("Error"))
_TOO_LARGE = ("the body is too large", _ref("Error"))
#: What any call may be told.
_BUSY = {429: ("too many attempts", _ref("Error")), 503: ("busy; try again", _ref("Error"))}


def _described(
    summary: str,
    tag: str,
    answer: dict[str, Any],
    *,
    status: int = 200,
    body: dict[str, Any] | None = None,
    parameters: tuple[dict[str, Any], ...] = (),
    one: bool = False,
) -> Described:
    answers = {status: ("done", answer), 400: _BAD_OR_TOKENS, 401: _NO_TOKEN, 403: _OTHERS}
    if one:
        answers[404] = _GONE
    if body is not None:
        answers[413] = _TOO_LARGE
    return Described(summary=summary, tag=tag, parameters=parameters, body=body, answers=answers | _BUSY)


_ORDER, _PRODUCT, _MESSAGE = _wrapped("Order"), _wrapped("Product"), _wrapped("Message")
_TABLE = {"type": "object", "properties": {"Products": {"type": "array", "items": {"type": "object"}}}}
_DELETED = {"type": "object", "properties": {"Product": {"type": "object"}}}
_STOCK = _ref("StockChange")
_QUOTES = {
    "type": "array",
    "description": "One element with the text `mensage` alone where there is no quote.",
    "items": _ref("Quote"),
}
_TOKEN = Described(
    summary="Get a token by password, authorization_code or refresh_token",
    tag="Authentication",
    body=_ref("TokenRequest"),
    answers={200: ("a token", _ref("Token")), 400: ("refused", _ref("OAuthError")), 413: _TOO_LARGE, **_BUSY},
)

ROUTES = (
    Route("POST", "/oauth/token", auth.post_token, _TOKEN, is_open=True),
    Route(
        "GET", "/oauth/token", auth.get_token,
        Described(summary="Always refused: ask by POST", tag="Authentication",
                  answers={405: ("ask by POST", _ref("OAuthError"))}),
        is_open=True,
    ),
    Route("GET", "/users", account.get_users, _described("Whose token it is", "Account", _wrapped("User"))),
    Route(
        "GET", "/time", account.get_time,
        Described(summary="The hub's clock, unix seconds", tag="Account",
                  answers={200: ("the time", {"type": "object", "properties": {"time": {"type": "integer"}}})}),
        is_open=True,
    ),
    Route("GET", "/orders", orders.get_orders,
          _described("List orders", "Orders", _list("Order"), parameters=_PAGING + _ORDER_FILTERS)),
    Route("POST", "/orders", orders.post_orders,
          _described("Create an order", "Orders", _ORDER, status=201, body=_ref("Order"))),
    Route("GET", "/orders/{id}", orders.get_order, _described("Read an order", "Orders", _ORDER, one=True)),
    Route("PUT", "/orders/{id}", orders.put_order,
          _described("Change an order; what is not sent stays", "Orders", _ORDER, body=_ref("Order"), one=True)),
    Route("GET", "/products", products.get_products,
          _described("List products", "Products", _list("Product"), parameters=_PAGING + _PRODUCT_FILTERS)),
    Route("POST", "/products", products.post_products,
          _described("Create a product", "Products", _PRODUCT, status=201, body=_ref("Product"))),
    Route("GET", "/products/tabledata", products.get_tabledata,
          _described("List products in a compact form", "Products", _TABLE, parameters=_PAGING + _PRODUCT_FILTERS)),
    Route("GET", "/products/{id}", products.get_product,
          _described("Read a product", "Products", _PRODUCT, one=True)),
    Route("PUT", "/products/{id}", products.put_product,
          _described("Change a product; what is not sent stays", "Products", _PRODUCT, body=_ref("Product"), one=True)),
    Route("DELETE", "/products/{id}", products.delete_product,
          _described("Delete a product or a variation", "Products", _DELETED, one=True)),
    Route("PUT", "/products/{id}/stock", stock.put_product_stock,
          _described("Change the stock of a product", "Products", _PRODUCT, body=_STOCK, one=True)),
    Route("PUT", "/products/{id}/variation/{vid}/stock", stock.put_variation_stock,
          _described("Change the stock of a variation", "Products", _PRODUCT, body=_STOCK, one=True)),
    Route("GET", "/skus/{sku}", products.get_sku,
          _described("Read a product by SKU", "SKUs", _PRODUCT, one=True)),
    Route("PUT", "/skus/{sku}", products.put_sku,
          _described("Create or change a SKU: simple, with variations or a kit", "SKUs", _PRODUCT,
                     body=_ref("Product"))),
    Route("DELETE", "/skus/{sku}", products.delete_sku,
          _described("Delete a SKU", "SKUs", _DELETED, one=True)),
    Route("GET", "/shipping", shipping.get_shipping,
          _described("Quote the freight of some SKUs, the cheapest first", "Freight", _QUOTES, parameters=_PARCEL,
                     one=True)),
    Route("PUT", "/skus/{sku}/stock", stock.put_sku_stock,
          _described("Increase, decrease or set the stock of a SKU", "SKUs", _PRODUCT, body=_STOCK, one=True)),
    Route("GET", "/messages", messages.get_messages,
          _described("List messages", "Messages", _list("Message"), parameters=_PAGING + _MESSAGE_FILTERS)),
    Route("POST", "/messages", messages.post_messages,
          _described("Create a message", "Messages", _MESSAGE, status=201, body=_ref("Message"))),
    Route("PUT", "/messages", messages.put_messages,
          _described("Add or change interactions of a message, or its fields; the body or the query names it",
                     "Messages", _MESSAGE, body=_ref("Message"), parameters=_MESSAGE_NAMES, one=True)),
    Route("GET", "/messages/{id}", messages.get_message, _described("Read a message", "Messages", _MESSAGE, one=True)),
    Route("PUT", "/messages/{id}", messages.put_message,
          _described("Change a message; what is not sent stays", "Messages", _MESSAGE, body=_ref("Message"), one=True)),
    PUBLIC,
)  # fmt: skip

_OAUTH_ERROR = {
    "type": "object",
    "properties": {"code": {"type": "integer"}, "error": _TEXT, "error_description": _TEXT},
    "required": ["code", "error", "error_description"],
}
_TOKEN_REQUEST = {
    "type": "object",
    "description": "Form encoded; the same names are read from JSON and from the query.",
    "properties": {
        "grant_type": {"type": "string", "enum": ["password", "authorization_code", "refresh_token"]},
        **dict.fromkeys(("client_id", "client_secret", "username", "password", "code", "refresh_token"), _TEXT),
    },
    "required": ["grant_type", "client_id", "client_secret"],
}
_TOKEN_ANSWER = {
    "type": "object",
    "properties": {
        "token_type": _TEXT,
        "access_token": _TEXT,
        "expires_in": {"type": "integer"},
        "refresh_token": _TEXT,
    },
    "required": ["token_type", "access_token", "expires_in", "refresh_token"],
}
_ERROR = {
    "type": "object",
    "properties": {
        "type": _TEXT,
        "details": {"type": ["string", "object"]},
        "code": {"type": "integer"},
        "field": _TEXT,
    },
    "required": ["type", "details"],
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Order": order_wire.ORDER.schema(),
    "Product": product_wire.PRODUCT.schema(),
    "Message": message_wire.MESSAGE.schema(),
    "StockChange": stock.STOCK_CHANGE.schema(),
    "Notification": notify.SCHEMA,
    "Quote": freight.QUOTE.schema(),
    "User": {"type": "object"},
    "TokenRequest": _TOKEN_REQUEST,
    "Token": _TOKEN_ANSWER,
    "Error": _ERROR,
    "OAuthError": _OAUTH_ERROR,
}
