"""What a conversation is about: an order or a SKU of the tenant, found by the words that name it."""

from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from plughub.core import ids, orders, products
from plughub.core.caller import Caller
from plughub.core.filters import Compare, Op
from plughub.core.hub import Transaction
from plughub.core.listing import Query
from plughub.core.messages.model import Conversation
from plughub.core.values import LONGEST_KEY

#: A longer number is no running number: they are bigint.
_MOST_DIGITS = 18


class Links(NamedTuple):
    order_id: UUID | None = None
    product_id: UUID | None = None
    variant_id: UUID | None = None


async def linked(tx: Transaction, caller: Caller, before: Conversation, after: Conversation) -> Conversation:
    """Tied to what `related` names now. What is tied stays so until `related` says something else; what names
    nothing yet is looked for again at the next write, since an order may come in after the question about it."""
    is_same = after.related == before.related
    if is_same and (after.related is None or after.order_id or after.product_id):
        return after
    found = await _found(tx, caller, after) if after.related else Links()
    return replace(after, **found._asdict())


async def _found(tx: Transaction, caller: Caller, conversation: Conversation) -> Links:
    """The surest name first: an id, a SKU, the number at the conversation's own channel, a running number."""
    text = conversation.related or ""
    if len(text) > LONGEST_KEY:
        return Links()
    id = ids.spelled(text)
    if id is not None and (order := await _order(tx, caller, "id", id)):
        return Links(order_id=order)
    if sold := (await products.sold(tx, caller, [text])).get(text):
        return Links(product_id=sold.product, variant_id=sold.variant.id)
    if conversation.channel and (order := await orders.by_channel_number(tx, caller, conversation.channel, text)):
        return Links(order_id=order)
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return Links(order_id=await _order(tx, caller, "number", int(text)))
    return Links()


async def _order(tx: Transaction, caller: Caller, field: str, value: object) -> UUID | None:
    page = await orders.heads(tx, caller, Query(where=Compare(field, Op.EQUAL, value), limit=1, walks=False))
    return page.records[0].id if page.records else None
