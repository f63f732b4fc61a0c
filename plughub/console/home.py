"""The first page of a shop: how the day goes, and what needs somebody."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from plughub.console import troubles
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import orders, stock, traffic
from plughub.core.connections import Connection
from plughub.core.orders import Day
from plughub.core.traffic import Call, Traffic
from plughub.core.webhooks import Subscription
from plughub.web import Reply

#: Free units up to which a SKU counts as low, unless the address of the list says otherwise.
LOW = 5
#: Days that the chart shows; today is one of them.
_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What came in over some time."""

    orders: int = 0
    #: By currency.
    revenue: Mapping[str, Decimal]

    def of(self, currency: str) -> Decimal:
        return self.revenue.get(currency, Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Days are those of the shop's time zone."""

    today: date
    now: Total
    #: The same weekday a week ago, until this time of the day, and the whole of it.
    then: Total
    then_whole: Total
    #: The last days, today being the last.
    days: Sequence[tuple[date, Total]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection: what it asks, and how telling it goes."""

    connection: Connection
    #: None: it never called.
    last_call: Call | None
    is_told: bool
    is_failing: bool
    last_delivery: datetime | None


async def get_home(visit: Visit) -> Reply:
    now = visit.hub.now()
    zone = ZoneInfo(visit.tenant.time_zone)
    today = now.astimezone(zone).date()
    before = _a_week_before(now, zone)
    hub = await troubles.hub_problems(visit)
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await orders.days(
            tx,
            visit.caller,
            _begin(today - timedelta(days=_SHOWN - 1), zone),
            zone=visit.tenant.time_zone,
            before=before,
        )
        late = await orders.late_count(tx, visit.caller, now)
        low = await stock.low_count(tx, visit.caller, Decimal(LOW))
        known, endpoints = await troubles.receivers(tx, visit)
        calls = await traffic.traffic(tx, visit.tenant.id, now)
        problems = replace(await troubles.problems(tx, visit, known, endpoints), hub=hub)
    sales = _sales(found, today)
    return page(
        visit,
        "home.html",
        sales=sales,
        chart=_chart(sales, visit.tenant.currency),
        late=late,
        low=low,
        threshold=LOW,
        problems=problems,
        connected=[_connected(one, calls.get(one.id), endpoints) for one in known.values() if one.state == "active"],
        titles={name: dialect.title for name, dialect in visit.house.dialects.items()},
    )


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _a_week_before(now: datetime, zone: ZoneInfo) -> datetime:
    """The same time by the clock on the wall, also when it was put forward meanwhile."""
    return now.astimezone(zone) - timedelta(days=7)


def _sales(found: Sequence[Day], today: date) -> Sales:
    by_day: dict[date, list[Day]] = defaultdict(list)
    for one in found:
        by_day[one.day].append(one)
    then = by_day.get(today - timedelta(days=7), [])
    shown = [today - timedelta(days=ago) for ago in range(_SHOWN - 1, -1, -1)]
    return Sales(
        today=today,
        now=_total(by_day.get(today, [])),
        then=Total(
            orders=sum(one.orders_before for one in then), revenue={one.currency: one.revenue_before for one in then}
        ),
        then_whole=_total(then),
        days=[(day, _total(by_day.get(day, []))) for day in shown],
    )


def _total(found: Sequence[Day]) -> Total:
    return Total(orders=sum(one.orders for one in found), revenue={one.currency: one.revenue for one in found})


def _chart(sales: Sales, currency: str) -> str:
    """For uPlot: seconds, orders, revenue. A day is its midnight in UTC, which the script reads as UTC, too."""
    midnights = [int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day, _ in sales.days]
    return json.dumps(
        {
            "days": midnights,
            "orders": [total.orders for _, total in sales.days],
            "revenue": [float(total.of(currency)) for _, total in sales.days],
            "currency": currency,
        }
    )


def _connected(connection: Connection, asked: Traffic | None, endpoints: Mapping[UUID, Subscription]) -> Connected:
    told = [one for one in endpoints.values() if one.connection == connection.id and one.is_active]
    return Connected(
        connection=connection,
        last_call=asked.last if asked else None,
        is_told=bool(told),
        is_failing=any(one.failures for one in told),
        last_delivery=max((one.delivered_at for one in told if one.delivered_at), default=None),
    )


PAGES = (Page("GET", "/{shop}", get_home),)
