"""Orders as Plugg.to's clients see them: wire shapes and translation (specification 5.1 to 5.4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from plughub.core import orders
from plughub.core.orders import Order, OrderStatus
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.dialects.pluggto import ids, statuses
from plughub.dialects.pluggto.attributes import ATTRIBUTES
from plughub.dialects.pluggto.errors import Wrong
from plughub.dialects.pluggto.kinds import (
    BOOL,
    CODE,
    COUNT,
    CURRENCY,
    DATE,
    ID,
    INT,
    NUM,
    TEXT,
    Choice,
    Kept,
    write_date,
)
from plughub.web.wire import Field, ListOf, Nested, Shape

# --- wire shapes --------------------------------------------------------------------------------------------

COMMISSION = Shape(
    Field("fixed", "fixed", NUM),
    Field("tax", "rate", NUM),
    Field("total_charged", "charged", NUM),
    Field("comment", "comment", TEXT),
)

VARIATION = Shape(
    Field("id", "id", ID, is_writable=False),
    Field("name", "name", TEXT),
    Field("sku", "sku", CODE),
    Field("ean", "gtin", TEXT),
    Field("external", "external", TEXT),
    Field("photo_url", "photo_url", TEXT),
    Field("attributes", "attributes", ATTRIBUTES),
)

ITEM = Shape(
    Field("id", "id", ID),
    Field("sku", "sku", CODE),
    Field("original_sku", "original_sku", CODE),
    Field("name", "name", TEXT),
    Field("quantity", "quantity", COUNT),
    Field("price", "price", NUM),
    Field("total", "total", NUM),
    Field("discount", "discount", NUM),
    Field("external", "external", TEXT),
    Field("location", "location", TEXT),
    Field("photo_url", "photo_url", TEXT),
    Field("supplier_id", "supplier", TEXT),
    Field("stock_code", "stock_code", TEXT),
    Field("place_code", "place_code", TEXT),
    Field("price_code", "price_code", TEXT),
    Field("shipping_cost", "shipping_cost", NUM),
    Field("commission", "commission", Nested(COMMISSION)),
    Field("variation", "variant", Nested(VARIATION)),
)

PAYMENT = Shape(
    Field("id", "id", ID),
    Field("payment_type", "kind", TEXT),
    Field("payment_method", "method", TEXT),
    Field("payment_installments", "installments", TEXT),
    Field("payment_total", "total", NUM),
    Field("payment_quota", "quota", NUM, about="value of one instalment"),
    Field("payment_interest", "interest", NUM),
    Field("payment_additional_info", "additional", TEXT),
    Field("external", "external", TEXT),
)

DOCUMENT = Shape(
    Field("id", "id", ID),
    Field("url", "url", TEXT),
    Field("external", "external", TEXT),
    Field("type", "kind", TEXT, about="label, packing_list or invoice"),
)
ISSUE = Shape(Field("id", "id", ID), Field("description", "description", TEXT), Field("date", "date", DATE))
SHIPPED = Shape(Field("sku", "sku", CODE), Field("quantity", "quantity", COUNT))
LABEL = Shape(
    Field("plp", "plp", TEXT),
    Field("logotipo", "logo", TEXT),
    Field("sender_name", "sender_name", TEXT),
    Field("sender_address", "sender_address", TEXT),
    Field("sender_city", "sender_city", TEXT),
    Field("sender_state", "sender_state", TEXT),
    Field("sender_zipcode", "sender_postal_code", TEXT),
)


class _Parcel(Nested):
    """An object of a parcel: null means "as it was" there too (one client sends null for all that it has not)."""

    def read(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError("must be an object")
        return self.shape.read(value, null_keeps=True)[0]


SHIPMENT = Shape(
    Field("id", "id", ID),
    Field("status", "status", TEXT, about="shipped, delivered, issue, invoiced, shipping_informed ..."),
    Field("shipping_company", "carrier", TEXT),
    Field("shipping_method", "method", TEXT),
    Field("shipping_method_id", "method_id", TEXT),
    Field("track_code", "track_code", TEXT),
    Field("track_url", "track_url", TEXT),
    Field("estimate_delivery_date", "estimated_delivery", DATE),
    Field("date_shipped", "shipped_at", DATE),
    Field("date_delivered", "delivered_at", DATE),
    Field("date_cancelled", "canceled_at", DATE),
    Field("nfe_key", "invoice.key", TEXT),
    Field("nfe_link", "invoice.link", TEXT),
    Field("nfe_number", "invoice.number", TEXT),
    Field("nfe_serie", "invoice.series", TEXT),
    Field("nfe_date", "invoice.date", DATE),
    Field("cfops", "invoice.cfops", TEXT),
    Field("external", "external", TEXT),
    Field("quote", "quote", TEXT),
    Field("description", "description", TEXT),
    Field("comment", "comment", TEXT),
    Field("error_message", "error_message", TEXT),
    Field("printed", "printed", TEXT),
    Field("label_type", "label_type", TEXT),
    Field("label_info", "label", _Parcel(LABEL)),
    Field("documents", "documents", ListOf(DOCUMENT, keys=("id", "url"), null_keeps=True)),
    Field("issues", "issues", ListOf(ISSUE, keys=("id", ("description", "date")), null_keeps=True)),
    Field("shipping_items", "items", ListOf(SHIPPED, replaces=True)),
)
_SHIPMENT_STATUSES = {
    "shipped",
    "delivered",
    "issue",
    "invoiced",
    "shipping_informed",
    "canceled",
    "pending",
}


def _party(prefix: str) -> list[Field]:
    """`receiver_*` and `payer_*` fields; payers have the documents of companies too."""
    address = "address_"
    names = {
        "name": "first_name", "lastname": "last_name", "address": "address.street",
        f"{address}number": "address.number", f"{address}complement": "address.complement",
        f"{address}reference": "address.reference", "additional_info": "address.additional",
        "neighborhood": "address.district", "city": "address.city", "state": "address.state",
        "country": "address.country", "zipcode": "address.postal_code", "phone_area": "phone_area",
        "phone": "phone", "phone2_area": "phone2_area", "phone2": "phone2", "email": "email",
        "cpf": "person_tax_id",
    }  # fmt: skip
    if prefix == "payer":
        names |= {
            "fullname": "full_name", "tax_id": "person_tax_id2", "cnpj": "company_tax_id",
            "document": "company_tax_id2", "razao_social": "company_name", "company_name": "trade_name",
            "ie": "state_registration", "im": "city_registration",
        }  # fmt: skip
    fields = [Field(f"{prefix}_{name}", f"{prefix}.{path}", TEXT) for name, path in names.items()]
    fields.append(Field(f"{prefix}_schedule_date", f"{prefix}.schedule_date", DATE))
    periods = Choice(("morning", "afternoon", "night"))
    fields.append(Field(f"{prefix}_schedule_period", f"{prefix}.schedule_period", periods))
    if prefix == "payer":
        fields.append(Field("payer_gender", "payer.gender", Choice(("male", "female", "n/a"))))
    return fields


_STATUS = Choice(tuple(statuses.TO_CORE))
_OURS = Kept("string")

ORDER = Shape(
    Field("id", "", ID, is_writable=False),
    Field("order_id", "", INT, is_writable=False),
    Field("original_id", "channel_number", CODE, about="the order's number at the channel"),
    Field("external", "remote_id", TEXT, about="the calling application's own id for the order"),
    Field("channel", "channel", TEXT),
    Field("channel_account", "channel_account", TEXT),
    Field("user_id", "", TEXT, is_writable=False),
    Field("user_client_id", "client_account", TEXT),
    Field("created_by", "", TEXT, is_writable=False),
    Field("modified_by", "", TEXT, is_writable=False),
    Field("created", "", DATE, is_writable=False),
    Field("modified", "", DATE, is_writable=False),
    Field("timestamp", "", INT, is_writable=False),
    Field("status", "", _STATUS),
    Field("sub_status", "sub_status", TEXT),
    Field("status_history", "", Kept("array"), is_writable=False),
    Field("substatus_history", "", Kept("array"), is_writable=False),
    Field("log_history", "", Kept("array"), is_writable=False),
    Field("log_permanent", "", Kept("array"), is_writable=False),
    Field("ack", "is_acknowledged", BOOL, about="the calling application has taken the order"),
    Field("delivery_type", "delivery_type", TEXT),
    Field("currency", "currency", CURRENCY),
    Field("total", "total", NUM),
    Field("subtotal", "subtotal", NUM),
    Field("shipping", "shipping", NUM),
    Field("discount", "discount", NUM),
    Field("total_paid", "paid", NUM),
    Field("discount_description", "discount_description", TEXT),
    Field("payment_installments", "installments", TEXT),
    Field("payment_method", "payment_method", TEXT),
    Field("commission", "commission", Nested(COMMISSION)),
    Field("comission", "", Kept(), is_writable=False, about="a stray key that clients expect; always null"),
    Field("expected_send_date", "expected_send", DATE),
    Field("expected_delivery_date", "expected_delivery", DATE),
    Field("stock_code", "stock_code", TEXT),
    Field("price_code", "price_code", TEXT),
    Field("auto_reserve", "reserves_stock", BOOL, about="hold stock while the order is open"),
    Field("sale_intermediary", "sale_intermediary", TEXT),
    Field("payment_intermediary", "payment_intermediary", TEXT),
    Field("intermediary_seller_id", "intermediary_seller", TEXT),
    *_party("receiver"),
    *_party("payer"),
    Field(
        "payments", "payments", ListOf(PAYMENT, by_position=True, dialect="pluggto")
    ),
    Field(
        "shipments",
        "shipments",
        ListOf(SHIPMENT, known_ids_only=True, null_keeps=True, dialect="pluggto"),
    ),
    Field(
        "items", "lines", ListOf(ITEM, keys=("id", ("sku", "variant.sku")), repeats=True, dialect="pluggto")
    ),
    Field("tags", "", Kept(), is_writable=False),
    *(
        Field(name, "", kind, is_writable=False)
        for what in ("invoicing", "shipping", "delivery")
        for step in ("informed", "accepted")
        for name, kind in ((f"{what}_{step}", Kept("boolean")), (f"{what}_{step}_date", DATE))
    ),
    *(
        Field(name, "", _OURS, is_writable=False)
        for name in (
            "sla_ship", "sla_delivery", "label_printed", "deleted", "input_service", "marked_as_shipped",
            "marked_as_delivered",
        )
    ),
    Field("update", "", BOOL, about="false: make this change without notifying anyone"),
)  # fmt: skip

_ALWAYS_NULL: dict[str, Any] = {
    "comission": None, "sla_ship": None, "sla_delivery": None, "label_printed": None, "deleted": None,
    "input_service": None, "marked_as_shipped": None, "marked_as_delivered": None, "substatus_history": [],
    "log_permanent": [],
}  # fmt: skip

#: Buyer documents that travel under two names: when one is sent, both are filled (D).
_TWINS = (
    ("payer_cpf", "payer_tax_id"),
    ("payer_cnpj", "payer_document"),
    ("payer_razao_social", "payer_company_name"),
)
#: What the parcel's data must be told as, before the channel counts a step as informed.
_STEPS = {
    "invoicing_informed": OrderStatus.INVOICED,
    "shipping_informed": OrderStatus.DISPATCHED,
    "shipping_accepted": OrderStatus.SHIPPED,
    "delivery_informed": OrderStatus.DELIVERED,
}

# --- translation --------------------------------------------------------------------------------------------


def to_core(body: dict[str, Any]) -> Patch:
    body = _respelled(body)
    patch, unknown = ORDER.read(body)
    if body.get("status") not in (None, ""):
        _read_status(body["status"], patch)
    # An order always has a currency; null leaves it as it is.
    if patch.get("currency", "") is None:
        del patch["currency"]
    if unknown:
        patch["extensions"] = {"pluggto": unknown}
    return patch


def _respelled(body: dict[str, Any]) -> dict[str, Any]:
    body = dict(body)
    if "espected_delivery_date" in body:
        body.setdefault("expected_delivery_date", body.pop("espected_delivery_date"))
    for one, other in _TWINS:
        if one in body and other not in body:
            body[other] = body[one]
        elif other in body and one not in body:
            body[one] = body[other]
    return body


def _read_status(value: Any, patch: Patch) -> None:
    name = statuses.ALIASES.get(value, value) if isinstance(value, str) else value
    if name == "picking":
        patch["sub_status"] = "picking"
    elif isinstance(name, str) and name in statuses.TO_CORE:
        patch["status"] = statuses.TO_CORE[name]
    else:
        raise Wrong("invalid_status", f"status must be one of {', '.join(statuses.TO_CORE)}", "status")


def from_core(record: Record[Order], account: int) -> dict[str, Any]:
    order = record.value
    return {
        **order.extensions.get("pluggto", {}),
        "id": ids.spell(record.id),
        "order_id": record.number,
        "user_id": str(account),
        "created_by": record.created_by,
        "modified_by": record.changed_by,
        "created": write_date(record.created_at),
        "modified": write_date(record.changed_at),
        "timestamp": int(record.changed_at.timestamp()),
        "status": statuses.FROM_CORE[order.status],
        "status_history": _history(order, account),
        "log_history": [{"date": write_date(entry.at), "message": entry.message} for entry in order.log],
        "tags": _tags(order),
        **_ALWAYS_NULL,
        **_told(order),
        # Fees and discounts that another wire keeps as lines are no items: they have nothing to pick.
        **ORDER.write(replace(order, lines=tuple(orders.shipping.goods(order)))),
    }


def _history(order: Order, account: int) -> list[dict[str, Any]]:
    return [
        {
            "status": statuses.FROM_CORE[entry.status],
            "date": write_date(entry.at),
            "user_id": str(account),
            "message": entry.message,
        }
        for entry in order.status_history
    ]


def _tags(order: Order) -> dict[str, Any]:
    shipments = order.shipments
    documents = [document for shipment in shipments for document in shipment.documents]
    tags = {
        "has_invoice_key": any(s.invoice.key for s in shipments),
        "has_invoice_info": any(orders.has_invoice(s) for s in shipments),
        "has_invoice_xml": any((d.url or "").lower().endswith(".xml") for d in documents),
        "has_invoice_pdf": any((d.url or "").lower().endswith(".pdf") and d.kind == "invoice" for d in documents),
        "has_invoice_doc": any(d.kind == "invoice" for d in documents),
        "has_gnre_doc": any(d.kind == "gnre" for d in documents),
        "has_payment_form": bool(order.payments),
        "has_track": any(s.track_code for s in shipments),
        "has_track_url": any(s.track_url for s in shipments),
        "has_label": any(d.kind == "label" for d in documents),
    }
    return {name: True if held else None for name, held in tags.items()}


def _told(order: Order) -> dict[str, Any]:
    """Which steps have been told, and when first; the hub pushes to no channel yet, so nothing else is accepted."""
    first: dict[OrderStatus, datetime] = {}
    for entry in order.status_history:
        first.setdefault(entry.status, entry.at)
    told: dict[str, Any] = dict.fromkeys(("invoicing_accepted", "delivery_accepted"))
    told |= dict.fromkeys(("invoicing_accepted_date", "delivery_accepted_date"))
    for name, status in _STEPS.items():
        at = first.get(status)
        told[name] = True if at else None
        told[f"{name}_date"] = write_date(at) if at else None
    return told


def notes(body: Mapping[str, Any]) -> list[str]:
    """Words for a parcel's state that this wire does not list are kept, and said so in the order's log."""
    sent = body.get("shipments")
    parcels = [sent] if isinstance(sent, Mapping) else sent if isinstance(sent, list) else []
    words = [parcel.get("status") for parcel in parcels if isinstance(parcel, Mapping)]
    return [
        f"shipment status {word!r} is not one of Plugg.to's"
        for word in words
        if word and word not in _SHIPMENT_STATUSES
    ]
