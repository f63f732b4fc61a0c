"""`plughub key`: which master key this hub works with, and what to do when it is lost."""

import argparse

from plughub import config
from plughub.cli import options
from plughub.cli.asking import agreed, ask, show
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import master_key
from plughub.core.hub import Hub
from plughub.core.secrets import Keys


def add(commands: Commands) -> None:
    family = commands.add_parser(
        "key", help="the master key: which it is, and what to do when it is lost"
    ).add_subparsers(metavar="COMMAND", required=True)
    parser = family.add_parser("show", help="its short name, and whether the database is used with it")
    options.common(parser, json=True)
    parser.set_defaults(func=show_)
    parser = family.add_parser("replace", help="begin with another key; all clients then need new credentials")
    options.common(parser, json=True)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(func=replace)


def show_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> bytes | None:
        async with hub.read(None) as tx:
            return await master_key.mark(tx)

    noted = ask(args, action)
    here = _here(args)
    facts = {
        "database": master_key.short(noted) if noted else None,
        "here": master_key.short(here.mark) if here else None,
    }
    lines = [
        f"The database is used with {facts['database'] or 'no key yet'}.",
        f"Here is {facts['here'] or 'none'}.",
    ]
    show(args, facts, lines)
    return 0 if noted is None or (here and here.mark == noted) else 1


def replace(args: argparse.Namespace) -> int:
    if not agreed(args, "Every token and every client's secret stops to work, and webhooks are signed anew. Go on?"):
        raise CommandError("Nothing was done.")

    async def action(hub: Hub, settings: Settings) -> str:
        keys = Keys(config.master_key(settings))
        async with hub.change(None) as tx:
            await master_key.replace(tx, keys)
        return master_key.short(keys.mark)

    short = ask(args, action)
    lines = [
        f"From now on the master key is {short}. Restart the hub, and then:",
        "  `plughub connection rotate` gives each client new credentials,",
        "  `plughub webhook secret` shows each receiver's new secret. People's passwords still work.",
    ]
    return show(args, {"key": short}, lines)


def _here(args: argparse.Namespace) -> Keys | None:
    key = config.found_master_key(options.settings(args))
    return Keys(key) if key else None
