"""Deliveries from the command line: found, explained, sent again; and never another tenant's."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from plughub import app
from plughub.cli import replay
from plughub.core import ids, products, webhooks
from plughub.core.events import Action
from plughub.core.webhooks import Delivery, Sent, State, Subscription, Wanted
from plughub.delivery import relay
from plughub.delivery.counts import Counts
from plughub.delivery.pump import Job, Pump
from tests import make
from tests.core.webhooks.test_plan import happened

NOBODY = "http://127.0.0.1:9/nobody"


@pytest.fixture
def tenant(shop):
    return shop.tenant.code


@pytest.fixture
def deliveries(plughub, tenant):
    """`plughub deliveries ...` of this tenant."""

    async def run(*words: str):
        return await plughub("deliveries", *words, "--tenant", tenant)

    return run


async def subscribed(shop: make.Shop, url: str = NOBODY, style: str = "pluggto") -> Subscription:
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        return await webhooks.subscribe(tx, shop.caller, connection.id, url=url, style=style)


@pytest.fixture
async def endpoint(shop) -> Subscription:
    return await subscribed(shop)


async def planned(shop: make.Shop, **wanted) -> list[Delivery]:
    """Everything that has happened is planned; the newest first."""
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)
    async with shop.hub.read(shop.tenant.id) as tx:
        return await webhooks.deliveries(tx, shop.tenant.id, Wanted(**wanted))


@pytest.fixture
def sent(shop, outbound):
    async def send(endpoint: Subscription) -> None:
        await relay.place(shop.hub, shop.tenant.id, app.STYLES)
        pump = Pump(shop.hub, outbound, app.STYLES, Counts())
        await pump.run(Job(tenant=shop.tenant.id, subscription=endpoint.id))

    return send


async def killed(shop: make.Shop, endpoint: Subscription, status: int = 500) -> None:
    """Everything that is planned for it has failed to the end."""
    style, now = app.STYLES[endpoint.style], shop.hub.now()
    while taken := await make.claim(shop, endpoint, now=now, limit=1000):
        results = [(one, Sent(began_at=now, seconds=0.1, status=status, answer=b"busy")) for one in taken]
        async with shop.hub.change(shop.tenant.id) as tx:
            fresh = await webhooks.subscription(tx, shop.tenant.id, endpoint.id)
            await webhooks.settle(tx, shop.tenant.id, fresh, style, results, now=now)
        now += timedelta(days=3)


async def state_of(shop: make.Shop, id: UUID) -> State:
    async with shop.hub.read(shop.tenant.id) as tx:
        return (await webhooks.delivery(tx, shop.tenant.id, id)).state


async def test_where_nothing_was_told_it_says_what_will_appear(deliveries, tenant):
    ran = await deliveries("list")
    filtered = await deliveries("list", "--state", "dead")

    assert ran.out == (
        "No delivery yet. One appears for each webhook that wants to know when somebody else changes something:\n"
        f"`plughub webhook list --tenant {tenant}` shows who is told.\n"
    )
    assert filtered.out == "No delivery is like that: leave an option out to see more.\n"
    assert (await deliveries("list", "--json")).json == []


async def test_a_delivery_is_listed_with_what_it_stands_for(deliveries, endpoint, shop):
    product = await make.product(shop, "CAMISA-1")
    (one,) = await planned(shop)

    (found,) = (await deliveries("list", "--json")).json

    assert found == {
        "id": str(one.id),
        "webhook": str(endpoint.id),
        "url": NOBODY,
        "state": "due",
        "is_paused": False,
        "type": "products",
        "action": "created",
        "aspects": ["price", "stock"],
        "record": str(product.id),
        "name": "CAMISA-1",
        "event": str(one.event),
        "position": one.position,
        "planned_at": found["planned_at"],
        "attempt_count": 0,
        "attempts_left": 9,
        "next_attempt_at": one.next_attempt_at.isoformat(),
        "ended_at": None,
    }
    (row,) = (await deliveries("list")).out.splitlines()[1:]
    assert re.split("  +", row) == [str(one.id), "due", "products created", "CAMISA-1", NOBODY, "0", "at once"]


async def test_what_a_worker_is_at_is_being_sent_until_its_time_is_over(deliveries, endpoint, shop):
    await make.product(shop)
    await planned(shop)
    await make.claim(shop, endpoint)

    (found,) = (await deliveries("list", "--state", "due", "--json")).json

    assert (found["state"], found["next_attempt_at"], found["attempts_left"]) == ("sending", None, 8)
    assert (await deliveries("list")).out.splitlines()[1].endswith("  1      now")
    async with shop.hub.change(shop.tenant.id) as tx:
        await tx.run("UPDATE deliveries SET next_attempt_at = $2 WHERE tenant_id = $1", shop.tenant.id, shop.hub.now())
    assert (await deliveries("show", str(found["id"]), "--json")).json["state"] == "due"


async def test_filters_find_by_state_webhook_time_sku_order_and_record(deliveries, endpoint, shop):
    other = await subscribed(shop, NOBODY + "/2")
    shirt = await make.product(shop, "SHIRT", variants={"SHIRT-M": 1})
    await make.product(shop, "HAT")
    order = await make.order(shop, {"sku": "HAT", "quantity": 1, "price": 5}, channel_number="7-A")
    await planned(shop)
    await killed(shop, other)

    async def names(*words: str) -> list[tuple[str, str]]:
        found = (await deliveries("list", *words, "--json")).json
        return sorted((one["name"], one["url"][len(NOBODY) :]) for one in found)

    assert await names("--state", "dead") == [("7-A", "/2"), ("HAT", "/2"), ("SHIRT", "/2")]
    assert await names("--webhook", str(endpoint.id)) == [("7-A", ""), ("HAT", ""), ("SHIRT", "")]
    assert await names("--sku", "SHIRT-M") == [("SHIRT", ""), ("SHIRT", "/2")]
    assert await names("--order", "7-A") == [("7-A", ""), ("7-A", "/2")]
    assert await names("--order", str(order.number), "--state", "due") == [("7-A", "")]
    for spelled in (str(shirt.id), ids.hex24(shirt.id), ids.hex32(shirt.id).upper()):
        assert await names("--record", spelled, "--state", "dead") == [("SHIRT", "/2")]
    assert len(await names("--since", "1h")) == 6
    assert await names("--since", "2999-01-01") == []
    assert len(await names("--limit", "2")) == 2


async def test_a_sku_that_is_gone_is_still_found(deliveries, endpoint, shop):
    product = await make.product(shop, "GONE")
    async with shop.hub.change(shop.tenant.id) as tx:
        await products.delete(tx, shop.caller, product.id)
    await planned(shop)

    found = (await deliveries("list", "--sku", "GONE", "--json")).json

    assert [(one["type"], one["action"], one["name"]) for one in found] == [("skus", "deleted", "GONE")]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("--order 99", "There is no order '99': look it up first."),
        ("--record 12", "'12' is no id of a record: it has 32 hex digits, or 24 as Plugg.to spells it."),
        ("--webhook ffff", "There is no webhook 'ffff'"),
    ],
)
async def test_what_is_not_there_is_said(deliveries, words, error):
    ran = await deliveries("list", *words.split())

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"plughub: {error}")


@pytest.mark.parametrize("words", [("--since", "yesterday"), ("--limit", "0"), ("--limit", "1001")])
async def test_what_cannot_be_read_stops_the_command_line(deliveries, words, capsys):
    with pytest.raises(SystemExit):
        await deliveries("list", *words)

    assert words[0] in capsys.readouterr().err


@pytest.mark.usefixtures("loopback")
async def test_show_has_the_body_that_was_sent_and_every_attempt(deliveries, shop, receiver, sent):
    endpoint = await subscribed(shop, receiver.url)
    receiver.status, receiver.text = 503, "out of\x1b[2J order"
    await make.product(shop, "HAT")
    await sent(endpoint)
    (one,) = await planned(shop)

    whole = (await deliveries("show", str(one.id)[:24], "--json")).json
    words = (await deliveries("show", str(one.id))).out

    assert whole["body"] == receiver.received[0].body.decode()
    (attempt,) = whole["attempts"]
    assert whole["next_attempt_at"] == one.next_attempt_at.isoformat()
    assert (attempt.pop("seconds") < 5, attempt.pop("began_at") <= whole["next_attempt_at"]) == (True, True)
    assert attempt == {
        "number": 1, "status": 503, "outcome": "failed", "reason": "answered 503", "answer": "out of\x1b[2J order",
    }  # fmt: skip
    assert (whole["attempt_count"], whole["attempts_left"], whole["behind"], whole["held_until"]) == (1, 8, None, None)
    assert "\n  attempts  1, 8 left\n" in words
    assert f"\n  next try  {one.next_attempt_at:%Y-%m-%d %H:%M:%S}Z\n" in words
    assert "  failed  answered 503\n      out of\\x1b[2J order\n" in words


async def test_why_it_waits_is_said_and_what_to_do(deliveries, shop, tenant):
    """Behind an earlier one of its record, while its receiver is left in peace, or until it is resumed."""
    endpoint = await subscribed(shop, style="native")
    record = await happened(shop, action=Action.CREATED)
    await planned(shop)
    (first,) = await make.claim(shop, endpoint)
    await happened(shop, record=record)
    (second, _) = [one for one in await planned(shop) if one.record_id == record]

    behind = (await deliveries("show", str(second.id), "--json")).json
    async with shop.hub.change(shop.tenant.id) as tx:
        until = shop.hub.now() + timedelta(hours=8)
        await tx.run("UPDATE subscriptions SET failures = 9 WHERE tenant_id = $1", shop.tenant.id)
        await tx.run("UPDATE due_endpoints SET held_until = $2 WHERE tenant_id = $1", shop.tenant.id, until)
        await tx.run("UPDATE deliveries SET claim_id = NULL WHERE tenant_id = $1", shop.tenant.id)
    held = await deliveries("show", str(first.id))
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.pause(tx, shop.tenant.id, endpoint, "moving house", now=shop.hub.now())
    paused = await deliveries("show", str(first.id))

    assert behind["behind"] == str(first.id)
    resume = f"`plughub webhook resume {endpoint.id} --tenant {tenant}`"
    assert f"has failed 9 times in a row and is left in peace until {until:%Y-%m-%d %H:%M:%S}Z: {resume}" in held.out
    assert f"(moving house): what is due waits until {resume}." in paused.out
    listed = (await deliveries("list")).out.splitlines()
    assert listed[-1] in paused.out
    assert listed[1].endswith("when resumed")


async def test_what_is_dead_is_retried_from_the_beginning(deliveries, endpoint, shop):
    for _ in range(2):
        await make.product(shop)
    one, two = await planned(shop)
    await killed(shop, endpoint)

    done = (await deliveries("retry", str(one.id), str(two.id)[:27], str(one.id), "--json")).json

    assert done == {"again": [str(one.id), str(two.id)], "left": []}
    again = await planned(shop)
    assert [(d.state, d.attempt_count, d.next_attempt_at <= shop.hub.now()) for d in again] == [
        (State.DUE, 0, True)
    ] * 2
    async with shop.hub.read(None) as tx:
        due = await tx.value("SELECT due_at FROM due_endpoints WHERE tenant_id = $1", shop.tenant.id)
    assert due <= shop.hub.now()


async def test_what_is_being_sent_or_has_ended_is_left_alone(deliveries, endpoint, shop):
    ended = await subscribed(shop, NOBODY + "/2")
    await make.product(shop)
    there, gone = sorted(await planned(shop), key=lambda one: one.subscription)
    await make.claim(shop, endpoint)
    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.unsubscribe(tx, shop.tenant.id, ended.id, now=shop.hub.now())

    ran = await deliveries("retry", str(there.id), str(gone.id))

    assert (ran.code, ran.out) == (
        1,
        f"{there.id} was left alone: it is being sent now.\n{gone.id} was left alone: its webhook has ended.\n",
    )
    assert [await state_of(shop, one.id) for one in (there, gone)] == [State.DUE, State.CANCELLED]


async def test_one_that_is_not_there_stops_the_retry_of_all(deliveries, endpoint, shop):
    await make.product(shop)
    (one,) = await planned(shop)
    await killed(shop, endpoint)

    ran = await deliveries("retry", str(one.id), "ffff")

    assert ran.err == (
        "plughub: There is no delivery 'ffff': `plughub deliveries list --tenant CODE` shows the newest.\n"
    )
    assert await state_of(shop, one.id) is State.DEAD


async def test_a_replay_counts_first_and_does_nothing_without_an_answer(deliveries, endpoint, shop):
    other = await subscribed(shop, NOBODY + "/2")
    for _ in range(2):
        await make.product(shop)
    await planned(shop)
    for one in (endpoint, other):
        await killed(shop, one)

    ran = await deliveries("replay", "--since", "1h")
    only = await deliveries("replay", "--since", "1h", "--webhook", str(other.id), "--json")

    assert ran.code == 1
    said = ran.out.splitlines()
    assert said[0].startswith("4 dead deliveries, planned since 20")
    assert said[1:] == [f"  2 to {NOBODY} ({endpoint.id})", f"  2 to {NOBODY}/2 ({other.id})"]
    assert ran.err == (
        "plughub: Send 4 dead deliveries again? Nobody is here to answer, so nothing was done: --yes answers.\n"
    )
    assert only.err.startswith("plughub: Send 2 dead deliveries again?")
    assert {one.state for one in await planned(shop)} == {State.DEAD}


async def test_a_replay_that_is_agreed_to_goes_in_batches_the_oldest_first(
    deliveries, endpoint, shop, typing, monkeypatch
):
    monkeypatch.setattr(replay, "_BATCH", 2)
    for _ in range(5):
        await make.product(shop)
    await planned(shop)
    await killed(shop, endpoint)
    typing("yes")

    ran = await deliveries("replay", "--since", "1h")

    assert ran.code == 0
    assert ran.err == "Send 5 dead deliveries again? Type yes: 2 of 5\n4 of 5\n5 of 5\n"
    assert "5 are sent again" in ran.out
    again = await planned(shop)
    assert [one.state for one in again] == [State.DUE] * 5
    # The newest first here: what was put back first comes first.
    moments = [one.next_attempt_at for one in again]
    assert moments == sorted(moments, reverse=True)
    assert len(set(moments)) == 3


async def test_a_replay_takes_what_was_asked_for_and_nothing_else(deliveries, endpoint, shop):
    await make.product(shop)
    (dead,) = await planned(shop)
    await killed(shop, endpoint)
    await make.product(shop)
    await planned(shop)
    await killed(shop, endpoint, status=200)
    delivered = next(one for one in await planned(shop) if one.id != dead.id)

    nothing = await deliveries("replay", "--since", "2999-01-01", "--yes")
    done = (await deliveries("replay", "--since", "1h", "--state", "delivered", "--yes", "--json")).json

    assert nothing.out == ("No dead delivery was planned since 2999-01-01 00:00:00Z: there is nothing to send again.\n")
    assert done.pop("since") is not None
    assert done == {"found": 1, "again": 1, "webhooks": [{"id": str(endpoint.id), "url": NOBODY, "found": 1}]}
    assert [await state_of(shop, one.id) for one in (dead, delivered)] == [State.DEAD, State.DUE]


async def test_a_delivery_of_another_tenant_is_not_there(plughub, deliveries, endpoint, hub, shop):
    product = await make.product(shop, "SAME")
    (one,) = await planned(shop)
    await killed(shop, endpoint)
    other = await make.shop(hub)
    await subscribed(other)

    async def theirs(*words: str):
        return await plughub("deliveries", *words, "--tenant", other.tenant.code)

    for word in ("show", "retry"):
        ran = await theirs(word, str(one.id))
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith(f"plughub: There is no delivery '{one.id}': ")
    assert (await theirs("list", "--webhook", str(endpoint.id))).err.startswith("plughub: There is no webhook")
    for words in ((), ("--record", str(product.id)), ("--sku", "SAME")):
        assert (await theirs("list", *words, "--json")).json == []
    assert (await theirs("replay", "--since", "7d", "--yes", "--json")).json["found"] == 0
    assert await state_of(shop, one.id) is State.DEAD
