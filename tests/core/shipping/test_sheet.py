"""Freight tables as CSV files: what spreadsheets make of them, and what has to be refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plughub.core.shipping import FreightRow, rules, sheet
from plughub.core.shipping.sheet import Bad
from tests.core.shipping.freights import row
from tests.core.shipping.test_rules import freight_rows

FULL = (
    "country;postal_from;postal_to;weight_from;weight_to;value_from;value_to;method;company;price;extra_kg;percentage;days\n"
    "BR;01000-000;05999-999;0;1,5;0;199,90;Econômico;Correio Local;11,90;0,5;0,3;6\n"
)
EXPECTED = row(
    postal_from="01000000",
    postal_to="05999999",
    weight_to="1.5",
    value_to="199.90",
    method="Econômico",
    company="Correio Local",
    price="11.90",
    extra_kg="0.5",
    percentage="0.3",
    days=6,
)


def read(text: str | bytes, country: str = "BR") -> list[FreightRow]:
    return sheet.read(text if isinstance(text, bytes) else text.encode(), country)


def mistakes(text: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(Bad) as caught:
        read(text)
    return [tuple(one) for one in caught.value.mistakes]


@pytest.mark.parametrize(
    "content",
    [
        FULL.encode(),
        FULL.encode("utf-8-sig"),
        FULL.encode("latin-1"),
        FULL.replace("\n", "\r\n").encode(),
        FULL.replace(",", ".").replace(";", ",").encode(),
        FULL.replace(";", "\t").encode(),
        FULL.replace("1,5;", '"1,5";').replace("Econômico", '"Econômico"').encode(),
        ("\n" + FULL + ";;;\n\n").encode(),
        FULL.replace("postal_from", " Postal From ").replace("method", "METHOD").encode(),
    ],
    ids=["plain", "bom", "latin-1", "crlf", "comma", "tab", "quoted", "blank lines", "header"],
)
def test_a_file_is_read_however_the_spreadsheet_wrote_it(content):
    assert read(content) == [EXPECTED]


def test_what_is_left_out_takes_the_widest_meaning():
    assert read("method,price\nNormal,10\n", country="PT") == [row(country="PT", company="")]


def test_country_codes_of_three_letters_and_short_rows_are_taken():
    assert read("method,price,country,days\nNormal,10,bra,3\nNormal,10\n") == [row(company="", days=3), row(company="")]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("Normal;dez", "price 'dez' is no number such as 12 or 12.50, without thousands separators"),
        ("Normal;1.234,50", "price '1.234,50' is no number such as 12 or 12.50, without thousands separators"),
        ("Normal;-1", "price '-1' is no number such as 12 or 12.50, without thousands separators"),
        ("Normal;", "price is empty"),
        (";10", "method is empty"),
        ("Normal;10;;;;;x", "has 7 cells, the header 6"),
        ("Normal;10;1310100;1310999", "postal codes of BR have 8 digits: write the leading zeros, too"),
        (
            "Normal;10;1310-100;01310-999",
            "postal_from and postal_to must have the same number of digits, leading zeros included",
        ),
        ("Normal;10;01310999;01310100", "postal_from is after postal_to"),
        ("Normal;10;01310100", "postal_from and postal_to belong together: fill both or none"),
        ("Normal;10;SW1A;SW1A", "postal_from 'SW1A' is no postal code of digits, such as 01310-100"),
        ("Normal;10;;;soon", "days 'soon' is no whole number of days"),
        ("Normal;10;;;;BRX", "country 'BRX' is no ISO 3166-1 code such as BR"),
        ("Nor\x07mal;10", "method has characters that cannot be printed"),
        ("x" * 501 + ";10", "method has more than 500 characters"),
    ],
)
def test_a_bad_row_is_named_with_its_line(cells, reason):
    text = f"method;price;postal_from;postal_to;days;country\nNormal;10\n{cells}\nNormal;11\n"

    assert mistakes(text) == [(3, reason)]


def test_all_mistakes_are_listed_at_once():
    lines = [f"Normal;{'x' if number in (3, 7) else 1}" for number in range(2, 10)]

    assert [line for line, _ in mistakes("method;price\n" + "\n".join(lines))] == [3, 7]


def test_the_list_of_mistakes_ends_at_a_hundred():
    assert len(mistakes("method;price\n" + "Normal;x\n" * 500)) == 100


def test_a_line_break_inside_a_cell_counts_as_in_an_editor():
    # A text of two lines has a character that cannot be printed.
    assert mistakes('method;price\n"Nor\nmal";1\n')[0][0] == 3


def test_one_sign_for_decimals_is_used_throughout():
    """A point for thousands would else be read as one for decimals: 1.500 grams too many."""
    found = mistakes("method;price;weight_to\nNormal;10,50;30\nNormal;12;1.500\n")

    assert found == [(3, "weight_to '1.500' has '.' for decimals, rows above have ',': use one")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("method;price\n", "there are no rows below the header"),
        ("method;days\nNormal;1\n", "the header lacks price"),
        ("method;price;colour\nNormal;1;red\n", "there is no column 'colour': the header may hold"),
        ("method;price;price\nNormal;1;1\n", "the header has two columns price"),
        ("method;price;postal_from\nNormal;1;01310100\n", "postal_from and postal_to belong together"),
        (FULL.encode("utf-16"), "the file is no text in UTF-8 or Latin-1: save it as CSV"),
        (b"\x89PNG\r\n\x1a\n\0\0", "the file is no text in UTF-8 or Latin-1: save it as CSV"),
        ('method;price\n"Normal;1\n', "cannot be read as CSV"),
    ],
)
def test_a_file_that_is_no_freight_table_is_refused_as_a_whole(text, reason):
    (_, said), *others = mistakes(text)

    assert said.startswith(reason)
    assert others == []


@pytest.mark.heavy
def test_a_table_may_not_be_longer_than_can_be_handled():
    with pytest.raises(Bad, match=r"at most 200000 rows"):
        read("method;price\n" + "N;1\n" * (sheet.MOST_ROWS + 1))


def test_how_far_it_is_is_told():
    told = []

    sheet.read(b"method;price\n" + b"N;1\n" * 45_000, "BR", told.append)

    assert told == [20_000, 40_000]


@given(st.lists(freight_rows(), min_size=1, max_size=5))
def test_what_is_written_is_read_back_the_same(rows):
    rows = [one for one in rows if _is_good(one)] or [EXPECTED]

    assert read("".join(sheet.write(rows)), country="SE") == rows


def _is_good(one: FreightRow) -> bool:
    try:
        rules.check_row(one)
    except ValueError:
        return False
    return True


def test_numbers_are_read_exactly():
    assert read("method;price\nNormal;123456789012.123456\n")[0].price == Decimal("123456789012.123456")
