"""What a client reports of its own system into the hub's log (specification 17)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plughub.core import events, ids
from plughub.core.errors import Invalid
from plughub.core.events import About, Direction, Report, Reported, Severity
from plughub.dialects.plugboard import bodies
from plughub.dialects.plugboard.errors import Bad, Wrong
from plughub.dialects.plugboard.kinds import LONG_TEXT, MOMENT, TEXT, Choice, Shown, Word
from plughub.dialects.plugboard.resource import check_known
from plughub.dialects.plugboard.scene import required
from plughub.web.call import Call, Reply, json_reply
from plughub.web.wire import Field, Shape

_MOST, _MOST_LINES = 10_000, 1_000

_ABOUT = Shape(
    Field("id", "told", TEXT),
    Field("displayId", "number", TEXT),
    Field("message", "message", LONG_TEXT),
)
_EVENT = Shape(
    Field("severity", "severity", Word({severity.value.capitalize(): severity for severity in Severity})),
    Field("relatedRecordType", "kind", TEXT),
    Field("direction", "direction", Choice(tuple(Direction))),
    Field("summary", "summary", TEXT),
    Field("body", "", Shown({"type": ["array", "null"], "items": {"type": "string"}})),
    Field("relatedIdMsgs", "", Shown({"type": ["array", "null"], "items": _ABOUT.schema()})),
    Field("time", "occurred_at", MOMENT),
)
SCHEMA: dict[str, Any] = {**_EVENT.schema(), "required": ["severity", "summary"]}
SCHEMA["properties"] = {"localId": {"type": "string", "readOnly": True}, **SCHEMA["properties"]}


async def post_events(call: Call) -> Reply:
    """All of them or none. One alone need not stand in a list."""
    body = bodies.read_any(call)
    told = body if isinstance(body, list) else [body]
    if len(told) > _MOST:
        raise Bad("", f"must have at most {_MOST} elements", "FieldTooLong")
    if not all(isinstance(one, Mapping) for one in told):
        raise Wrong("NotAnObject", "The body must be a list of events")
    names = dict.fromkeys(name for one in told for name in one)
    ignored = check_known(call, names, SCHEMA["properties"])
    reports = [_within(f"[{at}]", _report, call, one) for at, one in enumerate(told)]
    async with call.hub.step(call.identity.caller.tenant) as tx:
        kept = await events.report(tx, call.identity.caller, reports)
    reply = json_reply([_shown(one) for one in kept])
    reply.headers.update(ignored)
    return reply


def _report(call: Call, told: Mapping[str, Any]) -> Report:
    for name in ("severity", "summary"):
        required(told, name, is_new=True)
    read, _ = _EVENT.read(told)
    body = [_within(f"body[{at}]", LONG_TEXT.read, line) for at, line in enumerate(_list(told, "body"))]
    about = [_within(f"relatedIdMsgs[{at}]", _about, one) for at, one in enumerate(_list(told, "relatedIdMsgs"))]
    happened_at = read.pop("occurred_at", None) or call.hub.now()
    return Report(**read, occurred_at=happened_at, body=tuple(body), about=tuple(about))


def _about(told: Any) -> About:
    if not isinstance(told, Mapping):
        raise Bad("", "must be an object", "FieldType", told)
    read, _ = _ABOUT.read(told)
    return About(**read, id=_ours(read.get("told")))


def _ours(told: str | None) -> UUID | None:
    """The record that is meant, if it is one of this hub at all: other systems' ids stay text."""
    try:
        return ids.from_hex32(told or "")
    except ValueError:
        return None


def _shown(kept: Reported) -> dict[str, Any]:
    report = kept.report
    about = [_ABOUT.write(one) for one in report.about]
    return {"localId": kept.id.hex, **_EVENT.write(report), "body": list(report.body), "relatedIdMsgs": about}


def _list(told: Mapping[str, Any], name: str) -> list[Any]:
    value = told.get(name)
    if value is not None and not isinstance(value, list):
        raise Bad(name, "must be a list", "FieldType", value)
    if len(value or ()) > _MOST_LINES:
        raise Bad(name, f"must have at most {_MOST_LINES} elements", "FieldTooLong")
    return value or []


def _within(name: str, read: Any, *args: Any) -> Any:
    try:
        return read(*args)
    except Invalid as error:
        raise error.within(name) from error
