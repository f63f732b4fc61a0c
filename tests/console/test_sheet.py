"""What a person typed, and what of it counts."""

from decimal import Decimal

import pytest

from plughub.console import sheet
from plughub.console.sheet import Cell


def cell(shown: str) -> Cell:
    return Cell(name="price", title="Price", shown=shown, read=sheet.amount)


def sent(typed: str, seen: str) -> dict[str, str]:
    return {"price": typed, "was-price": sheet.mark(seen)}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("59.90", "59.90"), ("59,90", "59.90"), ("59,9", "59.9"), ("0", "0"), ("1234567.5", "1234567.5"),
        ("1 234,50", "1234.50"), ("1\u00a0234", "1234"), ("12,3456", "12.3456"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_a_point_or_a_comma(typed: str, number: str):
    assert sheet.number(typed) == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("1,234", "two ways"), ("1.234,50", "two ways"), ("1,234.50", "two ways"), ("1,2,3", "two ways"),
        ("", "must be a number"), ("x", "must be a number"), ("1e3", "must be a number"), ("1_0", "must be a number"),
        ("NaN", "must be a number"), ("Infinity", "must be a number"), ("-1", "below zero"), ("9" * 20, "too large"),
        ("0." + "1" * 40, "more digits"),
    ],
)  # fmt: skip
def test_what_is_no_number_or_could_be_two_is_refused(typed: str, told: str):
    with pytest.raises(ValueError, match=told):
        sheet.number(typed)


def test_a_cell_that_was_not_touched_is_left_alone_whatever_is_stored_now():
    filled = sheet.filled([cell("12.00")], sent("10.00", "10.00"))
    assert (filled.values, filled.typed, filled.errors) == ({}, {}, {})


def test_a_cell_that_somebody_else_changed_is_told_and_not_taken():
    filled = sheet.filled([cell("12.00")], sent("11.00", "10.00"))
    assert filled.values == {}
    assert "“12.00” meanwhile" in filled.errors["price"]


def test_two_who_type_the_same_do_not_meet():
    filled = sheet.filled([cell("12.00")], sent("12.00", "10.00"))
    assert (filled.values, filled.errors) == ({}, {})


def test_a_cell_without_its_mark_is_not_taken():
    """A form that was put together by hand has to know what it overwrites."""
    assert sheet.filled([cell("12.00")], {"price": "1"}).errors


def test_ends_of_lines_are_no_change():
    text = Cell(name="price", title="Text", shown="a\nb\n", read=sheet.words)
    assert sheet.filled([text], sent("a\r\nb", "a\nb\n")).typed == {}
