"""People at the console: with a plain client, and with a browser."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from plughub import app, sample
from plughub.console.visit import MOUNT, OWN, SESSION
from plughub.core import caller, connections, ids, traffic, webhooks
from plughub.core.caller import system
from plughub.core.connections import Given
from plughub.core.events import Action, Event
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.tenants import Role, Tenant, create_tenant, create_user, furnish, sessions, set_role
from plughub.core.traffic import Request
from plughub.core.webhooks import Sent
from tests.make import Shop

#: Nothing of the browser's own goes out: there is nothing out there for a test.
_QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PASSWORD = "a long walk by the sea"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has signed in to the console."""

    login: str
    token: str
    #: The shop's address in the console.
    shop: str
    http: aiohttp.ClientSession
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{SESSION}={self.token}"}

    async def get(self, path: str = "", **headers: str) -> tuple[int, str]:
        """A page of the shop, by its path below the shop's address."""
        async with self.http.get(self.shop + path, headers=self.headers | headers, allow_redirects=False) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Send a form of the shop: status, where it leads, text."""
        form = {"csrf": self.csrf, **fields}
        async with self.http.post(self.shop + path, data=form, headers=self.headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()


Employ = Callable[..., Awaitable[Person]]


async def employed(
    hub: Hub, http: aiohttp.ClientSession, address: str, tenant: Tenant, role: Role = Role.OWNER
) -> Person:
    """A new person with a role in a shop, past the first sign-in."""
    login = f"p{ids.new().hex}"
    async with hub.change(None) as tx:
        user, once = await create_user(tx, login, name="Kim Berg")
        await set_role(tx, user.id, tenant.id, role)
    token = await sessions.sign_in(hub, login, once, address="127.0.0.1", agent="tests")
    await sessions.choose_password(hub, user, once, PASSWORD, token=token)
    shop = f"{address}{MOUNT}/{tenant.code}"
    return Person(login=login, token=token, shop=shop, http=http, csrf=hub.keys.form_token(token))


@pytest.fixture
async def person(hub: Hub, http: aiohttp.ClientSession, address: str, shop: Shop) -> Person:
    """The owner of an empty shop."""
    return await employed(hub, http, address, shop.tenant)


@pytest.fixture(scope="session")
async def sample_shop(hub: Hub) -> Tenant:
    """The sample shop, shared by all tests that only look, or change what no other test looks at."""
    id = TenantId(ids.new())
    async with hub.change(id) as tx:
        tenant = await create_tenant(tx, "sample", id=id, **sample.TENANT)
        await furnish(tx, tenant)
    await sample.load(hub, tenant, lambda text: None)
    await _client(hub, tenant)
    return tenant


async def failing(hub: Hub, tenant: Tenant) -> None:
    """A paused receiver that answered 500 to one of two deliveries: nothing is sent to it, whoever works."""
    us, now = caller.system(tenant.id, language=tenant.language, currency=tenant.currency), hub.now()
    async with hub.change(tenant.id) as tx:
        told, _ = await connections.create(tx, hub.keys, us, "pluggto", f"receiver {ids.new().hex}")
        endpoint = await webhooks.subscribe(tx, us, told.id, url="https://receiver.example/hook", style="pluggto")
        changed = [
            Event(
                id=ids.new(), position=1, kind="product", record_id=ids.new(), version=2, action=Action.UPDATED,
                connection_id=None, actor="a test", changes=(), aspects=frozenset(), silent=False, occurred_at=now,
            )
            for _ in range(2)
        ]  # fmt: skip
        await webhooks.plan(tx, tenant.id, changed, [endpoint], app.STYLES, now=now)
        lease = timedelta(seconds=15)
        claimed = await webhooks.claim(tx, tenant.id, endpoint.id, limit=1, lease=lease, probe=False, now=now)
        sent = Sent(began_at=now, seconds=0.2, status=500, answer=b"database is locked")
        style = app.STYLES["pluggto"]
        await webhooks.settle(tx, tenant.id, endpoint, style, [(one, sent) for one in claimed], now=now)
        await webhooks.pause(tx, tenant.id, endpoint, "a test looks at it", now=now)


async def _client(hub: Hub, tenant: Tenant) -> None:
    """A client that has called once, was refused, and is told of changes."""
    us = system(tenant.id, language=tenant.language, currency=tenant.currency)
    async with hub.change(tenant.id) as tx:
        made, _ = await connections.create(tx, hub.keys, us, "pluggto", "sample client", given=Given())
        await webhooks.subscribe(tx, us, made.id, url="https://client.example/hook", style="pluggto")
        request = Request(
            id=ids.new(), connection=made.id, method="PUT", path="/skus/NO-SUCH", query="access_token=***",
            subject="NO-SUCH", status=404, seconds=0.004, address="127.0.0.1", agent="client/1.0",
            sent_type="application/json", sent='{"name": "Camisa"}', sent_size=18,
            answer_type="application/json", answer='{"code": 404}', answer_size=13,
        )  # fmt: skip
        call = traffic.Call(hub.now(), request.method, request.path, request.status)
        await traffic.count(tx, tenant.id, [(made.id, call, request)])


@pytest.fixture(scope="session")
async def owner(hub: Hub, http: aiohttp.ClientSession, address: str, sample_shop: Tenant) -> Person:
    """The owner of the sample shop."""
    return await employed(hub, http, address, sample_shop)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    async with async_playwright() as player:
        options = list(_QUIET) + (["--no-sandbox"] if os.geteuid() == 0 else [])
        browser = await player.chromium.launch(executable_path=chromium, args=options)
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest.fixture
async def window(context: BrowserContext) -> Page:
    """A tab where nobody has signed in. What goes wrong in its scripts fails the test."""
    tab = await context.new_page()
    tab.on("pageerror", lambda error: pytest.fail(f"script: {error}"))
    return tab


@pytest.fixture
async def desk(context: BrowserContext, window: Page, owner: Person) -> Page:
    """A tab on the sample shop's first page, signed in as its owner."""
    await signed_in(context, owner)
    await window.goto(owner.shop)
    return window


async def signed_in(context: BrowserContext, person: Person) -> None:
    await context.add_cookies([{"name": SESSION, "value": person.token, "url": f"{person.shop}"}])


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from its npm package in the version that the console's lock file names."""
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(Path("plughub/console", name), folder)
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine to get axe-core with")
    subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True
    )
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


__all__ = ["MOUNT", "OWN", "Employ", "Person", "employed", "signed_in"]
