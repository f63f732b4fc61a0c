"""Freight sources as they are kept: who is asked, and how the askings ended."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from plughub.core import connections, shipping
from plughub.core.errors import Duplicate, Invalid, Locked, NotFound
from plughub.core.hub import Hub
from plughub.core.shipping import Counts, Heard, Outcome, Quote, Unusable, rules
from tests import make
from tests.core.shipping.freights import source, sources
from tests.core.shipping.test_tables import history


async def active(shop: make.Shop) -> list[str]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return sorted(one.name for one in await shipping.active_sources(tx, shop.tenant.id))


async def change(shop: make.Shop, name: str, /, **fields):
    async with shop.hub.change(shop.tenant.id) as tx:
        return await shipping.change_source(tx, shop.caller, name, fields)


async def test_a_source_is_added_changed_and_removed_and_all_of_it_is_told(shop: make.Shop):
    made = await source(shop, "https://a.example/", name="a")
    changed, changes = await change(shop, "a", url="https://b.example/", budget_ms=300)
    async with shop.hub.change(shop.tenant.id) as tx:
        await shipping.remove_source(tx, shop.caller, "a")

    assert (changed.url, changed.budget_ms, len(changes)) == ("https://b.example/", 300, 2)
    assert await sources(shop) == []
    assert await history(shop, "freight_source", made.id) == [
        ("created", 1, {"name": (None, "a"), "url": (None, "https://a.example/")}),
        ("updated", 2, {"url": ("https://a.example/", "https://b.example/"), "budget_ms": (5000, 300)}),
        ("deleted", 3, {"name": ("a", None), "url": ("https://b.example/", None)}),
    ]


async def test_a_change_that_changes_nothing_is_not_told(shop: make.Shop):
    made = await source(shop, name="a")

    after, changes = await change(shop, "a", is_active=True)

    assert (after, changes) == (made, [])
    assert len(await history(shop, "freight_source", made.id)) == 1


async def test_only_active_sources_are_asked(shop: make.Shop):
    await source(shop, name="a")
    await source(shop, name="b")
    await change(shop, "a", is_active=False)

    assert await active(shop) == ["b"]


async def test_a_source_of_a_client_that_is_let_in_no_more_is_not_asked(shop: make.Shop):
    connection, _ = await make.connection(shop)
    await source(shop, name="a", connection=connection.id)
    before = await active(shop)

    async with shop.hub.change(shop.tenant.id) as tx:
        await connections.revoke(tx, shop.caller, connection)

    assert (before, await active(shop)) == (["a"], [])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://a.example"}, "url"),
        ({"budget_ms": 0}, "budget"),
        ({"budget_ms": 60_000}, "budget"),
        ({"name": " "}, "name"),
    ],
)
async def test_a_source_that_cannot_work_is_refused(shop: make.Shop, fields, field):
    with pytest.raises(Invalid) as caught:
        await source(shop, **{"url": "https://a.example/", **fields})

    assert caught.value.field == field
    assert await sources(shop) == []


async def test_a_name_that_is_taken_is_refused(shop: make.Shop):
    await source(shop, name="a")
    await source(shop, name="b")

    with pytest.raises(Duplicate):
        await source(shop, name="a")
    with pytest.raises(Duplicate):
        await change(shop, "b", name="a")
    with pytest.raises(NotFound):
        await change(shop, "c", name="d")


async def test_there_is_an_end_to_how_many_are_asked_at_once(shop: make.Shop):
    made = await asyncio.gather(*(source(shop) for _ in range(25)), return_exceptions=True)

    assert sum(isinstance(one, Locked) for one in made) == 5
    assert len(await sources(shop)) == rules.MOST_SOURCES


def heard(of, outcome, at, reason=None):
    return Heard(source=of, outcome=outcome, at=at, reason=reason)


async def test_what_was_heard_is_added_up_in_one_statement(shop: make.Shop):
    one, other = await source(shop, name="a"), await source(shop, name="b")
    now = shop.hub.now()
    later, last = now + timedelta(seconds=1), now + timedelta(seconds=2)
    told = [
        heard(one, Outcome.ANSWERED, now),
        heard(one, Outcome.LATE, last, "no answer within 200 ms"),
        heard(other, Outcome.FAILED, now, "answered with status 500"),
        heard(one, Outcome.FAILED, later, "its answer is no JSON"),
        heard(one, Outcome.ANSWERED, later),
    ]

    async with shop.hub.read(shop.tenant.id) as tx:
        before = shop.hub.pool.round_trips
        await shipping.count(tx, shop.tenant.id, told)
        assert shop.hub.pool.round_trips == before + 1
        # What a slower process adds does not hide what came after it.
        await shipping.count(tx, shop.tenant.id, [heard(one, Outcome.FAILED, now, "long ago")])

    first, second = await sources(shop)
    assert first.counts == Counts(
        answered=2,
        late=1,
        failed=2,
        last_answered_at=later,
        last_failed_at=last,
        last_failure="no answer within 200 ms",
    )
    assert (first.counts.asked, first.version) == (5, 1)
    assert second.counts == Counts(failed=1, last_failed_at=now, last_failure="answered with status 500")


async def test_counts_of_several_processes_all_count(shop: make.Shop):
    made = [await source(shop, name=name) for name in "abc"]

    async def process(number: int) -> None:
        # Each names them in another order.
        told = [heard(one, Outcome.ANSWERED, shop.hub.now()) for one in made[number % 3 :] + made[: number % 3]]
        async with shop.hub.step(shop.tenant.id) as tx:
            await shipping.count(tx, shop.tenant.id, told)

    await asyncio.gather(*(process(number) for number in range(40)))

    assert [one.counts.answered for one in await sources(shop)] == [40, 40, 40]


async def test_counting_waits_for_nobody_and_is_not_lost_when_the_hub_stops(shop: make.Shop, database_url: str):
    made = await source(shop, name="a")
    hub = Hub(database_url, keys=shop.hub.keys, size=1)
    batches = []

    async def write(batch):
        batches.append(len(batch))
        async with hub.step(shop.tenant.id) as tx:
            await shipping.count(tx, shop.tenant.id, batch)

    for _ in range(50):
        hub.later.add("sources", [heard(made, Outcome.LATE, hub.now(), "late")], write)
        # A little of the writing happens in between.
        await asyncio.sleep(0)
    await hub.close()

    assert (await sources(shop))[0].counts.late == 50
    assert len(batches) < 50


async def test_a_batch_that_the_database_did_not_take_is_written_again(shop: make.Shop):
    tries = []

    async def write(batch):
        tries.append(list(batch))
        if len(tries) == 1:
            async with shop.hub.step(shop.tenant.id) as tx:
                await tx.run("SET statement_timeout = 1")
                try:
                    await tx.run("SELECT pg_sleep(1)")
                finally:
                    await tx.run("SET statement_timeout = 5000")

    shop.hub.later.add("tries", [1, 2], write)
    await shop.hub.later.close()

    assert tries == [[1, 2], [1, 2]]


async def test_all_are_asked_at_once_and_one_that_hangs_costs_its_own_budget_only(shop: make.Shop):
    quick, bad, broken = await source(shop, name="q"), await source(shop, name="x"), await source(shop, name="y")
    slow = await source(shop, name="s", budget_ms=50)
    started: list[str] = []
    everybody = asyncio.Event()
    cancelled: list[str] = []

    async def how(one, seconds):
        started.append(one.name)
        if len(started) == 4:
            everybody.set()
        await everybody.wait()
        if one.name == "x":
            raise Unusable("answered with status 500")
        if one.name == "y":
            raise ZeroDivisionError
        if one.name == "s":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(one.name)
                raise
        return [Quote(method="M", company="C", price=5)]

    # Far more than its budget, far less than for ever.
    async with asyncio.timeout(2):
        found = {one.source.name: one for one in await shipping.ask([quick, bad, slow, broken], how, shop.hub.now)}

    assert [(name, one.outcome, one.reason) for name, one in sorted(found.items())] == [
        ("q", "answered", None),
        ("s", "late", "no answer within 50 ms"),
        ("x", "failed", "answered with status 500"),
        ("y", "failed", "could not be asked"),
    ]
    assert shipping.merged(found.values()) == [Quote(method="M", company="C", price=5)]
    assert cancelled == ["s"]


def test_an_answer_counts_until_a_little_before_the_budget_ends(shop: make.Shop):
    one = shipping.FreightSource(id=shop.tenant.id)

    assert [rules.listening(replace(one, budget_ms=ms)) for ms in (200, 1000, 30, 20)] == [0.17, 0.97, 0.015, 0.01]
