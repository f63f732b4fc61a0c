from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct, field

from plughub.core.registry import Entry, Kind
from plughub.core.values import plain

#: Code of the list that holds the base prices. The list's id is the tenant's.
BASE = "$base"


class Action(StrEnum):
    #: The row's own amounts stand in place of the base price.
    OVERWRITE = "overwrite"
    #: The base price and a percentage or an amount on top.
    INCREASE = "increase"
    DECREASE = "decrease"


class Price(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One variant's row in one price list. Amounts are in the list's currency, exact, never rounded."""

    id: UUID
    #: Code of the price list.
    code: str = ""
    label: str | None = None
    action: Action = Action.OVERWRITE
    amount: Decimal | None = None
    special_amount: Decimal | None = None
    percentage: Decimal | None = None
    #: Bounds of the resulting price; zero and None are no bound.
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    #: Digits after the point that the amount is shown with at least; None: as many as the currency has.
    digits: int | None = None
    #: Smallest bought quantity for which the row holds.
    min_quantity: Decimal = Decimal(1)

    @property
    def known_as(self) -> str:
        """A list has a row for each quantity from which another price holds."""
        return self.code if self.min_quantity == 1 else f"{self.code} from {plain(self.min_quantity)}"


class PriceList(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """Prices for some buyers, in one currency."""

    #: Under which products name it.
    code: str = ""
    #: Language -> name.
    names: dict[str, str] = field(default_factory=dict)
    currency: str = ""


PRICE_LIST = Kind(name="price_list", noun=PriceList, key=lambda noun: noun.code)
