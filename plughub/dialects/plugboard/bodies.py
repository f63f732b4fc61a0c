"""Request bodies: JSON in UTF-8 whatever the header says (specification 1.4)."""

from collections.abc import Mapping
from typing import Any

from plughub.dialects.plugboard.errors import Bad, Wrong
from plughub.web import bodies
from plughub.web.call import Call

_DEEPEST, _LONGEST = 64, 10_000
_REFUSED_TYPES = ("multipart/", "application/xml", "text/xml")
_UTF8 = {"", "utf-8", "utf8", "us-ascii"}


def read(call: Call) -> dict[str, Any]:
    """The object in the body."""
    value = read_any(call)
    if not isinstance(value, dict):
        raise Wrong("NotAnObject")
    return value


def read_any(call: Call) -> Any:
    """Whatever JSON value the body holds."""
    _check_type(call.header("content-type") or "")
    body = call.body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise Wrong("BodyMissing")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Wrong("NotUtf8", f"The body is not UTF-8: byte {error.start}") from error
    try:
        return bodies.json(call.body, deepest=_DEEPEST)
    except bodies.TooDeep as error:
        raise Wrong("TooDeep") from error
    except bodies.TooLong as error:
        raise Bad(error.where, error.reason, "FieldTooLong") from error
    except bodies.Malformed as error:
        raise Wrong("JsonSyntax", f"The body is not JSON: {error}") from error


def unlike(body: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is sent as it is shown: a client that reads, edits one field and writes all back meant that one."""
    return {name: value for name, value in body.items() if name not in shown or value != shown[name]}


def elements(value: Any, where: str) -> list[Any]:
    """The list, which has to be one and no longer than any list is taken."""
    if not isinstance(value, list):
        raise Bad(where, "must be a list", "FieldType", value)
    if len(value) > _LONGEST:
        raise Bad(where, f"must have at most {_LONGEST} elements", "FieldTooLong")
    return value


def _check_type(header: str) -> None:
    kind, _, rest = header.lower().partition(";")
    charset = next((part.strip()[8:] for part in rest.split(";") if part.strip().startswith("charset=")), "")
    if kind.strip().startswith(_REFUSED_TYPES) or charset.strip('"') not in _UTF8:
        raise Wrong("MediaType", f"Send JSON in UTF-8, not {header}")
