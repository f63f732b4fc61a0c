from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from plughub.core import patch
from plughub.core.patch import Change


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    id: UUID
    #: Place in the tenant's feed; None until the relay has given one.
    position: int | None
    kind: str
    record_id: UUID
    #: The record's version after the change.
    version: int
    action: Action
    connection_id: UUID | None
    actor: str
    changes: tuple[Change, ...]
    aspects: frozenset[str]
    silent: bool
    occurred_at: datetime

    @property
    def is_private(self) -> bool:
        """Whether nothing changed but what the connection that changed it keeps for itself."""
        return bool(self.changes) and all(patch.names(change.field) in _PRIVATE for change in self.changes)


#: What each connection keeps for itself: its own id for a record, and whether it has taken the record over.
_PRIVATE = (["remote_id"], ["variants", "remote_id"], ["is_acknowledged"])


def aspects_of(changes: Iterable[Change]) -> set[str]:
    """What the changed fields mean to a subscriber: status, stock, price; anything else is content."""
    return {aspect for change in changes for aspect in _aspects(change)}


def _aspects(change: Change) -> tuple[str, ...]:
    names = patch.names(change.field)
    if "extensions" in names or "custom" in names:
        return ("content",)
    comes_or_goes = change.field.endswith("]")
    match names:
        case ["status"] | ["is_available"]:
            return ("status",)
        case ["variants"] if comes_or_goes:
            return ("content", "stock", "price")
        # A kit's stock is that of its components.
        case ["components", *_] | [*_, "parts"]:
            return ("content", "stock")
        case [*_, "on_hand" | "reserved"]:
            return ("stock",)
        case [*_, "levels"] if comes_or_goes:
            return ("stock",)
        case [*_, "prices"] | [*_, "prices", _] | [*_, "price" | "special_price"]:
            return ("price",)
    return ("content",)
