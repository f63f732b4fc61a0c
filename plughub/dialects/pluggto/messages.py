"""Messages: the handlers (specification 8). Their shapes are in `message_wire.py`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plughub.core import messages
from plughub.core.caller import Caller
from plughub.core.errors import Invalid, Missing, NotFound
from plughub.core.hub import Transaction
from plughub.core.messages import Conversation
from plughub.core.record import Record
from plughub.dialects.pluggto import bodies, ids, query
from plughub.dialects.pluggto.message_filters import filters
from plughub.dialects.pluggto.message_wire import MESSAGE, from_core, respelled, to_core
from plughub.web.call import Call, Reply, json_reply
from plughub.web.wire import elements


async def post_messages(call: Call) -> Reply:
    body = respelled(bodies.read(call))
    patch = to_core(body, None)
    async with call.hub.change(call.identity.caller.tenant) as tx:
        record = await messages.create(tx, call.identity.caller, patch, silent=_is_silent(body))
    return _one(call, record, 201)


async def get_message(call: Call) -> Reply:
    id = ids.in_path(call.route["id"], "message")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        record = await messages.by_id(tx, call.identity.caller, id)
    return _one(call, record, 200)


async def put_message(call: Call) -> Reply:
    return await _put(call, ids.in_path(call.route["id"], "message"))


async def put_messages(call: Call) -> Reply:
    return await _put(call, None)


async def get_messages(call: Call) -> Reply:
    account = call.identity.tenant.number
    wanted = query.read(call, filters(account))
    return await query.listed(
        call, wanted, messages.heads, messages.by_ids, lambda record: {"Message": from_core(record, account)}
    )


async def _put(call: Call, id: UUID | None) -> Reply:
    """Change a message. One that stays as it was is no failure here: 200."""
    caller = call.identity.caller
    body = respelled(bodies.read(call))
    async with call.hub.change(caller.tenant) as tx:
        id = id or await _target(tx, caller, call, body)
        record, _ = await messages.change(tx, caller, id, to_core(body, id), silent=_is_silent(body))
    return _one(call, record, 200)


async def _target(tx: Transaction, caller: Caller, call: Call, body: Mapping[str, Any]) -> UUID:
    """The message that a body without one in the path means: the first of these ways that is used decides."""
    for sent in (body.get("id"), call.parameter("id")):
        if not _is_blank(sent):
            return _identity(sent, "id")
    number, channel = _sent(call, body, "original_id"), _sent(call, body, "channel")
    if number and channel:
        found = await messages.by_channel_number(tx, caller, channel, number)
        if found is None:
            raise NotFound("message", number)
        return found
    for at, element in enumerate(_elements(body)):
        if not _is_blank(element.get("id")):
            named = _identity(element["id"], f"interections[{at}].id")
            # The id of an interaction, else of the message itself.
            return await messages.of_interaction(tx, caller, named) or named
    if number:
        raise Missing("channel", "is required with original_id")
    raise Missing("id", "is required: nothing in the request names a message")


def _sent(call: Call, body: Mapping[str, Any], name: str) -> str | None:
    """A key as the body has it, else the query."""
    for value in (body.get(name), call.parameter(name)):
        text: str | None = None if value is None else MESSAGE.value(MESSAGE.fields[name], value)
        if text:
            return text
    return None


def _elements(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        found = elements(body.get("interections") or [])
    except ValueError as error:
        raise Invalid("interections", str(error)) from error
    return [element for element in found if isinstance(element, Mapping)]


def _identity(value: Any, field: str) -> UUID:
    """A well-formed id that was not made here names nothing; anything else is no id."""
    try:
        ids.position(str(value).strip())
    except ValueError:
        raise Invalid(field, "must be an id of 24 hex digits") from None
    try:
        return ids.read(value)
    except ValueError:
        raise NotFound("message", value) from None


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, str) and not value.strip())


def _one(call: Call, record: Record[Conversation], status: int) -> Reply:
    return json_reply({"Message": from_core(record, call.identity.tenant.number)}, status)


def _is_silent(body: Mapping[str, Any]) -> bool:
    return MESSAGE.value(MESSAGE.fields["update"], body.get("update")) is False
