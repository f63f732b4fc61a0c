"""The account that runs PostgreSQL, which refuses to run as root."""

import os
import pwd
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import lifeline
from .errors import ELSEWHERE, PrivateServerError

#: Accounts to drop to, best first.
UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    name: str
    #: None means: stay who we are.
    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """Root's own groups are not passed on."""
        return None if self.uid is None else []

    def give(self, path: Path) -> None:
        """Make the account the owner of `path`."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def own() -> Account:
    return Account(name=name(os.geteuid()))


def unprivileged() -> Account:
    for wanted in UNPRIVILEGED:
        try:
            return of(pwd.getpwnam(wanted).pw_uid)
        except KeyError:
            continue
    raise PrivateServerError(
        "PostgreSQL refuses to run as root, and there is no account 'postgres' or 'nobody' to run it: "
        f"start the hub as an ordinary user. {ELSEWHERE}"
    )


def of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(name=str(uid), uid=uid, gid=uid)
    return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid)


def name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def run(
    account: Account, command: list[str], *, cwd: Path, text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as `account`, with both outputs in `stdout`."""
    return subprocess.run(
        command,
        user=account.uid,
        group=account.gid,
        extra_groups=account.groups,
        cwd=cwd,
        env=environment(),
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=lifeline.end_with_parent(signal.SIGTERM),
        check=False,
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account gets into `folder` through all its parents."""
    return run(account, ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], cwd=Path("/")).returncode == 0


def environment() -> dict[str, str]:
    """What PostgreSQL's programs get to see: none of our secrets, no PG* variable that changes their ways."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C"} | kept
