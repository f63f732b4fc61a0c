"""Steps of quantity, which this wire does not know: it neither shows nor touches them."""

from decimal import Decimal

from plughub.core import products
from plughub.core.patch import Merge, Patch
from plughub.core.prices import BASE
from tests import make
from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import get, nothing_happens, path, put, refusal


async def test_steps_of_quantity_stay_what_they_are(client: Client):
    rows: list[Patch] = [
        {"code": BASE, "min_quantity": Decimal(10), "amount": Decimal(50)},
        {"code": "b2b", "min_quantity": Decimal(10), "amount": Decimal(40)},
    ]
    made = await make.product(client.shop, "A", price=60)
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        steps: Patch = {"default": {"prices": Merge(rows, keys=("code",))}}
        await products.change(tx, client.shop.caller, made.id, steps)

    before = await get(client, "A")
    assert before["price_table"] == []
    async with nothing_happens(client):
        assert refusal(await client.put(path("A"), before))[1] == "not_updated"

    after = await put(client, "A", price_table=[{"code": "b2b", "price": 45}])
    assert [(row["code"], row["price"]) for row in after["price_table"]] == [("b2b", 45)]
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        default = (await products.by_id(tx, client.shop.caller, made.id)).value.default
    kept = {(row.code, row.min_quantity): row.amount for row in default.prices}
    assert kept == {(BASE, 10): 50, ("b2b", 10): 40, ("b2b", 1): 45}
