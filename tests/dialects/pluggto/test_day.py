"""A whole day of a Plugg.to client."""

import asyncio

from tests.dialects.pluggto.conftest import Client


async def test_a_product_with_variations_is_created_and_read_back(client: Client):
    answer = await client.put(
        "/skus/CAM-AZ",
        {
            "sku": "CAM-AZ",
            "name": "Camisa azul",
            "price": "59.90",
            "special_price": 50,
            "quantity": "0",
            "available": 1,
            "dimension": {"length": 30, "width": 20, "height": 3, "weight": 0.2},
            "categories": [{"name": "Moda"}, {"name": "Moda > Camisas"}],
            "price_table": [{"code": "b2w", "action": "increase", "percentage": 10}],
            "variations": [
                {
                    "sku": "CAM-AZ-M",
                    "quantity": 4,
                    "price": 59.9,
                    "attributes": [{"code": "size", "label": "Tamanho", "value": {"code": "m", "label": "M"}}],
                },
                {"sku": "CAM-AZ-G", "quantity": 1, "price": 59.9},
            ],
        },
    )

    assert answer.status == 200, answer.text
    product = answer.json["Product"]
    assert product["quantity"] == 5
    assert [v["sku"] for v in product["variations"]] == ["CAM-AZ-M", "CAM-AZ-G"]
    assert product["variations"][0]["attributes"][0]["value"] == {"code": "m", "label": "M"}
    assert (await client.get("/skus/CAM-AZ-G")).json == answer.json


async def test_an_order_runs_from_placed_to_delivered(client: Client):
    placed = await client.post(
        "/orders",
        {"channel": "Mercadolivre", "original_id": "MLB-1", "items": [{"sku": "X", "quantity": 2, "price": 5}]},
    )
    assert placed.status == 201, placed.text
    id = placed.json["Order"]["id"]

    for status in ("approved", "invoiced", "shipped", "delivered"):
        answer = await client.put(f"/orders/{id}", {"status": status})
        assert answer.status == 200, answer.text

    answer = await client.put(f"/orders/{id}", {"status": "approved"})
    assert (answer.status, answer.json["type"]) == (400, "invalid_status")


async def test_fifty_parallel_decreases_all_count(client: Client):
    await client.put("/skus/HOT", {"quantity": 50})

    answers = await asyncio.gather(
        *(client.put("/skus/HOT/stock", {"action": "decrease", "quantity": 1}) for _ in range(50))
    )

    assert {answer.status for answer in answers} == {200}
    assert (await client.get("/skus/HOT")).json["Product"]["quantity"] == 0
