"""A whole hub of its own on a folder that is thrown away, and ways to hurt it."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

from plughub import app, config
from plughub.cli import database, serve
from plughub.cli.children import Child, Children
from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.core.hub import Hub
from plughub.db import private

#: API processes.
APIS = 2
#: Seconds until the hub must be ready.
PATIENCE = 60
#: Seconds between two looks for processes that have ended.
PAUSE = 0.05
#: Seconds from one kill to the next, at random.
BETWEEN = (0.6, 1.8)

#: Who is killed, and how often among others. With a process of the database all its sessions end, and it goes
#: through its log.
_VICTIMS = {"API process": 8, "worker": 1, "client": 2, "database session": 3, "database process": 1}

_BACKEND = """
SELECT pid FROM pg_stat_activity
WHERE application_name LIKE 'plughub%' AND pid <> pg_backend_pid() ORDER BY state = 'idle', random() LIMIT 1
"""


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder, gone at the end."""
    path = Path(tempfile.mkdtemp(prefix="plughub-prove-")).resolve()
    # PostgreSQL's account has to get in when root runs this.
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def opened(path: Path) -> Iterator["Site"]:
    """Database and socket; the processes are started by `Site.running`."""
    # What the environment says is meant for another hub.
    settings = Settings(data=path, port=0, workers=APIS, log_level="error")
    with serve.listen(settings) as listening, private.running(path) as server:
        settings = replace(settings, port=listening.getsockname()[1])
        yield Site(database.with_urls(settings, server), server, listening)


class Site:
    def __init__(self, settings: Settings, server: private.Server, listening: socket.socket) -> None:
        self.settings = settings
        self.kills: Counter[str] = Counter()
        self._server = server
        number = listening.fileno()
        api = Child(name="an API process", arguments=("_api", "--fd", str(number)), files=(number,))
        self._apis = [replace(api) for _ in range(APIS)]
        self._worker = Child(name="the worker", arguments=("_work",))
        self.environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("PLUGHUB_")},
            **config.environment(self.settings),
        }
        self._children = Children(members=[*self._apis, self._worker], environment=self.environment)

    async def start(self) -> Hub:
        """Tables, processes, and a hub in this process on the same database."""
        await app.migrate(self.settings)
        self._children.start()
        deadline = time.monotonic() + PATIENCE
        while not await self._is_ready():
            if time.monotonic() > deadline:
                raise CommandError("The hub of the proof is not ready; its words are above.")
            await asyncio.sleep(PAUSE)
        return app.open_hub(self.settings)

    async def _is_ready(self) -> bool:
        # As for every request, any of the API processes may be the one that answers.
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.port)
            writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
            return b" 200 " in status
        return False

    async def stop(self) -> None:
        await self._children.stop()

    def kill(self) -> None:
        """Everything that runs, at once."""
        self._children.kill()

    async def tend(self) -> None:
        """Start again whoever has ended, without the rests that a hub gives a process that dies often."""
        while True:
            for child in self._children.members:
                if not child.is_alive():
                    child.start(self.environment)
            await asyncio.sleep(PAUSE)

    async def hurt(self, chance: Random, hub: Hub, client: Callable[[], bool]) -> None:
        """Kill something now and then. `client` kills one of the clients."""
        while True:
            await asyncio.sleep(chance.uniform(*BETWEEN))
            (name,) = chance.choices(list(_VICTIMS), weights=list(_VICTIMS.values()))
            match name:
                case "API process":
                    done = _killed(chance.choice(self._apis))
                case "worker":
                    done = _killed(self._worker)
                case "client":
                    done = client()
                case "database session":
                    done = await self._end_session(hub, signal.SIGTERM)
                case _:
                    done = await self._end_session(hub, signal.SIGKILL)
            self.kills[name] += done

    async def _end_session(self, hub: Hub, number: signal.Signals) -> bool:
        with contextlib.suppress(Exception):
            async with hub.read(None) as tx:
                pid = await tx.value(_BACKEND)
            if pid is not None:
                os.kill(pid, number)
                return True
        return False

    def deadlocks(self) -> int:
        """How often changes met in a deadlock, as the database has it in its log."""
        log = self._server.home / "server.log"
        return len(re.findall(r"deadlock detected", log.read_text(errors="replace")))


def _killed(child: Child) -> bool:
    is_alive = child.is_alive()
    child.send(signal.SIGKILL)
    return is_alive
