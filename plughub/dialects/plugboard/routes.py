"""Every path of this wire, and what its reference page says of it. A new resource is one line in `RESOURCES`."""

from collections.abc import Iterator
from typing import Any

from plughub.dialects.plugboard import custom, root
from plughub.dialects.plugboard.catalogue import ERRORS
from plughub.dialects.plugboard.named import ATTRIBUTES, CONTENT_GROUPS
from plughub.dialects.plugboard.resource import Resource
from plughub.web.dialect import Described, Handler, Route

#: In the order of the reference page.
RESOURCES: tuple[Resource[Any], ...] = (ATTRIBUTES, CONTENT_GROUPS)

root.PATHS[:] = [resource.path for resource in RESOURCES]

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
    "source": {"type": "object", "properties": {"code": _NULL_TEXT}},
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
    path, tag, one = f"/api/{resource.path}", resource.name, ref(resource.name)
    many = {"type": "array", "items": one}
    by_id, by_remote = f"{path}/{{localId}}", f"{path}/by-remote-id"

    def route(method: Any, where: str, handler: Handler, about: Described) -> Route:
        return Route(method, where, handler, about)

    yield route("GET", path, resource.get_list, described(f"List {tag}", tag, many, parameters=_LIST, refusals=(400,)))
    yield route(
        "POST",
        path,
        resource.post,
        described(f"Create {tag}", tag, one, status=201, body=one, parameters=_UPSERT, refusals=(*_BODY, 409)),
    )
    yield route(
        "POST",
        f"{path}/query",
        resource.post_query,
        described(f"Query {tag}", tag, many, body=ref("Query"), refusals=_BODY),
    )
    for where, get, put, delete, names in (
        (by_remote, resource.get_by_remote_id, resource.put_by_remote_id, resource.delete_by_remote_id, _BY_REMOTE_ID),
        (by_id, resource.get, resource.put, resource.delete_one, ()),
    ):
        yield route("GET", where, get, described(f"Read {tag}", tag, one, parameters=names, refusals=(404,)))
        yield route(
            "PUT",
            where,
            put,
            described(
                f"Change {tag}; what is not sent stays",
                tag,
                one,
                body=one,
                parameters=names,
                refusals=(*_BODY, 404, 409),
            ),
        )
        yield route("DELETE", where, delete,
                    described(f"Delete {tag}", tag, one, parameters=names, refusals=(404, 409)))  # fmt: skip


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api", root.get_root, described("Test credentials", "API root", {"type": "object"})),
    Route("GET", "/api/errors.json", root.get_errors,
          Described(summary="All errors", tag="API root", answers={200: ("the list", {"type": "array"})}),
          is_open=True),
    Route("GET", "/docs/errors.json", root.get_errors,
          Described(summary="All errors", tag="API root", answers={200: ("the list", {"type": "array"})}),
          is_open=True),
    *(route for resource in RESOURCES for route in standard(resource)),
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
