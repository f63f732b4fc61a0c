"""Sending: the exact calendar, what counts as success, probes, pauses, signatures, and the order of a record."""

import asyncio
import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from plughub import app
from plughub.core import products, webhooks
from plughub.core.ids import hex24
from plughub.core.webhooks import Delivery, Outcome, State
from plughub.delivery.pump import Pump
from plughub.outbound import NotSent, Outbound, Policy
from tests import make
from tests.delivery.receiver import Received, Receiver, receiving
from tests.delivery.stage import Stage

MINUTE = timedelta(minutes=1)


async def test_a_receiver_that_fails_for_four_days_is_tried_nine_times_at_the_minute(stage: Stage, receiver: Receiver):
    """Plugg.to's steps (S): 5 min, 15 min, 1 h, 2 h, 3 h, 12 h, 24 h, 2 d, each after the failure before."""
    endpoint = await stage.endpoint(receiver.url)
    receiver.status = 500
    began = stage.clock.at
    await make.product(stage.shop)
    await stage.relay()

    tried_at = []
    while (at := await stage.due_at(endpoint)) is not None:
        stage.clock.at = max(at, began)
        before = len(receiver.received)
        await stage.pump(endpoint)
        tried_at += [(stage.clock.at - began) / MINUTE] * (len(receiver.received) - before)

    assert tried_at == [0, 5, 20, 80, 200, 380, 1100, 2540, 5420]
    (dead,) = await stage.deliveries()
    assert (dead.state, dead.attempt_count) == (State.DEAD, 9)
    assert len({call.headers["webhook-id"] for call in receiver.received}) == 1

    receiver.status = 200
    stage.clock.forward(minutes=1)
    async with stage.hub.change(stage.shop.tenant.id) as tx:
        await webhooks.again(tx, stage.shop.tenant.id, [dead.id], now=stage.clock.at)
    await stage.pump(endpoint)
    assert [d.state for d in await stage.deliveries()] == [State.DELIVERED]
    async with stage.hub.read(stage.shop.tenant.id) as tx:
        attempts = await webhooks.attempts(tx, stage.shop.tenant.id, dead.id)
    assert [a.outcome for a in attempts] == [Outcome.FAILED] * 9 + [Outcome.DELIVERED]
    assert [a.status for a in attempts] == [500] * 9 + [200]


async def test_nothing_is_tried_a_moment_too_early(stage: Stage, receiver: Receiver):
    endpoint = await stage.endpoint(receiver.url)
    receiver.status = 500
    await make.product(stage.shop)
    await stage.told(endpoint)
    stage.clock.forward(minutes=4, seconds=59.9)

    assert await stage.pump(endpoint) == 0
    stage.clock.forward(seconds=0.1)
    assert await stage.pump(endpoint) == 1


@pytest.mark.parametrize(("status", "state"), [(200, State.DELIVERED), (201, State.DUE), (204, State.DUE)])
async def test_only_200_is_success(stage: Stage, receiver: Receiver, status: int, state: State):
    endpoint = await stage.endpoint(receiver.url)
    receiver.status = status
    await make.product(stage.shop)
    await stage.told(endpoint)

    assert [d.state for d in await stage.deliveries()] == [state]


async def test_a_redirection_is_a_failure_and_nobody_follows_it(stage: Stage, receiver: Receiver):
    endpoint = await stage.endpoint(receiver.url)
    receiver.status, receiver.headers = 302, {"location": receiver.url + "/elsewhere"}
    await make.product(stage.shop)
    await stage.told(endpoint)

    assert [call.path for call in receiver.received] == ["/hook"]
    (delivery,) = await stage.deliveries()
    assert (delivery.state, delivery.next_attempt_at) == (State.DUE, stage.clock.at + 5 * MINUTE)


async def test_a_receiver_that_cannot_be_reached_is_a_failure_with_its_reason(stage: Stage):
    async with receiving() as gone:
        url = gone.url
    endpoint = await stage.endpoint(url)
    await make.product(stage.shop)
    await stage.told(endpoint)

    (delivery,) = await stage.deliveries()
    async with stage.hub.read(stage.shop.tenant.id) as tx:
        (attempt,) = await webhooks.attempts(tx, stage.shop.tenant.id, delivery.id)
    assert (attempt.status, attempt.reason) == (None, "No connection to the address could be opened.")


async def test_the_hubs_own_webhooks_go_to_https_only(stage: Stage):
    async def public(_host: str) -> list[str]:
        return ["8.8.8.8"]

    endpoint = await stage.endpoint("http://shop.example/hook", "native", "product")
    await make.product(stage.shop)
    await stage.relay()
    outbound = Outbound(Policy(), resolver=public)
    await Pump(stage.hub, outbound, app.STYLES, stage.counts).run(stage.job(endpoint))
    await outbound.close()

    (delivery,) = await stage.deliveries()
    async with stage.hub.read(stage.shop.tenant.id) as tx:
        (attempt,) = await webhooks.attempts(tx, stage.shop.tenant.id, delivery.id)
    assert attempt.reason == str(NotSent("refused"))


async def test_every_delivery_is_signed_over_the_bytes_that_are_sent(stage: Stage, receiver: Receiver):
    """Standard Webhooks: HMAC-SHA256 over id.timestamp.body; for a day after a rotation by both secrets."""
    endpoint = await stage.endpoint(receiver.url)
    await make.product(stage.shop)
    await stage.told(endpoint)
    async with stage.hub.change(stage.shop.tenant.id) as tx:
        await webhooks.rotate(tx, stage.shop.tenant.id, endpoint, now=stage.clock.at)
    for _ in range(2):
        await make.product(stage.shop)
        await stage.told(endpoint)
        stage.clock.forward(days=1)

    old, new = (stage.hub.keys.webhook_secret(endpoint.id, number) for number in (1, 2))
    assert [signers(call, {"old": old, "new": new}) for call in receiver.received] == [
        ["old"], ["new", "old"], ["new"],
    ]  # fmt: skip


def signers(call: Received, secrets: dict[str, bytes]) -> list[str]:
    signed = b".".join((call.headers["webhook-id"].encode(), call.headers["webhook-timestamp"].encode(), call.body))
    names = {
        "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode(): name
        for name, secret in secrets.items()
    }
    return [names.get(one, "unknown") for one in call.headers["webhook-signature"].split()]


async def test_changes_of_one_record_arrive_in_their_order_one_at_a_time(stage: Stage, receiver: Receiver):
    endpoint = await stage.endpoint(receiver.url)
    at_once, most = 0, 0

    async def slowly(_: Received) -> web.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        for _ in range(50):
            await asyncio.sleep(0)
        at_once -= 1
        return web.Response()

    receiver.answer = slowly
    product = await make.product(stage.shop)
    async with stage.hub.change(stage.shop.tenant.id) as tx:
        await products.change(tx, stage.shop.caller, product.id, {"brand": "Novo"})
        await products.delete(tx, stage.shop.caller, product.id)
    await stage.told(endpoint)

    kinds = [(call.json["type"], call.json["action"]) for call in receiver.received]
    assert kinds == [("products", "created"), ("products", "updated"), ("skus", "deleted")]
    assert most == 1


async def test_a_failing_record_does_not_hold_up_the_others(stage: Stage, receiver: Receiver):
    endpoint = await stage.endpoint(receiver.url)
    bad, good = await make.product(stage.shop), await make.product(stage.shop)

    async def picky(call: Received) -> web.Response:
        return web.Response(status=500 if call.json["id"] == hex24(bad.id) else 200)

    receiver.answer = picky
    await stage.told(endpoint)

    states = {d.record_id: d.state for d in await stage.deliveries()}
    assert states == {bad.id: State.DUE, good.id: State.DELIVERED}


async def test_a_native_receiver_that_is_down_gets_one_probe_and_all_the_rest_once_it_is_back(
    stage: Stage, receiver: Receiver
):
    endpoint = await stage.endpoint(receiver.url, "native", "product")
    receiver.status = 500
    for _ in range(12):
        await make.product(stage.shop)
    await stage.relay()
    while (await stage.health(endpoint)).failures < 5:
        stage.clock.at = max(stage.clock.at, await stage.due_at(endpoint))
        await stage.pump(endpoint)
    before = len(receiver.received)

    stage.clock.at = await stage.due_at(endpoint)
    await stage.pump(endpoint)
    assert len(receiver.received) == before + 1

    receiver.status = 204
    stage.clock.at = await stage.due_at(endpoint)
    while await stage.pump(endpoint):
        stage.clock.forward(days=1)
    assert {d.state for d in await stage.deliveries()} == {State.DELIVERED}


async def test_gone_pauses_a_native_endpoint_and_a_week_of_failures_any(stage: Stage, receiver: Receiver):
    native = await stage.endpoint(receiver.url, "native", "product")
    receiver.status = 410
    await make.product(stage.shop)
    await stage.told(native)
    assert (await stage.health(native)).pause_reason == "the receiver answered 410: it wants nothing more"
    assert await stage.due_at(native) is None

    receiver.status = 500
    vendor = await stage.endpoint(receiver.url)
    for _ in range(22):
        await make.product(stage.shop)
        await stage.told(vendor)
        stage.clock.forward(hours=8)
    paused = await stage.health(vendor)
    assert "nothing but failures since" in (paused.pause_reason or "")

    receiver.status = 200
    async with stage.hub.change(stage.shop.tenant.id) as tx:
        await webhooks.resume(tx, stage.shop.tenant.id, paused)
    before = len(receiver.received)
    stage.clock.forward(days=3)
    while await stage.pump(vendor):
        pass
    assert len(receiver.received) > before
    assert {d.state for d in await stage.deliveries(subscriptions=[vendor.id])} <= {State.DELIVERED, State.DEAD}


async def test_a_pump_ends_after_fifty_so_that_others_get_their_turn(stage: Stage, receiver: Receiver):
    endpoint = await stage.endpoint(receiver.url)
    await make.order(stage.shop)
    for _ in range(60):
        await make.product(stage.shop)
    await stage.relay()

    first = await stage.pump(endpoint)
    assert 50 <= first < 60
    assert await stage.due_at(endpoint) <= stage.clock.at
    assert first + await stage.pump(endpoint) == 61


async def test_a_message_that_cannot_be_written_is_tried_again_like_any_other(stage: Stage, receiver: Receiver):
    def broken(_account: int, _delivery: Delivery) -> bytes:
        raise ValueError("a bug")

    endpoint = await stage.endpoint(receiver.url)
    await make.product(stage.shop)
    await stage.relay()
    styles = {"pluggto": replace(app.STYLES["pluggto"], body=broken)}
    await Pump(stage.hub, stage.outbound, styles, stage.counts).run(stage.job(endpoint))

    (delivery,) = await stage.deliveries()
    assert (delivery.state, delivery.next_attempt_at) == (State.DUE, stage.clock.at + 5 * MINUTE)
    assert receiver.received == []
