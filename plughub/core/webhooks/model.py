"""Who is told of what, how, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from plughub.core.events import Event
from plughub.core.ids import ConnectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One address that wants to be told: an endpoint."""

    id: UUID
    connection: ConnectionId
    url: str
    #: Name of its style.
    style: str
    #: What it wants to be told of, in the words of its style's notices; empty means everything.
    kinds: tuple[str, ...]
    #: False once its connection was revoked or it was removed: nothing is planned any more.
    is_active: bool
    #: Deliveries are planned, and wait.
    paused_at: datetime | None = None
    pause_reason: str | None = None
    secret_number: int = 1
    secret_changed_at: datetime | None = None
    #: Rounds in a row in which every attempt failed, and since when none succeeded.
    failures: int = 0
    failing_since: datetime | None = None
    warned_hours: int = 0
    delivered_at: datetime | None = None
    attempted_at: datetime | None = None


class State(StrEnum):
    DUE = "due"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one event means to the receivers of a style."""

    kind: str
    action: str
    aspects: frozenset[str] = frozenset()
    #: What the receiver knows the record by, where that is not its id.
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    id: UUID
    subscription: UUID
    #: The newest event that it stands for.
    event: UUID
    #: Feed position of the first event that it stands for.
    position: int
    kind: str
    record_id: UUID
    subject: str | None
    action: str
    aspects: frozenset[str]
    state: State
    #: Raised before sending, so an attempt that nobody survived counts too.
    attempt_count: int
    next_attempt_at: datetime
    #: Who is sending it now.
    claim: UUID | None = None
    ended_at: datetime | None = None
    #: Why the last attempt failed, in a sentence; None while none did and once it was delivered.
    reason: str | None = None

    def is_being_sent(self, now: datetime) -> bool:
        """Claimed, and not by somebody whose time is over."""
        return self.state is State.DUE and self.claim is not None and self.next_attempt_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one try came to. `status` is None when no answer came."""

    began_at: datetime
    seconds: float
    status: int | None = None
    #: Why no answer came, in a sentence.
    trouble: str | None = None
    #: The first 4 KB.
    answer: bytes = b""
    #: Seconds that the receiver asked us to wait.
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many deliveries of an endpoint wait, and how many are dead."""

    waiting: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Deliveries of one endpoint whose last attempt failed for the same reason."""

    subscription: UUID
    #: None only for those that failed before reasons were kept with them.
    reason: str | None
    #: Those that are tried again by themselves, and when the first of them is.
    due: int
    next_attempt_at: datetime | None
    #: Those that were given up, and when the first and the last of them were.
    dead: int
    first_ended_at: datetime | None
    last_ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What keeps a due delivery from being sent in its own time."""

    #: The receiver fails and is left in peace until then.
    until: datetime | None
    #: The earlier delivery of the same record that goes first.
    behind: UUID | None


class Outcome(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"
    #: The worker ended before it could say.
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    id: UUID
    delivery: UUID
    number: int
    began_at: datetime
    seconds: float | None
    status: int | None
    outcome: Outcome
    reason: str | None
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When to try again. `steps[n]` is how long after failure n + 1; after the last step the delivery is dead."""

    steps: tuple[timedelta, ...]
    #: Up to this share of a step is added at random, so that what failed together does not return together.
    jitter: float = 0.0
    #: Whether a receiver may ask for more time (Retry-After), up to a day.
    obeys_retry_after: bool = False
    #: After so many failures in a row one delivery at a time probes for the others; None: each is tried in its time.
    probes_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a kind of receiver is told. Each dialect declares its own; the calendar and the rules are data."""

    name: str
    calendar: Calendar
    #: Seconds until a try counts as failed.
    timeout: float
    is_success: Callable[[int], bool]
    #: What an event means here; often one notice, none when this wire has no words for it.
    notices: Callable[[Event], Sequence[Notice]]
    #: The exact bytes to send, from the tenant's account number and the delivery.
    body: Callable[[int, Delivery], bytes]
    #: Kinds that a subscription may choose from.
    kinds: tuple[str, ...]
    #: What a test tells: it changes nothing for a receiver.
    trial: Notice
    #: Kind of record whose id the test names; None: it names the endpoint.
    trial_kind: str | None = None
    #: Whether an address has to begin with https://, unless it lies in a network that the operator opened.
    needs_tls: bool = True
    #: Statuses by which a receiver says that it wants nothing more, ever.
    farewells: frozenset[int] = field(default_factory=frozenset)
