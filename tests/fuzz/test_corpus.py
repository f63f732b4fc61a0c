"""Every broken or odd body against every route that writes, of every dialect: refused in the dialect's own shape and
without a trace, or taken; never a fault of the hub."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from plughub import app
from plughub.core.hub import Hub
from plughub.web import openapi
from plughub.web.dialect import Dialect, Route, TooLarge
from tests import clients
from tests.clients import Entered
from tests.fuzz.corpus import BROKEN, VALUES, Case
from tests.trace import difference, traces, unchanged

DIALECTS = list(app.DIALECTS.values())
CHUNK = 64 * 1024


@pytest.fixture(scope="module", params=DIALECTS, ids=lambda dialect: dialect.name)
async def entered(request: pytest.FixtureRequest, hub: Hub, http: aiohttp.ClientSession, address: str) -> Entered:
    return await clients.enter(request.param, hub, http, address)


def readers(dialect: Dialect) -> list[Route]:
    """The routes that read a body; those that take bytes as they come have tests of their own."""
    return [route for route in clients.writes(dialect) if route.described.body is not None and not route.streams]


async def pieces(body: bytes, size: int = CHUNK) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def check_refusal(entered: Entered, answer: tuple[int, dict[str, str], bytes], route: Route, where: str) -> None:
    """JSON with the fields that every refusal of this dialect has, and a status that says whose fault it was and that
    the document names."""
    status, headers, body = answer
    assert 400 <= status < 500, (where, status, body[:300])
    assert status in route.described.answers, (where, status, body[:300])
    assert headers["Content-Type"].startswith("application/json"), where
    said = json.loads(body)
    shapes = [shape["required"] for name, shape in entered.dialect.schemas.items() if name.endswith("Error")]
    assert any(set(required) <= said.keys() for required in shapes), (where, said)


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_body_is_refused_by_every_route_and_leaves_no_trace(entered: Entered, hub: Hub, name: str):
    case: Case = BROKEN[name]

    async with unchanged(hub, entered.shop.tenant.id):
        for route in readers(entered.dialect):
            for path in entered.furnished.paths(route):
                body: Any = pieces(case.body, 3) if case.is_chunked else case.body
                answer = await entered.send(route.method, path, body, case.headers)
                check_refusal(entered, answer, route, f"{route.method} {path}")


def fields(schema: dict[str, Any], schemas: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every field that a body may have, inside objects and lists too, four deep."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "items" in schema:
        yield from fields(schema["items"], schemas, (*above, "[]"))
    for name, field in schema.get("properties", {}).items():
        yield (*above, name)
        if len(above) < 4:
            yield from fields(field, schemas, (*above, name))


def planted(way: tuple[str, ...], value: Any) -> Any:
    for name in reversed(way):
        value = [value] if name == "[]" else {name: value}
    return value


async def send_odd(entered: Entered, hub: Hub, *, per_field: int, traced: int) -> dict[int, int]:
    """Each field of each body with some of the odd values, going round; statuses and how often they came.

    `traced`: after how many requests the database is looked at; a trace that a refusal leaves is seen then.
    """
    tenant = entered.shop.tenant.id
    values, turn = list(VALUES.items()), 0
    statuses: Counter[int] = Counter()
    last = await traces(hub, tenant)
    for route in readers(entered.dialect):
        path = next(entered.furnished.paths(route))
        for way in fields(route.described.body or {}, entered.dialect.schemas):
            for _ in range(per_field):
                name, value = values[turn % len(values)]
                turn += 1
                answer = await entered.send(route.method, path, json.dumps(planted(way, value)).encode())
                statuses[answer[0]] += 1
                where = f"{route.method} {path} {'.'.join(way)} = {name}"
                if answer[0] >= 400:
                    check_refusal(entered, answer, route, where)
                if answer[0] < 400:
                    last = await traces(hub, tenant)
                elif turn % traced == 0:
                    assert difference(last, await traces(hub, tenant)) == [], where
    return statuses


async def test_an_odd_value_in_any_field_is_no_fault_of_the_hub_and_leaves_no_trace_when_refused(
    entered: Entered, hub: Hub
):
    statuses = await send_odd(entered, hub, per_field=1, traced=4)

    # So that finding nothing means something.
    assert statuses[200] + statuses[201] > 20
    assert statuses[400] > 100


async def test_a_body_beyond_the_limit_is_refused_though_its_length_is_not_announced(entered: Entered, hub: Hub):
    limit = entered.dialect.body_limit
    told = entered.dialect.spell(TooLarge())

    async with unchanged(hub, entered.shop.tenant.id):
        for route in readers(entered.dialect)[:4]:
            path = next(entered.furnished.paths(route))
            body = b'{"a":"' + b"x" * limit + b'"}'
            answer = await entered.send(route.method, path, pieces(body, 1024 * 1024))

            assert answer[0] == told.status == 413, (route.method, path)
            check_refusal(entered, answer, route, path)


async def test_what_nobody_has_is_refused_as_the_document_says(entered: Entered):
    for route in entered.dialect.routes:
        if "{" not in route.path or route.method not in ("GET", "DELETE"):
            continue
        path = next(entered.furnished.paths(route))
        for known in entered.furnished.known.values():
            path = path.replace(known[0], known[0][:-1] + ("e" if known[0][-1] == "f" else "f"))
        answer = await entered.send(route.method, path)

        assert answer[0] in route.described.answers, (route.method, path, answer)


async def test_every_dialect_says_what_its_refusals_look_like(entered: Entered):
    """What the tests here take for its own shape."""
    document = openapi.document(entered.dialect)

    assert [name for name in document["components"]["schemas"] if name.endswith("Error")]
