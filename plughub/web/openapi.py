"""Each dialect's OpenAPI document and reference page, made from its routes and shapes."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import Environment, PackageLoader

import plughub
from plughub.web.call import Call, Reply, json_reply
from plughub.web.dialect import Described, Dialect, Route
from plughub.web.wire import TAKEN

#: What the document calls the hub's own requests to its clients.
_NOTIFICATION = "notification"
#: Ends the name of a schema of bodies where answers have another of the same name.
_SENT = "Sent"
_IN_BRACES = re.compile(r"\{(\w+)\}")
_pages = Environment(loader=PackageLoader("plughub.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def document(dialect: Dialect) -> dict[str, Any]:
    """OpenAPI 3.1. Paths are relative to where the dialect is served."""
    written = _document(dialect)
    schemas = written["components"]["schemas"]
    operations = [one for methods in written["paths"].values() for one in methods.values()]
    bodies = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    sent = _named(bodies, schemas)
    both = sent & _named([[one["responses"] for one in operations], written["webhooks"]], schemas)
    for operation in operations:
        if "requestBody" in operation:
            operation["requestBody"] = _as_sent(operation["requestBody"], both)
    written["components"]["schemas"] = {
        name: _as_sent(schema, both) if name in sent - both else schema for name, schema in schemas.items()
    } | {name + _SENT: _as_sent(schemas[name], both) for name in sorted(both)}
    shown: dict[str, Any] = _as_shown(written)
    return shown


def _named(node: Any, schemas: dict[str, Any]) -> set[str]:
    """The schemas that are referred to, those that they refer to included."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            name = node["$ref"].rpartition("/")[2] if "$ref" in node else None
            if name is not None and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def _as_sent(node: Any, both: set[str]) -> Any:
    """What is taken in place of what is shown."""
    if isinstance(node, list):
        return [_as_sent(part, both) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return node | {"$ref": node["$ref"] + (_SENT if node["$ref"].rpartition("/")[2] in both else "")}
    if TAKEN in node:
        node = node[TAKEN] | {name: node[name] for name in ("description", "readOnly") if name in node}
    return {name: _as_sent(part, both) for name, part in node.items()}


def _as_shown(node: Any) -> Any:
    if isinstance(node, list):
        return [_as_shown(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {name: _as_shown(part) for name, part in node.items() if name != TAKEN}


def _document(dialect: Dialect) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in dialect.routes:
        operation = _operation(
            route.described, route.described.name or route.handler.__name__, _IN_BRACES.findall(route.path)
        )
        paths.setdefault(route.path, {})[route.method.lower()] = operation | ({"security": []} if route.is_open else {})
    told = dialect.notification
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": plughub.__version__, "description": dialect.description},
        "servers": [{"url": dialect.mount}],
        "paths": paths,
        "webhooks": {_NOTIFICATION: {"post": _operation(told, _NOTIFICATION) | {"security": []}}} if told else {},
        "components": {"schemas": dialect.schemas, "securitySchemes": dialect.security},
        "security": _security(dialect),
    }


def _security(dialect: Dialect) -> list[dict[str, list[str]]]:
    """Alternatives, each of what is needed together."""
    if dialect.needs_all_proofs:
        return [{name: [] for name in dialect.security}]
    return [{name: []} for name in dialect.security]


def routes(dialect: Dialect) -> tuple[Route, ...]:
    """`/openapi.json` and `/docs`, for everyone to read."""
    described = document(dialect)
    page = _pages.get_template("reference.html").render(
        document=described, dialect=dialect, tags=_tags(described), rows=_rows, schema_name=_schema_name
    )

    async def get_document(call: Call) -> Reply:
        return json_reply(described)

    async def get_page(call: Call) -> Reply:
        return Reply(200, page.encode(), "text/html; charset=utf-8")

    about = Described(summary="", tag="")
    return (
        Route("GET", "/openapi.json", get_document, about, is_open=True),
        Route("GET", "/docs", get_page, about, is_open=True),
    )


def _operation(described: Described, name: str, path: Iterable[str] = ()) -> dict[str, Any]:
    in_path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in path]
    operation: dict[str, Any] = {
        "summary": described.summary,
        "tags": [described.tag],
        "operationId": name,
        "parameters": [*in_path, *described.parameters],
        "responses": {
            str(status): {
                "description": about,
                "content": {(described.gives if status < 300 else "application/json"): {"schema": schema}},
            }
            for status, (about, schema) in described.answers.items()
        },
    }
    if described.body is not None:
        operation["requestBody"] = {"content": {described.takes: {"schema": described.body}}}
    return operation


def _tags(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Operations by tag, in the order of the routes; last what the hub itself sends."""
    tags: dict[str, list[dict[str, Any]]] = {}
    sent = [("the address that you registered", methods) for methods in described["webhooks"].values()]
    for path, methods in (*described["paths"].items(), *sent):
        for method, operation in methods.items():
            bodies = operation.get("requestBody", {}).get("content", {}).values()
            row = {
                **operation,
                "path": path,
                "method": method.upper(),
                "body": next((body["schema"] for body in bodies), None),
            }
            tags.setdefault(operation["tags"][0], []).append(row)
    return [{"name": name, "anchor": f"tag-{name.lower()}", "operations": rows} for name, rows in tags.items()]


def _rows(schema: dict[str, Any], prefix: str = "") -> Iterator[dict[str, str]]:
    """Every field of a schema, those inside objects and lists with their path."""
    for name, field in schema.get("properties", {}).items():
        types = field.get("type", "")
        kind = " or ".join(t for t in types if t != "null") if isinstance(types, list) else types
        notes = [field["description"]] if "description" in field else []
        if field.get("readOnly"):
            notes.append("read only")
        if "enum" in field and kind == "string":
            notes.append("one of " + ", ".join(str(member) for member in field["enum"] if member is not None))
        yield {"name": prefix + name, "type": kind, "notes": "; ".join(notes)}
        yield from _rows(field, f"{prefix}{name}.")
        yield from _rows(field.get("items", {}), f"{prefix}{name}[].")


def _schema_name(schema: dict[str, Any]) -> str:
    """A schema in a few words: its name, or the names of what it wraps."""
    if not schema:
        return "any body"
    if schema.get("format") == "binary":
        return "bytes"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_schema_name(one) for one in schema["anyOf"])
    inside = ", ".join(schema.get("properties", {})) or "any fields"
    return f"an object with {inside}"
