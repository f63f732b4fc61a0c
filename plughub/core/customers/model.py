from typing import Any

from msgspec import Struct


class Customer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As the first order named them."""

    name: str = ""
    email: str | None = None
    phone: str | None = None
    company_name: str | None = None
    person_tax_id: str | None = None
    company_tax_id: str | None = None
    address: dict[str, Any] = {}
