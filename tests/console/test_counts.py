"""Reading counts that people paste: what is taken, and what is sent back rather than guessed."""

import re
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plughub.console import counts
from plughub.core import ids
from plughub.core.stock import MAIN, Location, Position, Shelf

MAIN_STOCK = Location(id=ids.new(), code=MAIN, name="Main stock")
PORTO = Location(id=ids.new(), code="CD-2", name="Porto")
TWINS = (Location(id=ids.new(), code="a", name="Annex"), Location(id=ids.new(), code="b", name="annex"))


def position(sku: str, **on_hand: int) -> Position:
    places = {"main": MAIN_STOCK.id, "porto": PORTO.id}
    shelves = [Shelf(location=places[name], on_hand=Decimal(n), reserved=Decimal(0)) for name, n in on_hand.items()]
    return Position(
        sku=sku, product=UUID(int=1), variant=UUID(int=2), shelves={shelf.location: shelf for shelf in shelves}
    )


def preview(text: str, *skus: Position) -> counts.Preview:
    return counts.preview(
        counts.read(text).rows,
        kept={one.sku: one for one in skus},
        others={"KIT": "KIT is a kit: its stock follows its parts"},
        locations=(MAIN_STOCK, PORTO, *TWINS),
        usual=MAIN_STOCK,
    )


def taken(text: str) -> list[tuple[str, str, str]]:
    return [(row.sku, row.quantity, row.location) for row in counts.read(text).rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("A\t1\nB\t2", [("A", "1", ""), ("B", "2", "")]),
        ("A;1,5;Porto", [("A", "1,5", "Porto")]),
        ("A,1,Porto", [("A", "1", "Porto")]),
        ("\ufeffSKU;Quantity\r\nA;1\r\n\r\n;;\r\nB ; 2 ", [("A", "1", ""), ("B", "2", "")]),
        ("Quantidade;Nome;Código;Local\n3;Camisa;A;Porto", [("A", "3", "Porto")]),
        ("SKU;Bestand;Lager\nA;3;Porto", [("A", "3", "Porto")]),
        ('"A;B";1\n"5"" pipe";2', [("A;B", "1", ""), ('5" pipe', "2", "")]),
        ("007;1", [("007", "1", "")]),
        ("\t5", [("", "5", "")]),
        ("A", [("A", "", "")]),
        ("A\t1\nB;2\nC,3", [("A", "1", ""), ("B", "2", ""), ("C", "3", "")]),
        ("", []),
        ("SKU;Quantity", []),
    ],
)
def test_rows_are_read_as_sheets_write_them(text: str, rows: list):
    assert taken(text) == rows


def test_a_heading_that_is_not_known_is_told():
    assert counts.read("SKU;Qty;Shelf\nA;1;9").left_out == ["Shelf"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("12.5", "12.5"), ("12,50", "12.5"), ("0,125", "0.125"), ("1234.567", "1234.567"),
     ("0012", 12), ("100", 100), ("1,2345", "1.2345")],
)  # fmt: skip
def test_numbers_with_one_meaning_are_taken(text: str, number: object):
    assert counts.number(text) == Decimal(str(number))
    assert "E" not in str(counts.number(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no quantity"),
        ("ten", "“ten” is not a number"),
        ("1e3", "“1e3” is not a number"),
        ("١٢", "“١٢” is not a number"),
        ("-1", "the quantity cannot be below zero"),
        ("+5", "leave the + out: a quantity is a number"),
        ("1.234", "could be 1234 or 1.234: leave the mark out, or write the decimals with two digits or four"),
        ("1,500", "could be 1500 or 1.5: leave the mark out, or write the decimals with two digits or four"),
        ("1.234,5", "write the quantity without marks between thousands: 1234.5"),
        ("1,234.5", "write the quantity without marks between thousands: 1234.5"),
        ("1 234", "write the quantity without marks between thousands: 1234.5"),
        ("1\u00a0234", "write the quantity without marks between thousands: 1234.5"),
        ("1" * 13, "has too many digits"),
    ],
)
def test_a_number_that_has_to_be_guessed_is_sent_back(text: str, reason: str):
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        counts.number(text)


def test_what_changes_and_what_stays_is_told_apart():
    seen = preview("A;5\nB;7\nC;0\nA;9;porto", position("A", main=2), position("B", main=7), position("C"))
    assert [(one.count.sku, one.location.name, one.count.seen, one.by) for one in seen.changes] == [
        ("A", "Porto", None, 9), ("A", "Main stock", 2, 3),
    ]  # fmt: skip
    assert (seen.same, seen.bad) == (2, [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("X;1", "there is no SKU “X”"),
        ("a;1", "there is no SKU “a”"),
        ("KIT;1", "KIT is a kit: its stock follows its parts"),
        (";1", "has no SKU"),
        ("A;", "has no quantity"),
        ("A;1;Lisbon", "there is no location “Lisbon”"),
        ("A;1;ANNEX", "several locations are called “ANNEX”: write the location's code"),
        ("A,1,5,Porto", "has more than three columns: SKU, quantity, location"),
    ],
)
def test_a_bad_row_says_why_and_can_be_read_again(row: str, reason: str):
    seen = preview(row, position("A", main=2))
    assert [bad.reason for bad in seen.bad] == [reason]
    assert seen.good == []
    again = counts.read(str(seen.bad[0].row)).rows[0]
    assert (again.sku, again.quantity, again.location) == tuple(
        getattr(seen.bad[0].row, name) for name in ("sku", "quantity", "location")
    )


def test_of_rows_for_one_level_none_is_chosen():
    seen = preview("A;1\nA;2;Main stock\nA;3;b\nB;1", position("A", main=2), position("B"))
    assert [(bad.row.quantity, bad.reason) for bad in seen.bad] == [
        ("1", "A stands more than once for Main stock: keep one of them"),
        ("2", "A stands more than once for Main stock: keep one of them"),
    ]
    assert [(one.count.sku, one.location.code) for one in seen.good] == [("A", "b"), ("B", MAIN)]


_cells = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map(str.strip)


@given(sku=_cells.filter(bool), quantity=_cells, location=_cells)
def test_whatever_was_written_comes_back_as_it_was(sku: str, quantity: str, location: str):
    row = counts.Row(line=1, sku=sku, quantity=quantity, location=location)
    again = counts.read("x;x\n" + str(row)).rows
    assert [(one.sku, one.quantity, one.location) for one in again[1:]] == [(sku, quantity, location)]
