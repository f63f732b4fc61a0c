"""The search rows: one per record, outside row security, so this module alone reads and writes them.

Every statement here binds the tenant (always `$1`) and gives ids only; the records are then read through
row security. Why they exist: design decision 4, `docs/decisions/`.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import astuple

from plughub.core.sql import Binder
from plughub.core.values import fold, plain
from plughub.db.pool import Session

#: Longer texts are descriptions, not something to be equal to.
_LONGEST_LEAF = 300
_COLUMNS = {"words", "codes", "groups"}

SAVE = """
INSERT INTO search_rows (tenant_id, kind, id, leaves, words, codes, groups)
VALUES ($1::uuid, $2::text, $3, search_leaves($1::uuid::text || $2::text || ':', $4), $5, $6, $7)
ON CONFLICT (tenant_id, kind, id) DO UPDATE SET
    leaves = excluded.leaves, words = excluded.words, codes = excluded.codes, groups = excluded.groups
"""


async def save(
    tx: Session,
    tenant: UUID,
    kind: str,
    id: UUID,
    *,
    leaves: Iterable[str],
    words: str,
    codes: str,
    groups: str,
) -> None:
    await tx.run(SAVE, tenant, kind, id, list(leaves), fold(words), fold(codes), fold(groups))


async def remove(tx: Session, tenant: UUID, kind: str, id: UUID) -> None:
    await tx.run("DELETE FROM search_rows WHERE tenant_id = $1 AND kind = $2 AND id = $3", tenant, kind, id)


def leaves(value: Any, path: str = "") -> list[str]:
    """`path=value` for every scalar in a noun; list elements share the path of their list."""
    found: list[str] = []
    _walk(value, path, found.append)
    return found


def _walk(value: Any, path: str, add: Callable[[str], None]) -> None:
    kind = type(value)
    if kind is str:
        if value and len(value) <= _LONGEST_LEAF:
            add(f"{path}={value}")
    elif kind is tuple or kind is list:
        for part in value:
            _walk(part, path, add)
    elif isinstance(value, Struct):
        # Most fields of most records have no value.
        for name, part in zip(value.__struct_fields__, astuple(value), strict=True):
            if part is not None:
                _walk(part, f"{path}.{name}" if path else name, add)
    elif kind is dict:
        for key, part in value.items():
            _walk(part, f"{path}.{key}" if path else str(key), add)
    else:
        text = spell(value)
        if text is not None and len(text) <= _LONGEST_LEAF:
            add(f"{path}={text}")


def spell(value: Any) -> str | None:
    """One spelling per value, so that equal values are equal leaves."""
    match value:
        case None | "":
            return None
        case bool():
            return "true" if value else "false"
        case Decimal():
            # Written out, a number with a large exponent has as many digits.
            return plain(value) if abs(value.adjusted()) < _LONGEST_LEAF else str(value)
        case int() | str():
            return str(value)
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def has_leaf(kind: str, paths: Iterable[str], spellings: Collection[str], bind: Binder) -> str:
    return f"r.id IN ({having(kind, [f'{path}={text}' for path in paths for text in spellings], bind)})"


def contains(kind: str, column: str, text: str, bind: Binder) -> str:
    return f"r.id IN ({containing(kind, column, text, bind)})"


def having(kind: str, leaves: Collection[str], bind: Binder, *, every: bool = False) -> str:
    """SQL that gives the ids of records with one of these leaves, or with every one of them."""
    wanted, scope = bind(list(leaves)), bind(f"{kind}:")
    test = "@>" if every else "&&"
    return _ids(f"kind = {bind(kind)} AND leaves {test} search_leaves($1::uuid::text || {scope}::text, {wanted})")


def containing(kind: str, column: str, text: str, bind: Binder) -> str:
    """SQL that gives the ids of records whose words, codes or groups have this part."""
    if column not in _COLUMNS:
        raise ValueError(column)
    escaped = fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # Everything contains nothing; any other part is in no empty text, and the indexes leave those out.
    part = f" AND {column} <> '' AND {column} LIKE {bind(f'%{escaped}%')}" if escaped else ""
    return _ids(f"kind = {bind(kind)}{part}")


def _ids(condition: str) -> str:
    """The ids of records whose search row meets a condition.

    MATERIALIZED keeps PostgreSQL from merging this into the query around it. There the tenant's condition would be
    taken for one of row security's, and no index be used for operators that are not leak-proof: the very reason
    why search rows stand outside. It also asks once, even where a table that has just been filled is taken for
    empty, and each of its records would be searched for on its own.
    """
    found = f"SELECT id FROM search_rows WHERE tenant_id = $1 AND {condition}"
    return f"WITH found AS MATERIALIZED ({found}) SELECT found.id FROM found"
