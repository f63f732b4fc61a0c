"""What is written after the answer has gone: in batches, delaying nobody, and never lost when the hub is stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Any

from plughub.core.errors import HubError

log = logging.getLogger("plughub.later")

Write = Callable[[list[Any]], Awaitable[None]]

#: A batch that the database did not take is tried again so often, after so many seconds.
_TRIES, _PAUSE = 4, 0.25


class Later:
    """Items of one key are written together: whatever comes in while a batch is under way makes up the next one."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[Any]] = {}
        self._writing: dict[Hashable, asyncio.Task[None]] = {}
        #: Set while somebody waits for everything to be written: pauses end.
        self._hurry = asyncio.Event()

    def add(self, key: Hashable, items: list[Any], write: Write, *, pause: float = 0.0) -> None:
        """`pause`: seconds before a batch is written, so that more comes together."""
        if not items:
            return
        self._waiting.setdefault(key, []).extend(items)
        if key not in self._writing:
            self._writing[key] = asyncio.create_task(self._write(key, write, pause))

    async def close(self) -> None:
        """Returns when everything that was added has been written."""
        self._hurry.set()
        while self._writing:
            await asyncio.wait(list(self._writing.values()))
        self._hurry.clear()

    async def _write(self, key: Hashable, write: Write, pause: float) -> None:
        try:
            while key in self._waiting:
                if pause:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._hurry.wait(), pause)
                await _persist(self._waiting.pop(key), write)
        finally:
            del self._writing[key]


async def _persist(batch: list[Any], write: Write) -> None:
    for left in reversed(range(_TRIES)):
        try:
            await write(batch)
            return
        except HubError as error:
            if not left:
                log.warning("not written", extra={"items": len(batch), "why": str(error.__cause__ or error)})
                return
        except Exception:
            log.exception("not written", extra={"items": len(batch)})
            return
        await asyncio.sleep(_PAUSE)
