"""The cells of a product's forms: variants, texts, prices and facts, and the patches that they make."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from plughub.console import sheet
from plughub.console.sheet import Cell
from plughub.core import patch, stock
from plughub.core.patch import Merge, Patch
from plughub.core.prices import Action, Price
from plughub.core.products import Content, Product, Variant
from plughub.core.stock import MAIN

TEXTS = {"name": "Name", "short_description": "Short description", "description": "Description"}
_FACTS = {
    "brand": ("brand", "Brand"),
    "link": ("link", "Link"),
    "model": ("identifiers.model", "Model"),
    "ncm": ("identifiers.ncm", "NCM"),
    "isbn": ("identifiers.isbn", "ISBN"),
    "length": ("default.dimensions.length", "Length (cm)"),
    "width": ("default.dimensions.width", "Width (cm)"),
    "height": ("default.dimensions.height", "Height (cm)"),
    "weight": ("default.dimensions.weight", "Weight (kg)"),
}
_MEASURES = {"length", "width", "height", "weight"}
AMOUNTS = {
    "amount": "Price",
    "special_amount": "Special price",
    "percentage": "Percentage",
    "floor": "Floor",
    "ceiling": "Ceiling",
}
_BASE = {"price": "Price", "special_price": "Special price", "cost": "Cost"}


def of_variant(product: Product, id: UUID, given: Patch) -> Patch:
    return {"default": given} if id == product.default.id else {"variants": Merge([{"id": id, **given}])}


def sold(product: Product) -> tuple[Variant, ...]:
    """What of a product can be bought."""
    return product.variants or (product.default,)


# Variants


def has_own_stock(product: Product, variant: Variant) -> bool:
    """Whether its one number is the main location's: not a sum over variants, parts or other places."""
    is_counted_elsewhere = bool(variant.levels) and all(level.code != MAIN for level in variant.levels)
    return variant in sold(product) and not product.is_kit and not is_counted_elsewhere


def variants(product: Product, currency: str) -> list[Cell]:
    everyone = (product.default, *product.variants)
    return [cell for variant in everyone for cell in _variant(product, variant, currency)]


def _variant(product: Product, variant: Variant, currency: str) -> Iterable[Cell]:
    def cell(name: str, title: str, shown: str, read: Any) -> Cell:
        return Cell(name=f"{name}-{variant.id.hex}", title=f"{title} of {variant.sku}", shown=shown, read=read)

    yield cell("sku", "SKU", variant.sku, sheet.key)
    yield cell("price", "Price", sheet.money(variant.price, currency), sheet.amount)
    yield cell("gtin", "GTIN", variant.gtin or "", sheet.words)
    if has_own_stock(product, variant):
        counted = stock.counted(variant.levels) if variant.levels else None
        yield cell("stock", "Stock", sheet.spell(counted), sheet.number)


def variants_patch(product: Product, values: Mapping[str, Any]) -> Patch:
    whole: Patch = {}
    for name, value in values.items():
        field, _, hex = name.partition("-")
        given: Patch = {field: value}
        if field == "stock":
            given = {"levels": Merge([{"code": MAIN, "on_hand": value}], keys=("code",))}
        whole = patch.together(whole, of_variant(product, UUID(hex), given))
    return whole


# Texts, of the product or of one variant


def texts(content: Mapping[str, Content], language: str) -> list[Cell]:
    own = content.get(language, Content())
    return [
        Cell(name=f"{name}-{language}", title=f"{title} ({language})", shown=getattr(own, name) or "", read=sheet.words)
        for name, title in TEXTS.items()
    ]


def texts_patch(product: Product, variant: Variant | None, values: Mapping[str, Any]) -> Patch:
    content: dict[str, Patch] = {}
    for name, value in values.items():
        field, _, language = name.partition("-")
        content.setdefault(language, {})[field] = value
    return {"content": content} if variant is None else of_variant(product, variant.id, {"content": content})


# Prices of one variant


def base_prices(variant: Variant, currency: str) -> list[Cell]:
    return [
        Cell(name=name, title=title, shown=sheet.money(getattr(variant, name), currency), read=sheet.amount)
        for name, title in _BASE.items()
    ]


def list_prices(variant: Variant, currency: str) -> list[Cell]:
    return [cell for price in variant.prices for cell in _price(price, currency)]


def _price(price: Price, currency: str) -> Iterable[Cell]:
    yield Cell(name=f"action-{price.id.hex}", title=f"Rule in {price.known_as}", shown=price.action, read=_action)
    for name, title in AMOUNTS.items():
        stored = getattr(price, name)
        shown = sheet.spell(stored) if name == "percentage" else sheet.money(stored, currency)
        yield Cell(name=f"{name}-{price.id.hex}", title=f"{title} in {price.known_as}", shown=shown, read=sheet.amount)


def _action(text: str) -> Action:
    if text not in list(Action):
        raise ValueError("must be overwrite, increase or decrease")
    return Action(text)


def prices_patch(product: Product, variant: Variant, values: Mapping[str, Any]) -> Patch:
    rows: dict[UUID, Patch] = {}
    given: Patch = {}
    for name, value in values.items():
        field, dash, hex = name.partition("-")
        if dash:
            rows.setdefault(UUID(hex), {})[field] = value
        else:
            given[field] = value
    if rows:
        given["prices"] = Merge([{"id": id, **row} for id, row in rows.items()])
    return of_variant(product, variant.id, given)


# Facts


def facts(product: Product) -> list[Cell]:
    cells = []
    for name, (path, title) in _FACTS.items():
        stored: Any = product
        for part in path.split("."):
            stored = getattr(stored, part)
        if name in _MEASURES:
            cells.append(Cell(name=name, title=title, shown=sheet.spell(stored), read=sheet.amount))
        else:
            cells.append(Cell(name=name, title=title, shown=stored or "", read=sheet.words))
    paths = "\n".join(category.path for category in product.categories)
    cells.append(Cell(name="categories", title="Categories", shown=paths, read=_paths))
    state = {True: "yes", False: "no", None: ""}[product.is_available]
    cells.append(Cell(name="is_available", title="Can be bought", shown=state, read=_flag))
    return cells


def _paths(text: str) -> Merge:
    """A path a line; the blanks around `>` are ours to set."""
    lines = [" > ".join(name.strip() for name in line.split(">")) for line in text.splitlines() if line.strip()]
    if any(not name for line in lines for name in line.split(" > ")):
        raise ValueError("need a name on both sides of each >")
    return Merge([{"path": path} for path in dict.fromkeys(lines)], keys=("path",), whole=True)


def _flag(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


def facts_patch(values: Mapping[str, Any]) -> Patch:
    whole: Patch = {}
    for name, value in values.items():
        given: Patch = {}
        place = given
        *parents, last = _FACTS.get(name, (name, ""))[0].split(".")
        for parent in parents:
            place[parent] = {}
            place = place[parent]
        place[last] = value
        whole = patch.together(whole, given)
    return whole
