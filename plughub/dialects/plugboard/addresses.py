"""Billing and shipping addresses (specification 14.1): a party and where it lives in one flat object."""

from collections.abc import Mapping
from typing import Any, Protocol

from plughub.core import codes
from plughub.core.errors import Invalid
from plughub.core.orders import Address, Party
from plughub.core.patch import Patch
from plughub.dialects.plugboard import bodies
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import COUNTRY, TEXT
from plughub.web.wire import Field, Shape

_PARTY = Shape(
    Field("firstName", "first_name", TEXT),
    Field("lastName", "last_name", TEXT),
    Field("companyName", "company_name", TEXT),
    Field("organisationNo", "company_tax_id", TEXT),
    Field("vatNo", "vat_number", TEXT),
    Field("address1", "", TEXT),
    Field("address2", "", TEXT),
    Field("postalCode", "address.postal_code", TEXT),
    Field("city", "address.city", TEXT),
    Field("state", "address.state", TEXT),
    Field("country", "address.country", COUNTRY),
    Field("phone", "", TEXT),
    Field("mobile", "", TEXT),
    Field("email", "email", TEXT),
)

SCHEMA = {**_PARTY.schema(), "type": ["object", "null"]}

#: Where a record that is billed has them.
_BOTH = {"billingAddress": "payer", "shippingAddress": "receiver"}

#: Where one text here is several in the core: the first takes it, the others are cleared.
_JOINED = {
    "address1": (("address", "street"), ("address", "number")),
    "address2": (("address", "complement"), ("address", "district")),
    "phone": (("phone",), ("phone_area",)),
    "mobile": (("phone2",), ("phone2_area",)),
}


class Addressed(Protocol):
    """An order or an invoice."""

    @property
    def payer(self) -> Party: ...
    @property
    def receiver(self) -> Party: ...


def read_both(fresh: Mapping[str, Any], before: Addressed) -> Patch:
    """What is said of either."""
    changes: Patch = {}
    for name, core in _BOTH.items():
        if name in fresh:
            try:
                changes[core] = read(fresh[name], getattr(before, core))
            except Invalid as error:
                raise error.within(name) from error
    return changes


def write_both(noun: Addressed) -> dict[str, Any]:
    return {name: write(getattr(noun, core)) for name, core in _BOTH.items()}


def read(value: Any, stored: Party) -> Patch | None:
    """A patch of the party, field by field; null clears all of it. What is sent as it is shown changes nothing."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise Bad("", "must be an object", "FieldType", value)
    shown = write(stored) or {}
    fresh = bodies.unlike(value, shown)
    patch, _ = _PARTY.read(fresh)
    for name, (first, *others) in _JOINED.items():
        if name in fresh:
            _set(patch, first, _PARTY.value(_PARTY.fields[name], fresh[name]))
            for other in others:
                _set(patch, other, None)
    return patch


def write(party: Party) -> dict[str, Any] | None:
    if party == Party():
        return None
    address = party.address
    joined = {
        "address1": _together(", ", address.street, address.number),
        "address2": _together(", ", address.complement, address.district),
        "phone": _together("", party.phone_area, party.phone),
        "mobile": _together("", party.phone2_area, party.phone2),
    }
    written = {**_PARTY.write(party), **joined, "country": _country(address)}
    return {name: written[name] for name in _PARTY.fields}


def _country(address: Address) -> str | None:
    """Only as a code: other wires take any text."""
    return codes.country(address.country) if address.country else None


def _together(between: str, *parts: str | None) -> str | None:
    told = [part for part in parts if part is not None]
    return between.join(part for part in told if part) if told else None


def _set(patch: Patch, path: tuple[str, ...], value: str | None) -> None:
    *way, last = path
    for name in way:
        patch = patch.setdefault(name, {})
    patch[last] = value
