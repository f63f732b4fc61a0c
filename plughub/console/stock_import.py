"""Counts entered at once: rows are pasted or uploaded, looked at before anything changes, and carried out in parts.

What was looked at travels in the form; what is carried out is written down first, so that a list is gone on with
where it stopped, and the page of the list says of every row what became of it.
"""

import csv
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from uuid import UUID

from plughub.console import counts
from plughub.console.counts import Preview
from plughub.console.lists import ROWS
from plughub.console.rendering import page
from plughub.console.stock import LONGEST_NOTE
from plughub.console.visit import Page, Visit
from plughub.core import ids, stock
from plughub.core.errors import Conflict, Invalid, NotFound
from plughub.core.stock import LEFT_OUT, MAIN, MOST_ROWS, Count, CountRow, Location, Outcome
from plughub.core.tenants import Right
from plughub.core.values import plain
from plughub.web import Reply

#: Parts of a list that one request carries out: a second or so, then the page shows how far it is.
_PARTS = 2
#: Changes that the preview shows; of bad rows it shows all in the box and so many with their reasons.
_SHOWN = 100
_PAST = 10
_SHOW: dict[str, Sequence[Outcome | None]] = {
    "set": (Outcome.SET,), "same": (Outcome.SAME,), "left_out": LEFT_OUT, "waiting": (None,),
}  # fmt: skip


async def get_import(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        locations = await stock.locations(tx, visit.tenant.id)
        past = await stock.count_lists(tx, visit.caller, limit=_PAST)
    return page(visit, "stock_import.html", locations=locations, given={}, error="", past=past, most=MOST_ROWS)


async def post_import(visit: Visit) -> Reply:
    if visit.form.get("do") == "set":
        return await _begin(visit)
    try:
        sheets = [counts.read(text) for text in (_text(visit, "text"), _file(visit))]
        rows = [*_checked_before(visit), *(row for sheet in sheets for row in sheet.rows)]
        if not rows:
            raise ValueError("There is no row in it. Paste rows of SKU and quantity, or choose a file.")
        if len(rows) > MOST_ROWS:
            raise ValueError(f"These are {len(rows):,} rows. At most {MOST_ROWS:,} can be entered at once.")
    except ValueError as wrong:
        return await _refused(visit, str(wrong))
    async with visit.hub.read(visit.tenant.id) as tx:
        locations = await stock.locations(tx, visit.tenant.id)
        skus = list({row.sku for row in rows})
        kept = await stock.kept(tx, visit.caller, skus)
        others = await stock.unkept(tx, visit.caller, [sku for sku in skus if sku not in kept])
    code = visit.form.get("location", MAIN)
    usual = next((one for one in locations if one.code == code), locations[0])
    why = {sku: _why(sku, is_kit=is_kit) for sku, is_kit in others.items()}
    seen = counts.preview(rows, kept=kept, others=why, locations=locations, usual=usual)
    left_out = [name for sheet in sheets for name in sheet.left_out]
    return _previewed(visit, seen, locations, usual, left_out)


async def _refused(visit: Visit, error: str) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        locations = await stock.locations(tx, visit.tenant.id)
        past = await stock.count_lists(tx, visit.caller, limit=_PAST)
    # Nothing that was typed or checked before is lost.
    parts = ("\n".join(str(row) for row in _checked_before(visit)), _text(visit, "text"))
    text = "\n".join(part for part in parts if part)
    given = visit.form | {"text": text}
    return page(
        visit, "stock_import.html", status=400, locations=locations, given=given, error=error, past=past, most=MOST_ROWS
    )


def _previewed(
    visit: Visit, seen: Preview, locations: Sequence[Location], usual: Location, left_out: Sequence[str]
) -> Reply:
    return page(
        visit,
        "stock_preview.html",
        preview=seen,
        changes=seen.changes[:_SHOWN],
        reasons=seen.bad[:_SHOWN],
        good=counts.spell([_checked(change) for change in seen.good]),
        bad="\n".join(str(bad.row) for bad in seen.bad),
        usual=usual,
        locations=locations,
        left_out=left_out,
        id=visit.form.get("id") or ids.new().hex,
        note=visit.form.get("note", ""),
        longest_note=LONGEST_NOTE,
    )


def _checked_before(visit: Visit) -> list[counts.Row]:
    cells = csv.reader(_text(visit, "good").splitlines(), delimiter=";")
    rows = ([*one, "", "", ""][:3] for one in cells)
    return [counts.Row(line=0, sku=sku, quantity=wanted, location=at) for sku, wanted, at in rows]


def _checked(change: counts.Change) -> list[str]:
    """A row as the form carries it from the preview on: what was seen on hand stands at its end."""
    seen = change.count.seen
    return [
        change.count.sku,
        plain(change.count.quantity),
        change.location.code,
        "" if seen is None else plain(seen),
    ]


async def _begin(visit: Visit) -> Reply:
    """Carry out what was looked at, and only that: what is still in the box waits on the list's page."""
    note = visit.form.get("note", "")
    if len(note) > LONGEST_NOTE:
        raise Invalid("reason", f"has at most {LONGEST_NOTE} characters")
    try:
        id = UUID(visit.form.get("id", ""))
    except ValueError as error:
        raise Invalid("", "the form is out of date: check the rows again") from error
    async with visit.hub.change(visit.tenant.id) as tx:
        known = {location.code: location for location in await stock.locations(tx, visit.tenant.id)}
        rows = [_count(cells, known) for cells in csv.reader(_text(visit, "good").splitlines(), delimiter=";")]
        rest = _text(visit, "text")
        await stock.begin(tx, visit.caller, id, rows, note=note or None, rest=rest, now=visit.hub.now())
    return await _carry_on(visit, id)


def _count(cells: list[str], known: dict[str, Location]) -> Count:
    try:
        sku, wanted, code, seen = cells
        was = Decimal(seen) if seen else None
        return Count(sku=sku, location=known[code].id, quantity=counts.number(wanted), seen=was)
    except KeyError as error:
        raise Conflict("a location has changed meanwhile: check the rows again") from error
    except (ValueError, InvalidOperation) as error:
        raise Invalid("", "the form is out of date: check the rows again") from error


async def post_list(visit: Visit) -> Reply:
    return await _carry_on(visit, _id(visit))


async def _carry_on(visit: Visit, id: UUID) -> Reply:
    """Some parts, each in a transaction of its own."""
    for _ in range(_PARTS):
        async with visit.hub.change(visit.tenant.id) as tx:
            is_more = await stock.carry_on(tx, visit.caller, id)
        if not is_more:
            break
    return visit.go(visit.url("stock", "-", "counts", id.hex))


async def get_list(visit: Visit) -> Reply:
    show = visit.query.get("show", "")
    number = visit.query.get("page", "1")
    here = min(int(number), MOST_ROWS) if number.isascii() and number.isdigit() and int(number) > 0 else 1
    async with visit.hub.read(visit.tenant.id) as tx:
        locations = await stock.locations(tx, visit.tenant.id)
        found = await stock.count_list(tx, visit.caller, _id(visit))
        rows = await stock.count_rows(
            tx, visit.caller, found.id, _SHOW.get(show, (*Outcome, None)), limit=ROWS + 1, offset=(here - 1) * ROWS
        )
        out = await stock.count_rows(tx, visit.caller, found.id, LEFT_OUT, limit=MOST_ROWS) if found.left_out else []
    places = {location.id: location for location in locations}
    return page(
        visit,
        "stock_counts.html",
        list=found,
        rows=rows[:ROWS],
        has_more=len(rows) > ROWS,
        number=here,
        show=show if show in _SHOW else "",
        at=places,
        what=_what,
        rest="\n".join(part for part in (found.rest, _spelled(out, places)) if part),
    )


def _spelled(rows: Sequence[CountRow], places: dict[UUID, Location]) -> str:
    return counts.spell([(row.sku, plain(row.quantity), places[row.location].code) for row in rows])


def _what(row: CountRow) -> str:
    """What became of a row, for people."""
    match row.outcome:
        case None:
            return "Waits for its turn"
        case Outcome.SET:
            return "Set"
        case Outcome.SAME:
            return "Was so already"
        case Outcome.UNKNOWN:
            return "Left out: there is no such SKU any more"
        case Outcome.KIT:
            return "Left out: it is a kit now"
        case Outcome.VARIANTS:
            return "Left out: its stock is kept per variant now"


def _id(visit: Visit) -> UUID:
    try:
        return UUID(visit.path("list"))
    except ValueError as error:
        raise NotFound("list of counts", visit.path("list")) from error


def _text(visit: Visit, name: str) -> str:
    """A field of rows as it was typed: a row may begin with an empty cell."""
    return next((value for field, value in visit.raw_fields if field == name), "").strip("\r\n")


def _file(visit: Visit) -> str:
    """The uploaded file's text; ValueError when it is none."""
    content = visit.files.get("file", b"")
    if content.startswith(b"PK\x03\x04") or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValueError("This is a workbook. Save the sheet as CSV, or paste its rows.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16").replace("\0", "")
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        # What spreadsheets in the west write where they do not write UTF-8. A wrong guess names no SKU.
        return content.decode("cp1252", "replace").replace("\0", "")


def _why(sku: str, *, is_kit: bool) -> str:
    return f"{sku} is a kit: its stock follows its parts" if is_kit else f"the stock of {sku} is kept per variant"


PAGES = (
    Page("GET", "/{shop}/stock/-/import", get_import, Right.GOODS),
    Page("POST", "/{shop}/stock/-/import", post_import, Right.GOODS),
    Page("GET", "/{shop}/stock/-/counts/{list}", get_list),
    Page("POST", "/{shop}/stock/-/counts/{list}", post_list, Right.GOODS),
)
