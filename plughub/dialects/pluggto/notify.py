"""Notifications: which changes an application is told of, in which words, and when it is tried again.

Body, pairs of type and action, and the eight steps are the vendor's (specification 10).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from plughub.core import ids
from plughub.core.events import Action, Event
from plughub.core.patch import Change
from plughub.core.webhooks import Calendar, Delivery, Notice, Style

_CALENDAR = Calendar(
    steps=(
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=3),
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(days=2),
    )
)

_FLAGS = ("status", "stock", "price")
_FLAGGED = frozenset(_FLAGS)
_GONE = frozenset({"stock", "price"})


def _notices(event: Event) -> Sequence[Notice]:
    told = _TOLD.get(event.kind)
    return tuple(told(event)) if told else ()


def _product(event: Event) -> Iterator[Notice]:
    if event.action is Action.CREATED:
        yield Notice(kind="products", action="created", aspects=_GONE)
    elif event.action is Action.UPDATED:
        yield Notice(kind="products", action="updated", aspects=event.aspects & _FLAGGED)
    for sku in _skus_gone(event):
        # Here the receiver is told the SKU, not an id (S).
        yield Notice(kind="skus", action="deleted", aspects=_GONE, subject=sku)


def _skus_gone(event: Event) -> Iterator[str]:
    for change in event.changes:
        if change.after is None and isinstance(change.before, dict):
            yield from _skus_in(change)


def _skus_in(change: Change) -> Iterator[str]:
    gone: dict[str, Any] = change.before
    if change.field == "":
        yield from (v["sku"] for v in gone.get("variants", ()) if v.get("sku"))
        yield gone["default"]["sku"]
    elif change.field.startswith("variants[") and change.field.count("[") == 1 and gone.get("sku"):
        yield gone["sku"]


def _order(event: Event) -> Iterator[Notice]:
    if event.action is Action.CREATED:
        yield Notice(kind="orders", action="created", aspects=frozenset({"status"}))
    elif event.action is Action.UPDATED:
        yield Notice(kind="orders", action="updated", aspects=event.aspects & {"status"})
    if any(_is_new_invoice(change) for change in event.changes):
        yield Notice(kind="invoices", action="created")


def _is_new_invoice(change: Change) -> bool:
    """An invoice number or key appears: on a shipment that was there, with a new shipment or with a new order."""
    if change.before is not None or change.after is None:
        return False
    if change.field.endswith((".invoice.number", ".invoice.key")):
        return True
    shipments: Sequence[Any] = ()
    if change.field == "":
        shipments = change.after.get("shipments", ())
    elif change.field.startswith("shipments[") and change.field.endswith("]"):
        shipments = (change.after,)
    return any(shipment.get("invoice", {}).get(name) for shipment in shipments for name in ("number", "key"))


def _message(event: Event) -> Iterator[Notice]:
    if event.action is not Action.DELETED:
        yield Notice(kind="messages", action=event.action)


#: No other kind has a pair that this vendor's clients know; some fail on one that they do not know (C).
_TOLD = {"product": _product, "order": _order, "message": _message}


def _body(account: int, delivery: Delivery) -> bytes:
    told = {
        "user": account,
        "id": delivery.subject or ids.hex24(delivery.record_id),
        "changes": {flag: flag in delivery.aspects for flag in _FLAGS},
        "type": delivery.kind,
        "action": delivery.action,
    }
    return msgspec.json.encode(told)


STYLE = Style(
    name="pluggto",
    calendar=_CALENDAR,
    timeout=10.0,
    # Only 200 (S); 201, 204 and redirections are failures.
    is_success=lambda status: status == 200,
    notices=_notices,
    body=_body,
    kinds=("products", "skus", "orders", "messages", "invoices"),
    # There is no pair for a test: a product of which nothing changed is the most harmless one.
    trial=Notice(kind="products", action="updated"),
    trial_kind="product",
)
