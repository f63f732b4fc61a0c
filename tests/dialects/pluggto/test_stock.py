"""Stock changed by one number, alone and by many at once (specification 6.7)."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from plughub.dialects.pluggto import ids
from tests.dialects.pluggto.conftest import Answer, Client
from tests.dialects.pluggto.goods import (
    default_variant,
    get,
    history,
    last_change,
    ledger,
    move,
    nothing_happens,
    put,
    refusal,
    row,
    shown,
    variation,
)

MAIN_LEVEL = "default.levels[$main].on_hand"


async def test_increase_decrease_and_update_answer_the_product(client: Client):
    await put(client, "A", quantity=4, name="Nome")

    assert (await move(client, "A", "increase", 3))["quantity"] == 7
    assert (await move(client, "A", "decrease", 1))["quantity"] == 6
    changed = await move(client, "A", "update", 5)

    assert (changed["quantity"], changed["name"]) == (5, "Nome")
    assert changed == await get(client, "A")
    told = await history(client, changed["id"])
    assert [(one.version, *one.changes[0]) for one in told[1:]] == [
        (2, MAIN_LEVEL, 4, 7),
        (3, MAIN_LEVEL, 7, 6),
        (4, MAIN_LEVEL, 6, 5),
    ]
    assert [(one.action, set(one.aspects), one.actor) for one in told[1:]] == [
        ("updated", {"stock"}, client.credentials.client_id)
    ] * 3
    moved = await ledger(client, await default_variant(client, changed))
    assert [(one.delta, one.on_hand, one.reason) for one in moved] == [
        (4, 4, "set"), (3, 7, "increase"), (-1, 6, "decrease"), (-1, 5, "set"),
    ]  # fmt: skip


async def test_stock_of_a_variation_changes_and_the_parent_shows_the_sum(client: Client):
    await put(client, "P", variations=[{"sku": "V1", "quantity": 4}, {"sku": "V2", "quantity": 5}])

    changed = await move(client, "V1", "decrease", 10)

    assert (changed["sku"], changed["quantity"], variation(changed, "V1")["quantity"]) == ("P", -1, -6)
    assert await last_change(client, changed) == {"variants[V1].levels[$main].on_hand": (4, -6)}


async def test_an_action_that_is_missing_means_update(client: Client):
    await put(client, "A", quantity=4)

    assert shown(await client.put("/skus/A/stock", {"quantity": "7"}))["quantity"] == 7
    assert shown(await client.put("/skus/A/stock", {"action": "", "quantity": -3.0, "sku": " A "}))["quantity"] == -3


async def test_a_first_change_of_a_sku_that_was_never_counted_counts_it(client: Client):
    made = await put(client, "A")

    assert (await move(client, "A", "decrease", 2))["quantity"] == -2
    assert await last_change(client, made) == {MAIN_LEVEL: (0, -2)}


async def test_an_update_to_the_same_number_is_fine_and_tells_nobody(client: Client):
    await put(client, "A", quantity=4)

    async with nothing_happens(client):
        answers = [
            await client.put("/skus/A/stock", {"action": "update", "quantity": 4}),
            await client.put("/skus/A/stock", {"action": "increase", "quantity": 0}),
        ]

    assert [shown(answer)["quantity"] for answer in answers] == [4, 4]


async def test_stock_is_changed_by_product_id_and_by_variation_id_too(client: Client):
    simple = await put(client, "A", quantity=1)
    parent = await put(client, "P", variations=[{"sku": "V", "quantity": 1}])
    vid = parent["variations"][0]["id"]

    by_id = await client.put(f"/products/{simple['id']}/stock", {"action": "increase", "quantity": 5})
    by_variation = await client.put(f"/products/{parent['id']}/variation/{vid}/stock", {"quantity": 8})
    by_its_own_id = await client.put(f"/products/{vid}/stock", {"action": "decrease", "quantity": 1, "sku": "V"})

    assert [shown(answer)["quantity"] for answer in (by_id, by_variation, by_its_own_id)] == [6, 8, 7]


async def test_a_variation_is_only_found_below_its_own_product(client: Client):
    simple = await put(client, "A", quantity=1)
    parent = await put(client, "P", variations=[{"sku": "V", "quantity": 1}])
    vid, pid, other = parent["variations"][0]["id"], parent["id"], simple["id"]

    async with nothing_happens(client):
        answers = [
            await client.put(f"/products/{product}/variation/{id}/stock", {"quantity": 9})
            for product, id in ((other, vid), (other, other), (pid, pid), ("xyz", vid), (pid, "xyz"))
        ]

    assert {refusal(answer) for answer in answers} == {(404, "not_found")}


async def test_stock_of_a_parent_or_a_kit_is_refused(client: Client):
    await put(client, "P", variations=[{"sku": "V", "quantity": 1}])
    kit = await put(client, "K", package_skus=[{"sku": "P", "quantity": 1}])

    async with nothing_happens(client):
        parent, whole, part = [
            await client.put(f"/skus/{sku}/stock", {"quantity": 5}) for sku in ("P", "K", kit["variations"][0]["sku"])
        ]

    assert [refusal(answer) for answer in (parent, whole, part)] == [(400, "invalid_field")] * 3
    assert parent.json["details"] == "sku stock is kept per variation"
    assert whole.json["details"] == part.json["details"] == "sku the stock of a kit follows its components"


async def test_a_refused_stock_change_of_an_unknown_sku_makes_no_location(client: Client):
    answer = await client.put("/skus/NONE/stock", {"quantity": 1, "stock_code": "w1"})

    assert refusal(answer) == (404, "not_found")
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        assert await tx.value("SELECT count(*) FROM locations WHERE tenant_id = $1", client.shop.tenant.id) == 1


# --- many at once -------------------------------------------------------------------------------------------


async def test_changes_over_fifty_connections_all_count_and_leave_an_unbroken_chain(client: Client):
    product = await put(client, "HOT", quantity=1000)
    plan = [("increase", 3), ("decrease", 1), ("decrease", 7), ("increase", 2), ("update", 500)]

    answers = await asyncio.gather(
        *(client.put("/skus/HOT/stock", {"action": a, "quantity": q}) for at in range(50) for a, q in [plan[at % 5]])
    )

    assert {answer.status for answer in answers} == {200}
    told = (await history(client, product["id"]))[1:]
    steps = [change for event in told for change in event.changes]
    # Each change begins where the one before it ended: none was lost and none is told differently than it was.
    assert [step.before for step in steps] == [1000, *(step.after for step in steps[:-1])]
    assert [event.version for event in told] == list(range(2, len(told) + 2))
    for verb, deltas in {"increase": {3, 2}, "decrease": {-1, -7}}.items():
        moved = [one.delta for one in await _moves(client, product) if one.reason == verb]
        assert (len(moved), set(moved)) == (20, deltas)
    assert sum(one.delta for one in await _moves(client, product)) == (await get(client, "HOT"))["quantity"]


async def test_parallel_changes_of_a_sku_nobody_ever_counted_all_count(client: Client):
    product = await put(client, "NEW")

    answers = await asyncio.gather(
        *(client.put("/skus/NEW/stock", {"action": "increase", "quantity": 1}) for _ in range(20))
    )

    assert {answer.status for answer in answers} == {200}
    assert (await get(client, "NEW"))["quantity"] == 20
    assert sum(one.delta for one in await _moves(client, product)) == 20


async def test_parallel_creations_of_one_sku_leave_one_product(client: Client):
    body: dict[str, Any] = {
        "categories": [{"name": "Moda > Camisas"}],
        "price_table": [{"code": "b2w", "price": 5}],
        "stock_table": [{"code": "w1", "quantity": 2}],
        "variations": [{"sku": "V1", "quantity": 1}],
    }

    answers = await asyncio.gather(*(client.put("/skus/SAME", {**body, "brand": f"B{at}"}) for at in range(20)))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["Product"]["id"] for answer in answers}) == 1
    assert (await client.get("/products", params={"bysku": "SAME"})).json["total"] == 1
    product = await get(client, "SAME")
    assert [one["sku"] for one in product["variations"]] == ["V1"]
    assert [one["code"] for one in product["price_table"]] == ["b2w"]
    told = [change for event in (await history(client, product["id"]))[1:] for change in event.changes]
    assert [change.field for change in told] == ["brand"] * 19
    assert {change.after for change in told} | {told[0].before} == {f"B{at}" for at in range(20)}


async def test_creations_that_share_new_categories_lists_and_locations_do_not_block_each_other(client: Client):
    def body(at: int) -> dict[str, Any]:
        names = [f"c{n}" for n in range(6)]
        if at % 2:
            names.reverse()
        return {
            "categories": [{"name": f"top > {name}"} for name in names],
            "price_table": [{"code": name, "price": 1} for name in names],
            "stock_table": [{"code": name, "quantity": 1} for name in names],
            "variations": [{"sku": f"S{at}-{name}"} for name in names],
        }

    answers = await asyncio.gather(*(client.put(f"/skus/S{at}", body(at)) for at in range(12)))

    assert [answer.status for answer in answers] == [200] * 12
    assert (await client.get("/products", params={"category": "c3"})).json["total"] == 12


async def test_whole_products_and_single_stock_changes_at_once_do_not_fail_each_other(client: Client):
    product = await put(client, "P", variations=[{"sku": f"V{at}", "quantity": 10} for at in range(4)])

    def one(at: int) -> Any:
        match at % 3:
            case 0:
                skus = [f"V{n}" for n in range(4)]
                rows = [{"sku": sku, "quantity": at} for sku in (skus if at % 2 else reversed(skus))]
                return client.put("/skus/P", {"brand": f"B{at}", "variations": rows})
            case 1:
                return client.put(f"/skus/V{at % 4}/stock", {"action": "decrease", "quantity": 1})
            case _:
                return client.put(f"/skus/V{at % 4}/stock", {"action": "update", "quantity": at})

    answers: list[Answer] = await asyncio.gather(*(one(at) for at in range(48)))

    assert {answer.status for answer in answers} == {200}
    state = {f"variants[V{at}].levels[$main].on_hand": 10 for at in range(4)}
    for event in (await history(client, product["id"]))[1:]:
        for change in event.changes:
            if change.field in state:
                assert change.before == state[change.field]
                state[change.field] = change.after
    after = await get(client, "P")
    for at, shown_variation in enumerate(after["variations"]):
        assert shown_variation["quantity"] == state[f"variants[V{at}].levels[$main].on_hand"]
        moves = await ledger(client, ids.read(shown_variation["id"]))
        assert sum((move.delta for move in moves), Decimal(0)) == shown_variation["quantity"]


async def test_a_product_renamed_while_its_stock_moves_keeps_every_move(client: Client):
    product = await put(client, "A", quantity=0)

    async def increase() -> int:
        for sku in ("A", "B"):
            answer = await client.put(f"/skus/{sku}/stock", {"action": "increase", "quantity": 1})
            if answer.status == 200:
                return 1
        return 0

    counted = await asyncio.gather(*(increase() for _ in range(15)), _quietly(client.put("/skus/A", {"sku": "B"})))

    assert (await get(client, "B"))["quantity"] == sum(counted)
    assert (await get(client, "B"))["id"] == product["id"]


async def _quietly(request: Any) -> int:
    assert (await request).status == 200
    return 0


async def _moves(client: Client, product: dict[str, Any]) -> Any:
    return await ledger(client, await default_variant(client, product))


@pytest.mark.parametrize("place", ["quantity", "stock_table"])
async def test_a_put_with_a_number_and_relative_changes_at_once_sum_up(client: Client, place: str):
    product = await put(client, "A", stock_table=[{"code": "w1", "quantity": 10}])
    body = {"quantity": 5} if place == "quantity" else {"stock_table": [{"code": "w1", "quantity": 5}]}

    answers = await asyncio.gather(
        client.put("/skus/A", body),
        *(client.put("/skus/A/stock", {"action": "increase", "quantity": 1, "stock_code": "w1"}) for _ in range(10)),
    )

    assert {answer.status for answer in answers} == {200}
    moved = [one for one in await _moves(client, product) if one.location == "w1"]
    assert sum(one.delta for one in moved) == row(await get(client, "A"), "stock_table", "w1")["quantity"]
