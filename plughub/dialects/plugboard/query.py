"""The typed query language (specification 11): this wire's own parser for the core's filter tree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from datetime import timedelta
from typing import Any

from plughub.core import ids
from plughub.core.filters import Absent, All, AnyOf, Compare, Filter, Like, Not, Nothing, OneOf, Op
from plughub.core.listing import Sort
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import BOOL, INT, MOMENT, NUM, TEXT

_DEFAULT_COUNT, _LARGEST_COUNT, _FARTHEST = 100, 1000, 2**31
_DEEPEST, _MOST_COMPARISONS = 20, 200
_SECOND = timedelta(seconds=1)

FLAGS: dict[str, Filter] = {
    "both": All(()),
    "not-deleted": Compare("is_deleted", Op.EQUAL, False),
    "deleted": Compare("is_deleted", Op.EQUAL, True),
}

_SYNONYMS = {"string": "str", "integer": "int", "boolean": "bool", "dateTime": "datetime"}
_READERS: dict[str, Callable[[Any], Any]] = {
    "str": TEXT.read,
    "enum": TEXT.read,
    "datetime": MOMENT.read,
    "int": INT.read,
    "decimal": NUM.read,
    "bool": BOOL.read,
}
_OPS = {"gt": Op.ABOVE, "ge": Op.FROM, "lt": Op.BELOW, "le": Op.UP_TO}
_COMPARISONS = {*_OPS, "eq", "ne", "in", "like", "isnull"}


@dataclass(frozen=True, slots=True)
class Column:
    """A field that records can be asked for."""

    #: Field of the core's list source.
    field: str
    #: str, datetime, int, decimal, bool or enum; the value in a filter has to have it.
    type: str = "str"
    is_sortable: bool = False
    #: What the core compares with; ValueError for a value that no record has.
    convert: Callable[[Any], Any] = made(default=lambda value: value)


COMMON: dict[str, Column] = {
    "localId": Column("id", is_sortable=True, convert=lambda text: ids.from_hex32(text)),
    "remoteId": Column("remote_id"),
    "created": Column("created_at", "datetime", is_sortable=True),
    "lastModified": Column("changed_at", "datetime", is_sortable=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    where: Filter
    sorts: tuple[Sort, ...]
    limit: int
    offset: int


def parse(body: Mapping[str, Any], columns: Mapping[str, Column], resource: str) -> Wanted:
    """`resource` names the error of a field that it cannot be ordered by: Product, Order."""
    tree = body.get("filter")
    where = All(()) if tree is None else _Parser(columns).filter(tree, "filter", 1)
    return Wanted(
        where=All((where, flag(body.get("deletedFlag"), "deletedFlag"))),
        sorts=_sorts(body.get("order"), columns, resource),
        limit=count(body.get("numRecords"), "numRecords", 1, _LARGEST_COUNT, _DEFAULT_COUNT),
        offset=count(body.get("offset"), "offset", 0, _FARTHEST, 0),
    )


def flag(value: Any, name: str) -> Filter:
    if value is None:
        return FLAGS["both"]
    if not isinstance(value, str) or value not in FLAGS:
        raise Bad(name, f"must be one of {', '.join(FLAGS)}", "FieldEnum", value)
    return FLAGS[value]


def count(value: Any, name: str, least: int, most: int, default: int) -> int:
    if value is None:
        return default
    try:
        number = INT.read(value)
    except Bad as error:
        raise error.within(name) from error
    if not least <= number <= most:
        raise Bad(name, f"must be from {least} to {most}", "FieldRange", value)
    return number


class _Parser:
    """One filter tree; counts its comparisons."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._left = _MOST_COMPARISONS

    def filter(self, tree: Any, where: str, depth: int) -> Filter:
        if not isinstance(tree, dict):
            raise Bad(where, "must be an object", "FilterMalformed", tree)
        if depth > _DEEPEST:
            raise Bad(where, f"is nested deeper than {_DEEPEST}", "FilterMalformed")
        kind = tree.get("type")
        if kind in ("and", "or", "not"):
            return self._operator(kind, tree.get("subclauses"), where, depth)
        if not isinstance(kind, str) or kind not in _COMPARISONS:
            raise Bad(f"{where}.type", "is no comparison and no operator", "FilterTypeUnknown", kind)
        self._left -= 1
        if self._left < 0:
            raise Bad(where, f"there may be {_MOST_COMPARISONS} comparisons", "FilterMalformed")
        return self._comparison(kind, tree, where)

    def _operator(self, kind: str, subclauses: Any, where: str, depth: int) -> Filter:
        where = f"{where}.subclauses"
        if not isinstance(subclauses, list) or not subclauses:
            raise Bad(where, "must be a list with at least one filter", "FilterMalformed", subclauses)
        parts = tuple(self.filter(part, f"{where}[{at}]", depth + 1) for at, part in enumerate(subclauses))
        if kind == "not":
            if len(parts) != 1:
                raise Bad(where, "must be one filter", "FilterMalformed")
            return Not(parts[0])
        return All(parts) if kind == "and" else AnyOf(parts)

    def _comparison(self, kind: str, tree: Mapping[str, Any], where: str) -> Filter:
        column = self._column(tree.get("field"), f"{where}.field")
        if kind == "isnull":
            return Absent(column.field)
        value = _value(tree.get("value"), column, f"{where}.value", many=kind == "in")
        if kind == "in":
            return _one_of(column, value)
        if kind == "like" and column.type not in ("str", "enum"):
            raise Bad(f"{where}.type", "like is for texts", "FilterValueType", kind)
        return _compared(kind, column, value)

    def _column(self, name: Any, where: str) -> Column:
        if not isinstance(name, str):
            raise Bad(where, "must be a string", "FilterMalformed", name)
        if name not in self._columns:
            raise Bad(where, f"there is no field {name} to filter by", "UnknownField", name)
        return self._columns[name]


def _value(given: Any, column: Column, where: str, *, many: bool) -> Any:
    if not isinstance(given, dict) or "value" not in given:
        raise Bad(where, "must be an object with type and value", "FilterMalformed", given)
    kind = given.get("type")
    kind = _SYNONYMS.get(kind, kind) if isinstance(kind, str) else kind
    if kind != column.type and not (kind == "str" and column.type == "enum"):
        raise Bad(f"{where}.type", f"must be {column.type}", "FilterValueType", given.get("type"))
    value, read = given["value"], _READERS[column.type]
    if many and not isinstance(value, list):
        raise Bad(f"{where}.value", "must be a list", "FilterValueType", value)
    try:
        return [read(one) for one in value] if many else read(value)
    except Bad as error:
        raise Bad(f"{where}.value", error.reason, "FilterValueType", error.value) from error


def _compared(kind: str, column: Column, value: Any) -> Filter:
    """A comparison with what a field has; where it has nothing only `ne` is so."""
    if kind == "ne":
        return Not(_compared("eq", column, value))
    if isinstance(value, str) and "\0" in value:
        return Nothing()
    if kind == "like":
        return Like(column.field, value)
    if column.type == "datetime":
        return _moment(kind, column.field, value)
    try:
        core = column.convert(value)
    except ValueError:
        return Nothing()
    return Compare(column.field, Op.EQUAL if kind == "eq" else _OPS[kind], core)


def _one_of(column: Column, values: list[Any]) -> Filter:
    parts = [_compared("eq", column, value) for value in values]
    if column.type == "datetime":
        return AnyOf(tuple(parts))
    # What no record can have is in none of them.
    return OneOf(column.field, tuple(part.value for part in parts if isinstance(part, Compare)))


def _moment(kind: str, name: str, value: Any) -> Filter:
    """Records show whole seconds, so a second is one value: except for `gt`, which must never skip a record of it."""
    second = value.replace(microsecond=0)
    match kind:
        case "eq":
            return All((Compare(name, Op.FROM, second), Compare(name, Op.BELOW, second + _SECOND)))
        case "le":
            return Compare(name, Op.BELOW, second + _SECOND)
        case _:
            return Compare(name, _OPS[kind], value)


def _sorts(order: Any, columns: Mapping[str, Column], resource: str) -> tuple[Sort, ...]:
    if order is None:
        return ()
    if not isinstance(order, list):
        raise Bad("order", "must be a list", "FilterMalformed", order)
    return tuple(_sort(one, at, columns, resource) for at, one in enumerate(order))


def _sort(one: Any, at: int, columns: Mapping[str, Column], resource: str) -> Sort:
    if not isinstance(one, dict) or not isinstance(one.get("field"), str):
        raise Bad(f"order[{at}]", "must be an object with field and direction", "FilterMalformed", one)
    column = columns.get(one["field"])
    if column is None or not column.is_sortable:
        raise Bad("field", "", f"{resource}FieldNotSortable", one["field"])
    direction = one.get("direction") or "ascending"
    if direction not in ("ascending", "descending"):
        raise Bad(f"order[{at}].direction", "must be ascending or descending", "FieldEnum", direction)
    return Sort(column.field, direction == "descending")
