"""A hub is backed up while clients write, and lost: what comes back elsewhere. About a minute."""

import asyncio
import itertools
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plughub.core import ids
from plughub.core.tenants import Tenant
from plughub.db import private
from tests import server
from tests.cli.restoring import plughub, sums
from tests.heavy import shopping
from tests.heavy.shopping import Change, Shopper, for_seconds
from tests.heavy.site import site as running
from tests.journeys import hub as processes
from tests.wait import until

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

#: Seconds of what was acknowledged that may be lost with a machine.
LOSS = 60.0
#: Who is at work changes by the second and is nobody's data.
PASSING = {"heartbeats"}


async def test_what_was_written_while_a_backup_was_made_comes_back_and_any_moment_since():
    with server.folder() as folder:
        backups = folder / "backups"
        async with running(PLUGHUB_BACKUPS=str(backups)) as site:
            data = site.processes.data
            shoppers = [Shopper(await site.client(await site.shop())) for _ in range(4)]
            turns = itertools.cycle(shoppers)

            def step() -> Awaitable[None]:
                return next(turns).anything()

            made = asyncio.create_task(_backup_soon(data, backups))
            await shopping.steadily(60, lambda: not made.done(), step)
            backup = await made
            await shopping.steadily(60, for_seconds(3), step)
            await site.drained(*(shopper.client.shop for shopper in shoppers), seconds=60)
            then = await sums(data)
            await asyncio.sleep(1.1)
            mark = datetime.now(UTC)
            await asyncio.sleep(1.1)
            await shopping.steadily(60, for_seconds(5), step)
            key = (data / "master.key").read_bytes()
            tenants = {shopper: shopper.client.shop.tenant for shopper in shoppers}
            await site.hub.close()
            ended = time.time()
            tree = site.processes.tree()
            processes.kill(tree)
            until(lambda: processes.gone(tree))
        # Its disk has gone with it: only the backups and the key are left.
        assert not data.exists()
        (folder / "key").write_bytes(key)

        options = ("--json", "--from", backups, "--key", folder / "key")
        everything = plughub("restore", "--data", folder / "new", *options).json
        at_mark = plughub("restore", "--data", folder / "then", *options, "--until", mark.isoformat()).json

        assert everything["wrong"] == at_mark["wrong"] == []
        assert everything["key_is_here"]
        found = await sums(folder / "then")
        assert {name for name in then.keys() - PASSING if found[name] != then[name]} == set()
        made_since = [
            tenant.code for tenant in tenants.values() if counted(everything, tenant) > counted(at_mark, tenant)
        ]
        assert len(made_since) == len(tenants)
        lost = [change for shopper in shoppers for change in await missing(folder / "new", shopper)]
        loss = max((ended - change.acknowledged for change in lost), default=0.0)
        print(
            f"\n{sum(len(shopper.journal) for shopper in shoppers)} changes, {len(lost)} creations lost, the oldest "
            f"{loss:.2f} s before the end; backup of {backup['size'] / 1e6:.0f} MB, restored in "
            f"{everything['seconds']} s and to the mark in {at_mark['seconds']} s"
        )
        assert sum(shopper.answers[200] + shopper.answers[201] for shopper in shoppers) > 300
        assert loss < LOSS


async def _backup_soon(data: Path, backups: Path) -> Any:
    await asyncio.sleep(3)
    ran = await asyncio.to_thread(plughub, "backup", "--json", data=data, backups=backups)
    return ran.json["backup"]


def counted(told: Any, tenant: Tenant) -> int:
    events: int = told["tenants"][tenant.code]["events"]
    return events


async def missing(data: Path, shopper: Shopper) -> list[Change]:
    """Records that the hub said it had made, and that this data folder does not know."""
    with private.running(data) as server:
        connection = await asyncpg.connect(server.superuser_url.replace("/postgres?", "/plughub?", 1))
        try:
            rows = await connection.fetch(
                "SELECT record_id FROM events WHERE tenant_id = $1", shopper.client.shop.tenant.id
            )
        finally:
            await connection.close()
    known = {ids.hex24(row["record_id"]) for row in rows}
    return [change for change in shopper.journal if change.told.action == "created" and change.told.id not in known]
