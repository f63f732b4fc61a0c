"""Problems: what fails, grouped by its cause; every delivery with what was sent and answered; sending it again."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from plughub.console import troubles
from plughub.console.rendering import page
from plughub.console.troubles import Cause
from plughub.console.visit import Page, Undo, Visit
from plughub.core import ids, orders, products, webhooks
from plughub.core.connections import Connection
from plughub.core.errors import Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.tenants import Right
from plughub.core.webhooks import Attempt, Delivery, Hold, State, Subscription, Wanted
from plughub.delivery import signing
from plughub.web import Reply

ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A delivery with what people need beside it."""

    delivery: Delivery
    endpoint: Subscription
    connection: Connection
    #: What people call the record, and where it is shown; both empty for one that is gone or has no page.
    name: str
    address: str
    is_being_sent: bool

    @property
    def state(self) -> str:
        if self.is_being_sent:
            return "sending"
        if self.delivery.state is State.DUE:
            return "failing" if self.delivery.reason else "waiting"
        return "given_up" if self.delivery.state is State.DEAD else str(self.delivery.state)

    @property
    def tone(self) -> str:
        return {"failing": "bad", "given_up": "bad", "delivered": "good", "waiting": "wait"}.get(self.state, "")

    @property
    def planned_at(self) -> datetime:
        return datetime.fromtimestamp(ids.milliseconds(self.delivery.id) / 1000, UTC)


async def get_problems(visit: Visit) -> Reply:
    hub = await troubles.hub_problems(visit)
    async with visit.hub.read(visit.tenant.id) as tx:
        known, endpoints = await troubles.receivers(tx, visit)
        found = replace(await troubles.problems(tx, visit, known, endpoints), hub=hub)
    return page(visit, "problems.html", problems=found)


async def get_all(visit: Visit) -> Reply:
    """The newest first; with an endpoint and a reason, those of one cause."""
    query = visit.query
    async with visit.hub.read(visit.tenant.id) as tx:
        known, endpoints = await troubles.receivers(tx, visit)
        wanted = wanted_of(query, endpoints, visit.hub.now())
        before = _id(query["before"]) if query.get("before") else None
        found = await webhooks.deliveries(tx, visit.tenant.id, wanted, before=before, limit=ROWS + 1)
        told = await _told(tx, visit, found[:ROWS], known, endpoints)
        cause = await _cause(tx, visit, query, known, endpoints)
    return page(
        visit,
        "deliveries.html",
        told=told,
        cause=cause,
        older=visit.again(before=found[ROWS - 1].id.hex) if len(found) > ROWS else "",
        endpoints=[one for one in endpoints.values() if one.is_active],
        connections=known,
        states=_STATES,
        times=TIMES,
        # What sending all of these again is asked with.
        which=urlencode({name: query[name] for name in FILTERS if query.get(name)}),
    )


#: What narrows a list, and what is sent again.
FILTERS = ("endpoint", "reason", "state", "time")
#: Times to choose from, by their names in addresses.
TIMES = {"": "Any time", "1h": "The last hour", "24h": "The last day", "7d": "The last week"}
_AGO = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}
#: The same for states.
_STATES = {"due": "Waiting or failing", "dead": "Given up", "delivered": "Delivered", "cancelled": "Cancelled"}


def wanted_of(given: dict[str, str], endpoints: dict[UUID, Subscription], now: datetime) -> Wanted:
    """What an address or a form asks for. `since`, a moment, goes before `time`, which moves on with the clock."""
    ago = _AGO.get(given.get("time", ""))
    endpoint = _endpoint(given["endpoint"], endpoints).id if given.get("endpoint") else None
    return Wanted(
        states=[State(given["state"])] if given.get("state") in _STATES else None,
        subscriptions=[endpoint] if endpoint else None,
        since=_moment(given.get("since", "")) or (now - ago if ago else None),
        records=[_id(given["record"])] if given.get("record") else None,
        reason=given.get("reason") or None,
    )


def _endpoint(text: str, endpoints: dict[UUID, Subscription]) -> Subscription:
    found = endpoints.get(_id(text))
    if found is None:
        raise NotFound("receiver", text)
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("delivery", text) from None


def _moment(text: str) -> datetime | None:
    """ISO 8601 with its offset; anything else asks for nothing."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


async def _cause(
    tx: Transaction,
    visit: Visit,
    query: dict[str, str],
    known: dict[UUID, Connection],
    endpoints: dict[UUID, Subscription],
) -> Cause | None:
    """What is wrong with all of the list, where it is of one cause."""
    if not (query.get("endpoint") and query.get("reason")):
        return None
    endpoint = _endpoint(query["endpoint"], endpoints)
    rounds = await webhooks.rounds(tx, visit.tenant.id)
    for one in await webhooks.troubles(tx, visit.tenant.id):
        if (one.subscription, one.reason) == (endpoint.id, query["reason"]):
            return troubles.cause(one, endpoint, known, rounds)
    return None


async def _told(
    tx: Transaction,
    visit: Visit,
    deliveries: list[Delivery],
    known: dict[UUID, Connection],
    endpoints: dict[UUID, Subscription],
) -> list[Told]:
    records = {one.record_id for one in deliveries}
    goods = {id: one.value.sku for id, one in (await products.by_ids(tx, visit.caller, list(records))).items()}
    sold = {
        id: one.value.channel_number or str(one.number)
        for id, one in (await orders.by_ids(tx, visit.caller, list(records - goods.keys()))).items()
    }
    now = visit.hub.now()

    def told(one: Delivery) -> Told:
        place = "products" if one.record_id in goods else "orders" if one.record_id in sold else ""
        return Told(
            delivery=one,
            endpoint=endpoints[one.subscription],
            connection=known[endpoints[one.subscription].connection],
            name=one.subject or goods.get(one.record_id) or sold.get(one.record_id) or "",
            address=visit.url(place, one.record_id.hex) if place else "",
            is_being_sent=one.is_being_sent(now),
        )

    return [told(one) for one in deliveries]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a receiver is sent."""

    url: str
    headers: dict[str, str]
    body: str
    #: When it was sent, or now for one that was not sent yet.
    at: datetime


async def get_delivery(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        known, endpoints = await troubles.receivers(tx, visit)
        found = await webhooks.delivery(tx, visit.tenant.id, _id(visit.path("delivery")))
        (told,) = await _told(tx, visit, [found], known, endpoints)
        attempts = await webhooks.attempts(tx, visit.tenant.id, found.id)
        hold = await webhooks.hold(tx, visit.tenant.id, found)
    return page(
        visit,
        "delivery.html",
        told=told,
        attempts=[(one, one.answer.decode(errors="replace")) for one in reversed(attempts)],
        request=_request(visit, told, attempts),
        next=_next(visit, told, hold),
        words=troubles.words(found.reason) if found.reason else None,
    )


def _request(visit: Visit, told: Told, attempts: list[Attempt]) -> Request:
    at = attempts[-1].began_at if attempts else visit.hub.now()
    body = visit.house.styles[told.endpoint.style].body(visit.tenant.number, told.delivery)
    headers = signing.request_headers(visit.hub.keys, told.endpoint, told.delivery, body, at)
    return Request(url=told.endpoint.url, headers=headers, body=body.decode(), at=at)


def _next(visit: Visit, told: Told, hold: Hold) -> dict[str, Any] | None:
    """What comes next of a delivery that waits: `paused`, `behind` another, or `at` a moment."""
    one = told.delivery
    if one.state is not State.DUE or told.is_being_sent:
        return None
    at = max(one.next_attempt_at, hold.until or one.next_attempt_at)
    return {
        "paused": told.endpoint.paused_at is not None,
        "behind": hold.behind,
        "at": at if at > visit.hub.now() else None,
    }


async def post_again(visit: Visit) -> Reply:
    """One delivery, now."""
    id = _id(visit.path("delivery"))
    async with visit.hub.change(visit.tenant.id) as tx:
        found = await webhooks.delivery(tx, visit.tenant.id, id)
        endpoint = await webhooks.subscription(tx, visit.tenant.id, found.subscription)
        _check_told(endpoint)
        done = await webhooks.again(tx, visit.tenant.id, [id], now=visit.hub.now())
        await ask_at_once(tx, visit, endpoint)
    back = visit.url("deliveries", id.hex)
    if not done:
        return visit.go(back, "It is being sent at this moment.")
    if endpoint.paused_at:
        return visit.go(back, "It is sent again as soon as the receiver is resumed.")
    return visit.go(back, "It is sent again now.")


def _check_told(endpoint: Subscription) -> None:
    if not endpoint.is_active:
        raise Locked("receiver", "this receiver is told nothing any more: its connection or its address was removed")


async def ask_at_once(tx: Transaction, visit: Visit, endpoint: Subscription) -> None:
    """Whoever sends something again says that the receiver works: one that fails is no longer left in peace."""
    if endpoint.failures and not endpoint.paused_at:
        await webhooks.resume(tx, visit.tenant.id, endpoint)


async def post_pause(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        endpoint = await webhooks.subscription(tx, visit.tenant.id, _id(visit.path("endpoint")))
        _check_told(endpoint)
        if not endpoint.paused_at:
            reason = f"paused by {visit.session.user.name}"
            await webhooks.pause(tx, visit.tenant.id, endpoint, reason, now=visit.hub.now())
    undo = Undo(visit.url("endpoints", endpoint.id.hex, "resume"), {})
    return visit.go(visit.url("deliveries"), f"{endpoint.url} is told nothing until it is resumed.", undo=undo)


async def post_resume(visit: Visit) -> Reply:
    """Also for one that fails and is left in peace: it is asked at once."""
    async with visit.hub.change(visit.tenant.id) as tx:
        endpoint = await webhooks.subscription(tx, visit.tenant.id, _id(visit.path("endpoint")))
        _check_told(endpoint)
        if endpoint.paused_at or endpoint.failures:
            await webhooks.resume(tx, visit.tenant.id, endpoint)
    return visit.go(visit.url("deliveries"), f"{endpoint.url} is told again: what waits is sent now.")


PAGES = (
    Page("GET", "/{shop}/deliveries", get_problems),
    Page("GET", "/{shop}/deliveries/all", get_all),
    Page("GET", "/{shop}/deliveries/{delivery}", get_delivery),
    Page("POST", "/{shop}/deliveries/{delivery}/again", post_again, Right.DELIVERIES),
    Page("POST", "/{shop}/endpoints/{endpoint}/pause", post_pause, Right.DELIVERIES),
    Page("POST", "/{shop}/endpoints/{endpoint}/resume", post_resume, Right.DELIVERIES),
)
