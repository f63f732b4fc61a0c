"""List parameters of this wire: paging, ranges and "any other property" (specification 4.3, 5.6, 6.8)."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from plughub.core.caller import Caller
from plughub.core.filters import All, Compare, Filter, Has, Nothing, Op
from plughub.core.hub import Transaction
from plughub.core.listing import Order, Query
from plughub.core.record import Head, Noun, Page, Record
from plughub.core.search import spell
from plughub.core.values import number_or_none, plain
from plughub.dialects.pluggto import ids
from plughub.dialects.pluggto.errors import Wrong
from plughub.dialects.pluggto.kinds import read_date
from plughub.web.call import Call, Reply, json_reply, to_json
from plughub.web.wire import ABSENT, ListOf, Shape

_DEFAULT_LIMIT, _LARGEST_LIMIT = 100, 500
_NOT_FILTERS = {
    "access_token",
    "next",
    "limit",
    "page",
    "orderby",
    "orderdirection",
    "showexternal",
    "_",
}
_ORDERS = {
    "id": Order.ID,
    "created": Order.CREATED,
    "modified": Order.CHANGED,
    "timestamp": Order.CHANGED,
}
_RANGES = {"created": "created_at", "modified": "changed_at"}
#: A plus sign that was not encoded arrives as a blank.
_LOST_PLUS = re.compile(r"(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) (\d{2}:?\d{2})$")
_FARTHEST_OFFSET = 2**31

#: The filter that one parameter means, given its value.
Reader = Callable[[str], Filter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a resource can be asked for."""

    shape: Shape
    #: Parameters with a meaning of their own.
    readers: Mapping[str, Reader]
    #: Parameters that name single records: lists by these are look-ups, not walks.
    look_ups: frozenset[str]
    #: Core paths of a wire field, where one field of the wire has several.
    paths: Callable[[str], tuple[str, ...]] = lambda path: (path,)
    #: Parameter whose exact matches come first.
    first: str | None = None

    def showing(self, account: int) -> "Filters":
        """These filters, for records that all show the same account."""
        return replace(self, readers={**self.readers, "user_id": lambda value: always(value == str(account))})


def read(call: Call, filters: Filters) -> Query:
    zone = ZoneInfo(call.identity.tenant.time_zone)
    wanted: list[Filter] = []
    walks = True
    for name, raw in call.query:
        if name.lower() in _NOT_FILTERS:
            continue
        value = raw.strip()
        walks = walks and name not in filters.look_ups
        one = _filter(name, value, filters, zone)
        # No record holds the NUL character, and PostgreSQL cannot even be asked for it.
        wanted.append(Nothing() if "\0" in name + value else one)
    page = _positive(call, "page", 1)
    limit = min(_positive(call, "limit", _DEFAULT_LIMIT), _LARGEST_LIMIT)
    after = _cursor(call)
    return Query(
        where=All(tuple(wanted)),
        order=_order(call),
        descending=_descending(call),
        limit=limit,
        after=after,
        offset=0 if after else min((page - 1) * limit, _FARTHEST_OFFSET),
        walks=walks,
        first=(call.parameter(filters.first) or "").replace("\0", "").strip() or None if filters.first else None,
    )


async def listed(
    call: Call,
    wanted: Query,
    heads: Callable[[Transaction, Caller, Query], Awaitable[Page[Head]]],
    fetch: Callable[[Transaction, Caller, Sequence[UUID]], Awaitable[dict[UUID, Record[Noun]]]],
    show: Callable[[Record[Noun]], dict[str, Any]],
) -> Reply:
    """One page: `heads` finds it, `fetch` reads what is not rendered yet, `show` gives a record as the wire has it."""
    caller = call.identity.caller
    async with call.hub.read(caller.tenant) as tx:
        page = await heads(tx, caller, wanted)
        result = await call.rendered.page(
            caller.connection,
            page.records,
            lambda missing: fetch(tx, caller, missing),
            lambda record: to_json(show(record)),
        )
    envelope = {
        "total": page.total,
        "showing": len(result),
        "limit": wanted.limit,
        "next": ids.spell(page.records[-1].id) if page.has_more and page.records else None,
        "result": result,
    }
    return json_reply(envelope)


def flag(name: str, value: str) -> bool:
    match value.lower():
        case "1" | "true":
            return True
        case "0" | "false":
            return False
    raise Wrong("invalid_filter", f"{name} must be 1 or 0", name)


def identity(value: str) -> UUID | None:
    try:
        return ids.read(value)
    except ValueError:
        return None


def always(is_so: bool) -> Filter:
    """What all records have in common, or none has."""
    return All(()) if is_so else Nothing()


def timestamp(value: str) -> Filter:
    """Unix seconds of the last change, as records show them."""
    try:
        second = datetime.fromtimestamp(int(value), UTC)
        after = second + timedelta(seconds=1)
    except (ValueError, OverflowError, OSError):
        return Nothing()
    return All((Compare("changed_at", Op.FROM, second), Compare("changed_at", Op.BELOW, after)))


def equal(field: str, value: Any) -> Filter:
    return Nothing() if value is None else Compare(field, Op.EQUAL, value)


def has(value: str, *paths: str) -> Filter:
    return Has(paths[0], (value,), also=paths[1:])


def _filter(name: str, value: str, filters: Filters, zone: ZoneInfo) -> Filter:
    reader = filters.readers.get(name)
    if reader is not None:
        return reader(value)
    if name in _RANGES:
        return _range(name, value, zone)
    found = filters.shape.find(name)
    if found is None:
        return _extension(name, value, filters.shape)
    path, kind = found
    try:
        wanted = kind.read(value)
    except ValueError:
        # No record has a value that its field could not take.
        return Nothing()
    text = None if wanted is ABSENT else spell(wanted)
    return has(text, *filters.paths(path)) if text is not None else Nothing()


def _extension(name: str, value: str, shape: Shape) -> Filter:
    """A field that only its own clients know; it may have been sent as a text, a number or a flag."""
    first, _, rest = name.partition(".")
    known = shape.fields.get(first)
    path = f"extensions.pluggto.{name}"
    if known is not None and isinstance(known.kind, ListOf) and known.path and rest:
        path = f"{known.path}.extensions.pluggto.{rest}"
    spellings = {value}
    number = number_or_none(value)
    if number is not None:
        spellings.add(plain(number))
    if value in ("0", "1"):
        spellings.add("true" if value == "1" else "false")
    return Has(path, tuple(sorted(spellings)))


def _range(name: str, value: str, zone: ZoneInfo) -> Filter:
    """`AtoB`, both ends included; a day alone is that whole day, in the account's time zone."""
    if not value:
        return All(())
    first, to, last = value.partition("to")
    begin, end = _moment(name, first, zone), _moment(name, last if to else first, zone)
    if begin is None and end is None:
        raise Wrong("invalid_filter", f"{name} must be a range such as 2017-01-01to2017-02-01", name)
    if begin and end and begin[0] >= end[1]:
        raise Wrong("invalid_filter", f"{name} begins after it ends", name)
    field = _RANGES[name]
    parts: list[Filter] = []
    if begin:
        parts.append(Compare(field, Op.FROM, begin[0]))
    if end:
        parts.append(Compare(field, Op.BELOW, end[1]))
    return All(tuple(parts))


def _moment(name: str, text: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """(first instant, first instant after): of a day, or of the millisecond that an instant names."""
    text = _LOST_PLUS.sub(r"\1+\2", text.strip())
    if not text:
        return None
    try:
        moment = read_date(text)
    except ValueError as error:
        raise Wrong("invalid_filter", f"{name}: {error}", name) from error
    try:
        if len(text) > len("2017-01-01"):
            return moment, moment + timedelta(milliseconds=1)
        day = moment.replace(tzinfo=zone)
        return day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC)
    except OverflowError as error:
        raise Wrong("invalid_filter", f"{name}: {text} is out of reach", name) from error


def _positive(call: Call, name: str, default: int) -> int:
    text = (call.parameter(name) or "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text[:12]) < 1:
        raise Wrong("invalid_filter", f"{name} must be a whole number from 1", name)
    return int(text[:12])


def _cursor(call: Call) -> UUID | None:
    text = (call.parameter("next") or "").strip()
    if not text or text.lower() == "null":
        return None
    try:
        return ids.position(text)
    except ValueError:
        raise Wrong("invalid_filter", "next must be the id of a record", "next") from None


def _order(call: Call) -> Order:
    text = (call.parameter("orderby") or "id").strip()
    if text not in _ORDERS:
        raise Wrong("invalid_filter", f"orderby must be one of {', '.join(_ORDERS)}", "orderby")
    return _ORDERS[text]


def _descending(call: Call) -> bool:
    text = (call.parameter("orderdirection") or "asc").strip().lower()
    if text not in ("asc", "desc"):
        raise Wrong("invalid_filter", "orderdirection must be asc or desc", "orderdirection")
    return text == "desc"
