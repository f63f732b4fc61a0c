"""Making a backup: the database as PostgreSQL's own `pg_basebackup` copies it, and the stored files."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plughub.db.private import Server, programs
from plughub.db.private.accounts import environment

from . import files, journal, shelf
from .errors import BackupError
from .shelf import UNFINISHED, Backup, Shelf

#: Room for what is written while the copy is made, beyond the copy itself.
SPARE = 100_000_000
_PERCENT = re.compile(r"\((\d+)%\)")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the hub knows of itself, for `backup.json`."""

    plughub: str
    journal: str | None
    key: str | None
    #: Put into the backup, when that was asked for.
    with_key: bytes | None
    tenants: dict[str, dict[str, int]]


def take(server: Server, data: Path, shelf_: Shelf, about: About, say: Say) -> Backup:
    """A whole and verified backup of the running `server` and of the files in the data folder."""
    with shelf_.held():
        began = datetime.now(UTC)
        name = f"{began:%Y%m%dT%H%M%SZ}"
        if (shelf_.folder / name).exists():
            raise BackupError(f"A backup of this very second exists: {shelf_.folder / name}. Try again.")
        _check_room(server, shelf_.folder)
        half = shelf_.folder / f"{name}{UNFINISHED}"
        try:
            half.mkdir(mode=0o700)
            manifest = _copy_database(server, data, half, say)
            before = [shelf_.place(backup) for backup in shelf_.backups()][-1:]
            count = files.copy(data / files.FOLDER, half / files.FOLDER, before=[one / files.FOLDER for one in before])
            if about.with_key is not None:
                _write_key(half / "master.key", about.with_key)
            backup = Backup(
                name=name,
                began=began,
                ended=datetime.now(UTC),
                plughub=about.plughub,
                postgres=int((server.home / "data" / "PG_VERSION").read_text()),
                size=sum(int(file["Size"]) for file in manifest["Files"]),
                segment=_first_segment(manifest),
                journal=about.journal,
                key=about.key,
                has_key=about.with_key is not None,
                files=count,
                tenants=about.tenants,
            )
            shelf.write(half, backup)
            half.rename(shelf_.place(backup))
            _sync(shelf_.folder)
        except OSError as error:
            shutil.rmtree(half, ignore_errors=True)
            raise BackupError(f"The backup cannot be written to {shelf_.folder}: {error.strerror}.") from error
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    return backup


def _check_room(server: Server, folder: Path) -> None:
    """Roughly: a compressed copy needs less than what it is a copy of."""
    size = sum(file.stat().st_size for file in (server.home / "data" / "base").rglob("*") if file.is_file())
    free = shutil.disk_usage(folder).free
    if free < size // 4 + SPARE:
        raise BackupError(
            f"{folder} has {free / 1e9:.1f} GB free, and a backup of {size / 1e9:.1f} GB may need more than that: "
            "free some space, keep fewer backups (--keep), or choose another folder (--to)."
        )


def _copy_database(server: Server, data: Path, into: Path, say: Say) -> dict[str, Any]:
    """PostgreSQL's manifest of the copy, which names every file with its checksum."""
    found = programs(data)
    command = [
        found.program("pg_basebackup"), f"--dbname={server.superuser_url}", f"--pgdata={into}", "--format=tar",
        "--compress=gzip:1", "--wal-method=stream", "--checkpoint=fast", "--progress", "--no-password",
    ]  # fmt: skip
    _run(command, say)
    _run([found.program("pg_verifybackup"), "--no-parse-wal", str(into)], say)
    manifest: dict[str, Any] = json.loads((into / "backup_manifest").read_bytes())
    return manifest


def _run(command: list[str], say: Say) -> None:
    """To its end, telling how far it is; raises with its own words."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, errors="replace", env=environment(),
    ) as process:  # fmt: skip
        assert process.stderr is not None  # noqa: S101
        words: list[str] = []
        told = ""
        try:
            for line in process.stderr:
                if percent := _PERCENT.search(line):
                    if percent[1] != told:
                        told = percent[1]
                        say(f"copying the database: {told} %")
                elif "waiting for checkpoint" not in line:
                    words.append(line.strip())
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        program = Path(command[0]).name
        raise BackupError(f"{program} did not make it, and nothing was kept:\n  " + "\n  ".join(words[-8:]))


def _first_segment(manifest: dict[str, Any]) -> str:
    first = manifest["WAL-Ranges"][0]
    return journal.segment(first["Timeline"], first["Start-LSN"])


def _write_key(file: Path, key: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
