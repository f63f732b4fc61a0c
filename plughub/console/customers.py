"""Customers: who bought, how to reach them, and what they ordered."""

from plughub.console.lists import ROWS, Column, List, asked
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import customers, ids, orders
from plughub.core.errors import NotFound
from plughub.core.filters import All, Compare, Filter, Op
from plughub.core.listing import Order as By
from plughub.core.listing import Query
from plughub.web import Reply

CUSTOMERS = List(
    name="customers",
    columns=(
        Column("name", "Name"),
        Column("email", "E-mail"),
        Column("phone", "Phone"),
        Column("town", "Town"),
        Column("tax_id", "Tax number", is_usual=False),
        Column("orders", "Orders", is_number=True),
        Column("last", "Last order"),
        Column("since", "Customer since", is_usual=False),
        Column("number", "Number", is_usual=False),
    ),
    filters=("q",),
)
#: Orders that a customer's own page shows.
_LAST = 20


async def get_customers(visit: Visit) -> Reply:
    wanted = asked(visit, CUSTOMERS)
    where: Filter = customers.anything(wanted.where["q"]) if "q" in wanted.where else All(())
    query = Query(where=where, order=By.ID, descending=True, limit=ROWS, offset=wanted.offset, walks=False)
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await customers.listing(tx, visit.caller, query)
        bought = await orders.bought(tx, visit.caller, [record.id for record in found.records])
    return page(visit, "customers.html", asked=wanted, page=found, bought=bought)


async def get_customer(visit: Visit) -> Reply:
    id = ids.spelled(visit.path("customer"))
    if id is None:
        raise NotFound("customer", visit.path("customer"))
    of_them = Query(where=Compare("customer_id", Op.EQUAL, id), order=By.ID, descending=True, limit=_LAST, walks=False)
    async with visit.hub.read(visit.tenant.id) as tx:
        record = await customers.by_id(tx, visit.caller, id)
        placed = await orders.listing(tx, visit.caller, of_them)
    return page(visit, "customer.html", record=record, customer=record.value, placed=placed)


PAGES = (
    Page("GET", "/{shop}/customers", get_customers),
    Page("GET", "/{shop}/customers/{customer}", get_customer),
)
