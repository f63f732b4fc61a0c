from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plughub.core.ids import ConnectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    id: UUID
    connection: ConnectionId
    url: str
    #: Kinds of record; empty means every kind.
    kinds: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    id: UUID
    subscription: UUID
    event: UUID
    kind: str
    record_id: UUID
    action: str
    aspects: tuple[str, ...]
    next_attempt_at: datetime
