"""Letting a client in and out, and seeing what it does."""

import asyncio
import html
import re
import shlex
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from playwright.async_api import Page, expect

from plughub.core import connections, traffic, webhooks
from plughub.core.connections import Connection
from plughub.core.hub import Hub
from plughub.core.tenants import Role
from plughub.core.traffic import Call
from tests import make
from tests.console.conftest import MOUNT, Person, employed, signed_in
from tests.delivery.receiver import Receiver, receiving
from tests.dialects.pluggto.conftest import Client

TOLD = re.compile(r'<code id="told-(\w+)">([^<]*)</code>')


def told(text: str) -> dict[str, str]:
    """What the page with the credentials shows."""
    return {name: html.unescape(value) for name, value in TOLD.findall(text)}


async def only(hub: Hub, person: Person, shop: make.Shop) -> Connection:
    async with hub.read(shop.tenant.id) as tx:
        (found,) = await connections.connections(tx, shop.tenant.id)
    return found


async def events(hub: Hub, shop: make.Shop) -> list[tuple[str, str]]:
    """(actor, changes) of what happened to connections, the oldest first."""
    async with hub.read(shop.tenant.id) as tx:
        rows = await tx.all(
            "SELECT actor, changes FROM events WHERE tenant_id = $1 AND kind = 'connection' ORDER BY id",
            shop.tenant.id,
        )
    return [(row["actor"], bytes(row["changes"]).decode()) for row in rows]


async def connect(person: Person, dialect: str = "pluggto", **fields: str) -> dict[str, str]:
    status, _, text = await person.post("/connections", dialect=dialect, **fields)
    assert status == 200, text
    return told(here(person, text))


def client(http, held: dict[str, str], shop: make.Shop) -> Client:
    names = ("client_id", "client_secret", "username", "password")
    credentials = connections.Credentials(**{name: held[name] for name in names})
    return Client(http=http, base=held["base_url"], shop=shop, credentials=credentials)


def here(person: Person, text: str) -> str:
    """The same with the address that this test's hub really has; it does not know its own port."""
    return text.replace("http://127.0.0.1:8000", person.shop.partition(MOUNT)[0])


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_a_client_is_connected_called_with_and_seen_without_reloading(
    hub: Hub, person: Person, shop: make.Shop, context, window: Page
):
    await signed_in(context, person)
    await window.goto(f"{person.shop}/connections")
    await window.get_by_role("button", name="Connect the first client").click()
    await window.get_by_role("link", name="Plugg.to").click()
    await window.get_by_label("Name", exact=True).fill("Web shop")
    await window.get_by_role("button", name="Connect it").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("Web shop is connected")
    await expect(window.locator("#live")).to_contain_text("Waiting for the first call")
    command = await window.locator("#first-call").text_content()
    assert command is not None

    words = shlex.split(here(person, command).replace("\\\n", " "))
    run = await asyncio.to_thread(subprocess.run, words, capture_output=True, check=True, timeout=10)
    assert b'"access_token"' in run.stdout

    await expect(window.locator("#live")).to_contain_text("POST /oauth/token", timeout=6000)
    await expect(window.locator("#live")).to_contain_text("answered 200")
    await window.get_by_role("link", name="I have copied them").click()
    await expect(window.locator("tbody").first).to_contain_text("POST /oauth/token")
    await window.get_by_role("link", name="POST /oauth/token").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("POST /oauth/token")
    secret = re.search(r"client_secret=(\w+)", command)
    assert secret is not None
    assert secret[1] not in await window.content()


async def test_secrets_are_shown_once_and_kept_nowhere(hub: Hub, http, person: Person, shop: make.Shop):
    held = await connect(person, name="ERP")
    assert held.keys() == {"base_url", "client_id", "client_secret", "username", "password", "user_id", "code"}
    found = await only(hub, person, shop)
    assert (found.name, found.client_id) == ("ERP", held["client_id"])
    await client(http, held, shop).sign_in()
    await hub.later.close()

    pages = ["/connections", f"/connections/{found.id.hex}", "/developers"]
    async with hub.read(shop.tenant.id) as tx:
        pages += [f"/developers/requests/{one.id.hex}" for one in await traffic.requests(tx, shop.tenant.id)]
    assert len(pages) == 4
    for path in pages:
        status, text = await person.get(path)
        assert status == 200
        assert [name for name in ("client_secret", "password", "code") if held[name] in text] == []
    assert [actor for actor, _ in await events(hub, shop)] == [person.login]


async def test_each_vendor_is_told_in_its_own_words_with_the_options_chosen(hub: Hub, http, person: Person, shop):
    held = await connect(person, "plugboard", name="Kassa", option_create_status="200", option_unknown_fields="")
    assert held.keys() == {"base_url", "tenant", "connection_id", "username", "password"}
    assert (await only(hub, person, shop)).settings == {"create_status": "200"}
    answer = await http.post(
        f"{held['base_url']}/product",
        json={"sku": "A"},
        headers={
            "X-Tenant": held["tenant"],
            "X-ConnectionId": held["connection_id"],
            "Authorization": aiohttp.encode_basic_auth(held["username"], held["password"]),
        },
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"name": "ERP"}, 409, "There is already a connection ERP."),
        ({"name": "x", "option_noop_put": "maybe"}, 400, "Must be error or ok"),
        ({"name": "x", "held_client_id": "known"}, 400, "its secret has to be given, too"),
    ],
)
async def test_what_cannot_be_is_told_in_the_form_with_what_was_typed(hub, person, shop, fields, status, told):
    await make.connection(shop, name="ERP", given=connections.Given(client_id="known", client_secret="x" * 32))
    seen, _, text = await person.post("/connections", dialect="pluggto", **fields)
    assert (seen, told in html.unescape(text)) == (status, True)
    assert f'value="{fields["name"]}"' in text
    assert len(await events(hub, shop)) == 1


async def test_a_client_is_paused_let_in_again_and_let_in_no_more(hub: Hub, http, person: Person, shop: make.Shop):
    held = await connect(person, name="ERP")
    path = f"/connections/{(await only(hub, person, shop)).id.hex}"

    async def status() -> int:
        # Each process believes a token that it saw for two seconds: a new one is looked up.
        return (await (await client(http, held, shop).sign_in()).get("/products")).status

    assert await status() == 200
    assert (await person.post(f"{path}/pause"))[0] == 303
    assert await status() == 403
    assert (await person.post(f"{path}/pause"))[0] == 303
    assert (await person.post(f"{path}/resume"))[0] == 303
    assert await status() == 200
    code, _, text = await person.post(f"{path}/revoke", name="erp")
    assert (code, "not its name" in text) == (400, True)
    assert await status() == 200
    assert (await person.post(f"{path}/revoke", name="ERP"))[0] == 303
    assert (await client(http, held, shop).ask_token(grant_type="password", **{
        name: held[name] for name in ("client_id", "client_secret", "username", "password")
    })).status == 400  # fmt: skip
    changed = [changes for _, changes in await events(hub, shop)]
    assert [re.findall(r'"(?:active|paused|revoked)"', one) for one in changed[1:]] == [
        ['"active"', '"paused"'], ['"paused"', '"active"'], ['"active"', '"revoked"'],
    ]  # fmt: skip
    assert (await person.post(f"{path}/pause"))[0] == 409


async def test_new_secrets_end_the_old_ones(hub: Hub, http, person: Person, shop: make.Shop):
    old = await connect(person, name="ERP")
    found = await only(hub, person, shop)
    status, _, text = await person.post(f"/connections/{found.id.hex}/rotate")
    new = told(here(person, text))
    assert status == 200
    assert new["client_secret"] != old["client_secret"]
    assert "Waiting for the next call" in text
    await client(http, new, shop).sign_in()
    grant = {name: old[name] for name in ("client_id", "client_secret", "username", "password")}
    assert (await client(http, old, shop).ask_token(grant_type="password", **grant)).status == 400

    status, _, text = await person.post(f"/connections/{found.id.hex}/code")
    code = re.search(r'<code id="code">(\w+)</code>', text)
    assert code is not None
    named = {name: new[name] for name in ("client_id", "client_secret")}
    assert (
        await client(http, new, shop).ask_token(grant_type="authorization_code", code=code[1], **named)
    ).status == 200


async def test_options_that_somebody_else_changed_are_not_overwritten(hub: Hub, person: Person, shop: make.Shop):
    connection, _ = await make.connection(shop)
    path = f"/connections/{connection.id.hex}"
    assert (await person.post(f"{path}/options", held="", option_noop_put="ok"))[0] == 303
    status, _, text = await person.post(f"{path}/options", held="", option_noop_put="error")
    assert (status, "somebody else changed" in text.lower()) == (409, True)
    assert (await only(hub, person, shop)).settings == {"noop_put": "ok"}
    assert (await person.post(f"{path}/options", held="noop_put=ok", option_noop_put=""))[0] == 303


async def test_everything_is_kept_for_an_hour_when_asked(hub: Hub, person: Person, shop: make.Shop):
    connection, _ = await make.connection(shop)
    path = f"/connections/{connection.id.hex}"
    await person.post(f"{path}/watch", on="1")
    until = (await only(hub, person, shop)).settings[connections.RECORD_UNTIL]
    assert timedelta(minutes=59) < type(hub.now()).fromisoformat(until) - hub.now() <= timedelta(hours=1)
    assert "Everything is kept for now" in (await person.get(path))[1]
    await person.post(f"{path}/watch")
    assert (await only(hub, person, shop)).settings == {}


async def test_an_address_is_checked_added_tested_paused_and_removed(
    hub: Hub, person: Person, shop: make.Shop, receiver
):
    connection, _ = await make.connection(shop)
    await make.product(shop)
    path = f"/connections/{connection.id.hex}"
    for bad in ("ftp://x.example/", "https://", "http://10.0.0.1/", "https://a b.example/"):
        status, _, text = await person.post(f"{path}/addresses", url=bad)
        assert (status, f'value="{bad}"' in text) == (400, True), bad
    assert (await person.post(f"{path}/addresses", url=receiver.url, kind="orders"))[0] == 303
    assert (await person.post(f"{path}/addresses", url=receiver.url))[0] == 409
    async with hub.read(shop.tenant.id) as tx:
        (made,) = await webhooks.subscriptions(tx, shop.tenant.id)
    assert (made.url, made.kinds, made.style) == (receiver.url, ("orders",), "pluggto")

    at = f"{path}/addresses/{made.id.hex}"
    status, _, text = await person.post(f"{at}/test")
    assert (status, "It was received" in text) == (200, True)
    assert len(receiver.received) == 1
    receiver.status = 500
    _, _, text = await person.post(f"{at}/test")
    assert "It was not received" in text

    assert (await person.post(f"{at}/pause"))[0] == 303
    assert f"paused by {'Kim Berg'}" in (await person.get(path))[1]
    assert (await person.post(f"{at}/resume"))[0] == 303
    assert "whsec_" in (await person.post(f"{at}/secret"))[2]
    assert (await person.post(f"{at}/remove"))[0] == 303
    assert receiver.url not in (await person.get(path))[1]
    assert (await person.post(f"{at}/test"))[0] == 409


async def test_who_may_only_look_sees_no_button_and_can_press_none(hub: Hub, http, address, shop: make.Shop):
    connection, _ = await make.connection(shop)
    async with hub.change(shop.tenant.id) as tx:
        made = await webhooks.subscribe(tx, shop.caller, connection.id, url="https://a.example/", style="pluggto")
    reader = await employed(hub, http, address, shop.tenant, Role.MERCHANT)
    path = f"/connections/{connection.id.hex}"
    for page in ("/connections", path, "/developers"):
        status, text = await reader.get(page)
        assert (status, 'method="post" action="/console/t' in text) == (200, False)
    assert (await reader.get("/connections/new"))[0] == 403
    acts = ["pause", "resume", "rotate", "code", "revoke", "options", "watch", "addresses"]
    acts += [f"addresses/{made.id.hex}/{act}" for act in ("test", "pause", "resume", "remove", "secret")]
    for act in acts:
        assert (await reader.post(f"{path}/{act}"))[0] == 403, act
    assert (await reader.post("/connections", dialect="pluggto"))[0] == 403
    assert len(await events(hub, shop)) == 1


async def test_another_shops_connection_is_not_there(hub: Hub, person: Person):
    other = await make.shop(hub)
    connection, _ = await make.connection(other)
    async with hub.change(other.tenant.id) as tx:
        made = await webhooks.subscribe(tx, other.caller, connection.id, url="https://a.example/", style="pluggto")
    for path in (f"/connections/{connection.id.hex}", "/connections/nonsense"):
        assert (await person.get(path))[0] == 404
        for act in ("pause", "rotate", f"addresses/{made.id.hex}/secret"):
            assert (await person.post(f"{path}/{act}"))[0] == 404


async def test_an_address_of_another_connection_is_not_there(hub: Hub, person: Person, shop: make.Shop):
    one, _ = await make.connection(shop)
    two, _ = await make.connection(shop)
    async with hub.change(shop.tenant.id) as tx:
        made = await webhooks.subscribe(tx, shop.caller, one.id, url="https://a.example/", style="pluggto")
    assert (await person.post(f"/connections/{two.id.hex}/addresses/{made.id.hex}/remove"))[0] == 404


async def test_the_pages_cost_a_few_statements_however_much_there_is(hub: Hub, person: Person, shop: make.Shop):
    for _ in range(5):
        connection, _ = await make.connection(shop)
        async with hub.change(shop.tenant.id) as tx:
            for at in range(3):
                url = f"https://a.example/{at}"
                await webhooks.subscribe(tx, shop.caller, connection.id, url=url, style="pluggto")
            await traffic.count(
                tx, shop.tenant.id, [(connection.id, Call(hub.now(), "GET", "/x", 404), None) for _ in range(3)]
            )
    for path, most in (("/connections", 4), (f"/connections/{connection.id.hex}", 8), ("/developers", 2)):
        await person.get(path)
        before = hub.pool.round_trips
        await person.get(path)
        # The session, and the tenant's setting.
        assert hub.pool.round_trips - before <= most + 4, path
