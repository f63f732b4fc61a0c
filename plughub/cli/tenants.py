"""`plughub tenant`: the shops of a hub."""

import argparse
from typing import Any

from plughub.cli import options
from plughub.cli.asking import ask, facts, show, table, text
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import ids, tenants
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.tenants import Tenant


def add(commands: Commands) -> None:
    family = commands.add_parser("tenant", help="create and show tenants").add_subparsers(
        metavar="COMMAND", required=True
    )
    parser = family.add_parser("create", help="a new shop, ready for connections")
    parser.add_argument("code", metavar="CODE", type=text, help="what other commands call it: letters, digits, - and _")
    parser.add_argument("--name", required=True, type=text, help="what people call it")
    parser.add_argument("--language", type=text, default="pt", help="ISO 639-1 (%(default)s)")
    parser.add_argument("--currency", type=text, default="BRL", help="ISO 4217 (%(default)s)")
    parser.add_argument("--country", type=text, default="BR", help="ISO 3166-1 (%(default)s)")
    parser.add_argument("--time-zone", type=text, default="America/Sao_Paulo", help="(%(default)s)")
    _finish(parser, create)
    _finish(family.add_parser("list", help="all tenants"), list_)
    parser = family.add_parser("show", help="one tenant")
    parser.add_argument("code", metavar="CODE", type=text)
    _finish(parser, show_)


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def create(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Tenant:
        id = TenantId(ids.new())
        async with hub.change(id) as tx:
            tenant = await tenants.create_tenant(
                tx,
                args.code,
                id=id,
                name=args.name,
                language=args.language,
                currency=args.currency,
                country=args.country,
                time_zone=args.time_zone,
            )
            await tenants.furnish(tx, tenant)
        return tenant

    tenant = ask(args, action)
    lines = [
        f"Tenant {tenant.code} was created.",
        *facts(_tree(tenant)),
        f"Next: `plughub connection create DIALECT --tenant {tenant.code}` lets a client in.",
    ]
    return show(args, _tree(tenant), lines)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[Tenant]:
        async with hub.read(None) as tx:
            return await tenants.tenants(tx)

    found = ask(args, action)
    lines = table(("CODE", "NUMBER", "NAME"), [(one.code, one.number, one.name) for one in found])
    none = ["No tenant yet: `plughub tenant create CODE --name NAME` makes one."]
    return show(args, [_tree(one) for one in found], lines if found else none)


def show_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> Tenant:
        async with hub.read(None) as tx:
            return await tenants.tenant_by_code(tx, args.code)

    tenant = ask(args, action)
    return show(args, _tree(tenant), facts(_tree(tenant)))


def _tree(tenant: Tenant) -> dict[str, Any]:
    return {
        "code": tenant.code,
        "name": tenant.name,
        "number": tenant.number,
        "language": tenant.language,
        "currency": tenant.currency,
        "country": tenant.country,
        "time_zone": tenant.time_zone,
        "id": str(tenant.id),
        "created_at": tenant.created_at.isoformat(),
    }
