"""The query language: what is malformed is refused, and every tree finds exactly the products for which it holds."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plughub.core.caller import Caller
from plughub.core.filters import Compare, Op
from plughub.dialects.plugboard import query
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.products import PRODUCTS
from plughub.dialects.plugboard.query import COMMON
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of

STR, NUMBER = {"type": "str", "value": "x"}, {"type": "decimal", "value": "1"}
NOW = {"type": "datetime", "value": "now"}


def clause(field: str, value: Any, kind: str = "eq") -> dict[str, Any]:
    return {"type": kind, "field": field, "value": value}


def nested(depth: int) -> dict[str, Any]:
    tree = clause("sku", STR)
    for _ in range(depth):
        tree = {"type": "not", "subclauses": [tree]}
    return tree


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"filter": "x"}, ("FilterMalformed", "filter")),
        ({"filter": {"type": "and", "subclauses": []}}, ("FilterMalformed", "filter.subclauses")),
        ({"filter": {"type": "and"}}, ("FilterMalformed", "filter.subclauses")),
        ({"filter": {"type": "not", "subclauses": [nested(0)] * 2}}, ("FilterMalformed", "filter.subclauses")),
        ({"filter": {"type": "or", "subclauses": [1]}}, ("FilterMalformed", "filter.subclauses[0]")),
        ({"filter": nested(20)}, ("FilterMalformed", ".subclauses[0]".join(["filter"] + [""] * 20))),
        ({"filter": {"type": "or", "subclauses": [nested(0)] * 201}}, ("FilterMalformed", "filter.subclauses[200]")),
        ({"filter": clause("sku", STR, "equals")}, ("FilterTypeUnknown", "filter.type")),
        ({"filter": {"type": "eq", "value": STR}}, ("FilterMalformed", "filter.field")),
        ({"filter": {"type": "eq", "field": "sku"}}, ("FilterMalformed", "filter.value")),
        ({"filter": clause("sku", NUMBER)}, ("FilterValueType", "filter.value.type")),
        ({"filter": clause("stock", STR)}, ("FilterValueType", "filter.value.type")),
        ({"filter": clause("stock", {"type": "decimal", "value": "one"})}, ("FilterValueType", "filter.value.value")),
        ({"filter": clause("created", NOW)}, ("FilterValueType", "filter.value.value")),
        ({"filter": clause("sku", STR, "in")}, ("FilterValueType", "filter.value.value")),
        ({"filter": clause("stock", NUMBER, "like")}, ("FilterValueType", "filter.type")),
        ({"order": {}}, ("FilterMalformed", "order")),
        ({"order": [{"direction": "ascending"}]}, ("FilterMalformed", "order[0]")),
        ({"order": [{"field": "sku", "direction": "up"}]}, ("FieldEnum", "order[0].direction")),
        ({"order": [{"field": "testfield"}]}, ("ProductFieldNotSortable", "field")),
        ({"deletedFlag": "no"}, ("FieldEnum", "deletedFlag")),
        ({"offset": -1}, ("FieldRange", "offset")),
    ],
)  # fmt: skip
async def test_a_query_that_is_malformed_is_refused(client, body, expected):
    assert (await client.post("/product/query", body)).refusal[1:] == expected


async def test_a_field_that_cannot_be_ordered_by_is_refused_under_each_resources_own_number(client):
    refused = await client.post("/product/attribute/query", {"order": [{"field": "brand"}]})
    assert refused.refusal == (400, "AttributeFieldNotSortable", "field")


def test_synonyms_of_types_are_taken():
    for given_type, name in (("string", "sku"), ("str", "state"), ("boolean", "purchasable"), ("dateTime", "created")):
        value = {"string": "x", "str": "hidden", "boolean": True, "dateTime": "2020-01-01T00:00:00Z"}[given_type]
        columns = {**COMMON, **PRODUCTS.columns(NOBODY)}
        query.parse({"filter": clause(name, {"type": given_type, "value": value})}, columns, "Product")


NOBODY = Caller(tenant=None, company=None, actor="")  # type: ignore[arg-type]


def test_greater_than_a_second_finds_the_rest_of_that_second_so_that_a_poller_misses_nothing():
    value = {"type": "datetime", "value": "2020-01-01T00:00:00Z"}
    parsed = query.parse({"filter": clause("lastModified", value, "gt")}, COMMON, "Product")

    assert parsed.where.parts[0] == Compare("changed_at", Op.ABOVE, parsed.where.parts[0].value)  # type: ignore[union-attr]
    with pytest.raises(Bad):
        query.parse({"filter": clause("lastModified", STR, "gt")}, COMMON, "Product")


# A tree finds exactly the products for which it holds.

SKUS = ["A-1", "A-2", "B%", "b_x", "\u00c5-1", "Z\\"]
BRANDS = [None, "", "Teverket", "teverket", "\u00d6", "\u0130ZM\u0130R", "Ma\u00df", "\u039f\u0394\u039f\u03a3"]
STOCKS = ["0", "1", "1.50", "-2", "10"]
FIELDS = {"sku": SKUS, "brand": BRANDS, "gtin": [None, "735"], "title": [None, "Te", "Kaffe"], "remoteId": [None, "r"]}


@pytest.fixture(scope="module")
async def filled(http, address, hub) -> tuple[Client, list[dict[str, Any]]]:
    shop = await make.shop(hub, language="sv", currency="SEK")
    client = await client_of(http, address, shop)
    for number in range(30):
        body = {
            "sku": SKUS[number % 6] + ("" if number < 6 else f"/{number}"),
            "vatRatePercent": "25",
            "brand": BRANDS[number % 8],
            "gtin": [None, "735"][number % 2],
            "title": [None, "Te", "Kaffe"][number % 3],
            "stock": STOCKS[number % 5],
            "purchasable": number % 4 > 0,
            "state": ["visible", "hidden"][number % 2],
            "stockType": ["stocked", "not-stocked", "always-in-stock"][number % 3],
            "remoteId": "r" if number == 7 else None,
        }
        await client.made("/product", body)
    for sku in ("A-1", "B%"):
        (found,) = (await client.post("/product/query", {"filter": clause("sku", {"type": "str", "value": sku})})).json
        await client.delete(f"/product/{found['localId']}")
    everything = (await client.get("/product")).json
    assert len(everything) == 30
    return client, everything


texts = st.sampled_from(["A-1", "b_x", "Teverket", "teverket", "\u00d6", "", "735", "Te", "Kaffe", "r", "zz"])
patterns = st.sampled_from(
    [
        "%",
        "a-_",
        "A-%",
        "_%x",
        "teverket",
        "%\\",
        "\u00e5%",
        "b%",
        "i%m_R",
        "MA_",
        "ma\u00df",
        "mass",
        "\u03bf\u03b4%\u03c3",
    ]
)


def like(field: str, pattern: str) -> dict[str, Any]:
    return clause(field, {"type": "str", "value": pattern}, "like")


def among(field: str, some: list[str]) -> dict[str, Any]:
    return clause(field, {"type": "str", "value": some}, "in")


def purchasable(kind: str, flag: bool) -> dict[str, Any]:
    return clause("purchasable", {"type": "bool", "value": flag}, kind)


def state(word: str) -> dict[str, Any]:
    return clause("state", {"type": "enum", "value": word})


def stock_type(word: str) -> dict[str, Any]:
    return clause("stockType", {"type": "str", "value": word}, "ne")


compared = st.one_of(
    st.builds(
        lambda field, kind, text: clause(field, {"type": "str", "value": text}, kind),
        st.sampled_from(sorted(FIELDS)), st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), texts,
    ),
    st.builds(like, st.sampled_from(sorted(FIELDS)), patterns),
    st.builds(among, st.sampled_from(sorted(FIELDS)), st.lists(texts, max_size=3)),
    st.builds(lambda field: {"type": "isnull", "field": field}, st.sampled_from([*FIELDS, "variantGroup"])),
    st.builds(
        lambda kind, number: clause("stock", {"type": "decimal", "value": number}, kind),
        st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), st.sampled_from([*STOCKS, "1.5"]),
    ),
    st.builds(purchasable, st.sampled_from(["eq", "ne"]), st.booleans()),
    st.builds(state, st.sampled_from(["visible", "hidden", "gone"])),
    st.builds(stock_type, st.sampled_from(["stocked", "gone"])),
)  # fmt: skip
trees = st.recursive(
    compared,
    lambda inner: st.one_of(
        st.builds(
            lambda kind, parts: {"type": kind, "subclauses": parts},
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda part: {"type": "not", "subclauses": [part]}, inner),
    ),
    max_leaves=6,
)


def small(text: str) -> str:
    """In small letters, one for one: \u0130 is the only letter that Python makes two of (i and a dot)."""
    return "".join(letter.lower()[0] for letter in text)


def holds(tree: dict[str, Any], record: dict[str, Any]) -> bool:
    match tree["type"]:
        case "and":
            return all(holds(part, record) for part in tree["subclauses"])
        case "or":
            return any(holds(part, record) for part in tree["subclauses"])
        case "not":
            return not holds(tree["subclauses"][0], record)
        case "isnull":
            return record[tree["field"]] is None
    have, want = record[tree["field"]], tree["value"]["value"]
    if tree["type"] == "ne":
        return not holds({**tree, "type": "eq"}, record)
    if have is None:
        return False
    if tree["field"] == "stock":
        have, want = Decimal(have), Decimal(want)
    match tree["type"]:
        case "eq":
            return have == want
        case "gt":
            return have > want
        case "ge":
            return have >= want
        case "lt":
            return have < want
        case "le":
            return have <= want
        case "in":
            return have in want
        case "like":
            pattern = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in small(want))
            return re.fullmatch(pattern, small(have), re.DOTALL) is not None
    raise AssertionError(tree)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=trees, flag=st.sampled_from(["both", "deleted", "not-deleted"]))
async def test_a_tree_finds_exactly_what_it_holds_for(filled, tree, flag):
    client, everything = filled

    answer = await client.post("/product/query", {"filter": tree, "deletedFlag": flag, "numRecords": 1000})

    assert answer.status == 200, answer.text
    kept = {"both": (True, False), "deleted": (True,), "not-deleted": (False,)}[flag]
    wanted = [one["sku"] for one in everything if one["deleted"] in kept and holds(tree, one)]
    assert sorted(one["sku"] for one in answer.json) == sorted(wanted)


@pytest.mark.parametrize(
    ("field", "pattern", "found"),
    [
        ("sku", "\u00e5-_", ["\u00c5-1"]),
        ("sku", "a-_", ["A-1", "A-2"]),
        ("brand", "\u00f6", ["\u00d6"]),
        ("brand", "i_m_r", ["\u0130ZM\u0130R"]),
        ("brand", "MA\u1e9e", ["Ma\u00df"]),
        ("brand", "mass", []),
        ("brand", "\u03bf\u03b4\u03bf\u03c3", ["\u039f\u0394\u039f\u03a3"]),
    ],
)
async def test_like_knows_small_and_capital_letters_of_every_alphabet(filled, field, pattern, found):
    answer = await filled[0].post("/product/query", {"filter": like(field, pattern)})

    assert sorted({one[field] for one in answer.json}) == found


async def test_order_number_and_offset(filled):
    client, everything = filled
    order = [{"field": "stock", "direction": "descending"}, {"field": "sku"}]
    wanted = sorted(everything, key=lambda one: (-Decimal(one["stock"]), one["sku"]))

    for offset in (0, 10, 25, 40):
        body = {"order": order, "numRecords": 10, "offset": offset}
        answer = (await client.post("/product/query", body)).json
        assert [one["sku"] for one in answer] == [one["sku"] for one in wanted[offset : offset + 10]]


async def test_a_query_asks_the_database_a_fixed_number_of_times(filled, hub):
    client, _ = filled
    counts = []
    for number in (1, 30, 30):
        before = hub.pool.round_trips
        await client.post("/product/query", {"numRecords": number})
        counts.append(hub.pool.round_trips - before)

    assert counts[0] <= 5
    assert counts[1] <= 5
    # What is rendered in its version is not read again.
    assert counts[2] <= 2
