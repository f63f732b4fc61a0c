"""How often a request goes to the database: what a timing could not say on every machine."""

from collections.abc import Awaitable

import pytest

from tests import make
from tests.dialects.plugboard.conftest import Answer, Client


async def trips(client: Client, request: Awaitable[Answer], status: int = 200) -> int:
    pool = client.shop.hub.pool
    before = pool.round_trips
    answer = await request
    assert answer.status == status, answer.text
    return pool.round_trips - before


@pytest.fixture
async def warm(client: Client) -> Client:
    """A client whose password the hub has seen."""
    await make.product(client.shop, "P", variants={f"V{at}": 10 for at in range(4)})
    assert (await client.get("/")).status == 200
    return client


async def by_sku(client: Client, *skus: str) -> Answer:
    value = {"type": "str", "value": list(skus)}
    return await client.post("/product/query", {"filter": {"type": "in", "field": "sku", "value": value}})


async def test_reading_a_product_by_its_skus_takes_two(warm: Client):
    family = [f"V{at}" for at in range(4)]

    assert await trips(warm, by_sku(warm, *family)) <= 2
    assert await trips(warm, by_sku(warm, *family)) <= 2
    assert [one["sku"] for one in (await by_sku(warm, *family)).json] == family


async def test_reading_a_product_by_its_id_takes_two(warm: Client):
    path = (await by_sku(warm, "V1")).json[0]["href"].removeprefix("/plugboard/api")

    assert await trips(warm, warm.get(path)) <= 2


async def test_setting_stock_takes_four(warm: Client):
    path = (await by_sku(warm, "V1")).json[0]["href"].removeprefix("/plugboard/api")

    for stock in ("7", "8", "8"):
        assert await trips(warm, warm.put(path, {"stock": stock})) <= 4


async def test_a_list_of_a_hundred_takes_three(warm: Client):
    for at in range(100):
        await make.product(warm.shop, f"N{at}", price=at + 1)

    assert await trips(warm, warm.post("/product/query", {"numRecords": 100})) <= 3
    assert await trips(warm, warm.get("/product?numRecords=100&modifiedAtOrAfter=2020-01-01T00:00:00Z")) <= 3
    assert await trips(warm, warm.get("/product?numRecords=100")) <= 3


async def test_an_order_of_three_rows_takes_eight(warm: Client):
    def order(number: int) -> dict:
        price = {"currency": "SEK", "amount": "5"}
        rows = [{"rowType": "product", "sku": f"V{at}", "qty": "1", "pricePerUnitExclVat": price} for at in range(3)]
        return {
            "remoteId": f"L-{number}",
            "remoteOrderNo": f"L-{number}",
            "currency": "SEK",
            "billingAddress": {"firstName": "Ana", "email": "ana@loja.example"},
            "orderRows": rows,
        }

    first = await warm.post("/order", order(1))
    assert first.status == 201, first.text

    assert await trips(warm, warm.post("/order", order(2)), 201) <= 8
