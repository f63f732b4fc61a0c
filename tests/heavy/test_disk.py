"""The disk fills while clients write: they hear 503, and when there is room again everything goes on. Two minutes."""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from plughub.db import private
from tests import server
from tests.cli.restoring import plughub
from tests.heavy import shopping
from tests.heavy.proof import faults
from tests.heavy.shopping import Shopper
from tests.heavy.site import site as running

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can mount the small disk of this test"
    ),
]

#: A small hub with two gigabytes of journal to go would take too long to fill.
SIZE = 400_000_000
#: What is left when the clients begin.
LEFT = {"data": 3_000_000, "log": 8_000_000}


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["/bin/umount", "--lazy", str(disk)], check=True)


def move_log(data: Path, elsewhere: Path) -> None:
    """Let PostgreSQL write ahead to a disk that is large enough, so that only its tables find theirs full."""
    with private.running(data):
        pass
    log = data / "postgres" / "data" / "pg_wal"
    owner = log.stat()
    shutil.move(log, elsewhere)
    for path in (elsewhere, *elsewhere.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    log.symlink_to(elsewhere)


def fill(disk: Path, left: int) -> Path:
    file = disk / "ballast"
    with file.open("wb") as out:
        size = max(0, psutil.disk_usage(str(disk)).free - left)
        os.posix_fallocate(out.fileno(), 0, size)
    return file


@pytest.mark.parametrize("full", ["data", "log"])
async def test_a_full_disk_is_told_and_nothing_is_lost_when_there_is_room_again(full: str):
    with server.folder() as folder, small_disk(folder) as disk:
        if full == "data":
            move_log(disk / "hub", folder / "log")
        async with running(disk) as site:
            shoppers = [Shopper(await site.client(await site.shop())) for _ in range(3)]
            turns = itertools.cycle(shoppers)
            await shopping.steadily(40, shopping.for_seconds(3), lambda: next(turns).anything())
            before = answers(shoppers)

            ballast = fill(disk, LEFT[full])
            ends = shopping.for_seconds(45)
            await shopping.steadily(150, lambda: ends() and answers(shoppers)[503] < 100, lambda: next(turns).product())
            at_full = answers(shoppers)
            ballast.unlink()
            written = sum(len(shopper.journal) for shopper in shoppers)
            async with asyncio.timeout(90):
                while sum(len(shopper.journal) for shopper in shoppers) < written + 30:
                    await shopping.steadily(20, shopping.for_seconds(1), lambda: next(turns).anything())

            await site.drained(*(shopper.client.shop for shopper in shoppers), seconds=90)
            wrong = [fault for shopper in shoppers for fault in await faults(site, shopper)]
            checked = plughub("check", data=site.processes.data)
            print(f"\n{full}: before {dict(before)}, when full {dict(at_full)}, at last {dict(answers(shoppers))}")
            assert at_full[503] >= 100
            assert answers(shoppers).keys() <= {200, 201, 503}
            assert wrong == []
            assert [line for line in checked.out.splitlines() if line.startswith("WRONG") and "disk" not in line] == []


def answers(shoppers: list[Shopper]) -> Counter[int]:
    return sum((shopper.answers for shopper in shoppers), Counter())
