"""Orders: the list. One order's pages are in `order.py`."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plughub.console.lists import ROWS, Column, List, View, asked
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import connections, ids, orders
from plughub.core.filters import All, Compare, Filter, Nothing, Op
from plughub.core.listing import Order as By
from plughub.core.listing import Query
from plughub.core.orders import Order, OrderStatus, Party
from plughub.web import Reply

ORDERS = List(
    name="orders",
    columns=(
        Column("number", "Order"),
        Column("created", "Came in"),
        Column("customer", "Customer"),
        Column("channel", "Channel"),
        Column("channel_number", "Channel's number"),
        Column("connection", "Connection", is_usual=False),
        Column("status", "Status"),
        Column("lines", "Lines", is_usual=False, is_number=True),
        Column("total", "Total", is_number=True),
        Column("tracking", "Tracking", is_usual=False),
        Column("send", "To be sent by", is_usual=False),
        Column("changed", "Last change", is_usual=False),
        Column("by", "Changed by", is_usual=False),
    ),
    filters=("q", "status", "connection", "since", "until", "late", "customer"),
    views=(
        View("To send", "status=invoiced"),
        View("Late", "late=yes"),
        View("On hold", "status=on_hold"),
        View("Canceled", "status=canceled"),
    ),
)


async def get_orders(visit: Visit) -> Reply:
    wanted = asked(visit, ORDERS)
    query = Query(
        where=_filter(wanted.where, visit.zone, visit.hub.now()),
        order=By.ID,
        descending=True,
        limit=ROWS,
        offset=wanted.offset,
        walks=False,
    )
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await orders.listing(tx, visit.caller, query)
        known = await connections.connections(tx, visit.tenant.id)
    names = {connection.id: connection.name for connection in known}
    return page(
        visit, "orders.html", asked=wanted, page=found, connections=names, statuses=list(OrderStatus), buyer=buyer
    )


def buyer(order: Order) -> str:
    """Who bought, as people would say it."""
    return next((name for party in (order.payer, order.receiver) if (name := called(party))), "")


def called(party: Party) -> str:
    both = " ".join(name for name in (party.first_name, party.last_name) if name)
    return party.full_name or both or party.company_name or party.trade_name or party.email or ""


def _filter(where: dict[str, str], zone: ZoneInfo, now: datetime) -> Filter:
    parts: list[Filter] = []
    if status := where.get("status"):
        parts.append(Compare("status", Op.EQUAL, status))
    if text := where.get("q"):
        parts.append(orders.anything(text))
    if where.get("late"):
        parts.append(orders.late(now))
    for name, field in (("connection", "source_connection"), ("customer", "customer_id")):
        if text := where.get(name):
            id = ids.spelled(text)
            parts.append(Compare(field, Op.EQUAL, id) if id else Nothing())
    # An order's id tells when it came in, and lists are in the order of ids.
    if begins := _day(where.get("since", ""), zone):
        parts.append(Compare("id", Op.FROM, ids.first_of(begins)))
    if begins := _day(where.get("until", ""), zone, after=1):
        parts.append(Compare("id", Op.BELOW, ids.first_of(begins)))
    return All(tuple(parts))


def _day(text: str, zone: ZoneInfo, *, after: int = 0) -> datetime | None:
    """When that day begins where the person is, or a later one; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=after), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


PAGES = (Page("GET", "/{shop}/orders", get_orders),)
