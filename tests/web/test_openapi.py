"""Each dialect's document has the shape of OpenAPI 3.1, and says what the routes are."""

import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from plughub import app
from plughub.web import openapi
from plughub.web.dialect import Dialect

DIALECTS = list(app.DIALECTS.values())
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.name)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param


@pytest.fixture
def document(dialect: Dialect) -> dict[str, Any]:
    return json.loads(json.dumps(openapi.document(dialect)))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in (document["paths"] | document["webhooks"]).items():
        for method, operation in methods.items():
            yield path, method, operation


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(part)


def schemas(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from nodes(document["components"]["schemas"])
    for node in nodes(document["paths"]):
        if "schema" in node:
            yield from nodes(node["schema"])


def test_it_has_what_every_document_needs(document: dict[str, Any], dialect: Dialect):
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == dialect.title
    assert document["info"]["version"]
    assert document["servers"] == [{"url": dialect.mount}]


def test_it_has_every_route_and_nothing_else(document: dict[str, Any], dialect: Dialect):
    described = {(method.upper(), path) for path, method, _ in operations(document)}

    told = {("POST", "notification")} if dialect.notify else set()
    assert described == {(route.method, route.path) for route in dialect.routes} | told


def test_every_operation_has_a_name_of_its_own_a_summary_and_answers(document: dict[str, Any]):
    named = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(named) == len(set(named))
    for path, _, operation in operations(document):
        assert operation["summary"], path
        assert operation["tags"], path
        for status, answer in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status), path
            assert answer["description"], path


def test_the_parameters_of_a_path_are_those_in_its_braces(document: dict[str, Any]):
    for path, _, operation in operations(document):
        given = [(parameter["name"], parameter["in"]) for parameter in operation["parameters"]]
        assert len(given) == len(set(given)), path
        assert {name for name, place in given if place == "path"} == set(re.findall(r"\{(\w+)\}", path))
        for parameter in operation["parameters"]:
            assert parameter["in"] in ("path", "query", "header"), path
            assert parameter["required"] is True or parameter["in"] != "path", path
            assert "schema" in parameter, path


def test_every_reference_leads_somewhere_and_no_schema_is_left_over(document: dict[str, Any]):
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    used = {node["$ref"] for node in nodes(document) if "$ref" in node}

    assert used <= known
    assert known - used <= {"#/components/schemas/User"}


def test_schemas_use_json_schemas_words(document: dict[str, Any]):
    for schema in schemas(document):
        types = schema.get("type", [])
        if isinstance(types, str):
            types = [types]
        if isinstance(types, list):
            assert set(types) <= TYPES, schema
        if types == ["array"]:
            assert "items" in schema, schema
        if isinstance(schema.get("required"), list):
            assert set(schema["required"]) <= schema["properties"].keys(), schema


def test_open_operations_ask_for_no_credentials_and_all_others_do(document: dict[str, Any], dialect: Dialect):
    is_open = {(route.path, route.method.lower()): route.is_open for route in dialect.routes}
    # Of whom the hub calls it asks nothing.
    is_open["notification", "post"] = True

    schemes = document["components"]["securitySchemes"]
    together = [{name: [] for name in schemes}] if dialect.needs_all_proofs else [{name: []} for name in schemes]
    assert document["security"] == together
    for path, method, operation in operations(document):
        assert (operation.get("security") == []) is is_open[path, method], path


async def test_the_document_and_its_page_are_served_to_everyone(
    http: aiohttp.ClientSession, address: str, dialect: Dialect, document: dict[str, Any]
):
    async with http.get(f"{address}{dialect.mount}/openapi.json") as answer:
        assert (answer.status, await answer.json()) == (200, document)
    async with http.get(f"{address}{dialect.mount}/docs") as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
    for _, _, operation in operations(document):
        assert operation["summary"].replace("'", "&#39;") in page
