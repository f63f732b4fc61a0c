"""Wire shapes: one table of fields per record says how it is read, written, filtered and documented.

A dialect writes the table; each row ties a name on the wire to a path in the core's noun. Reading gives a
patch (absent / null / value, lists merged by key), writing gives the tree to be sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol

from plughub.core.errors import Invalid
from plughub.core.patch import REMOVE, Merge, Patch, Replace

#: What a kind gives for a value that counts as not sent.
ABSENT: Any = object()

#: Longest list that is taken.
_MOST_ELEMENTS = 10_000


class Kind(Protocol):
    """A type on the wire. `read` raises ValueError (a reason for people) for what it cannot take."""

    def read(self, value: Any) -> Any: ...
    def write(self, value: Any) -> Any: ...
    def schema(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    #: Dotted path in the core's noun. Empty: the resource file handles it by hand.
    path: str
    kind: Kind
    is_writable: bool = True
    about: str = ""


class Shape:
    """A record as the wire shows it."""

    def __init__(self, *fields: Field) -> None:
        self.fields = {field.name: field for field in fields}
        written = [field for field in fields if field.path]
        self._names = [field.name for field in written]
        self._writers: list[Callable[[Any], Any] | None] = [
            None if isinstance(field.kind, Plain) else field.kind.write for field in written
        ]
        getter = attrgetter(*(field.path for field in written)) if written else None
        self._values = getter if len(written) > 1 or getter is None else _alone(getter)

    def read(self, tree: Mapping[str, Any], *, null_keeps: bool = False) -> tuple[Patch, dict[str, Any]]:
        """The patch, and what this shape does not know."""
        patch: Patch = {}
        unknown = {}
        fields = self.fields
        for name, value in tree.items():
            known = fields.get(name)
            if known is None:
                unknown[name] = value
            elif known.is_writable and known.path and not (value is None and (null_keeps or _is_list(known))):
                read = self.value(known, value)
                if read is not ABSENT:
                    plant(patch, known.path, read)
        return patch, unknown

    def value(self, known: Field, value: Any) -> Any:
        """One field's value as the core takes it; null stays null."""
        if value is None:
            return None
        try:
            read = known.kind.read(value)
        except Invalid as error:
            raise error.within(known.name) from error
        except ValueError as error:
            raise Invalid(known.name, str(error)) from error
        if isinstance(read, Merge):
            object.__setattr__(read, "where", known.name)
        return read

    def write(self, noun: Any) -> dict[str, Any]:
        """Every field; what has no value is null."""
        if self._values is None:
            return {}
        return {
            name: value if writer is None or value is None else writer(value)
            for name, writer, value in zip(self._names, self._writers, self._values(noun), strict=True)
        }

    def schema(self) -> dict[str, Any]:
        properties = {}
        for known in self.fields.values():
            described = dict(known.kind.schema())
            if known.about:
                described["description"] = known.about
            if not known.is_writable:
                described["readOnly"] = True
            properties[known.name] = described
        return {"type": "object", "properties": properties, "additionalProperties": True}

    def find(self, dotted: str) -> tuple[str, Kind] | None:
        """The core path and the kind of a field, `shipments.nfe_key` too; None where there is none."""
        name, _, rest = dotted.partition(".")
        known = self.fields.get(name)
        if known is None or not known.path:
            return None
        if not rest:
            return known.path, known.kind
        inner = known.kind.shape.find(rest) if isinstance(known.kind, Nested | ListOf) else None
        return None if inner is None else (f"{known.path}.{inner[0]}", inner[1])


class Plain:
    """A kind whose values need no writing: what the core has is what the wire shows."""

    def write(self, value: Any) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class Nested:
    """An object inside the record."""

    shape: Shape

    def read(self, value: Any) -> Any:
        # An object without fields is an empty list to a client written in PHP.
        if value in ([], ""):
            return ABSENT
        if not isinstance(value, Mapping):
            raise ValueError("must be an object")
        return self.shape.read(value)[0]

    def write(self, value: Any) -> Any:
        return self.shape.write(value)

    def schema(self) -> dict[str, Any]:
        return self.shape.schema()


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of records inside the record. One object stands for a list of one; empty elements are dropped."""

    shape: Shape
    keys: tuple[str | tuple[str, ...], ...] = ("id",)
    #: (core field, wire name) of what a new element has to have.
    required: tuple[tuple[str, str], ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    known_ids_only: bool = False
    by_position: bool = False
    repeats: bool = False
    #: The whole list becomes the one sent.
    replaces: bool = False
    #: null inside an element means "as it was".
    null_keeps: bool = False
    #: Extension map for fields nobody knows; empty: they are dropped.
    dialect: str = ""
    #: A last look at an element: (wire element, its patch) -> patch.
    finish: Callable[[Mapping[str, Any], Patch], Patch] | None = None

    def read(self, value: Any) -> Any:
        items = [self._item(at, element) for at, element in enumerate(elements(value))]
        if self.replaces:
            return Replace(items, frozenset(field.path.split(".")[0] for field in self.shape.fields.values()))
        return Merge(
            items,
            keys=self.keys,
            known_ids_only=self.known_ids_only,
            by_position=self.by_position,
            repeats=self.repeats,
            required=self.required,
            defaults=self.defaults,
        )

    def _item(self, at: int, element: Any) -> Patch:
        if not isinstance(element, Mapping):
            raise Invalid(f"[{at}]", "must be an object")
        try:
            patch, unknown = self.shape.read(element, null_keeps=self.null_keeps)
            if self.finish is not None:
                patch = self.finish(element, patch)
        except Invalid as error:
            raise error.within(f"[{at}]") from error
        if element.get("remove") is True or str(element.get("remove")).lower() in ("true", "1"):
            patch[REMOVE] = True
        unknown.pop("remove", None)
        if unknown and self.dialect:
            patch["extensions"] = {self.dialect: unknown}
        return patch

    def write(self, value: Iterable[Any]) -> Any:
        if not self.dialect:
            return [self.shape.write(element) for element in value]
        return [{**element.extensions.get(self.dialect, {}), **self.shape.write(element)} for element in value]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.shape.schema()}


def elements(value: Any) -> list[Any]:
    """The elements of a list as it was meant: one object is a list of one, empty elements are none."""
    if isinstance(value, Mapping):
        value = [value]
    if value == "":
        return []
    if not isinstance(value, list):
        raise ValueError("must be a list")
    if len(value) > _MOST_ELEMENTS:
        raise ValueError(f"must have at most {_MOST_ELEMENTS} elements")
    return [element for element in value if not _is_empty(element)]


def _is_empty(element: Any) -> bool:
    if isinstance(element, Mapping):
        return all(value in ("", None) or value == [] for value in element.values())
    return element is None or element in ("", [])


def _is_list(known: Field) -> bool:
    """null never empties a list: typed clients send it for a list that they did not fill."""
    return isinstance(known.kind, ListOf)


def plant(tree: Patch, path: str, value: Any) -> None:
    """Put a value at a dotted path."""
    *way, last = path.split(".")
    for name in way:
        tree = tree.setdefault(name, {})
    tree[last] = value


def _alone(getter: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda noun: (getter(noun),)
