"""Lists of records: columns that a person chooses, views that live in the address and can be kept, pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from plughub.console.visit import Page, Visit
from plughub.core.errors import Invalid
from plughub.core.tenants import sessions
from plughub.web import Reply

ROWS = 50
#: Further pages cost more and more; whoever looks that far is better served by a filter.
_LAST_PAGE = 2000
_MOST_VIEWS, _LONGEST_NAME = 30, 60


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    title: str
    #: Shown until a person chooses otherwise.
    is_usual: bool = True
    is_number: bool = False
    #: Which of several columns it is that people choose as one: a location's, where there is one for each.
    of: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A question that is asked often: its name, and the address's parameters."""

    title: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """What the pages of one list have in common. `name` is its path in the shop, too."""

    name: str
    columns: tuple[Column, ...]
    #: Names of the parameters that narrow it.
    filters: tuple[str, ...]
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list as one person wants to see it now."""

    list: List
    columns: tuple[Column, ...]
    kept: tuple[View, ...]
    #: Of the filters that are in the address, those with a value.
    where: dict[str, str]
    number: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * ROWS

    @property
    def query(self) -> str:
        """The filters as an address has them: what a kept view is."""
        return urlencode(self.where)


def asked(visit: Visit, list: List) -> Asked:
    choices = visit.session.choices
    chosen = choices.get(f"columns.{list.name}")
    columns = tuple(column for column in list.columns if (column.name in chosen if chosen else column.is_usual))
    kept = choices.get(f"views.{visit.tenant.code}.{list.name}", [])
    number = visit.query.get("page", "1")
    return Asked(
        list=list,
        columns=columns or list.columns[:1],
        kept=tuple(View(title, query) for title, query in kept),
        where={name: visit.query[name] for name in list.filters if visit.query.get(name)},
        number=min(int(number), _LAST_PAGE) if number.isascii() and number.isdigit() and int(number) > 0 else 1,
    )


def pages(of: Sequence[List]) -> tuple[Page, ...]:
    """The forms that lists have beside their records."""
    by_name = {list.name: list for list in of}
    return (
        Page("POST", "/{shop}/-list/{list}/columns", _about(by_name, post_columns)),
        Page("POST", "/{shop}/-list/{list}/views", _about(by_name, post_view)),
    )


async def post_columns(visit: Visit, list: List) -> Reply:
    """Columns by name, in the list's own order; none of them: the usual ones."""
    known = {column.name for column in list.columns}
    chosen = [value for name, value in visit.fields if name == "column" and value in known]
    await _choose(visit, f"columns.{list.name}", chosen or None)
    return visit.go(_back(visit, list))


async def post_view(visit: Visit, list: List) -> Reply:
    """Keep the filters of an address under a name, or forget that name."""
    name = f"views.{visit.tenant.code}.{list.name}"
    title, query = visit.form.get("title", ""), visit.form.get("query", "")
    if not title or len(title) > _LONGEST_NAME:
        raise Invalid("title", f"must have 1 to {_LONGEST_NAME} characters")
    kept = [view for view in visit.session.choices.get(name, []) if view[0] != title]
    if visit.form.get("forget"):
        await _choose(visit, name, kept or None)
        return visit.go(_back(visit, list), f"The view “{title}” is gone.")
    if len(kept) >= _MOST_VIEWS:
        raise Invalid("title", f"cannot be kept: there are {_MOST_VIEWS} views already, forget one first")
    where = [(key, value) for key, value in parse_qsl(query) if key in list.filters]
    await _choose(visit, name, [*kept, [title, urlencode(where)]])
    return visit.go(_back(visit, list), f"Kept as “{title}”.")


def _about(known: dict[str, List], handler: Callable[[Visit, List], Any]) -> Callable[[Visit], Any]:
    async def answer(visit: Visit) -> Reply:
        list = known.get(visit.path("list"))
        if list is None:
            raise Invalid("list", "is not one of the console's")
        reply: Reply = await handler(visit, list)
        return reply

    return answer


def _back(visit: Visit, list: List) -> str:
    """The list as it was; only its filters are taken from what was sent."""
    where = {key: value for key, value in parse_qsl(visit.form.get("query", "")) if key in list.filters}
    return visit.url(list.name, **where)


async def _choose(visit: Visit, name: str, value: Any) -> None:
    async with visit.hub.change(None) as tx:
        await sessions.choose(tx, visit.session.user.id, name, value)
