"""Every path of this wire, and what its reference page says of it. A new resource is one line in `RESOURCES`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from plughub.dialects.plugboard import (
    connection_list,
    custom,
    files,
    log_events,
    picture_wire,
    pictures,
    prices,
    product_prices,
    root,
    shipment_routes,
)
from plughub.dialects.plugboard.accounts import SETTLEMENTS, Z_REPORTS
from plughub.dialects.plugboard.catalogue import ERRORS
from plughub.dialects.plugboard.categories import CATEGORIES
from plughub.dialects.plugboard.files import FILES
from plughub.dialects.plugboard.invoices import INVOICES
from plughub.dialects.plugboard.named import ATTRIBUTES, CONTENT_GROUPS
from plughub.dialects.plugboard.orders import ORDERS
from plughub.dialects.plugboard.payments import CASH_REGISTERS, PAYMENT_EVENTS, PAYMENT_METHODS, PAYMENTS
from plughub.dialects.plugboard.pricelists import PRICE_LISTS
from plughub.dialects.plugboard.products import PRODUCTS
from plughub.dialects.plugboard.resource import Resource
from plughub.dialects.plugboard.shipments import SHIPMENT
from plughub.dialects.plugboard.variant_groups import VARIANT_GROUPS
from plughub.web import files as served
from plughub.web.dialect import Described, Handler, Route

#: In the order of the reference page.
RESOURCES: tuple[Resource[Any], ...] = (
    VARIANT_GROUPS, ATTRIBUTES, CATEGORIES, PRODUCTS, FILES, CONTENT_GROUPS, PRICE_LISTS, ORDERS,
    INVOICES, PAYMENT_METHODS, PAYMENTS, PAYMENT_EVENTS, SETTLEMENTS, CASH_REGISTERS, Z_REPORTS,
)  # fmt: skip

root.PATHS[:] = [*(resource.path for resource in RESOURCES), connection_list.PATH]

_TEXT: dict[str, Any] = {"type": "string"}
_NULL_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_SHOWN: dict[str, Any] = {"readOnly": True}
COMMON: dict[str, dict[str, Any]] = {
    "href": _TEXT | _SHOWN,
    "localId": _TEXT | _SHOWN,
    "remoteId": _NULL_TEXT | {"description": "the calling connection's own id"},
    "remoteIdMap": {"type": "object"} | _SHOWN,
    "remoteRefMap": {"type": "object"} | _SHOWN,
    "created": {"type": "string", "format": "date-time"} | _SHOWN,
    "lastModified": {"type": "string", "format": "date-time"} | _SHOWN,
    "deleted": {"type": "boolean"} | _SHOWN,
    "source": {"type": ["object", "null"], "properties": {"code": _NULL_TEXT}},
}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name: str, about: str, *, is_required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": is_required, "description": about, "schema": _TEXT}


def described(
    summary: str,
    tag: str,
    answer: dict[str, Any],
    *,
    status: int = 200,
    body: dict[str, Any] | None = None,
    parameters: tuple[dict[str, Any], ...] = (),
    refusals: tuple[int, ...] = (),
) -> Described:
    """What every call may answer is added: 401, 403, 429, 503."""
    answers = {status: ("done", answer)}
    answers |= {code: (_REFUSALS[code], ref("Error")) for code in sorted({*refusals, 401, 403, 429, 503})}
    return Described(summary=summary, tag=tag, parameters=parameters, body=body, answers=answers)


_REFUSALS = {
    400: "refused; nothing was changed",
    401: "no valid credentials",
    403: "not allowed",
    404: "there is no such record",
    409: "in conflict with another record or with this one's state",
    413: "too large",
    415: "not JSON in UTF-8",
    429: "too many attempts",
    503: "busy; try again",
}
_LIST = (
    parameter("modifiedAtOrAfter", "records changed then or later; all without it"),
    parameter("numRecords", "1 to 1000; all without it"),
    parameter("offset", "records to pass over"),
    parameter("deletedFlag", "both, not-deleted or deleted"),
)
_UPSERT = (parameter("updateOnRemoteId", "true: a known remoteId is changed instead of refused"),)
_BY_REMOTE_ID = (parameter("remoteId", "the calling connection's own id", is_required=True),)
_BODY = (400, 413, 415)


def standard(resource: Resource[Any]) -> Iterator[Route]:
    """The routes that every record type has."""
    path, one = f"/api/{resource.path}", ref(resource.name)
    many = {"type": "array", "items": one}

    def about(verb: str, answer: dict[str, Any], **rest: Any) -> Described:
        does, *how = verb.split(" ", 1)
        made = described(" ".join((does, resource.name, *how)), resource.name, answer, **rest)
        return replace(made, name=f"{verb}_{resource.name}".lower().replace(" ", "_"))

    yield Route("GET", path, resource.get_list, about("List", many, parameters=_LIST, refusals=(400,)))
    yield Route(
        "POST", path, resource.post,
        about("Create", one, status=201, body=one, parameters=_UPSERT, refusals=(*_BODY, 409)),
    )  # fmt: skip
    yield Route("POST", f"{path}/query", resource.post_query, about("Query", many, body=ref("Query"), refusals=_BODY))
    remote: dict[str, Any] = {"parameters": _BY_REMOTE_ID}
    where = f"{path}/by-remote-id"
    yield Route("GET", where, resource.get_by_remote_id, about("Read by remote id", one, refusals=(400, 404), **remote))
    yield Route(
        "PUT", where, resource.put_by_remote_id,
        about("Change by remote id", one, body=one, refusals=(*_BODY, 404, 409), **remote),
    )  # fmt: skip
    yield Route(
        "DELETE",
        where,
        resource.delete_by_remote_id,
        about("Delete by remote id", one, refusals=(400, 404, 409), **remote),
    )
    where = f"{path}/{{localId}}"
    yield Route("GET", where, resource.get, about("Read", one, refusals=(404,)))
    yield Route("PUT", where, resource.put, about("Change", one, body=one, refusals=(*_BODY, 404, 409)))
    yield Route("DELETE", where, resource.delete_one, about("Delete", one, refusals=(404, 409)))


def price_routes() -> Iterator[Route]:
    """A product's prices alone, by local and by remote ids."""
    one, tag = ref("Price"), "Price"
    many = {"type": "array", "items": one}
    remote = _BY_REMOTE_ID
    both = (*remote, parameter("pricelistRemoteId", "the calling connection's own id of the list", is_required=True))
    places = (
        ("/api/product/{localId}/price", "/api/product/{localId}/price/{pricelistLocalId}", "", (), ()),
        ("/api/product/by-remote-id/price", "/api/product/by-remote-id/price/by-remote-id", " by remote id",
         remote, both),
    )  # fmt: skip
    for every, single, how, need, need_both in places:
        routes: tuple[tuple[Literal["GET", "PUT", "POST", "DELETE"], str, Handler, str, Any, Any, Any], ...] = (
            ("GET", every, product_prices.get_all, "Read prices", many, None, need),
            ("PUT", every, product_prices.put_all, "Replace prices", many, many, need),
            ("POST", every, product_prices.post_one, "Add prices in a list", one, one, need),
            ("DELETE", every, product_prices.delete_all, "Remove prices", many, None, need),
            ("GET", single, product_prices.get_one, "Read prices in one list", one, None, need_both),
            ("PUT", single, product_prices.put_one, "Set prices in one list", one, one, need_both),
            ("DELETE", single, product_prices.delete_one, "Remove prices in one list", one, None, need_both),
        )
        for method, path, handler, verb, answer, body, parameters in routes:
            status, refusals = 201 if method == "POST" else 200, (*_BODY, 404, 409) if body else (400, 404)
            about = described(
                verb + how, tag, answer, status=status, body=body, parameters=parameters, refusals=refusals
            )
            name = f"{verb}{how}".lower().replace(" ", "_")
            yield Route(method, path, handler, replace(about, name=name))


def picture_routes() -> Iterator[Route]:
    """The files that a product or a variant group shows."""
    one, tag = ref("Picture"), "Picture"
    many = {"type": "array", "items": one}
    for owner in pictures.OWNERS:
        name = owner.resource.name
        places = (("by-remote-id", " by remote id", _BY_REMOTE_ID), ("{localId}", "", ()))
        for place, how, need in places:
            path = f"/api/{owner.resource.path}/{place}/picture"
            routes: tuple[tuple[Literal["GET", "PUT", "POST", "DELETE"], str, Handler, str, Any], ...] = (
                ("GET", path, pictures.get(owner), "List pictures", None),
                ("POST", path, pictures.post(owner), "Add pictures", many),
                ("PUT", path, pictures.put(owner), "Replace pictures", many),
                ("DELETE", f"{path}/{{fileId}}", pictures.delete(owner), "Remove picture", None),
            )
            for method, where, handler, verb, body in routes:
                summary = f"{verb} of {name}{how}"
                refusals = (*_BODY, 404, 409) if body else (400, 404) if method == "GET" else (400, 404, 409)
                about = described(summary, tag, many, body=body, parameters=need, refusals=refusals)
                yield Route(method, where, handler, replace(about, name=summary.lower().replace(" ", "_")))


def _contents() -> Iterator[Route]:
    """What a file holds."""
    path, tag, content = "/api/file/{localId}/data", "File", {"type": "string", "format": "binary"}
    about = described("Upload the content of File", tag, ref("File"), body=content, refusals=(400, 404, 409, 413))
    yield Route(
        "PUT", path, files.put_data, replace(about, takes="application/octet-stream", name="put_file_data"),
        streams=True,
    )  # fmt: skip
    about = described("Download the content of File", tag, content, refusals=(404,))
    yield Route("GET", path, files.get_data, replace(about, gives="*/*", name="get_file_data"))
    yield served.PUBLIC


def _errors(name: str) -> Described:
    listed = {"type": "array", "items": {"type": "object"}}
    return Described(summary="Download all errors", tag="API root", name=name, answers={200: ("the list", listed)})


def _shipments() -> Iterator[Route]:
    """Shipments live in their order."""
    one, tag = ref("Shipment"), "Order"
    path = "/api/order/{localId}/shipment"
    many = {"type": "array", "items": one}
    yield Route("GET", path, shipment_routes.get_list, described("List Shipment", tag, many, refusals=(404,)))
    yield Route(
        "POST", path, shipment_routes.post,
        described("Create Shipment", tag, one, status=201, body=one, parameters=_UPSERT, refusals=(*_BODY, 404, 409)),
    )  # fmt: skip
    path += "/{shipmentId}"
    yield Route("GET", path, shipment_routes.get, described("Read Shipment", tag, one, refusals=(404,)))
    yield Route(
        "PUT", path, shipment_routes.put,
        described("Change Shipment", tag, one, body=one, refusals=(*_BODY, 404, 409)),
    )  # fmt: skip
    yield Route("DELETE", path, shipment_routes.delete, described("Delete Shipment", tag, one, refusals=(404, 409)))


def _platform() -> Iterator[Route]:
    """What is the hub's own."""
    one, tag = ref("Connection"), "Connection"
    many = {"type": "array", "items": one}
    path = f"/api/{connection_list.PATH}"
    yield Route("GET", path, connection_list.get_connections, described("List Connection", tag, many))
    yield Route(
        "GET",
        f"{path}/{{localId}}",
        connection_list.get_connection,
        described("Read Connection", tag, one, refusals=(404,)),
    )
    reports = {"type": "array", "items": ref("LogEvent")}
    yield Route(
        "POST", "/api/log/event", log_events.post_events,
        described("Report events of the client's own system", "Log", reports, body=reports, refusals=_BODY),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api", root.get_root, described("Test credentials", "API root", {"type": "object"})),
    Route("GET", "/api/errors.json", root.get_errors, _errors("get_errors"), is_open=True),
    Route("GET", "/docs/errors.json", root.get_errors, _errors("get_errors_beside_docs"), is_open=True),
    *(route for resource in RESOURCES for route in standard(resource)),
    *_shipments(),
    *price_routes(),
    *picture_routes(),
    *_contents(),
    *_platform(),
)  # fmt: skip

_FILTER = {
    "type": ["object", "null"],
    "description": "a comparison (type, field, value) or and, or, not with subclauses",
    "properties": {
        "type": {
            "type": "string",
            "enum": ["eq", "ne", "gt", "ge", "lt", "le", "in", "like", "isnull", "and", "or", "not"],
        },
        "field": _TEXT,
        "value": {"type": "object", "properties": {"type": _TEXT, "value": {}}},
        "subclauses": {"type": "array", "items": {"type": "object"}},
    },
}
SCHEMAS: dict[str, dict[str, Any]] = {
    **{
        resource.name: {
            "type": "object",
            "properties": {**COMMON, **resource.fields, "customData": custom.SCHEMA},
            "additionalProperties": True,
        }
        for resource in RESOURCES
    },
    "Shipment": SHIPMENT.schema(),
    "Connection": connection_list.SCHEMA,
    "LogEvent": log_events.SCHEMA,
    "Price": prices.SCHEMA,
    "Picture": picture_wire.SCHEMA,
    "Query": {
        "type": "object",
        "properties": {
            "filter": _FILTER,
            "order": {"type": "array", "items": {"type": "object", "properties": {"field": _TEXT, "direction": _TEXT}}},
            "numRecords": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            "offset": {"type": "integer", "minimum": 0, "default": 0},
            "deletedFlag": {"type": "string", "enum": ["both", "not-deleted", "deleted"], "default": "both"},
        },
    },
    "Error": {
        "type": "object",
        "properties": {
            "error": {"type": "boolean"},
            "time": {"type": "string", "format": "date-time"},
            "code": {"type": "integer"},
            "subCode": {"type": "integer", "enum": sorted(entry.sub_code for entry in ERRORS.values())},
            "message": _TEXT,
            **dict.fromkeys(("defaultMessage", "field", "fieldValue", "helpText", "class"), _NULL_TEXT),
        },
        "required": ["error", "time", "code", "subCode"],
    },
}
