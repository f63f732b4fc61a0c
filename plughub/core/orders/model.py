"""The nouns of an order. One aggregate, stored as one document beside the columns that lists need."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from plughub.core.products import Attribute
from plughub.core.taxes import Tax
from plughub.core.values import Custom, Source


class OrderStatus(StrEnum):
    """Wide enough for every vocabulary spoken here; each dialect maps its own words onto these."""

    PENDING = "pending"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    AWAITING_INVOICE = "awaiting_invoice"
    INVOICE_FAILED = "invoice_failed"
    PARTLY_INVOICED = "partly_invoiced"
    INVOICED = "invoiced"
    #: The seller has told tracking data.
    DISPATCHED = "dispatched"
    #: The channel refused the tracking data.
    DISPATCH_FAILED = "dispatch_failed"
    PARTLY_SHIPPED = "partly_shipped"
    #: The channel has taken the tracking data and told the buyer.
    SHIPPED = "shipped"
    PARTLY_DELIVERED = "partly_delivered"
    DELIVERED = "delivered"
    #: Must not be sent until the channel approves it again.
    ON_HOLD = "on_hold"
    CANCELED = "canceled"


class PaymentState(StrEnum):
    """How far an order is paid, where that is told apart from its status."""

    UNPAID = "unpaid"
    AUTHORIZED = "authorized"
    PARTLY_PAID = "partly-paid"
    PAID = "paid"
    PARTLY_REFUNDED = "partly-refunded"
    REFUNDED = "refunded"


class LineKind(StrEnum):
    """What an order line is for: goods, a fee, something taken off, or no more than words."""

    PRODUCT = "product"
    PAYMENT_FEE = "payment_fee"
    SHIPPING_FEE = "shipping_fee"
    HANDLING_FEE = "handling_fee"
    DISCOUNT = "discount"
    VOUCHER = "voucher"
    COMMENT = "comment"
    ROUNDING = "rounding"


class Address(Struct, frozen=True, kw_only=True, omit_defaults=True):
    street: str | None = None
    number: str | None = None
    complement: str | None = None
    reference: str | None = None
    additional: str | None = None
    district: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    postal_code: str | None = None


class Party(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one who receives or the one who pays, as the channel told it."""

    first_name: str | None = None
    last_name: str | None = None
    full_name: str | None = None
    email: str | None = None
    gender: str | None = None
    phone_area: str | None = None
    phone: str | None = None
    phone2_area: str | None = None
    phone2: str | None = None
    company_name: str | None = None
    trade_name: str | None = None
    #: Tax number of a person (Brazil: CPF) and the second spelling that some wires keep beside it.
    person_tax_id: str | None = None
    person_tax_id2: str | None = None
    #: Tax number of a company (Brazil: CNPJ) and its second spelling.
    company_tax_id: str | None = None
    company_tax_id2: str | None = None
    #: Number for value added tax, where it is another than the company's own.
    vat_number: str | None = None
    state_registration: str | None = None
    city_registration: str | None = None
    address: Address = Address()
    schedule_date: datetime | None = None
    schedule_period: str | None = None


class Commission(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the channel keeps."""

    fixed: Decimal | None = None
    rate: Decimal | None = None
    charged: Decimal | None = None
    comment: str | None = None


class LineVariant(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The variant as it was when it was sold."""

    id: UUID | None = None
    name: str | None = None
    sku: str | None = None
    gtin: str | None = None
    external: str | None = None
    photo_url: str | None = None
    attributes: tuple[Attribute, ...] = ()


class OrderLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    kind: LineKind = LineKind.PRODUCT
    sku: str | None = None
    #: The SKU as it first came in.
    original_sku: str | None = None
    name: str | None = None
    quantity: Decimal = Decimal(0)
    #: Per unit, with discounts taken off, and without the taxes that are told beside it.
    price: Decimal | None = None
    total: Decimal | None = None
    #: What was taken off the whole line; it is in the price already.
    discount: Decimal | None = None
    #: On one unit. A base that was not told is the price, a tax that was not told the rate's share of it.
    taxes: tuple[Tax, ...] = ()
    #: Digits after the point that its amounts are shown with at least; None: as many as the currency has.
    digits: int | None = None
    comment: str | None = None
    external: str | None = None
    location: str | None = None
    photo_url: str | None = None
    supplier: str | None = None
    stock_code: str | None = None
    place_code: str | None = None
    price_code: str | None = None
    shipping_cost: Decimal | None = None
    commission: Commission = Commission()
    variant: LineVariant = LineVariant()
    #: The catalogue's product and variant; None where the SKU is not in the catalogue.
    product_id: UUID | None = None
    variant_id: UUID | None = None
    custom: dict[str, Custom] = {}
    extensions: dict[str, dict[str, Any]] = {}


class Payment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    kind: str | None = None
    method: str | None = None
    installments: str | None = None
    total: Decimal | None = None
    #: Value of one instalment.
    quota: Decimal | None = None
    interest: Decimal | None = None
    additional: str | None = None
    external: str | None = None
    extensions: dict[str, dict[str, Any]] = {}


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    url: str | None = None
    external: str | None = None
    kind: str | None = None


class Issue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    description: str | None = None
    date: datetime | None = None


class ShippedItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    #: The order's line that it is of, where that was told.
    line: UUID | None = None
    sku: str | None = None
    quantity: Decimal = Decimal(0)


class Invoice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Brazilian electronic invoice (NF-e): its key, number, series, date and operation codes."""

    key: str | None = None
    link: str | None = None
    number: str | None = None
    series: str | None = None
    date: datetime | None = None
    cfops: str | None = None


class Label(Struct, frozen=True, kw_only=True, omit_defaults=True):
    plp: str | None = None
    logo: str | None = None
    sender_name: str | None = None
    sender_address: str | None = None
    sender_city: str | None = None
    sender_state: str | None = None
    sender_postal_code: str | None = None


class Shipment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    status: str | None = None
    carrier: str | None = None
    carrier_code: str | None = None
    method: str | None = None
    method_id: str | None = None
    track_code: str | None = None
    track_url: str | None = None
    estimated_delivery: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    canceled_at: datetime | None = None
    invoice: Invoice = Invoice()
    external: str | None = None
    quote: str | None = None
    description: str | None = None
    comment: str | None = None
    error_message: str | None = None
    printed: str | None = None
    label_type: str | None = None
    label: Label = Label()
    documents: tuple[Document, ...] = ()
    issues: tuple[Issue, ...] = ()
    #: None of them: the whole order, where the parcel's own system says so little.
    items: tuple[ShippedItem, ...] = ()
    custom: dict[str, Custom] = {}
    extensions: dict[str, dict[str, Any]] = {}


class StatusEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    status: OrderStatus
    at: datetime
    actor: str
    message: str | None = None


class LogEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something people should know about the order that is no change of a field."""

    id: UUID
    at: datetime
    message: str


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    #: sales, return or subscription.
    kind: str = "sales"
    #: The connection is the one that created it, whatever a patch says.
    source: Source = Source()
    status: OrderStatus = OrderStatus.PENDING
    sub_status: str | None = None
    #: Where a system tells them apart from the order's status. The first is a PaymentState or another wire's word.
    payment_status: str | None = None
    shipping_status: str | None = None
    #: When it was placed, where that was told; else it is when it came here.
    placed_at: datetime | None = None
    #: What an order on hold was before; it may go back there.
    held_from: OrderStatus | None = None
    channel: str | None = None
    #: The order's number at the channel.
    channel_number: str | None = None
    channel_account: str | None = None
    #: Numbers under which other systems show it to people: connection (hex) -> number.
    numbers: dict[str, str] = {}
    currency: str = ""
    #: Totals as the channel told them; nothing makes them add up.
    total: Decimal | None = None
    #: The same without taxes, and the taxes, where they were told apart.
    total_net: Decimal | None = None
    total_tax: Decimal | None = None
    #: Digits after the point that the totals are shown with at least; None: as many as the currency has.
    digits: int | None = None
    subtotal: Decimal | None = None
    shipping: Decimal | None = None
    discount: Decimal | None = None
    paid: Decimal | None = None
    discount_description: str | None = None
    installments: str | None = None
    payment_method: str | None = None
    commission: Commission = Commission()
    delivery_type: str | None = None
    carrier_code: str | None = None
    carrier: str | None = None
    #: person or company.
    customer_kind: str | None = None
    customer_number: str | None = None
    customer_email: str | None = None
    #: The core's code.
    customer_language: str | None = None
    comment: str | None = None
    expected_send: datetime | None = None
    expected_delivery: datetime | None = None
    client_account: str | None = None
    stock_code: str | None = None
    price_code: str | None = None
    #: Hold stock while the order is open.
    reserves_stock: bool | None = None
    sale_intermediary: str | None = None
    payment_intermediary: str | None = None
    intermediary_seller: str | None = None
    receiver: Party = Party()
    payer: Party = Party()
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    status_history: tuple[StatusEntry, ...] = ()
    log: tuple[LogEntry, ...] = ()
    #: The calling connection's own id for it, and whether it has taken the order over.
    remote_id: str | None = None
    is_acknowledged: bool = False
    custom: dict[str, Custom] = {}
    extensions: dict[str, dict[str, Any]] = {}
