"""The folder of the server's unix socket: in its own folder, or a short path when that one is too long."""

import os
import shutil
import tempfile
from pathlib import Path

from .accounts import Account

PREFIX = "plughub-"
#: Longest path of a socket's folder in bytes: the whole name must fit 104 (macOS) or 108 (Linux).
LONGEST_FOLDER = 86


def make(home: Path, account: Account) -> Path:
    """A folder that only `account` may enter; `postmaster.pid` tells others where it is.

    To be called only when no server runs.
    """
    folder = home / "socket"
    if len(os.fsencode(folder)) > LONGEST_FOLDER:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.mkdir(mode=0o700, exist_ok=True)
    # A killed server's: PostgreSQL would not start while its number is another process's.
    for remains in folder.glob(".s.PGSQL.*"):
        remains.unlink()
    account.give(folder)
    return folder


def clear(folder: Path) -> None:
    """Remove the folder of a server that has ended, if it was made for that server alone."""
    if folder.parent == Path(tempfile.gettempdir()) and folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
