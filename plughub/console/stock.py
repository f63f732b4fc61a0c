"""Stock: the sheet of all SKUs, and one SKU with its levels, its movements and a form that changes it."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from plughub.console import counts
from plughub.console.errors import said
from plughub.console.lists import ROWS, Asked, Column, List, View, asked
from plughub.console.rendering import page, quantity
from plughub.console.visit import Page, Undo, Visit
from plughub.core import products, stock
from plughub.core.errors import InsufficientStock, Invalid, Refused
from plughub.core.hub import Transaction
from plughub.core.products import Product
from plughub.core.record import Record
from plughub.core.stock import Changed, Location, Sheet, Verb
from plughub.core.tenants import Right
from plughub.core.values import plain
from plughub.web import Reply

#: Up to how much is low where nobody says otherwise.
LOW = Decimal(5)
#: Orders that hold a SKU, on its page; who needs more looks at the orders.
_MOST_HELD = 50
LONGEST_NOTE = 200

_LOCATIONS = Column("locations", "Locations", is_number=True)
STOCK = List(
    name="stock",
    columns=(
        Column("sku", "SKU"),
        Column("name", "Product"),
        _LOCATIONS,
        Column("on_hand", "On hand", is_number=True, is_usual=False),
        Column("reserved", "Reserved", is_number=True, is_usual=False),
        Column("free", "Free", is_number=True),
    ),
    filters=("q", "low", "show", "location", "order"),
    views=(
        View("Low", f"low={LOW}"),
        View("Below zero", "show=below_zero"),
        View("Fewest first", "order=fewest"),
    ),
)


async def get_stock(visit: Visit) -> Reply:
    wanted = asked(visit, STOCK)
    async with visit.hub.read(visit.tenant.id) as tx:
        locations = await stock.locations(tx, visit.tenant.id)
        at = next((one for one in locations if one.code == wanted.where.get("location")), None)
        found = await stock.positions(tx, visit.caller, _sheet(wanted, at))
        of = await products.by_ids(tx, visit.caller, list({position.product for position in found.records}))
    shown = [at] if at else locations
    columns = [
        part for column in wanted.columns for part in (_per_location(shown) if column == _LOCATIONS else (column,))
    ]
    return page(
        visit,
        "stock.html",
        asked=replace(wanted, columns=tuple(columns)),
        page=found,
        products=of,
        locations=locations,
        name_of=_name_of,
        low=LOW,
    )


def _per_location(locations: Iterable[Location]) -> Iterable[Column]:
    return (replace(_LOCATIONS, title=location.name, of=str(location.id)) for location in locations)


def _sheet(wanted: Asked, at: Location | None) -> Sheet:
    where = wanted.where
    show, order = where.get("show"), where.get("order")
    return Sheet(
        text=where.get("q", "").strip(),
        location=at.id if at else None,
        up_to=_up_to(where["low"]) if "low" in where else None,
        is_below_zero=show == "below_zero",
        descending={"fewest": False, "most": True}.get(order or ""),
        limit=ROWS,
        offset=wanted.offset,
    )


def _up_to(text: str) -> Decimal:
    try:
        return counts.number(text)
    except ValueError:
        return LOW


def _name_of(record: Record[Product] | None, variant: UUID) -> str:
    """What tells a variant from the others of its product: L, blue."""
    one = next((one for one in record.value.variants if one.id == variant), None) if record else None
    return ", ".join(part.value_label for part in one.attributes if part.value_label) if one else ""


async def get_sku(visit: Visit) -> Reply:
    return await _shown(visit, {}, {})


async def _shown(visit: Visit, given: dict[str, str], errors: dict[str, str]) -> Reply:
    number = visit.query.get("page", "1")
    at = min(int(number), 10_000) if number.isascii() and number.isdigit() and int(number) > 0 else 1
    async with visit.hub.read(visit.tenant.id) as tx:
        position = await stock.position(tx, visit.caller, visit.path("sku"))
        locations = await stock.locations(tx, visit.tenant.id)
        moved = await stock.past(tx, visit.caller, position.variant, limit=ROWS + 1, offset=(at - 1) * ROWS)
        held = await stock.held(tx, visit.tenant.id, [position.variant], _MOST_HELD + 1)
        of = await products.by_ids(tx, visit.caller, [position.product])
    record = of.get(position.product)
    return page(
        visit,
        "stock_sku.html",
        status=400 if errors else 200,
        position=position,
        product=record,
        variant=_name_of(record, position.variant),
        locations=locations,
        names={one.code: one.name for one in locations},
        moved=moved[:ROWS],
        number=at,
        has_more=len(moved) > ROWS,
        held=held[:_MOST_HELD],
        more_held=len(held) > _MOST_HELD,
        given=given,
        errors=errors,
        longest_note=LONGEST_NOTE,
    )


async def post_sku(visit: Visit) -> Reply:
    """One change of one level, with its reason."""
    form, sku = visit.form, visit.path("sku")
    errors: dict[str, str] = {}
    wanted = _quantity(form, errors)
    note = form.get("note", "")
    if len(note) > LONGEST_NOTE:
        errors["note"] = f"A reason has at most {LONGEST_NOTE} characters."
    try:
        verb = Verb(form.get("verb", ""))
    except ValueError:
        errors["verb"] = "Choose what to do."
    if errors or wanted is None:
        return await _shown(visit, form, errors)
    async with visit.hub.step(visit.tenant.id) as tx:
        at = await _location(visit, tx)
        try:
            done = await stock.change(
                tx,
                visit.caller,
                sku,
                verb,
                wanted,
                code=at.code,
                # Whoever adds to a level that is below zero makes it better, however far it gets.
                floor=None if verb is Verb.INCREASE else Decimal(0),
                note=note or None,
            )
        except Refused as error:
            errors["quantity"] = _why(error)
    if errors:
        return await _shown(visit, form, errors)
    return visit.go(visit.url("stock", sku), _told(at, done), undo=_undo(visit, at, done))


def _quantity(form: dict[str, str], errors: dict[str, str]) -> Decimal | None:
    try:
        return counts.number(form.get("quantity", ""))
    except ValueError as wrong:
        errors["quantity"] = f"{str(wrong)[:1].upper()}{str(wrong)[1:]}."
        return None


async def _location(visit: Visit, tx: Transaction) -> Location:
    code = visit.form.get("location", stock.MAIN)
    for location in await stock.locations(tx, visit.tenant.id):
        if location.code == code:
            return location
    raise Invalid("location", "is not there any more: open the page again")


def _why(error: Refused) -> str:
    match error:
        case InsufficientStock(_, wanted, available):
            return f"There are {quantity(available)} on hand: {quantity(wanted)} cannot be taken away."
    return said(error)[1]


def _told(at: Location, done: Changed) -> str:
    if done.version is None:
        return f"{at.name}: {quantity(done.on_hand)} on hand, as before."
    text = f"{at.name}: {quantity(done.before)} → {quantity(done.on_hand)} on hand."
    if done.reserved is not None and done.reserved > done.on_hand:
        text += f" Orders have reserved {quantity(done.reserved)}."
    return text


def _undo(visit: Visit, at: Location, done: Changed) -> Undo | None:
    """By difference: what others changed in between stays."""
    by = done.on_hand - done.before
    if done.version is None or not by:
        return None
    fields = {
        "verb": (Verb.DECREASE if by > 0 else Verb.INCREASE).value,
        "quantity": plain(abs(by)),
        "location": at.code,
        "note": "Taken back",
    }
    return Undo(visit.url("stock", visit.path("sku")), fields)


PAGES = (
    Page("GET", "/{shop}/stock", get_stock),
    Page("GET", "/{shop}/stock/{sku}", get_sku),
    Page("POST", "/{shop}/stock/{sku}", post_sku, Right.GOODS),
)
