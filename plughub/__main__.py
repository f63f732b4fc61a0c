"""The command line `plughub`."""

import argparse
import sys

import plughub
from plughub.cli import bench, connections, deliveries, freight, operate, processes, serve, tenants, users, webhooks
from plughub.cli.errors import CommandError
from plughub.db.private import PrivateServerError

#: In the order in which help lists them.
FAMILIES = (serve, operate, tenants, users, connections, webhooks, deliveries, freight, bench, processes)


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        code: int = args.func(args)
    except (CommandError, PrivateServerError) as error:
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
