"""`plughub freight`: what sending a parcel costs, and who is asked for it."""

import argparse
from dataclasses import replace
from decimal import Decimal
from typing import Any

from plughub import app
from plughub.cli import finding, freight_sources, freight_tables, options
from plughub.cli.asking import ask, facts, show, table, text
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import codes, shipping
from plughub.core.hub import Hub
from plughub.core.shipping import Destination, Heard, Origin, Quote, Quoted
from plughub.core.values import plain

_ADDRESS = ("country", "postal_code", "city", "state")


def add(commands: Commands) -> None:
    family = commands.add_parser("freight", help="what sending a parcel costs").add_subparsers(
        metavar="COMMAND", required=True
    )
    parser = family.add_parser("quote", help="ask for a parcel's freight, as a client does")
    parser.add_argument("--to", metavar="POSTALCODE", type=_postal, required=True)
    parser.add_argument("--country", type=_country, help="where it goes (the tenant's own)")
    parser.add_argument("--sku", metavar="SKU:QUANTITY", type=_pieces, action="append", required=True)
    _finish(parser, quote)
    parser = family.add_parser("address", help="show or change where a tenant's parcels start")
    parser.add_argument("--country", type=_country, help="ISO 3166-1, such as BR")
    parser.add_argument("--postal-code", type=lambda value: value and _postal(value), help='"" forgets it')
    for name in ("city", "state"):
        parser.add_argument(f"--{name}", help='"" forgets it')
    _finish(parser, address)
    freight_sources.add(family)
    freight_tables.add(family)


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=True)
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def quote(args: argparse.Namespace) -> int:
    wanted: dict[str, int] = {}
    for sku, count in args.sku:
        wanted[sku] = wanted.get(sku, 0) + count

    async def action(hub: Hub, settings: Settings) -> Quoted:
        tenant, us = await finding.tenant(hub, args.tenant)
        destination = Destination(country=args.country or tenant.country, postal_code=args.to)
        return await app.quote_freight(hub, settings, tenant, us, destination, wanted)

    found = ask(args, action)
    weight, value = shipping.weight(found.parcel), shipping.value(found.parcel)
    tree = {
        "weight": _plain(weight),
        "value": _plain(value),
        "sources": [_heard(one) for one in found.heard],
        "quotes": [_quote(one) for one in found.quotes],
    }
    lines = [f"Parcel: {_plain(weight) or 'unknown'} kg, worth {_plain(value) or 'an unknown amount'}"]
    lines += [f"Source {one.source.name}: {_said(one)}" for one in found.heard]
    return show(args, tree, [*lines, *_quotes(found)])


def _quotes(found: Quoted) -> list[str]:
    if not found.quotes:
        return ["No quote: no source gave one, and no row of the tenant's freight tables covers this parcel."]
    is_from_tables = not any(one.quotes for one in found.heard)
    rows = [(one.company, one.method, plain(one.price), "-" if one.days is None else one.days) for one in found.quotes]
    head = "From the tenant's freight tables:" if is_from_tables else "From the sources:"
    return [head, *table(("COMPANY", "METHOD", "PRICE", "DAYS"), rows)]


def _said(one: Heard) -> str:
    return f"{one.outcome}: {one.reason}" if one.reason else f"{one.outcome} with {len(one.quotes)} quotes"


def _heard(one: Heard) -> dict[str, Any]:
    return {
        "name": one.source.name,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "quotes": len(one.quotes),
    }


def _quote(one: Quote) -> dict[str, Any]:
    return {"company": one.company, "method": one.method, "price": plain(one.price), "days": one.days}


def address(args: argparse.Namespace) -> int:
    given: dict[str, Any] = {
        name: value.strip() or None for name in _ADDRESS if (value := getattr(args, name)) is not None
    }

    async def action(hub: Hub, settings: Settings) -> Origin:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            known = await shipping.origin(tx, tenant.id) or Origin(country=tenant.country)
            origin = replace(known, **given)
            if given:
                await shipping.set_origin(tx, us, origin)
        return origin

    origin = ask(args, action)
    tree = {name: getattr(origin, name) for name in _ADDRESS}
    return show(args, tree, [f"Parcels of tenant {args.tenant} start at", *facts(tree)])


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _postal(value: str) -> str:
    digits = "".join(sign for sign in value if sign not in " .-")
    if not (digits.isascii() and digits.isdigit()):
        raise argparse.ArgumentTypeError("must be a postal code of digits, such as 01310-100")
    return digits


def _country(value: str) -> str:
    code = codes.alpha2(value)
    if code is None:
        raise argparse.ArgumentTypeError("must be an ISO 3166-1 code such as BR")
    return code


def _pieces(value: str) -> tuple[str, int]:
    """At the last colon: SKUs may have colons of their own."""
    sku, colon, count = value.rpartition(":")
    if not colon or not count:
        return text(sku or value), 1
    if not (count.isascii() and count.isdigit() and int(count[:9]) > 0 and len(count) < 8):
        raise argparse.ArgumentTypeError("must be a SKU, a colon and a whole number from 1")
    return text(sku), int(count)
