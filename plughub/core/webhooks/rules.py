"""What follows from a try: delivered, again at a time, or dead; and when an endpoint is left alone."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plughub.core.webhooks.model import Calendar, Delivery, Sent, State, Style, Subscription

#: The calendar of the hub's own webhooks: 17 attempts in 7 days 3 h 42 min 35 s.
NATIVE = Calendar(
    steps=(
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=30),
        *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12)),
        *(timedelta(days=1),) * 6,
    ),
    jitter=0.1,
    obeys_retry_after=True,
    probes_after=5,
)

_LONGEST_WISH = timedelta(days=1)
_PAUSE_AFTER = timedelta(days=7)
_PAUSE_FAILURES = 20
#: Hours of nothing but failures after which the owner is warned.
WARNINGS = (1, 24, 72)
#: A secret that was replaced signs so long, beside the new one.
SECRET_OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery: its state, and when it is tried again if it is still due."""

    state: State
    at: datetime
    #: Why the attempt failed; None when it did not.
    reason: str | None = None


def after(style: Style, delivery: Delivery, sent: Sent, now: datetime) -> Next:
    if sent.status is not None and style.is_success(sent.status):
        return Next(State.DELIVERED, now)
    reason = sent.trouble or f"answered {sent.status}"
    wait = _wait(style.calendar, delivery, sent)
    if wait is None:
        return Next(State.DEAD, now, reason)
    return Next(State.DUE, now + wait, reason)


def _wait(calendar: Calendar, delivery: Delivery, sent: Sent) -> timedelta | None:
    failures = delivery.attempt_count
    if failures > len(calendar.steps):
        return None
    wait = calendar.steps[failures - 1]
    wait += wait * calendar.jitter * _share(f"{delivery.id} {failures}")
    if calendar.obeys_retry_after and sent.status in (429, 503) and sent.retry_after:
        wait = max(wait, min(timedelta(seconds=sent.retry_after), _LONGEST_WISH))
    return wait


def _share(of: str) -> float:
    """From 0 to 1, as good as random, and the same each time."""
    return zlib.crc32(of.encode()) / 2**32


def is_probing(style: Style, subscription: Subscription) -> bool:
    after = style.calendar.probes_after
    return after is not None and subscription.failures >= after


def held_until(style: Style, subscription: Subscription, now: datetime) -> datetime | None:
    """Until when an endpoint that is probed is left in peace."""
    if not is_probing(style, subscription):
        return None
    steps = style.calendar.steps
    return now + steps[min(subscription.failures, len(steps)) - 1]


def reason_to_pause(style: Style, subscription: Subscription, sent: Sequence[Sent], now: datetime) -> str | None:
    """Why the hub leaves an endpoint alone from now on; None while it goes on trying."""
    for one in sent:
        if one.status in style.farewells:
            return f"the receiver answered {one.status}: it wants nothing more"
    since = subscription.failing_since
    if since and now - since >= _PAUSE_AFTER and subscription.failures >= _PAUSE_FAILURES:
        return f"nothing but failures since {since:%Y-%m-%d %H:%M} UTC"
    return None


def warning_due(subscription: Subscription, now: datetime) -> int | None:
    """The highest of WARNINGS that was reached and not told yet."""
    if subscription.failing_since is None:
        return None
    hours = (now - subscription.failing_since) / timedelta(hours=1)
    reached = [mark for mark in WARNINGS if subscription.warned_hours < mark <= hours]
    return max(reached, default=None)
