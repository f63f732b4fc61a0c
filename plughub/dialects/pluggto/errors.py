"""The core's facts in this vendor's words (specification 3 and 4.2)."""

import re
from dataclasses import dataclass
from typing import Any, assert_never

from plughub.core.errors import (
    Conflict,
    Duplicate,
    Forbidden,
    HubError,
    IllegalTransition,
    InsufficientStock,
    Invalid,
    Locked,
    Missing,
    NotFound,
    Refused,
    TooMany,
    TryAgain,
    Unauthenticated,
    Unavailable,
    Unchanged,
)
from plughub.core.orders import OrderStatus
from plughub.dialects.pluggto import ids, statuses
from plughub.web.call import Call, Reply, json_reply
from plughub.web.dialect import Bug, HttpFault, TooLarge, UnknownPath, WrongMethod

#: What a PUT that changes nothing is told; one client stops repeating when it reads this (C).
_UNCHANGED = {
    "product": "Changes not found in the document",
    "order": "Changes not found in the order",
}
_NOT_FOUND = {
    "product": "Product not found",
    "sku": "Product not found",
    "order": "Order not found",
    "message": "Message not found",
}


@dataclass(eq=False)
class Wrong(Refused):
    """A refusal that only this wire knows."""

    type: str
    details: str
    field: str = ""


@dataclass(eq=False)
class OauthRefused(Refused):
    """A refusal in the form of OAuth 2.0."""

    code: int
    error: str
    description: str


def spell(error: HubError | HttpFault) -> Reply:
    match error:
        case OauthRefused(code, kind, description):
            return oauth(code, kind, description)
        case Wrong(kind, details, field):
            return _body(400, kind, details, field)
        case Missing(field, reason):
            return _wrong("required_field", field, reason)
        case Invalid(field, reason):
            return _wrong("invalid_field", field, reason)
        case Unchanged(kind):
            return _body(400, "not_updated", _UNCHANGED[kind])
        case Duplicate():
            return _duplicated(error)
        case Locked(_, reason):
            return _body(400, "kit_locked", reason, "package_skus")
        case IllegalTransition(before, after):
            move = " to ".join(statuses.FROM_CORE[OrderStatus(status)] for status in (before, after))
            return _body(400, "invalid_status", f"an order cannot go from {move}", "status")
        case InsufficientStock():
            return _body(400, "invalid_field", "there is not enough stock", "quantity")
        case NotFound(kind):
            return _body(404, "not_found", _NOT_FOUND.get(kind, "Not found"))
        case Unauthenticated(reason) | Forbidden(reason):
            code = 401 if isinstance(error, Unauthenticated) else 403
            return oauth(code, "invalid_token", reason)
        case TooMany(seconds):
            return _body(429, "too_many_requests", f"try again in {seconds} seconds", retry_after=seconds)
        case UnknownPath():
            return _body(404, "not_found", "There is no such path")
        case WrongMethod(allowed):
            reply = _body(405, "method_not_allowed", f"this path takes {', '.join(allowed)}")
            reply.headers["Allow"] = ", ".join(allowed)
            return reply
        case TooLarge():
            return _body(413, "too_large", "the body is larger than 5 MiB")
        case Unavailable() | TryAgain():
            return _body(503, "unavailable", "the hub is busy: nothing was changed, try again", retry_after=1)
        case Bug() | HttpFault() | Conflict() | Refused() | HubError():
            return _body(500, "internal_error", "something went wrong here; it has been logged")
    assert_never(error)


def check_changed(call: Call, kind: str, changed: bool) -> None:
    """Refuse a PUT that changed nothing, unless the connection takes that for success (`noop_put`)."""
    if not changed and call.identity.settings.get("noop_put") != "ok":
        raise Unchanged(kind)


#: The core's words in a field's path for what this wire calls otherwise.
_WORDS = {
    "variants": "variations",
    "prices": "price_table",
    "levels": "stock_table",
    "components": "package_skus",
    "path": "name",
    "lines": "items",
    "remote_id": "external",
    "channel_number": "original_id",
    "interactions": "interections",
}
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b")


def _wrong(kind: str, field: str, reason: str) -> Reply:
    field = _WORD.sub(lambda found: _WORDS[found[0]], field)
    reason = re.sub(r"\bvariant", "variation", reason)
    return _body(400, kind, f"{field} {reason}", field)


def oauth(code: int, error: str, description: str) -> Reply:
    return json_reply({"code": code, "error": error, "error_description": description}, code)


def _duplicated(error: Duplicate) -> Reply:
    if error.kind in ("order", "message"):
        details: dict[str, Any] = {"errmsg": f"{error.kind} already exists"}
        if error.existing is not None:
            details["id"] = ids.spell(error.existing)
        return _body(400, "duplicated", details, "original_id")
    return _body(400, "duplicated", {"errmsg": f"{error.kind} {error.value} is already in use"}, error.kind)


def _body(status: int, kind: str, details: Any, field: str = "", retry_after: int | None = None) -> Reply:
    content = {"type": kind, "details": details, "code": status}
    if field:
        content["field"] = field
    reply = json_reply(content, status)
    if retry_after is not None:
        reply.headers["Retry-After"] = str(retry_after)
    return reply
