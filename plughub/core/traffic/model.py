from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from plughub.core import ids
from plughub.core.ids import ConnectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a client and its answer, as the log keeps them: secrets are masked before they get here."""

    #: Made when it was answered; the client was told it.
    id: UUID
    connection: ConnectionId
    method: str
    #: Below the dialect's mount point, percent-encoded; the query stands apart.
    path: str
    query: str
    #: What the path names last: an id or a SKU, decoded.
    subject: str | None
    status: int
    seconds: float
    #: Where it came from.
    address: str
    agent: str
    sent_type: str
    #: Of each body the first 4 KB, if it is text, and the size of all of it in bytes; -1 where nobody knows.
    sent: str
    sent_size: int
    answer_type: str
    answer: str
    answer_size: int

    @property
    def at(self) -> datetime:
        return ids.moment(self.id)


@dataclass(frozen=True, slots=True)
class Call:
    """That a connection called, for its figures."""

    at: datetime
    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a connection's calls came to. Today is the tenant's day."""

    calls: int
    failures: int
    calls_today: int
    failures_today: int
    last: Call
    #: The newest call that was refused or went wrong.
    failed: Call | None


class Wanted(StrEnum):
    """Which requests of the log."""

    ALL = "all"
    CHANGES = "changes"
    FAILED = "failed"
