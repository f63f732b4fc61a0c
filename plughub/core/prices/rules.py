"""What a price comes to. No database: amounts in, amounts and their reasons out."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from plughub.core.prices.model import Action, Price

_CENT = Decimal("0.01")
#: Wide enough for a product of the longest numbers that are kept, so that only cents are ever rounded.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    price: Decimal | None
    special_price: Decimal | None
    #: What was done, first to last, in words for people.
    steps: tuple[str, ...]


def explain(price: Decimal | None, special_price: Decimal | None, row: Price | None) -> Explained:
    """The price of a list that has `row` for a variant with this base price, and how it came about.

    Computed values are rounded half up to cents; given values are not. Bounds apply to both prices, the
    ceiling last, and nothing falls below zero. A special price of zero is none.
    """
    special_price = special_price or None
    steps = [f"base price {_say(price)}, special {_say(special_price)}"]
    if row is None:
        return Explained(price=price, special_price=special_price, steps=tuple(steps))
    if row.action == Action.OVERWRITE:
        price = row.amount if row.amount is not None else price
        special_price = row.special_amount or None
        steps.append(f"list {row.code} overwrites: {_say(price)}, special {_say(special_price)}")
    else:
        price, special_price = _moved(price, row), _moved(special_price, row)
        by = f"{row.percentage} %" if row.percentage is not None else _say(row.amount)
        steps.append(f"list {row.code} {row.action}s by {by}: {_say(price)}, special {_say(special_price)}")
    bounded = _bounded(price, row), _bounded(special_price, row)
    if bounded != (price, special_price):
        steps.append(f"bounds {_say(row.floor)} to {_say(row.ceiling)}: {_say(bounded[0])}, special {_say(bounded[1])}")
    return Explained(price=bounded[0], special_price=bounded[1], steps=tuple(steps))


def _moved(amount: Decimal | None, row: Price) -> Decimal | None:
    if amount is None:
        return None
    by = _EXACT.add if row.action == Action.INCREASE else _EXACT.subtract
    if row.percentage is not None:
        moved = _EXACT.divide(_EXACT.multiply(amount, by(Decimal(100), row.percentage)), Decimal(100))
    else:
        moved = by(amount, row.amount or Decimal(0))
    return moved.quantize(_CENT, context=_EXACT)


def _bounded(amount: Decimal | None, row: Price) -> Decimal | None:
    if amount is None:
        return None
    if row.floor:
        amount = max(amount, row.floor)
    if row.ceiling:
        amount = min(amount, row.ceiling)
    return amount if amount > 0 else Decimal(0)


def _say(amount: Decimal | None) -> str:
    return "none" if amount is None else str(amount)
