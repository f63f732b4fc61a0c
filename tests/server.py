"""The PostgreSQL of a test run: `PLUGHUB_TEST_DATABASE_URL`, or a private one in a temporary folder.

`python -m tests.server` prints the URL of a server at hand on this machine, or nothing.
"""

import asyncio
import contextlib
import getpass
import hashlib
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from plughub.db import private

#: Kept between runs: the roles that migrations make belong to the role that made them.
OWNER = "plughub_test_owner"
#: The oldest PostgreSQL that the hub runs on.
OLDEST = 15


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder that PostgreSQL's account may enter when root runs the tests, unlike `tmp_path`."""
    path = Path(tempfile.mkdtemp(prefix="hub-")).resolve()
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def superuser_url() -> Iterator[str]:
    given = os.environ.get("PLUGHUB_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with folder() as path, private.running(path) as server:
        yield server.superuser_url


@asynccontextmanager
async def database(admin_url: str, more: str = "") -> AsyncIterator[str]:
    """The owner's URL of a database of its own, dropped at the end; `more`: options of CREATE DATABASE."""
    name = f"plughub_test_{os.getpid()}_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(admin_url)
    try:
        owner = await _owner(admin, admin_url)
        await admin.execute(f"CREATE DATABASE {name} OWNER {owner[0]} ENCODING 'UTF8' TEMPLATE template0 {more}")
        yield _url(admin_url, database=name, credentials=owner)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def _owner(admin: asyncpg.Connection, admin_url: str) -> tuple[str, str | None]:
    """Name and password of a role without privileges over tables that it does not own."""
    if not await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return await admin.fetchval("SELECT current_user"), None
    # Derived, so that runs at the same time agree, and nobody else can guess it.
    password = hashlib.sha256(admin_url.encode()).hexdigest()
    with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        await admin.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{password}'")
    return OWNER, password


def _url(url: str, *, database: str, credentials: tuple[str, str | None]) -> str:
    parts = urlsplit(url)
    given, at, host = parts.netloc.rpartition("@")
    role, password = credentials
    login = f"{role}:{password}" if password else given
    return parts._replace(netloc=f"{login}{'@' if password else at}{host}", path=f"/{database}").geturl()


async def at_hand() -> str | None:
    """A server on this machine that lets the current user make databases."""
    user = getpass.getuser()
    for url in (
        f"postgresql://{user}@/postgres?host=/var/run/postgresql",
        f"postgresql://{user}@127.0.0.1:5432/postgres",
    ):
        try:
            connection = await asyncpg.connect(url, timeout=5)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            continue
        may = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        version = connection.get_server_version().major
        await connection.close()
        if may and version >= OLDEST:
            return url
    return None


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(at_hand()) or "")
