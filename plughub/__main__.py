"""The command line `plughub`."""

import argparse
import sys

import plughub
from plughub.cli import (
    backup,
    bench,
    connections,
    deliveries,
    freight,
    key,
    operate,
    processes,
    prove,
    restore,
    serve,
    tenants,
    users,
    webhooks,
)  # fmt: skip
from plughub.cli.errors import CommandError
from plughub.db.backup import BackupError
from plughub.db.private import PrivateServerError

#: In the order in which help lists them.
FAMILIES = (
    serve, operate, backup, restore, key, tenants, users, connections, webhooks, deliveries, freight, prove, bench,
    processes,
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        code: int = args.func(args)
    except (BackupError, CommandError, PrivateServerError) as error:
        sys.stderr.write(f"plughub: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="plughub", description="A self-hosted commerce hub.")
    top.add_argument("--version", action="version", version=f"plughub {plughub.__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for family in FAMILIES:
        family.add(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
