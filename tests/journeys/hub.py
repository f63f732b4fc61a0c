"""A real `plughub serve` in a process tree of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.wait import until

#: A hub is told nothing by the environment of the tests.
CLEAN = {name: text for name, text in os.environ.items() if not name.startswith("PLUGHUB_")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    data: Path
    port: int
    process: psutil.Popen
    #: What it prints.
    output: Path

    def get(self, path: str) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        with suppress(OSError, http.client.HTTPException):
            return self.get("/ready")[0] == 200
        return False

    def has_greeted(self) -> bool:
        """The last step of a start: from now on it only watches."""
        return self.is_ready() and "http" in self.output.read_text()

    def tree(self) -> list[psutil.Process]:
        return [psutil.Process(self.process.pid), *self.process.children(recursive=True)]

    def child(self, word: str) -> psutil.Process | None:
        """The child whose command line has this word."""
        return next((child for child in self.process.children() if word in _words(child)), None)

    def postmaster(self) -> psutil.Process | None:
        return self.child("-D")


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


@contextmanager
def started(data: Path, *options: str, **settings: str) -> Iterator[Hub]:
    """A hub that has been told to start; what is left of it at the end is killed. `settings`: its environment."""
    port = free_port()
    output = data.with_name(f"output-{port}")
    command = [sys.executable, "-m", "plughub", "serve", "--port", str(port), "--data", str(data), *options]
    with output.open("w") as out:
        process = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=CLEAN | settings)
    hub = Hub(data=data, port=port, process=process, output=output)
    try:
        yield hub
    finally:
        if process.is_running():
            kill(hub.tree())
        process.wait()


@contextmanager
def running(data: Path, *options: str, **settings: str) -> Iterator[Hub]:
    """A hub that is up."""
    with started(data, *options, **settings) as hub:
        until(hub.has_greeted, seconds=60)
        yield hub


def stop(hub: Hub) -> int:
    """The exit code of a hub that was asked to stop."""
    hub.process.send_signal(signal.SIGTERM)
    return hub.process.wait(timeout=60)


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all have ended; who waits for its parent to look has ended, too."""
    return not any(_lives(process) for process in processes)


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
