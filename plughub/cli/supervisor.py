"""The life of one `serve`: prepare the database, start the processes, watch them, stop them in order."""

import asyncio
import contextlib
import os
import socket
import sys
import time

from plughub import app, config
from plughub.cli import database
from plughub.cli.children import Child, Children, ended
from plughub.cli.errors import CommandError
from plughub.cli.signals import Stopper
from plughub.config import Settings
from plughub.db import private

#: Seconds until a hub must be ready after its start.
PATIENCE = 60.0
PAUSE = 0.1
#: Seconds between two looks at the private database.
LOOK = 1.0


class Supervisor:
    def __init__(
        self, settings: Settings, server: private.Server | None, listening: socket.socket, stopper: Stopper
    ) -> None:
        self.settings = settings
        self.server = server
        self.listening = listening
        self.stopper = stopper
        self.children = Children(members=members(settings, listening), environment=self._environment())
        self._next_look = 0.0

    async def run(self, *, demo: bool) -> None:
        """Until asked to stop; raises `CommandError` if the hub does not come up."""
        task = asyncio.current_task()
        with self.stopper.telling(lambda: self._stop(task)), contextlib.suppress(asyncio.CancelledError):
            await self._run(demo=demo)

    async def _run(self, *, demo: bool) -> None:
        settings = database.with_urls(self.settings, self.server)
        greeting = await app.prepare(settings, demo=demo, private=self.server is not None, say=say)
        try:
            self.children.start()
            await until_ready(self.listening, self.children)
            config.note_address(settings)
            say(*greeting)
            await self._watch()
        finally:
            await self.children.stop()

    def _stop(self, task: asyncio.Task[None] | None) -> None:
        if self.children.is_stopping:
            self.children.kill()
        elif task:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            for words in self.children.tend():
                complain(words)
            self._tend_server()
            await asyncio.sleep(PAUSE)

    def _tend_server(self) -> None:
        """Bring back a private database that has gone: it crashed, or the command that started it ended."""
        if self.server is None or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK
        if self.server.is_running():
            return
        complain("the database has stopped; starting it again")
        try:
            with self.stopper.raising():
                found = private.start(self.settings.data)
        except private.PrivateServerError as error:
            complain(str(error))
            return
        has_moved = found.url != self.server.url
        self.server.become(found)
        if has_moved:
            self.children.renew(self._environment())

    def _environment(self) -> dict[str, str]:
        return os.environ | config.environment(database.with_urls(self.settings, self.server))


def members(settings: Settings, listening: socket.socket, words: int | None = None) -> list[Child]:
    """The processes of a hub; `words` is where theirs go."""
    number = listening.fileno()
    apis = [
        Child(name=f"API process {i}", arguments=("_api", "--fd", str(number)), files=(number,), words=words)
        for i in range(1, max(settings.workers, 1) + 1)
    ]
    members = [*apis, Child(name="the worker", arguments=("_work",), words=words)]
    if settings.backups and not settings.database_url:
        # Last, so that it also gets what the others write when they stop. A shop goes on without it.
        members.append(Child(name="the journal", arguments=("_journal",), is_needed=False, words=words))
    return members


async def until_ready(listening: socket.socket, children: Children) -> None:
    deadline = time.monotonic() + PATIENCE
    address = _reachable(listening)
    while (answer := await _asked(address)) != 200:
        if dead := children.dead():
            code = dead.process.returncode if dead.process else 0
            raise CommandError(f"{dead.name} {ended(code)} while the hub was starting; its words are above")
        if time.monotonic() > deadline:
            raise CommandError(f"The hub is not ready: GET /ready answers {answer}. See `plughub check`.")
        await asyncio.sleep(PAUSE)


def _reachable(listening: socket.socket) -> tuple[str, int]:
    """Where this machine itself reaches a socket that may listen on every address."""
    host, port = listening.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


async def _asked(address: tuple[str, int]) -> int | None:
    """The status of `GET /ready`; None when there was no answer."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                status = (await reader.readline()).split()
            finally:
                writer.close()
        return int(status[1])
    except (OSError, ValueError, IndexError):
        return None


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def complain(words: str) -> None:
    print(f"plughub: {words}", file=sys.stderr, flush=True)
