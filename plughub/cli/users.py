"""`plughub user`: the people who may sign in."""

import argparse
from typing import Any

from plughub.cli import options
from plughub.cli.asking import ask, facts, show, table, text
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import tenants
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Role, User


def add(commands: Commands) -> None:
    family = commands.add_parser("user", help="people who may sign in").add_subparsers(metavar="COMMAND", required=True)
    parser = family.add_parser("create", help="a person with a one-time password")
    parser.add_argument("login", metavar="LOGIN", type=text)
    parser.add_argument("--name", type=text, help="what others call this person (the login)")
    _membership(parser, required=False)
    _finish(parser, create)
    _finish(family.add_parser("list", help="everybody who can sign in"), list_)
    for word, func, what in (
        ("password", password, "a new one-time password; the old one ends"),
        ("disable", disable, "let this person sign in no more"),
        ("role", role, "what this person may do for a tenant"),
    ):
        parser = family.add_parser(word, help=what)
        parser.add_argument("login", metavar="LOGIN", type=text)
        if word == "role":
            _membership(parser, required=True)
        _finish(parser, func)


def _membership(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=required)
    parser.add_argument("--role", choices=[role.value for role in Role], required=required)


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def create(args: argparse.Namespace) -> int:
    if bool(args.tenant) != bool(args.role):
        raise CommandError("--tenant and --role belong together: give both, or neither.")

    async def action(hub: Hub, settings: Settings) -> tuple[User, str]:
        async with hub.change(None) as tx:
            user, password = await tenants.create_user(tx, args.login, name=args.name or "")
            if args.tenant:
                await _set_role(tx, user, args)
        return user, password

    user, password = ask(args, action)
    roles = {args.tenant: args.role} if args.tenant else {}
    lines = [f"User {user.login} was created.", *_secret(user, password)]
    return show(args, {**_tree(user, roles), "password": password}, lines)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[tuple[User, dict[str, str]]]:
        async with hub.read(None) as tx:
            return await tenants.users(tx)

    found = ask(args, action)
    rows = [
        (user.login, user.name, ", ".join(f"{role} of {code}" for code, role in sorted(roles.items())) or "-")
        for user, roles in found
    ]
    lines = table(("LOGIN", "NAME", "ROLES"), rows) if rows else ["No user yet: `plughub user create LOGIN` makes one."]
    return show(args, [_tree(user, roles) for user, roles in found], lines)


def password(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> tuple[User, str]:
        async with hub.change(None) as tx:
            return await tenants.reset_password(tx, args.login)

    user, fresh = ask(args, action)
    lines = [f"User {user.login} has a new password; the old one has ended.", *_secret(user, fresh)]
    return show(args, {"login": user.login, "name": user.name, "password": fresh}, lines)


def disable(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> User:
        async with hub.change(None) as tx:
            user = await tenants.user_by_login(tx, args.login)
            await tenants.disable_user(tx, user.login, hub.now())
        return user

    user = ask(args, action)
    return show(args, {"login": user.login, "disabled": True}, [f"User {user.login} can sign in no more."])


def role(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> User:
        async with hub.change(None) as tx:
            user = await tenants.user_by_login(tx, args.login)
            await _set_role(tx, user, args)
        return user

    user = ask(args, action)
    value = {"login": user.login, "tenant": args.tenant, "role": args.role}
    return show(args, value, [f"User {user.login} is now {args.role} of {args.tenant}."])


async def _set_role(tx: Transaction, user: User, args: argparse.Namespace) -> None:
    tenant = await tenants.tenant_by_code(tx, args.tenant)
    await tenants.set_role(tx, user.id, tenant.id, Role(args.role))


def _secret(user: User, password: str) -> list[str]:
    return [
        *facts({"login": user.login, "password": password}),
        "The password is shown only now and opens the door once, to choose another.",
    ]


def _tree(user: User, roles: dict[str, str]) -> dict[str, Any]:
    return {
        "login": user.login,
        "name": user.name,
        "must_change_password": user.must_change_password,
        "roles": dict(sorted(roles.items())),
    }
