"""The hub's own webhooks: every kind of record, 17 attempts over a week, any 2xx is success."""

from collections.abc import Sequence

import msgspec

from plughub.core import webhooks
from plughub.core.events import Event
from plughub.core.webhooks import Delivery, Notice, Style


def _notices(event: Event) -> Sequence[Notice]:
    return (Notice(kind=event.kind, action=event.action, aspects=event.aspects),)


def _body(_account: int, delivery: Delivery) -> bytes:
    """Thin: the receiver reads the record, so that what it sees is never older than what it was told."""
    data = {
        "id": str(delivery.record_id),
        "kind": delivery.kind,
        "action": delivery.action,
        "aspects": sorted(delivery.aspects),
        "position": delivery.position,
    }
    return msgspec.json.encode({"type": f"{delivery.kind}.{delivery.action}", "data": data})


STYLE = Style(
    name="native",
    calendar=webhooks.NATIVE,
    timeout=20.0,
    is_success=lambda status: 200 <= status < 300,
    notices=_notices,
    body=_body,
    kinds=("product", "order", "customer", "message", "connection"),
    trial=Notice(kind="webhook", action="test"),
    farewells=frozenset({410}),
)
