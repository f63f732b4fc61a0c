"""Messages: conversations with customers, about an order, a SKU or anything else."""

from plughub.core.messages.commands import change, create, hold
from plughub.core.messages.model import Attachment, Author, Conversation, Interaction, Kind, Priority, Status
from plughub.core.messages.queries import (
    by_channel_number,
    by_id,
    by_ids,
    heads,
    listing,
    of_interaction,
    of_order,
    of_product,
)

__all__ = [
    "Attachment",
    "Author",
    "Conversation",
    "Interaction",
    "Kind",
    "Priority",
    "Status",
    "by_channel_number",
    "by_id",
    "by_ids",
    "change",
    "create",
    "heads",
    "hold",
    "listing",
    "of_interaction",
    "of_order",
    "of_product",
]
