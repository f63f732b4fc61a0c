"""Orders: the list, and one order with everything that belongs to it."""

from plughub.console.lists import Column, List, View, asked
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import connections, orders
from plughub.core.filters import All, AnyOf, Compare, Filter, Has, Op
from plughub.core.listing import Order as By
from plughub.core.listing import Query
from plughub.core.orders import OrderStatus
from plughub.web import Reply

ORDERS = List(
    name="orders",
    columns=(
        Column("number", "Order"),
        Column("created", "Came in"),
        Column("customer", "Customer"),
        Column("channel", "Channel"),
        Column("channel_number", "Channel's number", is_usual=False),
        Column("status", "Status"),
        Column("lines", "Lines", is_usual=False, is_number=True),
        Column("total", "Total", is_number=True),
        Column("changed", "Last change", is_usual=False),
    ),
    filters=("q", "status", "connection"),
    views=(
        View("To send", "status=invoiced"),
        View("On hold", "status=on_hold"),
        View("Canceled", "status=canceled"),
    ),
)
#: Where else than in columns an order's numbers and names stand.
_NAMES = ("receiver.full_name", "payer.full_name", "receiver.last_name", "payer.last_name")
_NUMBERS = ("payer.email", "receiver.email", "payer.person_tax_id", "payer.company_tax_id", "shipments.track_code")


async def get_orders(visit: Visit) -> Reply:
    wanted = asked(visit, ORDERS)
    query = Query(
        where=_filter(wanted.where), order=By.ID, descending=True, limit=50, offset=wanted.offset, walks=False
    )
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await orders.listing(tx, visit.caller, query)
        known = await connections.connections(tx, visit.tenant.id)
    return page(visit, "orders.html", asked=wanted, page=found, connections=known, statuses=list(OrderStatus))


def _filter(where: dict[str, str]) -> Filter:
    parts: list[Filter] = []
    if where.get("status") in list(OrderStatus):
        parts.append(Compare("status", Op.EQUAL, where["status"]))
    if where.get("q"):
        parts.append(_search(where["q"].strip()))
    return All(tuple(parts))


def _search(text: str) -> Filter:
    """Any number that the order has somewhere, or a name in it."""
    ways: list[Filter] = [
        Compare("channel_number", Op.EQUAL, text),
        Has("lines.sku", (text,), ("lines.variant.sku",)),
        Has(_NAMES[0], (text,), (*_NAMES[1:], *_NUMBERS)),
    ]
    if text.isascii() and text.isdigit() and len(text) < 10:
        ways.append(Compare("number", Op.EQUAL, int(text)))
    return AnyOf(tuple(ways))


PAGES = (Page("GET", "/{shop}/orders", get_orders),)
