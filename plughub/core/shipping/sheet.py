"""Freight tables as people keep them: CSV files out of spreadsheets, read with care and written so that they come
back the same."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple

from plughub.core import codes
from plughub.core.shipping.model import FreightRow
from plughub.core.shipping.rules import check_row
from plughub.core.values import LONGEST_KEY, plain

COLUMNS = FreightRow.__struct_fields__
REQUIRED = ("method", "price")
MOST_ROWS = 200_000
#: Mistakes that are told one by one.
MOST_MISTAKES = 100

_POSTAL = re.compile(r"[0-9][0-9 .-]*")
_POSTAL_SIGNS = str.maketrans("", "", " .-")
_LONGEST_POSTAL = 12
_NUMBER = re.compile(r"\d{1,12}(?:([.,])\d{1,6})?")
_DAYS = re.compile(r"\d{1,4}")
#: Rows between two words about how far it is.
_TELL_EVERY = 20_000


class Mistake(NamedTuple):
    #: Counted as an editor does, the header being 1; of a row with line breaks inside, its last line.
    line: int
    reason: str


class Bad(Exception):
    """The file cannot be taken; nothing of it was."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(mistakes[0].reason)
        self.mistakes = mistakes


def read(content: bytes, country: str, tell: Callable[[int], None] = lambda count: None) -> list[FreightRow]:
    """The rows of a file, or `Bad` with what is wrong with it.

    `country` is that of rows without one. `tell` hears now and then how many rows have been read.
    """
    text = _decoded(content)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    reader = _Reader(country)
    rows: list[FreightRow] = []
    mistakes: list[Mistake] = []
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            try:
                if reader.columns:
                    rows.append(reader.row(cells))
                else:
                    reader.head(cells)
            except ValueError as error:
                mistakes.append(Mistake(lines.line_num, str(error)))
            if len(mistakes) >= MOST_MISTAKES or (mistakes and not reader.columns):
                break
            if len(rows) > MOST_ROWS:
                raise Bad([Mistake(lines.line_num, f"a table has at most {MOST_ROWS} rows: split the file")])
            if rows and len(rows) % _TELL_EVERY == 0:
                tell(len(rows))
    except csv.Error as error:
        mistakes.append(Mistake(lines.line_num, f"cannot be read as CSV: {error}"))
    if not mistakes and not rows:
        mistakes.append(Mistake(1, "there are no rows below the header" if reader.columns else "the file is empty"))
    if mistakes:
        raise Bad(mistakes)
    return rows


def write(rows: Iterable[FreightRow]) -> Iterator[str]:
    """The file in pieces: commas between cells, points in numbers."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line(_spelled(getattr(row, name)) for name in COLUMNS)


class _Reader:
    """Knows the header of a file and how it writes its decimals."""

    def __init__(self, country: str) -> None:
        self.columns: list[str] = []
        self._country = country
        #: The sign that the file was first seen to use, and then has to stay with: "1.500" can be read two ways.
        self._sign: str | None = None
        self._numbers: dict[str, Decimal] = {}

    def head(self, cells: list[str]) -> None:
        columns = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells]
        while columns and not columns[-1]:
            columns.pop()
        for name in columns:
            if name not in COLUMNS:
                raise ValueError(f"there is no column {name!r}: the header may hold {', '.join(COLUMNS)}")
            if columns.count(name) > 1:
                raise ValueError(f"the header has two columns {name}")
        for name in REQUIRED:
            if name not in columns:
                raise ValueError(f"the header lacks {name}")
        if ("postal_from" in columns) != ("postal_to" in columns):
            raise ValueError("postal_from and postal_to belong together")
        self.columns = columns

    def row(self, cells: list[str]) -> FreightRow:
        if any(cell.strip() for cell in cells[len(self.columns) :]):
            raise ValueError(f"has {len(cells)} cells, the header {len(self.columns)}")
        given = {name: text for name, cell in zip(self.columns, cells, strict=False) if (text := cell.strip())}
        for name in REQUIRED:
            if name not in given:
                raise ValueError(f"{name} is empty")
        if ("postal_from" in given) != ("postal_to" in given):
            raise ValueError("postal_from and postal_to belong together: fill both or none")
        given.setdefault("country", self._country)
        row = FreightRow(**{name: self._value(name, text) for name, text in given.items()})
        check_row(row)
        return row

    def _value(self, name: str, text: str) -> Any:
        match name:
            case "method" | "company":
                return _text(name, text)
            case "country":
                return _country(text)
            case "postal_from" | "postal_to":
                return _postal(name, text)
            case "days":
                return _days(text)
        return self._number(name, text)

    def _number(self, name: str, text: str) -> Decimal:
        known = self._numbers.get(text)
        if known is not None:
            return known
        found = _NUMBER.fullmatch(text)
        if found is None:
            raise ValueError(f"{name} {text!r} is no number such as 12 or 12.50, without thousands separators")
        sign = found[1]
        if sign and self._sign and sign != self._sign:
            raise ValueError(f"{name} {text!r} has {sign!r} for decimals, rows above have {self._sign!r}: use one")
        self._sign = self._sign or sign
        number = self._numbers[text] = Decimal(text.replace(",", "."))
        return number


def _decoded(content: bytes) -> str:
    """UTF-8 as a rule; what is not comes from a spreadsheet program with an older idea of "CSV"."""
    if b"\0" not in content:
        for encoding in ("utf-8-sig", "cp1252"):
            with suppress(UnicodeDecodeError):
                return content.decode(encoding)
    raise Bad([Mistake(1, "the file is no text in UTF-8 or Latin-1: save it as CSV")])


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=header.count)


def _text(name: str, text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{name} has characters that cannot be printed")
    if len(text) > LONGEST_KEY:
        raise ValueError(f"{name} has more than {LONGEST_KEY} characters")
    return text


def _country(text: str) -> str:
    code = codes.alpha2(text)
    if code is None:
        raise ValueError(f"country {text!r} is no ISO 3166-1 code such as BR")
    return code


def _postal(name: str, text: str) -> str:
    digits = text.translate(_POSTAL_SIGNS)
    if not text.isascii() or not _POSTAL.fullmatch(text) or len(digits) > _LONGEST_POSTAL:
        raise ValueError(f"{name} {text!r} is no postal code of digits, such as 01310-100")
    return digits


def _days(text: str) -> int:
    if not text.isascii() or not _DAYS.fullmatch(text):
        raise ValueError(f"days {text!r} is no whole number of days")
    return int(text)


def _spelled(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return "" if value is None else str(value)


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
