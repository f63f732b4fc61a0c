"""Notifications: which changes an application is told of, in which words, and when it is tried again.

Body, pairs of type and action, and the eight steps are the vendor's (specification 10).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from plughub.core import ids, patch
from plughub.core.events import Action, Event
from plughub.core.patch import Change
from plughub.core.webhooks import Calendar, Delivery, Notice, Style
from plughub.web.dialect import Described

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
_STOCK_AND_PRICE = frozenset({"stock", "price"})


def _notices(event: Event) -> Sequence[Notice]:
    told = _TOLD.get(event.kind)
    return tuple(told(event)) if told else ()


def _product(event: Event) -> Iterator[Notice]:
    # First what is gone: whoever is told of the product reads it, and knows how it is now.
    for sku in _skus_gone(event):
        # Here the receiver is told the SKU, not an id (S).
        yield Notice(kind="skus", action="deleted", aspects=_STOCK_AND_PRICE, subject=sku)
    if event.action is Action.CREATED:
        yield Notice(kind="products", action="created", aspects=_STOCK_AND_PRICE)
    elif event.action is Action.UPDATED:
        yield Notice(kind="products", action="updated", aspects=event.aspects & _FLAGGED)


def _skus_gone(event: Event) -> list[str]:
    """SKUs that the event took away; not those that another variation of the product has got with it."""
    gone = [sku for change in event.changes if change.after is None for sku in _skus(change.field, change.before)]
    kept = {sku for change in event.changes for sku in _skus(change.field, change.after)}
    return [sku for sku in gone if sku not in kept]


def _skus(field: str, value: Any) -> Iterator[str]:
    """SKUs in one side of a change: a whole product's, a whole variation's, or the SKU itself."""
    match patch.names(field), value:
        case [""], {"default": {"sku": sku}}:
            yield from (variant["sku"] for variant in value.get("variants", ()) if "sku" in variant)
            yield sku
        case ["variants"], {"sku": sku}:
            yield sku
        case ["default" | "variants", "sku"], str(sku):
            yield sku


def _order(event: Event) -> Iterator[Notice]:
    if event.action is Action.CREATED:
        yield Notice(kind="orders", action="created", aspects=frozenset({"status"}))
    elif event.action is Action.UPDATED:
        yield Notice(kind="orders", action="updated", aspects=event.aspects & {"status"})
    if any(_is_new_invoice(change) for change in event.changes):
        yield Notice(kind="invoices", action="created")


def _is_new_invoice(change: Change) -> bool:
    """An invoice number or key appears: on a shipment that was there, with a new shipment or with a new order."""
    if change.before or not change.after:
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
        yield Notice(kind="messages", action=event.action, aspects=event.aspects & {"status"})


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
    # Shops that have been told for years have addresses from before certificates were free.
    needs_tls=False,
    # There is no pair for a test: a product of which nothing changed is the most harmless one.
    trial=Notice(kind="products", action="updated"),
    trial_kind="product",
)


def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}


NOTIFICATION = Described(
    summary="What the hub sends when somebody else changes something",
    tag="Notifications",
    parameters=(
        _header("webhook-id", "the same for every try of a notification"),
        _header("webhook-timestamp", "when it was sent, unix seconds"),
        _header("webhook-signature", "v1, and the HMAC-SHA256 of id.timestamp.body in base64 (Standard Webhooks)"),
    ),
    body={"$ref": "#/components/schemas/Notification"},
    answers={200: ("received; any other status is a failure and it is sent again, nine times in all", {})},
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "user": {"type": "integer", "description": "number of the account"},
        "id": {"type": "string", "description": "id of the record; the SKU where the type is skus"},
        "changes": {"type": "object", "properties": {flag: {"type": "boolean"} for flag in _FLAGS}},
        "type": {"type": "string", "enum": list(STYLE.kinds)},
        "action": {"type": "string", "enum": ["created", "updated", "deleted"]},
    },
    "required": ["user", "id", "changes", "type", "action"],
}
