"""Request bodies: JSON by content whatever the header says, forms with PHP brackets where clients send them."""

from typing import Any

from plughub.core.errors import Invalid, Missing
from plughub.dialects.pluggto.errors import Wrong
from plughub.web import bodies
from plughub.web.call import Call

#: The vendor's own (specification, case 57).
_DEEPEST = 100


def read(call: Call, *, forms: bool = False) -> dict[str, Any]:
    """The object in the body. `forms`: a urlencoded form will do (one client creates orders and products so)."""
    body = call.body
    if not body.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Missing("body", "is empty: send a JSON object")
    try:
        if forms and _is_form(call):
            value: Any = bodies.nested(bodies.form(body), deepest=_DEEPEST)
        else:
            value = bodies.json(body, deepest=_DEEPEST)
    except bodies.TooLong as error:
        raise Invalid(error.where or "body", error.reason) from error
    except bodies.Malformed as error:
        raise Wrong("invalid_json", f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Wrong("invalid_json", "the body must be a JSON object")
    # It proves who calls; kept with the record it would be told to everyone who reads it.
    value.pop("access_token", None)
    return value


def _is_form(call: Call) -> bool:
    """By content too: no JSON object, and at least one pair unless the header says that it is a form."""
    kind = call.header("content-type") or ""
    return not bodies.is_json(call.body) and "json" not in kind and (b"=" in call.body or "urlencoded" in kind)
