"""The payments of an order and what happened to them, as the order shows them (specification 14.1).

They are records of their own, read-only here. Ids of connections are left out: they change without the order.
"""

from collections.abc import Sequence
from typing import Any

from plughub.core import finance
from plughub.core.finance import Method, Payment, PaymentEvent
from plughub.core.hub import Transaction
from plughub.core.money import Money
from plughub.core.orders import Order
from plughub.core.orders import Payment as Told
from plughub.core.record import Record
from plughub.dialects.plugboard import custom
from plughub.dialects.plugboard.kinds import write_moment
from plughub.dialects.plugboard.payments import PAYMENT_EVENTS, PAYMENTS, event_from_core, payment_from_core
from plughub.dialects.plugboard.scene import Scene

_ABOUT = {"readOnly": True, "description": "read-only; records of their own"}
FIELDS: dict[str, dict[str, Any]] = {
    "payments": {"type": "array", "items": {"$ref": f"#/components/schemas/{PAYMENTS.name}"}, **_ABOUT},
    "paymentTransactionEvents": {
        "type": "array", "items": {"$ref": f"#/components/schemas/{PAYMENT_EVENTS.name}"}, **_ABOUT,
    },
}  # fmt: skip


async def learn(tx: Transaction, scene: Scene, records: Sequence[Record[Order]]) -> None:
    if records:
        scene.money |= await finance.of_orders(tx, scene.caller, [record.id for record in records])


def write(scene: Scene, record: Record[Order]) -> dict[str, Any]:
    known = scene.money.get(record.id, ())
    paid = [(one, one.value) for one in known if isinstance(one.value, Payment)]
    happened = [(one, one.value) for one in known if isinstance(one.value, PaymentEvent)]
    return {
        "payments": [
            *(_told(scene, record.value, one) for one in record.value.payments),
            *(_shown(scene, PAYMENTS.path, one, payment_from_core(scene, noun)) for one, noun in paid),
        ],
        "paymentTransactionEvents": [
            _shown(scene, PAYMENT_EVENTS.path, one, event_from_core(scene, noun)) for one, noun in happened
        ],
    }


def _shown(scene: Scene, path: str, record: Record[Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "href": scene.href(path, record.id),
        "localId": record.id.hex,
        "created": write_moment(record.created_at),
        "lastModified": write_moment(record.changed_at),
        **{name: value for name, value in fields.items() if name != "order"},
        "customData": custom.write(record.value.custom),
    }


def _told(scene: Scene, order: Order, told: Told) -> dict[str, Any]:
    """A payment that another wire wrote with the order: part of it, without a record of its own."""
    code = told.method or told.kind
    payment = Payment(
        method=Method(code=code) if code else None,
        amount=Money(currency=order.currency, amount=told.total) if told.total is not None else None,
        transaction=told.external,
    )
    fields = payment_from_core(scene, payment)
    shown = {"href": None, "localId": told.id.hex, "created": None, "lastModified": None}
    return {**shown, **{name: value for name, value in fields.items() if name != "order"}, "customData": {}}
