"""One proof from beginning to end: a hub, clients, kills, quiet, and then the books."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from plughub.cli.errors import CommandError
from plughub.cli.prove import ledger, saved, search, shelves
from plughub.cli.prove.clerk import Account
from plughub.cli.prove.clients import Clients
from plughub.cli.prove.journal import Answered, Asked, Outcome, histories, now, pairs
from plughub.cli.prove.ledger import Count
from plughub.cli.prove.model import Cell, Step, Verb
from plughub.cli.prove.report import Report
from plughub.cli.prove.search import Verdict
from plughub.cli.prove.shelves import FIRST, Batch
from plughub.cli.prove.site import Site
from plughub.core import caller, connections, tenants
from plughub.core.caller import Caller
from plughub.core.connections import Given
from plughub.core.errors import HubError
from plughub.core.hub import Hub
from plughub.core.tenants import tokens
from plughub.dialects import pluggto

#: Seconds for which a batch of SKUs is hot.
HOT = 3.0
#: Seconds between two lines of progress.
TELL = 5.0
#: Seconds until the clients must have begun, and until the database must be at rest.
PATIENCE = 60.0
TENANTS = ("first", "second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seconds: float
    seed: int
    #: Client processes.
    processes: int
    #: Where counterexamples are saved.
    save: Path


async def prove(site: Site, plan: Plan, folder: Path) -> Report:
    """All of it. The hub is left stopped, its database running."""
    hub = await site.start()
    try:
        accounts, us = await _tenants(hub)
        clients = Clients(folder, site.environment, accounts, site.settings.port, plan.seed, plan.processes)
        try:
            batches, wrong = await _load(site, hub, us, clients, plan)
        finally:
            clients.kill()
        await site.stop()
        await _quiet(hub)
        return await _judge(site, hub, us, clients, plan, batches, wrong)
    finally:
        site.kill()
        await hub.close()


async def _tenants(hub: Hub) -> tuple[list[Account], dict[str, Caller]]:
    accounts, callers = [], {}
    for code in TENANTS:
        async with hub.change(None) as tx:
            tenant = await tenants.create_tenant(tx, code, name=code, language="en", currency="EUR", country="PT")
        us = caller.system(tenant.id, language=tenant.language, currency=tenant.currency)
        async with hub.change(tenant.id) as tx:
            await tenants.furnish(tx, tenant)
            one, _ = await connections.create(tx, hub.keys, us, "pluggto", "prove", given=Given())
            other, secrets = await connections.create(tx, hub.keys, us, "plugboard", "prove", given=Given())
        async with hub.step(None) as tx:
            made = await tokens.issue(
                tx, hub.keys,
                application=one.application, tenant=tenant.id, connection=one.id, life=pluggto.LIFE, now=hub.now(),
            )  # fmt: skip
        callers[code] = us
        accounts.append(
            Account(
                code=code, tenant=tenant.id, language=tenant.language, currency=tenant.currency, token=made.access,
                connection=other.id.hex, username=secrets.username, password=secrets.password,
            )
        )  # fmt: skip
    return accounts, callers


async def _load(
    site: Site, hub: Hub, us: Mapping[str, Caller], clients: Clients, plan: Plan
) -> tuple[list[Batch], list[str]]:
    """Clients work and things are killed until the time is up; the batches that were sold from."""
    batches, number = [await shelves.furnish(hub, us, 1)], 1
    clients.start(batches[0])
    deadline = time.monotonic() + PATIENCE
    while not clients.are_at_work():
        if time.monotonic() > deadline:
            raise CommandError("The clients of the proof have not begun; their words are above.")
        await asyncio.sleep(0.02)
    chance = Random(plan.seed)  # noqa: S311 - which process dies next
    hurting = asyncio.create_task(site.hurt(chance, hub, clients.kill_one))
    tending = asyncio.create_task(site.tend())
    began = time.monotonic()
    try:
        told = began
        while (left := began + plan.seconds - time.monotonic()) > 0:
            hot = time.monotonic() + min(HOT, left)
            # Ahead of its time, so that all clients change over at once.
            number += 1
            next_one = await _furnished(hub, us, number) if left > HOT else None
            while time.monotonic() < hot:
                await asyncio.sleep(min(0.1, max(0.0, hot - time.monotonic())))
                clients.read()
                _is_well(hurting, tending)
            if next_one:
                batches.append(next_one)
                clients.tell(next_one)
            if time.monotonic() - told >= TELL:
                told = time.monotonic()
                done = sum(1 for line in clients.lines if isinstance(line, Answered))
                _say(f"{told - began:3.0f} s: {done} operations, {site.kills.total()} kills, batch {len(batches)}")
    finally:
        await _end(hurting)
        wrong = clients.finish()
        await _end(tending)
    clients.read()
    return batches, wrong


async def _furnished(hub: Hub, us: Mapping[str, Caller], number: int) -> Batch | None:
    """None when something was killed meanwhile: half a batch is no use, and the number is taken."""
    with contextlib.suppress(HubError):
        return await shelves.furnish(hub, us, number)
    return None


def _is_well(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        if task.done():
            task.result()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _quiet(hub: Hub) -> None:
    """The database is well, and nobody whose process was killed is still at work in it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(HubError):
            async with hub.read(None) as tx:
                if not await tx.value(_AT_WORK):
                    return
        if time.monotonic() > deadline:
            raise CommandError(f"The database of the proof has not come to rest within {PATIENCE} s.")
        await asyncio.sleep(0.1)


async def _judge(
    site: Site, hub: Hub, us: Mapping[str, Caller], clients: Clients, plan: Plan, batches: list[Batch], wrong: list[str]
) -> Report:
    requests = pairs(clients.lines)
    report = Report(seed=plan.seed, seconds=plan.seconds, kills=dict(site.kills), findings=[])
    report.count(requests)
    for words in wrong:
        report.find("client", words)
    for asked, answered in requests:
        if answered and answered.outcome is Outcome.WRONG:
            report.find("answer", f"{asked.way} {asked.kind} of {', '.join(asked.cells)}: {answered.words}")
    if deadlocks := site.deadlocks():
        report.find("deadlock", f"{deadlocks} times changes waited for each other in a circle")
    counts = await _books(hub, us, batches, requests, report)
    _say(f"{report.done} operations are done; searching {len(counts)} histories")
    for name, steps in sorted(histories(requests).items()):
        if name in counts:
            _search(name, steps, counts[name], plan, report)
    return report


async def _books(
    hub: Hub,
    us: Mapping[str, Caller],
    batches: list[Batch],
    requests: list[tuple[Asked, Answered | None]],
    report: Report,
) -> dict[str, Count]:
    """Hold the tables to each other and to what was acknowledged; every level as it is in the end."""
    found: dict[str, Count] = {}
    made = [asked for asked, answered in requests if answered and answered.made]
    for code, one in us.items():
        rules = {shelf.name: shelf.rule for batch in batches for shelf in batch.shelves[code]}
        levels = await ledger.levels(hub, one, rules)
        found |= {f"{code}/{name}": count for name, count in levels.items()}
        acknowledged = {asked.order for asked in made if next(iter(asked.cells)).startswith(f"{code}/")}
        orders, wrong = await ledger.order_faults(hub, one, acknowledged)
        wrong += [words for batch in batches for words in await ledger.kit_faults(hub, one, batch.kits[code], levels)]
        wrong += await ledger.untold(hub, one)
        for words in wrong:
            report.find("books", f"tenant {code}: {words}")
        report.orders += orders
    for name, count in found.items():
        report.levels += 1
        report.movements += count.movements
        for words in count.faults:
            report.find("books", f"{name}: {words}")
    return found


def _search(name: str, steps: list[Step], count: Count, plan: Plan, report: Report) -> None:
    """Look for an order in which this level could have gone through its history, and save it if there is none."""
    last = now()
    ends = Step(id="end", start=last, end=last, verb=Verb.READ, seen=count.seen, by="what the tables say in the end")
    steps, first = [*steps, ends], Cell(FIRST)
    found = search.search(steps, first)
    report.searched(found, len(steps))
    if found.verdict is Verdict.IMPOSSIBLE:
        path = saved.save(plan.save, name, plan.seed, steps, first)
        report.find("history", f"{name}: no order of its {len(steps)} steps explains what was answered", str(path))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


_AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name LIKE 'plughub%' AND pid <> pg_backend_pid() AND state <> 'idle'
"""
