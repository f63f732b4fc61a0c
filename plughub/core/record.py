"""A noun as it is stored: with its id, its version and who touched it when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

Noun = TypeVar("Noun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Generic[Noun]):
    id: UUID
    #: Running number per tenant and kind, for vendors that show small integers.
    number: int
    #: Raised by every change of any part.
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    value: Noun


class Head(NamedTuple):
    """Just enough of a record to know whether what was read before still holds."""

    id: UUID
    version: int
    #: Whether the version moves with everything that the record shows; a kit's stock is its components'.
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Noun]):
    """Some records, or heads of records, of a longer list."""

    records: list[Noun]
    #: Records that match and lie after the cursor.
    total: int
    has_more: bool
