"""A shipment as a form: its fields, how they are shown, and what was typed into them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from plughub.core.errors import Invalid
from plughub.core.orders import Shipment
from plughub.core.patch import Patch

_LONGEST = 500
_KEY_DIGITS = 44
#: Weights of the check digit of an NF-e's key, modulo 11.
_WEIGHTS = (4, 3, 2, *(9, 8, 7, 6, 5, 4, 3, 2) * 5)


@dataclass(frozen=True, slots=True)
class Field:
    #: Dotted path in the core's noun; with dashes for dots the form's name.
    path: str
    title: str
    type: str = "text"
    hint: str = ""

    @property
    def name(self) -> str:
        return self.path.replace(".", "-")


_TRACKING = (
    Field("carrier", "Carrier"),
    Field("method", "Service"),
    Field("track_code", "Tracking code"),
    Field("track_url", "Tracking address", "url"),
    Field("shipped_at", "Sent", "datetime-local"),
    Field("estimated_delivery", "Expected to arrive", "datetime-local"),
    Field("delivered_at", "Arrived", "datetime-local"),
)
_INVOICE = (
    Field("invoice.key", "Access key", hint="The 44 digits of the NF-e; blanks do not matter."),
    Field("invoice.number", "Number"),
    Field("invoice.series", "Series"),
    Field("invoice.date", "Issued", "datetime-local"),
    Field("invoice.cfops", "Operation codes (CFOP)"),
    Field("invoice.link", "Address of the document", "url"),
)
GROUPS = (("Parcel", _TRACKING), ("Invoice (NF-e)", _INVOICE))
FIELDS = _TRACKING + _INVOICE
#: Before the name of a field: as the person was shown it.
_SEEN = "seen-"


def shown(shipment: Shipment | None, zone: ZoneInfo) -> dict[str, str]:
    """Every field as the form has it, by its name; times in the person's zone, to the minute."""
    return {field.name: _text(_get(shipment, field.path), zone) if shipment else "" for field in FIELDS}


def typed(form: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """What the form says; a field that is not in it stays as it is."""
    return {field.name: form.get(field.name, stored[field.name]) for field in FIELDS}


def seen(form: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """What the form showed before anything was typed; where it does not say, what is stored."""
    return {field.name: form.get(_SEEN + field.name, stored[field.name]) for field in FIELDS}


def back(after: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str] | None:
    """The form that takes a change back; None where a time is among it, of which forms show no seconds."""
    changed = [field for field in FIELDS if after[field.name] != before[field.name]]
    if any(field.type == "datetime-local" and before[field.name] for field in changed):
        return None
    former = {field.name: before[field.name] for field in changed}
    return former | {_SEEN + field.name: after[field.name] for field in changed}


def changes(given: Mapping[str, str], zone: ZoneInfo) -> Patch:
    """The patch of these fields; an empty one is cleared. Invalid names the form's field."""
    found: Patch = {}
    for field in FIELDS:
        if field.name in given:
            outer, _, inner = field.path.partition(".")
            value = _value(field, given[field.name], zone)
            if inner:
                found.setdefault(outer, {})[inner] = value
            else:
                found[outer] = value
    return found


def _get(shipment: Shipment, path: str) -> Any:
    value: Any = shipment
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _text(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    return "" if value is None else str(value)


def _value(field: Field, text: str, zone: ZoneInfo) -> str | datetime | None:
    if not text:
        return None
    if len(text) > _LONGEST:
        raise Invalid(field.name, f"must have at most {_LONGEST} characters")
    if field.type == "datetime-local":
        return _moment(field, text, zone)
    if field.type == "url" and not text.startswith(("http://", "https://")):
        raise Invalid(field.name, "must begin with https:// or http://")
    return _key(field, text) if field.path == "invoice.key" else text


def _moment(field: Field, text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(field.name, "must be a day and a time, such as 2026-01-31T14:30") from error


def _key(field: Field, text: str) -> str:
    digits = "".join(text.split())
    if not (digits.isascii() and digits.isdigit()) or len(digits) != _KEY_DIGITS:
        raise Invalid(field.name, f"must have {_KEY_DIGITS} digits; this one has {sum(c.isdigit() for c in digits)}")
    rest = sum(int(digit) * weight for digit, weight in zip(digits[:-1], _WEIGHTS, strict=True)) % 11
    if int(digits[-1]) != (0 if rest < 2 else 11 - rest):
        raise Invalid(field.name, "has a digit wrong: its check digit does not fit the others")
    return digits
