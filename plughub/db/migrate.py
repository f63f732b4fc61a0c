"""Migrations: numbered SQL files, each applied once, in one transaction, under one lock."""

from importlib import resources

import asyncpg

#: Held by whoever changes the schema. Any number will do; it must only be the same in every process.
LOCK = 7_340_021

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_versions (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


def available() -> list[tuple[str, str]]:
    """(name, SQL) of every migration, oldest first."""
    folder = resources.files("plughub.db") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda f: f.name)
    return [(file.name.removesuffix(".sql"), file.read_text()) for file in files]


async def run(url: str) -> list[str]:
    """Apply what is missing, as the owner. Returns the names applied; two runs at once apply each once."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        # Waiting behind a long transaction for ever would block every later statement on that table.
        await connection.execute("SET lock_timeout = '10s'; SET client_min_messages = warning")
        await connection.execute(_LEDGER)
        done = {row["name"] for row in await connection.fetch("SELECT name FROM schema_versions")}
        applied = []
        for name, sql in available():
            if name in done:
                continue
            async with connection.transaction():
                await connection.execute(sql)
                await connection.execute("INSERT INTO schema_versions (name) VALUES ($1)", name)
            applied.append(name)
        return applied
    finally:
        await connection.close()


async def count_rows(url: str) -> None:
    """Let PostgreSQL look at what has just been filled; by itself it does so a minute later, and guesses until then."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def missing(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Names of migrations that this code has and the database has not."""
    done = {row["name"] for row in await connection.fetch("SELECT name FROM schema_versions")}
    return [name for name, _ in available() if name not in done]
