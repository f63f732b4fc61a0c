"""The private PostgreSQL of a data folder: started at first use, joined when it already runs."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import binaries, cluster, homes, postmaster
from .errors import PrivateServerError
from .server import Server, launch

__all__ = ["PrivateServerError", "Server", "locked", "programs", "running", "start"]


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """The server of `folder` for as long as the block runs; longer if somebody else had started it."""
    server = start(folder)
    try:
        yield server
    finally:
        server.stop()


def start(folder: Path) -> Server:
    """Start the server of `folder`, made at first use, or join the one that runs.

    Call it from the main thread: the server is told to end when the *thread* that started it ends.
    """
    if sys.platform == "win32":
        raise PrivateServerError("No private PostgreSQL on Windows: set PLUGHUB_DATABASE_URL.")
    with locked(folder):
        home, account = homes.settle(folder)
        data = home / "data"
        if found := postmaster.settled(data):
            return Server(home=home, socket=found.socket, process=None)
        found_binaries = binaries.usable(home, account)
        cluster.ensure(data, account, found_binaries)
        return launch(home, account, found_binaries)


def programs(folder: Path) -> binaries.Binaries:
    """The programs of the server of `folder`."""
    home, account = homes.settle(folder)
    return binaries.usable(home, account)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two commands that start at once do not make two databases."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PrivateServerError(
            f"The data folder {folder} cannot be used: {error.strerror}. Choose another with --data."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
