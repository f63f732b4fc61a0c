"""The client processes of a proof: started, told of each batch, killed and replaced, ended."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from signal import SIGKILL

import msgspec

from plughub.cli.prove.clerk import Account, Task
from plughub.cli.prove.journal import Line, Reader
from plughub.cli.prove.shelves import Batch
from plughub.db.private import lifeline

#: Seconds that a client may take to finish what it is at.
GRACE = 30


@dataclass(slots=True)
class Client:
    task: Task
    process: subprocess.Popen[bytes]


class Clients:
    def __init__(
        self, folder: Path, environment: Mapping[str, str], accounts: list[Account], port: int, seed: int, count: int
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._accounts = accounts
        self._port = port
        self._count = count
        self._chance = Random(seed)  # noqa: S311 - seeds of the clients
        self._members: list[Client] = []
        self._started = 0
        self._batch: Batch | None = None
        self._readers: list[Reader] = []
        self.lines: list[Line] = []

    def start(self, batch: Batch) -> None:
        self._batch = batch
        for _ in range(self._count):
            self._members.append(self._new())
        self.tell(batch)

    def are_at_work(self) -> bool:
        """Whether all have come so far as to open their journals."""
        return all(Path(client.task.journal).exists() for client in self._members)

    def _new(self) -> Client:
        self._started += 1
        mine = self._path(self._started)
        others = [str(path) for number in range(1, self._started + self._count) if (path := self._path(number)) != mine]
        task = Task(
            name=f"c{self._started}",
            seed=self._chance.getrandbits(32),
            port=self._port,
            journal=str(mine),
            others=others[-2 * self._count :],
            accounts=self._accounts,
            clients=self._count,
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "plughub", "_prove_client"],
            env=self._environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lifeline.end_with_parent(SIGKILL),
        )
        self._readers.append(Reader(mine))
        client = Client(task, process)
        _write(client, task)
        return client

    def _path(self, number: int) -> Path:
        return self._folder / f"client-{number}.jsonl"

    def tell(self, batch: Batch) -> None:
        self._batch = batch
        for client in self._members:
            _write(client, batch)

    def kill_one(self) -> bool:
        """One client is gone in the middle of its work; another begins."""
        at = self._chance.randrange(len(self._members))
        self._members[at].process.kill()
        self._members[at].process.wait()
        _close(self._members[at])
        self._members[at] = self._new()
        if self._batch:
            _write(self._members[at], self._batch)
        return True

    def read(self) -> None:
        """Take in what the journals have got."""
        for reader in self._readers:
            self.lines += reader.more()

    def finish(self) -> list[str]:
        """Let them end what they are at; what is wrong with those that did not end well."""
        wrong = []
        for client in self._members:
            _close(client)
        for client in self._members:
            try:
                code = client.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                client.process.kill()
                code = client.process.wait()
            if code:
                wrong.append(f"client {client.task.name} ended with {code}; its words are above")
        self._members = []
        return wrong

    def kill(self) -> None:
        for client in self._members:
            client.process.kill()
            client.process.wait()
            _close(client)


def _write(client: Client, what: Task | Batch) -> None:
    assert client.process.stdin is not None  # noqa: S101
    # One that has ended is found out when it is asked to finish.
    with contextlib.suppress(BrokenPipeError):
        client.process.stdin.write(msgspec.json.encode(what) + b"\n")
        client.process.stdin.flush()


def _close(client: Client) -> None:
    assert client.process.stdin is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        client.process.stdin.close()
