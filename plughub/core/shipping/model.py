from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from plughub.core.ids import ConnectionId
from plughub.core.products import Category, Dimensions

#: What a vendor grants a source: milliseconds from sending the question to the last byte of the answer.
DEFAULT_BUDGET_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a tenant's parcels start. What is None is not known."""

    #: ISO 3166-1 alpha-2.
    country: str
    postal_code: str | None = None
    city: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    country: str
    #: Digits only.
    postal_code: str
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Some pieces of one SKU. What is None is not known."""

    product: UUID
    #: The product's own SKU, and the one that was asked for: the same, or a variant's.
    product_sku: str
    sku: str
    quantity: int
    #: Of one piece.
    dimensions: Dimensions
    #: What a buyer pays for one piece.
    unit_price: Decimal | None
    #: Until the parcel can leave the house.
    handling_days: int
    categories: Sequence[Category] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is to be sent, from where to where."""

    origin: Origin
    destination: Destination
    items: Sequence[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    method: str
    company: str
    #: In the tenant's currency.
    price: Decimal
    days: int | None = None


class Counts(Struct, frozen=True, kw_only=True):
    """How the askings of a source ended."""

    answered: int = 0
    late: int = 0
    failed: int = 0
    last_answered_at: datetime | None = None
    #: The last time that it was late or failed, and why.
    last_failed_at: datetime | None = None
    last_failure: str | None = None

    @property
    def asked(self) -> int:
        return self.answered + self.late + self.failed


class FreightSource(Struct, frozen=True, kw_only=True):
    """An address that is asked for quotes."""

    id: UUID
    name: str = ""
    url: str = ""
    #: The client whose software answers; None: nobody's in particular.
    connection: ConnectionId | None = None
    #: Time for a whole answer, name service and connecting included.
    budget_ms: int = DEFAULT_BUDGET_MS
    is_active: bool = True
    version: int = 1
    counts: Counts = Counts()


class Outcome(StrEnum):
    ANSWERED = "answered"
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How one asking of one source ended, and when."""

    source: FreightSource
    outcome: Outcome
    at: datetime
    quotes: Sequence[Quote] = ()
    #: Why there are none: fit to be shown to the tenant.
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What a parcel costs, and what was heard on the way to it."""

    parcel: Parcel
    heard: Sequence[Heard]
    #: The cheapest first.
    quotes: Sequence[Quote]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightTable:
    id: UUID
    name: str
    row_count: int
    version: int
    changed_at: datetime


class FreightRow(Struct, frozen=True, kw_only=True):
    """One line of a freight table: for which parcels, by what way, at what price.

    Postal codes include both ends. Weights and order values are above `from`, up to and including `to`; a `from`
    of zero includes zero. `None` as an upper end is no end.
    """

    country: str
    #: Digits, as many in one as in the other; both empty: the whole country.
    postal_from: str = ""
    postal_to: str = ""
    #: Kilograms of the whole parcel.
    weight_from: Decimal = Decimal(0)
    weight_to: Decimal | None = None
    value_from: Decimal = Decimal(0)
    value_to: Decimal | None = None
    method: str
    company: str = ""
    #: Fixed part of the price.
    price: Decimal
    #: For each kilogram above `weight_from`, parts of one in proportion.
    extra_kg: Decimal = Decimal(0)
    #: Of the order value.
    percentage: Decimal = Decimal(0)
    days: int | None = None
