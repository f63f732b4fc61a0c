"""Workers as real processes that start at once: one process imports the hub and forks them as they are asked for.

Two hundred starts of an interpreter would take the machine away from what is tested. Run as a program this is that
process: each line it reads makes a worker, and it answers with the number of its process.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.heavy.site import ENVIRONMENT, Site
from tests.journeys.hub import CLEAN


@dataclass
class Nursery:
    process: subprocess.Popen[str]
    alive: list[int] = field(default_factory=list)
    killed: int = 0

    def start(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.alive.append(int(self.process.stdout.readline()))

    def kill(self) -> None:
        """One of them, as nothing could have prepared it for; another takes its place."""
        victim = self.alive.pop(random.randrange(len(self.alive)))
        os.kill(victim, signal.SIGKILL)
        self.killed += 1
        self.start()


@contextmanager
def opened(site: Site, workers: int) -> Iterator[Nursery]:
    environment = CLEAN | ENVIRONMENT | {"PLUGHUB_DATA": str(site.processes.data), "PLUGHUB_DATABASE_URL": site.url}
    with (site.processes.output.with_name("nursery")).open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.heavy.nursery"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
        )  # fmt: skip
    nursery = Nursery(process)
    try:
        for _ in range(workers):
            nursery.start()
        yield nursery
    finally:
        for worker in nursery.alive:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        process.communicate()


def _nurse() -> None:
    from plughub import app, config
    from plughub.db.private import lifeline
    from plughub.delivery import work  # noqa: F401 - what a worker needs is read once, here

    # Nobody waits for them: the killed leave no remains.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    tie = lifeline.end_with_parent(signal.SIGKILL)
    for _ in sys.stdin:
        worker = os.fork()
        if worker == 0:
            tie()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            app.run_worker(config.read())
            os._exit(0)
        print(worker, flush=True)


if __name__ == "__main__":
    _nurse()
