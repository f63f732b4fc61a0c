"""Where the private PostgreSQL lives: `postgres` in the data folder, or where a link of that name points."""

import os
import sys
import tempfile
from pathlib import Path

from . import accounts
from .accounts import Account
from .errors import ELSEWHERE, PrivateServerError

#: Root's data folder may lie where no other account can reach it (below /root): the server then lives here.
REACHABLE = Path("/var/lib")


def settle(folder: Path) -> tuple[Path, Account]:
    """The server's folder, made if missing, and the account that owns and runs it."""
    inside = folder / "postgres"
    try:
        return _found(inside) if os.path.lexists(inside) else _made(inside)
    except OSError as error:
        raise PrivateServerError(
            f"{error.filename or inside} cannot be used for PostgreSQL: {error.strerror}. "
            f"Choose another data folder with --data. {ELSEWHERE}"
        ) from error


def _found(inside: Path) -> tuple[Path, Account]:
    home = _followed(inside)
    owner = home.stat().st_uid
    if os.geteuid() == 0:
        return home, _owner_for_root(home, owner)
    if owner != os.geteuid():
        raise PrivateServerError(
            f"{home} belongs to '{accounts.name(owner)}': run this as that user or as root, "
            f"or choose another data folder with --data."
        )
    return home, accounts.own()


def _followed(inside: Path) -> Path:
    if inside.is_symlink() and os.geteuid() == 0 and inside.lstat().st_uid != 0:
        raise PrivateServerError(
            f"{inside} is a link that somebody else made; root does not follow it. Replace it by a folder."
        )
    if not inside.exists():
        raise PrivateServerError(
            f"{inside} points to {inside.readlink()}, which is gone: bring it back, "
            "or delete the link to begin with an empty database."
        )
    return inside.resolve()


def _owner_for_root(home: Path, owner: int) -> Account:
    """Whoever owns the database runs it: root may serve a folder that an ordinary user made."""
    account = accounts.of(owner) if owner else accounts.unprivileged()
    if not accounts.can_enter(account, home.parent):
        raise PrivateServerError(
            f"PostgreSQL must run as '{account.name}', which cannot reach {home}: move the data folder "
            f"to a place that everyone may enter, and name it with --data. {ELSEWHERE}"
        )
    if not owner:
        _hand_over(home, account)
    return account


def _made(inside: Path) -> tuple[Path, Account]:
    if os.geteuid() != 0:
        inside.mkdir(mode=0o700)
        return inside.resolve(), accounts.own()
    account = accounts.unprivileged()
    if not accounts.can_enter(account, inside.parent):
        return _made_outside(inside, account), account
    inside.mkdir(mode=0o700)
    _hand_over(inside, account)
    return inside.resolve(), account


def _made_outside(inside: Path, account: Account) -> Path:
    if not accounts.can_enter(account, REACHABLE):
        raise PrivateServerError(
            f"PostgreSQL must run as '{account.name}', which can reach neither {inside.parent} "
            f"nor {REACHABLE}: choose another data folder with --data. {ELSEWHERE}"
        )
    # A fresh name each time: an old database must not come back after the data folder was deleted.
    home = Path(tempfile.mkdtemp(prefix="plughub-", dir=REACHABLE))
    account.give(home)
    inside.symlink_to(home)
    _say(f"PostgreSQL runs as '{account.name}', which cannot enter {inside.parent}: its files are in {home}")
    return home


def _hand_over(home: Path, account: Account) -> None:
    """Give a folder of root's, and all that is in it, to the account that will run PostgreSQL."""
    for path in (home, *home.rglob("*")):
        account.give(path)
    _say(f"PostgreSQL does not run as root: it runs as '{account.name}', which now owns {home}")


def _say(words: str) -> None:
    sys.stderr.write(f"plughub: {words}\n")
    sys.stderr.flush()
