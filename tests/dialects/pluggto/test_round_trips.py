"""How often a request goes to the database: what a timing could not say on every machine."""

from collections.abc import Awaitable

import pytest

from tests.dialects.pluggto.conftest import Answer, Client
from tests.dialects.pluggto.goods import put


async def trips(client: Client, request: Awaitable[Answer], status: int = 200) -> int:
    pool = client.shop.hub.pool
    before = pool.round_trips
    answer = await request
    assert answer.status == status, answer.text
    return pool.round_trips - before


@pytest.fixture
async def warm(client: Client) -> Client:
    """A client whose token the hub has seen."""
    await put(client, "P", variations=[{"sku": f"V{at}", "quantity": 10, "price": 5} for at in range(4)])
    return client


async def test_reading_a_product_takes_two(warm: Client):
    assert await trips(warm, warm.get("/skus/V1")) <= 2
    assert await trips(warm, warm.get("/skus/V1")) <= 2


async def test_changing_stock_takes_four(warm: Client):
    for action in ("decrease", "increase", "update"):
        assert await trips(warm, warm.put("/skus/V1/stock", {"action": action, "quantity": 3})) <= 4


async def test_a_list_of_a_hundred_takes_three(warm: Client):
    for at in range(100):
        await put(warm, f"N{at}", price=at)

    assert await trips(warm, warm.get("/products", params={"limit": "100"})) <= 3
    assert await trips(warm, warm.get("/products", params={"limit": "100"})) <= 3
    assert await trips(warm, warm.get("/products", params={"limit": "100", "available": "0"})) <= 3


async def test_an_order_of_three_lines_that_holds_stock_takes_eight(warm: Client):
    def order(number: int) -> dict:
        return {
            "channel": "loja",
            "original_id": f"L-{number}",
            "auto_reserve": True,
            "payer_email": "ana@loja.example",
            "payer_name": "Ana",
            "items": [{"sku": f"V{at}", "quantity": 1, "price": 5} for at in range(3)],
        }

    first = await warm.post("/orders", order(1))
    assert first.status == 201, first.text

    assert await trips(warm, warm.post("/orders", order(2)), 201) <= 8


async def test_a_list_of_messages_takes_three_and_an_answer_seven(warm: Client):
    word = {"comment": "Chegou?"}
    made = [await warm.post("/messages", {"subject": str(at), "interections": word}) for at in range(20)]
    answer = {"interections": {"from": "seller", "comment": "Sim"}}
    first, second = (f"/messages/{one.json['Message']['id']}" for one in made[:2])

    assert await trips(warm, warm.get("/messages")) <= 3
    assert await trips(warm, warm.get(first)) <= 2
    await warm.put(first, answer)
    assert await trips(warm, warm.put(second, answer)) <= 7
