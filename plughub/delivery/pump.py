"""Sending what is due to one endpoint: claim, send with no transaction open, keep what came of it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import msgspec

from plughub.core import tenants, webhooks
from plughub.core.errors import TryAgain, Unavailable
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.tenants import Tenant
from plughub.core.webhooks import Delivery, Sent, Style, Subscription
from plughub.delivery import signing
from plughub.delivery.counts import Counts
from plughub.outbound import Answer, Limits, NotSent, Outbound

log = logging.getLogger("plughub.delivery")

#: A pump ends after so many deliveries or seconds, so that other endpoints get their turn.
_MOST, _LONGEST = 50, 10.0
#: Deliveries of different records that are on their way at once, to a receiver that is well or that is failing.
_ABREAST, _ABREAST_FAILING = 8, 4
#: Seconds beyond the time-out that a claim holds: what a dead worker held is sent again soon after.
_GRACE = 5.0
#: Seconds that messages on their way get when the worker is told to stop; less than the engine waits for us.
_FAREWELL = 4.0
#: Seconds between two tries to keep a result while the database is away.
_PAUSE = 0.5


class Job(msgspec.Struct, frozen=True):
    """What the job engine carries: which endpoint."""

    tenant: UUID
    subscription: UUID

    @property
    def key(self) -> str:
        return f"{self.tenant}:{self.subscription}"


@dataclass(frozen=True, slots=True)
class Pump:
    hub: Hub
    outbound: Outbound
    styles: Mapping[str, Style]
    counts: Counts

    async def __call__(self, payload: bytes) -> None:
        await self.run(msgspec.json.decode(payload, type=Job))

    async def run(self, job: Job) -> int:
        """Send what is due, at most 50 deliveries or for 10 s. Returns how many were tried."""
        began, tried = time.monotonic(), 0
        is_due = True
        while is_due and tried < _MOST and time.monotonic() - began < _LONGEST:
            sent, is_due = await self._round(job)
            tried += sent
        return tried

    async def _round(self, job: Job) -> tuple[int, bool]:
        """How many were tried, and whether there is more to do now."""
        began = time.monotonic()
        async with self.hub.read(job.tenant) as tx:
            endpoint = await webhooks.subscription(tx, job.tenant, job.subscription)
            tenant = await tenants.tenant(tx, TenantId(job.tenant))
        style = self.styles[endpoint.style]
        claimed = await self._claim(job, endpoint, style)
        if not claimed:
            return 0, False
        sending = {asyncio.create_task(self.send(endpoint, style, tenant.number, one)): one for one in claimed}
        is_stopped = await _ended(sending)
        tried = [(one, task.result()) for task, one in sending.items() if task.done()]
        ends = began + style.timeout + _GRACE
        due_at = await _kept(lambda: self._settle(tenant, endpoint, style, tried), ends) if tried else None
        if is_stopped:
            raise asyncio.CancelledError
        return len(claimed), due_at is not None and due_at <= self.hub.now()

    async def _claim(self, job: Job, endpoint: Subscription, style: Style) -> list[Delivery]:
        async with self.hub.change(job.tenant) as tx:
            claimed = []
            if endpoint.is_active and endpoint.paused_at is None:
                probe = webhooks.is_probing(style, endpoint)
                claimed = await webhooks.claim(
                    tx,
                    job.tenant,
                    job.subscription,
                    limit=1 if probe else _ABREAST_FAILING if endpoint.failures else _ABREAST,
                    lease=timedelta(seconds=style.timeout + _GRACE),
                    probe=probe,
                    now=self.hub.now(),
                )
            if not claimed:
                await webhooks.rest(tx, job.tenant, job.subscription)
        return claimed

    async def send(self, endpoint: Subscription, style: Style, account: int, delivery: Delivery) -> Sent:
        """One try, signed and guarded; nothing is written down."""
        began_at, began = self.hub.now(), time.monotonic()
        try:
            body = style.body(account, delivery)
        except Exception:
            log.exception("a delivery could not be written", extra=_named(endpoint) | {"delivery": str(delivery.id)})
            return Sent(began_at=began_at, seconds=0.0, trouble="the hub could not write this message")
        headers = signing.request_headers(self.hub.keys, endpoint, delivery, body, began_at)
        try:
            answer = await self.outbound.post(
                endpoint.url, body, headers=headers, limits=Limits(whole=style.timeout), secure=style.needs_tls
            )
        except NotSent as trouble:
            return Sent(began_at=began_at, seconds=time.monotonic() - began, trouble=str(trouble))
        return Sent(
            began_at=began_at,
            seconds=answer.seconds,
            status=answer.status,
            answer=answer.body,
            retry_after=_retry_after(answer, self.hub.now()),
        )

    async def _settle(
        self, tenant: Tenant, endpoint: Subscription, style: Style, results: Sequence[tuple[Delivery, Sent]]
    ) -> datetime | None:
        """When the endpoint is due again."""
        async with self.hub.change(tenant.id) as tx:
            settled, due_at = await webhooks.settle(tx, tenant.id, endpoint, style, results, now=self.hub.now())
            hours = webhooks.warning_due(settled, self.hub.now())
            if hours is not None:
                await webhooks.warned(tx, tenant.id, settled.id, hours)
        for delivery, sent in results:
            self.counts.tried(style, sent)
            _log_failure(settled, style, delivery, sent)
        _log_health(tenant, endpoint, settled, hours)
        return due_at


async def _ended(sending: Collection[asyncio.Task[Sent]]) -> bool:
    """Wait for all; whether we were told to stop. What is nearly done then is: sent and not kept, it is sent again."""
    try:
        await asyncio.wait(sending)
    except asyncio.CancelledError:
        _, late = await asyncio.wait(sending, timeout=_FAREWELL)
        for task in late:
            task.cancel()
        return True
    return False


async def _kept(settle: Callable[[], Awaitable[datetime | None]], ends: float) -> datetime | None:
    """Tried for as long as the claim holds: what was answered and then forgotten would be sent once more."""
    while True:
        try:
            return await settle()
        except (Unavailable, TryAgain):
            if time.monotonic() + _PAUSE > ends:
                raise
        await asyncio.sleep(_PAUSE)


def _named(endpoint: Subscription) -> dict[str, object]:
    return {"endpoint": str(endpoint.id), "connection": str(endpoint.connection)}


def _log_failure(endpoint: Subscription, style: Style, delivery: Delivery, sent: Sent) -> None:
    if sent.status is not None and style.is_success(sent.status):
        return
    left = len(style.calendar.steps) + 1 - delivery.attempt_count
    log.info(
        "delivery failed" if left > 0 else "delivery is dead",
        extra=_named(endpoint)
        | {
            "delivery": str(delivery.id),
            "attempt": delivery.attempt_count,
            "left": max(0, left),
            "status": sent.status,
            "why": sent.trouble or f"answered {sent.status}",
        },
    )


def _log_health(tenant: Tenant, before: Subscription, after: Subscription, hours: int | None) -> None:
    """For the owner: what has been failing for `hours`, is left alone from now on, or is well again."""
    see = f"plughub webhook show {after.id} --tenant {tenant.code}"
    named = _named(after) | {"tenant": tenant.code, "see": see}
    if hours is not None:
        facts = {"hours": hours, "since": after.failing_since, "failures": after.failures}
        log.warning("endpoint has been failing", extra=named | facts)
    if after.paused_at and not before.paused_at:
        log.warning("endpoint paused", extra=named | {"why": after.pause_reason})
    if before.warned_hours and not after.failures:
        log.warning("endpoint is well again", extra=named | {"failures": before.failures})


def _retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds that the receiver asks for, given as a number or as a date."""
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None
