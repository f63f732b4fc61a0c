"""Records of money beside orders: how it is paid, what was settled, what went through a till."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct, field

from plughub.core.money import Money
from plughub.core.orders import OrderLine, Party
from plughub.core.registry import Entry, Kind
from plughub.core.taxes import Tax


class MethodType(StrEnum):
    CARD = "card"
    CASH = "cash"
    INVOICE = "invoice"
    SWISH = "swish"
    VOUCHER = "voucher"
    BANK = "bank"
    OTHER = "other"


class PaymentStatus(StrEnum):
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class EventType(StrEnum):
    AUTHORIZATION = "authorization"
    CAPTURE = "capture"
    REFUND = "refund"
    CANCEL = "cancel"
    CHARGEBACK = "chargeback"


class RowType(StrEnum):
    SALE = "sale"
    REFUND = "refund"
    FEE = "fee"
    CHARGEBACK = "chargeback"
    ADJUSTMENT = "adjustment"


class Method(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment method as a record names it: with its own record, or by a code that has none."""

    id: UUID | None = None
    code: str | None = None


class PaymentMethod(Entry, frozen=True, kw_only=True, omit_defaults=True):
    code: str = ""
    #: Language -> name.
    names: dict[str, str] = field(default_factory=dict)
    type: MethodType = MethodType.OTHER
    is_active: bool = True


class CashRegister(Entry, frozen=True, kw_only=True, omit_defaults=True):
    name: str | None = None
    number: str | None = None
    serial: str | None = None
    is_active: bool = True


class Payment(Entry, frozen=True, kw_only=True, omit_defaults=True):
    order: UUID | None = None
    invoice: UUID | None = None
    method: Method | None = None
    amount: Money | None = None
    paid_at: datetime | None = None
    transaction: str | None = None
    status: PaymentStatus | None = None


class PaymentEvent(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to a payment; the amount has its taxes in it."""

    order: UUID | None = None
    payment: UUID | None = None
    type: EventType | None = None
    amount: Money | None = None
    happened_at: datetime | None = None
    transaction: str | None = None
    taxes: tuple[Tax, ...] = ()


class InvoiceType(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    PAID = "paid"
    OVERDUE = "overdue"
    CREDITED = "credited"


class Invoice(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """A demand for money, or its reverse. A credit's amounts stand as they were told."""

    number: str | None = None
    type: InvoiceType = InvoiceType.DEBIT
    status: InvoiceStatus = InvoiceStatus.DRAFT
    order: UUID | None = None
    issued_at: datetime | None = None
    due_at: datetime | None = None
    currency: str = ""
    customer_number: str | None = None
    payer: Party = Party()
    receiver: Party = Party()
    #: As an order's: prices are without tax, with discounts taken off.
    lines: tuple[OrderLine, ...] = ()
    #: Without taxes, and the taxes; as they were told, or from the lines.
    total_net: Decimal | None = None
    total_tax: Decimal | None = None
    #: Digits after the point that the totals are shown with at least; None: as many as the currency has.
    digits: int | None = None


class SettlementRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: UUID
    type: RowType = RowType.SALE
    order: UUID | None = None
    transaction: str | None = None
    amount: Money | None = None
    fee: Money | None = None
    fee_taxes: tuple[Tax, ...] = ()


class Settlement(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """What a payment provider pays out for a period."""

    number: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    paid_out_at: datetime | None = None
    currency: str = ""
    #: As the provider says; what the rows come to may differ.
    payout: Money | None = None
    method: Method | None = None
    rows: tuple[SettlementRow, ...] = ()

    def expected(self) -> Decimal:
        """What the rows come to: amounts without fees and the taxes on them."""
        total = Decimal(0)
        for row in self.rows:
            total += (row.amount.amount if row.amount else 0) - (row.fee.amount if row.fee else 0)
            total -= sum(tax.amount or Decimal(0) for tax in row.fee_taxes)
        return total


class Taking(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came in by one payment method."""

    id: UUID
    method: Method | None = None
    amount: Money | None = None


class ZReport(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """A cash register's day, closed. An accounting record."""

    register: UUID | None = None
    number: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    currency: str = ""
    sales_taxes: tuple[Tax, ...] = ()
    takings: tuple[Taking, ...] = ()
    rounding: Money | None = None
    gratuity: Money | None = None
    coupons: Money | None = None
    cash_difference: Money | None = None
    receipts: int | None = None
    returns: int | None = None
    total: Money | None = None


def _number_at_register(report: ZReport) -> str | None:
    return f"{report.register} {report.number}" if report.number else None


PAYMENT_METHOD = Kind(name="payment_method", noun=PaymentMethod, key=lambda noun: noun.code)
CASH_REGISTER = Kind(name="cash_register", noun=CashRegister)
INVOICE = Kind(name="invoice", noun=Invoice)
SETTLEMENT = Kind(name="settlement", noun=Settlement)
Z_REPORT = Kind(name="z_report", noun=ZReport, key=_number_at_register, known_by="number", is_final=True)
