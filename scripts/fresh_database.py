"""Begin again with an empty private database and the sample shop (`make db`)."""

import argparse
import asyncio
import sys

import asyncpg

from plughub import app
from plughub.cli import database, options
from plughub.config import Settings
from plughub.db import private
from plughub.db.private.cluster import DATABASE, OWNER


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    options.common(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    args = parser.parse_args()
    settings = options.settings(args)
    if settings.database_url:
        sys.stderr.write("PLUGHUB_DATABASE_URL is set: this empties private databases only.\n")
        return 1
    if not args.yes and not _agreed(f"Delete everything in the database of {settings.data}?"):
        return 1
    with private.running(settings.data) as server:
        greeting = asyncio.run(_begin_again(database.with_urls(settings, server), server))
    sys.stdout.write("\n".join(greeting) + "\n")
    return 0


def _agreed(question: str) -> bool:
    sys.stdout.write(f"{question} Type yes: ")
    sys.stdout.flush()
    return sys.stdin.readline().strip() == "yes"


async def _begin_again(settings: Settings, server: private.Server) -> list[str]:
    connection = await asyncpg.connect(server.superuser_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    finally:
        await connection.close()
    return await app.prepare(settings, demo=True, private=True)


if __name__ == "__main__":
    sys.exit(main())
