"""What history tells can be undone field by field: a change's path and its value before make the patch."""

import random
from decimal import Decimal

import msgspec
import pytest

from plughub.core import ids, patch
from plughub.core.errors import Invalid
from plughub.core.products import Content, Product, Variant
from plughub.core.values import to_json


@pytest.mark.parametrize("seed", range(40))
def test_each_change_can_be_taken_back_by_its_path_and_its_value_before(seed: int):
    """Through JSON, as history keeps it."""
    chance = random.Random(seed)
    azul = Variant(id=ids.new(), sku="CAM.AZ[1", price=Decimal("59.90"), content={"pt": Content(name="Azul")})
    before = Product(default=Variant(id=ids.new(), sku="CAM"), variants=(azul,), brand="Nuvem", custom={})
    changes = {
        "brand": chance.choice([None, "Aurora"]),
        "dimensions": {},
        "identifiers": {"ncm": "6109.10.00"},
        "content": {"pt-BR.x": {"name": "Camisa"}, "en": {"name": chance.choice([None, "Shirt"])}},
        "variants": patch.Merge([{
            "id": azul.id, "price": chance.choice([None, Decimal("12.3456789012345678901")]), "gtin": "7891",
            "content": {"pt": {"name": "Azul claro"}},
        }]),
    }  # fmt: skip
    del changes["dimensions"]
    after = patch.apply(before, changes)
    told = patch.diff(before, after)
    assert told
    for change in told:
        kept = msgspec.json.Decoder(float_hook=Decimal).decode(to_json([change.before]))[0]
        after = patch.apply(after, patch.setting(after, change.field, kept))
    assert patch.diff(before, after) == []


@pytest.mark.parametrize("path", ["nothing", "variants[GONE].price", "variants[CAM-AZ]", "brand.x"])
def test_what_is_not_there_cannot_be_set(path: str):
    product = Product(default=Variant(id=ids.new(), sku="CAM"))
    with pytest.raises(Invalid):
        patch.setting(product, path, "x")
