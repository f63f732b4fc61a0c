from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from plughub.core.values import Custom, Source


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every noun that is kept here has. Every field needs a default: a new record is a blank one, changed."""

    source: Source = Source()
    custom: dict[str, Custom] = {}
    #: Fields that only one dialect knows: dialect -> field -> value.
    extensions: dict[str, dict[str, Any]] = {}
    #: The calling connection's own id for it; kept beside the document.
    remote_id: str | None = None


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def _nothing(noun: Any) -> None:
    return None


async def _nothing_more(*change: Any) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the document that lists can be filtered and sorted by."""

    #: Dotted: `names.sv`.
    path: str
    type: Literal["text", "numeric", "timestamptz", "boolean", "uuid"] = "text"
    #: What a record has where the document says nothing: documents leave out what is as in a blank one.
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[AnyEntry]):
    """One sort of record."""

    #: As events and remote ids name it: attribute, payment_method.
    name: str
    noun: type[AnyEntry]
    #: What no two of them share while they live.
    key: Callable[[AnyEntry], str | None] = _nothing
    #: The field by which people know the key.
    known_by: str = "code"
    #: Raises a refusal for what must not be.
    check: Callable[[AnyEntry], None] = lambda noun: None
    #: What was recorded stays, and so does the record; only custom data and remote ids change.
    is_final: bool = False
    #: The record that it belongs to and is shown in.
    owner: Callable[[AnyEntry], UUID | None] = _nothing
    #: What else moves with it, in the same transaction: (tx, caller, id, before, after); None where it is not.
    follow: Callable[..., Awaitable[None]] = _nothing_more
