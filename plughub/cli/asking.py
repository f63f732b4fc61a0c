"""What the commands that ask the core share: the way to the hub, and its refusals as one line with what to do."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import asyncpg

from plughub import app, checks, config
from plughub.cli import database, options
from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.core import errors, master_key, tenants
from plughub.core.hub import Hub
from plughub.core.secrets import Keys

Answer = TypeVar("Answer")

#: Kind of record -> where to look when one is not there.
_LISTS = {
    "tenant": "`plughub tenant list` shows those that exist",
    "user": "`plughub user list` shows those that can sign in",
    "connection": "`plughub connection list --tenant CODE` shows those that exist",
    "freight source": "`plughub freight source list --tenant CODE` shows those that exist",
    "freight table": "`plughub freight table list --tenant CODE` shows those that exist",
    "webhook": "`plughub webhook list --tenant CODE` shows those that exist",
    "delivery": "`plughub deliveries list --tenant CODE` shows the newest",
}
#: Kind of record -> what to do when one is there already.
_TAKEN = {
    "tenant": "choose another code",
    "user": "`plughub user password` gives a new password; one that was disabled keeps its login",
    "connection": "choose another name, or leave --name out",
    "freight source": "choose another name, or change that one with `plughub freight source change`",
    "freight table": "choose another --name, or put the new rows in place of its own with --replace",
    "webhook": "`plughub webhook list` shows it; `change` gives it another address",
    "API user": "each connection of a client id needs a username of its own",
}


def ask(
    args: argparse.Namespace, action: Callable[[Hub, Settings], Awaitable[Answer]], *, secret: bool = False
) -> Answer:
    """What `action` returns. `secret`: it makes credentials, and so needs the key of the running hub."""
    given = options.settings(args)
    with database.server(given) as server:
        settings = database.with_urls(given, server)
        if server is not None:
            # A private database belongs to this program alone: the first command makes it ready.
            asyncio.run(app.migrate(settings))
        return asyncio.run(_asked(settings, action, secret=secret))


async def _asked(settings: Settings, action: Callable[[Hub, Settings], Awaitable[Answer]], *, secret: bool) -> Answer:
    assert settings.database_url is not None  # noqa: S101
    hub = Hub(settings.database_url, keys=Keys(b""), size=1)
    try:
        if secret:
            hub.keys = await _keys(hub, settings)
        return await action(hub, settings)
    except errors.HubError as error:
        raise CommandError(spell(error)) from error
    except (asyncpg.UndefinedTableError, asyncpg.InvalidParameterValueError) as error:
        # The second: the role that the hub works as is not there either.
        raise CommandError("The database lacks the hub's tables: run `plughub migrate` first.") from error
    finally:
        await hub.close()


async def _keys(hub: Hub, settings: Settings) -> Keys:
    """The keys of this hub. Credentials made with another key would open nothing."""
    try:
        found = config.found_master_key(settings)
        async with hub.change(None) as tx:
            noted = await master_key.mark(tx)
            if found is None and (noted or await tenants.has_api_users(tx)):
                raise CommandError(
                    f"The key of this hub is not in {settings.data}: give the hub's own data folder with --data,"
                    " or its key in PLUGHUB_MASTER_KEY."
                )
            keys = Keys(config.master_key(settings))
            if not await master_key.note(tx, keys):
                assert noted is not None  # noqa: S101
                raise CommandError(checks.wrong_key(settings, noted))
            return keys
    except OSError as error:
        raise CommandError(f"The key {error.filename} cannot be used: {error.strerror}.") from error


def spell(error: errors.HubError) -> str:
    match error:
        case errors.NotFound(kind=kind, key=key):
            return f"There is no {kind} {key!r}: {_LISTS.get(kind, 'look it up first')}."
        case errors.Duplicate(kind=kind, value=value):
            return f"The {kind} {value!r} exists already: {_TAKEN.get(kind, 'choose another')}."
        case errors.Locked(kind=kind, reason=reason):
            return f"The {kind} {reason}."
        case errors.TryAgain():
            return "Another change came in between and nothing was done: run the command again."
        case errors.Unavailable():
            return f"The database is away or too busy ({error.__cause__}): try again in a moment."
        case _:
            return f"Nothing was done: {error}."


def agreed(args: argparse.Namespace, question: str) -> bool:
    """Whether somebody at the terminal says yes; `--yes` has said so. Nobody there to ask is a refusal."""
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Nobody is here to answer, so nothing was done: --yes answers.")
    # What is asked is no part of what is printed.
    sys.stderr.write(f"{question} Type yes: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() == "yes"


def text(value: str) -> str:
    """For argparse: one line with something on it."""
    value = value.strip()
    if not value or not value.isprintable():
        raise argparse.ArgumentTypeError("must be one line of text and not empty")
    return value


def show(args: argparse.Namespace, value: Any, lines: Iterable[str]) -> int:
    """Print the value as JSON, or the lines for people."""
    print(json.dumps(value) if args.json else "\n".join(lines))
    return 0


def facts(pairs: dict[str, Any]) -> list[str]:
    """One line per fact, values below each other."""
    width = max(len(name) for name in pairs)
    return [f"  {name:<{width}}  {'-' if value in (None, '') else value}" for name, value in pairs.items()]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def plain(text: str) -> str:
    """A text that others chose, on one line, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def opening(answer: bytes, most: int = 300) -> str:
    """How an answer begins, on one line; an ellipsis where there is more."""
    words = plain(" ".join(answer.decode(errors="replace").split()))
    return words if len(words) <= most else words[:most] + " ..."
