"""The database of a command: the one that was named, or the private one of the data folder."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import asyncpg

from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.db import private

#: Seconds to wait for a database that was named.
TIMEOUT = 10


@contextmanager
def urls(settings: Settings) -> Iterator[Settings]:
    """The settings with a `database_url` that works for as long as the block runs."""
    with server(settings) as found:
        yield with_urls(settings, found)


@contextmanager
def server(settings: Settings) -> Iterator[private.Server | None]:
    """The private server, started or joined; None when a database was named."""
    if settings.database_url:
        asyncio.run(_try(settings.database_url))
        yield None
        return
    with private.running(settings.data) as found:
        yield found


def with_urls(settings: Settings, found: private.Server | None) -> Settings:
    if found is None:
        return settings
    # A URL for the owner that was left in the environment belongs to another database.
    return replace(settings, database_url=found.url, admin_database_url=None)


async def _try(url: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=TIMEOUT)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error) or type(error).__name__
        raise CommandError(
            f"The database {_without_password(url)} (PLUGHUB_DATABASE_URL) cannot be reached: {reason}"
        ) from error
    await connection.close()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    # The query may hold a password, too.
    return parts._replace(netloc=user.partition(":")[0] + at + host, query="").geturl()
