"""What `postmaster.pid` says of a running server, and whether it is true."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import lease, sockets
from .errors import PrivateServerError

#: The number in the socket's file name; there is no TCP port.
PORT = 5432
#: A server that replays its log after a crash may need minutes.
PATIENCE = 600.0
#: One that says it is ready answers at once.
PATIENCE_WHEN_READY = 10.0
PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    pid: int
    data: Path
    socket: Path
    #: "starting", "stopping", "ready" or "standby", as `pg_ctl` reads it.
    status: str


def read(data: Path) -> Postmaster | None:
    """None also while the file is being written."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        lines += [""] * (8 - len(lines))
        return Postmaster(
            pid=int(lines[0]),
            data=Path(lines[1]),
            socket=Path(lines[4]),
            status=lines[7].strip() or "starting",
        )
    except (FileNotFoundError, ValueError):
        return None


def settled(data: Path) -> Postmaster | None:
    """The server that runs on these files, once it is ready; None when none does, or none any more."""
    began, is_told = time.monotonic(), False
    while True:
        found = read(data)
        if found and _answers(found, data):
            if lease.is_held(data.parent):
                return found
            if not is_told:
                # Its starter was killed. Linux has told it to end, other systems have not.
                os.kill(found.pid, signal.SIGINT)
                is_told = True
        if not _is_alive(found, data):
            _forget(found, data)
            return None
        patience = PATIENCE_WHEN_READY if found and found.status == "ready" else PATIENCE
        if time.monotonic() > began + patience:
            raise _stuck(found, data)
        time.sleep(PAUSE)


def _stuck(found: Postmaster | None, data: Path) -> PrivateServerError:
    which, status = (f"(process {found.pid})", found.status) if found else ("", "without its pid file")
    return PrivateServerError(
        f"A PostgreSQL {which} holds {data} but does not answer ({status}): "
        f"see {data.parent / 'server.log'}, and stop it with `kill -INT`."
    )


def is_ready(data: Path) -> bool:
    found = read(data)
    return found is not None and _answers(found, data)


def _answers(found: Postmaster, data: Path) -> bool:
    return found.status == "ready" and _listens(found, data)


def _listens(found: Postmaster, data: Path) -> bool:
    if found.data != data:
        return False  # the files were copied or moved: that socket is another server's
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(found.socket / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def _is_alive(found: Postmaster | None, data: Path) -> bool:
    """Whether a server's process still works on these files: the number alone may be anybody's by now."""
    if found and _listens(found, data):
        return True
    if sys.platform == "linux":
        return any(_works_in(process, data) for process in Path("/proc").glob("[0-9]*"))
    if found is None:
        return False
    shown = ["/bin/ps", "-ww", "-o", "command=", "-p", str(found.pid)]
    listed = subprocess.run(shown, capture_output=True, text=True, check=False)
    return str(data) in listed.stdout


def _works_in(process: Path, folder: Path) -> bool:
    # Every PostgreSQL process works in its data folder; one that is dead but not reaped works nowhere.
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


def _forget(found: Postmaster | None, data: Path) -> None:
    """PostgreSQL clears a dead server's file itself, but not while its number is another process's."""
    if found is None:
        return
    if found.data == data:
        sockets.clear(found.socket)
    try:
        os.kill(found.pid, 0)
    except ProcessLookupError:
        return
    except PermissionError:
        pass
    (data / "postmaster.pid").unlink(missing_ok=True)
