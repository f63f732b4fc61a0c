"""The same buyer is one customer, however many orders come in at once."""

import asyncio

from plughub.core import customers, events
from plughub.core.customers import Customer
from plughub.core.hub import Hub
from tests import make

ANA = Customer(name="Ana", email="ana@example.com")


async def remembered(shop: make.Shop, key: str, customer: Customer = ANA):
    async with shop.hub.change(shop.tenant.id) as tx:
        return await customers.remember(tx, shop.caller, key, customer)


async def known(shop: make.Shop) -> list:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await customers.customers(tx, shop.caller)


async def test_twenty_orders_at_once_make_one_customer_and_one_event(shop: make.Shop):
    found = await asyncio.gather(*(remembered(shop, "mail:ana@example.com") for _ in range(20)))

    assert len(set(found)) == 1
    assert [(record.id, record.value) for record in await known(shop)] == [(found[0], ANA)]
    async with shop.hub.read(shop.tenant.id) as tx:
        assert len(await events.history(tx, shop.tenant.id, "customer", found[0])) == 1


async def test_a_buyer_of_two_tenants_is_two_customers(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)

    one, two = await remembered(shop, "tax:1"), await remembered(other, "tax:1", Customer(name="Bia"))

    assert one != two
    assert [record.value.name for record in (*await known(shop), *await known(other))] == ["Ana", "Bia"]


async def test_who_is_known_stays_as_first_named(shop: make.Shop):
    await remembered(shop, "tax:1")
    await remembered(shop, "tax:1", Customer(name="Someone else"))

    assert [record.value for record in await known(shop)] == [ANA]
