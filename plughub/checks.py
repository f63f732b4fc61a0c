"""What an operator should know before going live, and looks at when something is odd: `plughub check`."""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from plughub import config
from plughub.config import Settings
from plughub.core import master_key
from plughub.core.hub import APP_ROLE
from plughub.core.secrets import Keys
from plughub.db import migrate as migrations
from plughub.db.backup import BackupError, Shelf, journal

#: Less free space than this is too little to go on with.
LEAST_FREE = 2**30
#: A journal that is further behind than this has stopped.
BEHIND = 64 * 2**20
#: Whoever keeps a journal makes a backup at least this often, or a restore takes ever longer.
STALE = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    ok: bool
    detail: str


async def check(settings: Settings) -> list[Finding]:
    return [
        *await database(settings),
        await _key(settings),
        _disk("disk", settings.data),
        *([_disk("disk of backups", settings.backups), *await _backups(settings)] if settings.backups else []),
    ]


async def database(settings: Settings) -> list[Finding]:
    assert settings.database_url is not None  # noqa: S101
    try:
        connection = await asyncpg.connect(settings.database_url, server_settings={"role": APP_ROLE}, timeout=10)
    except (OSError, asyncpg.PostgresError) as error:
        return [Finding("database", False, f"{error}. Is the URL right, and did `plughub migrate` run?")]
    try:
        version: int = connection.get_server_version().major
        powers = await connection.fetchrow(_POWERS)
        missing = await migrations.missing(connection)
        sessions = await connection.fetchrow(_SESSIONS)
        letters = await connection.fetchval("SELECT lower('\u00c5') = '\u00e5'")
        skew = abs(float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())")) - time.time())
    finally:
        await connection.close()
    assert powers is not None  # noqa: S101
    return [
        Finding("database", version >= 15, f"PostgreSQL {version}" + ("" if version >= 15 else "; 15 is needed")),
        Finding(
            "role",
            not powers["powerful"],
            f"works as {powers['name']}"
            + ("; it must not be able to bypass row security" if powers["powerful"] else ""),
        ),
        Finding("migrations", not missing, f"missing: {', '.join(missing)}" if missing else "up to date"),
        *([_sessions(sessions)] if sessions else []),
        Finding("letters", letters, "of every alphabet" if letters else _LETTERS),
        Finding("clock", skew < 1, f"{skew:.2f} s from the database's"),
    ]


#: What a database with the locale C lacks.
_LETTERS = (
    "of ASCII alone: `like` of Plugboard's queries takes \u00c5 and \u00e5 for two letters."
    " Create the database anew with a UTF-8 locale, C.UTF-8 for one, and move into it"
)

_POWERS = """
SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls OR EXISTS (
    SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relname = 'tenants') AS powerful
FROM pg_roles r WHERE r.rolname = current_user
"""

#: Lists that are polled stop at the oldest running transaction: the owner, as whom that is asked, must see the hub's.
_SESSIONS = """
SELECT o.rolname AS owner, session_user AS login, current_setting('track_activities')::boolean AS tracked,
       pg_has_role(o.oid, session_user, 'USAGE') OR pg_has_role(o.oid, 'pg_read_all_stats', 'USAGE') AS seen
FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner WHERE p.proname = 'settled_before'
"""


def _sessions(row: asyncpg.Record) -> Finding:
    if not row["tracked"]:
        return Finding("sessions", False, "track_activities is off: lists that are polled would fail; switch it on")
    if not row["seen"]:
        owner = row["owner"]
        words = f"{owner} cannot see those of {row['login']}: GRANT pg_read_all_stats TO {owner}"
        return Finding("sessions", False, words)
    return Finding("sessions", True, f"{row['owner']} sees those of {row['login']}")


async def _key(settings: Settings) -> Finding:
    file = settings.data / "master.key"
    if file.exists() and file.stat().st_mode & 0o077:
        return Finding("master key", False, f"{file} can be read by others: chmod 600 it")
    key, noted = config.found_master_key(settings), await _noted(settings)
    if key is None:
        return Finding("master key", noted is None, _missing(settings, noted) if noted else "made at first start")
    mark = Keys(key).mark
    if noted and noted != mark:
        return Finding("master key", False, wrong_key(settings, noted))
    return Finding("master key", len(key) >= 32, master_key.short(mark) if len(key) >= 32 else "needs 32 characters")


async def _noted(settings: Settings) -> bytes | None:
    """The mark of the key that this database is used with, as far as it can be asked."""
    try:
        connection = await asyncpg.connect(settings.database_url, server_settings={"role": APP_ROLE}, timeout=10)
    except (OSError, asyncpg.PostgresError):
        return None
    try:
        found: bytes | None = await connection.fetchval("SELECT mark FROM master_key")
        return found
    except asyncpg.PostgresError:
        return None
    finally:
        await connection.close()


def _missing(settings: Settings, noted: bytes) -> str:
    return (
        f"the key {master_key.short(noted)} that this database is used with is not here: put it into "
        f"{settings.data / 'master.key'}, or into PLUGHUB_MASTER_KEY"
    )


def wrong_key(settings: Settings, noted: bytes) -> str:
    """What to tell whoever came with another key than the noted one."""
    key = config.found_master_key(settings)
    ours = f"this one is {master_key.short(Keys(key).mark)}" if key else "there is none"
    return (
        f"This database is used with the master key {master_key.short(noted)}, and {ours}. Put the right one into "
        f"{settings.data / 'master.key'}, or into PLUGHUB_MASTER_KEY. Is it lost for good? `plughub key replace` "
        "begins with this one; every client then needs new credentials."
    )


def _disk(name: str, folder: Path) -> Finding:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Finding(name, free > LEAST_FREE, f"{free / 2**30:.1f} GiB free")


async def _backups(settings: Settings) -> list[Finding]:
    """Whether the journal is written, and a backup stands at its beginning."""
    assert settings.backups is not None  # noqa: S101
    assert settings.database_url is not None  # noqa: S101
    try:
        slot, made = await journal.slot(settings.database_url), Shelf(settings.backups).backups()
    except (OSError, asyncpg.PostgresError, BackupError) as error:
        return [Finding("backups", False, str(error))]
    if slot is None:
        return [Finding("journal", False, "never begun: `plughub serve` writes it when PLUGHUB_BACKUPS is set")]
    found = [_journal(slot)]
    ours = [backup for backup in made if backup.journal == slot.name]
    if not ours:
        return [*found, Finding("backups", False, "none that this journal goes on from: run `plughub backup`")]
    age = datetime.now(UTC) - ours[-1].ended
    return [*found, Finding("backups", age < STALE, f"the newest, {ours[-1].name}, is {age.days} days old")]


def _journal(slot: journal.Slot) -> Finding:
    if slot.is_lost:
        words = "it has a hole: restart the hub, which begins a new one, and run `plughub backup`"
        return Finding("journal", False, words)
    if not slot.is_active and slot.behind > BEHIND:
        return Finding("journal", False, f"nobody writes it, and {slot.behind / 2**20:.0f} MiB wait")
    return Finding("journal", True, f"{slot.name}, {slot.behind / 2**20:.0f} MiB behind")
