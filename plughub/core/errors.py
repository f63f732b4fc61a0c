"""The facts that stop a command. They know no HTTP; each dialect's `errors.py` spells them.

HubError
  Refused            the caller's doing, nothing changed
    Invalid            a value that cannot be taken
      Missing            a value that has to be there is not
      OtherCurrency      an amount in another currency than the record it belongs to
    NotFound
    Unauthenticated
    Forbidden
    TooMany
    Unchanged          the change would change nothing
    Conflict
      Duplicate
      Locked             the record's state does not allow it any more
      IllegalTransition
      InsufficientStock
  Unavailable        the hub's own trouble, worth another try later: the database is away or too busy
  TryAgain           two changes met; nothing happened, and the same request will work at once
"""

from copy import copy
from dataclasses import dataclass
from typing import Any, Self


class HubError(Exception):
    """Anything the hub says no with."""


class Refused(HubError):
    pass


@dataclass(eq=False)
class Invalid(Refused):
    #: Path of the value in the caller's words, as far as known: `items[0].quantity`.
    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason

    def within(self, name: str) -> Self:
        """The same refusal as seen from the object or list that the value stands in."""
        joint = "" if self.field.startswith("[") or not self.field else "."
        outer = copy(self)
        outer.field = f"{name}{joint}{self.field}"
        return outer


class Missing(Invalid):
    pass


class OtherCurrency(Invalid):
    """An amount in another currency than that of the record it belongs to."""


@dataclass(eq=False)
class NotFound(Refused):
    #: The kind of record in the core's words: product, order, connection.
    kind: str
    key: Any = None


@dataclass(eq=False)
class Unauthenticated(Refused):
    reason: str


@dataclass(eq=False)
class Forbidden(Refused):
    reason: str


@dataclass(eq=False)
class TooMany(Refused):
    retry_after_seconds: int


@dataclass(eq=False)
class Unchanged(Refused):
    kind: str


class Conflict(Refused):
    pass


@dataclass(eq=False)
class Duplicate(Conflict):
    kind: str
    #: The value that is taken.
    value: str
    #: The record that has it, when it is one the caller may see.
    existing: Any = None


@dataclass(eq=False)
class Locked(Conflict):
    kind: str
    reason: str


@dataclass(eq=False)
class IllegalTransition(Conflict):
    before: str
    after: str


@dataclass(eq=False)
class InsufficientStock(Conflict):
    sku: str
    wanted: Any
    available: Any


@dataclass(eq=False)
class Unavailable(HubError):
    retry_after_seconds: int = 1


class TryAgain(HubError):
    pass
