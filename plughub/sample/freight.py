"""What the sample shop asks for sending a parcel from São Paulo: zones of Brazil's postal codes, weights, two ways."""

from collections.abc import Iterator
from decimal import Decimal

from plughub.core.shipping import FreightRow, Origin

TABLE = "tabela"
ORIGIN = Origin(country="BR", postal_code="01310100", city="São Paulo", state="SP")
#: First and last code, price of the first kilogram, of each further one, days by the slower way.
_ZONES = (
    ("01000000", "09999999", "14.90", "1.20", 3),
    ("11000000", "19999999", "18.90", "1.60", 4),
    ("20000000", "39999999", "22.90", "2.40", 6),
    ("40000000", "65999999", "31.90", "4.10", 10),
    ("66000000", "69999999", "38.90", "5.90", 14),
    ("70000000", "79999999", "27.90", "3.20", 8),
    ("80000000", "99999999", "24.90", "2.80", 7),
)
_HEAVIEST = Decimal(30)
#: In the first zone the slower way costs nothing above this order value.
_FREE_ABOVE = Decimal(499)


def rows() -> Iterator[FreightRow]:
    for place, (first, last, price, extra_kg, days) in enumerate(_ZONES):
        for weight_from, weight_to in ((Decimal(0), Decimal(1)), (Decimal(1), _HEAVIEST)):
            slow = FreightRow(
                country="BR",
                postal_from=first,
                postal_to=last,
                weight_from=weight_from,
                weight_to=weight_to,
                value_to=None if place else _FREE_ABOVE,
                method="Econômico",
                company="Rota Sul",
                price=Decimal(price),
                extra_kg=Decimal(extra_kg) if weight_from else Decimal(0),
                days=days,
            )
            yield slow
            yield _fast(slow)
        if not place:
            yield _free(first, last, days)


def _fast(slow: FreightRow) -> FreightRow:
    """Twice the price and half a percent of the value, for half the days."""
    return FreightRow(
        country=slow.country,
        postal_from=slow.postal_from,
        postal_to=slow.postal_to,
        weight_from=slow.weight_from,
        weight_to=slow.weight_to,
        method="Expresso",
        company="Andorinha Azul",
        price=slow.price * 2,
        extra_kg=slow.extra_kg * 2,
        percentage=Decimal("0.5"),
        days=(slow.days or 0) // 2,
    )


def _free(first: str, last: str, days: int) -> FreightRow:
    return FreightRow(
        country="BR",
        postal_from=first,
        postal_to=last,
        weight_to=_HEAVIEST,
        value_from=_FREE_ABOVE,
        method="Econômico",
        company="Rota Sul",
        price=Decimal(0),
        days=days,
    )
