"""The nouns of a conversation. One aggregate, stored as one document beside the columns that lists need."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct


class Status(StrEnum):
    NEW = "new"
    #: The seller has had the last word.
    ANSWERED = "answered"
    #: The customer waits for an answer.
    PENDING = "pending"
    CLOSED = "closed"


class Kind(StrEnum):
    QUESTION = "question"
    PROBLEM = "problem"
    INCIDENT = "incident"
    TASK = "task"
    WARNING = "warning"


class Priority(StrEnum):
    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Author(StrEnum):
    SELLER = "seller"
    CUSTOMER = "customer"
    #: Someone beyond the seller's house: the customer, or the channel in the customer's name.
    EXTERNAL = "external"


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that lies elsewhere."""

    id: UUID
    url: str | None = None
    extensions: dict[str, dict[str, Any]] = {}


class Interaction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing said."""

    id: UUID
    #: What nobody has signed counts as from outside, so that somebody reads it.
    author: Author = Author.EXTERNAL
    comment: str | None = None
    attachments: tuple[Attachment, ...] = ()
    #: When it was said; filled in when it is added.
    created_at: datetime | None = None
    extensions: dict[str, dict[str, Any]] = {}


class Conversation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    status: Status = Status.NEW
    kind: Kind = Kind.QUESTION
    priority: Priority = Priority.NORMAL
    channel: str | None = None
    #: The conversation's number at the channel.
    channel_number: str | None = None
    customer_name: str | None = None
    customer_phone: str | None = None
    subject: str | None = None
    #: Who else is told: addresses as they were given, in one text.
    copy_emails: str | None = None
    tags: str | None = None
    #: What it is about in the words of whoever wrote it: an order's id or number, or a SKU.
    related: str | None = None
    #: What that names here: an order, or a variant and its product.
    order_id: UUID | None = None
    product_id: UUID | None = None
    variant_id: UUID | None = None
    interactions: tuple[Interaction, ...] = ()
    extensions: dict[str, dict[str, Any]] = {}
