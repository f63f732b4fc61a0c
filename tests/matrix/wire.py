"""How a dialect describes its records to the matrix: which fields there are, and how one alone is changed."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import aiohttp

from tests.make import Shop

#: The second value of a field that cannot be changed alone: it only has to stay.
KEPT = object()
#: The second value of a field that is only there because the record needs it; another noun asks for it.
NEEDED = object()
#: The one record of a noun that is read and written as a whole.
WHOLE = ""


class Answer(Protocol):
    status: int
    text: str

    @property
    def json(self) -> Any: ...


class Client(Protocol):
    async def call(self, method: str, path: str, body: Any = None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What the body of a change may refer to."""

    #: What was there before the record, by the names that the dialect gave it.
    made: Mapping[str, Any]
    #: The record as its own wire shows it; None while it is new.
    record: Any


Body = Callable[[Seen, Any], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    #: Where the wire shows it: `price_table[].price`.
    name: str
    first: Any
    second: Any
    body: Body
    #: Of which record, where several stand for one noun.
    part: str = WHOLE
    #: Only the wire that made the record can change it.
    is_makers: bool = False
    #: Why a change of other fields through another wire moves this one, too, where that is meant.
    follows: str = ""


Parts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A noun on one wire."""

    fields: tuple[Field, ...]
    #: Makes the record out of the first values of all fields; None: this wire only reads and changes it.
    create: Callable[[Client, dict[str, Any]], Awaitable[Any]] | None
    #: Part -> the record as it is shown.
    read: Callable[[Client], Awaitable[Parts]]
    #: Changes one part.
    write: Callable[[Client, Parts, str, dict[str, Any]], Awaitable[Answer]]
    #: Paths that every change moves.
    moves: frozenset[str]
    #: First names of what is shown but is nobody's to write, or has a noun of its own in the matrix.
    derived: frozenset[str]
    #: What tells elements of its lists apart.
    label: "Label" = lambda element: None
    #: What this wire has no place for, and why: for the page, where another's fields are not carried here.
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The closed set of words for where an order stands."""

    field: str
    words: tuple[str, ...]
    create: Callable[[Client, str], Awaitable[Any]]
    #: Running number -> the order.
    read: Callable[[Client], Awaitable[dict[str, Any]]]
    write: Callable[[Client, Any, dict[str, Any]], Awaitable[Answer]]
    #: A change that has nothing to do with the state.
    unrelated: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    name: str
    title: str
    connect: Callable[[aiohttp.ClientSession, str, Shop], Awaitable[Client]]
    #: Records that others refer to.
    prepare: Callable[[Client], Awaitable[dict[str, Any]]]
    nouns: Mapping[str, Record]
    states: States


# --- bodies -------------------------------------------------------------------------------------------------------


def plain(name: str, first: Any, second: Any = NEEDED, *, inside: str = "", **rest: Any) -> Field:
    """A field, dots into objects; `inside`: the object that has all of it."""
    path = f"{inside}.{name}" if inside else name

    def body(seen: Seen, value: Any) -> dict[str, Any]:
        for step in reversed(path.split(".")):
            value = {step: value}
        made: dict[str, Any] = value
        return made

    return Field(name=path, first=first, second=second, body=body, **rest)


def element(list_name: str, inner: Field, *, key: str = "id", **new: str) -> Field:
    """A field of a list's one element, which `key` names; while it is new, what `new` says."""

    def body(seen: Seen, value: Any) -> dict[str, Any]:
        stored = (seen.record or {}).get(list_name)
        first = stored[0] if stored else None
        named = {key: first[key]} if first else new
        return {list_name: [{**named, **inner.body(Seen(seen.made, first), value)}]}

    return replace(inner, name=f"{list_name}[].{inner.name}", body=body)


def of(part: str, *fields: Field) -> tuple[Field, ...]:
    """Fields of one of several records."""
    return tuple(replace(one, name=f"{part}.{one.name}", part=part) for one in fields)


def merged(one: Any, other: Any, label: "Label") -> Any:
    """Both together: objects by their keys, lists element by element, by label or else by place."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {**one, **other}
        return {key: merged(one[key], other[key], label) if key in one and key in other else both[key] for key in both}
    if isinstance(one, list) and isinstance(other, list):
        first, second = _labelled(one, label), _labelled(other, label)
        both = {**first, **second}
        return [merged(first.get(key, both[key]), second.get(key, both[key]), label) for key in both]
    return other


# --- differences --------------------------------------------------------------------------------------------------

_ID = re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{24})\b")
#: Follows the path of an element that was not there before.
NEW = " (new)"
Label = Callable[[Any], str | None]


def by_place(element: Any) -> str | None:
    return None


def differences(
    one: Any, other: Any, label: Label = by_place, names: Mapping[str, str] | None = None, path: str = ""
) -> set[str]:
    """Paths of what differs: `items[].price`; `items[]` where there are more or fewer.

    `label` tells elements of a list apart that have no fixed place. Ids in paths are `names`, or `{id}`.
    """
    known = names or {}
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(f"{path}.{key}" if path else key, one.get(key), other.get(key)) for key in {**one, **other}]
    elif isinstance(one, list) and isinstance(other, list):
        first, second = [_labelled(elements, label) for elements in (one, other)]
        pairs = [
            (f"{path}[{key[0]}]{'' if key in first else NEW}", first.get(key), second.get(key))
            for key in {**first, **second}
        ]
    else:
        return set() if one == other else {path}
    found: set[str] = set()
    for within, before, after in pairs:
        text = _ID.sub(lambda match: known.get(match[0], "{id}"), within)
        found |= differences(before, after, label, names, text)
    return found


def _labelled(elements: list[Any], label: Label) -> dict[tuple[str, int], Any]:
    """By label, or by place where there is none."""
    found = {}
    for at, each in enumerate(elements):
        name = label(each) if isinstance(each, dict) else None
        found["" if name is None else name, at if name is None else 0] = each
    return found
