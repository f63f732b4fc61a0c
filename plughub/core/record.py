"""A noun as it is stored: with its id, its version and who touched it when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from msgspec import Struct

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
    #: Set where a list was asked for what is gone, too.
    deleted_at: datetime | None = None
    #: Versions of a product with the same number here differ in their stock only; None where it was not asked for.
    described: int | None = None

    @classmethod
    def new(cls, id: UUID, number: int, at: datetime, by: str, value: Noun) -> "Record[Noun]":
        """As it is when it has just been made."""
        return cls(
            id=id, number=number, version=1, created_at=at, created_by=by, changed_at=at, changed_by=by, value=value
        )


class Row(Struct, frozen=True, array_like=True):
    """How one statement gives a record as a JSON array: this first, then the area's own fields."""

    id: UUID
    number: int
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str

    def holding(self, value: Noun) -> Record[Noun]:
        return Record(
            id=self.id,
            number=self.number,
            version=self.version,
            created_at=self.created_at,
            created_by=self.created_by,
            changed_at=self.changed_at,
            changed_by=self.changed_by,
            value=value,
        )


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


def in_order(page: Page[Head], found: Mapping[UUID, Record[Noun]]) -> Page[Record[Noun]]:
    """The page with its records in place of their heads; what was deleted since is left out."""
    records = [found[head.id] for head in page.records if head.id in found]
    return Page(records=records, total=page.total, has_more=page.has_more)
