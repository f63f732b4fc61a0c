"""Start-up. Lists the dialects; the one file that knows everyone.

How a request travels: `web/front.py` finds the dialect by host or path, `web/serve.py` reads the body, finds the
route and the caller, the dialect's handler decodes and opens `hub.change()`, calls one command of the core, and
spells the answer.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from plughub import checks, config, console, sample
from plughub.config import Settings
from plughub.core import caller, connections, ids, master_key, tenants
from plughub.core.caller import Caller
from plughub.core.connections import Connection, Given
from plughub.core.contents import MIB, Contents
from plughub.core.errors import NotFound
from plughub.core.hub import APP_ROLE, Hub
from plughub.core.ids import TenantId
from plughub.core.secrets import Keys
from plughub.core.shipping import Destination, Quoted
from plughub.core.tenants import Role, Tenant, tokens
from plughub.core.webhooks import Style
from plughub.db import migrate as migrations
from plughub.db import partitions
from plughub.db.line import OWNERS, QUEUES, Line
from plughub.delivery import native
from plughub.dialects import plugboard, pluggto
from plughub.outbound import Outbound, Policy
from plughub.web import EdgeApp, health, logs, openapi
from plughub.web.dialect import Dialect
from plughub.web.front import Front
from plughub.web.metrics import Metrics
from plughub.web.patience import PatientProtocol
from plughub.web.recorder import Recorder

if TYPE_CHECKING:
    from plughub.delivery.engine import Engine

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (pluggto.DIALECT, plugboard.DIALECT)}

#: How receivers are told of changes: each dialect's way, and the hub's own.
STYLES: dict[str, Style] = {
    style.name: style for style in (native.STYLE, *(dialect.notify for dialect in DIALECTS.values())) if style
}

#: The tenant and the connection of the sample shop.
SAMPLE_TENANT, SAMPLE_CONNECTION = "demo", "sample client"


def open_hub(settings: Settings) -> Hub:
    if settings.database_url is None:
        raise RuntimeError("no database was found or started")
    return Hub(
        settings.database_url,
        keys=Keys(config.master_key(settings)),
        contents=open_contents(settings),
        size=settings.pool_size,
    )


def open_contents(settings: Settings) -> Contents:
    place = settings.files or ""
    folder = Path(place).resolve() if place else settings.data / "files"
    return Contents(place if place.startswith("s3://") else folder, largest=settings.largest_file_mib * MIB)


def open_outbound(settings: Settings) -> Outbound:
    return Outbound(Policy(networks=settings.egress_networks, ports=settings.egress_ports))


def open_engine(settings: Settings) -> "Engine":
    """A worker's way to its jobs. Through a pooler it works too, but nothing wakes it: it has to ask."""
    from plughub.delivery.engine import Engine

    if settings.database_url is None:
        raise RuntimeError("no database was found or started")
    line = partial(Line, settings.database_url, role=APP_ROLE, settings=QUEUES)
    return Engine(work=line(), ask=line())


def application(hub: Hub, outbound: Outbound, settings: Settings) -> Front:
    """The ASGI application: every dialect, the console, and at the root health and metrics."""
    recorder = Recorder(hub)
    apps = {
        name: EdgeApp(dialect, hub, outbound, settings.plain_http, settings.base_url, openapi.routes(dialect), recorder)
        for name, dialect in DIALECTS.items()
    }
    index = {
        "name": "Plughub",
        "dialects": {name: {"base": d.mount + d.root, "docs": f"{d.mount}/docs"} for name, d in DIALECTS.items()},
        "console": console.MOUNT,
        "health": "/health",
        "ready": "/ready",
    }
    house = console.House(dialects=DIALECTS, styles=STYLES, base_url=settings.base_url)
    pages = EdgeApp(console.edge(house), hub, outbound)
    metrics = Metrics(hub, {name: served.tally for name, served in apps.items()}, settings.metrics_token)
    mounted = {name: (DIALECTS[name].mount, served) for name, served in apps.items()}
    mounted["console"] = (console.MOUNT, pages)
    return Front(mounted, settings.hosts, health.application(hub, index, [Route("/metrics", metrics.answer)]))


def run_api(settings: Settings, fd: int) -> None:
    """Serve on a socket that was opened for us, until told to stop."""
    logs.set_up(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, socket.socket(fileno=fd)))


async def _serve(settings: Settings, listening: socket.socket) -> None:
    hub, outbound = open_hub(settings), open_outbound(settings)
    server = _server(application(hub, outbound, settings))
    outbound.open()
    try:
        await server.serve(sockets=[listening])
    finally:
        await outbound.close()
        await hub.close()


def _server(application: ASGIApp) -> uvicorn.Server:
    options = uvicorn.Config(
        application,
        http=PatientProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )
    # What was imported lives as long as the process: the collector need not look at it again.
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    return uvicorn.Server(options)


def run_bare(fd: int) -> None:
    """The same server with nothing behind it: what the hub's speed is compared with."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_server(_bare).serve(sockets=[socket.socket(fileno=fd)]))


async def _bare(scope: Scope, receive: Receive, send: Send) -> None:
    body = b'{"answer":"bare"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def run_worker(settings: Settings) -> None:
    logs.set_up(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    from plughub.delivery.work import Worker, work

    worker = Worker(open_hub(settings), open_engine(settings), open_outbound(settings), STYLES)
    task = asyncio.ensure_future(work(worker))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
    await worker.engine.close()
    await worker.outbound.close()
    await worker.hub.close()


def _owners_url(settings: Settings) -> str:
    url = settings.admin_database_url or settings.database_url
    if url is None:
        raise RuntimeError("no database was found or started")
    return url


async def migrate(settings: Settings) -> list[str]:
    """Bring the database to this version, as its owner. Returns the names of what was applied."""
    from plughub.delivery import jobs

    url = _owners_url(settings)
    applied = await migrations.run(url)
    await partitions.make(url)
    told = timedelta(days=settings.keep_deliveries_days)
    asked = timedelta(days=settings.keep_requests_days)
    await partitions.drop(url, {"deliveries": told, "attempts": told, "requests": asked})
    line = Line(url, role=None, settings=OWNERS, silence=None)
    try:
        await jobs.install(line, APP_ROLE)
    finally:
        await line.close()
    return applied


async def prepare(settings: Settings, *, demo: bool, private: bool, say: Callable[[str], None]) -> list[str]:
    """Everything before the first request: migrations, the owner, the sample shop. Returns what to tell.

    `say` gets the progress of what takes longer.
    """
    await migrate(settings)
    await _refuse_powers(settings)
    hub = open_hub(settings)
    try:
        await _refuse_wrong_key(hub, settings)
        return [*await _owner(hub, settings), *await _shop(hub, settings, wanted=demo or private, say=say)]
    finally:
        await hub.close()


async def _refuse_powers(settings: Settings) -> None:
    found = [finding for finding in await checks.database(settings) if not finding.ok]
    if found:
        raise SystemExit("\n".join(f"{finding.name}: {finding.detail}" for finding in found))


async def refuse_wrong_key(settings: Settings) -> None:
    """For a program that works beside the hub: what it signs with a wrong key, no receiver takes."""
    hub = open_hub(settings)
    try:
        await _refuse_wrong_key(hub, settings)
    finally:
        await hub.close()


async def _refuse_wrong_key(hub: Hub, settings: Settings) -> None:
    """Note the master key at first use; end the program if the database was used with another one."""
    async with hub.change(None) as tx:
        if await master_key.note(tx, hub.keys):
            return
        noted = await master_key.mark(tx)
    assert noted is not None  # noqa: S101
    raise SystemExit(f"plughub: {checks.wrong_key(settings, noted)}")


async def _owner(hub: Hub, settings: Settings) -> list[str]:
    async with hub.change(None) as tx:
        if await tenants.users(tx):
            return []
        user, password = await tenants.create_user(tx, "owner", name="Owner")
    return [
        f"Console: {settings.base_url}{console.MOUNT}",
        f"Owner: sign in there as {user.login} with the one-time password {password}",
    ]


async def _shop(hub: Hub, settings: Settings, *, wanted: bool, say: Callable[[str], None]) -> list[str]:
    async with hub.read(None) as tx:
        known = await tenants.tenants(tx)
    if not known and wanted:
        await _load_sample(hub, say)
        await migrations.count_rows(_owners_url(settings))
    address = [f"Plughub listens on {settings.base_url}"]
    try:
        async with hub.read(None) as tx:
            tenant = await tenants.tenant_by_code(tx, SAMPLE_TENANT)
        async with hub.read(tenant.id) as tx:
            connection = await connections.by_name(tx, tenant.id, pluggto.DIALECT.name, SAMPLE_CONNECTION)
    except NotFound:
        return [*address, "" if known else "No tenant yet: `plughub tenant create CODE --name NAME` makes one"]
    return [*address, *await _first_call(hub, settings, tenant, connection)]


async def _load_sample(hub: Hub, say: Callable[[str], None]) -> None:
    id = TenantId(ids.new())
    async with hub.change(id) as tx:
        tenant = await tenants.create_tenant(tx, SAMPLE_TENANT, id=id, **sample.TENANT)
        await tenants.furnish(tx, tenant)
        for user, _ in await tenants.users(tx):
            await tenants.set_role(tx, user.id, tenant.id, Role.OWNER)
        us = caller.system(tenant.id, language=tenant.language, currency=tenant.currency)
        await connections.create(tx, hub.keys, us, pluggto.DIALECT.name, SAMPLE_CONNECTION, given=Given())
    await sample.load(hub, tenant, say)


async def _first_call(hub: Hub, settings: Settings, tenant: Tenant, connection: Connection) -> list[str]:
    """A call that works when pasted, with a token that lives for an hour."""
    if connection.state != "active":
        return []
    async with hub.step(None) as tx:
        made = await tokens.issue(
            tx,
            hub.keys,
            application=connection.application,
            tenant=tenant.id,
            connection=connection.id,
            life=pluggto.LIFE,
            now=hub.now(),
        )
    base = f"{settings.base_url}{pluggto.DIALECT.mount}"
    return [
        f"The sample shop is tenant {tenant.code}. A first call, good for an hour:",
        f"  curl '{base}/products?limit=2&access_token={made.access}'",
        f"Credentials for a client of your own: plughub connection create pluggto --tenant {tenant.code} --json",
        f"Reference: {base}/docs",
    ]


async def quote_freight(
    hub: Hub, settings: Settings, tenant: Tenant, us: Caller, destination: Destination, wanted: Mapping[str, int]
) -> Quoted:
    """As a client is quoted. All freight sources speak Plugg.to's form."""
    outbound = open_outbound(settings)
    try:
        return await pluggto.quote_freight(hub, outbound, tenant, us, destination, wanted)
    finally:
        await outbound.close()
