"""Products: the list. One product's pages are in `product.py`."""

from contextlib import suppress
from decimal import Decimal
from uuid import UUID

from plughub.console.lists import ROWS, Column, List, View, asked
from plughub.console.product_cells import sold
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import connections, products
from plughub.core.filters import All, AnyOf, Compare, Contains, Filter, Has, Not, Op
from plughub.core.listing import Order as By
from plughub.core.listing import Query
from plughub.core.products import Product
from plughub.web import Reply

PRODUCTS = List(
    name="products",
    columns=(
        Column("picture", "Picture", is_usual=False),
        Column("sku", "SKU"),
        Column("name", "Name"),
        Column("brand", "Brand"),
        Column("variants", "Variants", is_number=True),
        Column("price", "Price", is_number=True),
        Column("stock", "Free", is_number=True),
        Column("categories", "Categories", is_usual=False),
        Column("created", "Created", is_usual=False),
        Column("changed", "Last change"),
        Column("by", "Changed by", is_usual=False),
    ),
    filters=("q", "brand", "category", "kind", "from", "order"),
    views=(
        View("Kits", "kind=kit"),
        View("Cannot be bought", "kind=unavailable"),
        View("Changed last", "order=changed"),
    ),
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
        known = await connections.connections(tx, visit.tenant.id)
    return page(visit, "products.html", asked=wanted, page=found, free_of=_free, picture_of=_picture, connections=known)


def _free(product: Product) -> Decimal:
    """Over all that can be bought of it."""
    return sum((products.free(product, one) for one in sold(product)), Decimal(0))


def _picture(product: Product) -> str | None:
    """The first that a page may load."""
    media = (*product.media, *(one for variant in product.variants for one in variant.media))
    return next((one.url for one in media if one.url and one.url.startswith("https://")), None)


def _filter(where: dict[str, str]) -> Filter:
    parts: list[Filter] = []
    if text := where.get("q"):
        spelled = (Contains("codes", text), Contains("words", text), Has("default.gtin", (text,), ("variants.gtin",)))
        parts.append(AnyOf(spelled))
    if brand := where.get("brand"):
        # Leaves are equal letter by letter; people write brands small, large and in between.
        parts.append(Has("brand", tuple(dict.fromkeys((brand, brand.title(), brand.capitalize(), brand.upper())))))
    if category := where.get("category"):
        parts.append(Contains("groups", category))
    if where.get("kind") == "kit":
        parts.append(Compare("is_kit", Op.EQUAL, True))
    if where.get("kind") == "unavailable":
        parts.append(Has("is_available", ("false",)))
    if where.get("kind") == "available":
        parts.append(Not(Has("is_available", ("false",))))
    if connection := where.get("from"):
        with suppress(ValueError):
            parts.append(Has("source.connection", (str(UUID(connection)),)))
    return All(tuple(parts))


PAGES = (Page("GET", "/{shop}/products", get_products),)
