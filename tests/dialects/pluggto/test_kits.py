"""Kits: made of products, counted from their parts (specification 6.6)."""

import asyncio
from decimal import Decimal
from hashlib import blake2s

import pytest

from plughub.core.stock import kit_stock
from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import get, history, last_change, move, nothing_happens, put, refusal


def parts(**quantities: object) -> list[dict[str, object]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


def stock_of(product: dict) -> list[int]:
    return [one["quantity"] for one in product["variations"]]


async def two_shirts(client: Client) -> dict:
    """A kit of a shirt in two sizes and two caps."""
    await put(
        client,
        "SHIRT",
        variations=[
            {"sku": "S", "name": "Camisa P", "quantity": 5, "attributes": [{"code": "size", "value": "P"}]},
            {"sku": "L", "name": "Camisa G", "quantity": 1, "attributes": [{"code": "size", "value": "G"}]},
        ],
    )
    await put(client, "CAP", quantity=7, name="Boné")
    return await put(client, "KIT", name="Conjunto", price=90, special_price=80, package_skus=parts(SHIRT=1, CAP="2"))


async def test_a_kit_of_simple_products_has_no_variations_and_counts_its_parts(client: Client):
    await put(client, "A", quantity=7)
    await put(client, "B", quantity=4)

    kit = await put(client, "KIT", quantity=99, package_skus=parts(A=3, B="1"))

    assert kit["package_skus"] == [{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 1}]
    assert (kit["quantity"], kit["variations"]) == (2, [])
    await move(client, "A", "increase", 20)
    assert (await get(client, "KIT"))["quantity"] == 4
    await move(client, "B", "update", -3)
    assert (await get(client, "KIT"))["quantity"] == -3


@pytest.mark.parametrize(
    ("free", "expected"), [([(7, 3)], 2), ([(7, 3), (1, 1)], 1), ([(-1, 2)], -1), ([(-4, 2)], -2), ([], 0)]
)
def test_kit_stock_is_the_least_whole_number_of_sets(free, expected):
    assert kit_stock((Decimal(number), needed) for number, needed in free) == expected


async def test_components_with_variations_make_a_variation_per_combination(client: Client):
    kit = await two_shirts(client)

    small, large = kit["variations"]
    digest = blake2s(b"S\nCAP", digest_size=4).hexdigest()
    assert small["sku"] == f"KIT-{digest}"
    assert small["name"] == "Conjunto - Camisa P"
    assert (small["price"], small["special_price"]) == (90, 80)
    assert [(one["code"], one["value"]["label"]) for one in small["attributes"]] == [("size", "P")]
    assert (kit["quantity"], stock_of(kit)) == (4, [3, 1])
    assert large["name"] == "Conjunto - Camisa G"
    assert await get(client, small["sku"]) == kit


async def test_combinations_come_in_component_order(client: Client):
    await put(client, "X", variations=[{"sku": "x1", "name": "x1"}, {"sku": "x2", "name": "x2"}])
    await put(client, "Y", variations=[{"sku": "y1", "name": "y1"}, {"sku": "y2", "name": "y2"}])

    kit = await put(client, "K", package_skus=parts(Y=1, X=1))

    names = [one["name"] for one in kit["variations"]]
    assert names == ["K - y1 - x1", "K - y1 - x2", "K - y2 - x1", "K - y2 - x2"]


async def test_a_kit_follows_orders_that_hold_its_parts(client: Client):
    kit = await two_shirts(client)
    sku = kit["variations"][0]["sku"]

    answer = await client.post("/orders", {"auto_reserve": True, "items": [{"sku": sku, "quantity": 2}]})

    assert answer.status == 201, answer.text
    assert stock_of(await get(client, "KIT")) == [1, 1]
    assert (await get(client, "CAP"))["quantity"] == 7
    id = answer.json["Order"]["id"]
    await client.put(f"/orders/{id}", {"status": "shipped"})
    assert [(await get(client, one))["quantity"] for one in ("CAP", "SHIRT")] == [3, 4]
    assert stock_of(await get(client, "KIT")) == [1, 1]


async def test_a_kit_with_variations_keeps_its_components(client: Client):
    await two_shirts(client)
    await put(client, "C", quantity=1)

    for changed in (parts(SHIRT=2, CAP=2), parts(SHIRT=1), parts(SHIRT=1, CAP=2, C=1), parts(CAP=2, C=1)):
        async with nothing_happens(client):
            answer = await client.put("/skus/KIT", {"brand": "X", "package_skus": changed})
        assert (refusal(answer), answer.json["field"]) == ((400, "kit_locked"), "package_skus")
    same = await put(client, "KIT", brand="X", package_skus=parts(SHIRT="1", CAP="2"))

    assert same["brand"] == "X"
    assert await last_change(client, same) == {"brand": (None, "X")}


async def test_a_kit_without_variations_may_change(client: Client):
    for sku, quantity in (("A", 7), ("B", 4), ("C", 1)):
        await put(client, sku, quantity=quantity)
    await put(client, "KIT", package_skus=parts(A=1, B=1))

    changed = await put(client, "KIT", package_skus=parts(B=2, C=1))

    assert (changed["package_skus"], changed["quantity"]) == (parts(B=2, C=1), 1)
    assert (await put(client, "A", variations=[{"sku": "A1"}]))["variations"] != []
    assert (await get(client, "KIT"))["variations"] == []
    assert (await client.delete("/skus/A")).status == 200


async def test_a_variation_added_to_a_component_makes_the_missing_combinations(client: Client):
    kit = await two_shirts(client)

    await put(client, "SHIRT", variations=[{"sku": "XL", "name": "Camisa GG", "quantity": 9}])

    grown = await get(client, "KIT")
    assert grown["variations"][:2] == kit["variations"]
    assert [one["name"] for one in grown["variations"][2:]] == ["Conjunto - Camisa GG"]
    assert stock_of(grown) == [3, 1, 3]
    event = (await history(client, kit["id"]))[-1]
    assert [change.field for change in event.changes] == [f"variants[{grown['variations'][2]['sku']}]"]
    assert set(event.aspects) == {"content", "stock", "price"}


async def test_a_variation_removed_from_a_component_empties_its_combinations(client: Client):
    await two_shirts(client)

    await put(client, "SHIRT", variations=[{"sku": "S", "remove": True}])

    emptied = await get(client, "KIT")
    assert (emptied["quantity"], stock_of(emptied)) == (1, [0, 1])
    assert (await client.delete("/skus/L")).status == 200
    assert stock_of(await get(client, "KIT")) == [0, 0]


async def test_a_component_that_gains_variations_leaves_nothing_to_sell_of_its_old_self(client: Client):
    await put(client, "A", quantity=7)
    await put(client, "B", quantity=4)
    kit = await put(client, "KIT", package_skus=parts(A=1, B=1))
    assert kit["quantity"] == 4

    await put(client, "A", variations=[{"sku": "A1", "quantity": 2}])
    grown = await get(client, "KIT")
    assert (grown["quantity"], stock_of(grown)) == (2, [2])

    await put(client, "B", variations=[{"sku": "B1", "quantity": 1}])
    grown = await get(client, "KIT")
    assert (grown["quantity"], stock_of(grown)) == (1, [0, 1])


async def test_components_of_a_kit_cannot_be_deleted(client: Client):
    await two_shirts(client)

    for sku in ("CAP", "SHIRT"):
        async with nothing_happens(client):
            answer = await client.delete(f"/skus/{sku}")
        assert answer.json == {
            "type": "invalid_field",
            "details": f"sku {sku} is part of the kit KIT",
            "code": 400,
            "field": "sku",
        }
    assert (await client.delete("/skus/KIT")).status == 200
    assert (await client.delete("/skus/CAP")).status == 200


@pytest.mark.parametrize(
    ("wanted", "field", "reason"),
    [
        (parts(NONE=1), "[0].sku", "there is no product NONE"),
        (parts(A=1, S=1), "[1].sku", "S is a variation: name its product"),
        (parts(A=1, OLDKIT=1), "[1].sku", "OLDKIT is a kit: kits cannot contain kits"),
        (parts(NEW=1), "[0].sku", "a kit cannot contain itself"),
        ([{"sku": "A"}, {"sku": "A"}], "[1].sku", "A is named twice"),
        (parts(A=0), "[0].quantity", "must be at least 1"),
        (parts(A=-1), "[0].quantity", "must be at least 1"),
        (parts(A="1.5"), "[0].quantity", "must be a whole number"),
        (parts(A=2**31), "[0].quantity", "must not be larger than 2147483647"),
        ([{"quantity": 1}], "[0].sku", "there is no product "),
    ],
)
async def test_what_cannot_be_a_component_is_refused(client: Client, wanted: object, field: str, reason: str):
    await asyncio.gather(
        put(client, "A", quantity=1), put(client, "B", quantity=1), put(client, "P", variations=[{"sku": "S"}])
    )
    await put(client, "OLDKIT", package_skus=parts(B=1))

    async with nothing_happens(client):
        creation = await client.put("/skus/NEW", {"package_skus": wanted})
        change = await client.put("/skus/A" if "itself" in reason else "/skus/OLDKIT", {"package_skus": wanted})

    where = f"package_skus{field}"
    assert creation.json == {"type": "invalid_field", "details": f"{where} {reason}", "code": 400, "field": where}
    assert refusal(change) == (400, "invalid_field")


async def test_more_than_five_hundred_combinations_are_refused(client: Client):
    for name in ("X", "Y"):
        await put(client, name, variations=[{"sku": f"{name}{at}"} for at in range(22 if name == "X" else 23)])

    async with nothing_happens(client):
        answer = await client.put("/skus/K", {"package_skus": parts(X=1, Y=1)})

    assert answer.json["details"] == "package_skus 506 combinations are more than 500"
    await put(client, "Z", variations=[{"sku": f"Z{at}"} for at in range(2)])
    assert len((await put(client, "K", package_skus=parts(X=1, Z=1)))["variations"]) == 44


async def test_a_simple_product_turns_into_a_kit_and_an_empty_list_means_nothing(client: Client):
    await put(client, "A", quantity=6)
    await put(client, "K", quantity=50, brand="X")
    assert refusal(await client.put("/skus/K", {"package_skus": []})) == (400, "not_updated")

    kit = await put(client, "K", package_skus=parts(A=2))

    assert (kit["brand"], kit["quantity"]) == ("X", 3)
    assert refusal(await client.put("/skus/K", {"package_skus": [], "quantity": 8})) == (400, "not_updated")
    assert refusal(await client.put("/skus/K", {"package_skus": None})) == (400, "not_updated")


async def test_a_kit_has_no_variations_but_those_of_its_components(client: Client):
    await put(client, "A", quantity=6)
    await put(client, "P", variations=[{"sku": "V", "quantity": 1}])
    await put(client, "K", package_skus=parts(A=2))

    async with nothing_happens(client):
        turned = await client.put("/skus/P", {"package_skus": parts(A=1)})
        grown = await client.put("/skus/K", {"variations": [{"sku": "K1", "quantity": 1}]})
        made = await client.put("/skus/NEW", {"package_skus": parts(A=1), "variations": [{"sku": "N1"}]})

    assert [refusal(answer) for answer in (turned, grown, made)] == [(400, "invalid_field")] * 3


async def test_a_component_cannot_turn_into_a_kit(client: Client):
    await put(client, "A", quantity=6)
    await put(client, "B", quantity=6)
    await put(client, "K", package_skus=parts(A=2))

    async with nothing_happens(client):
        answer = await client.put("/skus/A", {"package_skus": parts(B=1)})

    assert answer.json["details"] == "package_skus A is part of the kit K: kits cannot contain kits"


async def test_the_price_and_texts_of_a_kits_variation_are_its_own(client: Client):
    kit = await two_shirts(client)
    sku = kit["variations"][0]["sku"]

    changed = await put(client, sku, price=70, name="Conjunto pequeno", quantity=55)
    await put(client, "SHIRT", variations=[{"sku": "XL", "quantity": 1}])

    assert changed["variations"][0] == {**kit["variations"][0], "price": 70, "name": "Conjunto pequeno"}
    assert (await get(client, "KIT"))["variations"][0] == changed["variations"][0]


async def test_a_renamed_component_stays_one(client: Client):
    await put(client, "A", quantity=6)
    await put(client, "K", package_skus=parts(A=2))

    await put(client, "A", sku="B")

    kit = await get(client, "K")
    assert (kit["package_skus"], kit["quantity"]) == (parts(B=2), 3)


async def test_a_component_deleted_and_a_kit_made_of_it_at_once_do_not_both_succeed(client: Client):
    for at in range(6):
        await put(client, f"C{at}", quantity=1)
        made, deleted = await asyncio.gather(
            client.put(f"/skus/K{at}", {"package_skus": parts(**{f"C{at}": 1})}), client.delete(f"/skus/C{at}")
        )

        assert sorted([made.status, deleted.status]) == [200, 400]


async def test_a_kit_made_while_its_component_gains_a_variation_has_every_combination(client: Client):
    for at in range(6):
        await put(client, f"P{at}", variations=[{"sku": f"P{at}-a"}])
        answers = await asyncio.gather(
            client.put(f"/skus/K{at}", {"package_skus": parts(**{f"P{at}": 1})}),
            client.put(f"/skus/P{at}", {"variations": [{"sku": f"P{at}-b"}]}),
        )

        assert [answer.status for answer in answers] == [200, 200]
        assert len((await get(client, f"K{at}"))["variations"]) == 2
