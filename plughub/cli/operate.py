"""Commands for whoever runs a hub: work, migrate, check."""

import argparse
import asyncio
import json

from plughub import app, checks
from plughub.cli import database, options
from plughub.cli.options import Commands


def add(commands: Commands) -> None:
    parser = commands.add_parser("work", help="run a worker alone, beside hubs on other machines")
    options.common(parser)
    parser.set_defaults(func=work)

    parser = commands.add_parser("migrate", help="bring the database to this version's tables")
    options.common(parser, json=True)
    parser.set_defaults(func=migrate)

    parser = commands.add_parser("check", help="look for what is wrong with this hub; ends with 1 if anything is")
    options.common(parser, json=True)
    parser.set_defaults(func=check)


def work(args: argparse.Namespace) -> int:
    with database.urls(options.settings(args)) as settings:
        asyncio.run(app.refuse_wrong_key(settings))
        app.run_worker(settings)
    return 0


def migrate(args: argparse.Namespace) -> int:
    with database.urls(options.settings(args)) as settings:
        applied = asyncio.run(app.migrate(settings))
    if args.json:
        print(json.dumps({"applied": applied}))
    else:
        print("\n".join(applied) or "The database is up to date.")
    return 0


def check(args: argparse.Namespace) -> int:
    with database.urls(options.settings(args)) as settings:
        findings = asyncio.run(checks.check(settings))
    if args.json:
        print(json.dumps([{"name": found.name, "ok": found.ok, "detail": found.detail} for found in findings]))
    else:
        for found in findings:
            print(f"{'ok   ' if found.ok else 'WRONG'}  {found.name}: {found.detail}")
    return 0 if all(found.ok for found in findings) else 1
