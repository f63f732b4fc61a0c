from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from plughub.core.ids import LocationId, ProductId, VariantId


class Supply(StrEnum):
    OWN = "own"
    SUPPLIER = "supplier"


class Level(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much of one variant is at one location, and the terms on which it is sold from there."""

    id: UUID
    #: Code of the location; `MAIN` is the one every tenant has.
    code: str = ""
    on_hand: Decimal = Decimal(0)
    #: Promised to orders that have not left the house.
    reserved: Decimal = Decimal(0)
    supply: Supply = Supply.OWN
    #: Locations are asked from 0 upward; None comes last.
    priority: int | None = None
    price: Decimal | None = None
    special_price: Decimal | None = None
    handling_days: int | None = None


class Verb(StrEnum):
    INCREASE = "increase"
    DECREASE = "decrease"
    SET = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change of one level came to."""

    product: ProductId
    variant: VariantId
    #: Code of the location that was changed.
    code: str
    before: Decimal
    on_hand: Decimal
    #: What of it is promised to orders; None when the level was what it became.
    reserved: Decimal | None
    #: The product's version and the moment after it; None when the level was what it became.
    version: int | None
    changed_at: datetime | None
    #: As `Record.described`; None when the level was what it became.
    described: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    id: UUID
    location: str
    delta: Decimal
    #: What was on hand after it.
    on_hand: Decimal
    reason: str
    order: UUID | None
    actor: str
    occurred_at: datetime
    #: Why, in the words of whoever did it.
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One order line's need of one variant, and where to take it from."""

    line: UUID
    product: UUID
    variant: VariantId
    location: LocationId
    #: Where the product's history finds the level: `variants[CAM-AZ].levels[$main]`.
    path: str
    quantity: Decimal
    #: Whether the variant is known to have a level there.
    is_counted: bool = False


#: Code of the location every tenant has. No client's own code looks like it.
MAIN = "$main"
