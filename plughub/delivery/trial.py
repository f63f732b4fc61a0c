"""A delivery that tells of nothing: to see whether a receiver can be reached, and what it answers."""

from datetime import datetime
from uuid import UUID

from plughub.core import ids
from plughub.core.webhooks import Delivery, State, Style, Subscription


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
