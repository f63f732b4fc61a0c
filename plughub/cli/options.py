"""What every command understands."""

import argparse
from pathlib import Path
from typing import TypeAlias

from plughub import config
from plughub.config import Settings

#: What a module of commands adds its own to.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def common(parser: argparse.ArgumentParser, *, json: bool = False) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (PLUGHUB_DATA; by default ./data)")
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON, in a form that stays the same")


def settings(args: argparse.Namespace) -> Settings:
    """The settings of the environment, with what was given on the command line put over them."""
    given = {name: getattr(args, name, None) for name in ("data", "host", "port", "workers")}
    return config.read(**given)
