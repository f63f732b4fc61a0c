"""`plughub backup`: a copy of the private database and the stored files, made while the hub runs."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

import asyncpg
import msgspec

import plughub
from plughub import checks, config
from plughub.cli import database, options, times
from plughub.cli.asking import table
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import census, master_key, tenants
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.db.backup import Backup, Shelf, journal, take


def add(commands: Commands) -> None:
    parser = commands.add_parser("backup", help="back up the private database and the stored files while they are used")
    options.common(parser, json=True)
    parser.add_argument("--to", type=Path, metavar="DIR", help="folder of backups (PLUGHUB_BACKUPS)")
    parser.add_argument("--keep", type=_count, metavar="N", help="then remove all but the newest N backups")
    parser.add_argument("--with-key", action="store_true", help="put the master key in: whoever has it has everything")
    parser.add_argument("--list", action="store_true", help="show what there is, and make none")
    parser.set_defaults(func=backup)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 100_000:
        raise argparse.ArgumentTypeError("must be a number from 1 on")
    return int(text)


def backup(args: argparse.Namespace) -> int:
    settings = options.settings(args)
    shelf = Shelf(folder(args.to, settings))
    if args.list:
        return _list(args, shelf.backups())
    if settings.database_url:
        raise CommandError(
            "PLUGHUB_DATABASE_URL names a PostgreSQL of your own: back it up with its own tools, such as pg_basebackup "
            "or pgBackRest. docs/operating.md has the commands."
        )
    if not (settings.data / "postgres").exists():
        raise CommandError(f"There is no database in {settings.data}: name the hub's data folder with --data.")
    with database.server(settings) as server:
        assert server is not None  # noqa: S101
        found = database.with_urls(settings, server)
        about = asyncio.run(_about(found, with_key=args.with_key, has_journal=shelf.folder == settings.backups))
        made = take.take(server, settings.data, shelf, about, progress)
    removed = shelf.keep(args.keep) if args.keep else []
    if args.json:
        print(json.dumps({"backup": msgspec.to_builtins(made), "folder": str(shelf.place(made)), "removed": removed}))
    else:
        print("\n".join(_told(shelf, made, removed)))
    return 0


def folder(given: Path | None, settings: Settings) -> Path:
    found = given or settings.backups
    if found is None:
        raise CommandError("Where are the backups? Name their folder on the command line, or with PLUGHUB_BACKUPS.")
    return found.resolve()


def progress(words: str) -> None:
    """What takes longer is told beside what is printed."""
    sys.stderr.write(f"plughub: {words}\n")
    sys.stderr.flush()


async def _about(settings: Settings, *, with_key: bool, has_journal: bool) -> take.About:
    assert settings.database_url is not None  # noqa: S101
    slot = await journal.slot(settings.database_url) if has_journal else None
    hub = Hub(settings.database_url, keys=Keys(b""), size=1)
    try:
        mark = await noted(hub)
        counts = {code: found.counts for code, found in (await counted(hub)).items()}
    finally:
        await hub.close()
    return take.About(
        plughub=plughub.__version__,
        journal=slot.name if slot and not slot.is_lost else None,
        key=master_key.short(mark) if mark else None,
        with_key=_key(settings, mark) if with_key else None,
        tenants=counts,
    )


async def noted(hub: Hub) -> bytes | None:
    """The mark of the master key; None also where the tables are of an older program, whose backup is as good."""
    try:
        async with hub.read(None) as tx:
            return await master_key.mark(tx)
    except asyncpg.UndefinedTableError:
        return None


def _key(settings: Settings, mark: bytes | None) -> bytes:
    key = config.found_master_key(settings)
    if key is None:
        raise CommandError(f"--with-key finds no key: it is neither in {settings.data} nor in PLUGHUB_MASTER_KEY.")
    if mark is not None and Keys(key).mark != mark:
        raise CommandError(checks.wrong_key(settings, mark))
    return key


async def counted(hub: Hub) -> dict[str, census.Census]:
    """Tenant's code -> what it has."""
    async with hub.read(None) as tx:
        known = await tenants.tenants(tx)
    found = {}
    for tenant in known:
        async with hub.change(tenant.id) as tx:
            # A ledger of years takes longer to add up than a request may take.
            await tx.value("SELECT set_config('statement_timeout', '0', true)")
            found[tenant.code] = await census.census(tx, tenant.id)
    return found


def _list(args: argparse.Namespace, backups: list[Backup]) -> int:
    if args.json:
        print(json.dumps(msgspec.to_builtins(backups)))
        return 0
    rows = [
        (one.name, times.spell(one.ended), f"{one.size / 1e6:.0f} MB", one.files, one.journal or "-", one.key or "-")
        for one in backups
    ]
    head = ("BACKUP", "ENDED", "DATABASE", "FILES", "JOURNAL", "KEY")
    print("\n".join(table(head, rows)) if rows else "There is no backup yet.")
    return 0


def _told(shelf: Shelf, made: Backup, removed: list[str]) -> list[str]:
    later = "and whatever the journal gets from now on" if made.journal else "as it was at that moment"
    key = (
        "The master key is in it: keep it where you would keep the key."
        if made.has_key
        else f"The master key {made.key or ''} is NOT in it: keep a copy of it apart, a restore needs it."
    )
    return [
        f"Backup {made.name} is made and verified: {made.size / 1e6:.0f} MB of database, {made.files} files, {later}.",
        f"It is in {shelf.place(made)}",
        key,
        *([f"Removed: {', '.join(removed)}"] if removed else []),
    ]
