"""One typed filter tree, compiled to SQL in one place. Dialects parse their own syntax into it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from plughub.core import search
from plughub.core.sql import Binder


class Op(StrEnum):
    EQUAL = "="
    BELOW = "<"
    UP_TO = "<="
    FROM = ">="
    ABOVE = ">"


@dataclass(frozen=True, slots=True)
class Compare:
    """A field that the area keeps in a column or in rows of its own."""

    field: str
    op: Op
    value: Any


@dataclass(frozen=True, slots=True)
class Like:
    """A text field of `Compare` that has this pattern: `%` any text, `_` any character; letter case is ignored."""

    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A field of `Compare` that has no value."""

    field: str


@dataclass(frozen=True, slots=True)
class Has:
    """Any other stored field: some leaf of the record at `path` equals one of the spellings."""

    path: str
    spellings: tuple[str, ...]
    #: Other paths where it may stand as well.
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contains:
    """Part of a text, letter case and accents folded. `column`: words, codes or groups."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Among:
    """What an area finds in a way of its own: SQL that gives the ids of the records, and binds the tenant."""

    ids: Callable[[Binder], str]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Filter"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Matches no record: a field that no record has."""


Filter = Compare | Like | Absent | Has | Contains | Among | All | AnyOf | Not | Nothing

#: Field -> SQL with `{test}` where "= $7" goes. `$1` is always the tenant, `$2` the company.
Fields = Mapping[str, str]


def compile(filter: Filter, kind: str, fields: Fields, bind: Binder) -> str:
    """SQL that is true for the records wanted. Their table has the alias `r`."""
    match filter:
        case Compare(field, op, value):
            return fields[field].format(test=f"{op} {bind(value)}")
        case Like(field, pattern):
            # The fields' own collation, "C", knows the letters of ASCII alone; the database's knows them all. No index
            # is lost: row security keeps patterns from using any. PostgreSQL's way of taking a character for itself
            # (a backslash) is no part of ours.
            return fields[field].format(test='COLLATE "default" ILIKE ' + bind(pattern.replace("\\", "\\\\")))
        case Absent(field):
            return fields[field].format(test="IS NULL")
        case Has(path, spellings, also):
            return search.has_leaf(kind, (path, *also), spellings, bind)
        case Contains(column, text):
            return search.contains(kind, column, text, bind)
        case Among(ids):
            return f"r.id IN ({ids(bind)})"
        case All(parts):
            return _joined(parts, " AND ", "true", kind, fields, bind)
        case AnyOf(parts):
            return _joined(parts, " OR ", "false", kind, fields, bind)
        case Not(part):
            # Not NOT: what is unknown (null) is not so.
            return f"({compile(part, kind, fields, bind)}) IS NOT TRUE"
        case Nothing():
            return "false"
    assert_never(filter)


def _joined(parts: tuple[Filter, ...], word: str, empty: str, kind: str, fields: Fields, bind: Binder) -> str:
    if not parts:
        return empty
    return "(" + word.join(compile(part, kind, fields, bind) for part in parts) + ")"
