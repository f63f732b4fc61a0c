"""Money as it was told: amount and currency are one value."""

from decimal import Decimal

from msgspec import Struct


class Money(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An exact amount; never rounded."""

    currency: str
    amount: Decimal
    #: How many digits whoever told it wants to see; None where they did not say.
    decimals: int | None = None
