"""Codes of countries, languages and currencies."""

import pytest

from plughub.core import codes


@pytest.mark.parametrize(
    ("text", "two", "either"),
    [("se", "SE", "SE"), ("SE", "SE", "SE"), ("swe", None, "SE"), (" BRA ", None, "BR"), ("752", None, None),
     ("XX", None, None), ("", None, None), ("ſe", None, None)],
)  # fmt: skip
def test_countries_go_by_two_letters_and_where_asked_by_three(text, two, either):
    assert (codes.country(text), codes.alpha2(text)) == (two, either)


def test_every_country_has_one_code_of_each_length():
    assert len(codes._COUNTRIES) == len(codes._ALPHA2) == 249
    assert all(codes.alpha2(three) == two for two, three in codes._COUNTRIES.items())


@pytest.mark.parametrize(
    ("text", "code", "three"),
    [("swe", "sv", "swe"), ("SV", "sv", "swe"), ("ger", "de", "deu"), ("deu", "de", "deu"), ("smi", "smi", "smi")],
)
def test_languages_are_known_in_every_form(text, code, three):
    assert codes.language(text) == code
    assert codes.language3(code) == three


@pytest.mark.parametrize(
    ("text", "code", "digits"),
    [("sek", "SEK", 2), ("752", "SEK", 2), ("36", "AUD", 2), ("JPY", "JPY", 0), ("KWD", "KWD", 3), ("HRK", "HRK", 2),
     ("XCG", "XCG", 2), ("ANG", "ANG", 2), ("532", "XCG", 2), ("ZWG", "ZWG", 2), ("000", None, 2), ("ZZZ", None, 2)],
)  # fmt: skip
def test_currencies_in_use_and_retired_ones_are_known(text, code, digits):
    assert codes.currency(text) == code
    assert codes.minor_digits(code or text) == digits
