"""Child processes that are kept alive: started, started again when they die, stopped in order."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from plughub.db.private import lifeline

#: Seconds that a child may take to finish what it is at.
GRACE = 30.0
PAUSE = 0.05
#: Seconds before the first new start of a child that died; doubled each time.
FIRST_REST = 0.2
LONGEST_REST = 30.0
#: A child that lived this long is well again.
HEALTHY = 60.0


@dataclass(slots=True, kw_only=True)
class Child:
    #: For messages: "the worker".
    name: str
    #: What follows `python -m plughub`.
    arguments: tuple[str, ...]
    #: Open files that it inherits.
    files: tuple[int, ...] = ()
    #: Whether the hub cannot come up without it.
    is_needed: bool = True
    #: Where its words go; None: where ours go.
    words: int | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    rest: float = FIRST_REST
    due: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plughub", *self.arguments],
            env=environment,
            pass_fds=self.files,
            stdin=subprocess.DEVNULL,
            stderr=self.words,
            # An interrupt typed at the terminal is for us alone: we stop the children in order.
            start_new_session=True,
            preexec_fn=lifeline.end_with_parent(signal.SIGTERM),
        )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


@dataclass(slots=True, kw_only=True)
class Children:
    #: In the order in which they are stopped.
    members: list[Child]
    environment: dict[str, str] = field(repr=False)
    is_stopping: bool = False

    def start(self) -> None:
        for child in self.members:
            child.start(self.environment)

    def dead(self) -> Child | None:
        return next((child for child in self.members if child.is_needed and not child.is_alive()), None)

    def tend(self) -> list[str]:
        """Start again who has died, after a growing rest; what to tell about it."""
        now = time.monotonic()
        return [words for child in self.members if (words := self._tended(child, now))]

    def _tended(self, child: Child, now: float) -> str | None:
        if child.is_alive():
            return None
        if child.process is None:
            if now >= child.due:
                child.start(self.environment)
            return None
        if now - child.started > HEALTHY:
            child.rest = FIRST_REST
        words = f"{child.name} {ended(child.process.returncode)}; starting it again in {child.rest:g} s"
        child.process, child.due = None, now + child.rest
        child.rest = min(child.rest * 2, LONGEST_REST)
        return words

    def renew(self, environment: dict[str, str]) -> None:
        """From now on with this environment; those that run are ended, and `tend` starts them again."""
        self.environment = environment
        for child in self.members:
            child.send(signal.SIGTERM)

    async def stop(self) -> None:
        """Stop one kind after the other, so that the worker still sends what the last requests caused."""
        self.is_stopping = True
        for kind in dict.fromkeys(child.arguments[0] for child in self.members):
            await _stop([child for child in self.members if child.arguments[0] == kind])

    def kill(self) -> None:
        for child in self.members:
            child.send(signal.SIGKILL)


async def _stop(members: list[Child]) -> None:
    for child in members:
        child.send(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while any(child.is_alive() for child in members):
        if time.monotonic() > deadline:
            for child in members:
                child.send(signal.SIGKILL)
        await asyncio.sleep(PAUSE)


def ended(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
