"""Products and orders to measure with: all alike, each with its own numbers."""

from datetime import datetime
from decimal import Decimal

from plughub.core.patch import Merge, Patch
from plughub.core.stock import MAIN

VARIANTS = 4
#: So many categories, and as many brands, share the products among them.
SHELVES = 50
#: On each shelf: more than all orders of a run can take.
PLENTY = Decimal(1_000_000)
_COLOURS = ("blue", "green", "red", "white")


def sku(at: int) -> str:
    return f"BENCH-{at:07}"


def variant_sku(at: int, place: int) -> str:
    return f"{sku(at)}-{place}"


def product(at: int, language: str) -> Patch:
    """The product with this number."""
    price = Decimal(990 + at % 20_000) / 100
    return {
        "default": {"sku": sku(at), "price": price, "dimensions": _SIDES},
        "variants": Merge([_variant(at, place, price, language) for place in range(VARIANTS)], keys=("sku",)),
        "content": {
            language: {
                "name": f"Shirt number {at}",
                "short_description": "A shirt of organic cotton, made to last",
                "description": f"<p>Shirt number {at}.</p><p>{'Soft, light and easy to wash. ' * 8}</p>",
            }
        },
        "brand": f"Brand {at % SHELVES}",
        "is_available": True,
        "categories": Merge([{"path": shelf(at)}], keys=("path",)),
        "media": Merge([{"url": f"https://img.bench.example/{sku(at)}.jpg", "position": 1}], keys=("url",)),
    }


def shelf(at: int) -> str:
    return f"Shelf {at % SHELVES}"


_SIDES = {"length": Decimal("0.30"), "width": Decimal("0.20"), "height": Decimal("0.05"), "weight": Decimal("0.25")}


def _variant(at: int, place: int, price: Decimal, language: str) -> Patch:
    colour = _COLOURS[place]
    attribute = {"code": "colour", "label": "Colour", "value_code": colour, "value_label": colour.title()}
    return {
        "sku": variant_sku(at, place),
        "gtin": f"952{at:08}{place:02}",
        "price": price + place,
        "dimensions": _SIDES,
        "content": {language: {"name": f"Shirt number {at}, {colour}"}},
        "attributes": Merge([attribute], keys=("code",)),
        "levels": Merge([{"code": MAIN, "on_hand": PLENTY}], keys=("code",)),
    }


def order(at: int, products: int, moment: datetime) -> Patch:
    """An order of three lines; `products` is how many there are to choose from."""
    return {
        "channel": "bench",
        "channel_number": f"old-{at}",
        "lines": Merge([_line((at * 3 + line) * 7919 % products, line) for line in range(3)]),
        "payer": {"first_name": "Ana", "email": f"buyer{at % 1000}@bench.example"},
        "placed_at": moment,
        "reserves_stock": False,
    }


def _line(product: int, place: int) -> Patch:
    wanted = variant_sku(product, place)
    return {
        "sku": sku(product),
        "variant": {"sku": wanted},
        "name": f"Shirt number {product}",
        "quantity": Decimal(1),
        "price": Decimal("19.90"),
    }
