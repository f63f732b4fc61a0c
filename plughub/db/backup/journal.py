"""The journal: a copy of what the database writes ahead, received as it is written.

PostgreSQL keeps what was not received yet (a replication slot of the journal's name says how far that is), up to
`max_slot_wal_keep_size`. A database that was restored has no slot, and so begins a journal of its own.
"""

import re
import secrets
import zlib
from dataclasses import dataclass
from pathlib import Path

import asyncpg

FOLDER = "journals"
SLOT = "plughub_journal_"
#: Bytes of a segment, as `initdb` makes databases.
SEGMENT = 16 * 2**20
_PER_LOG = 0x1_0000_0000 // SEGMENT
_SEGMENT_NAME = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    #: Also the name of the journal's folder.
    name: str
    #: What is no longer kept: the journal has a hole, or will have one.
    is_lost: bool
    #: Whether somebody receives at this moment.
    is_active: bool
    #: Bytes that were written and not received.
    behind: int


_SLOT = """
SELECT slot_name AS name, coalesce(wal_status = 'lost', false) AS is_lost, active AS is_active,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS behind
FROM pg_replication_slots WHERE starts_with(slot_name, $1) ORDER BY wal_status = 'lost', slot_name LIMIT 1
"""


async def slot(url: str) -> Slot | None:
    """The journal that this database writes; None when it was never told to."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        row = await connection.fetchrow(_SLOT, SLOT)
        return Slot(**row) if row else None
    finally:
        await connection.close()


async def begin(superuser_url: str) -> str:
    """The name of this database's journal: the one it has, or a new one where that has a hole."""
    found = await slot(superuser_url)
    if found and not found.is_lost:
        return found.name
    connection = await asyncpg.connect(superuser_url, timeout=10)
    try:
        if found:
            await connection.execute("SELECT pg_drop_replication_slot($1)", found.name)
        name = SLOT + secrets.token_hex(4)
        await connection.execute("SELECT pg_create_physical_replication_slot($1, true)", name)
        return name
    finally:
        await connection.close()


def receiving(program: str, url: str, folder: Path, name: str) -> list[str]:
    """The command that receives the journal until it is told to end. It waits for a server that is away."""
    # Written through at once: a segment may take hours to fill.
    return [program, f"--dbname={url}", f"--directory={folder}", f"--slot={name}", "--compress=gzip:1", "--synchronous"]


def segment(timeline: int, position: str) -> str:
    """The segment that holds a position such as `0/4000028`."""
    high, low = position.split("/")
    return f"{timeline:08X}{int(high, 16):08X}{int(low, 16) // SEGMENT:08X}"


def number(name: str) -> int:
    """Where a segment stands in the order of writing, whatever its timeline."""
    return int(name[8:16], 16) * _PER_LOG + int(name[16:24], 16)


def segments(folder: Path) -> dict[str, Path]:
    """Segment -> its file, whole or still being received, in the order of writing."""
    found = {file.name[:24]: file for file in sorted(folder.glob("*.gz*")) if _SEGMENT_NAME.match(file.name)}
    # Sorted, `.gz.partial` comes after `.gz`; both exist for the moment of a rename that was cut short.
    whole = {name: folder / f"{name}.gz" for name in found if (folder / f"{name}.gz").exists()}
    return dict(sorted((found | whole).items(), key=lambda item: (number(item[0]), item[0])))


def histories(folder: Path) -> list[Path]:
    """What tells PostgreSQL of earlier restores; short files, compressed or not."""
    return sorted(folder.glob("????????.history*"))


def unpacked(file: Path) -> bytes:
    """What a segment's file holds, as far as it was written."""
    packed = zlib.decompressobj(wbits=31)
    return packed.decompress(file.read_bytes(), SEGMENT)


def unbroken(folder: Path, first: str) -> tuple[list[Path], int]:
    """The files from segment `first` on without a hole, and how many lie behind a hole."""
    files = {name: file for name, file in segments(folder).items() if number(name) >= number(first)}
    chain, expected = list[Path](), number(first)
    for name, file in files.items():
        if number(name) > expected:
            break
        chain.append(file)
        expected = number(name) + 1
    return chain, len(files) - len(chain)


def shorten(folder: Path, first: str) -> None:
    """Remove the segments before `first`."""
    for name, file in segments(folder).items():
        if number(name) < number(first):
            file.unlink()
