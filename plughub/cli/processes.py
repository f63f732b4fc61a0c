"""The processes that `serve` and `bench` start; their settings come in the environment. Not for people: not listed."""

import argparse
import asyncio
import os

from plughub import app, config
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.db import private
from plughub.db.backup import journal
from plughub.db.private.accounts import environment


def add(commands: Commands) -> None:
    parser = commands.add_parser("_api")
    parser.add_argument("--fd", type=int, required=True, help="number of the listening socket")
    parser.set_defaults(func=api)
    parser = commands.add_parser("_work")
    parser.set_defaults(func=work)
    parser = commands.add_parser("_journal")
    parser.set_defaults(func=write_journal)
    parser = commands.add_parser("_bare")
    parser.add_argument("--fd", type=int, required=True, help="number of the listening socket")
    parser.set_defaults(func=bare)


def api(args: argparse.Namespace) -> int:
    app.run_api(config.read(), args.fd)
    return 0


def work(args: argparse.Namespace) -> int:
    app.run_worker(config.read())
    return 0


def write_journal(args: argparse.Namespace) -> int:
    """Becomes PostgreSQL's own receiver, which follows the server until it is told to end."""
    settings = config.read()
    assert settings.backups is not None  # noqa: S101
    server = private.start(settings.data)  # it runs: joined
    name = asyncio.run(journal.begin(server.superuser_url))
    folder = settings.backups / journal.FOLDER / name
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CommandError(f"The journal {folder} cannot be written: {error.strerror}.") from error
    program = private.programs(settings.data).program("pg_receivewal")
    os.execve(program, journal.receiving(program, server.superuser_url, folder, name), environment())  # noqa: S606


def bare(args: argparse.Namespace) -> int:
    app.run_bare(args.fd)
    return 0
