"""Addresses of names. Asked through threads of our own, since a dead name service holds each for many seconds."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Protocol

from plughub.outbound.policy import Address

#: Seconds for which an answer is used again; short, since names move.
_LIFE = 10.0
_MOST = 1024

_threads = ThreadPoolExecutor(32, thread_name_prefix="names")


class Resolver(Protocol):
    async def __call__(self, host: str) -> Sequence[Address]:
        """Every address of a name, best first. Raises `OSError` if there is none."""
        ...


async def system(host: str) -> Sequence[Address]:
    """As the machine resolves: its hosts file, then its name service."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _look_up, host)


def _look_up(host: str) -> list[Address]:
    # As bytes, so that no other reading of international names comes in between.
    found = socket.getaddrinfo(host.encode(), None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(where[0]) for *_, where in found))


class Names:
    """Answers of a resolver, kept for a moment. What they allow is judged anew at each use, by whoever asks."""

    def __init__(self, resolver: Resolver, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver = resolver
        self._clock = clock
        self._known: dict[str, tuple[float, tuple[Address, ...]]] = {}

    async def addresses(self, host: str) -> tuple[Address, ...]:
        before = self._known.get(host)
        if before and self._clock() < before[0]:
            return before[1]
        found = tuple(await self._resolver(host))
        if before and before[1][0] in found:
            # The one that answered last time: a connection to it may still be open.
            found = _first(before[1][0], found)
        self._keep(host, found)
        return found

    def prefer(self, host: str, address: Address) -> None:
        """This one answered: ask it first from now on."""
        known = self._known.get(host)
        if known and known[1][0] != address and address in known[1]:
            self._known[host] = known[0], _first(address, known[1])

    def _keep(self, host: str, found: tuple[Address, ...]) -> None:
        self._known.pop(host, None)
        if not found:
            return
        while len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[host] = self._clock() + _LIFE, found


def _first(address: Address, found: tuple[Address, ...]) -> tuple[Address, ...]:
    return address, *(other for other in found if other != address)
