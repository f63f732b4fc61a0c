"""What can be done with conversations."""

import dataclasses
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from plughub.core import events, ids, patch
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.messages import links, queries, rules, store
from plughub.core.messages.model import Conversation
from plughub.core.patch import Change
from plughub.core.record import Record


async def create(
    tx: Transaction, caller: Caller, given: patch.Patch, *, silent: bool = False, at: datetime | None = None
) -> Record[Conversation]:
    """A new conversation. A second one with the same channel and channel number is refused.

    Its status is the one given, or new, whoever speaks in it; `at` places it in the past (imports).
    """
    nothing = Conversation()
    conversation = patch.apply(nothing, given)
    rules.check_new(conversation)
    rules.check(conversation)
    conversation = rules.dated(nothing, conversation, at or datetime.now(UTC))
    conversation = await links.linked(tx, caller, nothing, conversation)
    id = ids.new() if at is None else ids.of(at)
    number = await tx.numbers.one(caller.tenant, "message")
    created = await store.insert(tx, caller, id, number, conversation, at=at)
    if created is None:
        channel, taken = conversation.channel or "", conversation.channel_number or ""
        raise Duplicate("message", taken, await queries.by_channel_number(tx, caller, channel, taken))
    await events.record(
        tx,
        caller,
        "message",
        id,
        version=1,
        action=Action.CREATED,
        changes=[Change("", None, conversation)],
        aspects=["status"],
        silent=silent,
        at=at,
    )
    return Record.new(id, number, created, caller.actor, conversation)


async def hold(tx: Transaction, caller: Caller, id: UUID) -> Record[Conversation]:
    """The conversation as it is, and as it stays until this transaction ends."""
    return await store.lock(tx, caller, id)


async def change(
    tx: Transaction,
    caller: Caller,
    id: UUID,
    changes: patch.Patch,
    *,
    silent: bool = False,
    at: datetime | None = None,
) -> tuple[Record[Conversation], list[Change]]:
    """Lay a patch over a conversation, all of it or nothing; no change changes nothing and tells nobody.

    New interactions move its status, unless the patch names one.
    """
    record = await store.lock(tx, caller, id)
    before = record.value
    after = patch.apply(before, changes)
    rules.check(after)
    if "status" not in changes:
        after = rules.moved(before, after)
    if after == before:
        return record, []
    after = rules.dated(before, after, at or datetime.now(UTC))
    after = await links.linked(tx, caller, before, after)
    told = patch.diff(before, after)
    try:
        version, changed = await store.update(tx, caller, id, after, at=at)
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("message", after.channel_number or "") from error
    await events.record(
        tx,
        caller,
        "message",
        id,
        version=version,
        action=Action.UPDATED,
        changes=told,
        aspects={"status"} & events.aspects_of(told) or {"content"},
        silent=silent,
        at=at,
    )
    return dataclasses.replace(record, version=version, changed_at=changed, changed_by=caller.actor, value=after), told
