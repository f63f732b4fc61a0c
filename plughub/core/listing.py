"""Lists of records: one page, its total and its cursor, in at most three statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from plughub.core import filters, ids
from plughub.core.caller import Caller
from plughub.core.filters import All, AnyOf, Compare, Filter, Not, Op
from plughub.core.hub import Transaction
from plughub.core.record import Head, Page
from plughub.core.sql import Binder

#: The connection is bound whether or not a filter asks for it; PostgreSQL wants every parameter used.
_EVERY_PARAMETER = "$3::uuid IS NOT DISTINCT FROM $3::uuid AND $2::uuid IS NOT NULL"


class Order(StrEnum):
    ID = "id"
    CREATED = "created_at"
    CHANGED = "changed_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    where: Filter = All(())  # noqa: RUF009 - frozen
    order: Order = Order.ID
    descending: bool = False
    limit: int = 100
    #: The last record of the page before; its place counts, it need not exist.
    after: UUID | None = None
    offset: int = 0
    #: Part of a walk or a poll: stop before changes that are not settled yet, so that nothing is skipped.
    walks: bool = True
    #: Records with exactly this SKU, or that match this, come first.
    first: str | Filter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is listed: a table (alias `r`) and how its fields are asked for."""

    kind: str
    table: str
    #: What every record in the list has to be; `$1` tenant, `$2` company, `$3` connection.
    alive: str
    fields: filters.Fields
    #: SQL: whether the version moves with all that the record shows.
    is_complete: str = "true"
    #: A smaller relation with the same ids, to count all records in; its rows do not change when stock does.
    counted: str = ""


async def page(
    tx: Transaction, source: Source, query: Query, tenant: UUID, company: UUID, connection: UUID | None
) -> Page[Head]:
    """The heads of the records on the page, and how many records match from the cursor on."""
    bind = Binder(tenant, company, connection)
    parts = [_EVERY_PARAMETER, source.alive]
    parts.append(filters.compile(query.where, source.kind, source.fields, bind))
    if query.walks:
        # Asked before the list's own statement: only then does it speak of all that the list cannot see.
        settled: datetime = await tx.value("SELECT settled_before($1)", tenant)
        parts += _settled(query, settled, bind)
    if query.after is not None:
        parts.append(_after(source, query, bind))
    where = " AND ".join(parts)
    count = f"SELECT count(*) FROM {_counted(source, query)} r WHERE {where}"
    values = list(bind.values)
    rows = await tx.all(
        f"SELECT r.id, r.version, {source.is_complete} AS is_complete, ({count}) AS total"
        f" FROM {source.table} r WHERE {where}"
        f" ORDER BY {_sorting(source, query, bind)} LIMIT {int(query.limit)} OFFSET {int(query.offset)}",
        *bind.values,
    )
    total = rows[0]["total"] if rows else 0
    if not rows and query.offset:
        # Past the end the page cannot carry the total.
        total = await tx.value(count, *values)
    heads = [Head(row["id"], row["version"], row["is_complete"]) for row in rows]
    return Page(records=heads, total=total, has_more=query.offset + len(heads) < total)


class Sort(NamedTuple):
    """A field of the source that is one expression."""

    field: str
    descending: bool = False


async def found(
    tx: Transaction, source: Source, where: Filter, sorts: Sequence[Sort], caller: Caller, *, limit: int, offset: int
) -> list[Head]:
    """A page without its total, for look-ups; equal records in the order of their ids."""
    bind = Binder(caller.tenant, caller.company, caller.connection)
    parts = [_EVERY_PARAMETER, source.alive, filters.compile(where, source.kind, source.fields, bind)]
    order = [f"{source.fields[sort.field].format(test='')} {'DESC' if sort.descending else 'ASC'}" for sort in sorts]
    rows = await tx.all(
        f"SELECT r.id, r.version, {source.is_complete} AS is_complete FROM {source.table} r"
        f" WHERE {' AND '.join(parts)} ORDER BY {', '.join([*order, 'r.id'])} LIMIT {int(limit)} OFFSET {int(offset)}",
        *bind.values,
    )
    return [Head(row["id"], row["version"], row["is_complete"]) for row in rows]


async def stretch(
    tx: Transaction,
    source: Source,
    where: Filter,
    caller: Caller,
    *,
    until: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
    offset: int = 0,
) -> tuple[list[Head], tuple[datetime, UUID] | None]:
    """Part of a walk through all records in the order of their change: it, and where the next part begins."""
    bind = Binder(caller.tenant, caller.company, caller.connection)
    parts = [_EVERY_PARAMETER, source.alive, filters.compile(where, source.kind, source.fields, bind)]
    parts.append(f"r.changed_at < {bind(until)}")
    if after is not None:
        parts.append(f"(r.changed_at, r.id) > ({bind(after[0])}, {bind(after[1])})")
    rows = await tx.all(
        f"SELECT r.id, r.version, {source.is_complete} AS is_complete, r.changed_at FROM {source.table} r"
        f" WHERE {' AND '.join(parts)} ORDER BY r.changed_at, r.id LIMIT {int(limit)} OFFSET {int(offset)}",
        *bind.values,
    )
    heads = [Head(row["id"], row["version"], row["is_complete"]) for row in rows]
    return heads, (rows[-1]["changed_at"], rows[-1]["id"]) if len(rows) == limit else None


async def settled(tx: Transaction, caller: Caller) -> datetime:
    """Everything that changed before this moment can be seen by the next statement."""
    moment: datetime = await tx.value("SELECT settled_before($1)", caller.tenant)
    return moment


def _sorting(source: Source, query: Query, bind: Binder) -> str:
    direction = "DESC" if query.descending else "ASC"
    order = f"r.{query.order} {direction}" + ("" if query.order is Order.ID else f", r.id {direction}")
    if query.first is None:
        return order
    leading = Compare("sku", Op.EQUAL, query.first) if isinstance(query.first, str) else query.first
    return f"({filters.compile(leading, source.kind, source.fields, bind)}) DESC, {order}"


def _counted(source: Source, query: Query) -> str:
    # Where the order asks for another column, only a walk or a cursor puts a condition on it.
    by_id_alone = query.order is Order.ID or (not query.walks and query.after is None)
    is_unfiltered = query.where == All(()) and by_id_alone
    return source.counted if is_unfiltered and source.counted else source.table


def _settled(query: Query, settled: datetime, bind: Binder) -> list[str]:
    bound = ids.at(int(settled.timestamp() * 1000), 0)
    parts = [f"r.id < {bind(bound)}"]
    for moment in (Order.CREATED, Order.CHANGED):
        # The database sets these a little after the id was made, so the id alone does not tell.
        if query.order is moment or _mentions(query.where, moment):
            parts.append(f"r.{moment} < {bind(settled)}")
    return parts


def _mentions(filter: Filter, field: str) -> bool:
    match filter:
        case Compare():
            return filter.field == field
        case All(parts) | AnyOf(parts):
            return any(_mentions(part, field) for part in parts)
        case Not(part):
            return _mentions(part, field)
        case _:
            return False


def _after(source: Source, query: Query, bind: Binder) -> str:
    assert query.after is not None  # noqa: S101
    sign = "<" if query.descending else ">"
    cursor = bind(query.after)
    if query.order is Order.ID:
        return f"r.id {sign} {cursor}"
    # A record that is gone still has a place: the moment its id tells.
    moment = bind(datetime.fromtimestamp(ids.milliseconds(query.after) / 1000, UTC))
    stored = f"SELECT c.{query.order} FROM {source.table} c WHERE c.tenant_id = $1 AND c.id = {cursor}"
    return f"(r.{query.order}, r.id) {sign} (coalesce(({stored}), {moment}), {cursor})"
