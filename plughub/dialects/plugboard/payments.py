"""Payment methods, cash registers, payments and what happened to them (specification 16)."""

from collections.abc import Mapping
from typing import Any

from plughub.core.caller import Caller
from plughub.core.errors import Missing
from plughub.core.finance import (
    CASH_REGISTER,
    INVOICE,
    PAYMENT,
    PAYMENT_EVENT,
    PAYMENT_METHOD,
    CashRegister,
    EventType,
    MethodType,
    Payment,
    PaymentEvent,
    PaymentMethod,
    PaymentStatus,
)
from plughub.core.hub import Transaction
from plughub.core.money import Money
from plughub.core.patch import Patch
from plughub.core.registry import Leaf
from plughub.dialects.plugboard import entries, money_refs, refs, tax_items, taxes, texts
from plughub.dialects.plugboard.kinds import BOOL, CODE, MOMENT, NUM, TEXT, Choice
from plughub.dialects.plugboard.money import MONEY
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, required
from plughub.web.wire import Field, Shape

_METHOD = Shape(
    Field("code", "code", CODE),
    Field("type", "type", Choice(tuple(MethodType))),
    Field("active", "is_active", BOOL),
)
_REGISTER = Shape(
    Field("name", "name", TEXT),
    Field("registerNo", "number", TEXT),
    Field("serialNo", "serial", TEXT),
    Field("active", "is_active", BOOL),
)
_PAYMENT = Shape(
    Field("amount", "amount", MONEY),
    Field("time", "paid_at", MOMENT),
    Field("transactionId", "transaction", TEXT),
    Field("status", "status", Choice(tuple(PaymentStatus))),
)
_EVENT = Shape(
    Field("eventType", "type", Choice(tuple(EventType))),
    Field("amount", "amount", MONEY),
    Field("time", "happened_at", MOMENT),
    Field("transactionId", "transaction", TEXT),
)


def _method_to_core(scene: Scene, body: Body, stored: PaymentMethod | None) -> Patch:
    required(body, "code", is_new=stored is None)
    names = texts.read("name", body, stored.names if stored else {}, scene.language)
    return {**_METHOD.read(body)[0], **({"names": names} if names else {})}


def _method_from_core(scene: Scene, noun: PaymentMethod) -> dict[str, Any]:
    return {**_METHOD.write(noun), **texts.write("name", noun.names, scene.language)}


def _register_to_core(scene: Scene, body: Body, stored: CashRegister | None) -> Patch:
    required(body, "name", is_new=stored is None)
    return _REGISTER.read(body)[0]


def _payment_to_core(scene: Scene, body: Body, stored: Payment | None) -> Patch:
    required(body, "amount", is_new=stored is None)
    return _PAYMENT.read(body)[0]


async def _payment_refs(tx: Transaction, scene: Scene, body: Body, stored: Payment | None) -> Patch:
    patch: Patch = {}
    if "order" in body:
        patch["order"] = await money_refs.order(tx, scene, body["order"], "order", stored.order if stored else None)
    if "invoice" in body:
        known = stored.invoice if stored else None
        patch["invoice"] = await money_refs.entry(tx, scene, body["invoice"], INVOICE, "invoice", known)
    if "paymentMethod" in body:
        before = stored.method if stored else None
        patch["method"] = await money_refs.method(tx, scene, body["paymentMethod"], "paymentMethod", before)
    return patch


def payment_from_core(scene: Scene, noun: Payment) -> dict[str, Any]:
    return {
        "order": money_refs.shown(noun.order),
        "invoice": money_refs.shown(noun.invoice),
        "paymentMethod": money_refs.shown_method(noun.method),
        **_PAYMENT.write(noun),
    }


def _event_to_core(scene: Scene, body: Body, stored: PaymentEvent | None) -> Patch:
    for name in ("eventType", "amount"):
        required(body, name, is_new=stored is None)
    patch = _EVENT.read(body)[0]
    before = stored.amount if stored else None
    amount: Money | None = patch.get("amount") or before
    has_taxes = stored is not None and bool(stored.taxes)
    if has_taxes and amount and before and amount.currency != before.currency and "taxes" not in body:
        raise Missing("taxes", "have to be told in the new currency")
    return {**patch, **taxes.read_gross(scene, body, stored.taxes if stored else (), amount)}


async def _event_refs(tx: Transaction, scene: Scene, body: Body, stored: PaymentEvent | None) -> Patch:
    patch: Patch = {}
    if "order" in body:
        patch["order"] = await money_refs.order(tx, scene, body["order"], "order", stored.order if stored else None)
    if "payment" in body:
        before = stored.payment if stored else None
        patch["payment"] = await money_refs.entry(tx, scene, body["payment"], PAYMENT, "payment", before)
    return patch


def event_from_core(scene: Scene, noun: PaymentEvent) -> dict[str, Any]:
    return {
        "order": money_refs.shown(noun.order),
        "payment": money_refs.shown(noun.payment),
        **_EVENT.write(noun),
        **taxes.write_gross(noun.taxes, noun.amount.currency if noun.amount else None),
    }


_PAYMENT_COLUMNS = {
    "status": Column("status", "enum"),
    "time": Column("at", "datetime", is_sortable=True),
    "transactionId": Column("transaction", is_sortable=True),
    "currency": Column("currency"),
}
_EVENT_COLUMNS = {**_PAYMENT_COLUMNS, "eventType": Column("type", "enum")}


def _leaves(at: str) -> Mapping[str, Leaf]:
    return {
        "status": Leaf("status"),
        "type": Leaf("type"),
        "at": Leaf(at, "timestamptz"),
        "transaction": Leaf("transaction"),
        "currency": Leaf("amount.currency"),
    }


def _same(found: Mapping[str, Any]) -> Any:
    def of(caller: Caller) -> Mapping[str, Any]:
        return found

    return of


PAYMENT_METHODS: Resource[PaymentMethod] = entries.resource(
    PAYMENT_METHOD,
    path="paymentmethod",
    name="PaymentMethod",
    fields={**_METHOD.schema()["properties"], **texts.schema("name")},
    to_core=_method_to_core,
    from_core=_method_from_core,
    columns=_same({"code": Column("code", is_sortable=True), "type": Column("type", "enum")}),
    leaves=_same({"code": Leaf("code"), "type": Leaf("type", default=MethodType.OTHER)}),
)
CASH_REGISTERS: Resource[CashRegister] = entries.resource(
    CASH_REGISTER,
    path="cashregister",
    name="CashRegister",
    fields=_REGISTER.schema()["properties"],
    to_core=_register_to_core,
    from_core=lambda scene, noun: _REGISTER.write(noun),
    columns=_same({"name": Column("name", is_sortable=True), "registerNo": Column("number", is_sortable=True)}),
    leaves=_same({"name": Leaf("name"), "number": Leaf("number")}),
)
PAYMENTS: Resource[Payment] = entries.resource(
    PAYMENT,
    path="payment",
    name="Payment",
    fields={
        **_PAYMENT.schema()["properties"],
        "order": refs.SCHEMA,
        "invoice": refs.SCHEMA,
        "paymentMethod": money_refs.METHOD_SCHEMA,
    },
    to_core=_payment_to_core,
    from_core=payment_from_core,
    look_up=_payment_refs,
    columns=_same(_PAYMENT_COLUMNS),
    leaves=_same(_leaves("paid_at")),
)
PAYMENT_EVENTS: Resource[PaymentEvent] = entries.resource(
    PAYMENT_EVENT,
    path="paymenttransactionevent",
    name="PaymentTransactionEvent",
    fields={
        **_EVENT.schema()["properties"],
        "order": refs.SCHEMA,
        "payment": refs.SCHEMA,
        "taxes": tax_items.SCHEMA,
        "vatRatePercent": {**NUM.schema(), "description": "deprecated: use taxes"},
        "vat": {**MONEY.schema(), "description": "deprecated: use taxes"},
    },
    to_core=_event_to_core,
    from_core=event_from_core,
    look_up=_event_refs,
    columns=_same({key: value for key, value in _EVENT_COLUMNS.items() if key != "status"}),
    leaves=_same(_leaves("happened_at")),
)
