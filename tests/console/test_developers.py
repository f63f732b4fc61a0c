"""The request log as people read it: narrowed, one by one, and as a command that does the same again."""

import asyncio
import html
import os
import re
import subprocess

import pytest

from plughub.core import ids, traffic
from plughub.core.hub import Hub
from plughub.core.traffic import Call, Request
from tests import make
from tests.console.conftest import MOUNT, Person
from tests.dialects.plugboard.conftest import client_of as plugboard_client_of
from tests.dialects.pluggto.conftest import client_of as pluggto_client_of

ROW = re.compile(r"developers/requests/([0-9a-f]{32})")


async def kept(hub: Hub, shop: make.Shop) -> list[Request]:
    await hub.later.close()
    async with hub.read(shop.tenant.id) as tx:
        return await traffic.requests(tx, shop.tenant.id)


async def rows(person: Person, **query: str) -> list[str]:
    """Ids of the requests that the log shows."""
    status, text = await person.get("/developers?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert status == 200
    return ROW.findall(text)


async def test_the_log_is_narrowed_and_found_in(hub: Hub, http, address, person: Person, shop: make.Shop):
    one, two = await pluggto_client_of(http, address, shop), await plugboard_client_of(http, address, shop)
    await one.get("/skus/NO%20SUCH")
    await two.made("/product", {"sku": "B", "vatRatePercent": "25"})
    made, lost, login = (found.id.hex for found in await kept(hub, shop))
    assert await rows(person) == [made, lost, login]
    assert await rows(person, show="failed") == [lost]
    assert await rows(person, q="NO+SUCH") == [lost]
    assert await rows(person, q="NO") == []
    connection = (await kept(hub, shop))[0].connection.hex
    assert await rows(person, connection=connection, show="changes") == [made]
    async with http.get(f"{person.shop}/developers?q={lost}", headers=person.headers, allow_redirects=False) as answer:
        assert answer.headers["Location"].endswith(f"/developers/requests/{lost}")


async def test_older_ones_follow_without_a_gap(hub: Hub, person: Person, shop: make.Shop):
    connection, _ = await make.connection(shop)
    made = [_request(connection.id, f"/skus/{at}") for at in range(60)]
    async with hub.change(shop.tenant.id) as tx:
        noted = [(connection.id, Call(one.at, one.method, one.path, one.status), one) for one in made]
        await traffic.count(tx, shop.tenant.id, noted)
    newest = sorted((one.id.hex for one in made), reverse=True)
    status, text = await person.get("/developers?show=changes")
    assert (status, ROW.findall(text)) == (200, newest[:50])
    older = re.search(r'href="([^"]*before=[^"]*)" rel="next"', text)
    assert older is not None
    path = html.unescape(older[1]).partition(f"{MOUNT}/{shop.tenant.code}")[2]
    _, text = await person.get(path)
    assert ROW.findall(text) == newest[50:]
    assert 'rel="next"' not in text


def _request(connection, path: str, **facts) -> Request:
    given = {
        "id": ids.new(), "connection": connection, "method": "PUT", "path": path, "query": "", "subject": None,
        "status": 200, "seconds": 0.001, "address": "", "agent": "", "sent_type": "", "sent": "", "sent_size": 0,
        "answer_type": "application/json", "answer": "", "answer_size": 0,
    }  # fmt: skip
    return Request(**(given | facts))


async def test_what_a_client_sent_is_text_and_nothing_else(hub: Hub, person: Person, shop: make.Shop):
    connection, _ = await make.connection(shop)
    evil = "<script>alert(1)</script>"
    facts = dict.fromkeys(("agent", "query", "subject", "sent", "sent_type", "answer", "answer_type", "address"), evil)
    one = _request(connection.id, "/" + evil, method=evil[:8], sent_size=25, answer_size=25, **facts)
    async with hub.change(shop.tenant.id) as tx:
        await traffic.count(tx, shop.tenant.id, [(connection.id, Call(one.at, evil, evil, 200), one)])
    for path in (f"/developers/requests/{one.id.hex}", "/developers", f"/connections/{connection.id.hex}"):
        status, text = await person.get(path)
        assert (status, evil in text, html.escape(evil) in text) == (200, False, True)


@pytest.mark.parametrize("id", ["nonsense", "0" * 32])
async def test_a_request_that_is_not_there_is_told_so(person: Person, id: str):
    assert (await person.get(f"/developers/requests/{id}"))[0] == 404


async def test_another_shops_request_is_not_there(hub: Hub, http, address, person: Person):
    other = await make.shop(hub)
    await pluggto_client_of(http, address, other)
    (login,) = await kept(hub, other)
    assert (await person.get(f"/developers/requests/{login.id.hex}"))[0] == 404


async def command(person: Person, request: Request) -> str:
    """What "copy as curl" copies, for the address that this test's hub really has."""
    status, text = await person.get(f"/developers/requests/{request.id.hex}")
    assert status == 200
    found = re.search(r'<code id="curl">(.*?)</code>', text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1]).replace("http://127.0.0.1:8000", person.shop.partition(MOUNT)[0])


async def run(line: str, **variables: str) -> str:
    done = await asyncio.to_thread(
        subprocess.run, ["sh", "-c", line], env=os.environ | variables, capture_output=True, timeout=10, check=True
    )
    return done.stdout.decode()


async def test_the_command_sends_the_same_again(hub: Hub, http, address, person: Person, shop: make.Shop):
    client = await pluggto_client_of(http, address, shop)
    await client.post("/products", {"sku": "A", "name": "It's $HOME"})
    await client.put("/skus/A/stock", {"action": "increase", "quantity": 2})
    put, post, login = await kept(hub, shop)
    token = client.token
    assert token is not None
    await run(await command(person, put), ACCESS_TOKEN=token)
    await run(await command(person, post), ACCESS_TOKEN=token)
    held = client.credentials
    secrets = {"CLIENT_SECRET": held.client_secret, "PASSWORD": held.password}
    line = await command(person, login)
    assert not [secret for secret in secrets.values() if secret in line]
    assert "access_token" in await run(line, **secrets)

    again, retried, repeated, *_ = await kept(hub, shop)
    for new, old in ((again, login), (retried, post), (repeated, put)):
        assert (new.method, new.path, new.query, new.sent) == (old.method, old.path, old.query, old.sent)
    assert repeated.status == put.status == 200


async def test_the_command_names_each_proof_that_a_dialect_wants(hub: Hub, http, address, person, shop: make.Shop):
    client = await plugboard_client_of(http, address, shop)
    await client.made("/product", {"sku": "A", "vatRatePercent": "25"})
    await client.get("/product/00000000000000000000000000000000")
    lost, made = await kept(hub, shop)
    proof = client.proof
    names = {"X_TENANT": proof["X-Tenant"], "X_CONNECTION_ID": proof["X-ConnectionId"]}
    held = client.credentials
    for request in (lost, made):
        await run(await command(person, request), **names, USERNAME=held.username, PASSWORD=held.password)
    newest, before, *_ = await kept(hub, shop)
    assert (before.path, before.status) == (lost.path, lost.status)
    assert (newest.sent, newest.method) == (made.sent, "POST")
