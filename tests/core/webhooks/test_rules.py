"""Calendars: what follows from each try, and when an endpoint is left alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest

from plughub.core import ids, webhooks
from plughub.core.webhooks import Delivery, Sent, State, Style, Subscription, rules
from plughub.delivery import native
from plughub.dialects import pluggto

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLUGGTO = pluggto.notify.STYLE


def delivery(attempts: int = 1) -> Delivery:
    return Delivery(
        id=ids.new(), subscription=ids.new(), event=ids.new(), position=1, kind="product", record_id=ids.new(),
        subject=None, action="updated", aspects=frozenset(), state=State.DUE, attempt_count=attempts,
        next_attempt_at=NOW,
    )  # fmt: skip


def endpoint(**facts) -> Subscription:
    connection = ids.ConnectionId(ids.new())
    given = {"url": "https://x.example", "style": "native", "kinds": (), "is_active": True}
    return Subscription(id=ids.new(), connection=connection, **(given | facts))


def sent(status: int | None = 500, **facts) -> Sent:
    return Sent(began_at=NOW, seconds=0.1, status=status, **facts)


def offsets(style: Style) -> list[timedelta]:
    """Times of all tries from the first, at a receiver that never succeeds; without jitter."""
    exact = replace(style, calendar=replace(style.calendar, jitter=0.0))
    waits = []
    for attempt in range(1, 100):
        then = rules.after(exact, delivery(attempt), sent(), NOW)
        if then.state is State.DEAD:
            return [timedelta(0), *accumulate(waits)]
        waits.append(then.at - NOW)
    raise AssertionError("it never ends")


def test_pluggtos_eight_steps_are_each_counted_from_the_failure_before():
    minutes = [offset / timedelta(minutes=1) for offset in offsets(PLUGGTO)]

    assert minutes == [0, 5, 20, 80, 200, 380, 1100, 2540, 90 * 60 + 20]


def test_the_hubs_own_calendar_has_17_tries_in_a_week_and_a_bit():
    times = offsets(native.STYLE)

    assert len(times) == 17
    assert times[-1] == timedelta(days=7, hours=3, minutes=42, seconds=35)


@pytest.mark.parametrize(
    ("style", "good", "bad"),
    [(PLUGGTO, [200], [201, 202, 204, 302, 410, 429, 500, None]), (native.STYLE, [200, 201, 204, 299], [302, 404])],
)
def test_what_counts_as_success(style: Style, good: list[int], bad: list[int | None]):
    assert {rules.after(style, delivery(), sent(status), NOW).state for status in good} == {State.DELIVERED}
    assert {rules.after(style, delivery(), sent(status), NOW).state for status in bad} == {State.DUE}


def test_jitter_only_ever_adds_and_at_most_a_tenth():
    step = native.STYLE.calendar.steps[6]
    waits = [rules.after(native.STYLE, delivery(7), sent(), NOW).at - NOW for _ in range(500)]

    assert step <= min(waits) < max(waits) <= step * 1.1


@pytest.mark.parametrize(
    ("status", "wish", "wait"),
    [(429, 600, 600), (503, 600, 600), (500, 600, 5), (429, 1, 5), (429, 10**9, 86400)],
)
def test_a_receiver_may_ask_for_more_time_up_to_a_day(status: int, wish: float, wait: float):
    then = rules.after(native.STYLE, delivery(), sent(status, retry_after=wish), NOW)

    assert wait <= (then.at - NOW).total_seconds() <= max(wait, 5 * 1.1)


def test_pluggtos_steps_are_exact_whatever_the_receiver_asks():
    assert rules.after(PLUGGTO, delivery(), sent(429, retry_after=7200), NOW).at == NOW + timedelta(minutes=5)


def test_a_receiver_that_is_down_is_probed_ever_more_rarely():
    assert not rules.is_probing(native.STYLE, endpoint(failures=4))
    held = [rules.held_until(native.STYLE, endpoint(failures=n), NOW) for n in (4, 5, 11, 40)]

    assert held == [None, NOW + timedelta(minutes=30), NOW + timedelta(days=1), NOW + timedelta(days=1)]
    assert rules.held_until(PLUGGTO, endpoint(failures=40), NOW) is None


def test_an_endpoint_is_left_alone_after_a_week_of_nothing_but_failures():
    week = NOW - timedelta(days=7)

    def reason(**facts) -> str | None:
        return rules.reason_to_pause(PLUGGTO, endpoint(**facts), [sent()], NOW)

    assert reason(failures=20, failing_since=week) == "nothing but failures since 2026-02-22 12:00 UTC"
    assert reason(failures=19, failing_since=week) is None
    assert reason(failures=20, failing_since=week + timedelta(seconds=1)) is None


def test_gone_ends_it_for_receivers_that_mean_it():
    gone = [sent(410)]

    assert "410" in (rules.reason_to_pause(native.STYLE, endpoint(), gone, NOW) or "")
    assert rules.reason_to_pause(PLUGGTO, endpoint(), gone, NOW) is None


def test_the_owner_is_warned_once_at_each_mark():
    def due(hours: float, warned: int) -> int | None:
        since = NOW - timedelta(hours=hours)
        return webhooks.warning_due(endpoint(failing_since=since, warned_hours=warned), NOW)

    assert [due(0.9, 0), due(1, 0), due(5, 1), due(24, 1), due(80, 1), due(200, 72)] == [None, 1, None, 24, 72, None]
    assert webhooks.warning_due(endpoint(), NOW) is None
