"""The processes that `serve` and `bench` start; their settings come in the environment. Not for people: not listed."""

import argparse

from plughub import app, config
from plughub.cli.options import Commands


def add(commands: Commands) -> None:
    parser = commands.add_parser("_api")
    parser.add_argument("--fd", type=int, required=True, help="number of the listening socket")
    parser.set_defaults(func=api)
    parser = commands.add_parser("_work")
    parser.set_defaults(func=work)
    parser = commands.add_parser("_bare")
    parser.add_argument("--fd", type=int, required=True, help="number of the listening socket")
    parser.set_defaults(func=bare)


def api(args: argparse.Namespace) -> int:
    app.run_api(config.read(), args.fd)
    return 0


def work(args: argparse.Namespace) -> int:
    app.run_worker(config.read())
    return 0


def bare(args: argparse.Namespace) -> int:
    app.run_bare(args.fd)
    return 0
