"""Monthly partitions of tables whose rows are dropped by age. Made ahead by the owner; the hub owns nothing."""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import asyncpg

from plughub.db.migrate import LOCK

#: Partitioned by an id that begins with the unix time in milliseconds.
_TABLES = ("events", "deliveries", "attempts")
_MONTHS_AHEAD = 12


async def make(url: str) -> list[str]:
    """Make the partitions of the coming months that are not there yet; returns their names."""
    connection = await asyncpg.connect(url, timeout=10)
    made = []
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        # A partition waits for everyone who reads the table, and everyone who comes after waits for it.
        await connection.execute("SET lock_timeout = '10s'")
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
    finally:
        await connection.close()
    return made


def _months(now: datetime) -> list[tuple[datetime, datetime]]:
    """(start, end) of this month and the coming ones."""
    starts = [_month(now, ahead) for ahead in range(_MONTHS_AHEAD + 1)]
    return list(pairwise(starts))


def _month(now: datetime, ahead: int) -> datetime:
    years, month = divmod(now.month - 1 + ahead, 12)
    return datetime(now.year + years, month + 1, 1, tzinfo=UTC)


def _first_id(moment: datetime) -> UUID:
    return UUID(int=int(moment.timestamp() * 1000) << 80)
