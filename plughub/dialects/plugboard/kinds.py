"""Values of this wire: read as the vendor's clients send them, written as the vendor writes them (specification 4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from plughub.core import codes, ids
from plughub.dialects.plugboard.errors import Bad
from plughub.web.wire import TAKEN, Plain

_DECIMAL = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")
_MOST_WHOLE, _MOST_FRACTION = 20, 10
_DECIMAL_TEXT = r"^\s*-?[0-9]+(\.[0-9]{1,10})?\s*$"
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:)(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_MOMENT_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[ +-][0-9]{2}:[0-9]{2})$"
#: A plus sign that was not encoded in the address arrives as a blank.
_LOST_PLUS = re.compile(r" (\d{2}:\d{2})$")
_LARGEST_INTEGER = 2**63 - 1

NAME, LONG = 4_000, 200_000


@dataclass(frozen=True, slots=True)
class Text(Plain):
    """The empty text is a value; strings are not made from numbers."""

    longest: int = NAME

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Bad("", "must be a string", "FieldType", value)
        if len(value) > self.longest:
            raise Bad("", f"must have at most {self.longest} characters", "FieldTooLong", value)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"]}


class Code(Text):
    """A text that names the record and so cannot be empty."""

    def read(self, value: Any) -> str:
        # Explicit: a dataclass with slots is another class than the one that super() knows.
        text = Text.read(self, value)
        if not text.strip():
            raise Bad("", "must not be empty", "FieldRequired", value)
        return text


class Num:
    """A decimal: a string with a dot; a JSON number is taken, too, digit by digit (C)."""

    def read(self, value: Any) -> Decimal:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = format(Decimal(value), "f")
        found = _DECIMAL.fullmatch(value.strip()) if isinstance(value, str) and value.isascii() else None
        if found is None or len(found[1].lstrip("0")) > _MOST_WHOLE or len(found[2] or "") > _MOST_FRACTION:
            raise Bad("", 'must be a decimal such as "4.2"', "DecimalMalformed", value)
        return Decimal(value.strip())

    def write(self, value: Decimal) -> str:
        return write_decimal(value)

    def schema(self) -> dict[str, Any]:
        taken = {"type": ["string", "number", "null"], "pattern": _DECIMAL_TEXT}
        return {"type": ["string", "null"], "description": 'decimal, such as "4.2"', TAKEN: taken}


class Int(Plain):
    def read(self, value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Bad("", "must be a whole number", "FieldType", value)
        if abs(value) > _LARGEST_INTEGER:
            raise Bad("", "is too large", "FieldRange", value)
        return value

    def schema(self) -> dict[str, Any]:
        taken = {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]{1,19}$"}
        return {"type": ["integer", "null"], TAKEN: taken}


class Bool(Plain):
    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Bad("", "must be true or false", "FieldType", value)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}


@dataclass(frozen=True, slots=True)
class Choice(Plain):
    """One of a closed set, letter for letter."""

    members: tuple[str, ...]

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Bad("", "must be a string", "FieldType", value)
        if value not in self.members:
            known = ", ".join(self.members)
            raise Bad("", f"must be one of {known}", "FieldEnum", value, f"members: {known}")
        return self.members[self.members.index(value)]

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "enum": [*self.members, None]}


@dataclass(frozen=True, slots=True)
class Word:
    """One of a closed set that the core calls otherwise: wire -> core."""

    words: Mapping[str, Any]

    def read(self, value: Any) -> Any:
        return self.words[Choice(tuple(self.words)).read(value)]

    def write(self, value: Any) -> str:
        return next(word for word, meant in self.words.items() if meant == value)

    def schema(self) -> dict[str, Any]:
        return Choice(tuple(self.words)).schema()


class Moment:
    """RFC 3339 in, whole seconds of UTC out."""

    def read(self, value: Any) -> datetime:
        return read_moment(value)

    def write(self, value: datetime) -> str:
        return write_moment(value)

    def schema(self) -> dict[str, Any]:
        taken = {"type": ["string", "null"], "pattern": _MOMENT_TEXT}
        return {"type": ["string", "null"], "format": "date-time", TAKEN: taken}


class Country(Plain):
    def read(self, value: Any) -> str:
        code = codes.country(value) if isinstance(value, str) else None
        if code is None:
            raise Bad("", "must be an ISO 3166-1 alpha-2 code such as SE", "CountryUnknown", value)
        return code

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "description": "ISO 3166-1 alpha-2"}


class Currency(Plain):
    def read(self, value: Any) -> str:
        code = codes.currency(str(value)) if isinstance(value, str | int) else None
        if code is None:
            raise Bad("", "must be an ISO 4217 code such as SEK or 752", "CurrencyUnknown", value)
        return code

    def schema(self) -> dict[str, Any]:
        taken = {"type": ["string", "integer", "null"]}
        return {"type": ["string", "null"], "description": "ISO 4217", TAKEN: taken}


class Language:
    """The core's code inside, three letters outside."""

    def read(self, value: Any) -> str:
        return read_language(value)

    def write(self, value: str) -> str:
        return codes.language3(value)

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "description": "ISO 639-2"}


class LocalId:
    """An id of this hub; 32 hex digits."""

    def read(self, value: Any) -> UUID:
        try:
            return ids.from_hex32(value)
        except (ValueError, TypeError):
            raise Bad("", "must be an id of 32 hex digits", "ReferenceUnknown", value) from None

    def write(self, value: UUID) -> str:
        return value.hex

    def schema(self) -> dict[str, Any]:
        taken = {"type": ["string", "null"], "pattern": "^[0-9a-fA-F]{32}$"}
        return {"type": ["string", "null"], "pattern": "^[0-9a-f]{32}$", TAKEN: taken}


@dataclass(frozen=True, slots=True)
class Shown(Plain):
    """What is only shown; sent back, it is ignored."""

    like: dict[str, Any]

    def read(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return self.like


TEXT, LONG_TEXT, CODE, NUM, INT, BOOL, MOMENT, COUNTRY, CURRENCY, LANGUAGE, LOCAL_ID = (
    Text(), Text(LONG), Code(), Num(), Int(), Bool(), Moment(), Country(), Currency(), Language(), LocalId(),
)  # fmt: skip


def write_decimal(value: Decimal) -> str:
    """Without exponent; the scale that was given stays."""
    return format(value, "f")


def read_language(value: Any) -> str:
    code = codes.language(value) if isinstance(value, str) else None
    if code is None:
        raise Bad("", "must be an ISO 639 code such as swe or sv", "LanguageUnknown", value)
    return code


def read_moment(value: Any) -> datetime:
    text = _LOST_PLUS.sub(r"+\1", value) if isinstance(value, str) else ""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Bad("", "must be a dateTime such as 2010-01-01T08:00:00Z", "DateTimeMalformed", value)
    day, minute, second, fraction, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone
    # A leap second is the one before it.
    second = "59" if second == "60" else second
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}{second}.{(fraction or '0')[:6].ljust(6, '0')}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Bad("", "is no moment of the calendar", "DateTimeMalformed", value) from None


def write_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
