"""`plughub check`, on databases that have something wrong."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from plughub import app, checks
from plughub.config import Settings
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from tests import server

KEY = "the key of this database, long enough"


@pytest.fixture
def settings(hub: Hub, fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PLUGHUB_MASTER_KEY", KEY)
    return Settings(data=tmp_path, database_url=fresh)


@pytest.fixture(scope="module")
async def fresh(hub: Hub, superuser_url: str) -> AsyncIterator[str]:
    async with server.database(superuser_url) as url:
        await app.migrate(Settings(data=Path("unused"), database_url=url))
        yield url


async def wrong(settings: Settings) -> dict[str, str]:
    return {found.name: found.detail for found in await checks.check(settings) if not found.ok}


async def test_nothing_is_wrong_with_a_fresh_hub_and_its_key_is_noted_once(settings: Settings, monkeypatch):
    await app.refuse_wrong_key(settings)
    await app.refuse_wrong_key(settings)
    assert await wrong(settings) == {}

    monkeypatch.setenv("PLUGHUB_MASTER_KEY", "another key, that is long enough too")

    ours, theirs = (Keys(key.encode()).mark.hex()[:8] for key in ("another key, that is long enough too", KEY))
    with pytest.raises(SystemExit, match=f"used with the master key {theirs}, and this one is {ours}"):
        await app.refuse_wrong_key(settings)
    found = await wrong(settings)
    assert found.keys() == {"master key"}
    assert f"used with the master key {theirs}, and this one is {ours}" in found["master key"]


async def test_a_key_that_is_not_here_is_asked_for_and_not_made(settings: Settings, monkeypatch, tmp_path: Path):
    await app.refuse_wrong_key(settings)
    monkeypatch.delenv("PLUGHUB_MASTER_KEY")

    found = await wrong(settings)

    assert found.keys() == {"master key"}
    assert str(tmp_path / "master.key") in found["master key"]
    assert not (tmp_path / "master.key").exists()


async def test_an_owner_that_cannot_see_the_hubs_sessions_is_found(settings: Settings, superuser_url: str):
    """With logins of their own for owner and hub, lists that are polled fail until the owner may look."""
    login, password = f"plughub_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    parts = urlsplit(str(settings.database_url))
    host = parts.netloc.rpartition("@")[2]
    theirs = replace(settings, database_url=parts._replace(netloc=f"{login}:{password}@{host}").geturl())
    admin = await asyncpg.connect(superuser_url)
    try:
        owner = await admin.fetchval(
            "SELECT rolname FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE datname = $1", parts.path[1:]
        )
        await admin.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{password}' IN ROLE plughub_app")

        before = await wrong(theirs)
        await admin.execute(f"GRANT {login} TO {owner}")
        after = await wrong(theirs)

        assert f"GRANT pg_read_all_stats TO {owner}" in before["sessions"]
        assert "sessions" not in after
    finally:
        await admin.execute(f"DROP ROLE {login}")
        await admin.close()


async def test_a_folder_of_backups_without_a_journal_is_told(settings: Settings, tmp_path: Path):
    found = await wrong(replace(settings, backups=tmp_path / "backups"))

    assert "never begun" in found["journal"]


async def test_a_database_that_knows_letters_of_ascii_alone_is_told(settings: Settings, superuser_url: str):
    async with server.database(superuser_url, "LOCALE_PROVIDER libc LOCALE 'C'") as url:
        there = replace(settings, database_url=url)
        await app.migrate(there)
        found = await wrong(there)

    assert found.keys() == {"letters"}
    assert "C.UTF-8" in found["letters"]
