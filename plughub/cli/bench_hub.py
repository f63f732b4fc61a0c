"""The hub that `plughub bench` starts for itself: a throw-away database, filled, and processes as `serve` has them."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from plughub import app, config
from plughub.bench import Goods, load, usage
from plughub.bench.load import Share
from plughub.cli import supervisor
from plughub.cli.children import Child, Children
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.cli.serve import listen
from plughub.config import Settings
from plughub.core import caller, connections, figures, ids, tenants
from plughub.core.connections import Given
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.tenants import Tenant
from plughub.db import migrate as migrations
from plughub.db import private

_TENANT = "bench"
#: Seconds that the worker may take to place all that loading has told.
_PATIENCE = 1800


@dataclass(slots=True, kw_only=True)
class Own:
    """A hub of our own; nothing of it is left at the end."""

    folder: Path
    settings: Settings
    server: private.Server
    tenant: Tenant
    files: list[Path] = field(default_factory=list)
    products: int = 0
    orders: int = 0

    def goods(self) -> list[Goods]:
        return load.read(self.files)

    async def connect(self, dialect: str) -> dict[str, Any]:
        """What a client of this dialect would be told."""
        hub = app.open_hub(self.settings)
        us = caller.system(self.tenant.id, language=self.tenant.language, currency=self.tenant.currency)
        try:
            async with hub.change(self.tenant.id) as tx:
                name = await connections.free_name(tx, self.tenant.id, dialect, "bench")
                connection, made = await connections.create(tx, hub.keys, us, dialect, name, given=Given())
        finally:
            await hub.close()
        return {"tenant": _TENANT, **app.DIALECTS[dialect].client.credentials(self.tenant, connection, made, "")}

    async def grow(self, products: int, orders: int) -> None:
        """Load until there are so many."""
        for kind, before, after in (("products", self.products, products), ("orders", self.orders, orders)):
            if after > before:
                self.files += await _fill(self, kind, before, after, products)
        self.products, self.orders = max(products, self.products), max(orders, self.orders)
        await migrations.count_rows(self.settings.database_url or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Processes that answer."""

    url: str
    apis: tuple[int, ...]

    def cpu(self) -> int | None:
        return usage.of(self.apis)


@contextmanager
def own() -> Iterator[Own]:
    folder = Path(tempfile.mkdtemp(prefix="plughub-bench-")).resolve()
    # The account that runs PostgreSQL for root has to get through.
    folder.chmod(0o711)
    try:
        with private.running(folder) as server:
            # Nothing of the environment's own hub.
            settings = Settings(data=folder, database_url=server.url)
            yield Own(folder=folder, settings=settings, server=server, tenant=asyncio.run(_begin(settings)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _begin(settings: Settings) -> Tenant:
    await app.migrate(settings)
    hub, id = app.open_hub(settings), TenantId(ids.new())
    try:
        async with hub.change(id) as tx:
            tenant = await tenants.create_tenant(tx, _TENANT, id=id, name="Bench", currency="SEK", country="SE")
            await tenants.furnish(tx, tenant)
    finally:
        await hub.close()
    return tenant


@asynccontextmanager
async def serving(hub: Own, processes: int) -> AsyncIterator[Running]:
    """As `plughub serve --workers N` would; what it logs goes into the folder."""
    settings = replace(hub.settings, port=0, workers=processes)
    with listen(settings) as listening, (hub.folder / "words").open("ab") as words:
        port = listening.getsockname()[1]
        settings = replace(settings, port=port)
        members = supervisor.members(settings, listening, words.fileno())
        async with _started(members, os.environ | config.environment(settings)) as children:
            try:
                await supervisor.until_ready(listening, children)
            except CommandError as error:
                raise CommandError(f"{error}\n{_last_words(hub)}") from error
            await _settled(settings)
            apis = tuple(one.process.pid for one in children.members if one.process and one.arguments[0] == "_api")
            yield Running(url=f"http://127.0.0.1:{port}", apis=apis)


@asynccontextmanager
async def bare(processes: int) -> AsyncIterator[Running]:
    """The same server with nothing behind it."""
    settings = Settings(data=Path(), port=0)
    with listen(settings) as listening:
        number = listening.fileno()
        members = [
            Child(name="a bare server", arguments=("_bare", "--fd", str(number)), files=(number,))
            for _ in range(processes)
        ]
        async with _started(members, dict(os.environ)) as children:
            await supervisor.until_ready(listening, children)
            pids = tuple(one.process.pid for one in children.members if one.process)
            yield Running(url=f"http://127.0.0.1:{listening.getsockname()[1]}", apis=pids)


@asynccontextmanager
async def _started(members: list[Child], environment: Mapping[str, str]) -> AsyncIterator[Children]:
    children = Children(members=members, environment=dict(environment))
    try:
        children.start()
        yield children
    finally:
        await asyncio.shield(children.stop())


async def _settled(settings: Settings) -> None:
    """Loading told of every record; what the worker makes of that is no part of what is measured."""
    hub = app.open_hub(settings)
    try:
        async with asyncio.timeout(_PATIENCE):
            while waiting := await _waiting(hub):
                progress(f"the worker has {waiting:,} events to place")
                await asyncio.sleep(0.2)
    finally:
        await hub.close()


async def _waiting(hub: Hub) -> int:
    async with hub.read(None) as tx:
        return (await figures.figures(tx, hub.now())).events_waiting


def _last_words(hub: Own) -> str:
    return (hub.folder / "words").read_text(errors="replace")[-2000:]


# --- filling --------------------------------------------------------------------------------------------------


async def _fill(hub: Own, kind: str, first: int, end: int, products: int) -> list[Path]:
    """Load records with these numbers by several processes; the files in which they tell what they made."""
    count = max(1, min(os.cpu_count() or 1, (end - first) // load.BATCH))
    done = [0] * count
    files = [hub.folder / f"{kind}-{first}-{turn}" for turn in range(count)]

    def tell(turn: int, records: int) -> None:
        done[turn] = records
        progress(f"{min(first + sum(done), end):,} of {end:,} {kind} are loaded")

    async with asyncio.TaskGroup() as group:
        for turn, file in enumerate(files):
            share = Share(kind=kind, first=first, end=end, turn=turn, of=count, products=products)
            group.create_task(_loader(hub, share, file, tell))
    return files


async def _loader(hub: Own, share: Share, file: Path, tell: Any) -> None:
    given = {"kind": share.kind, "first": share.first, "end": share.end, "turn": share.turn, "of": share.of}
    given |= {"products": share.products, "out": file}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "plughub", "_fill"),
        *(word for name, value in given.items() for word in (f"--{name}", str(value))),
        env=os.environ | config.environment(hub.settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101
        async for line in process.stdout:
            tell(share.turn, int(line))
        if await process.wait() != 0:
            raise CommandError(f"Loading {share.kind} failed; the reason is above.")
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise


def add(commands: Commands) -> None:
    """The process that loads; not for people."""
    parser = commands.add_parser("_fill")
    parser.add_argument("--kind", required=True)
    for name in ("first", "end", "turn", "of", "products"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.set_defaults(func=fill)


def fill(args: argparse.Namespace) -> int:
    names = ("kind", "first", "end", "turn", "of", "products")
    share = Share(**{name: getattr(args, name) for name in names})
    asyncio.run(_filled(config.read(), share, args.out))
    return 0


async def _filled(settings: Settings, share: Share, out: Path) -> None:
    hub = app.open_hub(settings)
    try:
        async with hub.read(None) as tx:
            tenant = await tenants.tenant_by_code(tx, _TENANT)
        await load.load(hub, tenant, share, out, lambda records: print(records, flush=True))
    finally:
        await hub.close()


def progress(words: str) -> None:
    """On one line of a terminal; a log gets nothing but the steps."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()


def step(words: str) -> None:
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{clear}{words}\n")
    sys.stderr.flush()
