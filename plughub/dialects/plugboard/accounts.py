"""Settlements and Z-reports (specification 16). Neither has VAT fields: taxes are items of their own (S)."""

from collections.abc import Callable, Sequence
from typing import Any

from plughub.core.caller import Caller
from plughub.core.errors import Invalid
from plughub.core.finance import (
    CASH_REGISTER,
    SETTLEMENT,
    Z_REPORT,
    RowType,
    Settlement,
    SettlementRow,
    Taking,
    ZReport,
)
from plughub.core.hub import Transaction
from plughub.core.money import Money
from plughub.core.patch import Merge, Patch
from plughub.core.registry import Leaf
from plughub.dialects.plugboard import bodies, entries, money_refs, refs, tax_items, taxes
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import CODE, CURRENCY, INT, LOCAL_ID, MOMENT, TEXT, Choice
from plughub.dialects.plugboard.money import MONEY
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, required
from plughub.web.wire import Field, Shape

_SETTLEMENT = Shape(
    Field("settlementNo", "number", TEXT),
    Field("periodStart", "starts_at", MOMENT),
    Field("periodEnd", "ends_at", MOMENT),
    Field("payoutDate", "paid_out_at", MOMENT),
    Field("currency", "currency", CURRENCY),
    Field("payoutAmount", "payout", MONEY),
)
_ROW = Shape(
    Field("localId", "id", LOCAL_ID),
    Field("type", "type", Choice(tuple(RowType))),
    Field("transactionId", "transaction", TEXT),
    Field("amount", "amount", MONEY),
    Field("fee", "fee", MONEY),
)
_REPORT = Shape(
    Field("reportNo", "number", CODE),
    Field("openedAt", "opened_at", MOMENT),
    Field("closedAt", "closed_at", MOMENT),
    Field("currency", "currency", CURRENCY),
    Field("rounding", "rounding", MONEY),
    Field("gratuity", "gratuity", MONEY),
    Field("coupons", "coupons", MONEY),
    Field("cashDifference", "cash_difference", MONEY),
    Field("receiptCount", "receipts", INT),
    Field("returnCount", "returns", INT),
    Field("totalSumInclTax", "total", MONEY),
)
_TAKING = Shape(Field("amount", "amount", MONEY))


def _settlement_to_core(scene: Scene, body: Body, stored: Settlement | None) -> Patch:
    required(body, "currency", is_new=stored is None)
    return _in_one_currency(_SETTLEMENT, body, stored)


async def _settlement_refs(tx: Transaction, scene: Scene, body: Body, stored: Settlement | None) -> Patch:
    patch: Patch = {}
    if "paymentMethod" in body:
        before = stored.method if stored else None
        patch["method"] = await money_refs.method(tx, scene, body["paymentMethod"], "paymentMethod", before)
    if body.get("rows") is not None:
        currency, rows = _currency(body, stored), stored.rows if stored else ()
        known = _standing(body["rows"], rows)
        items = [
            await _row(tx, scene, row, known(at, row), currency, f"rows[{at}]")
            for at, row in enumerate(_elements(body["rows"], "rows"))
        ]
        patch["rows"] = Merge(items, by_position=True, whole=True, where="rows")
    elif "rows" in body:
        patch["rows"] = None
    return patch


async def _row(
    tx: Transaction, scene: Scene, row: Body, stored: SettlementRow | None, currency: str, where: str
) -> Patch:
    try:
        if stored is None:
            required(row, "type", is_new=True)
        patch = _shaped(_ROW, row, currency)
        if "order" in row:
            patch["order"] = await money_refs.order(tx, scene, row["order"], "order", stored.order if stored else None)
        if "feeTaxes" in row:
            before = stored.fee_taxes if stored else ()
            patch["fee_taxes"] = taxes.read(scene, row["feeTaxes"], before, currency, "feeTaxes")
    except Invalid as error:
        raise error.within(where) from error
    return patch


def _settlement_from_core(scene: Scene, noun: Settlement) -> dict[str, Any]:
    return {
        **_SETTLEMENT.write(noun),
        "paymentMethod": money_refs.shown_method(noun.method),
        "rows": [
            {
                **_ROW.write(row),
                "order": money_refs.shown(row.order),
                "feeTaxes": taxes.write(row.fee_taxes, noun.currency),
            }
            for row in noun.rows
        ],
    }


def _report_to_core(scene: Scene, body: Body, stored: ZReport | None) -> Patch:
    for name in ("cashRegister", "reportNo", "currency"):
        required(body, name, is_new=stored is None)
    patch = _in_one_currency(_REPORT, body, stored)
    if "salesTaxes" in body:
        before = stored.sales_taxes if stored else ()
        patch["sales_taxes"] = taxes.read(scene, body["salesTaxes"], before, _currency(body, stored), "salesTaxes")
    return patch


async def _report_refs(tx: Transaction, scene: Scene, body: Body, stored: ZReport | None) -> Patch:
    patch: Patch = {}
    if "cashRegister" in body:
        before = stored.register if stored else None
        patch["register"] = await money_refs.entry(
            tx, scene, body["cashRegister"], CASH_REGISTER, "cashRegister", before
        )
    if body.get("paymentsByMethod") is not None:
        takings, currency = stored.takings if stored else (), _currency(body, stored)
        items = [
            await _taking(tx, scene, row, takings[at] if at < len(takings) else None, currency, at)
            for at, row in enumerate(_elements(body["paymentsByMethod"], "paymentsByMethod"))
        ]
        patch["takings"] = Merge(items, by_position=True, whole=True, where="paymentsByMethod")
    elif "paymentsByMethod" in body:
        patch["takings"] = None
    return patch


async def _taking(tx: Transaction, scene: Scene, row: Body, stored: Taking | None, currency: str, at: int) -> Patch:
    where = f"paymentsByMethod[{at}]"
    try:
        for name in ("paymentMethod", "amount"):
            required(row, name, is_new=True)
        patch = _shaped(_TAKING, row, currency)
        before = stored.method if stored else None
        patch["method"] = await money_refs.method(tx, scene, row["paymentMethod"], "paymentMethod", before)
    except Invalid as error:
        raise error.within(where) from error
    return patch


def _report_from_core(scene: Scene, noun: ZReport) -> dict[str, Any]:
    return {
        "cashRegister": money_refs.shown(noun.register),
        **_REPORT.write(noun),
        "salesTaxes": taxes.write(noun.sales_taxes, noun.currency),
        "paymentsByMethod": [
            {"paymentMethod": money_refs.shown_method(taking.method), **_TAKING.write(taking)}
            for taking in noun.takings
        ],
    }


def _currency(body: Body, stored: Settlement | ZReport | None) -> str:
    return stored.currency if stored else str(CURRENCY.read(body["currency"]))


def _in_one_currency(shape: Shape, body: Body, stored: Settlement | ZReport | None) -> Patch:
    """The fields of the record itself; once it has a currency it keeps it."""
    patch = shape.read(body)[0]
    currency = patch["currency"] if stored is None else stored.currency
    if patch.get("currency", currency) != currency:
        raise Bad("currency", "cannot change: there are amounts in it", "CurrencyMismatch", body["currency"])
    return _checked(shape, patch, currency)


def _shaped(shape: Shape, body: Body, currency: str) -> Patch:
    return _checked(shape, shape.read(body)[0], currency)


def _checked(shape: Shape, patch: Patch, currency: str) -> Patch:
    for name, known in shape.fields.items():
        money = patch.get(known.path)
        if isinstance(money, Money) and money.currency != currency:
            raise Bad(f"{name}.currency", f"must be {currency}", "CurrencyMismatch", money.currency)
    return patch


def _elements(value: Any, where: str) -> list[Body]:
    elements = bodies.elements(value, where)
    for at, element in enumerate(elements):
        if not isinstance(element, dict):
            raise Bad(f"{where}[{at}]", "must be an object", "FieldType", element)
    return elements


def _standing(value: Any, rows: Sequence[SettlementRow]) -> Callable[[int, Body], SettlementRow | None]:
    """Which stored row an element of the list means: by its id, or by its place where no element has one."""
    by_id = {row.id.hex: row for row in rows}
    elements = _elements(value, "rows")
    in_place = len(elements) == len(rows) and not any(element.get("localId") for element in elements)
    return lambda at, element: rows[at] if in_place else by_id.get(str(element.get("localId")).lower())


def _columns(number: str, **dates: str) -> Callable[[Caller], dict[str, Column]]:
    named = {name: Column(core, "datetime", is_sortable=True) for name, core in dates.items()}
    return lambda caller: {number: Column("number", is_sortable=True), "currency": Column("currency"), **named}


def _leaves(*dates: str) -> Callable[[Caller], dict[str, Leaf]]:
    named = {date: Leaf(date, "timestamptz") for date in dates}
    return lambda caller: {"number": Leaf("number"), "currency": Leaf("currency"), **named}


SETTLEMENTS: Resource[Settlement] = entries.resource(
    SETTLEMENT,
    path="settlement",
    name="Settlement",
    fields={
        **_SETTLEMENT.schema()["properties"],
        "paymentMethod": money_refs.METHOD_SCHEMA,
        "rows": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {**_ROW.schema()["properties"], "order": refs.SCHEMA, "feeTaxes": tax_items.SCHEMA},
            },
        },
    },
    to_core=_settlement_to_core,
    from_core=_settlement_from_core,
    look_up=_settlement_refs,
    columns=_columns("settlementNo", periodStart="starts_at", periodEnd="ends_at", payoutDate="paid_out_at"),
    leaves=_leaves("starts_at", "ends_at", "paid_out_at"),
)
Z_REPORTS: Resource[ZReport] = entries.resource(
    Z_REPORT,
    path="zreport",
    name="ZReport",
    fields={
        "cashRegister": refs.SCHEMA,
        **_REPORT.schema()["properties"],
        "salesTaxes": tax_items.SCHEMA,
        "paymentsByMethod": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"paymentMethod": money_refs.METHOD_SCHEMA, **_TAKING.schema()["properties"]},
            },
        },
    },
    to_core=_report_to_core,
    from_core=_report_from_core,
    look_up=_report_refs,
    columns=_columns("reportNo", openedAt="opened_at", closedAt="closed_at"),
    leaves=_leaves("opened_at", "closed_at"),
)
