"""Large files: how much memory it takes to pass them through."""

import hashlib
from collections.abc import AsyncIterator

import psutil
import pytest

from tests.dialects.plugboard.conftest import client_of
from tests.heavy.site import Site

MIB = 1024 * 1024
SIZE = 50 * MIB
PART = bytes(range(256)) * 256

pytestmark = pytest.mark.heavy


async def test_memory_stays_flat_while_large_files_come_and_go(site: Site):
    """The store holds one part of 8 MiB and writes the one before: far from the file's 50, and no more each time."""
    client = await client_of(site.http, f"http://127.0.0.1:{site.processes.port}", await site.shop())
    file = await client.made("/file", {"name": "big.bin", "mimeType": "application/octet-stream"})
    path = f"/file/{file['localId']}/data"
    await client.put(path, data=PART)
    api = site.processes.child("_api")
    assert api is not None
    before, used = api.memory_info().rss, []

    for round in range(4):
        async with site.http.put(client.base + path, data=salted(round), headers=client.proof) as answer:
            assert (await answer.json())["size"] == SIZE
        used.append(peak(api) - before)
    digest = hashlib.sha256()
    async with site.http.get(client.base + path, headers=client.proof) as answer:
        async for part in answer.content.iter_chunked(MIB):
            digest.update(part)
    used.append(peak(api) - before)

    assert digest.hexdigest() == (await client.get(f"/file/{file['localId']}")).json["sha256"]
    print("\nmemory above rest after each: " + ", ".join(f"{one / MIB:.1f} MiB" for one in used), flush=True)
    assert max(used) < 32 * MIB
    assert used[-1] - used[1] < 8 * MIB


async def salted(round: int) -> AsyncIterator[bytes]:
    """Another content each time: what is there already is not stored again."""
    yield bytes([round]) + PART[1:]
    for _ in range(SIZE // len(PART) - 1):
        yield PART


def peak(process: psutil.Process) -> int:
    """The most memory that the process has had at one time."""
    with open(f"/proc/{process.pid}/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
