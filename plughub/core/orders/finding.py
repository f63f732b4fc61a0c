"""Orders by whatever a person knows of them."""

from datetime import datetime
from functools import partial

from plughub.core import search
from plughub.core.filters import Among, Filter
from plughub.core.orders.model import OrderStatus
from plughub.core.sql import Binder
from plughub.core.values import fold

#: Where an order's numbers stand, and what people may know it by instead.
_PATHS = (
    "channel_number", "customer_number", "customer_email", "lines.sku", "lines.variant.sku", "lines.original_sku",
    "lines.external", "payments.external", "shipments.track_code", "shipments.external", "shipments.invoice.number",
    "shipments.invoice.key", "shipments.documents.external",
    *(f"{party}.{field}" for party in ("payer", "receiver")
      for field in ("email", "person_tax_id", "company_tax_id", "vat_number", "phone")),
)  # fmt: skip
#: Running numbers are bigint.
_MOST_DIGITS = 18
#: Shorter parts of names are in no index, and in nearly every name.
_SHORTEST_PART = 3

_IN_COLUMNS = "SELECT n.id FROM orders n WHERE n.tenant_id = $1 AND n.number = {number}"

_KNOWN_ELSEWHERE = """
SELECT m.record_id FROM connections c JOIN remote_records m
    ON m.tenant_id = $1 AND m.connection_id = c.id AND m.kind = 'order' AND m.remote_id = {text}
WHERE c.tenant_id = $1
"""

_OF_BUYERS = "SELECT b.id FROM orders b WHERE b.tenant_id = $1 AND b.customer_id IN ({buyers})"

#: Paid, or to be paid later, and not on its way.
_WAITING = (
    OrderStatus.PAID,
    OrderStatus.AWAITING_INVOICE,
    OrderStatus.INVOICE_FAILED,
    OrderStatus.PARTLY_INVOICED,
    OrderStatus.INVOICED,
)

_LATE = """
SELECT l.id FROM orders l WHERE l.tenant_id = $1 AND l.company_id = $2 AND l.status = ANY ({statuses})
    AND (l.doc ->> 'expected_send')::timestamptz < {now}
"""


def anything(text: str) -> Filter:
    """Orders that have this number or address somewhere, at whatever connection, or these names; part of the
    customer's name, e-mail address, town, phone or tax number is enough."""
    return Among(partial(_known_as, text.strip()))


def late(now: datetime) -> Filter:
    """Orders that should have left by now."""
    return Among(lambda bind: _LATE.format(statuses=bind(list(_WAITING)), now=bind(now)))


def _known_as(text: str, bind: Binder) -> str:
    spelled = dict.fromkeys((text, text.upper(), text.lower()))
    leaves = [f"{path}={one}" for path in _PATHS for one in spelled]
    ways = [search.having("order", [*leaves, f"~number={fold(text)}"], bind), _KNOWN_ELSEWHERE.format(text=bind(text))]
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        ways.append(_IN_COLUMNS.format(number=bind(int(text))))
    if names := fold(text).split():
        ways.append(search.having("order", [f"~name={name}" for name in names], bind, every=True))
    if len(text) >= _SHORTEST_PART:
        ways.append(_OF_BUYERS.format(buyers=search.containing("customer", "words", text, bind)))
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) >= _SHORTEST_PART and not any(c.isalpha() for c in text):
        ways.append(_OF_BUYERS.format(buyers=search.containing("customer", "codes", digits, bind)))
    return " UNION ALL ".join(f"SELECT * FROM ({way}) x" for way in ways)
