"""Orders by whatever a person knows of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from plughub.core import customers, orders
from plughub.core.caller import Caller
from plughub.core.filters import Filter
from plughub.core.hub import Hub
from plughub.core.listing import Query
from plughub.core.orders import OrderStatus
from plughub.core.patch import Merge
from tests import make

PAYER = {
    "first_name": "João", "last_name": "Conceição", "email": "Joao.C@Exemplo.example",
    "person_tax_id": "123.456.789-09", "phone_area": "11", "phone": "98765-4321", "address": {"city": "São Paulo"},
}  # fmt: skip
RECEIVER = {"full_name": "Lia Ávila", "email": "lia@exemplo.example"}
KNOWN = [
    "LU-77", "BR-1", "br-1", "PB348014245BR", "pb348014245br", "48581", "3526", "PG-9",
    "joão", "CONCEICAO", "joao conceição", "conc", "lia", "lia avila", "123.456.789-09", "12345678909", "98765",
    "joao.c@exemplo", "Joao.C@Exemplo.example", "lia@exemplo.example", "sao paulo", "remote 5", "  LU-77 ", "P-100",
]  # fmt: skip


async def found(hub: Hub, caller: Caller, where: Filter) -> list[str | None]:
    async with hub.read(caller.tenant) as tx:
        page = await orders.listing(tx, caller, Query(where=where, walks=False))
    return [record.value.channel_number for record in page.records]


@pytest.fixture(scope="module")
async def stocked(hub: Hub) -> make.Shop:
    """A shop with the order that is looked for, another one, and a neighbour with the same."""
    shop, neighbour = await make.shop(hub), await make.shop(hub)
    connection, _ = await make.connection(shop)
    for each in (shop, neighbour):
        shipment = {"track_code": "PB348014245BR", "invoice": {"number": "48581", "key": "3526"}}
        record = await make.order(
            each, {"sku": "BR-1", "quantity": 1, "price": Decimal(5)}, channel_number="LU-77", payer=PAYER,
            receiver=RECEIVER, shipments=Merge([shipment]), payments=Merge([{"external": "PG-9"}]),
            numbers={connection.id.hex: "P-100"},
        )  # fmt: skip
    record = (await listing(hub, shop))[0]
    mine = Caller(tenant=shop.tenant.id, company=shop.tenant.id, actor="x", connection=connection.id)
    async with hub.change(shop.tenant.id) as tx:
        await orders.change(tx, mine, record, {"remote_id": "remote 5"})
    other = {"first_name": "Ana", "last_name": "Souza", "email": "ana@exemplo.example"}
    await make.order(shop, {"sku": "X", "quantity": 1}, channel_number="other", payer=other)
    return shop


async def listing(hub: Hub, shop: make.Shop):
    async with hub.read(shop.tenant.id) as tx:
        return [head.id for head in (await orders.heads(tx, shop.caller, Query(walks=False))).records]


@pytest.mark.parametrize("text", KNOWN)
async def test_an_order_is_found_by(hub: Hub, stocked: make.Shop, text: str):
    assert await found(hub, stocked.caller, orders.anything(text)) == ["LU-77"]


async def test_an_order_is_found_by_its_running_number_in_its_own_shop_only(hub: Hub, stocked: make.Shop):
    first, second = await listing(hub, stocked)
    async with hub.read(stocked.tenant.id) as tx:
        numbers = await orders.numbers(tx, stocked.caller, [first, second])
        assert await orders.by_number(tx, stocked.caller, numbers[second]) == second
    assert await found(hub, stocked.caller, orders.anything(str(numbers[second]))) == ["other"]
    stranger = await make.shop(hub)
    assert await found(hub, stranger.caller, orders.anything("LU-77")) == []


@pytest.mark.parametrize("text", ["LU-7", "João Souza", "8580", "x y z", "%", "_", "9" * 40, "\\", "xx"])
async def test_what_no_order_has_finds_none(hub: Hub, stocked: make.Shop, text: str):
    assert await found(hub, stocked.caller, orders.anything(text)) == []


async def test_a_number_under_which_another_system_shows_it_is_found(hub: Hub, shop: make.Shop):
    connection, _ = await make.connection(shop)
    record = await make.order(shop, channel_number="A")
    async with hub.change(shop.tenant.id) as tx:
        await orders.change(tx, shop.caller, record.id, {"numbers": {connection.id.hex: "Pedido-5"}})
    assert await found(hub, shop.caller, orders.anything("pedido-5")) == ["A"]


async def test_late_is_what_should_have_left_and_is_still_here(hub: Hub, shop: make.Shop):
    now = datetime.now(UTC)
    for name, status, days in (
        ("late", OrderStatus.INVOICED, -1), ("in time", OrderStatus.INVOICED, 1), ("unpaid", OrderStatus.PENDING, -1),
        ("gone", OrderStatus.SHIPPED, -1), ("called off", OrderStatus.CANCELED, -1),
    ):  # fmt: skip
        await make.order(shop, channel_number=name, status=status, expected_send=now + timedelta(days=days))
    await make.order(shop, channel_number="no day", status=OrderStatus.PAID)
    assert await found(hub, shop.caller, orders.late(now)) == ["late"]


@pytest.mark.parametrize("text", ["joão", "CONCEI", "exemplo.example", "são p", "12345678909", "123.456", "4321"])
async def test_a_customer_is_found_by(hub: Hub, stocked: make.Shop, text: str):
    async with hub.read(stocked.tenant.id) as tx:
        page = await customers.listing(tx, stocked.caller, Query(where=customers.anything(text), walks=False))
        bought = await orders.bought(tx, stocked.caller, [record.id for record in page.records])
    assert "João Conceição" in [record.value.name for record in page.records]
    assert {one.orders for one in bought.values()} == {1}


async def test_a_customer_who_fits_nothing_is_not_found(hub: Hub, stocked: make.Shop):
    for text in ("joana", "999999", "%", "João Souza"):
        async with hub.read(stocked.tenant.id) as tx:
            page = await customers.listing(tx, stocked.caller, Query(where=customers.anything(text), walks=False))
        assert page.records == []
