"""What the tests of freight say over and over."""

from decimal import Decimal
from typing import Any

from plughub.core import ids, shipping
from plughub.core.products import Dimensions
from plughub.core.shipping import Destination, FreightRow, FreightSource, Item, Origin, Parcel
from tests import make

CENTRE = "01310100"


def row(**fields: Any) -> FreightRow:
    """A row for all of Brazil; numbers may be written as texts."""
    texts = {"country", "postal_from", "postal_to", "method", "company", "days"}
    given = {"country": "BR", "method": "Normal", "company": "Rota", "price": "10", **fields}
    exact = {name: value if name in texts or value is None else Decimal(str(value)) for name, value in given.items()}
    return FreightRow(**exact)


def parcel(
    weight: object = "1", value: object = "100", to: str = CENTRE, *, country: str = "BR", quantity: int = 1
) -> Parcel:
    """So many pieces that weigh and cost this much each."""
    item = Item(
        product=ids.new(),
        product_sku="A",
        sku="A",
        quantity=quantity,
        dimensions=Dimensions(weight=None if weight is None else Decimal(str(weight))),
        unit_price=None if value is None else Decimal(str(value)),
        handling_days=0,
    )
    return Parcel(origin=Origin(country="BR"), destination=Destination(country=country, postal_code=to), items=[item])


async def table(
    shop: make.Shop, *rows: FreightRow, name: str = "tabela", replaces: bool = False
) -> shipping.FreightTable:
    async with shop.hub.change(shop.tenant.id) as tx:
        return await shipping.import_table(tx, shop.caller, name, rows, now=shop.hub.now(), replaces=replaces)


async def source(shop: make.Shop, url: str = "https://frete.example/quote", **fields: Any) -> FreightSource:
    """Patient unless the test says otherwise, so that a busy machine makes nobody late."""
    given = {"name": f"source {ids.new().hex}", "budget_ms": 5000, **fields}
    async with shop.hub.change(shop.tenant.id) as tx:
        return await shipping.add_source(tx, shop.caller, url=url, **given)


async def sources(shop: make.Shop) -> list[FreightSource]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await shipping.sources(tx, shop.tenant.id)
