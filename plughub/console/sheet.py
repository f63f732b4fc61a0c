"""Forms over what is stored: which cells a person changed, and whether somebody else changed them meanwhile.

Each cell goes with a hidden field `was-NAME`, a mark of what the page showed. A cell that still has its mark was not
touched and is left alone; one whose stored value has another mark by now was changed by somebody else, which is
told and not overwritten.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2s
from typing import Any

from plughub.core import codes
from plughub.core.values import LONGEST_KEY, number_or_none, plain

_WAS = "was-"
_LARGEST, _DIGITS = Decimal(10) ** 15, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A stored value as a field of a form."""

    name: str
    #: As notices and labels call it: "Price of CAM-AZ".
    title: str
    #: What is stored, spelled as the field spells it.
    shown: str
    #: From what was typed; raises `ValueError` with what is wrong with it.
    read: Callable[[str], Any]

    @property
    def mark(self) -> str:
        return mark(self.shown)


@dataclass(slots=True, kw_only=True)
class Filled:
    """What a person made of a sheet."""

    #: Of the cells that were changed and can be taken.
    values: dict[str, Any] = field(default_factory=dict)
    #: What was typed into the cells that were changed.
    typed: dict[str, str] = field(default_factory=dict)
    #: What is wrong, by cell; nothing may be saved then.
    errors: dict[str, str] = field(default_factory=dict)


def filled(cells: Iterable[Cell], form: Mapping[str, str]) -> Filled:
    """Cells that the form does not carry are not looked at."""
    found = Filled()
    for cell in cells:
        text = form.get(cell.name)
        if text is None:
            continue
        text, was = _even(text), form.get(_WAS + cell.name, "")
        if mark(text) == was or text == _even(cell.shown):
            continue
        found.typed[cell.name] = text
        if cell.mark != was:
            now = f"“{_short(cell.shown)}”" if cell.shown else "empty"
            found.errors[cell.name] = f"Somebody else made this {now} meanwhile. Save again to put yours in its place."
            continue
        try:
            found.values[cell.name] = cell.read(text)
        except ValueError as error:
            found.errors[cell.name] = f"{cell.title} {error}."
    return found


def mark(shown: str) -> str:
    return blake2s(_even(shown).encode(), digest_size=8).hexdigest()


def _even(text: str) -> str:
    """Browsers send lines ended their own way."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def spell(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


def money(amount: Decimal | None, currency: str) -> str:
    """With the cents that the currency has: 49.90."""
    if amount is None:
        return ""
    digits = max(codes.minor_digits(currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{digits}f}"


def amount(text: str) -> Decimal | None:
    """An amount of money, or of anything that is not below zero; nothing where nothing was typed."""
    return number(text) if text else None


def number(text: str) -> Decimal:
    """`59.90` or `59,90`. A comma before three digits can mean two things, and is not guessed at."""
    whole, comma, rest = text.replace(" ", "").replace("\u00a0", "").partition(",")
    if comma and ("," in rest or "." in whole + rest or len(rest) == 3):
        raise ValueError("can be read in two ways: write it without marks between thousands, such as 1234.50")
    found = number_or_none(f"{whole}.{rest}" if comma else whole)
    if found is None or "_" in text or "e" in text.lower():
        raise ValueError("must be a number, such as 59.90")
    if len(found.as_tuple().digits) > _DIGITS:
        raise ValueError("has more digits than can be kept")
    if found < 0:
        raise ValueError("must not be below zero")
    if found >= _LARGEST:
        raise ValueError("is too large")
    return found


def key(text: str) -> str:
    """A SKU or another code."""
    if not text:
        raise ValueError("must not be empty")
    if len(text) > LONGEST_KEY:
        raise ValueError(f"must have at most {LONGEST_KEY} characters")
    return text


def words(text: str) -> str | None:
    return text or None
