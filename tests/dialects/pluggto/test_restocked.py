"""The answer to a stock change is made from what was shown before; it has to be what a fresh reading shows."""

import random

import pytest

from tests.dialects.pluggto.conftest import Client, client_of

VARIED = {
    "name": "Camisa",
    "price": "59.90",
    "cost": "12.345",
    "raw": {"kept": 1.10},
    "variations": [{"sku": f"V-{size}", "quantity": 3, "price": 59.9, "note": "own"} for size in "PMG"],
}
PLAIN = {"name": "Caneca", "price": 10, "quantity": 4}
TABLED = {"name": "Mesa", "stock_table": [{"code": "cd-sp", "quantity": 7}, {"code": "loja", "quantity": 2}]}


@pytest.mark.parametrize("seed", range(3))
async def test_every_answer_is_what_a_fresh_reading_shows(client: Client, seed: int):
    chance = random.Random(seed)
    for sku, body in (("VARIED", VARIED), ("PLAIN", PLAIN), ("TABLED", TABLED)):
        assert (await client.put(f"/skus/{sku}", body)).status == 200

    for _ in range(60):
        sku = chance.choice(["V-P", "V-M", "V-G", "PLAIN", "TABLED"])
        change = {"action": chance.choice(["increase", "decrease", "update"]), "quantity": chance.randrange(6)}
        if chance.random() < 0.2:
            change["stock_code"] = "cd-sp"
        answer = await client.put(f"/skus/{sku}/stock", change)

        assert answer.status == 200, answer.text
        product = answer.json["Product"]
        assert (await client.get(f"/products/{product['id']}")).json["Product"] == product


async def test_what_another_connection_changed_in_between_is_in_the_answer(client: Client):
    other = await client_of(client.http, client.base.removesuffix("/pluggto"), client.shop)
    await client.put("/skus/PLAIN", PLAIN)
    await client.put("/skus/PLAIN/stock", {"action": "increase", "quantity": 1})

    await other.put("/skus/PLAIN", {"brand": "Azul"})
    answer = await client.put("/skus/PLAIN/stock", {"action": "increase", "quantity": 1})

    assert (answer.json["Product"]["brand"], answer.json["Product"]["quantity"]) == ("Azul", 6)
    assert answer.json["Product"]["modified_by"] == client.credentials.client_id
