"""One product, looked at: a tab for each side of it. What changes it is in `product_forms.py`."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from plughub.console import product_cells, told
from plughub.console.product_cells import sold
from plughub.console.rendering import page
from plughub.console.sheet import Filled, amount
from plughub.console.visit import Page, Visit
from plughub.core import codes, connections, events, prices, products, stock
from plughub.core.caller import Caller
from plughub.core.connections import Connection
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId
from plughub.core.products import Product, Variant
from plughub.core.record import Record
from plughub.core.tenants import Application, Identity, Peer
from plughub.web import Reply
from plughub.web.dialect import Dialect
from plughub.web.preview import address, preview

#: Variants on one page of the grid, movements and orders that the stock tab shows, events of a page of history.
ROWS, MOVEMENTS, EVENTS = 100, 50, 30
#: Of one event; all of them on a page of its own.
FIELDS = 12
_NOBODY = UUID(int=0)

Values = dict[str, Any]
Show = Callable[[Visit, Record[Product]], Awaitable[Values]]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    show: Show


async def find(visit: Visit, tx: Transaction) -> Record[Product]:
    """The product of the address: by its id, by a variant's, or by any of their SKUs."""
    text = visit.path("product")
    with suppress(ValueError, NotFound):
        return await products.by_id(tx, visit.caller, UUID(text))
    try:
        return await products.by_sku(tx, visit.caller, text)
    except NotFound:
        raise NotFound("product", text) from None


async def get_product(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        record = await find(visit, tx)
    if visit.path("product") != record.id.hex:
        query = f"?{urlencode(visit.query)}" if visit.query else ""
        return visit.go(visit.url("products", record.id.hex) + query)
    return await shown(visit, record)


async def shown(visit: Visit, record: Record[Product], *, filled: Filled | None = None, error: str = "") -> Reply:
    """The page on the tab that is asked for; again with what was typed where a form could not be taken."""
    wanted = visit.form.get("tab") or visit.query.get("tab", "")
    tab = next((tab for tab in TABS if tab.name == wanted), TABS[0])
    values = await tab.show(visit, record)
    return page(
        visit,
        f"product_{tab.name}.html",
        status=400 if filled is not None or error else 200,
        tab=tab,
        tabs=TABS,
        record=record,
        product=record.value,
        filled=filled or Filled(),
        error=error,
        sold=sold(record.value),
        say=told,
        **values,
    )


def asked(visit: Visit) -> dict[str, str]:
    """What chooses a part of a tab: in the address, or in the form that was sent from there."""
    return {**visit.query, **visit.form}


def chosen(visit: Visit, product: Product) -> Variant | None:
    """The variant that is asked for by its SKU; None where it is the product as a whole."""
    sku = asked(visit).get("of", "")
    return next((variant for variant in product.variants if variant.sku == sku), None)


def version_of(text: str) -> int:
    """A product's version; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def _overview(visit: Visit, record: Record[Product]) -> Values:
    return {"cells": {cell.name: cell for cell in product_cells.facts(record.value)}}


async def _texts(visit: Visit, record: Record[Product]) -> Values:
    variant = chosen(visit, record.value)
    content = record.value.content if variant is None else variant.content
    added = codes.language(asked(visit).get("add", "")) or ""
    languages = dict.fromkeys((visit.tenant.language, *content, *([added] if added else [])))
    cells = [(code, product_cells.texts(content, code)) for code in languages]
    return {"variant": variant, "languages": cells, "unknown": asked(visit).get("add", "") if not added else ""}


async def _variants(visit: Visit, record: Record[Product]) -> Values:
    product = record.value
    cells = {cell.name: cell for cell in product_cells.variants(product, visit.tenant.currency)}
    everyone = [product.default, *product.variants]
    text = asked(visit).get("page", "")
    last = (len(everyone) - 1) // ROWS + 1
    number = min(int(text), last) if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text) else 1
    return {
        "cells": cells,
        "rows": everyone[(number - 1) * ROWS : number * ROWS],
        "number": number,
        "last": last,
        "quantity_of": lambda variant: products.quantity(product, variant),
        "everyone": everyone,
    }


async def _prices(visit: Visit, record: Record[Product]) -> Values:
    product = record.value
    variant = chosen(visit, product) or product.default
    async with visit.hub.read(visit.tenant.id) as tx:
        known = await prices.lists(tx, visit.caller)
    cells = [
        *product_cells.base_prices(variant, visit.tenant.currency),
        *product_cells.list_prices(variant, visit.tenant.currency),
    ]
    wanted = asked(visit)
    explained, problem = None, ""
    if wanted.get("list"):
        try:
            pieces = amount(wanted.get("pieces", "")) or Decimal(1)
            explained = products.price_in(product, variant, wanted["list"], pieces)
        except ValueError as error:
            problem = f"Quantity {error}."
    return {
        "variant": variant,
        "cells": {cell.name: cell for cell in cells},
        "lists": [one for one in known if one.code != prices.BASE],
        "currency_of": {one.code: one.currency for one in known},
        "explained": explained,
        "problem": problem,
        "wanted": wanted,
    }


async def _stock(visit: Visit, record: Record[Product]) -> Values:
    product = record.value
    everyone = {variant.id: variant for variant in (product.default, *product.variants)}
    is_held = any(level.reserved for variant in everyone.values() for level in variant.levels)
    async with visit.hub.read(visit.tenant.id) as tx:
        held = await stock.held(tx, visit.tenant.id, list(everyone), MOVEMENTS) if is_held else []
        movements = await stock.latest(tx, visit.tenant.id, list(everyone), MOVEMENTS)
    return {
        "everyone": everyone,
        "free_of": lambda variant: products.free(product, variant),
        "held": held,
        "movements": movements,
    }


async def _ids(visit: Visit, record: Record[Product]) -> Values:
    product = record.value
    names = {record.id: "The product", **{one.id: one.sku for one in (product.default, *product.variants)}}
    async with visit.hub.read(visit.tenant.id) as tx:
        known = {connection.id: connection for connection in await connections.connections(tx, visit.tenant.id)}
        found = await connections.remote_ids(tx, visit.tenant.id, ("product", "variant"), list(names))
    rows = [
        (known[ConnectionId(connection)], name, remote)
        for id, name in names.items()
        for connection, remote in found.get(id, {}).items()
    ]
    return {"rows": rows}


async def _history(visit: Visit, record: Record[Product]) -> Values:
    text = asked(visit).get("before", "")
    try:
        before = UUID(text) if text else None
    except ValueError:
        before = None
    only = asked(visit).get("version", "")
    async with visit.hub.read(visit.tenant.id) as tx:
        if version_of(only):
            found = [await events.that_made(tx, visit.tenant.id, "product", record.id, version_of(only))]
        else:
            found = await events.latest(tx, visit.tenant.id, "product", record.id, before=before, limit=EVENTS + 1)
        known = await connections.connections(tx, visit.tenant.id)
    return {
        "events": found[:EVENTS],
        "older": found[EVENTS - 1].id.hex if len(found) > EVENTS else "",
        "is_newest": before is None,
        "only": version_of(only),
        "MOST": FIELDS,
        "connections": {connection.id: connection for connection in known},
        "why_not": lambda change: products.why_not(record.value, change),
    }


async def _clients(visit: Visit, record: Record[Product]) -> Values:
    """One record as one client gets it; which, the address tells."""
    async with visit.hub.read(visit.tenant.id) as tx:
        known = await connections.connections(tx, visit.tenant.id)
    wanted = asked(visit)
    dialect, connection = _client(visit, known, wanted.get("as", ""))
    variant = next((one for one in sold(record.value) if one.sku == wanted.get("of")), sold(record.value)[0])
    by_variant = "product" not in dialect.readings
    kind, id = ("variant", variant.id) if by_variant else ("product", record.id)
    reply = await preview(dialect, visit.call, visit.house.base_url, _identity(visit, known, connection), kind, id)
    return {
        "dialects": [dialect for dialect in visit.house.dialects.values() if _shows(dialect)],
        "connections": known,
        "dialect": dialect,
        "connection": connection,
        "variant": variant if by_variant else None,
        "url": visit.house.base_url + address(dialect, kind, id),
        "answered": reply.status,
        "answer": msgspec.json.format(reply.body, indent=2).decode(),
    }


def _shows(dialect: Dialect) -> bool:
    return bool({"product", "variant"} & dialect.readings.keys())


def _client(visit: Visit, known: list[Connection], text: str) -> tuple[Dialect, Connection | None]:
    """`as` is a dialect's name or a connection's id."""
    dialects = {name: dialect for name, dialect in visit.house.dialects.items() if _shows(dialect)}
    for connection in known:
        if connection.id.hex == text and connection.dialect in dialects:
            return dialects[connection.dialect], connection
    return dialects.get(text) or next(iter(dialects.values())), None


def _identity(visit: Visit, known: list[Connection], connection: Connection | None) -> Identity:
    """Who would have asked: the connection, or somebody who knows the records by no ids of their own."""
    caller: Caller = replace(visit.caller, connection=connection.id if connection else None)
    program = Application(id=_NOBODY, client_id="", name="")
    if connection is not None:
        program = Application(id=connection.application, client_id=connection.client_id, name=connection.name)
    return Identity(
        caller=caller,
        tenant=visit.tenant,
        connection=connection.id if connection else ConnectionId(_NOBODY),
        application=program,
        settings=connection.settings if connection else {},
        peers={one.id: Peer(one.dialect, one.name) for one in known},
    )


TABS = (
    Tab("overview", "Overview", _overview),
    Tab("texts", "Texts", _texts),
    Tab("variants", "Variants", _variants),
    Tab("prices", "Prices", _prices),
    Tab("stock", "Stock", _stock),
    Tab("ids", "Ids at clients", _ids),
    Tab("history", "History", _history),
    Tab("clients", "As clients see it", _clients),
)
PAGES = (Page("GET", "/{shop}/products/{product}", get_product),)
