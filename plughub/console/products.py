"""Products: the list. One product's pages are in `product.py`."""

from decimal import Decimal

from plughub.console.lists import ROWS, Column, List, View, asked
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import products
from plughub.core.filters import All, AnyOf, Compare, Contains, Filter, Has, Op
from plughub.core.listing import Order as By
from plughub.core.listing import Query
from plughub.core.products import Product
from plughub.web import Reply

PRODUCTS = List(
    name="products",
    columns=(
        Column("sku", "SKU"),
        Column("name", "Name"),
        Column("brand", "Brand"),
        Column("variants", "Variants", is_number=True),
        Column("price", "Price", is_number=True),
        Column("stock", "Stock", is_number=True),
        Column("categories", "Categories", is_usual=False),
        Column("created", "Created", is_usual=False),
        Column("changed", "Last change"),
        Column("by", "Changed by", is_usual=False),
    ),
    filters=("q", "brand", "category", "kind", "order"),
    views=(View("Kits", "kind=kit"), View("Changed last", "order=changed")),
)


async def get_products(visit: Visit) -> Reply:
    wanted = asked(visit, PRODUCTS)
    by_change = wanted.where.get("order") == "changed"
    query = Query(
        where=_filter(wanted.where),
        order=By.CHANGED if by_change else By.ID,
        descending=True,
        limit=ROWS,
        offset=wanted.offset,
        walks=False,
        first=wanted.where.get("q"),
    )
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await products.listing(tx, visit.caller, query)
    return page(visit, "products.html", asked=wanted, page=found, quantities_of=_stock)


def _stock(product: Product) -> Decimal:
    """Over all that can be bought of it."""
    return sum((products.quantity(product, one) for one in product.variants or (product.default,)), Decimal(0))


def _filter(where: dict[str, str]) -> Filter:
    parts: list[Filter] = []
    if text := where.get("q"):
        spelled = (Contains("codes", text), Contains("words", text), Has("default.gtin", (text,), ("variants.gtin",)))
        parts.append(AnyOf(spelled))
    if brand := where.get("brand"):
        parts.append(Has("brand", (brand,)))
    if category := where.get("category"):
        parts.append(Contains("groups", category))
    if where.get("kind") == "kit":
        parts.append(Compare("is_kit", Op.EQUAL, True))
    return All(tuple(parts))


PAGES = (Page("GET", "/{shop}/products", get_products),)
