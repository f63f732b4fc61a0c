"""What clients do is counted, and what matters of it is kept: on a real socket, with a real client."""

from datetime import timedelta
from uuid import UUID

import aiohttp
import pytest

from plughub.core import connections, traffic
from plughub.core.connections import Connection
from plughub.core.hub import Hub
from plughub.core.traffic import Request, Traffic, Wanted
from plughub.web import recorder
from tests import make
from tests.dialects.plugboard.conftest import client_of as plugboard_client_of
from tests.dialects.pluggto.conftest import Client, client_of


@pytest.fixture
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    return await client_of(http, address, await make.shop(hub))


async def kept(client: Client, **which) -> list[Request]:
    """The log of the client's shop, the newest first."""
    hub, tenant = client.shop.hub, client.shop.tenant.id
    await hub.later.close()
    async with hub.read(tenant) as tx:
        return await traffic.requests(tx, tenant, **which)


async def connection_of(client: Client) -> Connection:
    hub, tenant = client.shop.hub, client.shop.tenant.id
    async with hub.read(tenant) as tx:
        return (await connections.connections(tx, tenant))[0]


async def figures(client: Client) -> Traffic:
    hub, tenant = client.shop.hub, client.shop.tenant.id
    await hub.later.close()
    async with hub.read(tenant) as tx:
        found = await traffic.traffic(tx, tenant, hub.now())
    assert len(found) == 1
    return next(iter(found.values()))


async def test_changes_and_refusals_are_kept_and_reads_only_counted(client: Client):
    before = await kept(client)
    await client.get("/products")
    made = await client.post("/products", {"sku": "A", "name": "Camisa"})
    lost = await client.get("/skus/NO%20SUCH", headers={"User-Agent": "loja/1.0"})

    refused, changed = (await kept(client))[: -len(before) or None]
    assert (made.status, lost.status) == (201, 404)
    assert (changed.method, changed.path, changed.status) == ("POST", "/products", 201)
    assert '"Camisa"' in changed.sent
    assert '"sku":"A"' in changed.answer.replace(" ", "")
    assert (refused.subject, refused.status, refused.agent) == ("NO SUCH", 404, "loja/1.0")
    assert refused.answer == lost.text
    assert refused.answer_size == len(lost.text.encode())

    found = await figures(client)
    assert (found.last.method, found.last.path, found.last.status) == ("GET", "/skus/NO%20SUCH", 404)
    assert found.failed == found.last
    assert (found.calls - len(before), found.failures) == (3, 1)
    assert (found.calls_today, found.failures_today) == (found.calls, 1)


async def test_the_answer_names_its_place_in_the_log(client: Client):
    good = await client.get("/products")
    bad = await client.get("/products/000000000000000000000000")

    assert recorder.REQUEST_ID not in good.headers
    newest = (await kept(client))[0]
    assert newest.id == UUID(hex=bad.headers[recorder.REQUEST_ID])


async def test_a_login_is_kept_with_whom_it_let_in_and_without_its_secrets(client: Client):
    first = (await kept(client))[-1]

    held = client.credentials
    assert (first.method, first.path, first.status) == ("POST", "/oauth/token", 200)
    assert first.connection == (await connection_of(client)).id
    assert held.username in first.sent
    for secret in (held.password, held.client_secret, client.token):
        assert secret not in repr(first)


async def test_a_token_in_the_query_is_masked(client: Client):
    await client.http.get(f"{client.base}/skus/NO?access_token={client.token}&x=1")

    newest = (await kept(client))[0]
    assert newest.query == "access_token=***&x=1"


async def test_reads_are_kept_while_somebody_watches(client: Client):
    hub, shop = client.shop.hub, client.shop
    count = len(await kept(client))

    async def watch(until) -> None:
        async with hub.change(shop.tenant.id) as tx:
            chosen = {connections.RECORD_UNTIL: until.isoformat()}
            await connections.set_options(tx, shop.caller, await connection_of(client), chosen)

    await watch(hub.now() + timedelta(hours=1))
    # With a new token, so that the hub reads the connection's settings now.
    await client.sign_in()
    await client.get("/products", params={"limit": "3"})
    assert [(one.method, one.query) for one in (await kept(client))[:1]] == [("GET", "limit=3&access_token=***")]
    await watch(hub.now() - timedelta(seconds=1))
    await client.sign_in()
    await client.get("/products", params={"limit": "4"})
    # Two more logins, and the one read.
    assert len(await kept(client)) == count + 3


async def test_of_a_flood_some_are_kept_and_all_are_counted(client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recorder.time, "monotonic", lambda: 7.0)
    before = await figures(client)
    for _ in range(30):
        await client.get("/products/000000000000000000000000")

    assert (await figures(client)).failures - before.failures == 30
    assert len(await kept(client, wanted=Wanted.FAILED)) == recorder._MOST


async def test_another_tenant_sees_nothing_of_it(client: Client, hub: Hub):
    await client.get("/products/000000000000000000000000")
    (newest, *_) = await kept(client)
    other = await make.shop(hub)

    async with hub.read(other.tenant.id) as tx:
        assert await traffic.requests(tx, other.tenant.id) == []
        assert await traffic.requests(tx, client.shop.tenant.id) == []
        assert await traffic.traffic(tx, client.shop.tenant.id, hub.now()) == {}
        assert await tx.all("SELECT FROM requests WHERE id = $1", newest.id) == []
        assert await tx.all("SELECT FROM connection_calls") == []


async def test_the_log_costs_the_request_no_round_trip(http, address, hub: Hub):
    client = await plugboard_client_of(http, address, await make.shop(hub))
    await client.get("/product")
    before = hub.pool.round_trips
    await client.get("/product")
    answered = hub.pool.round_trips - before
    await hub.later.close()
    assert hub.pool.round_trips - before == answered
