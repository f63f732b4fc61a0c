"""Monthly partitions, made ahead and dropped by age, by the owner: the hub's role owns nothing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import asyncpg

from plughub.db.migrate import LOCK

#: Partitioned by an id that begins with the unix time in milliseconds.
_TABLES = ("events", "deliveries", "attempts", "requests")
#: Dropped by age -> rows for which a partition is kept all the same. Events are kept for ever.
_DROPPED = {"deliveries": "state = 'due'", "attempts": "false", "requests": "false"}
_MONTHS_AHEAD = 12


async def make(url: str) -> list[str]:
    """Make the partitions of the coming months that are not there yet; returns their names."""
    made = []
    # A partition waits for everyone who reads the table, and everyone who comes after waits for it.
    async with _connected(url, patience="10s") as connection:
        for table in _TABLES:
            for start, end in _months(datetime.now(UTC)):
                name = f"{table}_{start:%Y_%m}"
                if await connection.fetchval("SELECT to_regclass($1) IS NULL", name):
                    # Rows of a month that nobody made room for lie in the default partition, and stay there.
                    with suppress(asyncpg.CheckViolationError):
                        await connection.execute(
                            f"CREATE TABLE {name} PARTITION OF {table}"
                            f" FOR VALUES FROM ('{_first_id(start)}') TO ('{_first_id(end)}')"
                        )
                        made.append(name)
    return made


async def drop(url: str, older_than: Mapping[str, timedelta], *, now: datetime | None = None) -> list[str]:
    """Drop months of these tables (`_DROPPED`) that ended so long ago; returns the names of their partitions.

    A month with a delivery that is still due stays whole, and so does one that is in use right now: the next start
    will see to it.
    """
    dropped = []
    async with _connected(url, patience="1s") as connection:
        for table, age in older_than.items():
            kept, limit = _DROPPED[table], (now or datetime.now(UTC)) - age
            for name in await _ended(connection, table, limit):
                if await _drop(connection, table, name, kept):
                    dropped.append(name)
            # Rows of months that nobody made room for. The default partition itself has to stay.
            await connection.execute(
                f"DELETE FROM {table}_rest WHERE id < $1 AND NOT ({kept})", _first_id(_month(limit, 0))
            )
    return dropped


async def _ended(connection: "asyncpg.Connection[asyncpg.Record]", table: str, limit: datetime) -> list[str]:
    """Partitions whose month had ended by then."""
    rows = await connection.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1",
        table,
    )
    # The names of months sort as the months do; the default partition is called `..._rest`.
    this = f"{table}_{limit:%Y_%m}"
    return [row["name"] for row in rows if row["name"] < this]


class _Needed(Exception):
    """The partition has to stay: undoes the transaction."""


async def _drop(connection: "asyncpg.Connection[asyncpg.Record]", table: str, name: str, kept: str) -> bool:
    is_needed = f"SELECT EXISTS (SELECT FROM {name} WHERE {kept})"
    # Asked first without a lock, since a month may have to stay at many starts.
    if await connection.fetchval(is_needed):
        return False
    with suppress(_Needed, asyncpg.LockNotAvailableError):
        async with connection.transaction():
            # From now on nobody writes to it: what was sent again since we looked is seen.
            await connection.execute(f"ALTER TABLE {table} DETACH PARTITION {name}")
            if await connection.fetchval(is_needed):
                raise _Needed
            await connection.execute(f"DROP TABLE {name}")
        return True
    return False


@asynccontextmanager
async def _connected(url: str, *, patience: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """As the owner, one at a time. `patience`: how long to wait for a lock, and to let others wait behind us."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        await connection.execute(f"SET lock_timeout = '{patience}'")
        yield connection
    finally:
        await connection.close()


def _months(now: datetime) -> list[tuple[datetime, datetime]]:
    """(start, end) of this month and the coming ones."""
    starts = [_month(now, ahead) for ahead in range(_MONTHS_AHEAD + 1)]
    return list(pairwise(starts))


def _month(now: datetime, ahead: int) -> datetime:
    years, month = divmod(now.month - 1 + ahead, 12)
    return datetime(now.year + years, month + 1, 1, tzinfo=UTC)


def _first_id(moment: datetime) -> UUID:
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
