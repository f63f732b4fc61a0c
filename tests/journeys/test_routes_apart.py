"""Every route of every dialect, asked by one tenant for what another has: it is not there."""

import re
import secrets

import aiohttp
import pytest

from plughub import app
from plughub.core.hub import Hub
from plughub.web.dialect import Dialect, Route
from tests import clients
from tests.clients import Entered
from tests.trace import unchanged

_ID = re.compile(rb'"([0-9a-f]{24}|[0-9a-f]{32})"')


@pytest.fixture(scope="module", params=app.DIALECTS.values(), ids=lambda dialect: dialect.name)
async def twins(
    request: pytest.FixtureRequest, hub: Hub, http: aiohttp.ClientSession, address: str
) -> tuple[Entered, Entered]:
    """Two shops with equal SKUs and numbers; every text of each has a mark of its own."""
    dialect: Dialect = request.param
    mine, theirs = [
        await clients.enter(dialect, hub, http, address, mark=f"canary{secrets.token_hex(8)}") for _ in range(2)
    ]
    return mine, theirs


async def told_of(entered: Entered) -> set[bytes]:
    """Every id that this tenant is ever shown, and its mark."""
    shown = {entered.mark.encode()}
    for route in entered.dialect.routes:
        if route.method == "GET":
            for path in entered.furnished.paths(route):
                shown |= set(_ID.findall((await entered.send("GET", path))[2]))
    return shown


def asked(route: Route, mine: Entered, theirs: Entered) -> list[str]:
    """The route's paths with the other's identifiers, those left out that both have."""
    own = set(mine.furnished.paths(route, one=False))
    return [path for path in theirs.furnished.paths(route, one=False) if path not in own]


def harmless(route: Route) -> bytes | None:
    """A body that would be taken for a record of one's own."""
    if route.method == "GET":
        return None
    return b"[]" if (route.described.body or {}).get("type") == "array" else b'{"quantity": 1}'


async def test_no_route_opens_or_changes_a_record_of_another_tenant(twins: tuple[Entered, Entered], hub: Hub):
    for mine, theirs in (twins, twins[::-1]):
        secret = await told_of(theirs) - await told_of(mine)
        assert len(secret) > 4
        tried = 0
        async with unchanged(hub, theirs.shop.tenant.id):
            for route in mine.dialect.routes:
                for path in asked(route, mine, theirs):
                    status, headers, body = await mine.send(route.method, path, harmless(route))
                    tried += 1
                    assert status == 404, (route.method, path, body)
                    sent = path.encode()
                    for one in secret:
                        assert one in sent or one not in body + str(headers).encode(), (route.method, path, body)
        assert tried >= len([route for route in mine.dialect.routes if "{" in route.path]) // 2


async def test_no_list_shows_what_another_tenant_has(twins: tuple[Entered, Entered]):
    for mine, theirs in (twins, twins[::-1]):
        secret = await told_of(theirs) - await told_of(mine)
        for route in mine.dialect.routes:
            if "{" not in route.path and not route.is_open:
                for path in mine.furnished.paths(route):
                    if route.method == "GET" or path.endswith("/query"):
                        _, headers, body = await mine.send(route.method, path, None if route.method == "GET" else b"{}")
                        assert [one for one in secret if one in body + str(headers).encode()] == [], path
