"""A delivery's life: claimed by one, in the order of its record, settled once, dead at the end and replayable."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from plughub.core import webhooks
from plughub.core.errors import NotFound
from plughub.core.events import Action
from plughub.core.webhooks import Delivery, Outcome, Sent, State, Subscription, Wanted
from plughub.delivery import native
from tests import make
from tests.core.webhooks.test_plan import due_at, happened, placed, planned, subscribed

LEASE = timedelta(seconds=15)


async def settled(shop: make.Shop, endpoint: Subscription, results, *, now: datetime | None = None) -> Subscription:
    now = now or shop.hub.now()
    async with shop.hub.change(shop.tenant.id) as tx:
        endpoint = await webhooks.subscription(tx, shop.tenant.id, endpoint.id)
        after, _ = await webhooks.settle(tx, shop.tenant.id, endpoint, native.STYLE, results, now=now)
    return after


def tried(shop: make.Shop, status: int | None = 500, **facts) -> Sent:
    return Sent(began_at=shop.hub.now(), seconds=0.25, status=status, **facts)


async def read(shop: make.Shop, id: UUID) -> Delivery:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await webhooks.delivery(tx, shop.tenant.id, id)


@pytest.fixture
async def endpoint(shop: make.Shop) -> Subscription:
    return await subscribed(shop, "product")


async def one_due(shop: make.Shop, **facts) -> UUID:
    record = await happened(shop, **facts)
    await placed(shop)
    return record


async def test_what_one_worker_has_claimed_no_other_gets(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)

    assert len(await make.claim(shop, endpoint)) == 1
    assert await make.claim(shop, endpoint) == []


async def test_a_claim_that_nobody_settled_is_taken_again_and_told_of(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)
    (lost,) = await make.claim(shop, endpoint, lease=LEASE)
    later = shop.hub.now() + LEASE

    (again,) = await make.claim(shop, endpoint, now=later)

    assert (again.id, again.attempt_count) == (lost.id, 2)
    async with shop.hub.read(shop.tenant.id) as tx:
        (interrupted,) = await webhooks.attempts(tx, shop.tenant.id, lost.id)
    assert (interrupted.number, interrupted.outcome) == (1, Outcome.INTERRUPTED)


async def test_a_worker_that_comes_late_changes_nothing(shop: make.Shop, endpoint: Subscription):
    """Its lease was over and another has sent it; what it did is remembered all the same."""
    await one_due(shop)
    (slow,) = await make.claim(shop, endpoint, lease=LEASE)
    (fast,) = await make.claim(shop, endpoint, now=shop.hub.now() + LEASE)
    await settled(shop, endpoint, [(fast, tried(shop, 200))])

    await settled(shop, endpoint, [(slow, tried(shop, 500))])

    assert (await read(shop, fast.id)).state is State.DELIVERED
    async with shop.hub.read(shop.tenant.id) as tx:
        outcomes = [a.outcome for a in await webhooks.attempts(tx, shop.tenant.id, fast.id)]
    assert sorted(outcomes) == [Outcome.DELIVERED, Outcome.FAILED, Outcome.INTERRUPTED]


async def test_an_earlier_delivery_of_a_record_holds_back_the_later_ones(shop: make.Shop, endpoint: Subscription):
    record = await one_due(shop, action=Action.CREATED)
    (first,) = await make.claim(shop, endpoint)
    await happened(shop, record=record)
    other = await one_due(shop)

    (taken,) = await make.claim(shop, endpoint)
    assert taken.record_id == other
    await settled(shop, endpoint, [(first, tried(shop, 500))])
    assert await make.claim(shop, endpoint) == []
    await settled(shop, endpoint, [(taken, tried(shop, 200))])

    # It would be asked for again and again, if the time of what is held back counted.
    retry = (await read(shop, first.id)).next_attempt_at
    assert await due_at(shop, endpoint) == retry
    (again,) = await make.claim(shop, endpoint, now=retry)
    await settled(shop, endpoint, [(again, tried(shop, 200))])
    (later,) = await make.claim(shop, endpoint)
    assert (later.record_id, later.action) == (record, "updated")


async def test_after_its_last_try_it_is_dead_and_can_be_sent_again(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)
    now = shop.hub.now()
    for _ in range(17):
        (delivery,) = await make.claim(shop, endpoint, now=now)
        await settled(shop, endpoint, [(delivery, tried(shop, None, trouble="no answer"))], now=now)
        delivery = await read(shop, delivery.id)
        now = delivery.next_attempt_at

    assert (delivery.state, delivery.attempt_count) == (State.DEAD, 17)
    assert await due_at(shop, endpoint) is None
    async with shop.hub.change(shop.tenant.id) as tx:
        dead = Wanted(states=[State.DEAD])
        assert await webhooks.count(tx, shop.tenant.id, dead) == 1
        assert await webhooks.again(tx, shop.tenant.id, [delivery.id], now=now) == 1
    replayed = await read(shop, delivery.id)
    assert (replayed.state, replayed.attempt_count, replayed.next_attempt_at) == (State.DUE, 0, now)


async def test_settling_keeps_status_reason_and_the_beginning_of_the_answer(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)
    (delivery,) = await make.claim(shop, endpoint)

    await settled(shop, endpoint, [(delivery, tried(shop, 503, answer=b"\x00\xff" * 4096))])

    async with shop.hub.read(shop.tenant.id) as tx:
        (attempt,) = await webhooks.attempts(tx, shop.tenant.id, delivery.id)
    assert (attempt.status, attempt.reason, attempt.seconds) == (503, "answered 503", 0.25)
    assert attempt.answer == b"\x00\xff" * 2048


async def test_health_counts_rounds_and_one_success_ends_it(shop: make.Shop, endpoint: Subscription):
    for _ in range(3):
        await happened(shop)
    await placed(shop)
    taken = await make.claim(shop, endpoint)

    after = await settled(shop, endpoint, [(one, tried(shop)) for one in taken])
    assert (after.failures, after.failing_since is not None) == (1, True)
    later = shop.hub.now() + timedelta(hours=1)
    taken = await make.claim(shop, endpoint, now=later)
    mixed = zip(taken, (500, 200, 500), strict=True)
    after = await settled(shop, endpoint, [(one, tried(shop, status)) for one, status in mixed])
    assert (after.failures, after.failing_since) == (0, None)


async def test_a_probe_is_the_least_tried_one(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)
    (stubborn,) = await make.claim(shop, endpoint)
    await settled(shop, endpoint, [(stubborn, tried(shop))])
    fresh = await one_due(shop)

    (probe,) = await make.claim(shop, endpoint, limit=1, probe=True, now=shop.hub.now() + timedelta(days=1))

    assert probe.record_id == fresh


async def test_an_operators_pause_outlives_what_was_on_its_way(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)
    (delivery,) = await make.claim(shop, endpoint)
    async with shop.hub.read(shop.tenant.id) as tx:
        before = await webhooks.subscription(tx, shop.tenant.id, endpoint.id)
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.pause(tx, shop.tenant.id, endpoint, "holidays", now=shop.hub.now())
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.settle(
            tx, shop.tenant.id, before, native.STYLE, [(delivery, tried(shop, 200))], now=shop.hub.now()
        )

    async with shop.hub.read(shop.tenant.id) as tx:
        after = await webhooks.subscription(tx, shop.tenant.id, endpoint.id)
    assert (after.pause_reason, await due_at(shop, endpoint)) == ("holidays", None)


async def test_what_was_planned_for_an_endpoint_ends_with_it(shop: make.Shop, endpoint: Subscription):
    await one_due(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.unsubscribe(tx, shop.tenant.id, endpoint.id, now=shop.hub.now())

    assert await planned(shop) == []
    assert await due_at(shop, endpoint) is None
    async with shop.hub.change(shop.tenant.id) as tx:
        (gone,) = await webhooks.deliveries(tx, shop.tenant.id, Wanted())
        assert gone.state is State.CANCELLED
        assert await webhooks.again(tx, shop.tenant.id, [gone.id], now=shop.hub.now()) == 0


async def test_lists_are_the_newest_first_and_filtered(shop: make.Shop, endpoint: Subscription):
    records = [await one_due(shop) for _ in range(3)]
    async with shop.hub.read(shop.tenant.id) as tx:
        listed = await webhooks.deliveries(tx, shop.tenant.id, Wanted())
        page = await webhooks.deliveries(tx, shop.tenant.id, Wanted(), before=listed[0].id, limit=1)
        of_one = await webhooks.deliveries(tx, shop.tenant.id, Wanted(records=[records[0]]))
        future = await webhooks.count(tx, shop.tenant.id, Wanted(since=shop.hub.now() + timedelta(hours=1)))
        with pytest.raises(NotFound):
            await webhooks.delivery(tx, shop.tenant.id, endpoint.id)

    assert [d.record_id for d in listed] == records[::-1]
    assert [d.record_id for d in page] == [records[1]]
    assert [d.record_id for d in of_one] == [records[0]]
    assert future == 0
