"""Money inside a record that has one currency (specification 14.3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plughub.core.errors import Missing
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.money import MONEY, write_money


@dataclass(frozen=True, slots=True)
class Amounts:
    #: None where nothing beside the amounts tells it.
    currency: str | None
    #: Hex ids of the tenant's connections, for custom data beside the amounts.
    connections: Collection[str] = ()
    #: As the client wants them shown.
    digits: int | None = None

    def read(self, body: Mapping[str, Any], name: str) -> Decimal | None:
        """None where there is none; refused in another currency."""
        if body.get(name) is None:
            return None
        try:
            money = MONEY.read(body[name])
        except Bad as error:
            raise error.within(name) from error
        if self.currency is None:
            raise Missing(name, "needs an amount with a currency beside it")
        if money.currency != self.currency:
            raise Bad(f"{name}.currency", f"must be {self.currency}", "CurrencyMismatch", money.currency)
        return money.amount

    def write(self, amount: Decimal | None, digits: int | None = None) -> dict[str, Any] | None:
        """With these digits at least, else as many as the record's own amounts have."""
        if amount is None or self.currency is None:
            return None
        return write_money(self.currency, amount, self.digits if digits is None else digits)


def digits(money: Any) -> int | None:
    """What a money that was read says of its digits."""
    return MONEY.read(money).decimals if money is not None else None
