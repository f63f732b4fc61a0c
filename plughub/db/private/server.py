"""One running private PostgreSQL: start its process, tell how to connect, stop it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import lease, lifeline, postmaster, sockets
from .accounts import Account, environment
from .binaries import Binaries
from .cluster import DATABASE, OWNER, SUPERUSER
from .errors import PrivateServerError, failed

#: Seconds for a fast shutdown, which writes what is in memory, before it is cut short.
GRACE = 60.0
#: Seconds to wait for the remains of a killed server to leave.
REMAINS = 15.0
#: Above this size a start begins a new log and keeps one old one.
LOG_SIZE = 10_000_000

SETTINGS = {
    "listen_addresses": "",
    "port": str(postmaster.PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "jit": "off",
    # Several commits share one write to disk when others are on their way; nothing is acknowledged before it.
    "commit_delay": "60",
    "commit_siblings": "3",
    # After a checkpoint the first change of each page is written whole: not more often than need be.
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # What a journal that cannot be written to may hold back here: the shop goes on rather than the disk fill up.
    "max_slot_wal_keep_size": "2GB",
}


@dataclass(slots=True, kw_only=True)
class Server:
    home: Path
    #: The folder of its unix socket.
    socket: Path
    #: None when somebody else started it.
    process: subprocess.Popen[bytes] | None
    #: The open file that tells others that its starter lives.
    lease: int | None = None

    @property
    def url(self) -> str:
        return self._url(OWNER, DATABASE)

    @property
    def superuser_url(self) -> str:
        return self._url(SUPERUSER, "postgres")

    def _url(self, role: str, database: str) -> str:
        host = quote(str(self.socket), safe="/")
        return f"postgresql://{role}@/{database}?host={host}&port={postmaster.PORT}"

    def is_running(self) -> bool:
        if self.process:
            return self.process.poll() is None
        return postmaster.is_ready(self.home / "data")

    def stop(self) -> None:
        """Stop it if we started it, and only then; a second interrupt cuts the shutdown short."""
        if self.process:
            _stop(self.process)
            self._ended()

    def become(self, other: "Server") -> None:
        """Stand for the server that was started in place of this one."""
        self._ended()
        self.socket, self.process, self.lease = other.socket, other.process, other.lease

    def _ended(self) -> None:
        sockets.clear(self.socket)
        if self.lease is not None:
            os.close(self.lease)
            self.lease = None


def launch(home: Path, account: Account, binaries: Binaries, *, patience: float = postmaster.PATIENCE) -> Server:
    """Start the server and wait until it is ready, at most `patience` seconds."""
    _turn_log(home)
    deadline = time.monotonic() + REMAINS
    while True:
        start_of_words = _log_size(home)
        server = _spawn(home, account, binaries)
        try:
            if _is_ready(server, patience):
                return server
        except BaseException:
            server.stop()
            raise
        server.stop()
        words = _log_since(home, start_of_words)
        if not _is_held_by_remains(words) or time.monotonic() > deadline:
            raise failed("The private PostgreSQL did not start", words, home)
        time.sleep(postmaster.PAUSE)


def _spawn(home: Path, account: Account, binaries: Binaries) -> Server:
    folder, held = sockets.make(home, account), lease.take(home, account)
    # A list of quoted names: the path may hold a comma or a space.
    quoted = '"' + str(folder).replace('"', '""') + '"'
    settings = SETTINGS | {"unix_socket_directories": quoted}
    options = [f"--{name}={text}" for name, text in settings.items()]
    try:
        process = subprocess.Popen(
            [str(binaries.postgres), "-D", str(home / "data"), *options],
            user=account.uid,
            group=account.gid,
            extra_groups=account.groups,
            umask=0o077,
            cwd=home,
            env=environment(),
            stdin=subprocess.DEVNULL,
            # Its own session: an interrupt typed at the terminal is for the hub, which stops it last.
            start_new_session=True,
            preexec_fn=_prepared(home / "server.log"),
        )
    except (OSError, subprocess.SubprocessError) as error:
        os.close(held)
        sockets.clear(folder)
        raise failed("The private PostgreSQL cannot be started", str(error), home) from error
    return Server(home=home, socket=folder, process=process, lease=held)


def _prepared(log: Path) -> Callable[[], None]:
    tie = lifeline.end_with_parent(signal.SIGINT)

    def prepare() -> None:
        # Opened with the account's own rights: root must not write where a link in its folder points.
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        tie()

    return prepare


def _is_ready(server: Server, patience: float) -> bool:
    """Wait until it is ready; False when it ended instead."""
    process, data = server.process, server.home / "data"
    deadline = time.monotonic() + patience
    while process and process.poll() is None:
        found = postmaster.read(data)
        if found and found.pid == process.pid and found.status == "ready":
            return True
        if time.monotonic() > deadline:
            raise PrivateServerError(f"PostgreSQL is still not ready: see {server.home / 'server.log'}.")
        time.sleep(postmaster.PAUSE)
    return False


def _is_held_by_remains(words: str) -> bool:
    """A killed server's processes hold its files until the last of them has gone."""
    return "lock file" in words or "pre-existing shared memory block" in words


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        _cut_short(process)
    except BaseException:
        _cut_short(process)
        raise


def _cut_short(process: subprocess.Popen[bytes]) -> None:
    # The next start replays the log; nothing that was committed is lost.
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _turn_log(home: Path) -> None:
    if _log_size(home) > LOG_SIZE:
        (home / "server.log").rename(home / "server.log.old")


def _log_size(home: Path) -> int:
    log = home / "server.log"
    return log.stat().st_size if log.exists() else 0


def _log_since(home: Path, offset: int) -> str:
    try:
        with (home / "server.log").open("rb") as log:
            log.seek(offset)
            return log.read(100_000).decode(errors="replace")
    except OSError:
        return ""
