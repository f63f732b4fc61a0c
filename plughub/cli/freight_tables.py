"""`plughub freight table`: a tenant's own freight prices, in from CSV files and out again."""

import argparse
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from plughub.cli import finding, options
from plughub.cli.asking import ask, facts, show, table, text
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.config import Settings
from plughub.core import shipping
from plughub.core.errors import Duplicate
from plughub.core.hub import Hub
from plughub.core.shipping import FreightRow, FreightTable, sheet
from plughub.core.values import plain

#: Rows that `show` shows.
_FIRST = 10


def add(commands: Commands) -> None:
    family = commands.add_parser("table", help="prices of the tenant's own").add_subparsers(
        metavar="COMMAND", required=True
    )
    parser = family.add_parser("import", help="a table out of a CSV file; docs/freight.md lists its columns")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--name", type=text, help="what people call it (the file's name)")
    parser.add_argument("--replace", action="store_true", help="a table of this name gets the new rows for its own")
    parser.add_argument("--dry-run", action="store_true", help="only look for mistakes")
    _finish(parser, import_)
    _finish(family.add_parser("list", help="all tables"), list_)
    for word, func, what in (
        ("show", show_, f"one table with its first {_FIRST} rows"),
        ("export", export, "all rows as CSV, as `import` takes them"),
        ("remove", remove, "forget a table"),
    ):
        parser = family.add_parser(word, help=what)
        parser.add_argument("name", metavar="NAME", type=text)
        _finish(parser, func)


def _finish(parser: argparse.ArgumentParser, func: Any) -> None:
    parser.add_argument("--tenant", metavar="CODE", type=text, required=True)
    options.common(parser, json=True)
    parser.set_defaults(func=func)


def import_(args: argparse.Namespace) -> int:
    try:
        content = args.file.read_bytes()
    except OSError as error:
        raise CommandError(f"The file {args.file} cannot be read: {error.strerror}.") from error
    name = args.name or args.file.stem

    async def action(hub: Hub, settings: Settings) -> int:
        tenant, us = await finding.tenant(hub, args.tenant)
        rows = _read(args.file, content, tenant.country)
        async with hub.change(tenant.id) as tx:
            if not args.dry_run:
                await shipping.import_table(tx, us, name, rows, now=hub.now(), replaces=args.replace)
            elif not args.replace and name in {one.name for one in await shipping.tables(tx, tenant.id)}:
                raise Duplicate("freight table", name)
        return len(rows)

    count = ask(args, action)
    done = "could be imported; nothing was written" if args.dry_run else "were imported"
    value = {"name": name, "rows": count, "dry_run": args.dry_run}
    return show(args, value, [f"Table {name}: {count} rows {done}."])


def _read(file: Path, content: bytes, country: str) -> list[FreightRow]:
    try:
        return sheet.read(content, country, lambda count: _tell(f"{count} rows read ..."))
    except sheet.Bad as bad:
        lines = [f"  line {line}: {reason}" for line, reason in bad.mistakes]
        if len(lines) >= sheet.MOST_MISTAKES:
            lines.append("  and perhaps more: the rest of the file was not read")
        raise CommandError("\n".join([f"Nothing of {file} was imported:", *lines])) from bad


def _tell(line: str) -> None:
    # Not to standard output, which may be read by a program.
    print(line, file=sys.stderr)


def list_(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> list[FreightTable]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            return await shipping.tables(tx, tenant.id)

    found = ask(args, action)
    rows = [(one.name, one.row_count, f"{one.changed_at:%Y-%m-%d %H:%M:%SZ}") for one in found]
    none = [f"No freight table yet: `plughub freight table import FILE.csv --tenant {args.tenant}` makes one."]
    return show(args, [_tree(one) for one in found], table(("NAME", "ROWS", "CHANGED"), rows) if found else none)


def show_(args: argparse.Namespace) -> int:
    found, rows = _found(args, most=_FIRST)
    lines = [
        *facts(_tree(found)),
        *table(sheet.COLUMNS, [[_cell(row, name) for name in sheet.COLUMNS] for row in rows]),
    ]
    if found.row_count > len(rows):
        lines.append(f"... and {found.row_count - len(rows)} more: `plughub freight table export {found.name}`")
    return show(args, {**_tree(found), "first": [_row_tree(row) for row in rows]}, lines)


def export(args: argparse.Namespace) -> int:
    _, rows = _found(args)
    return show(args, [_row_tree(row) for row in rows], (line.removesuffix("\r\n") for line in sheet.write(rows)))


def _found(args: argparse.Namespace, *, most: int | None = None) -> tuple[FreightTable, list[FreightRow]]:
    async def action(hub: Hub, settings: Settings) -> tuple[FreightTable, list[FreightRow]]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            found = await shipping.table_by_name(tx, tenant.id, args.name)
            return found, await shipping.rows(tx, tenant.id, found.id, most=most)

    return ask(args, action)


def remove(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> FreightTable:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.change(tenant.id) as tx:
            return await shipping.remove_table(tx, us, args.name)

    gone = ask(args, action)
    value = {"name": gone.name, "rows": gone.row_count, "removed": True}
    return show(args, value, [f"Table {gone.name} with {gone.row_count} rows was removed."])


def _tree(one: FreightTable) -> dict[str, Any]:
    return {"name": one.name, "rows": one.row_count, "changed_at": one.changed_at.isoformat()}


def _row_tree(row: FreightRow) -> dict[str, Any]:
    """Numbers as texts, so that nothing is rounded on the way."""
    values = {name: getattr(row, name) for name in sheet.COLUMNS}
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _cell(row: FreightRow, name: str) -> object:
    value = _row_tree(row)[name]
    return "-" if value in (None, "") else value
