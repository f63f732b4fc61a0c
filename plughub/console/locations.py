"""Locations: where stock is kept, what people call them, and which one orders ask first."""

from uuid import UUID

from plughub.console.errors import said
from plughub.console.rendering import page
from plughub.console.visit import Page, Visit
from plughub.core import stock
from plughub.core.errors import Invalid, NotFound, Refused
from plughub.core.tenants import Right
from plughub.web import Reply

_HERE = ("stock", "-", "locations")


async def get_locations(visit: Visit) -> Reply:
    return await _shown(visit, {}, "")


async def _shown(visit: Visit, given: dict[str, str], error: str, *, status: int = 200) -> Reply:
    """`given`: what was typed into the form that could not be taken; its `id` says which."""
    async with visit.hub.read(visit.tenant.id) as tx:
        locations = await stock.locations(tx, visit.tenant.id)
    return page(visit, "locations.html", status=status, locations=locations, given=given, error=error)


async def post_locations(visit: Visit) -> Reply:
    form = visit.form
    try:
        priority = _priority(form.get("priority", ""))
        async with visit.hub.change(visit.tenant.id) as tx:
            made = await stock.create_location(
                tx, visit.caller, code=form.get("code", ""), name=form.get("name", ""), priority=priority
            )
    except Refused as error:
        status, text = said(error)
        return await _shown(visit, form, text, status=status)
    return visit.go(visit.url(*_HERE), f"{made.name} is there now.")


async def post_location(visit: Visit) -> Reply:
    form = visit.form
    try:
        id, version = UUID(visit.path("location")), int(form.get("version", ""))
    except ValueError as error:
        raise NotFound("location", visit.path("location")) from error
    try:
        priority = _priority(form.get("priority", ""))
        async with visit.hub.change(visit.tenant.id) as tx:
            after = await stock.change_location(
                tx, visit.caller, id, name=form.get("name", ""), priority=priority, version=version
            )
    except Refused as error:
        status, text = said(error)
        return await _shown(visit, form | {"id": str(id)}, text, status=status)
    return visit.go(visit.url(*_HERE), f"{after.name} is kept." if after.version > version else "Nothing changed.")


def _priority(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid("rank", "must be a whole number from 0 upward, with at most nine digits")
    return int(text)


PAGES = (
    Page("GET", "/{shop}/stock/-/locations", get_locations),
    Page("POST", "/{shop}/stock/-/locations", post_locations, Right.GOODS),
    Page("POST", "/{shop}/stock/-/locations/{location}", post_location, Right.GOODS),
)
