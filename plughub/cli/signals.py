"""Requests to stop: Ctrl-C, SIGTERM and a closed terminal mean the same."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

#: Seconds in which a request counts once: `make` passes a SIGTERM on that its whole group also got.
ONE_REQUEST = 0.5
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopper:
    """Counts requests to stop, and raises `KeyboardInterrupt` for each unless an event loop takes them.

    Python drops an exception that a signal raises at an unlucky moment (in a fork's hooks, in `__del__`),
    so each block looks at the count as well.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._last = -ONE_REQUEST
        self._tell: Callable[[], object] | None = None
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    @property
    def exit_code(self) -> int:
        """A clean stop is a success; one that had to be hurried is not."""
        return 0 if self.asked <= 1 else 130

    def __enter__(self) -> Self:
        for number in STOPS:
            # Under nohup a closed terminal is ignored, and stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def telling(self, act: Callable[[], object]) -> Iterator[None]:
        """While the block runs, call `act` in the running loop instead of raising."""
        loop = asyncio.get_running_loop()
        before, self._tell = self._tell, lambda: loop.call_soon_threadsafe(act)
        if self.asked:
            loop.call_soon(act)
        try:
            yield
        finally:
            self._tell = before

    @contextmanager
    def raising(self) -> Iterator[None]:
        """While the block runs, which holds up the loop, raise after all."""
        asked = self.asked
        before, self._tell = self._tell, None
        try:
            yield
        finally:
            self._tell = before
        if self.asked > asked:
            raise KeyboardInterrupt

    def _asked(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last < ONE_REQUEST:
            return
        self.asked, self._last = self.asked + 1, now
        if self._tell is None:
            raise KeyboardInterrupt
        self._tell()
