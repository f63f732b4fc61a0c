"""`plughub restore`: a data folder out of a backup, up to its moment or any later one that the journal knows."""

import argparse
import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from plughub import config
from plughub.cli import backup as backing
from plughub.cli import database, options, times
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import census, master_key
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.db import migrate
from plughub.db.backup import Backup, Shelf
from plughub.db.backup import restore as restoring
from plughub.db.backup.restore import Wanted


def add(commands: Commands) -> None:
    parser = commands.add_parser("restore", help="make a data folder out of a backup")
    options.common(parser, json=True)
    parser.add_argument("--from", dest="source", type=Path, metavar="DIR", help="folder of backups (PLUGHUB_BACKUPS)")
    parser.add_argument("--backup", metavar="NAME", help="which; by default the newest that serves")
    upto = parser.add_mutually_exclusive_group()
    upto.add_argument("--until", type=times.since, metavar="TIME", help="undo what came later: 2h, 2026-11-20T14:00Z")
    upto.add_argument("--alone", action="store_true", help="the moment of the backup, without the journal")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the master key, to be put into the data folder")
    parser.set_defaults(func=restore)


def restore(args: argparse.Namespace) -> int:
    settings = options.settings(args)
    if settings.database_url:
        raise CommandError("PLUGHUB_DATABASE_URL is set: a restore makes a private database, so leave it out.")
    wanted = Wanted(until=times.moment(args.until, datetime.now(UTC)) if args.until else None, alone=args.alone)
    shelf = Shelf(backing.folder(args.source, settings))
    chosen = restoring.choose(shelf, args.backup, wanted)
    key = _key(args.key, settings, chosen)
    began = datetime.now(UTC)
    restored = restoring.restore(shelf, chosen, settings.data, wanted, backing.progress)
    try:
        if key:
            _put(settings.data / "master.key", key)
        backing.progress("adding up every tenant's ledger")
        facts = asyncio.run(_facts(database.with_urls(settings, restored.server), chosen))
    finally:
        restored.server.stop()
    facts |= {
        "backup": chosen.name,
        "data": str(settings.data),
        "last_change": restored.last_change,
        "seconds": round((datetime.now(UTC) - began).total_seconds(), 1),
        "warnings": restored.warnings,
    }
    print(json.dumps(facts) if args.json else "\n".join(_told(settings, chosen, facts)))
    return 1 if facts["wrong"] else 0


def _key(file: Path | None, settings: Settings, chosen: Backup) -> bytes | None:
    """The key that was given, refused before anything is done if it is not that of the backup."""
    try:
        key = file.read_bytes() if file else config.found_master_key(settings)
    except OSError as error:
        raise CommandError(f"The key {file} cannot be read: {error.strerror}.") from error
    if key is None or chosen.key is None:
        return key if file else None
    given = master_key.short(Keys(key).mark)
    if given != chosen.key:
        where = file or "this data folder or PLUGHUB_MASTER_KEY"
        raise CommandError(
            f"The master key of {where} is {given}, and backup {chosen.name} was made with {chosen.key}. Nothing was "
            "done: give the right one with --key, or take the wrong one away and restore without."
        )
    return key if file else None


def _put(file: Path, key: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())


async def _facts(settings: Settings, chosen: Backup) -> dict[str, Any]:
    """What is in the restored database, and `wrong`: in words, what should not be."""
    assert settings.database_url is not None  # noqa: S101
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        missing = await migrate.missing(connection)
    finally:
        await connection.close()
    hub = Hub(settings.database_url, keys=Keys(b""), size=1)
    try:
        found = await backing.counted(hub)
        mark = await backing.noted(hub)
    finally:
        await hub.close()
    key = config.found_master_key(settings)
    return {
        "tenants": {code: one.counts for code, one in found.items()},
        "wrong": _wrong(found, chosen),
        "key": master_key.short(mark) if mark else chosen.key,
        "key_is_here": key is not None and (mark is None or Keys(key).mark == mark),
        "migrations_missing": missing,
    }


def _wrong(found: dict[str, census.Census], chosen: Backup) -> list[str]:
    words = [f"tenant {code} was in the backup and is not here" for code in chosen.tenants if code not in found]
    for code, one in found.items():
        if one.wrong_levels:
            words.append(f"{one.wrong_levels} stock levels of tenant {code} are not the sum of their movements")
        before = chosen.tenants.get(code, {})
        words += [
            f"tenant {code} has {one.counts[kind]} {kind}, and had {before[kind]} when the backup was made"
            for kind in census.LASTING
            if one.counts[kind] < before.get(kind, 0)
        ]
    return words


def _told(settings: Settings, chosen: Backup, facts: dict[str, Any]) -> list[str]:
    last = f", last change {facts['last_change']}" if facts["last_change"] else ""
    lines = [f"Backup {chosen.name} is restored into {settings.data} in {facts['seconds']} s{last}."]
    for code, counts in facts["tenants"].items():
        lines.append(f"  {code}: " + ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items()))
    lines += [f"WRONG: {words}" for words in facts["wrong"]] or ["Every stock level is the sum of its movements."]
    lines += [f"NOTE: {words}" for words in facts["warnings"]]
    if not facts["key_is_here"]:
        lines.append(
            f"The master key {facts['key'] or ''} is not here. Before the first start, put it into "
            f"{settings.data / 'master.key'} (chmod 600). Is it lost for good? `plughub key replace` begins anew."
        )
    start = f"plughub serve --data {settings.data}"
    return [
        *lines,
        f"Next: `{start}`" + (" brings its tables to this version." if facts["migrations_missing"] else "."),
    ]
