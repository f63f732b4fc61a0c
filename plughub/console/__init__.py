"""The console: pages for people, over the same commands and queries as the dialects.

Pages are made on the server and work without script for reading and for forms; `static/console.js` and htmx only
save people time. A file per page: what it shows, how it reads its form, its handlers, and `PAGES` at the end.
"""

from plughub.console import (
    account,
    addresses,
    connection,
    connections,
    customers,
    deliveries,
    developers,
    find,
    home,
    lists,
    locations,
    messages,
    order,
    orders,
    people,
    product,
    product_forms,
    products,
    replay,
    stock,
    stock_import,
)
from plughub.console.assets import ASSETS
from plughub.console.door import route
from plughub.console.errors import spell
from plughub.console.visit import MOUNT, House, Page
from plughub.core.tenants import Identity
from plughub.web import Call, Edge

__all__ = ["MOUNT", "House", "edge"]

#: Every page. Where an address fits several paths, the first counts.
PAGES: tuple[Page, ...] = (
    *account.PAGES,
    *home.PAGES,
    # Before deliveries by their ids.
    *replay.PAGES,
    *deliveries.PAGES,
    *find.PAGES,
    *people.PAGES,
    *orders.PAGES,
    *order.PAGES,
    *customers.PAGES,
    *messages.PAGES,
    *products.PAGES,
    *product_forms.NEW,
    *product.PAGES,
    *product_forms.PAGES,
    *stock_import.PAGES,
    *locations.PAGES,
    *stock.PAGES,
    *connections.PAGES,
    *connection.PAGES,
    *addresses.PAGES,
    *developers.PAGES,
    *lists.pages((orders.ORDERS, products.PRODUCTS, stock.STOCK, customers.CUSTOMERS, messages.MESSAGES)),
)

#: Nothing from elsewhere is loaded but pictures of products, and no page may be shown inside another.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:;"
    " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def edge(house: House) -> Edge:
    async def nobody(call: Call) -> Identity:
        raise RuntimeError("pages find out for themselves who is there")

    return Edge(
        name="console",
        mount=MOUNT,
        routes=(*(route(page, house) for page in PAGES), *ASSETS),
        authenticate=nobody,
        spell=spell,
        # Pasted counts and uploaded lists.
        body_limit=10 * 2**20,
        headers={
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        },
    )
