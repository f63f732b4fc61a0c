"""A delivery that tells of nothing: to see whether a receiver can be reached, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plughub.core import ids, products, webhooks
from plughub.core.caller import Caller
from plughub.core.errors import Conflict
from plughub.core.hub import Hub, Transaction
from plughub.core.listing import Query
from plughub.core.webhooks import Delivery, Sent, State, Style, Subscription
from plughub.delivery.counts import Counts
from plughub.delivery.pump import Pump
from plughub.outbound import Outbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    endpoint: Subscription
    style: Style
    body: bytes
    sent: Sent

    @property
    def was_taken(self) -> bool:
        return self.sent.status is not None and self.style.is_success(self.sent.status)

    @property
    def reason(self) -> str | None:
        """Why it was not taken."""
        return None if self.was_taken else self.sent.trouble or f"answered {self.sent.status}"


async def send(
    hub: Hub, outbound: Outbound, styles: Mapping[str, Style], account: int, caller: Caller, id: UUID
) -> Tried:
    """Tell the endpoint now, as a delivery would; nothing of it is written down. `account`: the tenant's number."""
    async with hub.read(caller.tenant) as tx:
        endpoint = await webhooks.subscription(tx, caller.tenant, id)
        style = styles[endpoint.style]
        record = await _record(tx, caller, style) or endpoint.id
    told = delivery(style, endpoint, record, hub.now())
    sent = await Pump(hub, outbound, styles, Counts()).send(endpoint, style, account, told)
    return Tried(endpoint=endpoint, style=style, body=style.body(account, told), sent=sent)


async def _record(tx: Transaction, caller: Caller, style: Style) -> UUID | None:
    """The record that the test names; None where it names none."""
    if style.trial_kind is None:
        return None
    page = await products.heads(tx, caller, Query(limit=1, descending=True, walks=False))
    if not page.records:
        raise Conflict("the test names a product in which nothing changed, and there is none yet: create one")
    return page.records[0].id


def delivery(style: Style, endpoint: Subscription, record: UUID, now: datetime) -> Delivery:
    """Of no event and in no table. `record`: whose id it names."""
    return Delivery(
        id=ids.of(now),
        subscription=endpoint.id,
        event=ids.of(now),
        position=0,
        kind=style.trial.kind,
        record_id=record,
        subject=style.trial.subject,
        action=style.trial.action,
        aspects=style.trial.aspects,
        state=State.DUE,
        attempt_count=1,
        next_attempt_at=now,
    )
