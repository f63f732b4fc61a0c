"""Guessing is slowed down: ten wrong credentials in a quarter of an hour, and the same caller has to wait.

The same caller is the same client id and user from the same address, so that nobody can lock another out.
"""

from datetime import datetime, timedelta

from plughub.core.errors import TooMany
from plughub.core.hub import Transaction

_WINDOW = timedelta(minutes=15)
_ALLOWED = 10


async def check(tx: Transaction, who: bytes, now: datetime) -> None:
    """Refuse while there were too many failures lately; right credentials have to wait as well."""
    nth: datetime | None = await tx.value(
        "SELECT failed_at FROM login_failures WHERE who = $1 AND failed_at > $2"
        " ORDER BY failed_at DESC OFFSET $3 LIMIT 1",
        who,
        now - _WINDOW,
        _ALLOWED - 1,
    )
    if nth is not None:
        raise TooMany(max(1, int((nth + _WINDOW - now).total_seconds())))


async def failed(tx: Transaction, who: bytes, now: datetime) -> None:
    """Count a failure. `tx` must not be undone by the refusal that follows."""
    await tx.run("INSERT INTO login_failures (who, failed_at) VALUES ($1, $2)", who, now)


async def sweep(tx: Transaction, now: datetime) -> None:
    await tx.run("DELETE FROM login_failures WHERE failed_at < $1", now - _WINDOW)
