"""The core's facts in this vendor's shape (specification 3)."""

from dataclasses import dataclass
from datetime import UTC, datetime
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
    OtherCurrency,
    Refused,
    TooMany,
    TryAgain,
    Unauthenticated,
    Unavailable,
    Unchanged,
)
from plughub.dialects.plugboard.catalogue import ERRORS
from plughub.web.call import Reply, json_reply
from plughub.web.dialect import (
    Bug,
    FileTooLarge,
    HttpFault,
    Insecure,
    TooLarge,
    TooSlow,
    UnknownPath,
    WrongMethod,
)

_LONGEST_VALUE = 200
#: The core's kind -> this wire's field that no two of them share.
_KEYS = {"payment_method": "code", "z_report": "reportNo", "category": "name"}
_CHALLENGE = 'Basic realm="Plugboard API", charset="UTF-8"'


@dataclass(eq=False)
class Bad(Invalid):
    """A value or a parameter that this wire refuses under a name of its catalogue."""

    error: str = "FieldType"
    value: Any = None
    help: str | None = None


@dataclass(eq=False)
class Wrong(Refused):
    """A refusal of the whole request."""

    error: str
    message: str = ""
    field: str | None = None
    value: Any = None
    retry_after: int | None = None


def spell(error: HubError | HttpFault) -> Reply:
    match error:
        case Wrong():
            return _reply(error.error, error.message, error.field, error.value)
        case Bad():
            return _reply(error.error, _sentence(error), error.field, error.value, help=error.help)
        case Missing():
            return _reply("FieldRequired", _sentence(error), error.field)
        case OtherCurrency():
            return _reply("CurrencyMismatch", _sentence(error), error.field)
        case Invalid():
            name = "FieldTooLong" if error.reason.startswith("must have at most") else "FieldRange"
            return _reply(name, _sentence(error), error.field)
        case Duplicate():
            return _duplicate(error)
        case Locked(_, reason):
            return _reply("RecordDeleted" if reason == "was deleted" else "RecordInUse", reason)
        case NotFound(kind, key):
            return _reply("NoSuchRecord", f"There is no such {kind.replace('_', ' ')}", "localId", _id(key))
        case Unauthenticated():
            return _reply("CredentialsRejected")
        case Forbidden():
            return _reply("ConnectionDisabled")
        case TooMany(seconds):
            return _reply("TooManyRequests", f"Try again in {seconds} seconds", retry_after=seconds)
        case UnknownPath():
            return _reply("NoSuchResource")
        case WrongMethod(allowed):
            reply = _reply("MethodNotAllowed", f"This resource takes {', '.join(allowed)}")
            reply.headers["Allow"] = ", ".join(allowed)
            return reply
        case FileTooLarge():
            return _reply("FileTooLarge")
        case TooSlow():
            return _reply("BodyTooSlow")
        case TooLarge():
            return _reply("BodyTooLarge")
        case Insecure():
            return _reply("InsecureTransport")
        case Unavailable() | TryAgain():
            return _reply("TemporarilyUnavailable", retry_after=1)
        case IllegalTransition() | InsufficientStock() | Conflict() | Unchanged():
            return _reply("RecordInUse", str(error))
        case Bug(request):
            return _reply("Internal", f"{ERRORS['Internal'].text} as request {request}")
        case HttpFault() | Refused() | HubError():
            return _reply("Internal")
    assert_never(error)


def _duplicate(error: Duplicate) -> Reply:
    match error.kind:
        case "sku":
            return _reply("SkuTaken", field="sku", value=error.value)
        case "remote id":
            return _reply("RemoteIdTaken", field="remoteId", value=error.value)
        case kind:
            message = f"There is a {kind.replace('_', ' ')} {error.value} already"
            return _reply("KeyTaken", message, _KEYS.get(kind), error.value)


def _sentence(error: Invalid) -> str:
    return f"{error.field} {error.reason}".strip() if error.reason else ""


def _id(key: Any) -> Any:
    return getattr(key, "hex", key)


def _reply(
    name: str,
    message: str = "",
    field: str | None = None,
    value: Any = None,
    *,
    help: str | None = None,
    retry_after: int | None = None,
) -> Reply:
    entry = ERRORS[name]
    shown = None if value is None else _shown(value)
    default = entry.text.replace("{fieldValue}", shown or "?").replace("{field}", field or "?")
    content = {
        "error": True,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "code": entry.code,
        "subCode": entry.sub_code,
        "message": message or default,
        "defaultMessage": default,
        "field": field,
        "fieldValue": shown,
        "helpText": help,
        "class": entry.class_name,
    }
    reply = json_reply(content, entry.status)
    if entry.status == 401:
        reply.headers["WWW-Authenticate"] = _CHALLENGE
    if retry_after is not None:
        reply.headers["Retry-After"] = str(retry_after)
    return reply


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json_reply(value).body.decode()
    return text[:_LONGEST_VALUE]
