"""Values as every area spells them: documents as JSON, folded text, plain numbers."""

import unicodedata
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

#: Longest SKU, code, path, number or remote id: they are keys, and keys of four-byte letters must fit an index.
LONGEST_KEY = 500

_encoder = msgspec.json.Encoder(decimal_format="number")
Noun = TypeVar("Noun")


class Custom(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that a system beyond the hub keeps with a record, under a key of its own.

    `kind` says how `value` is to be read: string, bool, integer, decimal (as it was written) or bytes (base64).
    """

    kind: str = "string"
    value: str | bool | int | None = None


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a record came from: the connection that created it; none for what people made."""

    connection: UUID | None = None
    #: One of several shops behind that connection, in its own words.
    code: str | None = None


def to_json(value: Any) -> bytes:
    """A document for a json column. Decimals become numbers, exactly."""
    return _encoder.encode(value)


def fold(text: str) -> str:
    """Text without accents and letter case, for searching."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def plain(number: Decimal) -> str:
    """A number without exponent and trailing zeros: 18.00 -> 18."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def number_or_none(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except ArithmeticError:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= 40 else None
