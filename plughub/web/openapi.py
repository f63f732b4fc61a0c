"""Each dialect's OpenAPI document and reference page, made from its routes and shapes."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import Environment, PackageLoader

import plughub
from plughub.web.call import Call, Reply, json_reply
from plughub.web.dialect import Described, Dialect, Route

#: What the document calls the hub's own requests to its clients.
_NOTIFICATION = "notification"
_IN_BRACES = re.compile(r"\{(\w+)\}")
_pages = Environment(loader=PackageLoader("plughub.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def document(dialect: Dialect) -> dict[str, Any]:
    """OpenAPI 3.1. Paths are relative to where the dialect is served."""
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
