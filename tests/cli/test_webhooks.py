"""Webhooks from the command line: added, tried, paused, signed for, removed; and never another tenant's."""

from datetime import timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from plughub import app
from plughub.core import webhooks
from plughub.core.ids import hex24
from plughub.core.webhooks import State, Subscription, Wanted
from plughub.delivery import relay
from plughub.delivery.counts import Counts
from plughub.delivery.pump import Job, Pump
from tests import make

URL = "https://loja.example/hook"
CLOSED = (
    "is refused. The address cannot be called: it is not known, or not on the public internet."
    " PLUGHUB_EGRESS_NETWORKS opens networks of your own, PLUGHUB_EGRESS_PORTS other ports.\n"
)


@pytest.fixture
def tenant(shop):
    return shop.tenant.code


@pytest.fixture
async def connection(shop):
    connection, _ = await make.connection(shop, name="ERP")
    return connection


@pytest.fixture
def webhook(plughub, tenant):
    """`plughub webhook ...` of this tenant."""

    async def run(*words: str):
        return await plughub("webhook", *words, "--tenant", tenant)

    return run


@pytest.fixture
async def added(webhook, connection):
    """Adds one, and returns it as JSON."""

    async def add(url: str = URL, *words: str):
        return (await webhook("add", "--connection", "ERP", "--url", url, *words, "--json")).json

    return add


@pytest.fixture
def sent(shop, outbound):
    """Everything that has happened is sent to this endpoint."""

    async def send(id: str) -> int:
        await relay.place(shop.hub, shop.tenant.id, app.STYLES)
        pump = Pump(shop.hub, outbound, app.STYLES, Counts())
        return await pump.run(Job(tenant=shop.tenant.id, subscription=UUID(id)))

    return send


async def endpoint(shop, id: str) -> Subscription:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await webhooks.subscription(tx, shop.tenant.id, UUID(id))


async def states(shop) -> list[State]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return [one.state for one in await webhooks.deliveries(tx, shop.tenant.id, Wanted())]


async def test_a_webhook_is_added_listed_and_shown(webhook, added, shop):
    one = await added(URL, "--types", "orders, products,orders")

    listed = (await webhook("list", "--json")).json
    shown = (await webhook("show", one["id"], "--json")).json

    assert listed == [shown] == [one]
    del one["id"], one["created_at"]
    assert one == {
        "url": URL,
        "connection": "ERP",
        "dialect": "pluggto",
        "style": "pluggto",
        "types": ["orders", "products"],
        "state": "active",
        "paused_at": None,
        "paused_reason": None,
        "failures": 0,
        "failing_since": None,
        "waiting": 0,
        "dead": 0,
        "delivered_at": None,
        "attempted_at": None,
    }


async def test_without_json_it_says_what_was_done_and_what_comes_next(webhook, connection, tenant):
    none = await webhook("list")
    ran = await webhook("add", "--connection", "ERP", "--url", URL, "--style", "native")

    assert none.out.startswith("No webhook yet: `plughub webhook add --connection NAME --url URL --tenant")
    assert "others than 'ERP' make are sent there" in ran.out
    assert "\n  types          everything\n" in ran.out
    assert f" --tenant {tenant}` sends a harmless one now.\n" in ran.out
    table = (await webhook("list")).out.splitlines()
    assert table[0].split("  ")[0] == "ID"
    assert table[1].split()[1:] == [URL, "ERP", "native", "active", "-", "0", "0", "-"]


async def test_an_id_may_be_its_beginning_as_long_as_one_webhook_has_it(webhook, added):
    one, two = await added(), await added(URL + "/2")

    for words in (one["id"].upper(), one["id"].replace("-", ""), one["id"][:-6]):
        assert (await webhook("show", words, "--json")).json["url"] == URL
    both = await webhook("show", one["id"][:4])
    assert (both.code, both.out) == (1, "")
    assert both.err == (
        f"plughub: More than one webhook begins with '{one['id'][:4]}', such as {one['id']} and {two['id']}:"
        " give more.\n"
    )
    for words in ("ffff", "loja"):
        assert "There is no webhook" in (await webhook("show", words)).err


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "http://10.1.2.3/", "https://localhost/", "https://loja.example:8443/", "http://[::1]/"],
)
async def test_an_address_that_would_never_be_called_is_refused_wherever_it_is_given(
    plughub, webhook, added, tenant, url
):
    one = await added()

    for words in (
        ("webhook", "add", "--connection", "ERP", "--url", url),
        ("webhook", "change", one["id"], "--url", url),
        ("connection", "create", "pluggto", "--notify", url),
    ):
        ran = await plughub(*words, "--tenant", tenant)
        assert (ran.code, ran.out, ran.err) == (1, "", f"plughub: {words[-2]} {url} {CLOSED}")
    assert (await webhook("list", "--json")).json == [one]
    assert len((await plughub("connection", "list", "--tenant", tenant, "--json")).json) == 1


@pytest.mark.usefixtures("loopback")
async def test_what_the_operator_opened_is_taken_wherever_it_is_given(plughub, webhook, added, tenant):
    url = "http://127.0.0.1:9/x"

    one = await added(url)
    await webhook("change", one["id"], "--url", url + "y")
    await plughub("connection", "create", "pluggto", "--notify", url, "--tenant", tenant)

    assert [seen["url"] for seen in (await webhook("list", "--json")).json] == [url + "y", url]


async def test_what_cannot_be_added_is_one_line_that_says_what_can(plughub, webhook, added, connection, tenant):
    await added()
    add = ("add", "--connection", "ERP", "--url")

    unknown = await webhook(*add, URL + "/2", "--types", "products,customers")
    twice = await webhook(*add, URL)
    nobody = await webhook("add", "--connection", "CRM", "--url", URL)
    no_address = await webhook(*add, "loja.example")
    await plughub("connection", "revoke", "ERP", "--tenant", tenant)
    revoked = await webhook(*add, URL + "/3")

    assert [ran.err for ran in (unknown, twice, nobody, no_address, revoked)] == [
        "plughub: --types customers is not known: style pluggto tells of products, skus, orders, messages, invoices.\n",
        f"plughub: The webhook '{URL}' exists already: `plughub webhook list` shows it; `change` gives it another"
        " address.\n",
        "plughub: There is no connection 'CRM': `plughub connection list --tenant CODE` shows those that exist.\n",
        "plughub: --url loja.example is not an address: it begins with https:// or http:// and a host name.\n",
        "plughub: The connection was revoked: create another one.\n",
    ]
    assert len((await webhook("list", "--json")).json) == 1


@pytest.mark.usefixtures("loopback")
async def test_what_is_paused_waits_and_is_sent_when_resumed(webhook, added, shop, receiver, sent):
    one = await added(receiver.url)
    await webhook("pause", one["id"], "--reason", "they move house")
    await make.product(shop)
    assert await sent(one["id"]) == 0

    paused = (await webhook("show", one["id"], "--json")).json
    words = (await webhook("show", one["id"])).out
    ran = await webhook("resume", one["id"])

    assert (paused["state"], paused["paused_reason"], paused["waiting"]) == ("paused", "they move house", 1)
    assert f"`plughub webhook resume {one['id']}" in words
    assert "is sent to again: 1 deliveries wait." in ran.out
    assert await sent(one["id"]) == 1
    after = (await webhook("show", one["id"], "--json")).json
    assert (after["state"], after["paused_reason"], after["waiting"]) == ("active", None, 0)
    assert after["delivered_at"] is not None


@pytest.mark.usefixtures("loopback")
async def test_a_failing_receiver_shows_since_when_and_a_new_address_gets_what_waits(
    webhook, added, shop, receiver, sent
):
    one = await added("http://127.0.0.1:9/nobody")
    await make.product(shop)
    await sent(one["id"])

    failing = (await webhook("show", one["id"], "--json")).json
    ran = await webhook("change", one["id"], "--url", receiver.url)

    assert (failing["failures"], failing["waiting"]) == (1, 1)
    assert failing["failing_since"] == failing["attempted_at"]
    assert failing["failing_since"][:10] in (await webhook("list")).out
    assert f"goes to {receiver.url} from now on" in ran.out
    assert f"`plughub deliveries list --webhook {one['id']}" in ran.out
    await webhook("resume", one["id"])
    assert (await endpoint(shop, one["id"])).failures == 0


async def test_without_anybody_to_ask_nothing_is_removed(webhook, added, shop):
    one = await added()
    await make.product(shop)
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)

    ran = await webhook("remove", one["id"])

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"plughub: Tell {URL} nothing more, and cancel 1 deliveries that wait for it?"
        " Nobody is here to answer, so nothing was done: --yes answers.\n"
    )
    assert await states(shop) == [State.DUE]


@pytest.mark.parametrize(
    ("answer", "code", "state"), [("no", 1, State.DUE), ("", 1, State.DUE), ("yes", 0, State.CANCELLED)]
)
async def test_who_is_at_the_terminal_is_asked(webhook, added, shop, typing, answer, code, state):
    one = await added()
    await make.product(shop)
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)
    typing(answer)

    ran = await webhook("remove", one["id"])

    assert ran.code == code
    assert "and cancel 1 deliveries that wait for it? Type yes: " in ran.err
    assert await states(shop) == [state]


async def test_a_removed_webhook_has_ended_for_good(webhook, added, shop):
    one = await added()
    for _ in range(2):
        await make.product(shop)
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)

    removed = (await webhook("remove", one["id"], "--yes", "--json")).json

    assert removed == {"id": one["id"], "state": "ended", "cancelled": 2}
    assert (await webhook("show", one["id"], "--json")).json["state"] == "ended"
    for words in (
        ("pause",),
        ("resume",),
        ("secret",),
        ("rotate",),
        ("test",),
        ("remove", "--yes"),
        ("change", "--url", URL),
    ):
        ran = await webhook(words[0], one["id"], *words[1:])
        assert (ran.code, ran.err) == (1, "plughub: The webhook has ended: add another one.\n"), words
    # The address may be told again, by another.
    assert (await webhook("add", "--connection", "ERP", "--url", URL, "--json")).json["state"] == "active"


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("style", ["pluggto", "native"])
async def test_the_secret_that_is_shown_verifies_what_is_sent_before_and_after_a_rotation(
    webhook, added, shop, receiver, sent, style
):
    """With the library of the Standard Webhooks project, as a receiver would."""
    one = await added(receiver.url, "--style", style)
    first = (await webhook("secret", one["id"], "--json")).json
    await make.product(shop)
    await sent(one["id"])
    rotated = (await webhook("rotate", one["id"], "--json")).json
    await make.product(shop)
    await sent(one["id"])

    before, after = receiver.received[0], receiver.received[-1]
    assert (first["previous"], rotated["previous"]) == (None, first["secret"])
    assert (await webhook("secret", one["id"], "--json")).json == rotated
    assert Webhook(first["secret"]).verify(before.body, before.headers) == before.json
    for secret in (rotated["secret"], rotated["previous"]):
        assert Webhook(secret).verify(after.body, after.headers) == after.json
    with pytest.raises(WebhookVerificationError):
        Webhook(rotated["secret"]).verify(before.body, before.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(first["secret"]).verify(after.body + b" ", after.headers)


async def test_the_secret_before_ends_a_day_after_the_rotation_or_when_there_is_another(webhook, added, shop):
    one = await added()
    first = (await webhook("secret", one["id"], "--json")).json["secret"]
    second = (await webhook("rotate", one["id"], "--json")).json

    refused = await webhook("rotate", one["id"])
    assert refused.code == 1
    assert f"The secret before this one signs until {second['previous_until']}, and would end now." in refused.err
    third = (await webhook("rotate", one["id"], "--yes", "--json")).json

    assert third["previous"] == second["secret"]
    assert first not in third.values()
    async with shop.hub.change(shop.tenant.id) as tx:
        long_ago = shop.hub.now() - timedelta(days=1)
        await tx.run("UPDATE subscriptions SET secret_changed_at = $2 WHERE tenant_id = $1", shop.tenant.id, long_ago)
    assert (await webhook("secret", one["id"], "--json")).json == {
        "id": one["id"], "secret": third["secret"], "previous": None, "previous_until": None,
    }  # fmt: skip


@pytest.mark.usefixtures("loopback")
async def test_a_test_sends_one_harmless_notification_and_shows_the_answer(webhook, added, shop, receiver):
    one = await added(receiver.url)
    product = await make.product(shop)
    secret = (await webhook("secret", one["id"], "--json")).json["secret"]

    found = (await webhook("test", one["id"], "--json")).json

    (call,) = receiver.received
    assert call.json == {
        "user": shop.tenant.number,
        "id": hex24(product.id),
        "changes": {"status": False, "stock": False, "price": False},
        "type": "products",
        "action": "updated",
    }
    Webhook(secret).verify(call.body, call.headers)
    assert found.pop("seconds") < 5
    assert found == {
        "id": one["id"], "url": receiver.url, "delivered": True, "status": 200, "reason": None,
        "body": call.body.decode(), "answer": "thank you",
    }  # fmt: skip
    assert await states(shop) == []
    assert (await endpoint(shop, one["id"])).attempted_at is None


@pytest.mark.usefixtures("loopback")
async def test_a_test_that_is_not_taken_says_why_and_ends_with_1(webhook, added, shop, receiver):
    one = await added(receiver.url, "--style", "native")
    receiver.status = 503
    await webhook("pause", one["id"])

    refused = await webhook("test", one["id"])
    await webhook("change", one["id"], "--url", "http://127.0.0.1:9/nobody")
    nobody = await webhook("test", one["id"])

    assert receiver.received[0].json == {
        "type": "webhook.test",
        "data": {"id": one["id"], "kind": "webhook", "action": "test", "aspects": [], "position": 0},
    }
    assert (refused.code, nobody.code) == (1, 1)
    assert "did not take it" in refused.out
    assert "\n  reason   answered 503\n" in refused.out
    assert "\n  answer   thank you\n" in refused.out
    assert "The webhook is paused and stays so." in refused.out
    assert "No connection to the address could be opened." in nobody.out


async def test_a_test_needs_a_product_where_it_names_one(webhook, added):
    one = await added()

    ran = await webhook("test", one["id"])

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("there is none yet: create one.\n")


@pytest.mark.usefixtures("loopback")
async def test_nothing_that_a_receiver_says_moves_the_terminal(webhook, added, receiver):
    one = await added(receiver.url, "--style", "native")
    receiver.text = "ok\x1b[2J\nplughub: done"

    ran = await webhook("test", one["id"])

    assert "\n  answer   ok\\x1b[2J plughub: done\n" in ran.out


async def test_a_webhook_of_another_tenant_is_not_there(plughub, webhook, added, hub, shop):
    one = await added()
    other = await make.shop(hub)

    for words in (
        ("show",), ("pause",), ("resume",), ("secret",), ("rotate", "--yes"), ("test",), ("remove", "--yes"),
        ("change", "--url", URL + "/mine"),
    ):  # fmt: skip
        ran = await plughub("webhook", words[0], one["id"], *words[1:], "--tenant", other.tenant.code)
        assert (ran.code, ran.out) == (1, ""), words
        assert ran.err.startswith(f"plughub: There is no webhook {one['id']!r}: `plughub webhook list --tenant CODE`")
    assert (await plughub("webhook", "list", "--tenant", other.tenant.code, "--json")).json == []
    assert (await webhook("list", "--json")).json == [one]


async def test_the_hubs_own_style_wants_https(webhook, connection):
    ran = await webhook("add", "--connection", "ERP", "--style", "native", "--url", "http://loja.example/hook")

    assert ran.err == (
        "plughub: --url http://loja.example/hook is refused. The address cannot be called: it is not known, or not on"
        " the public internet. PLUGHUB_EGRESS_NETWORKS opens networks of your own, PLUGHUB_EGRESS_PORTS other ports."
        " The address has to begin with https://.\n"
    )
    assert (await webhook("list", "--json")).json == []
