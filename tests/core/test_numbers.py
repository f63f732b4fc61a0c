"""Running numbers: unique per tenant and kind, whoever takes them."""

import asyncio

from plughub.core import ids
from plughub.core.hub import APP_ROLE, Hub
from plughub.core.numbers import Numbers
from plughub.db.pool import Pool, Session


async def test_processes_that_take_at_the_same_time_never_get_the_same_number(hub: Hub, database_url: str):
    processes = [Numbers(Pool(database_url, role=APP_ROLE, size=1, lend=Session)) for _ in range(4)]
    tenant = ids.new()

    async def take(numbers: Numbers, at: int) -> list[int]:
        return list(await numbers.take(tenant, "order", 1 + at % 7))

    taken = await asyncio.gather(*(take(numbers, at) for at in range(60) for numbers in processes))
    for numbers in processes:
        await numbers.close()

    given = [number for some in taken for number in some]
    assert len(given) == 4 * sum(1 + at % 7 for at in range(60)) == len(set(given))
    assert min(given) == 1001


async def test_tenants_and_kinds_count_for_themselves(hub: Hub):
    one, two = ids.new(), ids.new()

    assert [await hub.numbers.one(tenant, kind) for tenant in (one, two) for kind in ("order", "product")] == [1001] * 4
    assert [await hub.numbers.one(one, "order") for _ in range(3)] == [1002, 1003, 1004]


async def test_more_than_a_block_at_once_are_one_run(hub: Hub):
    tenant = ids.new()

    assert await hub.numbers.take(tenant, "order", 250) == range(1001, 1251)
    assert await hub.numbers.one(tenant, "order") == 1251


async def test_a_number_is_had_while_every_place_in_the_pool_is_taken(hub: Hub, database_url: str):
    small = Hub(database_url, keys=hub.keys, size=1)
    tenant = ids.new()
    async with asyncio.timeout(5), small.change(tenant) as tx:
        assert await tx.numbers.one(tenant, "order") == 1001
    await small.close()


async def test_a_rollback_gives_no_number_back(hub: Hub):
    tenant = ids.new()
    taken = []
    for _ in range(2):
        try:
            async with hub.change(tenant) as tx:
                taken.append(await tx.numbers.one(tenant, "order"))
                raise RuntimeError
        except RuntimeError:
            continue

    assert taken == [1001, 1002]
