"""Values: read as the vendor's clients send them, written as the vendor writes them (specification 4)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plughub.dialects.plugboard import texts
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import (
    COUNTRY,
    CURRENCY,
    INT,
    LANGUAGE,
    NUM,
    read_moment,
    write_moment,
)
from plughub.dialects.plugboard.money import MONEY, write_money


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("4.2", "4.2"),
        (" 4.20 ", "4.20"),
        ("-0.5", "-0.5"),
        ("007", "7"),
        (4, "4"),
        (Decimal("4.20"), "4.20"),
        ("0", "0"),
    ],
)
def test_a_decimal_keeps_its_digits(sent, shown):
    assert NUM.write(NUM.read(sent)) == shown


@pytest.mark.parametrize(
    "sent", ["4,2", "1e3", "+4", ".5", "5.", "", " ", "ten", True, None, [], "\u0664", "1" * 21, "0." + "1" * 11, "NaN"]
)
def test_what_is_no_decimal_is_refused(sent):
    with pytest.raises(Bad) as refused:
        NUM.read(sent)
    assert refused.value.error == "DecimalMalformed"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15))
def test_a_decimal_comes_back_exactly(number):
    assert Decimal(NUM.write(NUM.read(NUM.write(number)))) == number


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2010-01-01T08:00:00.00Z", "2010-01-01T08:00:00Z"),
        ("2010-01-01t08:00:00.999999999z", "2010-01-01T08:00:00Z"),
        ("2010-01-01 09:30:00+01:30", "2010-01-01T08:00:00Z"),
        ("2010-01-01T08:00:00-00:00", "2010-01-01T08:00:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2020-09-24T17:23:01 02:00", "2020-09-24T15:23:01Z"),
    ],
)
def test_a_moment_is_shown_in_whole_seconds_of_utc(sent, shown):
    assert write_moment(read_moment(sent)) == shown


@pytest.mark.parametrize(
    "sent",
    ["2010-01-01", "2010-01-01T08:00:00", "2010-01-01T8:00:00Z", "2010-01-01T24:00:00Z", "1262332800", 1262332800,
     "2010-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "yesterday", None],
)  # fmt: skip
def test_what_is_no_moment_is_refused(sent):
    with pytest.raises(Bad) as refused:
        read_moment(sent)
    assert refused.value.error == "DateTimeMalformed"


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28), timezones=st.just(UTC)))
def test_a_moment_is_cut_and_never_rounded(moment):
    assert read_moment(write_moment(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("kind", "sent", "shown"),
    [
        (LANGUAGE, "swe", "swe"), (LANGUAGE, "SV", "swe"), (LANGUAGE, "ger", "deu"), (LANGUAGE, "deu", "deu"),
        (LANGUAGE, "fre", "fra"), (LANGUAGE, "dut", "nld"), (LANGUAGE, "tlh", "tlh"),
        (COUNTRY, "se", "SE"), (COUNTRY, "SE", "SE"),
        (CURRENCY, "sek", "SEK"), (CURRENCY, "752", "SEK"), (CURRENCY, 752, "SEK"), (CURRENCY, "036", "AUD"),
        (CURRENCY, 36, "AUD"), (INT, "17", 17), (INT, -3, -3),
    ],
)  # fmt: skip
def test_codes_are_taken_in_every_form_and_shown_in_one(kind, sent, shown):
    assert kind.write(kind.read(sent)) == shown


@pytest.mark.parametrize(
    ("kind", "sent", "name"),
    [
        (LANGUAGE, "zz", "LanguageUnknown"), (LANGUAGE, 1, "LanguageUnknown"), (COUNTRY, "SWE", "CountryUnknown"),
        (COUNTRY, "752", "CountryUnknown"), (COUNTRY, "\u00df", "CountryUnknown"), (CURRENCY, "ZZZ", "CurrencyUnknown"),
        (CURRENCY, "000", "CurrencyUnknown"), (CURRENCY, True, "CurrencyUnknown"), (INT, 1.5, "FieldType"),
        (INT, True, "FieldType"), (INT, 2**63, "FieldRange"),
    ],
)  # fmt: skip
def test_what_is_no_code_is_refused(kind, sent, name):
    with pytest.raises(Bad) as refused:
        kind.read(sent)
    assert refused.value.error == name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"currency": "SEK", "amount": "1.0"}, {"currency": "SEK", "amount": "1.00"}),
        ({"currency": 752, "amount": 80}, {"currency": "SEK", "amount": "80.00"}),
        ({"currency": "JPY", "amount": "80"}, {"currency": "JPY", "amount": "80"}),
        (
            {"currency": "SEK", "amount": "12.345", "decimals": 2},
            {"currency": "SEK", "amount": "12.345", "decimals": 2},
        ),
        ({"currency": "SEK", "amount": "20", "decimals": 0}, {"currency": "SEK", "amount": "20", "decimals": 0}),
        ({"currency": "SEK", "amount": "-5.1", "decimals": 3}, {"currency": "SEK", "amount": "-5.100", "decimals": 3}),
    ],
)
def test_money_is_padded_and_never_rounded(sent, shown):
    assert MONEY.write(MONEY.read(sent)) == shown


@pytest.mark.parametrize(
    ("sent", "name", "field"),
    [
        ({"currency": "SEK"}, "MoneyIncomplete", "amount"),
        ({"amount": "1"}, "MoneyIncomplete", "currency"),
        ({"currency": "ZZZ", "amount": "1"}, "CurrencyUnknown", "currency"),
        ({"currency": "SEK", "amount": "1,5"}, "DecimalMalformed", "amount"),
        ({"currency": "SEK", "amount": "1", "decimals": 9}, "FieldRange", "decimals"),
        ("1", "FieldType", ""),
    ],
)
def test_money_that_is_not_whole_is_refused(sent, name, field):
    with pytest.raises(Bad) as refused:
        MONEY.read(sent)
    assert (refused.value.error, refused.value.field) == (name, field)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_money_keeps_its_value(amount):
    assert Decimal(write_money("SEK", amount)["amount"]) == amount


STORED = {"sv": "Mugg", "en": "Mug"}


@pytest.mark.parametrize(
    ("body", "stored", "changes"),
    [
        ({"x": "Kopp"}, STORED, {"sv": "Kopp"}),
        ({"x": None}, STORED, {"sv": None}),
        ({"x": ""}, STORED, {"sv": ""}),
        ({"x_lang": {"en": None, "de": "Becher"}}, STORED, {"en": None, "de": "Becher"}),
        ({"x_lang": None}, STORED, {"sv": None, "en": None}),
        ({"x_lang": {"sv": "a", "swe": "b"}}, STORED, {"sv": "b"}),
        ({"x": "Kopp", "x_lang": {"eng": "Cup"}}, STORED, {"sv": "Kopp", "en": "Cup"}),
        # Only the plain form was edited, only the map was, both were, and a record that is new.
        ({"x": "Kopp", "x_lang": {"swe": "Mugg", "eng": "Mug"}}, STORED, {"sv": "Kopp"}),
        ({"x": "Mugg", "x_lang": {"swe": "Kopp"}}, STORED, {"sv": "Kopp"}),
        ({"x": "a", "x_lang": {"swe": "b"}}, STORED, {"sv": "b"}),
        ({"x": "a", "x_lang": {"swe": "b"}}, {}, {"sv": "b"}),
        ({"x": "Mugg", "x_lang": {"swe": "Mugg", "eng": "Mug"}}, STORED, {}),
        ({}, STORED, {}),
    ],
)
def test_which_of_two_forms_of_a_text_counts(body, stored, changes):
    assert texts.read("x", body, stored, "sv") == changes
