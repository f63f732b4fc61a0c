"""What history's paths and values are called."""

from decimal import Decimal

import pytest

from plughub.console import told
from plughub.core.patch import Change


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("brand", "Brand"),
        ("default.price", "Price"),
        ("default.sku", "SKU"),
        ("variants[CAM-AZ].gtin", "CAM-AZ: GTIN"),
        ("variants[A.B-1].special_price", "A.B-1: Special price"),
        ("variants[CAM-AZ]", "CAM-AZ"),
        ("default.levels[$main].on_hand", "Stock at main location, on hand"),
        ("variants[CAM-AZ].levels[cd-sp].reserved", "CAM-AZ: Stock at cd-sp, reserved"),
        ("variants[CAM-AZ].prices[atacado from 10].amount", "CAM-AZ: Price list atacado from 10, price"),
        ("content.pt.name", "Name (pt)"),
        ("content.de", "Text (de)"),
        ("variants[CAM-AZ].content.pt.short_description", "CAM-AZ: Short description (pt)"),
        ("identifiers.ncm", "Identifiers, NCM"),
        ("", "the product"),
    ],
)
def test_a_field_is_named_in_words(path: str, words: str):
    assert told.field(path) == words


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (None, "–"), ("", "–"), (True, "yes"), (False, "no"), (Decimal("59.90"), "59.9"), ("x", "x"),
        ({"id": "1", "path": "Moda > Camisas"}, "Moda > Camisas"), ({"a": 1}, '{"a": 1}'),
        (["A", "B"], "A, B"), ("y" * 300, "y" * 200 + "…"),
    ],
)  # fmt: skip
def test_a_value_is_told_on_a_line(stored: object, words: str):
    assert told.value(stored) == words


def test_one_change_is_told_whole_and_several_are_counted():
    one = Change("default.price", Decimal(1), Decimal("2.50"))
    assert told.saved([one]) == "Price: 1 → 2.5."
    assert told.saved([one, one]) == "Saved: 2 fields changed."
    assert told.saved([]) == "Nothing changed."
