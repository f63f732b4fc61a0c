"""What a product may be. Nouns in, nouns out, or a refusal; no database."""

from decimal import Decimal
from hashlib import blake2s
from itertools import product as combinations_of
from uuid import UUID

from msgspec.structs import replace

from plughub.core import ids, stock
from plughub.core.errors import Duplicate, Invalid, Locked, Missing
from plughub.core.prices import Action, Explained, Price, explain
from plughub.core.products.model import Content, Part, Product, Variant
from plughub.core.values import LONGEST_KEY

#: More variants than that is a mistake in the components.
MOST_KIT_VARIANTS = 500


def quantity(product: Product, variant: Variant) -> Decimal:
    """The one stock number of a variant; for a kit, how many can be put together."""
    if product.is_kit:
        parts = ((product.part_stock.get(part.id, Decimal(0)), part.quantity) for part in variant.parts)
        return stock.kit_stock(parts)
    return stock.counted(variant.levels)


def free(product: Product, variant: Variant) -> Decimal:
    """What of that number may still be sold."""
    return quantity(product, variant) if product.is_kit else stock.free(variant.levels)


def check(product: Product) -> None:
    """What holds for every product, whatever door it came through."""
    if not product.sku:
        raise Missing("sku", "is required")
    _check_keys(product)
    seen = {product.sku}
    for variant in product.variants:
        if not variant.sku:
            raise Missing("variants.sku", "is required")
        if variant.sku in seen:
            raise Duplicate("sku", variant.sku)
        seen.add(variant.sku)
    for variant in (product.default, *product.variants):
        _check_prices(variant)


def _check_keys(product: Product) -> None:
    keys = [("categories.path", category.path) for category in product.categories]
    keys.append(("remote_id", product.remote_id or ""))
    for variant in (product.default, *product.variants):
        keys += [("sku", variant.sku), ("remote_id", variant.remote_id or "")]
        keys += [("prices.code", price.code) for price in variant.prices]
        keys += [("levels.code", level.code) for level in variant.levels]
    for field, key in keys:
        if len(key) > LONGEST_KEY:
            raise Invalid(field, f"must have at most {LONGEST_KEY} characters")


def _check_prices(variant: Variant) -> None:
    seen = set()
    for price in variant.prices:
        if price.action != Action.OVERWRITE and price.percentage is None and price.amount is None:
            raise Missing(f"prices[{price.code}]", f"{price.action} needs a percentage or a price")
        if (price.code, price.min_quantity) in seen:
            raise Duplicate("price", price.code)
        seen.add((price.code, price.min_quantity))
    codes = [level.code for level in variant.levels]
    if len(codes) != len(set(codes)):
        raise Duplicate("stock", next(code for code in codes if codes.count(code) > 1))


def check_kit_change(before: Product, after: Product) -> None:
    """Once a kit has variants its components stay as they are."""
    if before.variants and before.is_kit and _composition(before) != _composition(after):
        raise Locked("kit", "the components of a kit with variants can no longer change")


def _composition(product: Product) -> dict[str, int]:
    return {component.sku: component.quantity for component in product.components}


def check_component(kit: Product, at: int, found: Product | None) -> None:
    """A component is an existing product, named once, not a variant of one, not a kit and not the kit itself."""
    where = f"components[{at}]"
    component = kit.components[at]
    if any(earlier.sku == component.sku for earlier in kit.components[:at]):
        raise Invalid(f"{where}.sku", f"{component.sku} is named twice")
    if component.sku == kit.sku:
        raise Invalid(f"{where}.sku", "a kit cannot contain itself")
    if component.quantity < 1:
        raise Invalid(f"{where}.quantity", "must be at least 1")
    if found is None:
        raise Invalid(f"{where}.sku", f"there is no product {component.sku}")
    if found.sku != component.sku:
        raise Invalid(f"{where}.sku", f"{component.sku} is a variant: name its product")
    if found.is_kit:
        raise Invalid(f"{where}.sku", f"{component.sku} is a kit: kits cannot contain kits")


def check_kit_variants(product: Product) -> None:
    """Every variant of a kit is made of parts: one that is not would sell without taking stock from anywhere."""
    if product.is_kit and any(not variant.parts for variant in product.variants):
        raise Invalid("components", "the variants of a kit follow its components: it cannot have others")


def check_moved_levels(before: Product, after: Product) -> None:
    """A stock row that orders hold something of stays at its location."""
    old = {level.id: level for variant in (before.default, *before.variants) for level in variant.levels}
    for variant in (after.default, *after.variants):
        for level in variant.levels:
            known = old.get(level.id, level)
            if known.code != level.code and known.reserved:
                raise Invalid(f"levels[{known.code}].code", "cannot change while orders hold stock there")


def price_in(product: Product, variant: Variant, code: str, quantity: Decimal = Decimal(1)) -> Explained:
    """The variant's price in one list when that many are bought, and how it came about.

    A variant without a row of its own takes the product's row, applied to its own price.
    """
    return explain(
        variant.price, variant.special_price, _row(variant, code, quantity) or _row(product.default, code, quantity)
    )


def _row(variant: Variant, code: str, quantity: Decimal) -> Price | None:
    rows = [row for row in variant.prices if row.code == code and row.min_quantity <= quantity]
    return max(rows, key=lambda row: row.min_quantity, default=None)


def without_own_stock(before: Product, kit: Product) -> Product:
    """What a kit has in stock follows from its parts: a number sent for it, or for a variant of it, means nothing."""
    old = {variant.id: variant.levels for variant in (before.default, *before.variants)}

    def kept(variant: Variant) -> Variant:
        levels = old.get(variant.id, ())
        return variant if variant.levels == levels else replace(variant, levels=levels)

    return replace(kit, default=kept(kit.default), variants=tuple(kept(variant) for variant in kit.variants))


def assembled(kit: Product, components: dict[UUID, Product], language: str) -> Product:
    """The kit with what it takes from stock; where components have variants, with a variant per combination.

    Variants that are there already stay as they are, so that their ids and prices are kept.
    """
    quantities = {component.id: component.quantity for component in kit.components}
    if not any(components[id].variants for id in quantities):
        parts = tuple(Part(id=components[id].default.id, quantity=count) for id, count in quantities.items())
        return replace(kit, default=replace(kit.default, parts=parts))
    choices = [components[id].variants or (components[id].default,) for id in quantities]
    count = 1
    for options in choices:
        count *= len(options)
    if count > MOST_KIT_VARIANTS:
        raise Invalid("components", f"{count} combinations are more than {MOST_KIT_VARIANTS}")
    alone = {components[id].default.id for id in quantities}
    known = {frozenset(part.id for part in variant.parts) for variant in kit.variants}
    made = []
    for chosen in combinations_of(*choices):
        if frozenset(variant.id for variant in chosen) not in known:
            sku = f"{kit.sku}-{_digest([variant.sku for variant in chosen])}"
            made.append(_combined(kit, sku, chosen, list(quantities.values()), language, alone))
    return replace(kit, variants=kit.variants + tuple(made))


def _combined(
    kit: Product, sku: str, chosen: tuple[Variant, ...], quantities: list[int], language: str, alone: set[UUID]
) -> Variant:
    names = [kit.content.get(language, Content()).name or kit.sku]
    # A component without variants is the same in every combination and tells nothing.
    names += [
        variant.content.get(language, Content()).name or variant.sku for variant in chosen if variant.id not in alone
    ]
    attributes = {
        (attribute.code, attribute.value_code): replace(attribute, id=ids.new())
        for variant in chosen
        for attribute in variant.attributes
    }
    return Variant(
        id=ids.new(),
        sku=sku,
        content={language: Content(name=" - ".join(names))},
        price=kit.default.price,
        special_price=kit.default.special_price,
        attributes=tuple(attributes.values()),
        parts=tuple(Part(id=variant.id, quantity=count) for variant, count in zip(chosen, quantities, strict=True)),
    )


def _digest(skus: list[str]) -> str:
    return blake2s("\n".join(skus).encode(), digest_size=4).hexdigest()
