"""Moments as people type and read them, in UTC."""

import argparse
import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

#: A moment, or how long ago.
Since = datetime | timedelta


def since(text: str) -> Since:
    """For argparse: `2h` (s, m, h, d, w), `2026-11-20`, or ISO 8601; UTC unless it names an offset."""
    if ago := _AGO.fullmatch(text.strip().lower()):
        return timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be how long ago, such as 30m, 2h or 7d, or a moment such as 2026-11-20T14:00Z, not {text!r}"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(since: Since, now: datetime) -> datetime:
    if isinstance(since, datetime):
        return since
    try:
        return now - since
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def spell(at: datetime) -> str:
    """To the second; `since` reads it back."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def iso(at: datetime | None) -> str | None:
    """For JSON."""
    return None if at is None else at.astimezone(UTC).isoformat()


def ago(at: datetime, now: datetime) -> str:
    """`3 h ago`, `in 5 min`: rounded down to one unit."""
    seconds = abs((now - at).total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            words = f"{int(seconds // size)} {unit}"
            break
    else:
        words = f"{int(seconds)} s"
    return f"{words} ago" if at <= now else f"in {words}"
