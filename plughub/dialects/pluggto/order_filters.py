"""What orders can be asked for (specification 5.6)."""

from plughub.core.filters import Filter, Not
from plughub.core.values import fold
from plughub.dialects.pluggto import statuses
from plughub.dialects.pluggto.order_wire import ORDER
from plughub.dialects.pluggto.query import Filters, equal, flag, has, identity, timestamp


def _has_nfe(value: str) -> Filter:
    told = has("true", "~has_invoice_number")
    return told if flag("has_nfe", value) else Not(told)


def _status(value: str) -> Filter:
    status = statuses.TO_CORE.get(value)
    return equal("status", status.value if status else None)


def _number(value: str) -> Filter:
    digits = value.isascii() and value.isdigit() and len(value) < 19
    return equal("number", int(value) if digits else None)


def filters(account: int) -> Filters:
    """What orders can be asked for; all of them show the same account."""
    return _FILTERS.showing(account)


_FILTERS = Filters(
    shape=ORDER,
    look_ups=frozenset({"id", "order_id", "sku", "channel_id", "original_id", "external", "nfe_number", "track_code"}),
    readers={
        "id": lambda value: equal("id", identity(value)),
        "order_id": _number,
        "sku": lambda value: has(value, "lines.sku", "lines.original_sku", "lines.variant.sku"),
        "channel_id": lambda value: equal("channel_number", value),
        "original_id": lambda value: equal("channel_number", value),
        "channel": lambda value: has(fold(value), "~channel"),
        "attribute": lambda value: has(
            value,
            "lines.variant.attributes.code",
            "lines.variant.attributes.value_code",
            "lines.variant.attributes.value_label",
        ),
        "nfe_number": lambda value: has(value, "shipments.invoice.number"),
        "has_nfe": _has_nfe,
        "track_code": lambda value: has(value, "shipments.track_code"),
        "shipping_company": lambda value: has(fold(value), "~shipments.carrier"),
        "external": lambda value: equal("remote_id", value),
        "ack": lambda value: equal("is_acknowledged", flag("ack", value)),
        "status": _status,
        "timestamp": timestamp,
        "created_by": lambda value: equal("created_by", value),
        "modified_by": lambda value: equal("changed_by", value),
    },
)
