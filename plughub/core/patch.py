"""Partial update, the one mechanism: absent keeps, null clears, a value replaces; lists merge by key.

A patch is a tree of the core's own field names. `apply` lays it over a noun and gives the next noun;
`diff` tells field by field what became what. Neither knows a database or a wire.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from plughub.core import ids
from plughub.core.errors import Invalid, Missing

Patch = dict[str, Any]
Noun = TypeVar("Noun", bound=Struct)

#: Key of an element patch that deletes the element it matches.
REMOVE = "__remove__"

_LABEL = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Merge:
    """A list patch: each element changes the one it matches or is added; elements not named stay."""

    items: Sequence[Patch]
    #: What identifies an element, the first that is sent decides: a field, or several of which those count that
    #: are sent (the first has to be). Only an id that names nothing leaves it to the next.
    keys: tuple[str | tuple[str, ...], ...] = ("id",)
    #: As many elements as are stored, and none of them named: each changes the one in its place.
    by_position: bool = False
    #: Several elements may have equal keys: each is matched at most once, an id apart.
    repeats: bool = False
    #: An id that names no element is refused rather than read as a new element.
    known_ids_only: bool = False
    #: The whole list is named, in its order: elements that are not named go.
    whole: bool = False
    #: Where the list stands in the caller's words, for errors.
    where: str = ""
    #: Fields a new element has to have, as (core field, caller's name).
    required: tuple[tuple[str, str], ...] = ()
    #: What a new element gets where the caller says nothing.
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replace:
    """A list patch: the whole list becomes this one. Elements that stay the same keep their ids."""

    items: Sequence[Patch]
    #: Fields that the caller can speak of; an element that is the same in these keeps the others. None: all.
    said: frozenset[str] | None = None


class Whole(int):
    """A number from a wire that shows no fractions: as long as it is what that wire shows, the fraction stays."""

    def over(self, before: Any) -> Decimal:
        is_shown = isinstance(before, Decimal) and int(before) == self
        return before if is_shown else Decimal(int(self))


class Change(NamedTuple):
    field: str
    before: Any
    after: Any


def apply(noun: Noun, patch: Mapping[str, Any]) -> Noun:
    changed = {}
    for name, value in patch.items():
        before = getattr(noun, name)
        after = _value(type(noun), name, before, value)
        if after is not before and after != before:
            changed[name] = after
    return replace(noun, **changed) if changed else noun


def make(kind: type[Noun], patch: Mapping[str, Any], **fields: Any) -> Noun:
    """A new noun from a patch alone."""
    return apply(kind(**fields), {key: value for key, value in patch.items() if key not in fields})


def _value(kind: type[Struct], name: str, before: Any, value: Any) -> Any:
    if value is None:
        return _defaults(kind)[name]
    if isinstance(value, Whole):
        return value.over(before)
    if isinstance(value, Merge):
        return _merge(element_of(kind, name), before or (), value)
    if isinstance(value, Replace):
        return _replace(element_of(kind, name), before, value)
    if isinstance(value, Mapping):
        if isinstance(before, Struct):
            return apply(before, value)
        if isinstance(before, Mapping):
            return _merge_map(get_args(_hints(kind)[name])[1], before, value)
    return value


def _merge_map(kind: Any, before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merge by key; a key set to null goes. Maps of maps merge one level deep, values are values."""
    after = dict(before)
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        elif isinstance(kind, type) and issubclass(kind, Struct) and isinstance(value, Mapping):
            element = apply(after.pop(key, None) or kind(), value)
            # One without any content is as good as none: sending nothing but nulls adds nothing.
            if element != kind():
                after[key] = element
        elif get_origin(kind) is dict and isinstance(value, Mapping):
            after[key] = {k: v for k, v in {**after.get(key, {}), **value}.items() if v is not None}
        else:
            after[key] = value
    return after


def _replace(kind: type[Struct], before: Sequence[Any], patch: Replace) -> tuple[Any, ...]:
    after = []
    for at, item in enumerate(patch.items):
        given = {name: value for name, value in item.items() if value is not None and name != "id"}
        old = before[at] if at < len(before) else None
        is_same = old is not None and apply(_unsaid(old, given, patch.said), given) == old
        after.append(old if is_same else apply(kind(id=ids.new()), given))
    return tuple(after)


def _unsaid(old: Struct, given: Patch, said: frozenset[str] | None) -> Struct:
    """Of an element only what the caller cannot speak of."""
    kept = {
        name: getattr(old, name)
        for name in old.__struct_fields__
        if name == "id" or (said is not None and name not in said) or isinstance(given.get(name), Whole)
    }
    return type(old)(**kept)


def _merge(kind: type[Struct], before: Sequence[Any], merge: Merge) -> tuple[Any, ...]:
    #: None where an element is gone: the places of the others hold until all are served.
    after: list[Any] = list(before)
    # In the order of the list, also where several are made in one millisecond: rows are read back by id.
    fresh = sorted(ids.new() for _ in merge.items)
    in_place = merge.by_position and len(merge.items) == len(after) and not any(item.get("id") for item in merge.items)
    places = _Places(after, merge)
    named: list[int] = []
    for at, item in enumerate(merge.items):
        where = f"{merge.where}[{at}]"
        found = at if in_place else places.find(item, where)
        if item.get(REMOVE):
            if found is not None:
                after[found] = None
            continue
        fields = {name: value for name, value in item.items() if name != "id"}
        if found is not None:
            after[found] = apply(after[found], fields)
        else:
            found = len(after)
            after.append(_added(kind(id=fresh[at]), fields, merge, where))
        places.serve(found)
        named.append(found)
    if merge.whole:
        return tuple(after[at] for at in dict.fromkeys(named))
    return tuple(element for element in after if element is not None)


def _added(blank: Struct, fields: Patch, merge: Merge, where: str) -> Struct:
    for name, wire in merge.required:
        if fields.get(name) in (None, ""):
            raise Missing(f"{where}.{wire}", "is required")
    return apply(blank, {**merge.defaults, **{name: value for name, value in fields.items() if value is not None}})


class _Places:
    """Where the elements of a list stand, by what identifies them: long lists are not searched element by element."""

    def __init__(self, elements: list[Any], merge: Merge) -> None:
        self._elements = elements
        self._merge = merge
        self._keys = [(key,) if isinstance(key, str) else key for key in merge.keys]
        self._read = {name: attrgetter(name) for names in self._keys for name in names}
        self._served: set[int] = set()
        self._places: dict[tuple[str, Any], list[int]] = {}
        for at in range(len(elements)):
            self._note(at)

    def serve(self, at: int) -> None:
        """The element at this place is new or has changed."""
        if self._merge.repeats:
            # Only an id leads here again, and that does not change.
            self._served.add(at)
        else:
            self._note(at)

    def _note(self, at: int) -> None:
        for first, *_ in self._keys:
            self._places.setdefault((first, self._read[first](self._elements[at])), []).append(at)

    def find(self, item: Patch, where: str) -> int | None:
        for names in self._keys:
            wanted = [(name, value) for name in names if (value := _sent(item, name)) not in (None, "")]
            if not wanted or wanted[0][0] != names[0]:
                continue
            standing = self._places.get(wanted[0], [])
            if names != ("id",):
                while standing and standing[0] in self._served:
                    standing.pop(0)
            for at in standing:
                element = self._elements[at]
                if at in self._served and names != ("id",):
                    continue
                if element is not None and all(self._read[name](element) == value for name, value in wanted):
                    return at
            if names != ("id",):
                return None
            if self._merge.known_ids_only:
                raise Invalid(f"{where}.id", "names nothing in this record")
        return None


def _sent(item: Mapping[str, Any], path: str) -> Any:
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


@cache
def _defaults(kind: type[Struct]) -> dict[str, Any]:
    """What each field is when cleared: its default, or null where it has none."""
    blank = kind.__struct_fields__
    values = dict.fromkeys(blank)
    for name, default in zip(reversed(blank), reversed(kind.__struct_defaults__), strict=False):
        values[name] = default() if callable(default) else _own(default)
    return values


def _own(default: Any) -> Any:
    """msgspec wraps default factories in an object of its own."""
    factory: Callable[[], Any] | None = getattr(default, "factory", None)
    if factory is not None:
        return factory()
    return None if type(default).__name__ == "NoDefault" else default


@cache
def _hints(kind: type[Struct]) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def element_of(kind: type[Struct], name: str) -> type[Struct]:
    """The type of the elements of a list field."""
    hint = _hints(kind)[name]
    # A list that may be none at all.
    hint = next((part for part in get_args(hint) if get_origin(part) is tuple), hint)
    if get_origin(hint) is not tuple:
        raise TypeError(f"{kind.__name__}.{name} is not a list")
    element: type[Struct] = get_args(hint)[0]
    return element


def diff(before: Any, after: Any, path: str = "") -> list[Change]:
    """Every field that differs, deepest first known name: `lines[CAM-AZ].quantity`."""
    return list(_differences(before, after, path))


def _differences(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before is after or before == after:
        return
    if isinstance(before, Struct) and isinstance(after, Struct) and type(before) is type(after):
        for name in before.__struct_fields__:
            yield from _differences(getattr(before, name), getattr(after, name), _join(path, name))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from _differences(before.get(key), after.get(key), _join(path, str(key)))
    elif _is_list_of_nouns(before) and _is_list_of_nouns(after):
        yield from _list_differences(before, after, path)
    else:
        yield Change(path, before, after)


def _list_differences(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Change]:
    old = {element.id: element for element in before}
    new = {element.id: element for element in after}
    for id, element in old.items():
        yield from _differences(element, new.get(id), f"{path}[{label(element)}]")
    for id, element in new.items():
        if id not in old:
            yield Change(f"{path}[{label(element)}]", None, element)
    stayed = [id for id in old if id in new]
    if stayed != [id for id in new if id in old]:
        yield Change(path, [label(old[id]) for id in stayed], [label(new[id]) for id in new if id in old])


def names(path: str) -> list[str]:
    """The fields in a change's path, without what stands in brackets: a SKU or an id, which may read like a path."""
    return _LABEL.sub("", path).split(".")


def setting(noun: Struct, path: str, value: Any) -> Patch:
    """The patch that gives one field this value; path and value as a change of this noun's history has them.

    Raises `Invalid` where the path leads nowhere any more, or to a whole element of a list.
    """
    name = re.split(r"[.\[]", path, maxsplit=1)[0]
    rest = path[len(name) :]
    if name not in noun.__struct_fields__:
        raise Invalid(path, "is no field of this record")
    held = getattr(noun, name)
    if not rest:
        return {name: None if value is None else msgspec.convert(value, _hints(type(noun))[name], strict=False)}
    if rest[0] == "[":
        for element in held:
            head = f"[{label(element)}]"
            if rest.startswith(head + "."):
                inner = setting(element, rest[len(head) + 1 :], value)
                return {name: Merge([{"id": element.id, **inner}])}
        raise Invalid(path, "is not there any more")
    if isinstance(held, Struct):
        return {name: setting(held, rest[1:], value)}
    if not isinstance(held, Mapping):
        raise Invalid(path, "is no field of this record")
    return {name: _setting_in_map(get_args(_hints(type(noun))[name])[1], held, rest[1:], value)}


def _setting_in_map(kind: Any, held: Mapping[str, Any], path: str, value: Any) -> Patch:
    # Keys are others' words and may have dots in them.
    known = [key for key in held if path == key or path.startswith(f"{key}.")]
    key = max(known, key=len, default=path if "." not in path else path.partition(".")[0])
    rest = path[len(key) + 1 :]
    if not rest:
        return {key: None if value is None else msgspec.convert(value, kind, strict=False)}
    if isinstance(kind, type) and issubclass(kind, Struct):
        return {key: setting(held.get(key) or kind(), rest, value)}
    return {key: {rest: value}}


def together(first: Patch, second: Patch) -> Patch:
    """One patch of two: lists that merge get the elements of both, elsewhere the second has the last word."""
    both = dict(first)
    for name, value in second.items():
        held = both.get(name)
        if isinstance(held, Merge) and isinstance(value, Merge):
            both[name] = dataclasses.replace(held, items=[*held.items, *value.items])
        elif isinstance(held, dict) and isinstance(value, dict):
            both[name] = together(held, value)
        else:
            both[name] = value
    return both


def _is_list_of_nouns(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(element, Struct) for element in value)


def label(element: Any) -> str:
    """How people know a list element: by SKU or code if it has one, else by id."""
    # Where a code alone would stand for several.
    for name in ("known_as", "sku", "code"):
        text = getattr(element, name, None)
        if text:
            return str(text)
    id = element.id
    return id.hex if isinstance(id, UUID) else str(id)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
