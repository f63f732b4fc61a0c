"""What fails is told in words, grouped by its cause, and sent again when it works."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, expect

from plughub.console import replay, troubles
from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.tenants import Role
from plughub.core.webhooks import State, Subscription
from plughub.outbound import Outbound
from tests import make
from tests.console.conftest import Person, employed, signed_in
from tests.delivery.receiver import Receiver, receiving
from tests.delivery.stage import Clock, Stage


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        receiver.status, receiver.text = 500, "database is locked"
        yield receiver


@pytest.fixture
async def stage(hub: Hub, shop: make.Shop, outbound: Outbound) -> Stage:
    return Stage(shop, outbound, Clock(hub.now()))


@pytest.fixture
async def endpoint(stage: Stage, receiver: Receiver) -> Subscription:
    return await stage.endpoint(receiver.url)


async def given_up(stage: Stage, endpoint: Subscription) -> None:
    """Whatever waits has been tried often enough."""
    async with stage.hub.change(stage.shop.tenant.id) as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'dead', ended_at = $3, reason = 'answered 500', claim_id = NULL"
            " WHERE tenant_id = $1 AND subscription_id = $2 AND state = 'due'",
            stage.shop.tenant.id, endpoint.id, stage.hub.now(),
        )  # fmt: skip
        await webhooks.rest(tx, stage.shop.tenant.id, endpoint.id)


async def test_a_failing_receiver_appears_and_is_sent_everything_when_it_has_recovered(
    stage: Stage, endpoint: Subscription, receiver: Receiver, person: Person, context, window: Page
):
    for sku in ("A", "B", "C"):
        await make.product(stage.shop, sku)
    await stage.told(endpoint)
    tried = len(receiver.received)
    await signed_in(context, person)

    await window.goto(person.shop)
    await window.get_by_role("link", name="The receiver answers 500.").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("The receiver answers 500.")
    await expect(window.locator("main")).to_contain_text("look at the receiver's own log. We try again at")
    await window.keyboard.press("j")
    await window.keyboard.press("Enter")
    await expect(window.locator("pre").first).to_have_text("database is locked")
    await expect(window.get_by_label("Request")).to_contain_text("webhook-signature: v1,")

    receiver.status = 200
    await window.get_by_role("link", name="Problems").first.click()
    await window.get_by_role("button", name="Send again").click()
    await expect(window.locator("main")).to_contain_text("3 deliveries will be sent again")
    await window.get_by_role("button", name="Send 3 again").click()
    await expect(window.get_by_role("status")).to_contain_text("3 are sent again.")
    await stage.pump(endpoint)

    assert {one.state for one in await stage.deliveries()} == {State.DELIVERED}
    assert len(receiver.received) == tried + 3
    await window.reload()
    await expect(window.locator("main")).not_to_contain_text("The receiver answers 500.")


async def test_causes_are_counted_apart_and_each_leads_to_its_own(
    stage: Stage, endpoint: Subscription, receiver: Receiver, person: Person
):
    await make.product(stage.shop, "A")
    await make.product(stage.shop, "B")
    await stage.told(endpoint)
    await given_up(stage, endpoint)
    receiver.status = 404
    await make.product(stage.shop, "C")
    async with stage.hub.change(stage.shop.tenant.id) as tx:
        await webhooks.resume(tx, stage.shop.tenant.id, endpoint)
    await stage.told(endpoint)

    _, text = await person.get("/deliveries")

    assert "The receiver answers 500." in text
    assert "2 deliveries were given up" in text
    assert "Nothing takes messages at the address: it answers 404." in text
    assert "1 delivery is tried again" in text
    for reason, records in (("answered 500", {"A", "B"}), ("answered 404", {"C"})):
        _, listed = await person.get(f"/deliveries/all?{urlencode({'endpoint': endpoint.id.hex, 'reason': reason})}")
        assert set(re.findall(r"/products/\w+\">(\w+)<", listed)) == records


async def test_what_is_sent_again_is_counted_first_and_only_that(stage: Stage, endpoint: Subscription, person: Person):
    other = await stage.endpoint(endpoint.url)
    for sku in ("A", "B"):
        await make.product(stage.shop, sku)
    await stage.told(endpoint)
    await stage.told(other)
    await given_up(stage, endpoint)
    await given_up(stage, other)
    await make.product(stage.shop, "C")
    await stage.relay()

    _, text = await person.get(f"/deliveries/again?state=dead&endpoint={endpoint.id.hex}")
    assert "2 deliveries will be sent again" in text
    assert "C" not in {one.subject for one in await stage.deliveries(states=[State.DEAD])}
    status, _, _ = await person.post("/deliveries/again", state="dead", endpoint=endpoint.id.hex, total="2")

    assert status == 303
    assert len(await stage.deliveries(states=[State.DEAD], subscriptions=[endpoint.id])) == 0
    assert len(await stage.deliveries(states=[State.DEAD], subscriptions=[other.id])) == 2


async def test_long_work_shows_how_far_it_is_and_goes_on_where_it_was(
    stage: Stage, endpoint: Subscription, person: Person, monkeypatch
):
    for sku in ("A", "B", "C"):
        await make.product(stage.shop, sku)
    await stage.relay()
    await given_up(stage, endpoint)
    monkeypatch.setattr(replay, "_BATCH", 2)
    monkeypatch.setattr(replay, "_PATIENCE", 0.0)
    form = {"state": "dead", "total": "3"}

    status, _, text = await person.post("/deliveries/again", **form)
    assert status == 200
    assert "0 of 3" in text
    monkeypatch.setattr(replay, "_PATIENCE", 1e-9)
    monkeypatch.setattr(replay, "time", OneTurn())
    status, _, text = await person.post("/deliveries/again", **form)
    assert (status, "2 of 3" in text) == (200, True)
    carried = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    monkeypatch.undo()
    status, led, _ = await person.post("/deliveries/again", **{k: v for k, v in carried.items() if k != "csrf"})

    assert (status, led.endswith("/deliveries")) == (303, True)
    assert await stage.deliveries(states=[State.DEAD]) == []


class OneTurn:
    """A clock by which the patience ends after one turn."""

    def __init__(self) -> None:
        self.asked = 0

    def monotonic(self) -> float:
        self.asked += 1
        return 0.0 if self.asked <= 2 else 9.0


async def test_one_is_sent_again_at_once_though_its_receiver_was_left_in_peace(
    stage: Stage, endpoint: Subscription, receiver: Receiver, person: Person
):
    await make.product(stage.shop, "A")
    await stage.told(endpoint)
    (delivery,) = await stage.deliveries()
    receiver.status = 200

    status, led, _ = await person.post(f"/deliveries/{delivery.id.hex}/again")
    await stage.pump(endpoint)

    assert (status, led.endswith(delivery.id.hex)) == (303, True)
    assert [one.state for one in await stage.deliveries()] == [State.DELIVERED]
    assert (await stage.deliveries())[0].reason is None


async def test_a_paused_receiver_is_told_nothing_until_it_is_resumed(
    stage: Stage, endpoint: Subscription, receiver: Receiver, person: Person
):
    assert (await person.post(f"/endpoints/{endpoint.id.hex}/pause"))[0] == 303
    await make.product(stage.shop, "A")
    await stage.told(endpoint)
    assert receiver.received == []
    _, text = await person.get("/deliveries")
    assert "paused by Kim Berg. 1 delivery waits" in text

    receiver.status = 200
    assert (await person.post(f"/endpoints/{endpoint.id.hex}/resume"))[0] == 303
    await stage.pump(endpoint)

    assert len(receiver.received) == 1


async def test_who_may_not_is_shown_no_button_and_refused(stage: Stage, endpoint: Subscription, http, address):
    await make.product(stage.shop, "A")
    await stage.told(endpoint)
    (delivery,) = await stage.deliveries()
    merchant = await employed(stage.hub, http, address, stage.shop.tenant, Role.MERCHANT)

    for path in ("/deliveries", "/deliveries/all", f"/deliveries/{delivery.id.hex}"):
        status, text = await merchant.get(path)
        assert (status, "Send again" in text, "Pause" in text) == (200, False, False)
    for path in ("/deliveries/again", f"/deliveries/{delivery.id.hex}/again", f"/endpoints/{endpoint.id.hex}/pause"):
        assert (await merchant.post(path))[0] == 403
    assert (await stage.health(endpoint)).paused_at is None


async def test_another_shops_deliveries_are_not_there(stage: Stage, endpoint: Subscription, hub: Hub, http, address):
    await make.product(stage.shop, "A")
    await stage.told(endpoint)
    (delivery,) = await stage.deliveries()
    stranger = await employed(hub, http, address, (await make.shop(hub)).tenant)

    assert (await stranger.get(f"/deliveries/{delivery.id.hex}"))[0] == 404
    assert (await stranger.get(f"/deliveries/all?endpoint={endpoint.id.hex}"))[0] == 404
    assert (await stranger.post(f"/deliveries/{delivery.id.hex}/again"))[0] == 404
    assert (await stranger.post(f"/endpoints/{endpoint.id.hex}/pause"))[0] == 404


async def test_pages_cost_the_same_however_many_fail(stage: Stage, endpoint: Subscription, person: Person):
    for at in range(9):
        await make.product(stage.shop, f"P{at}")
    await stage.told(endpoint)

    for path, most in (("/deliveries", 10), (f"/deliveries/all?endpoint={endpoint.id.hex}&reason=answered+500", 12)):
        before = stage.hub.pool.round_trips
        assert (await person.get(path))[0] == 200
        assert stage.hub.pool.round_trips - before <= most


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("answered 500", "The receiver answers 500."),
        ("answered 401", "The receiver refuses us: it answers 401."),
        ("answered 301", "The receiver sends us elsewhere: it answers 301."),
        ("answered 422", "The receiver does not take it: it answers 422."),
        ("No connection to the address could be opened.", "Nobody answers at the address."),
        ("the hub could not write this message", "The hub could not write this message."),
        (None, "Deliveries fail."),
    ],
)
def test_reasons_are_told_in_words(reason: str | None, wrong: str):
    assert troubles.words(reason).wrong == wrong
    assert troubles.words(reason).advice


async def test_filters_by_time_and_state_hold(stage: Stage, endpoint: Subscription, person: Person):
    await make.product(stage.shop, "A")
    await stage.told(endpoint)

    assert "/products/" in (await person.get("/deliveries/all?time=1h&state=due"))[1]
    assert "No delivery is like that" in (await person.get("/deliveries/all?time=1h&state=delivered"))[1]
    later = (stage.hub.now() + timedelta(minutes=1)).isoformat()
    assert "There is none" in (await person.get(f"/deliveries/again?{urlencode({'since': later})}"))[1]
