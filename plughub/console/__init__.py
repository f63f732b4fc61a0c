"""The console: pages for people, over the same commands and queries as the dialects.

Pages are made on the server and work without script for reading and for forms; `static/console.js` and htmx only
save people time. A file per page: what it shows, how it reads its form, its handlers, and `PAGES` at the end.
"""

from plughub.console import account, home, lists, locations, orders, products, stock, stock_import
from plughub.console.assets import ASSETS
from plughub.console.door import route
from plughub.console.errors import spell
from plughub.console.visit import MOUNT, House, Page
from plughub.web import Edge

__all__ = ["MOUNT", "House", "edge"]

#: Every page; the order means nothing.
PAGES: tuple[Page, ...] = (
    *account.PAGES,
    *home.PAGES,
    *orders.PAGES,
    *products.PAGES,
    *stock_import.PAGES,
    *locations.PAGES,
    *stock.PAGES,
    *lists.pages((orders.ORDERS, products.PRODUCTS, stock.STOCK)),
)

#: Nothing from elsewhere is loaded but pictures of products, and no page may be shown inside another.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:;"
    " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def edge(house: House) -> Edge:
    async def nobody(call: object) -> object:
        raise RuntimeError("pages find out for themselves who is there")

    return Edge(
        name="console",
        mount=MOUNT,
        routes=(*(route(page, house) for page in PAGES), *ASSETS),
        authenticate=nobody,  # type: ignore[arg-type]
        spell=spell,
        # Pasted counts and uploaded lists.
        body_limit=10 * 2**20,
        headers={
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        },
    )
