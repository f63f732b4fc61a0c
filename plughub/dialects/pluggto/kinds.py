"""Values as this wire's clients send them, loosely, and as it shows them, exactly (specification 2.2 to 2.4)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from plughub.core.patch import Whole
from plughub.core.values import plain
from plughub.dialects.pluggto import ids
from plughub.web.wire import ABSENT, Plain

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+,\d+")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6})\d*)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?")
_LARGEST_INTEGER = 2**63 - 1
_LARGEST_SMALL = 2**31 - 1
#: The default context would round what has more than 28 digits.
_EXACT = Context(prec=60)


class Text(Plain):
    """Numbers become text: some clients send codes unquoted. Leading zeros stay; an empty text clears."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str):
            return (value if value.isascii() else unicodedata.normalize("NFC", value)) or None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValueError("must be a text")
        return plain(Decimal(value))

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"]}


class Code(Text):
    """A text that identifies: surrounding blanks never count."""

    def read(self, value: Any) -> Any:
        text = super().read(value)
        return text and (text.strip() or None)


class Currency(Code):
    """Three letters; the vendor's list is not closed (D)."""

    def read(self, value: Any) -> Any:
        text = super().read(value)
        if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
            raise ValueError("must be a currency code of three letters such as BRL")
        return text and text.upper()


class Num:
    """An exact number; read as loosely as clients write it."""

    def read(self, value: Any) -> Any:
        number = _number(value)
        if number is ABSENT:
            return ABSENT
        if len(number.as_tuple().digits) > 38 or abs(number.adjusted()) > 20:
            raise ValueError("has more digits than can be kept")
        return number

    def write(self, value: Decimal) -> Any:
        whole = int(value)
        return whole if whole == value else value.normalize(_EXACT)

    def schema(self) -> dict[str, Any]:
        return {"type": ["number", "string", "null"]}


class Int:
    def read(self, value: Any) -> Any:
        number = _number(value)
        if number is ABSENT:
            return ABSENT
        # The exponent first: what does not fit by far cannot even be compared.
        if number.adjusted() > 20 or number != number.to_integral_value() or abs(number) > _LARGEST_INTEGER:
            raise ValueError("must be a whole number")
        return int(number)

    def write(self, value: Any) -> Any:
        return int(value)

    def schema(self) -> dict[str, Any]:
        return {"type": ["integer", "string", "null"]}


class Small(Int):
    """A whole number of everyday size: a priority, a number of days, of pieces in a kit."""

    def read(self, value: Any) -> Any:
        number = super().read(value)
        if number is not ABSENT and abs(number) > _LARGEST_SMALL:
            raise ValueError(f"must not be larger than {_LARGEST_SMALL}")
        return number


class Pieces(Int):
    """How many. Other wires sell fractions, of which this one shows and says nothing."""

    def read(self, value: Any) -> Any:
        number = super().read(value)
        return number if number is ABSENT else Whole(number)


class Count(Pieces):
    """How many of what cannot be negative."""

    def read(self, value: Any) -> Any:
        count = super().read(value)
        if count is not ABSENT and count < 0:
            raise ValueError("must not be negative")
        return count


class Flag:
    """1 or 0 on the way out."""

    def read(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip().lower()
        if value == "":
            return ABSENT
        if value in (1, "1", "true"):
            return True
        if value in (0, "0", "false"):
            return False
        raise ValueError("must be 1 or 0")

    def write(self, value: bool) -> Any:
        return 1 if value else 0

    def schema(self) -> dict[str, Any]:
        return {"type": ["integer", "boolean", "string", "null"], "enum": [0, 1, True, False, "0", "1", None]}


class Bool(Flag):
    """true or false on the way out."""

    def write(self, value: bool) -> Any:
        return value


class Date:
    """An instant; a date alone is midnight UTC of that day."""

    def read(self, value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError("must be a date such as 2016-11-05 or 2016-11-05T10:00:00Z")
        if not value.strip():
            return ABSENT
        return read_date(value)

    def write(self, value: datetime) -> str:
        return write_date(value)

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Choice(Plain):
    """One of a closed set, letter for letter."""

    members: tuple[str, ...]

    def read(self, value: Any) -> Any:
        if value == "":
            return ABSENT
        if not isinstance(value, str) or value not in self.members:
            raise ValueError(f"must be one of {', '.join(self.members)}")
        # The member: it may be more than its text.
        return self.members[self.members.index(value)]

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "enum": [*self.members, None]}


class Id:
    """An id that this hub gave. Other ids name nothing here and are not sent back."""

    def read(self, value: Any) -> Any:
        if value == "":
            return ABSENT
        if not isinstance(value, str):
            raise ValueError("must be an id of 24 hex digits")
        try:
            return ids.read(value)
        except ValueError:
            # A client's own idea of an id matches nothing; `known_ids_only` refuses it where that matters.
            return value

    def write(self, value: UUID) -> str:
        return ids.spell(value)

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "pattern": "^[0-9a-f]{24}$"}


@dataclass(frozen=True, slots=True)
class Kept(Plain):
    """Anything at all, kept as it came."""

    kind: str = "object"

    def read(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": [self.kind, "null"]}


TEXT, CODE, CURRENCY, NUM, INT, SMALL, PIECES, COUNT, FLAG, BOOL, DATE, ID = (
    Text(), Code(), Currency(), Num(), Int(), Small(), Pieces(), Count(), Flag(), Bool(), Date(), Id(),
)  # fmt: skip


def read_date(text: str) -> datetime:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError("must be a date such as 2016-11-05 or 2016-11-05T10:00:00Z")
    day, time, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    spelled = f"{day}T{time or '00:00:00'}.{(fraction or '0').ljust(6, '0')}{zone}"
    try:
        return datetime.fromisoformat(spelled).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text} is no date of the calendar") from None


def write_date(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a number")
    text = value.strip()
    if not text:
        return ABSENT
    if len(text) > 60:
        raise ValueError("must be a number")
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    # "1,000" is a thousand: that is how one client formats its prices (C).
    if _COMMA_GROUPS.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(text):
        return Decimal(text.replace(",", "."))
    if _POINT_GROUPS.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    raise ValueError("must be a number")
