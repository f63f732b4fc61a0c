"""Counts as people paste them or as a sheet exports them: rows of SKU, quantity and, if they like, location.

Strict where a guess could be wrong: `1.234` may be a thousand and more or one and a little, so it is sent back.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from plughub.core.stock import Count, Location, Position
from plughub.core.values import fold

#: What a first line may call its columns, folded.
_HEADERS = {
    "sku": {"sku", "code", "codigo", "item", "article", "artikel", "artikelnummer", "artikelnr", "referencia", "ref"},
    "quantity": {
        "quantity", "qty", "count", "counted", "stock", "on hand", "quantidade", "qtd", "qtde", "estoque",
        "antal", "menge", "bestand", "lagersaldo", "saldo", "cantidad",
    },
    "location": {
        "location", "warehouse", "place", "local", "deposito", "lager", "lagerort", "lagerplats", "plats", "ubicacion",
    },
}  # fmt: skip
_USUAL = {"sku": 0, "quantity": 1, "location": 2}
_NUMBER = re.compile(r"(-?)(\d+)(?:([.,])(\d+))?", re.ASCII)
_THOUSANDS = re.compile(r"-?\d{1,3}([.,' \u00a0\u202f]\d{3})+([.,]\d+)?", re.ASCII)
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it was written."""

    line: int
    sku: str
    quantity: str
    location: str
    #: Cells beyond the three that are known.
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        cells = [self.sku, self.quantity, self.location, *self.more]
        while len(cells) > 2 and not cells[-1]:
            cells.pop()
        return spell([cells])


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    row: Row
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that can be carried out, and what it changes: equal numbers change nothing."""

    count: Count
    location: Location

    @property
    def by(self) -> Decimal:
        return self.count.quantity - (self.count.seen or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    good: Sequence[Change]
    bad: Sequence[Bad]

    @property
    def changes(self) -> list[Change]:
        """The largest first: a slip of the hand is among them."""
        return sorted((change for change in self.good if change.by), key=lambda change: -abs(change.by))

    @property
    def same(self) -> int:
        return sum(not change.by for change in self.good)


def spell(rows: Iterable[Sequence[str]]) -> str:
    """Rows as `read` reads them again, whatever stands in the cells."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    rows: Sequence[Row]
    #: Columns whose heading is not one of ours.
    left_out: Sequence[str]


def read(text: str) -> Sheet:
    """The rows of a text; empty lines are left out."""
    lines = [(number, line) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1) if line.strip(" \t;,")]
    if not lines:
        return Sheet(rows=(), left_out=())
    first = _cells(lines[0][1])
    if not (places := _headings(first)):
        return Sheet(rows=[_row(number, _cells(line), _USUAL) for number, line in lines], left_out=())
    rows = [_row(number, _cells(line), places, is_headed=True) for number, line in lines[1:]]
    return Sheet(rows=rows, left_out=[cell for at, cell in enumerate(first) if cell and at not in places.values()])


def _cells(line: str) -> list[str]:
    """Sheets paste tabs; files have semicolons where a comma is in numbers, else commas."""
    mark = next((mark for mark in "\t;," if mark in line), ",")
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
    except csv.Error:
        # Longer than any cell may be: it names nothing that we know.
        return [line]


def _headings(cells: Sequence[str]) -> dict[str, int]:
    """Which column is where, if this is a line of headings."""
    places: dict[str, int] = {}
    for at, cell in enumerate(cells):
        for name, known in _HEADERS.items():
            if fold(cell) in known:
                places.setdefault(name, at)
    return places if {"sku", "quantity"} <= places.keys() else {}


def _row(line: int, cells: Sequence[str], places: Mapping[str, int], *, is_headed: bool = False) -> Row:
    def cell(name: str) -> str:
        at = places.get(name, len(cells))
        return cells[at] if at < len(cells) else ""

    more = () if is_headed else tuple(cells[3:])
    return Row(line=line, sku=cell("sku"), quantity=cell("quantity"), location=cell("location"), more=more)


def number(text: str) -> Decimal:
    """A quantity; ValueError says what is wrong with it."""
    if not text:
        raise ValueError("has no quantity")
    if text.startswith("+"):
        raise ValueError("leave the + out: a quantity is a number")
    found = _NUMBER.fullmatch(text)
    if found is None:
        if _THOUSANDS.fullmatch(text):
            raise ValueError("write the quantity without marks between thousands: 1234.5")
        raise ValueError(f"“{_short(text)}” is not a number")
    minus, whole, mark, fraction = found.groups()
    if minus:
        raise ValueError("the quantity cannot be below zero")
    if mark and len(fraction) == 3 and 0 < len(whole) < 4 and not whole.startswith("0"):
        raise ValueError(
            f"could be {whole}{fraction} or {whole}.{fraction.rstrip('0') or '0'}: leave the mark out, "
            "or write the decimals with two digits or four"
        )
    if len(whole) > _MOST_DIGITS or len(fraction or "") > _MOST_DIGITS:
        raise ValueError("has too many digits")
    return Decimal(f"{whole}.{fraction or 0}").normalize() + 0


def places(locations: Iterable[Location]) -> Callable[[str], Location]:
    """Finds a location by its code or its name; ValueError says what is wrong with it."""
    known = list(locations)
    by_code = {location.code: location for location in known}
    spelled = Counter(fold(location.name) for location in known)
    by_name = {fold(location.name): location for location in known} | {fold(one.code): one for one in known}

    def find(text: str) -> Location:
        if text in by_code:
            return by_code[text]
        if spelled[fold(text)] > 1:
            raise ValueError(f"several locations are called “{_short(text)}”: write the location's code")
        if fold(text) not in by_name:
            raise ValueError(f"there is no location “{_short(text)}”")
        return by_name[fold(text)]

    return find


def preview(
    rows: Sequence[Row],
    *,
    kept: Mapping[str, Position],
    others: Mapping[str, str],
    locations: Sequence[Location],
    usual: Location,
) -> Preview:
    """What rows come to. `others`: SKUs without stock of their own -> why. `usual`: where rows count that name none."""
    find = places(locations)
    read: list[tuple[Row, Count, Location] | Bad] = []
    for row in rows:
        try:
            if any(row.more):
                raise ValueError("has more than three columns: SKU, quantity, location")
            sku, quantity = _sku(row, kept, others), number(row.quantity)
            at = find(row.location) if row.location else usual
            read.append((row, Count(sku=sku, location=at.id, quantity=quantity), at))
        except ValueError as wrong:
            read.append(Bad(row=row, reason=str(wrong)))
    lines: dict[tuple[str, UUID], list[int]] = {}
    for one in read:
        if not isinstance(one, Bad):
            lines.setdefault((one[1].sku, one[1].location), []).append(one[0].line)
    good: list[Change] = []
    bad: list[Bad] = []
    for one in read:
        if isinstance(one, Bad):
            bad.append(one)
        elif len(lines[one[1].sku, one[1].location]) > 1:
            bad.append(
                Bad(row=one[0], reason=f"{one[1].sku} stands more than once for {one[2].name}: keep one of them")
            )
        else:
            _, count, at = one
            shelf = kept[count.sku].shelves.get(count.location)
            good.append(Change(count=replace(count, seen=shelf.on_hand if shelf else None), location=at))
    return Preview(good=good, bad=bad)


def _sku(row: Row, kept: Mapping[str, Position], others: Mapping[str, str]) -> str:
    if not row.sku:
        raise ValueError("has no SKU")
    if row.sku in kept:
        return row.sku
    raise ValueError(others.get(row.sku) or f"there is no SKU “{_short(row.sku)}”")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
