from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from plughub.core.values import Custom


class TaxType(StrEnum):
    #: Levied on the value that each stage of a supply chain adds.
    VAT = "vat"
    #: Levied on the last sale alone.
    SALES_TAX = "salestax"


class Tax(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One tax on one thing. Amounts are per unit, in the currency of what it stands at; None: not told."""

    id: UUID
    type: TaxType = TaxType.VAT
    label: str | None = None
    #: Percent: 25 is a quarter.
    rate: Decimal | None = None
    taxable: Decimal | None = None
    amount: Decimal | None = None
    #: Digits after the point that its amounts are shown with at least; None: as many as what it stands at.
    digits: int | None = None
    custom: dict[str, Custom] = {}
