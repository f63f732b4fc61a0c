"""SQL that changes conversations."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from plughub.core import search
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.messages.documents import AGGREGATE, read
from plughub.core.messages.model import Conversation
from plughub.core.record import Record
from plughub.core.values import fold, to_json

#: No row comes back when the channel's number is taken.
_INSERT = """
INSERT INTO conversations (tenant_id, id, company_id, number, channel, channel_number, order_id, product_id,
                           version, created_at, created_by, changed_at, changed_by, doc)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, 1, t.at, $9, t.at, $9, $10
FROM (SELECT coalesce($11, clock_timestamp()) AS at) t
ON CONFLICT (tenant_id, company_id, channel, channel_number)
    WHERE channel IS NOT NULL AND channel_number IS NOT NULL DO NOTHING
RETURNING created_at
"""

_UPDATE = """
UPDATE conversations SET channel = $3, channel_number = $4, order_id = $5, product_id = $6,
    version = version + 1, changed_by = $7, doc = $8,
    changed_at = greatest(changed_at, coalesce($9, clock_timestamp()))
WHERE tenant_id = $1 AND id = $2 RETURNING version, changed_at
"""


async def insert(
    tx: Transaction, caller: Caller, id: UUID, number: int, conversation: Conversation, *, at: datetime | None
) -> datetime | None:
    """Store a new conversation: when. None when its number at the channel is taken."""
    created: datetime | None = await tx.value(
        _INSERT,
        caller.tenant, id, caller.company, number, conversation.channel, conversation.channel_number,
        conversation.order_id, conversation.product_id, caller.actor, to_json(conversation), at,
    )  # fmt: skip
    if created is not None:
        await _save_search(tx, caller, id, conversation)
    return created


async def lock(tx: Transaction, caller: Caller, id: UUID) -> Record[Conversation]:
    """The conversation, locked. It is one row, so that locking and reading can be one statement."""
    aggregate = await tx.value(
        f"SELECT {AGGREGATE} FROM conversations r WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = $3"
        " FOR NO KEY UPDATE OF r",
        caller.tenant,
        caller.company,
        id,
    )
    if aggregate is None:
        raise NotFound("message", id)
    return read(aggregate)


async def update(
    tx: Transaction, caller: Caller, id: UUID, conversation: Conversation, *, at: datetime | None
) -> tuple[int, datetime]:
    row = await tx.one(
        _UPDATE,
        caller.tenant, id, conversation.channel, conversation.channel_number, conversation.order_id,
        conversation.product_id, caller.actor, to_json(conversation), at,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - it is locked
    await _save_search(tx, caller, id, conversation)
    return row["version"], row["changed_at"]


async def _save_search(tx: Transaction, caller: Caller, id: UUID, conversation: Conversation) -> None:
    said = (entry.comment for entry in conversation.interactions)
    texts = (conversation.subject, conversation.customer_name, *said)
    await search.save(
        tx,
        caller.tenant,
        "message",
        id,
        leaves=set(_leaves(conversation)),
        words="\n".join(text for text in texts if text),
        codes="",
        groups="",
    )


_UNSEARCHED = {"order_id", "product_id", "variant_id"}


def _leaves(conversation: Conversation) -> Iterator[str]:
    for name in conversation.__struct_fields__:
        if name not in _UNSEARCHED:
            yield from search.leaves(getattr(conversation, name), name)
    # A name that people type in any case is found in any case.
    if conversation.channel:
        yield f"~channel={fold(conversation.channel)}"
