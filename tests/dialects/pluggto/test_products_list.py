"""Lists of products: filters, paging, the compact table (specification 4.3, 6.7, 6.8)."""

import re
from typing import Any

import pytest

from plughub.core.hub import Hub
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of
from tests.dialects.pluggto.goods import get, move, put, refusal

SHIRT: dict[str, Any] = {
    "name": "Camisa Açaí",
    "description": "Algodão 100% puro",
    "brand": "MyBrand",
    "ean": "789",
    "ncm": "6109",
    "external": "S-1",
    "available": 1,
    "price": "59.90",
    "special_price": 50,
    "handling_time": 2,
    "dimension": {"weight": "0.250"},
    "categories": [{"name": "Moda > Calções"}],
    "attributes": [{"code": "gender", "label": "Gênero", "value": {"code": "f", "label": "Feminino"}}],
    "photos": [{"url": "http://x/1.jpg"}],
    "price_table": [{"code": "b2w", "action": "increase", "percentage": 10}],
    "my_field": 5,
    "my_flag": True,
    "grouped_skus": [{"sku": "G1"}],
    "quantity": 70,
    "variations": [
        {
            "sku": "SHIRT-M",
            "ean": "789-M",
            "quantity": 4,
            "name": "Camisa Média",
            "cost": "1.50",
            "attributes": [{"code": "size", "value": {"code": "m", "label": "Médio"}}],
            "photos": [{"url": "http://x/m.jpg"}],
            "price_table": [{"code": "ml", "price": 9}],
            "stock_table": [{"code": "w7", "quantity": 2, "type": "supplier", "priority": 3}],
            "dimension": {"length": 33},
        },
        {"sku": "SHIRT-G", "quantity": 1},
    ],
}
CAP = {"name": "Boné", "brand": "mybrand", "available": 0, "quantity": 12, "special_price": 0}
TABLED = {"stock_table": [{"code": "w1", "quantity": 3, "price": "2.20"}, {"code": "w2", "quantity": 4}]}


@pytest.fixture(scope="module")
async def catalogue(hub: Hub, http, address: str) -> Client:
    """Products that the tests of this file only read."""
    client = await client_of(http, address, await make.shop(hub))
    await put(client, "SHIRT", **SHIRT)
    await put(client, "cap_1", **CAP)
    await put(client, "TAB%LE", **TABLED)
    await put(client, "KIT", package_skus=[{"sku": "cap_1", "quantity": 5}], brand="a.b*c", name="Kit ' \" $where")
    return client


async def asked(client: Client, **filters: str) -> list[str]:
    return await found(client, list(filters.items()))


async def found(client: Client, pairs: list[tuple[str, str]]) -> list[str]:
    answer = await client.get("/products", params=pairs)
    assert answer.status == 200, answer.text
    skus = [row["Product"]["sku"] for row in answer.json["result"]]
    assert (answer.json["total"], answer.json["showing"]) == (len(skus), len(skus))
    return skus


EVERYTHING = ["SHIRT", "cap_1", "TAB%LE", "KIT"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("available", "1", ["SHIRT"]),
        ("available", "0", ["cap_1", "TAB%LE", "KIT"]),
        ("all", "acai", ["SHIRT"]),
        ("all", "ALGODAO 100%", ["SHIRT"]),
        ("all", "bonÉ", ["cap_1"]),
        ("all", "100_", []),
        ("all", ".*", []),
        ("all", "' \" $where", ["KIT"]),
        ("sku", "SHIRT", ["SHIRT"]),
        ("sku", " SHIRT-G ", ["SHIRT"]),
        ("sku", "shirt", []),
        ("sku", "TAB%LE", ["TAB%LE"]),
        ("sku", "TAB%", []),
        ("bysku", "shirt-", ["SHIRT"]),
        ("bysku", "b%l", ["TAB%LE"]),
        ("bysku", "P_1", ["cap_1"]),
        ("bysku", "%", ["TAB%LE"]),
        ("bysku", "_", ["cap_1"]),
        ("bysku", "*", []),
        ("category", "calcoes", ["SHIRT"]),
        ("category", "MODA > CAL", ["SHIRT"]),
        ("category", "feminino", []),
        ("attribute", "gender", ["SHIRT"]),
        ("attribute", "f", ["SHIRT"]),
        ("attribute", "Feminino", ["SHIRT"]),
        ("attribute", "m", ["SHIRT"]),
        ("attribute", "Médio", ["SHIRT"]),
        ("attribute", "médio", []),
        ("attribute", "Gênero", []),
        ("has_external", "1", ["SHIRT"]),
        ("has_external", "0", ["cap_1", "TAB%LE", "KIT"]),
        ("external", "S-1", ["SHIRT"]),
        # Of a variation, the sum over them, the one number, the sum over locations, what a kit's parts allow.
        ("quantity", "4", ["SHIRT"]),
        ("quantity", "5", ["SHIRT"]),
        ("quantity", "12", ["cap_1"]),
        ("quantity", "7", ["TAB%LE"]),
        ("quantity", "2", ["KIT"]),
        ("quantity", "70", []),
        ("quantity", "0", []),
        ("quantity", "ten", []),
        ("brand", "MyBrand", ["SHIRT"]),
        ("brand", "a.b*c", ["KIT"]),
        ("name", "Camisa Açaí", ["SHIRT"]),
        ("name", "Camisa Média", ["SHIRT"]),
        ("ean", "789", ["SHIRT"]),
        ("ean", "789-M", ["SHIRT"]),
        ("ncm", "6109", ["SHIRT"]),
        ("price", "59.9", ["SHIRT"]),
        ("price", "59,90", ["SHIRT"]),
        ("special_price", "50.00", ["SHIRT"]),
        ("special_price", "0", ["cap_1"]),
        ("cost", "1.5", ["SHIRT"]),
        ("cost", "dear", []),
        ("handling_time", "2", ["SHIRT"]),
        ("dimension.weight", ".25", []),
        ("dimension.weight", "0.25", ["SHIRT"]),
        ("dimension.length", "33", ["SHIRT"]),
        ("price_table.code", "b2w", ["SHIRT"]),
        ("price_table.code", "ml", ["SHIRT"]),
        ("price_table.percentage", "10", ["SHIRT"]),
        ("price_table.price", "9", ["SHIRT"]),
        ("stock_table.code", "w1", ["TAB%LE"]),
        ("stock_table.code", "w7", ["SHIRT"]),
        ("stock_table.code", "$main", []),
        ("stock_table.quantity", "3", ["TAB%LE"]),
        ("stock_table.quantity", "12", []),
        ("stock_table.type", "supplier", ["SHIRT"]),
        ("stock_table.priority", "3", ["SHIRT"]),
        ("stock_table.price", "2.2", ["TAB%LE"]),
        ("photos.url", "http://x/1.jpg", ["SHIRT"]),
        ("photos.url", "http://x/m.jpg", ["SHIRT"]),
        ("categories.name", "Moda > Calções", ["SHIRT"]),
        ("attributes.code", "size", ["SHIRT"]),
        ("attributes.value.code", "f", ["SHIRT"]),
        ("variations.attributes.value.code", "m", ["SHIRT"]),
        ("variations.attributes.value.code", "f", []),
        ("variations.sku", "SHIRT-M", ["SHIRT"]),
        ("variations.sku", "SHIRT", []),
        ("variations.ean", "789-M", ["SHIRT"]),
        ("variations.ean", "789", []),
        ("variations.name", "Camisa Média", ["SHIRT"]),
        ("variations.stock_table.code", "w7", ["SHIRT"]),
        ("package_skus.sku", "cap_1", ["KIT"]),
        ("package_skus.quantity", "5", ["KIT"]),
        ("grouped_skus.sku", "G1", ["SHIRT"]),
        ("my_field", "5", ["SHIRT"]),
        ("my_field", "5.0", ["SHIRT"]),
        ("my_flag", "1", ["SHIRT"]),
        ("my_flag", "true", ["SHIRT"]),
        ("user_id", "1", []),
        ("nosuchfield", "1", []),
        ("brand.x", "1", []),
        ("variations.nosuchfield", "1", []),
        ("$where", "1", []),
        ("brand[$ne]", "x", []),
        ("showExternal", "true", EVERYTHING),
        ("_", "1700000000", EVERYTHING),
    ],
)
async def test_a_filter_finds_what_it_names(catalogue: Client, name: str, value: str, expected: list[str]):
    assert await asked(catalogue, **{name: value}) == expected


@pytest.mark.parametrize(
    "value", ["%", "'", '"', "\\", "$where", "' OR 1=1 --", "{", "[]", "\x00", "é", "💥", "a" * 3000]
)
@pytest.mark.parametrize(
    "name", ["brand", "all", "bysku", "sku", "category", "quantity", "id", "attribute", "external"]
)
async def test_a_value_is_only_ever_text(catalogue: Client, name: str, value: str):
    expected = {("bysku", one): ["TAB%LE"] for one in ("%", "é")} | {("category", "é"): ["SHIRT"]}
    expected |= {("all", one): ["KIT"] for one in ("'", '"', "$where")}
    # Texts are folded: it is an e.
    expected |= {("all", "%"): ["SHIRT", "TAB%LE"], ("all", "é"): EVERYTHING}

    assert await asked(catalogue, **{name: value}) == expected.get((name, value), [])


async def test_the_own_account_is_a_filter_that_finds_everything(catalogue: Client):
    account = str(catalogue.shop.tenant.number)

    assert await asked(catalogue, supplier_id=account) == EVERYTHING
    assert await asked(catalogue, user_id=account) == EVERYTHING
    assert await asked(catalogue, supplier_id="1") == []
    assert await asked(catalogue, created_by=catalogue.credentials.client_id) == EVERYTHING


async def test_an_id_finds_its_product_also_through_a_variation(catalogue: Client):
    shirt = await get(catalogue, "SHIRT")

    for id in (shirt["id"], shirt["variations"][1]["id"]):
        assert await asked(catalogue, id=id) == ["SHIRT"]
    assert await asked(catalogue, id="5877efb70280833e402e54bc") == []
    assert await asked(catalogue, id="zzz") == []


async def test_filters_are_all_to_hold_and_so_is_one_sent_twice(catalogue: Client):
    assert await asked(catalogue, brand="MyBrand", available="1") == ["SHIRT"]
    assert await asked(catalogue, brand="MyBrand", available="0") == []
    assert await found(catalogue, [("attribute", "m"), ("attribute", "f")]) == ["SHIRT"]
    assert await found(catalogue, [("brand", "MyBrand"), ("brand", "mybrand")]) == []


async def test_a_row_of_a_list_is_the_product_as_it_is_read_alone(catalogue: Client):
    answer = await catalogue.get("/products")

    assert answer.json == {
        "total": 4,
        "showing": 4,
        "limit": 100,
        "next": None,
        "result": [{"Product": await get(catalogue, sku)} for sku in EVERYTHING],
    }


async def test_moments_are_filters(catalogue: Client):
    shirt = await get(catalogue, "SHIRT")
    day = shirt["created"][:10]

    assert await asked(catalogue, created=shirt["created"]) == ["SHIRT"]
    assert await asked(catalogue, modified=f"{day}to{day}") == EVERYTHING
    assert await asked(catalogue, created=f"to{shirt['created']}") == ["SHIRT"]
    assert await asked(catalogue, created="2001-01-01to2001-12-31") == []


async def test_an_exact_sku_comes_first_whether_of_a_product_or_a_variation(client: Client):
    for sku in ("AB-1", "AB-12", "AB"):
        await put(client, sku)
    await put(client, "P", variations=[{"sku": "x-AB-1"}, {"sku": "ab"}])

    assert await asked(client, bysku="AB") == ["AB", "AB-1", "AB-12", "P"]
    assert await asked(client, bysku="ab") == ["P", "AB-1", "AB-12", "AB"]
    answer = await client.get("/products", params={"bysku": "AB-1", "limit": "1"})
    assert [row["Product"]["sku"] for row in answer.json["result"]] == ["AB-1"]


async def test_filters_follow_changes(client: Client, http, address: str):
    other = await client_of(http, address, client.shop)
    await put(client, "A", brand="X", quantity=4, external="e", categories=[{"name": "Moda"}])
    await put(client, "A", brand="Y", categories=[{"name": "Moda", "remove": True}, {"name": "Casa"}], sku="B")
    await move(client, "B", "increase", 5)

    gone = [
        await asked(client, **one) for one in ({"brand": "X"}, {"category": "moda"}, {"sku": "A"}, {"quantity": "4"})
    ]
    here = [
        await asked(client, **one) for one in ({"brand": "Y"}, {"category": "casa"}, {"sku": "B"}, {"quantity": "9"})
    ]

    assert (gone, here) == ([[]] * 4, [["B"]] * 4)
    # Another application has given it no id of its own.
    assert (await asked(client, has_external="1"), await asked(client, external="e")) == (["B"], ["B"])
    assert (await asked(other, has_external="1"), await asked(other, external="e")) == ([], [])
    await put(client, "B", external=None)
    assert await asked(client, has_external="1") == []


# --- paging -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def seven(hub: Hub, http, address: str) -> Client:
    client = await client_of(http, address, await make.shop(hub))
    for at in range(7):
        await put(client, f"N{at}", brand="even" if at % 2 == 0 else "odd")
    await put(client, "N2", name="changed last")
    return client


def skus(answer: Any, key: str = "result") -> list[str]:
    assert answer.status == 200, answer.text
    return [row.get("Product", row)["sku"] for row in answer.json[key]]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({}, ["N0", "N1", "N2", "N3", "N4", "N5", "N6"]),
        ({"orderdirection": "desc"}, ["N6", "N5", "N4", "N3", "N2", "N1", "N0"]),
        ({"orderby": "created"}, ["N0", "N1", "N2", "N3", "N4", "N5", "N6"]),
        ({"orderby": "modified"}, ["N0", "N1", "N3", "N4", "N5", "N6", "N2"]),
        ({"orderby": "timestamp", "orderdirection": "DESC"}, ["N2", "N6", "N5", "N4", "N3", "N1", "N0"]),
        ({"brand": "even"}, ["N0", "N2", "N4", "N6"]),
    ],
)
async def test_walking_by_next_shows_every_product_once_and_ends_at_zero(seven: Client, order: dict, expected: list):
    walked: list[str] = []
    params = {**order, "limit": "2"}
    for _ in range(9):
        answer = (await seven.get("/products", params=params)).json
        assert answer["total"] == len(expected) - len(walked)
        assert answer["showing"] == len(answer["result"]) <= 2
        if not answer["result"]:
            break
        walked += [row["Product"]["sku"] for row in answer["result"]]
        last = answer["result"][-1]["Product"]["id"]
        assert answer["next"] == (last if len(walked) < len(expected) else None)
        params["next"] = last

    assert walked == expected


async def test_pages_count_from_one_and_next_wins(seven: Client):
    pages = [await seven.get("/products", params={"limit": "3", "page": page}) for page in ("1", "2", "3", "4", "")]

    assert [skus(page) for page in pages] == [
        ["N0", "N1", "N2"], ["N3", "N4", "N5"], ["N6"], [], ["N0", "N1", "N2"],
    ]  # fmt: skip
    assert [page.json["total"] for page in pages] == [7] * 5
    last = pages[0].json["next"]
    assert skus(await seven.get("/products", params={"limit": "3", "page": "9", "next": last})) == ["N3", "N4", "N5"]


async def test_a_cursor_that_names_nothing_is_still_a_position(seven: Client):
    first = (await seven.get("/products", params={"limit": "1"})).json["next"]
    nobody = first[:-1] + ("0" if first[-1] != "0" else "1")

    answer = skus(await seven.get("/products", params={"next": nobody}))

    assert answer in (["N0", "N1", "N2", "N3", "N4", "N5", "N6"], ["N1", "N2", "N3", "N4", "N5", "N6"])
    assert skus(await seven.get("/products", params={"next": "ffffffff0000000000000000"})) == []
    assert len(skus(await seven.get("/products", params={"next": ""}))) == 7


async def test_a_cursor_at_a_deleted_product_goes_on_behind_it(client: Client):
    made = [await put(client, f"N{at}") for at in range(4)]
    await client.delete("/skus/N1")

    assert skus(await client.get("/products", params={"next": made[1]["id"]})) == ["N2", "N3"]


async def test_limits_are_cut_to_five_hundred(seven: Client):
    answers = [await seven.get("/products", params={"limit": limit}) for limit in ("100000", "500", "1", "")]

    assert [answer.json["limit"] for answer in answers] == [500, 500, 1, 100]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", "2017-02-01to2017-01-01"), ("created", "abc"), ("modified", "2017-02-30"), ("limit", "0"),
        ("limit", "-1"), ("limit", "ten"), ("limit", "1.5"), ("page", "0"), ("page", "x"), ("next", "zzz"),
        ("next", "5877efb70280833e402e54b"), ("orderby", "price"), ("orderdirection", "up"),
        ("available", "yes"), ("has_external", "2"),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_filter_is_refused(seven: Client, name: str, value: str):
    answer = await seven.get("/products", params={name: value})

    assert (refusal(answer), answer.json["field"]) == ((400, "invalid_filter"), name)


async def test_another_account_lists_nothing_of_it(seven: Client, client: Client):
    id = (await get(seven, "N0"))["id"]

    for params in ({}, {"bysku": "N"}, {"sku": "N0"}, {"id": id}, {"brand": "even"}, {"all": "N"}, {"quantity": "0"}):
        assert (await client.get("/products", params=params)).json["total"] == 0


# --- the compact table --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/products/tabledata", "/products/tableData", "/Products/TABLEDATA/"])
async def test_the_compact_table_shows_prices_and_stock_in_any_letter_case(catalogue: Client, path: str):
    answer = await catalogue.get(path, params={"limit": "1"})

    shirt = await get(catalogue, "SHIRT")
    columns = ("id", "sku", "price", "special_price", "quantity")
    assert answer.json == {
        "Products": [
            {
                **{name: shirt[name] for name in (*columns, "timestamp")},
                "variations": [{name: one[name] for name in columns} for one in shirt["variations"]],
            }
        ]
    }


async def test_the_compact_table_is_walked_until_a_page_is_not_full(seven: Client):
    walked: list[str] = []
    params = {"limit": "3"}
    while True:
        page = (await seven.get("/products/tabledata", params=params)).json["Products"]
        walked += [row["sku"] for row in page]
        if len(page) < 3:
            break
        params["next"] = page[-1]["id"]

    assert walked == [f"N{at}" for at in range(7)]


async def test_the_clock_needs_no_token(client: Client):
    answer = await client.get("/time", token=None)

    assert (answer.status, list(answer.json)) == (200, ["time"])
    assert re.fullmatch(r"\d{10}", str(answer.json["time"]))
