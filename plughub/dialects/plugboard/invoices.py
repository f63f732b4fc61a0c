"""Invoices (specification 16): rows and sums as an order's."""

from typing import Any

from plughub.core import orders, patch
from plughub.core.caller import Caller
from plughub.core.errors import Invalid
from plughub.core.finance import INVOICE, Invoice, InvoiceStatus, InvoiceType
from plughub.core.hub import Transaction
from plughub.core.orders import taxes
from plughub.core.patch import Patch
from plughub.core.registry import Leaf
from plughub.dialects.plugboard import addresses, bodies, entries, money_refs, order_rows, refs, sums, tax_items
from plughub.dialects.plugboard.amounts import Amounts
from plughub.dialects.plugboard.kinds import CURRENCY, MOMENT, TEXT, Choice, Shown
from plughub.dialects.plugboard.money import MONEY
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, required
from plughub.web.wire import Field, Shape

_ROWS = "invoiceRows"

_INVOICE = Shape(
    Field("invoiceNo", "number", TEXT),
    Field("invoiceType", "type", Choice(tuple(InvoiceType))),
    Field("status", "status", Choice(tuple(InvoiceStatus))),
    Field("order", "", Shown(refs.SCHEMA)),
    Field("invoiceDate", "issued_at", MOMENT),
    Field("dueDate", "due_at", MOMENT),
    Field("currency", "currency", CURRENCY),
    Field("totalSumExclVat", "", MONEY),
    Field("totalVat", "", MONEY),
    Field("totalTaxes", "", Shown(tax_items.SCHEMA), is_writable=False),
    Field("billingAddress", "", Shown(addresses.SCHEMA)),
    Field("shippingAddress", "", Shown(addresses.SCHEMA)),
    Field("customerNo", "customer_number", TEXT),
    Field(_ROWS, "", Shown(order_rows.SCHEMA)),
)


def _to_core(scene: Scene, body: Body, stored: Invoice | None) -> Patch:
    """A patch of the invoice. What is sent as it is shown changes nothing."""
    fresh = bodies.unlike(body, _from_core(scene, stored)) if stored else body
    required(fresh, "currency", is_new=stored is None)
    changes, _ = _INVOICE.read(fresh)
    before = stored or Invoice()
    amounts = Amounts(sums.currency(fresh, stored, _ROWS), scene.connection_ids)
    changes |= addresses.read_both(fresh, before)
    if _ROWS in fresh:
        try:
            changes["lines"] = order_rows.read(fresh[_ROWS], stored, amounts)
        except Invalid as error:
            raise error.within(_ROWS) from error
    changes |= sums.told(fresh, amounts)
    if sums.is_recomputed(scene, body, fresh, _ROWS):
        after = patch.apply(before, changes)
        changes |= {"total_net": taxes.net(after.lines), "total_tax": taxes.total(after.lines, after.currency)}
    return changes


async def _read(tx: Transaction, scene: Scene, body: Body, stored: Invoice | None) -> Patch:
    changes = _to_core(scene, body, stored)
    if "order" in body:
        changes["order"] = await money_refs.order(tx, scene, body["order"], "order", stored.order if stored else None)
    if changes.get("lines") is not None:
        before = stored or Invoice()
        after = patch.apply(before, {"lines": changes["lines"]})
        changes["lines"], _ = await orders.tied(tx, scene.caller, before.lines, after.lines)
    return changes


def _from_core(scene: Scene, noun: Invoice) -> dict[str, Any]:
    return {
        **dict.fromkeys(_INVOICE.fields),
        **_INVOICE.write(noun),
        "order": money_refs.shown(noun.order),
        **sums.write(noun, Amounts(noun.currency, (), noun.digits)),
        **addresses.write_both(noun),
        _ROWS: [order_rows.write(line, noun.currency) for line in noun.lines],
    }


def _columns(caller: Caller) -> dict[str, Column]:
    return {
        "invoiceNo": Column("number", is_sortable=True),
        "invoiceType": Column("type", "enum"),
        "status": Column("status", "enum"),
        "invoiceDate": Column("issued_at", "datetime", is_sortable=True),
        "dueDate": Column("due_at", "datetime", is_sortable=True),
        "currency": Column("currency"),
    }


def _leaves(caller: Caller) -> dict[str, Leaf]:
    return {
        "number": Leaf("number"),
        "type": Leaf("type", default=InvoiceType.DEBIT),
        "status": Leaf("status", default=InvoiceStatus.DRAFT),
        "issued_at": Leaf("issued_at", "timestamptz"),
        "due_at": Leaf("due_at", "timestamptz"),
        "currency": Leaf("currency"),
    }


INVOICES: Resource[Invoice] = entries.resource(
    INVOICE,
    path="invoice",
    name="Invoice",
    fields=_INVOICE.schema()["properties"],
    # Rows are tied to the catalogue, so all of it is read where that can be asked.
    to_core=lambda scene, body, stored: {},
    look_up=_read,
    from_core=_from_core,
    columns=_columns,
    leaves=_leaves,
)
