"""Price tables and stock tables, and what a price in a list comes to (specification 6.3 to 6.5)."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from plughub.core import ids, products, stock
from plughub.core.prices import Action, Explained, Price, explain
from plughub.core.products import Product, Variant
from plughub.core.stock import MAIN, Level, Supply
from plughub.dialects.pluggto import ids as wire_ids
from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import get, last_change, lost, move, nothing_happens, put, refusal, row

NIL = UUID(int=0)


# --- price table on the wire --------------------------------------------------------------------------------


async def test_price_rows_come_back_as_sent_and_in_order(client: Client):
    rows = [
        {"code": "z", "label": "Zê", "action": "overwrite", "price": 5.5, "special_price": 9},
        {"code": "a", "action": "increase", "percentage": "10", "minimum_price": 1, "maximum_price": "99,90"},
        {"code": "m", "action": "decrease", "price": Decimal("1.005")},
        {"code": "new", "price": 3},
    ]

    made = await put(client, "A", price_table=rows)

    assert [one["code"] for one in made["price_table"]] == ["z", "a", "m", "new"]
    assert made["price_table"][1] == {
        "id": made["price_table"][1]["id"],
        "code": "a",
        "label": None,
        "action": "increase",
        "price": None,
        "special_price": None,
        "percentage": 10,
        "minimum_price": 1,
        "maximum_price": Decimal("99.9"),
    }
    assert made["price_table"][2]["price"] == Decimal("1.005")
    assert made["price_table"][3]["action"] == "overwrite"


async def test_price_rows_merge_by_id_then_by_code_and_others_stay(client: Client):
    made = await put(client, "A", price_table=[{"code": "x", "price": 1}, {"code": "y", "price": 2}])
    x, y = made["price_table"]

    changed = await put(
        client,
        "A",
        price_table=[
            {"id": x["id"], "special_price": 5},
            {"id": "my own id", "code": "y", "label": "Y"},
            {"code": "z", "price": 3},
            {"code": "never", "remove": True},
        ],
    )

    assert changed["price_table"][:2] == [{**x, "special_price": 5}, {**y, "label": "Y"}]
    assert changed["price_table"][2]["code"] == "z"
    assert set(await last_change(client, changed)) == {
        "default.prices[x].special_amount",
        "default.prices[y].label",
        "default.prices[z]",
    }
    gone = await put(client, "A", price_table=[{"id": x["id"], "remove": True}, {"code": "y", "remove": "1"}])
    assert [one["code"] for one in gone["price_table"]] == ["z"]


async def test_a_price_row_named_by_id_may_move_to_another_list(client: Client):
    made = await put(client, "A", price_table=[{"code": "x", "price": 1}, {"code": "y", "price": 2}])
    x, y = made["price_table"]

    moved = await put(client, "A", price_table=[{"id": x["id"], "code": "z"}])
    swapped = await put(client, "A", price_table=[{"id": x["id"], "code": "y"}, {"id": y["id"], "code": "z"}])

    assert moved["price_table"] == [{**x, "code": "z"}, y]
    assert {one["code"]: one["price"] for one in swapped["price_table"]} == {"y": 1, "z": 2}
    async with nothing_happens(client):
        assert refusal(await client.put("/skus/A", {"price_table": [{"id": x["id"], "code": "z"}]})) == (
            400,
            "duplicated",
        )


@pytest.mark.parametrize(
    ("table", "kind", "field"),
    [
        ([{"code": "a", "action": "increase"}], "required_field", "price_table[a]"),
        ([{"code": "a", "action": "decrease", "percentage": ""}], "required_field", "price_table[a]"),
        ([{"code": "ok", "price": 1}, {"price": 5}], "required_field", "price_table[1].code"),
        ([{"code": "a", "action": "double", "percentage": 1}], "invalid_field", "price_table[0].action"),
        ([{"code": "a", "percentage": "ten"}], "invalid_field", "price_table[0].percentage"),
        ([5], "invalid_field", "price_table[0]"),
        ("x", "invalid_field", "price_table"),
    ],
)
async def test_a_price_row_that_says_nothing_is_refused(client: Client, table: object, kind: str, field: str):
    await put(client, "A", price=1)

    async with nothing_happens(client):
        answer = await client.put("/skus/A", {"price_table": table})

    assert (refusal(answer), answer.json["field"]) == ((400, kind), field)


async def test_an_overwriting_row_needs_no_price(client: Client):
    made = await put(client, "A", price=9, price_table=[{"code": "x", "special_price": 5}, {"code": "y"}])

    assert [one["action"] for one in made["price_table"]] == ["overwrite", "overwrite"]


@pytest.mark.parametrize("code", ["$base", "$main"])
async def test_the_hubs_own_codes_are_not_taken_from_clients(client: Client, code: str):
    table = "price_table" if code == "$base" else "stock_table"
    await put(client, "A", price=1, quantity=1)

    async with nothing_happens(client):
        answer = await client.put("/skus/A", {table: [{"code": code, "price": 5, "quantity": 5}]})

    assert (refusal(answer), answer.json["field"]) == ((400, "invalid_field"), f"{table}[0].code")


# --- what a price comes to ----------------------------------------------------------------------------------


def price(action: str = "overwrite", **fields: object) -> Price:
    return Price(
        id=NIL,
        code="b2w",
        action=Action(action),
        **{name: None if value is None else Decimal(str(value)) for name, value in fields.items()},
    )


def amounts(explained: Explained) -> tuple[Decimal | None, Decimal | None]:
    return explained.price, explained.special_price


@pytest.mark.parametrize(
    ("base", "row", "expected"),
    [
        (("59.90", 50), None, ("59.90", 50)),
        (("59.90", 50), price(), ("59.90", None)),
        (("59.90", 50), price(amount="22.505"), ("22.505", None)),
        (("59.90", None), price(amount=20, special_amount=25), (20, 25)),
        (("59.90", None), price(special_amount=0), ("59.90", None)),
        (("59.90", 50), price("increase", percentage=10), ("65.89", "55.00")),
        (("59.90", None), price("increase", percentage=10), ("65.89", None)),
        (("59.90", 0), price("increase", percentage=10), ("65.89", None)),
        (("59.90", 50), price("decrease", percentage="33.333"), ("39.93", "33.33")),
        (("59.90", 50), price("increase", amount=5), ("64.90", "55.00")),
        (("59.90", 0), price("increase", amount=5), ("64.90", None)),
        (("59.90", 50), price("decrease", amount="60"), (0, 0)),
        (("59.90", 50), price("decrease", percentage=150), (0, 0)),
        # A percentage goes before an amount.
        (("59.90", 50), price("increase", percentage=10, amount=100), ("65.89", "55.00")),
        (("0.125", None), price("increase", percentage=0), ("0.13", None)),
        (("1.005", None), price("decrease", amount=1), ("0.01", None)),
        (("59.90", 50), price("increase", percentage=10, ceiling=60), (60, "55.00")),
        (("59.90", 50), price("decrease", percentage=50, floor=28), ("29.95", 28)),
        (("59.90", 50), price(amount=5, special_amount=4, floor=8), (8, 8)),
        (("59.90", 50), price("decrease", percentage=50, floor=0, ceiling=0), ("29.95", "25.00")),
        ((None, None), price("increase", percentage=10, floor=5), (None, None)),
    ],
)
def test_a_price_is_worked_out_as_the_specification_has_it(base, row, expected):
    price, special = (None if one is None else Decimal(str(one)) for one in base)

    found = amounts(explain(price, special, row))

    assert [str(one) for one in found] == [str(one) for one in expected]


def test_every_step_of_a_price_is_told():
    found = explain(Decimal("59.90"), Decimal(50), price("increase", percentage=10, ceiling=60))

    assert found.steps == (
        "base price 59.90, special 50",
        "list b2w increases by 10 %: 65.89, special 55.00",
        "bounds none to 60: 60, special 55.00",
    )


_amount = st.decimals(min_value=0, max_value=10**21, allow_nan=False, allow_infinity=False, places=3)
_any = st.decimals(min_value=-(10**21), max_value=10**21, allow_nan=False, allow_infinity=False, places=4)
_bound = st.none() | _amount


@given(
    base=_amount, special=st.none() | _amount, action=st.sampled_from(["overwrite", "increase", "decrease"]),
    amount=st.none() | _any, percentage=st.none() | _any, floor=_bound, ceiling=_bound,
)  # fmt: skip
def test_no_price_is_below_zero_or_beyond_its_bounds(base, special, action, amount, percentage, floor, ceiling):
    row = price(action, amount=amount, special_amount=amount, percentage=percentage, floor=floor, ceiling=ceiling)

    for found in amounts(explain(base, special, row)):
        if found is None:
            continue
        assert found >= 0
        assert not ceiling or found <= ceiling
        assert not floor or found >= min(floor, ceiling or floor)


@given(base=_amount, percentage=_any, action=st.sampled_from(["increase", "decrease"]))
def test_what_is_worked_out_is_the_exact_price_rounded_half_up_to_cents(base, percentage, action):
    change = Fraction(percentage) * (1 if action == "increase" else -1)
    exact = Fraction(base) * (100 + change) / 100
    cents = max(0, (exact * 100 + Fraction(1, 2)).__floor__()) if exact > 0 else 0

    found = explain(base, None, price(action, percentage=percentage)).price

    assert found is not None
    assert Fraction(found) * 100 == cents


def _product(*rows: Price, **variants: tuple[Price, ...]) -> Product:
    made = [
        Variant(id=ids.new(), sku=sku, price=Decimal(10), special_price=Decimal(8), prices=prices)
        for sku, prices in variants.items()
    ]
    return Product(default=Variant(id=ids.new(), sku="P", price=Decimal(100), prices=rows), variants=tuple(made))


def test_a_variation_without_its_own_row_takes_the_parents_applied_to_its_own_price():
    product = _product(price("increase", percentage=10), A=(), B=(price("decrease", amount=1),))

    found = {one.sku: amounts(products.price_in(product, one, "b2w")) for one in (product.default, *product.variants)}

    assert found == {
        "P": (Decimal("110.00"), None),
        "A": (Decimal("11.00"), Decimal("8.80")),
        "B": (Decimal("9.00"), Decimal("7.00")),
    }


def test_a_list_that_nobody_has_a_row_in_leaves_the_base_price():
    product = _product(price("increase", percentage=10), A=())

    assert amounts(products.price_in(product, product.variants[0], "elsewhere")) == (Decimal(10), Decimal(8))


def test_the_row_for_the_largest_quantity_reached_counts():
    one, many = price(amount=9), replace(price(amount=7), min_quantity=Decimal(10))
    product = _product(one, many)

    found = [products.price_in(product, product.default, "b2w", Decimal(n)).price for n in (1, 9, 10, 500)]

    assert found == [9, 9, 7, 7]


# --- stock table --------------------------------------------------------------------------------------------


async def test_stock_rows_come_back_as_sent_with_what_only_the_hub_knows(client: Client):
    rows = [
        {"code": "w2", "type": "supplier", "priority": "0", "quantity": "2", "price": "2,22", "special_price": 1.5,
         "handling_time": "10"},
        {"code": "w1"},
    ]  # fmt: skip

    made = await put(client, "A", stock_table=rows)

    read_only = {"reserved": 0, "price_history": [], "specialprice_history": [], "stock_history": []}
    assert made["stock_table"] == [
        {"id": made["stock_table"][0]["id"], "code": "w2", "type": "supplier", "priority": 0, "quantity": 2,
         "price": Decimal("2.22"), "special_price": Decimal("1.5"), "handling_time": 10, **read_only},
        {"id": made["stock_table"][1]["id"], "code": "w1", "type": "own", "priority": None, "quantity": 0,
         "price": None, "special_price": None, "handling_time": None, **read_only},
    ]  # fmt: skip


async def test_stock_rows_merge_by_id_then_by_code_and_others_stay(client: Client):
    made = await put(client, "A", stock_table=[{"code": "w1", "quantity": 1}, {"code": "w2", "quantity": 2}])
    first, second = made["stock_table"]

    changed = await put(
        client,
        "A",
        stock_table=[
            {"code": "w1", "priority": 5, "reserved": 99},
            {"id": second["id"], "quantity": 7},
            {"code": "w3"},
        ],
    )

    assert changed["stock_table"][:2] == [{**first, "priority": 5}, {**second, "quantity": 7}]
    assert set(await last_change(client, changed)) == {
        "default.levels[w1].priority",
        "default.levels[w2].on_hand",
        "default.levels[w3]",
    }
    assert changed["quantity"] == 8


async def test_a_stock_row_named_by_id_may_move_to_another_location(client: Client):
    made = await put(client, "A", stock_table=[{"code": "w1", "quantity": 5}, {"code": "w2", "quantity": 2}])
    first, second = made["stock_table"]

    moved = await put(client, "A", stock_table=[{"id": first["id"], "code": "w3"}])

    assert sorted(moved["stock_table"], key=lambda one: one["code"]) == [second, {**first, "code": "w3"}]
    assert await _ledger_sums(client, "A") == {"w1": 0, "w2": 2, "w3": 5}


async def test_a_stock_row_that_orders_hold_something_of_stays_where_it_is(client: Client):
    made = await put(client, "A", stock_table=[{"code": "w1", "quantity": 5}])
    placed = await client.post("/orders", {"auto_reserve": True, "items": [{"sku": "A", "quantity": 2}]})
    assert placed.status == 201
    assert row(await get(client, "A"), "stock_table", "w1")["reserved"] == 2

    async with nothing_happens(client):
        answer = await client.put("/skus/A", {"stock_table": [{"id": made["stock_table"][0]["id"], "code": "w2"}]})

    assert (refusal(answer), answer.json["field"]) == ((400, "invalid_field"), "stock_table[w1].code")


async def test_a_removed_stock_row_leaves_the_ledger_at_zero(client: Client):
    await put(client, "A", quantity=9, stock_table=[{"code": "w1", "quantity": 5}])

    changed = await put(client, "A", stock_table=[{"code": "w1", "remove": True}])

    assert (changed["quantity"], changed["stock_table"]) == (9, [])
    assert await _ledger_sums(client, "A") == {"w1": 0, MAIN: 9}


async def test_quantity_shows_the_sum_of_the_rows_until_one_is_sent(client: Client):
    rows = [{"code": "w1", "quantity": 2}, {"code": "w2", "quantity": 3}]

    assert (await put(client, "A", stock_table=rows))["quantity"] == 5
    assert (await put(client, "A", stock_table=[{"code": "w1", "quantity": 4}]))["quantity"] == 7
    assert (await put(client, "A", quantity=1))["quantity"] == 1
    changed = await put(client, "A", stock_table=[{"code": "w1", "quantity": 9}])

    assert (changed["quantity"], [one["quantity"] for one in changed["stock_table"]]) == (1, [9, 3])


async def test_stock_changes_with_a_code_change_that_row_alone(client: Client):
    await put(client, "A", quantity=1, stock_table=[{"code": "w1", "quantity": 2}])

    changed = await move(client, "A", "increase", 5, stock_code="w1")

    assert (changed["quantity"], row(changed, "stock_table", "w1")["quantity"]) == (1, 7)
    assert await last_change(client, changed) == {"default.levels[w1].on_hand": (2, 7)}
    opened = await move(client, "A", "update", 3, stock_code="w9")
    assert row(opened, "stock_table", "w9")["quantity"] == 3


async def test_a_relative_change_of_a_sku_with_nothing_but_rows_goes_to_the_one_asked_first(client: Client):
    rows = [{"code": "w1", "quantity": 5, "priority": 2}, {"code": "w2", "quantity": 5, "priority": 1}]
    await put(client, "A", stock_table=rows)

    changed = await move(client, "A", "decrease", 3)

    assert (changed["quantity"], [one["quantity"] for one in changed["stock_table"]]) == (7, [5, 2])
    overwritten = await move(client, "A", "update", 4)
    assert (overwritten["quantity"], [one["quantity"] for one in overwritten["stock_table"]]) == (4, [5, 2])


async def test_an_order_takes_from_the_row_it_names_else_from_the_one_asked_first(client: Client):
    await put(
        client, "A", quantity=9,
        stock_table=[{"code": "w1", "quantity": 1, "priority": 0}, {"code": "w2", "quantity": 5, "priority": 1}],
    )  # fmt: skip
    for quantity, code in ((1, None), (1, None), (2, "w2"), (8, None)):
        item = {"sku": "A", "quantity": quantity} | ({"stock_code": code} if code else {})
        assert (await client.post("/orders", {"auto_reserve": True, "items": [item]})).status == 201

    product = await get(client, "A")
    assert {one["code"]: one["reserved"] for one in product["stock_table"]} == {"w1": 1, "w2": 3}
    assert lost([{"quantity": 1}, {"quantity": 5}], product["stock_table"]) == []


def level(code: str, on_hand: int, reserved: int = 0, priority: int | None = None, supply: str = "own") -> Level:
    return Level(
        id=ids.at(_AGE.index(code) + 1, 0),
        code=code,
        on_hand=Decimal(on_hand),
        reserved=Decimal(reserved),
        priority=priority,
        supply=Supply(supply),
    )


_AGE = [MAIN, "old", "new", "third"]


@pytest.mark.parametrize(
    ("levels", "wanted", "code", "expected"),
    [
        ([level("old", 5, priority=1), level("new", 5, priority=0)], 5, None, "new"),
        ([level("old", 5), level("new", 5, priority=9)], 5, None, "new"),
        ([level("new", 5), level("old", 5)], 5, None, "old"),
        ([level("old", 5, supply="supplier", priority=1), level("new", 5, priority=1)], 5, None, "new"),
        ([level("old", 5, supply="supplier", priority=0), level("new", 5, priority=1)], 5, None, "old"),
        ([level("old", 5, 1, priority=0), level("new", 5, priority=1)], 5, None, "new"),
        ([level("old", 5, priority=0), level("new", 5)], 6, None, MAIN),
        ([level(MAIN, 50), level("old", 5)], 5, None, "old"),
        ([level(MAIN, 50), level("old", 5)], 6, None, MAIN),
        ([level("old", 5, priority=0), level("new", 0)], 3, "new", "new"),
        ([], 1, None, MAIN),
    ],
)
def test_an_order_asks_locations_by_priority_own_stock_and_age(levels, wanted, code, expected):
    assert stock.source(levels, Decimal(wanted), code) == expected


async def _ledger_sums(client: Client, sku: str) -> dict[str, Decimal]:
    product = await get(client, sku)
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        rows = await tx.all(
            "SELECT l.code, sum(m.delta) AS total FROM stock_movements m JOIN variants v ON v.tenant_id = $1"
            " AND v.id = m.variant_id JOIN locations l ON l.tenant_id = $1 AND l.id = m.location_id"
            " WHERE m.tenant_id = $1 AND v.product_id = $2 GROUP BY l.code",
            client.shop.tenant.id,
            wire_ids.read(product["id"]),
        )
    return {row["code"]: row["total"] for row in rows}
