import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.errors import Invalid
from plughub.core.events import Event
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.values import to_json
from plughub.core.webhooks import queries, rules, store
from plughub.core.webhooks.model import Delivery, Notice, Outcome, Sent, State, Style, Subscription

#: Bytes of an answer that are kept.
_KEPT = 4096


async def subscribe(
    tx: Transaction, caller: Caller, connection: ConnectionId, *, url: str, style: str, kinds: Sequence[str] = ()
) -> Subscription:
    """Tell `url` of changes that this connection did not make itself."""
    _check_url(url)
    made = Subscription(id=ids.new(), connection=connection, url=url, style=style, kinds=tuple(kinds), is_active=True)
    await tx.run(
        "INSERT INTO subscriptions (tenant_id, id, connection_id, url, style, kinds, is_active)"
        " VALUES ($1, $2, $3, $4, $5, $6, true)",
        caller.tenant, made.id, connection, url, style, list(kinds),
    )  # fmt: skip
    await tx.run(store.OPEN_ENDPOINT, caller.tenant, made.id)
    return made


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise Invalid("url", "must begin with https:// or http://")


async def end(tx: Transaction, tenant: TenantId, connection: ConnectionId, *, now: datetime) -> None:
    """The connection is told nothing more; what was planned for it is cancelled."""
    ids = [one.id for one in await queries.subscriptions(tx, tenant, connection)]
    await _end(tx, tenant, ids, now)


async def unsubscribe(tx: Transaction, tenant: TenantId, id: UUID, *, now: datetime) -> None:
    await _end(tx, tenant, [id], now)


async def _end(tx: Transaction, tenant: UUID, ids: Sequence[UUID], now: datetime) -> None:
    await _lock(tx, tenant, ids)
    await tx.run(
        "UPDATE subscriptions SET is_active = false WHERE tenant_id = $1 AND id = ANY ($2::uuid[])", tenant, list(ids)
    )
    await tx.run(store.CANCEL, tenant, list(ids), now)
    for id in ids:
        await _rest(tx, tenant, id)


async def _lock(tx: Transaction, tenant: UUID, subscriptions: Iterable[UUID]) -> None:
    await tx.run(store.LOCK_ENDPOINTS, tenant, list(subscriptions))


async def plan(
    tx: Transaction,
    tenant: UUID,
    events: Iterable[Event],
    subscriptions: Sequence[Subscription],
    styles: Mapping[str, Style],
    *,
    now: datetime,
) -> int:
    """The deliveries that events call for; none back to the connection that caused them. Returns how many.

    To be called once for an event, in the transaction that gives it its place in the feed.
    """
    batch = _Batch()
    for event in events:
        for subscription in subscriptions:
            for notice in _notices(event, subscription, styles):
                batch.add(_row(event, subscription, notice))
    rows = batch.rows
    if rows:
        # In the order of the notices, also of those of one event: of equal positions the smaller id goes first.
        for row, id in zip(rows, sorted(ids.new() for _ in rows), strict=True):
            row["id"] = id
        told = list({row["subscription"] for row in rows})
        await _lock(tx, tenant, told)
        await tx.run(store.PLAN, tenant, to_json(rows), now)
        await tx.run(store.WAKE, tenant, told, now)
    return len(rows)


class _Batch:
    """What is planned together: updates of one record are one delivery, but none moves ahead of a deletion.

    Whoever is told last that a SKU is gone deletes it, though it may be back by then.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._updates: dict[tuple[Any, ...], dict[tuple[Any, ...], dict[str, Any]]] = {}
        self._deleted: set[tuple[Any, ...]] = set()

    def add(self, row: dict[str, Any]) -> None:
        of_record = (row["subscription"], row["record"])
        row["merges"] = row["action"] == "updated" and of_record not in self._deleted
        if row["action"] == "updated":
            updates = self._updates.setdefault(of_record, {})
            earlier = updates.setdefault((row["kind"], row["subject"]), row)
            if earlier is not row:
                earlier["event"] = row["event"]
                earlier["aspects"] = sorted({*earlier["aspects"], *row["aspects"]})
                return
        elif row["action"] == "deleted":
            self._deleted.add(of_record)
            self._updates.pop(of_record, None)
        self.rows.append(row)


def _notices(event: Event, subscription: Subscription, styles: Mapping[str, Style]) -> list[Notice]:
    if event.silent or event.is_private:
        return []
    if not subscription.is_active or subscription.connection == event.connection_id:
        return []
    style = styles.get(subscription.style)
    notices = style.notices(event) if style else ()
    return [notice for notice in notices if not subscription.kinds or notice.kind in subscription.kinds]


def _row(event: Event, subscription: Subscription, notice: Notice) -> dict[str, Any]:
    return {
        "subscription": subscription.id,
        "event": event.id,
        "position": event.position,
        "kind": notice.kind,
        "record": event.record_id,
        "subject": notice.subject,
        "action": notice.action,
        "aspects": sorted(notice.aspects),
    }


async def claim(
    tx: Transaction, tenant: UUID, subscription: UUID, *, limit: int, lease: timedelta, probe: bool, now: datetime
) -> list[Delivery]:
    """Take due deliveries of one endpoint, at most one of each record, for as long as `lease`.

    What a worker took and never settled is taken again when its lease is over.
    """
    sql = store.CLAIM_PROBE if probe else store.CLAIM
    rows = await tx.all(sql, tenant, subscription, now, limit, ids.new(), now + lease)
    lost = [row for row in rows if row["lost"] is not None]
    if lost:
        await tx.run(
            store.INTERRUPTED, tenant, [ids.new() for _ in lost], [row["id"] for row in lost],
            [row["attempt_count"] - 1 for row in lost], now,
        )  # fmt: skip
    return [queries.delivery_of(row) for row in rows]


async def settle(
    tx: Transaction,
    tenant: UUID,
    subscription: Subscription,
    style: Style,
    results: Sequence[tuple[Delivery, Sent]],
    *,
    now: datetime,
) -> tuple[Subscription, datetime | None]:
    """Keep what was tried, and decide what comes next. Returns the endpoint as it is now, and when it is due again.

    May be repeated by whoever did not hear whether it was kept.
    """
    rows = [_settled(delivery, sent, rules.after(style, delivery, sent, now)) for delivery, sent in results]
    await _lock(tx, tenant, [subscription.id])
    await tx.run(store.SETTLE, tenant, to_json(rows))
    after = _health(style, subscription, [sent for _, sent in results], now)
    await tx.run(
        store.HEALTH, tenant, after.id, after.failures, after.failing_since, after.attempted_at, after.delivered_at,
        after.warned_hours, after.paused_at, after.pause_reason,
    )  # fmt: skip
    return after, await _rest(tx, tenant, after.id, rules.held_until(style, after, now))


def _settled(delivery: Delivery, sent: Sent, then: rules.Next) -> dict[str, Any]:
    return {
        "delivery": delivery.id,
        "claim": delivery.claim,
        "state": then.state,
        "next": then.at,
        "attempt": _attempt(delivery, sent),
        "number": delivery.attempt_count,
        "began": sent.began_at,
        "seconds": sent.seconds,
        "status": sent.status,
        "outcome": Outcome.DELIVERED if then.state is State.DELIVERED else Outcome.FAILED,
        "reason": then.reason,
        "answer": base64.b64encode(sent.answer[:_KEPT]).decode(),
    }


def _attempt(delivery: Delivery, sent: Sent) -> UUID:
    """One id for each delivery and claim, however often it is asked for."""
    assert delivery.claim is not None  # noqa: S101
    return ids.at(int(sent.began_at.timestamp() * 1000), (delivery.id.int ^ delivery.claim.int) >> 20 & 0x3FFFFFFFFFF)


def _health(style: Style, before: Subscription, sent: Sequence[Sent], now: datetime) -> Subscription:
    """What was tried together counts as one failure, and only if nothing of it succeeded."""
    if any(one.status is not None and style.is_success(one.status) for one in sent):
        after = replace(before, failures=0, failing_since=None, warned_hours=0, delivered_at=now)
    else:
        after = replace(before, failures=before.failures + 1, failing_since=before.failing_since or now)
    reason = rules.reason_to_pause(style, after, sent, now)
    after = replace(after, attempted_at=now)
    return replace(after, paused_at=now, pause_reason=reason) if reason else after


async def warned(tx: Transaction, tenant: UUID, subscription: UUID, hours: int) -> None:
    await tx.run(
        "UPDATE subscriptions SET warned_hours = $3 WHERE tenant_id = $1 AND id = $2", tenant, subscription, hours
    )


async def rest(tx: Transaction, tenant: UUID, subscription: UUID) -> None:
    """Note when an endpoint has to be looked at again. The last thing in its transaction."""
    await _lock(tx, tenant, [subscription])
    await _rest(tx, tenant, subscription)


async def _rest(
    tx: Transaction, tenant: UUID, subscription: UUID, held_until: datetime | None = None
) -> datetime | None:
    """The same for whoever holds the endpoint. Returns that time; None while nothing is to be sent."""
    due_at: datetime | None = await tx.value(store.REST, tenant, subscription, held_until)
    return due_at


async def pause(tx: Transaction, tenant: TenantId, subscription: Subscription, reason: str, *, now: datetime) -> None:
    """Deliveries are planned from now on, and wait."""
    await _lock(tx, tenant, [subscription.id])
    await tx.run(
        "UPDATE subscriptions SET paused_at = coalesce(paused_at, $3), pause_reason = $4"
        " WHERE tenant_id = $1 AND id = $2",
        tenant, subscription.id, now, reason,
    )  # fmt: skip
    await _rest(tx, tenant, subscription.id)


async def resume(tx: Transaction, tenant: TenantId, subscription: Subscription) -> None:
    """What waited is sent. The endpoint counts as healthy until it shows otherwise."""
    await _lock(tx, tenant, [subscription.id])
    await tx.run(
        "UPDATE subscriptions SET paused_at = NULL, pause_reason = NULL, failures = 0, failing_since = NULL,"
        " warned_hours = 0 WHERE tenant_id = $1 AND id = $2",
        tenant,
        subscription.id,
    )
    await _rest(tx, tenant, subscription.id)


async def change_url(tx: Transaction, tenant: TenantId, subscription: Subscription, url: str) -> None:
    _check_url(url)
    await tx.run("UPDATE subscriptions SET url = $3 WHERE tenant_id = $1 AND id = $2", tenant, subscription.id, url)


async def rotate(tx: Transaction, tenant: TenantId, subscription: Subscription, *, now: datetime) -> Subscription:
    """A new signing secret; the one before signs, too, for a day more."""
    await tx.run(
        "UPDATE subscriptions SET secret_number = secret_number + 1, secret_changed_at = $3"
        " WHERE tenant_id = $1 AND id = $2",
        tenant,
        subscription.id,
        now,
    )
    return await queries.subscription(tx, tenant, subscription.id)


async def again(tx: Transaction, tenant: TenantId, deliveries: Sequence[UUID], *, now: datetime) -> int:
    """Send deliveries again, from the beginning of their calendar. Those being sent now are left alone.

    Returns how many; a delivery whose endpoint has ended is not among them.
    """
    await _lock(tx, tenant, [row["id"] for row in await tx.all(store.ENDPOINTS_OF, tenant, list(deliveries))])
    rows = await tx.all(store.AGAIN, tenant, now, list(deliveries))
    await tx.run(store.WAKE, tenant, list({row["subscription_id"] for row in rows}), now)
    return len(rows)
