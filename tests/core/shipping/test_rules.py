"""What freight tables quote: written out case by case, and held against plain arithmetic for any row and parcel."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plughub.core import shipping
from plughub.core.shipping import FreightRow, Parcel, Quote, rules
from tests.core.shipping.freights import parcel, row, table


def prices(*rows: FreightRow, of: Parcel) -> list[str]:
    return [str(quote.price) for quote in rules.quotes(rows, of)]


def test_every_row_that_covers_the_parcel_quotes_the_cheapest_first_and_then_the_fastest():
    rows = [
        row(method="Lento", price="9.90", days=9),
        row(method="Sem prazo", price="9.90"),
        row(method="Expresso", price="30", days=1),
        row(method="Médio", price="9.90", days=5),
        row(method="Longe", price="1", postal_from="90000000", postal_to="99999999"),
    ]

    quotes = rules.quotes(rows, parcel())

    assert [quote.method for quote in quotes] == ["Médio", "Lento", "Sem prazo", "Expresso"]
    assert quotes[0] == Quote(method="Médio", company="Rota", price=Decimal("9.90"), days=5)


@pytest.mark.parametrize(
    ("code", "is_covered"),
    [("01000000", True), ("05999999", True), ("00999999", False), ("06000000", False), ("5000000", False)],
)
def test_postal_codes_include_both_ends_and_compare_only_with_as_many_digits(code, is_covered):
    found = rules.quotes([row(postal_from="01000000", postal_to="05999999")], parcel(to=code))

    assert bool(found) is is_covered


@pytest.mark.parametrize(
    ("weight", "expected"), [("0", ["5"]), ("1", ["5"]), ("1.001", ["8"]), ("2", ["8"]), ("2.1", []), (None, [])]
)
def test_neighbouring_weights_never_both_quote(weight, expected):
    rows = [row(weight_to="1", price="5"), row(weight_from="1", weight_to="2", price="8")]

    assert prices(*rows, of=parcel(weight)) == expected


@pytest.mark.parametrize(("value", "expected"), [("199.90", ["20"]), ("199.91", ["0"]), (None, [])])
def test_an_order_value_above_the_limit_is_in_the_next_row(value, expected):
    rows = [row(value_to="199.90", price="20"), row(value_from="199.90", price="0")]

    assert prices(*rows, of=parcel(value=value)) == expected


def test_a_row_that_depends_on_neither_covers_a_parcel_of_unknown_weight_and_value():
    rows = [row(price="12"), row(extra_kg="1"), row(percentage="1"), row(weight_to="30"), row(value_from="1")]

    assert prices(*rows, of=parcel(weight=None, value=None)) == ["12"]


def test_weight_and_value_are_those_of_all_pieces():
    assert prices(row(weight_to="3", value_to="300"), of=parcel("1", "100", quantity=3)) == ["10"]
    assert prices(row(weight_to="3"), of=parcel("1", "100", quantity=4)) == []


def test_extra_kilograms_and_the_share_of_the_value_are_exact_and_rounded_once():
    # 10 + 2.345 kg above 5 x 1.10 + 0.3 % of 333.33 = 10 + 2.5795 + 0.99999 = 13.57949
    one = row(weight_from="5", price="10", extra_kg="1.10", percentage="0.3")

    assert prices(one, of=parcel("7.345", "333.33")) == ["13.58"]
    assert prices(row(price="0.005", percentage="1"), of=parcel(value="1.00")) == ["0.02"]


def test_a_fixed_price_is_not_rounded():
    assert prices(row(price="18.125"), of=parcel()) == ["18.125"]


def test_another_country_is_not_covered():
    assert prices(row(country="PT", price="1"), of=parcel()) == []


def test_a_prefix_is_what_both_ends_begin_with():
    assert rules.prefix("01310000", "01310999") == "01310"
    assert rules.prefix("01000000", "19999999") == ""
    assert rules.prefix("01310100", "01310100") == "01310100"
    assert rules.prefix("", "") == ""


# Few values each, so that parcels meet ends of rows often; numbers with many digits, so that nothing may round.
CODES = st.sampled_from(["00000000", "01310100", "01310999", "05000000", "13000000", "99999999"]) | st.just("0131")
SMALL = st.sampled_from([Decimal(0), Decimal(1), Decimal(2)])
LONG = st.sampled_from([Decimal("0.001"), Decimal("199.90"), Decimal("123456789012.123456"), Decimal("0.333333")])
AMOUNTS = SMALL | SMALL | LONG
ENDS = st.none() | AMOUNTS
COUNTRIES = st.sampled_from(["BR", "BR", "PT"])


@st.composite
def freight_rows(draw):
    first, last = sorted((draw(CODES), draw(CODES)))
    if len(first) != len(last) or draw(st.booleans()):
        first = last = ""
    return row(
        country=draw(COUNTRIES),
        postal_from=first,
        postal_to=last,
        weight_from=draw(AMOUNTS),
        weight_to=draw(ENDS),
        value_from=draw(AMOUNTS),
        value_to=draw(ENDS),
        method=draw(st.sampled_from("AB")),
        price=draw(AMOUNTS),
        extra_kg=draw(AMOUNTS),
        percentage=draw(AMOUNTS),
        days=draw(st.none() | st.integers(0, 3)),
    )


PARCELS = st.builds(parcel, weight=ENDS, value=ENDS, to=CODES, country=COUNTRIES, quantity=st.integers(1, 3))


def by_hand(rows: list[FreightRow], of: Parcel) -> list[tuple]:
    """The same in numbers and fractions, said another way."""
    to, item = of.destination, of.items[0]
    weight = None if item.dimensions.weight is None else Fraction(item.dimensions.weight) * item.quantity
    value = None if item.unit_price is None else Fraction(item.unit_price) * item.quantity
    found = []
    for one in rows:
        is_there = not one.postal_from or (
            len(one.postal_from) == len(to.postal_code)
            and int(to.postal_code) in range(int(one.postal_from), int(one.postal_to) + 1)
        )
        if one.country != to.country or not is_there:
            continue
        if not (
            _is_in(weight, one.weight_from, one.weight_to, one.extra_kg)
            and _is_in(value, one.value_from, one.value_to, one.percentage)
        ):
            continue
        price = Fraction(one.price)
        if one.extra_kg or one.percentage:
            price += Fraction(one.extra_kg) * ((weight or 0) - Fraction(one.weight_from)) if one.extra_kg else 0
            price += Fraction(one.percentage) * (value or 0) / 100
            price = Fraction(int(price * 100 + Fraction(1, 2)), 100)
        found.append((price, one.days is None, one.days or 0, one.company, one.method))
    return sorted(found)


def _is_in(amount, low, high, rate):
    if amount is None:
        return low == 0 and high is None and rate == 0
    return (low == 0 or amount > low) and (high is None or amount <= high)


def spelled(quotes: list[Quote]) -> list[tuple]:
    return [(Fraction(one.price), one.days is None, one.days or 0, one.company, one.method) for one in quotes]


@given(st.lists(freight_rows(), max_size=8), PARCELS)
def test_any_rows_quote_any_parcel_as_arithmetic_says(rows, of):
    assert spelled(rules.quotes(rows, of)) == by_hand(rows, of)


async def test_the_statement_finds_exactly_the_rows_that_the_rule_would(shop):
    """Many rows and many parcels rather than many small examples: each of those would be an import."""
    chance = Random(20_261)
    codes = ["00000000", "01310100", "01310999", "01399999", "05000000", "13000000", "13999999", "90000000", "0131"]
    amounts = [0, 0, 1, 2, "2.5", "0.333333"]

    def some_row(number):
        first, last = sorted(chance.choices(codes[:-1], k=2)) if chance.random() < 0.8 else ("", "")
        low, high = chance.choice(amounts), chance.choice([None, 3, *amounts])
        rates = {"extra_kg": chance.choice([0, 0, 1]), "percentage": chance.choice([0, 0, 1])}
        ends = {"weight_from": low, "weight_to": high}
        if chance.random() < 0.5:
            ends = {"value_from": low, "value_to": high}
        return row(
            country=chance.choice(["BR", "BR", "PT"]), postal_from=first, postal_to=last, price=number, **ends, **rates
        )

    rows = [some_row(number) for number in range(400)]
    await table(shop, *rows)
    found = 0
    async with shop.hub.read(shop.tenant.id) as tx:
        for _ in range(250):
            of = parcel(
                chance.choice([None, *amounts, 1, 2]),
                chance.choice([None, *amounts, 1, 2]),
                chance.choice(codes),
                country=chance.choice(["BR", "BR", "PT"]),
            )
            expected = rules.quotes(rows, of)
            assert await shipping.table_quotes(tx, shop.tenant.id, of) == expected
            found += len(expected)
    assert found > 1000
