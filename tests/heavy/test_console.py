"""Every page of the console in a shop with a hundred thousand products and as many orders."""

import time
from collections.abc import AsyncIterator
from statistics import median

import pytest

from plughub import console, sample
from plughub.core import ids
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.tenants import Tenant, create_tenant, furnish
from plughub.db import migrate
from tests.console.conftest import Person, employed
from tests.console.test_every_page import examples, looked_at
from tests.heavy import crowd

pytestmark = pytest.mark.heavy

MOST = 0.2
#: Asked for a page as small as it is for one as large as it is: never more statements with more records.
TRIPS = 14


@pytest.fixture(scope="module")
async def large(hub: Hub, database_url: str) -> AsyncIterator[Tenant]:
    id = TenantId(ids.new())
    async with hub.change(id) as tx:
        tenant = await create_tenant(tx, "large", id=id, **sample.TENANT)
        await furnish(tx, tenant)
    await sample.load(hub, tenant, lambda text: None)
    await crowd.grow(hub, id, products=100_000, orders=100_000)
    await migrate.count_rows(database_url)
    return tenant


@pytest.fixture(scope="module")
async def boss(hub: Hub, http, address: str, large: Tenant) -> Person:
    return await employed(hub, http, address, large)


@pytest.mark.timeout(900)
async def test_every_page_answers_within_a_fifth_of_a_second(hub: Hub, http, address, large, boss):
    async with hub.read(large.id) as tx:
        counts = await tx.one(
            "SELECT (SELECT count(*) FROM products) AS products, (SELECT count(*) FROM orders) AS orders"
        )
    assert counts["products"] >= 100_000
    assert counts["orders"] >= 100_000
    slow, many = {}, {}
    values = {"shop": large.code} | await examples(hub, large)
    for path in looked_at():
        address_of = f"{address}{console.MOUNT}{path.format(**values)}"
        seconds, trips = [], 0
        for _ in range(5):
            before, began = hub.pool.round_trips, time.perf_counter()
            async with http.get(address_of, headers=boss.headers, allow_redirects=False) as answer:
                size = len(await answer.read())
            seconds.append(time.perf_counter() - began)
            trips = hub.pool.round_trips - before
        print(f"{path:45} {answer.status} {median(seconds) * 1000:7.1f} ms {trips:3} trips {size / 1024:7.1f} KiB")
        assert answer.status in (200, 303), path
        if median(seconds) > MOST:
            slow[path] = round(median(seconds), 3)
        if trips > TRIPS:
            many[path] = trips
    assert (slow, many) == ({}, {})
