"""`plughub bench`: how fast a hub is, over real sockets and through a dialect."""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncpg

from plughub import app
from plughub.bench import (
    CLIENTS,
    Client,
    Goods,
    Machine,
    Result,
    Run,
    Target,
    Workload,
    markdown,
    own,
    table,
    usage,
    wrk,
)
from plughub.bench.model import Draw, Driven
from plughub.cli import bench_hub
from plughub.cli.bench_hub import Own, Running, progress, step
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.cli.signals import Stopper

#: What `--growth` measures: both read, so what one step has done does not count in the next.
GROWTH = ("W1", "W4")
STEPS, CROWDS = (1_000, 10_000, 100_000, 1_000_000), (1, 4, 16, 64)
#: Warming up takes so many times as long as measuring at most, and no longer than this many seconds.
_WARM, _WARMEST = 3, 30.0

_BARE = Workload(name="bare", about="an answer without a hub behind it", method="GET", path="/", proof="bare")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was asked for."""

    client: Client
    workloads: tuple[Workload, ...]
    seconds: float
    #: The path of wrk; None: our own client.
    wrk: str | None
    #: For files that wrk reads.
    folder: Path


def add(commands: Commands) -> None:
    parser = commands.add_parser("bench", help="how fast a hub is, on a throw-away database or on one that runs")
    parser.add_argument("--dialect", choices=sorted(CLIENTS), default="pluggto", help="the API to go through (pluggto)")
    parser.add_argument(
        "--workload", action="append", choices=["W1", "W2", "W3", "W4"], help="may be repeated; all four"
    )
    parser.add_argument("--seconds", type=_above_zero(float), default=10.0, help="for each workload (10)")
    parser.add_argument("--clients", type=_numbers, metavar="N,...", help="connections that are kept busy (16)")
    parser.add_argument(
        "--processes", type=_numbers, metavar="N,...", default=(1,), help="API processes (1); 1,2: one run each"
    )
    parser.add_argument("--products", type=_above_zero(int), default=10_000, help="with four variants each (10000)")
    parser.add_argument("--orders", type=_above_zero(int), default=10_000, help="that are there already (10000)")
    parser.add_argument(
        "--growth", type=_numbers, nargs="?", const=STEPS, metavar="N,...",
        help="W1 and W4 with so many products (1000,10000,100000,1000000), each with 1, 4, 16 and 64 clients",
    )  # fmt: skip
    parser.add_argument("--driver", choices=["wrk", "own"], help="who sends the requests (wrk where it is installed)")
    parser.add_argument("--url", help="a hub that runs: the base URL of a client of the dialect")
    parser.add_argument(
        "--credentials", type=Path, metavar="FILE",
        help="for --url: what `plughub connection create DIALECT --json` printed",
    )  # fmt: skip
    parser.add_argument("--write", action="store_true", help="with --url: also W2 and W3, which change the hub's data")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="print JSON; a list of runs where more than one was asked for"
    )
    form.add_argument("--markdown", action="store_true", help="print tables for a page")
    parser.set_defaults(func=bench)
    bench_hub.add(commands)


def bench(args: argparse.Namespace) -> int:
    _check(args)
    program = None if args.driver == "own" else wrk.find()
    if args.driver == "wrk" and program is None:
        raise CommandError("wrk is not installed: install the package wrk, or leave --driver out.")
    client = CLIENTS[args.dialect]
    with Stopper() as stopper, TemporaryDirectory(prefix="plughub-bench-wrk-") as folder:
        plan = Plan(
            client=client,
            workloads=_chosen(args, client),
            seconds=args.seconds,
            wrk=program,
            folder=Path(folder),
        )
        with nullcontext() if args.url else bench_hub.own() as hub:
            act = (
                _running(plan, args)
                if hub is None
                else _grown(plan, args, hub)
                if args.growth
                else _own(plan, args, hub)
            )
            runs = _interruptible(stopper, act)
            machine = asyncio.run(_machine(plan, hub))
    _show(args, runs, machine)
    return 1 if any(result.errors for run in runs for result in run.workloads.values()) else 0


def _interruptible(stopper: Stopper, act: Coroutine[Any, Any, Found]) -> Found:
    """A request to stop ends what runs in the right order, and then the command."""

    async def watched() -> Found:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        with stopper.telling(task.cancel):
            return await act

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _check(args: argparse.Namespace) -> None:
    if args.url is None:
        if args.credentials or args.write:
            raise CommandError("--credentials and --write belong to a hub that runs: name it with --url.")
        return
    if args.credentials is None:
        raise CommandError(
            f"A hub that runs wants to know who calls: `plughub connection create {args.dialect} --tenant CODE --json`"
            " prints credentials; give the file with --credentials."
        )
    if urlsplit(args.url).scheme != "http":
        raise CommandError("--url must begin with http://: what TLS costs is not measured here.")
    if args.growth:
        raise CommandError("--growth fills a database: it cannot be had with --url.")


def _chosen(args: argparse.Namespace, client: Client) -> tuple[Workload, ...]:
    names = args.workload or [one.name for one in client.workloads]
    if args.growth:
        names = [name for name in names if name in GROWTH]
    chosen = tuple(one for one in client.workloads if one.name in names)
    if args.url and not args.write:
        if args.workload and any(one.writes for one in chosen):
            raise CommandError("W2 and W3 change the data of the hub that runs: say --write if they may.")
        chosen = tuple(one for one in chosen if not one.writes)
    if not chosen:
        raise CommandError(f"--growth measures {' and '.join(GROWTH)}: choose one of them or leave --workload out.")
    return chosen


# --- runs -----------------------------------------------------------------------------------------------------


async def _own(plan: Plan, args: argparse.Namespace, hub: Own) -> list[Run]:
    step(f"Loading {args.products:,} products and {args.orders:,} orders")
    await hub.grow(args.products, args.orders)
    told, goods = await hub.connect(plan.client.dialect), hub.goods()
    runs = []
    for processes in args.processes:
        async with _both(plan, hub, processes) as (running, bare, database):
            for clients in args.clients or (16,):
                target = await _signed_in(plan, running.url, told)
                blank = Run(
                    dialect=plan.client.dialect, products=hub.products, processes=processes, clients=clients, bare=None
                )
                runs.append(await _measured(plan, blank, target, goods, running, bare, database))
    return runs


async def _grown(plan: Plan, args: argparse.Namespace, hub: Own) -> list[Run]:
    runs = []
    told = await hub.connect(plan.client.dialect)
    for products in sorted(args.growth):
        step(f"Loading {products:,} products")
        await hub.grow(products, 0)
        goods = hub.goods()
        async with _both(plan, hub, args.processes[0]) as (running, bare, database):
            for clients in args.clients or CROWDS:
                target = await _signed_in(plan, running.url, told)
                blank = Run(
                    dialect=plan.client.dialect,
                    products=products,
                    processes=args.processes[0],
                    clients=clients,
                    bare=None,
                )
                runs.append(await _measured(plan, blank, target, goods, running, bare, database))
    return runs


async def _running(plan: Plan, args: argparse.Namespace) -> list[Run]:
    """A hub that somebody else started: its processors are out of sight, the bare answer is this machine's own."""
    told = _told(args.credentials)
    target = await plan.client.sign_in(_ask, args.url.rstrip("/"), told)
    goods = await plan.client.look_around(_ask, target)
    if not goods:
        raise CommandError("The hub has no products to ask for: load some first, as with `plughub serve --demo`.")
    is_here = target.host in ("localhost", "127.0.0.1", "::1")
    runs = []
    async with _bare_here(args.processes[0] if is_here else 0) as bare:
        for clients in args.clients or (16,):
            blank = Run(dialect=plan.client.dialect, products=len(goods), processes=None, clients=clients, bare=None)
            runs.append(await _measured(plan, blank, target, goods, None, bare, lambda: None))
    return runs


@asynccontextmanager
async def _both(
    plan: Plan, hub: Own, processes: int
) -> AsyncIterator[tuple[Running, Running, Callable[[], int | None]]]:
    postmaster = hub.server.process.pid if hub.server.process else None
    async with bench_hub.bare(processes) as bare, bench_hub.serving(hub, processes) as running:
        yield running, bare, lambda: usage.of_tree(postmaster)


@asynccontextmanager
async def _bare_here(processes: int) -> AsyncIterator[Running | None]:
    if not processes:
        yield None
        return
    async with bench_hub.bare(processes) as bare:
        yield bare


async def _signed_in(plan: Plan, url: str, told: dict[str, Any]) -> Target:
    dialect = app.DIALECTS[plan.client.dialect]
    return await plan.client.sign_in(_ask, f"{url}{dialect.mount}{dialect.root}", told)


_ask = own.ask


async def _measured(
    plan: Plan,
    run: Run,
    target: Target,
    goods: Sequence[Goods],
    running: Running | None,
    bare: Running | None,
    database: Callable[[], int | None],
) -> Run:
    """Every workload, and before them the bare answer that they are compared with."""
    if bare is not None:
        seen = await _driven(plan, run, Target(base=bare.url), Draw(_BARE, goods), "a bare answer")
        run = replace(run, bare=seen.answers / seen.seconds)
    for work in plan.workloads:
        draw = Draw(work, goods)
        warm = await _warm(plan, run, target, draw)
        hub_before, database_before = running.cpu() if running else None, database()
        seen = await _driven(plan, run, target, draw, f"{work.name}, {work.about}")
        hub_after, database_after = running.cpu() if running else None, database()
        if not seen.answers:
            raise CommandError(f"{work.name} got no answer: {seen.example}")
        rps = seen.answers / seen.seconds
        result = Result(
            rps=rps,
            p50_ms=seen.p50_ms,
            p99_ms=seen.p99_ms,
            ratio=rps / run.bare if run.bare else None,
            server_cpu_us=_each(hub_before, hub_after, seen.answers),
            database_cpu_us=_each(database_before, database_after, seen.answers),
            errors=warm.errors + seen.errors,
        )
        run = replace(run, workloads={**run.workloads, work.name: result})
    return run


def _each(before: int | None, after: int | None, answers: int) -> float | None:
    return None if before is None or after is None else (after - before) / answers


async def _warm(plan: Plan, run: Run, target: Target, draw: Draw) -> Driven:
    """Every text once, as far as time allows, with a look into each answer, which wrk does not take."""
    places = iter(range(2**62))
    progress(f"{draw.workload.name} with {run.clients} clients: warming up")
    seen = await own.drive(
        target,
        lambda: draw.in_turn(next(places)),
        clients=run.clients,
        seconds=min(_WARM * plan.seconds, _WARMEST),
        most=max(draw.longest, 2 * run.clients) * (run.processes or 1),
    )
    if seen.errors:
        step(f"{draw.workload.name}: {seen.errors} wrong of {seen.answers} answers; the first: {seen.example}")
    return seen


async def _driven(plan: Plan, run: Run, target: Target, draw: Draw, about: str) -> Driven:
    progress(f"{about}: {run.clients} clients, {plan.seconds:g} s")
    if plan.wrk is None:
        seen = await own.drive(target, draw.at_random, clients=run.clients, seconds=plan.seconds)
    else:
        seen = await wrk.drive(plan.wrk, plan.folder, target, draw, clients=run.clients, seconds=plan.seconds)
        if seen.errors and not seen.example:
            few = await own.drive(target, draw.at_random, clients=1, seconds=1, most=100)
            seen = replace(seen, example=few.example or "none when asked again")
    words = f"{seen.answers / seen.seconds:,.0f}/s" if seen.answers else "no answer"
    step(f"{about}: {words}" + (f", {seen.errors} errors: {seen.example}" if seen.errors else ""))
    return seen


# --- words ----------------------------------------------------------------------------------------------------


def _told(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(told, dict):
        raise CommandError(f"{file} must hold what `plughub connection create --json` printed.")
    return told


async def _machine(plan: Plan, hub: Own | None) -> Machine:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    version = None
    if hub is not None:
        connection = await asyncpg.connect(hub.settings.database_url, timeout=10)
        try:
            version = str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()
    return Machine(
        date=date.today().isoformat(),
        cores=os.cpu_count() or 1,
        memory_gib=pages * size / 2**30,
        postgresql=version,
        driver="wrk" if plan.wrk else "plughub's own client, which takes more of the machine than wrk",
    )


def _show(args: argparse.Namespace, runs: list[Run], machine: Machine) -> None:
    if args.json:
        is_one = len(runs) == 1 and not args.growth
        # Asked for one run, a program gets one; of several it has to be told by how many clients each was.
        told = runs[0].tree() if is_one else [{**run.tree(), "clients": run.clients} for run in runs]
        print(json.dumps(told))
    else:
        print("\n".join(markdown(runs, machine) if args.markdown else table(runs, machine)))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_above_zero(int)(part) for part in text.split(","))


def _above_zero(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def number(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
        if not value > 0:
            raise argparse.ArgumentTypeError("must be above zero")
        return value

    return number
