"""Figures of connections: every call counts once, in the tenant's day; the newest is told of."""

from datetime import UTC, datetime, timedelta

from plughub.core import traffic
from plughub.core.traffic import Call, Traffic
from tests import make

#: 23:30 in São Paulo.
EVENING = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)


def call(at: datetime, status: int = 200, path: str = "/products") -> Call:
    return Call(at, "GET", path, status)


async def figures(shop: make.Shop, now: datetime) -> Traffic:
    async with shop.hub.read(shop.tenant.id) as tx:
        return next(iter((await traffic.traffic(tx, shop.tenant.id, now)).values()))


async def test_a_day_ends_at_midnight_where_the_shop_is(shop: make.Shop):
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        await tx.run("UPDATE tenants SET time_zone = 'America/Sao_Paulo' WHERE id = $1", shop.tenant.id)
        noted = [(connection.id, call(EVENING, status), None) for status in (200, 404, 500)]
        await traffic.count(tx, shop.tenant.id, noted)

    seen = await figures(shop, EVENING)
    assert (seen.calls, seen.failures, seen.calls_today, seen.failures_today) == (3, 2, 3, 2)
    morning = EVENING + timedelta(hours=1)
    seen = await figures(shop, morning)
    assert (seen.calls, seen.calls_today, seen.failures_today) == (3, 0, 0)

    async with shop.hub.change(shop.tenant.id) as tx:
        await traffic.count(tx, shop.tenant.id, [(connection.id, call(morning), None)])
    seen = await figures(shop, morning)
    assert (seen.calls, seen.calls_today, seen.failures_today) == (4, 1, 0)
    assert (seen.last, seen.failed) == (call(morning), call(EVENING, 500))


async def test_what_another_process_tells_late_counts_and_takes_the_place_of_nothing_newer(shop: make.Shop):
    connection, _ = await make.connection(shop)
    now, before = EVENING, EVENING - timedelta(days=1)
    for batch in ([call(now, 400, "/new")], [call(before, 500, "/old"), call(before)]):
        async with shop.hub.change(shop.tenant.id) as tx:
            await traffic.count(tx, shop.tenant.id, [(connection.id, one, None) for one in batch])

    seen = await figures(shop, now)
    assert (seen.calls, seen.failures, seen.calls_today, seen.failures_today) == (3, 2, 1, 1)
    assert (seen.last.path, seen.failed and seen.failed.path) == ("/new", "/new")
