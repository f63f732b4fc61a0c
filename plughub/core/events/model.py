from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

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


#: Last name in a changed field's path -> what a subscriber calls it.
_ASPECTS = {
    "on_hand": "stock",
    "reserved": "stock",
    "levels": "stock",
    "price": "price",
    "special_price": "price",
    "prices": "price",
    "status": "status",
    "is_available": "status",
}


def aspects_of(changes: Iterable[Change]) -> set[str]:
    """What the changed fields mean to a subscriber: status, stock, price; anything else is content."""
    found = set()
    for change in changes:
        names = [part.split("[", 1)[0] for part in change.field.split(".")]
        if "levels" in names and names[-1] not in ("on_hand", "reserved", "levels"):
            found.add("price" if names[-1] in ("price", "special_price") else "content")
        elif "prices" in names:
            found.add("price")
        elif names[0] == "status" or names[-1] in ("is_available", "on_hand", "reserved", "levels"):
            found.add(_ASPECTS[names[-1]])
        else:
            found.add(_ASPECTS.get(names[-1], "content"))
    return found
