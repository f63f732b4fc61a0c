from collections.abc import Sequence
from uuid import UUID

from plughub.core import listing as lists
from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.filters import Compare, Has, Op
from plughub.core.hub import Transaction
from plughub.core.listing import Query, Source
from plughub.core.messages.documents import AGGREGATE, read
from plughub.core.messages.model import Conversation
from plughub.core.record import Head, Page, Record, in_order

#: Fields of conversations that filters find in columns; every other field is found through `Has`.
FIELDS = {
    "id": "r.id {test}",
    "number": "r.number {test}",
    "created_at": "r.created_at {test}",
    "changed_at": "r.changed_at {test}",
    "channel_number": "r.channel_number {test}",
    "order_id": "r.order_id {test}",
    "product_id": "r.product_id {test}",
}

SOURCE = Source(kind="message", table="conversations", alive="r.tenant_id = $1 AND r.company_id = $2", fields=FIELDS)


async def by_id(tx: Transaction, caller: Caller, id: UUID) -> Record[Conversation]:
    found = await by_ids(tx, caller, [id])
    if id not in found:
        raise NotFound("message", id)
    return found[id]


async def by_ids(tx: Transaction, caller: Caller, conversation_ids: Sequence[UUID]) -> dict[UUID, Record[Conversation]]:
    rows = await tx.all(
        f"SELECT {AGGREGATE} AS record FROM conversations r"
        " WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = ANY ($3)",
        caller.tenant,
        caller.company,
        list(conversation_ids),
    )
    records = (read(row["record"]) for row in rows)
    return {record.id: record for record in records}


async def by_channel_number(tx: Transaction, caller: Caller, channel: str, number: str) -> UUID | None:
    found: UUID | None = await tx.value(
        "SELECT id FROM conversations"
        " WHERE tenant_id = $1 AND company_id = $2 AND channel = $3 AND channel_number = $4",
        caller.tenant,
        caller.company,
        channel,
        number,
    )
    return found


async def of_interaction(tx: Transaction, caller: Caller, interaction: UUID) -> UUID | None:
    """The conversation in which this was said."""
    found = Query(where=Has("interactions.id", (str(interaction),)), limit=1, walks=False)
    page = await heads(tx, caller, found)
    return page.records[0].id if page.records else None


async def of_order(tx: Transaction, caller: Caller, order: UUID, *, limit: int = 100) -> Page[Record[Conversation]]:
    """What was written about an order, the oldest conversation first."""
    return await listing(tx, caller, Query(where=Compare("order_id", Op.EQUAL, order), limit=limit, walks=False))


async def of_product(tx: Transaction, caller: Caller, product: UUID, *, limit: int = 100) -> Page[Record[Conversation]]:
    """What was written about a product or one of its variants, the oldest conversation first."""
    return await listing(tx, caller, Query(where=Compare("product_id", Op.EQUAL, product), limit=limit, walks=False))


async def heads(tx: Transaction, caller: Caller, query: Query) -> Page[Head]:
    return await lists.page(tx, SOURCE, query, caller.tenant, caller.company, caller.connection)


async def listing(tx: Transaction, caller: Caller, query: Query) -> Page[Record[Conversation]]:
    page = await heads(tx, caller, query)
    return in_order(page, await by_ids(tx, caller, [head.id for head in page.records]))
