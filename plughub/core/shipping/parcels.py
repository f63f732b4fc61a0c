"""What is to be sent, put together from the catalogue."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from plughub.core import products, stock
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.products import Dimensions, Product, Variant
from plughub.core.shipping import queries
from plughub.core.shipping.model import Destination, Item, Origin, Parcel

#: Weights of the variants that kits are made of.
Weights = Mapping[UUID, Decimal | None]


async def parcel(
    tx: Transaction, caller: Caller, destination: Destination, wanted: Mapping[str, int], *, country: str
) -> Parcel:
    """So many of these SKUs as one parcel. `country` is where it starts unless the tenant has said more."""
    found = await products.by_skus(tx, caller, list(wanted))
    for sku in wanted:
        if sku not in found:
            raise NotFound("sku", sku)
    weights = await _parts(tx, caller, [found[sku].value for sku in wanted])
    return Parcel(
        origin=await queries.origin(tx, caller.tenant) or Origin(country=country),
        destination=destination,
        items=[_item(found[sku].id, found[sku].value, sku, count, weights) for sku, count in wanted.items()],
    )


async def _parts(tx: Transaction, caller: Caller, wanted: Iterable[Product]) -> Weights:
    """What the parts of kits weigh; nothing is asked where every kit says its own weight."""
    components = {part.id for kit in wanted if kit.default.dimensions.weight is None for part in kit.components}
    if not components:
        return {}
    made = (record.value for record in (await products.by_ids(tx, caller, sorted(components))).values())
    return {
        variant.id: _dimensions(product, variant).weight
        for product in made
        for variant in (product.default, *product.variants)
    }


def _item(id: UUID, product: Product, sku: str, quantity: int, weights: Weights) -> Item:
    variant = next((one for one in product.variants if one.sku == sku), product.default)
    dimensions = _dimensions(product, variant)
    if dimensions.weight is None and variant.parts:
        dimensions = replace(dimensions, weight=_together(variant, weights))
    return Item(
        product=id,
        product_sku=product.sku,
        sku=sku,
        quantity=quantity,
        dimensions=dimensions,
        unit_price=_unit_price(product, variant, quantity),
        handling_days=_handling_days(product, variant, quantity),
        categories=product.categories,
    )


def _dimensions(product: Product, variant: Variant) -> Dimensions:
    """Whatever a variant does not say of itself, its product says for it."""
    own = variant.dimensions
    missing = {
        name: getattr(product.default.dimensions, name) for name in own.__struct_fields__ if getattr(own, name) is None
    }
    return replace(own, **missing) if missing else own


def _together(kit: Variant, weights: Weights) -> Decimal | None:
    total = Decimal(0)
    for part in kit.parts:
        weight = weights.get(part.id)
        if weight is None:
            return None
        total += weight * part.quantity
    return total


def _unit_price(product: Product, variant: Variant, quantity: int) -> Decimal | None:
    """What is charged: the special price where there is one, that of the stock row that it is taken from first."""
    level = _taken_from(variant, quantity)
    rows = (level, variant, product.default) if level is not None else (variant, product.default)
    return next((one.special_price or one.price for one in rows if one.special_price or one.price is not None), None)


def _handling_days(product: Product, variant: Variant, quantity: int) -> int:
    level = _taken_from(variant, quantity)
    own = None if level is None else level.handling_days
    return (product.handling_days if own is None else own) or 0


def _taken_from(variant: Variant, quantity: int) -> stock.Level | None:
    """The stock row that an order of so many would be taken from."""
    code = stock.source(variant.levels, Decimal(quantity), None)
    return next((level for level in variant.levels if level.code == code), None)
