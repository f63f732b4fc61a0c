"""The folder of backups: what is in it, which of it is whole, and what may go."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from . import journal
from .errors import BackupError

#: Raised when an older program could not restore what a newer one wrote.
FORM = 1
FACTS = "backup.json"
#: Beside its place while it is made, so that a backup which was cut short never looks whole.
UNFINISHED = ".unfinished"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """What `backup.json` says. Written last: a folder without it is no backup."""

    form: int = FORM
    name: str
    began: datetime
    ended: datetime
    #: Of the hub that made it, and of its PostgreSQL.
    plughub: str
    postgres: int
    #: Bytes of the database when unpacked.
    size: int
    #: The first segment that a restore needs.
    segment: str
    #: The journal that goes on from here; None: only the moment of the backup can be restored.
    journal: str | None
    #: Short name of the master key that the hub worked with; the key itself is in here only if `has_key`.
    key: str | None
    has_key: bool = False
    #: Stored files.
    files: int = 0
    #: Tenant's code -> kind of row -> how many there were when the backup began. Rows of these kinds never go away.
    tenants: dict[str, dict[str, int]] = {}


class Shelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, backup: Backup) -> Path:
        return self.folder / backup.name

    def journal(self, backup: Backup) -> Path | None:
        return self.folder / journal.FOLDER / backup.journal if backup.journal else None

    def backups(self) -> list[Backup]:
        """Those that are whole, oldest first."""
        try:
            found = [_read(file) for file in self.folder.glob(f"[0-9]*/{FACTS}") if file.parent.suffix != UNFINISHED]
        except OSError as error:
            raise BackupError(f"The backups in {self.folder} cannot be read: {error.strerror}.") from error
        return sorted(found, key=lambda backup: backup.ended)

    @contextmanager
    def held(self) -> Iterator[None]:
        """One backup at a time; what earlier ones left unfinished is cleared away."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BackupError(f"The folder of backups {self.folder} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in self.folder.glob(f"*{UNFINISHED}"):
                shutil.rmtree(left)
            yield
        except BlockingIOError:
            raise BackupError(f"Another backup into {self.folder} is being made: wait for it.") from None
        finally:
            os.close(handle)

    def keep(self, newest: int) -> list[str]:
        """Remove all backups but the newest, and the journals' segments that no other needs. Names of the removed."""
        backups = self.backups()
        kept, gone = backups[-newest:], backups[:-newest]
        for backup in gone:
            # First it stops being a backup: half of one must not be restored.
            (self.place(backup) / FACTS).unlink()
            shutil.rmtree(self.place(backup))
        # A journal that no backup ever began stays: it is of a database whose first backup is yet to come.
        first: dict[str, str] = {}
        for backup in reversed(kept):
            if backup.journal:
                first[backup.journal] = backup.segment
        for backup in gone:
            if backup.journal and backup.journal not in first:
                shutil.rmtree(self.folder / journal.FOLDER / backup.journal, ignore_errors=True)
        for name, segment in first.items():
            journal.shorten(self.folder / journal.FOLDER / name, segment)
        return [backup.name for backup in gone]


def _read(file: Path) -> Backup:
    try:
        facts = msgspec.json.decode(file.read_bytes())
        if facts["form"] > FORM:
            raise BackupError(f"{file.parent} was made by a newer Plughub ({facts['plughub']}): install that one.")
        return msgspec.convert(facts, Backup)
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise BackupError(f"{file} is damaged ({error}): move {file.parent} out of the way.") from error


def write(folder: Path, backup: Backup) -> None:
    """The last step: from now on `folder` is a backup."""
    with (folder / FACTS).open("wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(backup), indent=2) + b"\n")
        out.flush()
        os.fsync(out.fileno())
