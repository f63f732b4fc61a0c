"""The first page: each number is right, leads to its records, and costs the same however many there are."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from plughub.core import orders
from plughub.core.hub import Hub
from plughub.core.orders import OrderStatus
from tests import make
from tests.console.conftest import Person, employed

#: Noon of a Sunday in Auckland, where it is still Saturday elsewhere.
NOON = datetime(2026, 11, 21, 23, tzinfo=UTC)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


async def placed(shop: make.Shop, at: datetime, total: str, status: OrderStatus = OrderStatus.PAID, **fields: object):
    given = {"channel": "loja", "channel_number": f"{at} {total}", "total": Decimal(total), "status": status, **fields}
    async with shop.hub.change(shop.tenant.id) as tx:
        return await orders.place(tx, shop.caller, given, at=at)


async def days(shop: make.Shop, since: datetime, before: datetime):
    async with shop.hub.read(shop.tenant.id) as tx:
        return await orders.days(tx, shop.caller, since, zone=shop.tenant.time_zone, before=before)


async def test_a_day_is_the_shops_own_and_canceled_orders_bring_nothing(hub: Hub):
    shop = await make.shop(hub, time_zone="Pacific/Auckland")
    midnight = datetime(2026, 11, 21, 11, tzinfo=UTC)
    await placed(shop, midnight - timedelta(seconds=1), "1")
    await placed(shop, midnight, "10")
    await placed(shop, NOON, "20")
    await placed(shop, NOON, "400", OrderStatus.CANCELED)
    await placed(shop, NOON, "5", currency="USD")

    found = await days(shop, midnight, NOON)

    told = [(str(one.day), one.currency, one.orders, one.revenue, one.orders_before) for one in found]
    assert told == [("2026-11-22", "BRL", 3, 30, 1), ("2026-11-22", "USD", 1, 5, 0)]


async def test_late_is_what_is_paid_should_have_left_and_has_not(hub: Hub):
    shop = await make.shop(hub)
    due = NOON - timedelta(seconds=1)
    await placed(shop, NOON, "1", expected_send=due)
    await placed(shop, NOON, "2", OrderStatus.INVOICED, expected_send=due)
    for total, status in enumerate(
        (OrderStatus.PENDING, OrderStatus.SHIPPED, OrderStatus.CANCELED, OrderStatus.ON_HOLD)
    ):
        await placed(shop, NOON, f"3{total}", status, expected_send=due)
    await placed(shop, NOON, "4", expected_send=NOON + timedelta(seconds=1))
    await placed(shop, NOON, "5")

    async with hub.read(shop.tenant.id) as tx:
        assert await orders.late_count(tx, shop.caller, NOON) == 2


def card(text: str, title: str) -> tuple[str, str]:
    """The number of a card, and where it leads."""
    found = re.search(rf'<h2>{title}</h2>\s*<a class="big[^"]*" href="([^"]*)">([^<]*)</a>', text)
    assert found, title
    return found[2].replace("\u00a0", " "), found[1].replace("&amp;", "&")


async def test_each_number_leads_to_its_records(hub: Hub, http, address):
    shop = await make.shop(hub, time_zone="America/Sao_Paulo")
    person = await employed(hub, http, address, shop.tenant)
    now = hub.now()
    today = now.astimezone(SAO_PAULO).date()
    await make.product(shop, "FEW", quantity=5)
    await make.product(shop, "NONE", quantity=0)
    await make.product(shop, "MANY", quantity=6)
    await placed(shop, now, "59.90", expected_send=now - timedelta(hours=1))
    week = now - timedelta(days=7, minutes=1)
    await placed(shop, week, "10")

    status, text = await person.get()

    assert status == 200
    base = person.shop.removeprefix(address)
    assert card(text, "Orders today") == ("1", f"{base}/orders?since={today}&until={today}")
    assert card(text, "Revenue today")[0] == "59.90 BRL"
    assert card(text, "Late shipments") == ("1", f"{base}/orders?late=yes")
    assert card(text, "Low stock") == ("2", f"{base}/stock?show=low&up_to=5")
    assert card(text, "Deliveries failing") == ("0", f"{base}/deliveries")
    if week.astimezone(SAO_PAULO).date() == today - timedelta(days=7):
        assert "1 by this time last" in text


async def test_the_first_page_costs_the_same_however_much_there_is(hub: Hub, person: Person, shop: make.Shop):
    for at in range(12):
        await make.product(shop, f"P{at}")
        await make.connection(shop)
        await placed(shop, hub.now() - timedelta(days=at), "1")

    before = hub.pool.round_trips
    assert (await person.get())[0] == 200
    assert hub.pool.round_trips - before <= 13


async def test_who_has_no_connection_is_led_to_the_first_one(person: Person):
    _, text = await person.get()

    assert "Connect the first one" in text


@pytest.mark.parametrize("path", ["", "/deliveries"])
async def test_a_hub_whose_worker_is_silent_says_so(hub: Hub, person: Person, path: str):
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM heartbeats")
    assert "the worker was not heard of" in (await person.get(path))[1]

    async with hub.step(None) as tx:
        await tx.run("INSERT INTO heartbeats (process, seen_at, counts) VALUES ('a test', $1, '{}')", hub.now())
    try:
        assert "the worker was" not in (await person.get(path))[1]
    finally:
        async with hub.step(None) as tx:
            await tx.run("DELETE FROM heartbeats WHERE process = 'a test'")


async def test_each_connection_shows_its_last_call(owner: Person):
    """That of the sample shop's client was refused."""
    assert "<small>PUT, 404</small>" in (await owner.get())[1]
