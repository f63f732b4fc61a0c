"""What a freight table quotes and what a source may be. No database, no network."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import takewhile

from plughub.core.errors import Invalid
from plughub.core.shipping.model import FreightRow, FreightSource, Heard, Parcel, Quote

#: A question goes to all of them at once.
MOST_SOURCES = 20
#: Milliseconds.
SHORTEST_BUDGET, LONGEST_BUDGET = 20, 5000
#: Of a budget, kept back for what the hub itself does before and after the asking: with ten sources it takes 5 to
#: 10 ms on an idle machine, so that an answer to a client still fits into its budget on a busy one.
HEADROOM_MS = 30

_CENT = Decimal("0.01")
#: Wide enough for a product of the longest numbers that are kept, so that only cents are ever rounded.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
#: Digits of postal codes where all have the same number: spreadsheets drop leading zeros unseen.
_POSTAL_DIGITS = {"BR": 8}


def quotes(rows: Iterable[FreightRow], parcel: Parcel) -> list[Quote]:
    """What the rows ask for the parcel: one quote for each row that covers it, the cheapest first.

    Where the weight or the order value is not known, only rows that do not depend on it cover the parcel.
    """
    total, worth = weight(parcel), value(parcel)
    return in_order(
        Quote(method=row.method, company=row.company, price=_price(row, total, worth), days=row.days)
        for row in rows
        if _leads_to(row, parcel)
        and _lies_in(total, row.weight_from, row.weight_to, is_priced=bool(row.extra_kg))
        and _lies_in(worth, row.value_from, row.value_to, is_priced=bool(row.percentage))
    )


def in_order(quotes: Iterable[Quote]) -> list[Quote]:
    """The cheapest first, then the fastest; a time that is not known comes last."""
    return sorted(quotes, key=lambda one: (one.price, one.days is None, one.days or 0, one.company, one.method))


def merged(heard: Iterable[Heard]) -> list[Quote]:
    """All that sources quoted, in one order."""
    return in_order(quote for one in heard for quote in one.quotes)


def weight(parcel: Parcel) -> Decimal | None:
    """Kilograms of the whole parcel; None where that of any item is not known."""
    return _sum((item.dimensions.weight, item.quantity) for item in parcel.items)


def value(parcel: Parcel) -> Decimal | None:
    """What the buyer pays for the goods; None where the price of any is not known."""
    return _sum((item.unit_price, item.quantity) for item in parcel.items)


def prefix(first: str, last: str) -> str:
    """The digits with which every postal code from first to last begins."""
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=True)))


def check_source(source: FreightSource) -> None:
    if not source.name.strip():
        raise Invalid("name", "must not be empty")
    if not source.url.startswith(("http://", "https://")):
        raise Invalid("url", "must begin with https:// or http://")
    if not SHORTEST_BUDGET <= source.budget_ms <= LONGEST_BUDGET:
        raise Invalid("budget", f"must be from {SHORTEST_BUDGET} to {LONGEST_BUDGET} milliseconds")


def check_row(row: FreightRow) -> None:
    """ValueError, with words for the person who wrote the row."""
    if len(row.postal_from) != len(row.postal_to):
        raise ValueError("postal_from and postal_to must have the same number of digits, leading zeros included")
    if row.postal_from > row.postal_to:
        raise ValueError("postal_from is after postal_to")
    digits = _POSTAL_DIGITS.get(row.country, 0)
    if digits and row.postal_from and len(row.postal_from) != digits:
        raise ValueError(f"postal codes of {row.country} have {digits} digits: write the leading zeros, too")
    for name, low, high in (
        ("weight", row.weight_from, row.weight_to),
        ("value", row.value_from, row.value_to),
    ):
        if high is not None and high <= low:
            raise ValueError(f"{name}_to must be above {name}_from")


def listening(source: FreightSource) -> float:
    """Seconds in which an answer of this source counts."""
    return max(source.budget_ms - HEADROOM_MS, source.budget_ms // 2) / 1000


def _leads_to(row: FreightRow, parcel: Parcel) -> bool:
    to = parcel.destination
    if row.country != to.country:
        return False
    # Digits of equal number compare as the numbers do.
    is_comparable = len(row.postal_from) == len(to.postal_code)
    return not row.postal_from or (is_comparable and row.postal_from <= to.postal_code <= row.postal_to)


def _lies_in(amount: Decimal | None, above: Decimal, up_to: Decimal | None, *, is_priced: bool) -> bool:
    if amount is None:
        return not above and up_to is None and not is_priced
    return (amount > above or not above) and (up_to is None or amount <= up_to)


def _price(row: FreightRow, weight: Decimal | None, value: Decimal | None) -> Decimal:
    """What is given stays as it is; what is computed is rounded half up to cents."""
    if not row.extra_kg and not row.percentage:
        return row.price
    price = row.price
    if row.extra_kg and weight is not None:
        price = _EXACT.add(price, _EXACT.multiply(_EXACT.subtract(weight, row.weight_from), row.extra_kg))
    if row.percentage and value is not None:
        price = _EXACT.add(price, _EXACT.divide(_EXACT.multiply(value, row.percentage), Decimal(100)))
    return price.quantize(_CENT, context=_EXACT)


def _sum(amounts: Iterable[tuple[Decimal | None, int]]) -> Decimal | None:
    total = Decimal(0)
    for amount, count in amounts:
        if amount is None:
            return None
        total = _EXACT.add(total, _EXACT.multiply(amount, Decimal(count)))
    return total
