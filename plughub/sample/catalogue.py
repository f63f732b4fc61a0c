"""Products as patches for `products.create`, made of the tables in `goods.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from itertools import product as combinations_of
from random import Random

from plughub.core.patch import Merge, Patch, Replace
from plughub.core.prices import Action
from plughub.core.stock import MAIN, Supply
from plughub.core.values import fold
from plughub.sample import digits
from plughub.sample.goods import AXES, KITS, SHELVES, SURCHARGES, Bundle, Shelf

#: Price lists and locations besides the base price and the main location.
MARKETPLACE, WHOLESALE = "mercadolivre", "atacado"
WAREHOUSE, CORNER_SHOP = "cd-sp", "loja-centro"
#: More of it was sold than had been counted.
OVERSOLD = "DEC-CEST"

_PHOTOS = "https://img.aurora.example"
#: A number prefix that is set aside for examples: no real article has these.
_GTIN_PREFIX = "952"
_CENT, _SPECIAL_ENDING = Decimal("0.01"), Decimal("0.90")

#: Choice of values -> the code and label of each, in the order of the axes.
Choice = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """Prices of a product, before a variant's surcharge."""

    price: Decimal | None
    special: Decimal | None
    #: Percent that the marketplace's list adds, and whether it says so as an amount of its own.
    increase: int | None
    overwrites: bool
    #: Percent off for resellers.
    decrease: int | None
    #: Part of the price that the shop pays for it.
    cost_share: Decimal


class Catalogue:
    """One walk through the tables: every choice comes from `chance`, every number from a running one."""

    def __init__(self, chance: Random, language: str) -> None:
        self._chance = chance
        self._language = language
        self._numbers = count(1)

    def products(self) -> Iterator[Patch]:
        """All of them, kits last: their parts have to be there."""
        for shelf in SHELVES:
            for line in shelf.goods.strip().splitlines():
                sku, name, brand, price = (part.strip() for part in line.split("|"))
                yield self._product(shelf, sku, name, brand, price)
        for bundle in KITS:
            yield self._kit(bundle)

    def _product(self, shelf: Shelf, sku: str, name: str, brand: str, price: str) -> Patch:
        terms = self._terms(price)
        default = {**self._own(sku, shelf), **self._priced(terms, 0)}
        variants = [self._variant(shelf, sku, name, choice, terms) for choice in _choices(shelf)]
        if not variants:
            default["levels"] = self._levels(sku)
        return {
            "default": default,
            "variants": Merge(variants, keys=("sku",)),
            "content": {self._language: _texts(name, shelf)},
            "brand": brand,
            "is_available": sku not in ("VES-TRIC", "CEL-TRIP"),
            "link": f"https://www.aurora.example/{sku.lower()}",
            "identifiers": {"ncm": shelf.ncm, "origin": "0", "model": sku},
            "warranty_months": self._chance.choice((3, 6, 12)),
            "warranty_text": "Garantia contra defeitos de fabricação",
            "handling_days": self._chance.choice((0, 1, 1, 2)),
            "categories": _categories(shelf.path),
            "attributes": _attributes(
                (_code(label), label, _code(value), value) for label, value in shelf.attributes.items()
            ),
            "media": _media(sku, name, self._chance.randint(1, 3)),
        }

    def _variant(self, shelf: Shelf, sku: str, name: str, choice: Choice, terms: _Terms) -> Patch:
        own = "-".join((sku, *(code for _, code, _ in choice)))
        label = ", ".join(value for _, _, value in choice)
        extra = sum(SURCHARGES.get(code, 0) for _, code, _ in choice)
        patch: Patch = {
            **self._own(own, shelf),
            **self._priced(terms, extra),
            "content": {self._language: {"name": f"{name} - {label}"}},
            "attributes": _attributes((axis, AXES[axis][0], code.lower(), value) for axis, code, value in choice),
            "levels": self._levels(own),
        }
        color = next((code for axis, code, _ in choice if axis == "cor"), None)
        if color:
            patch["media"] = _media(f"{sku}-{color}", f"{name} {label}", 1)
        return patch

    def _kit(self, bundle: Bundle) -> Patch:
        return {
            "default": {"sku": bundle.sku, "gtin": self._gtin(), "price": Decimal(bundle.price)},
            "components": Replace([{"sku": sku, "quantity": quantity} for sku, quantity in bundle.parts.items()]),
            "content": {
                self._language: {
                    "name": bundle.name,
                    "short_description": "Conjunto com preço especial",
                    "description": f"<p>{bundle.name}: tudo junto, por menos.</p>",
                }
            },
            "brand": "Aurora",
            "is_available": True,
            "categories": _categories("Kits"),
            "media": _media(bundle.sku, bundle.name, 1),
        }

    def _own(self, sku: str, shelf: Shelf) -> Patch:
        sides = dict(zip(("length", "width", "height", "weight"), map(Decimal, shelf.parcel.split()), strict=True))
        return {"sku": sku, "gtin": self._gtin(), "dimensions": sides}

    def _gtin(self) -> str:
        return digits.gtin13(f"{_GTIN_PREFIX}{next(self._numbers):09}")

    def _terms(self, price: str) -> _Terms:
        """What holds for all variants of one product alike."""
        amounts = [Decimal(text) for text in price.split() if text != "-"]
        listed = bool(amounts) and self._chance.random() < 0.7
        return _Terms(
            price=amounts[0] if amounts else None,
            special=amounts[1] if len(amounts) > 1 else None,
            increase=self._chance.choice((10, 12, 14, 16)) if listed else None,
            overwrites=self._chance.random() < 0.25,
            decrease=self._chance.choice((15, 20, 25)) if amounts and self._chance.random() < 0.55 else None,
            cost_share=Decimal(self._chance.randint(42, 60)) / 100,
        )

    def _priced(self, terms: _Terms, extra: int) -> Patch:
        if terms.price is None:
            return {}
        price = terms.price + extra
        cost = _cents(price * terms.cost_share)
        return {
            "price": price,
            "special_price": terms.special + extra if terms.special is not None else None,
            "cost": cost,
            "prices": Merge(_price_rows(terms, price, cost), keys=("code",)),
        }

    def _levels(self, sku: str) -> Merge:
        """Mostly plenty, now and then little or nothing; some of it elsewhere, a few things only there."""
        elsewhere = self._chance.random()
        rows = [{"code": MAIN, "on_hand": self._main_stock(sku)}] if elsewhere > 0.05 else []
        if elsewhere < 0.30:
            rows.append(
                {
                    "code": WAREHOUSE,
                    "on_hand": Decimal(self._chance.randint(20, 150)),
                    "priority": 0,
                    "handling_days": 2,
                    "supply": Supply.SUPPLIER if self._chance.random() < 0.2 else Supply.OWN,
                }
            )
        if 0.2 < elsewhere < 0.45:
            rows.append({"code": CORNER_SHOP, "on_hand": Decimal(self._chance.randint(0, 12)), "priority": 5})
        return Merge(rows, keys=("code",))

    def _main_stock(self, sku: str) -> Decimal:
        luck = self._chance.random()
        if sku == OVERSOLD or luck < 0.06:
            return Decimal(0)
        return Decimal(self._chance.randint(1, 4) if luck < 0.15 else self._chance.randint(30, 180))


def _price_rows(terms: _Terms, price: Decimal, cost: Decimal) -> list[Patch]:
    rows: list[Patch] = []
    if terms.increase is not None and terms.overwrites:
        amount = Decimal(int(price * (100 + terms.increase) / 100)) + _SPECIAL_ENDING
        row: Patch = {"code": MARKETPLACE, "label": "Mercado Livre", "action": Action.OVERWRITE, "amount": amount}
        rows.append(row | ({"special_amount": amount - 10} if terms.special is not None else {}))
    elif terms.increase is not None:
        by = {"action": Action.INCREASE, "percentage": Decimal(terms.increase)}
        rows.append({"code": MARKETPLACE, "label": "Mercado Livre", **by})
    if terms.decrease is not None:
        by = {"action": Action.DECREASE, "percentage": Decimal(terms.decrease), "floor": cost}
        rows.append({"code": WHOLESALE, "label": "Atacado", **by})
    return rows


def _choices(shelf: Shelf) -> list[Choice]:
    if not shelf.axes:
        return []
    values = [[(axis, code, AXES[axis][1][code]) for code in codes.split()] for axis, codes in shelf.axes.items()]
    return list(combinations_of(*values))


def _texts(name: str, shelf: Shelf) -> Patch:
    points = "".join(f"<li>{feature}</li>" for feature in shelf.features)
    return {
        "name": name,
        "short_description": shelf.says,
        "description": f"<p><strong>{name}</strong>. {shelf.says}</p><ul>{points}</ul>",
    }


def _categories(path: str) -> Merge:
    names = path.split(" > ")
    paths = [" > ".join(names[:depth]) for depth in range(1, len(names) + 1)]
    return Merge([{"path": one} for one in paths], keys=("path",))


def _attributes(rows: Iterator[tuple[str, str, str, str]]) -> Merge:
    names = ("code", "label", "value_code", "value_label")
    return Merge([dict(zip(names, row, strict=True)) for row in rows], keys=("code",))


def _media(sku: str, title: str, photos: int) -> Merge:
    return Merge(
        [
            {
                "url": f"{_PHOTOS}/{sku.lower()}-{at}.jpg",
                "name": f"{sku.lower()}-{at}.jpg",
                "title": title,
                "position": at,
            }
            for at in range(1, photos + 1)
        ],
        keys=("url",),
    )


def _code(label: str) -> str:
    return fold(label).replace(" ", "-")


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
