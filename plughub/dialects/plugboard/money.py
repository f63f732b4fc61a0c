"""Money: an exact amount and a currency, one value that is replaced whole (specification 4.4)."""

from decimal import Decimal
from typing import Any

from plughub.core import codes
from plughub.core.money import Money
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import CURRENCY, INT, NUM, write_decimal

_MOST_DECIMALS = 8


class MoneyKind:
    def read(self, value: Any) -> Money:
        if not isinstance(value, dict):
            raise Bad("", "must be an object with currency and amount", "FieldType", value)
        for name in ("currency", "amount"):
            if value.get(name) is None:
                raise Bad(name, "is required", "MoneyIncomplete")
        decimals = None
        if value.get("decimals") is not None:
            decimals = _inside("decimals", INT.read, value)
            if not 0 <= decimals <= _MOST_DECIMALS:
                raise Bad("decimals", f"must be from 0 to {_MOST_DECIMALS}", "FieldRange", decimals)
        return Money(
            currency=_inside("currency", CURRENCY.read, value),
            amount=_inside("amount", NUM.read, value),
            decimals=decimals,
        )

    def write(self, value: Money) -> dict[str, Any]:
        return write_money(value.currency, value.amount, value.decimals)

    def schema(self) -> dict[str, Any]:
        return {
            "type": ["object", "null"],
            "properties": {
                "currency": CURRENCY.schema(),
                "amount": NUM.schema(),
                "decimals": {"type": ["integer", "null"], "description": "0 to 8, as the client sent it"},
            },
        }


MONEY = MoneyKind()


def write_money(currency: str, amount: Decimal, decimals: int | None = None) -> dict[str, Any]:
    """Padded with zeros to the digits that are usual or asked for, never rounded."""
    digits = codes.minor_digits(currency) if decimals is None else decimals
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - amounts are finite
    shown = {"currency": currency, "amount": _padded(amount, -exponent, digits)}
    return shown if decimals is None else {**shown, "decimals": decimals}


def _padded(amount: Decimal, has: int, wanted: int) -> str:
    text = write_decimal(amount)
    if has <= 0:
        return text + ("." + "0" * wanted if wanted else "")
    whole, _, fraction = text.partition(".")
    # Zeros beyond what is asked for mean nothing.
    fraction = fraction.rstrip("0").ljust(wanted, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _inside(name: str, read: Any, value: dict[str, Any]) -> Any:
    try:
        return read(value[name])
    except Bad as error:
        raise error.within(name) from error
