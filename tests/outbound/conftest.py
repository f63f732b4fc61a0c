"""A guarded client of a test's own, and the certainty that it leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address, ip_network

import pytest

from plughub.outbound import Address, Limits, Outbound, Policy

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))
#: Short, for those who never answer.
BRIEF = Limits(name=0.2, connect=0.2, whole=0.3, body=1024)


class Book:
    """A name service that a test writes, and whose clock it sets. A name unknown to it does not exist."""

    def __init__(self, **pages: Sequence[str]) -> None:
        #: Name (with `_` for `.`) -> what it answers.
        self.pages = {name.replace("_", "."): list(texts) for name, texts in pages.items()}
        self.asked: list[str] = []
        self.time = 0.0

    async def __call__(self, host: str) -> list[Address]:
        self.asked.append(host)
        if host not in self.pages:
            raise OSError("no such name")
        return [ip_address(text) for text in self.pages[host]]

    def clock(self) -> float:
        return self.time


@pytest.fixture
async def local() -> AsyncIterator[Outbound]:
    """A client for which this machine is opened."""
    outbound = Outbound(Policy(networks=LOOPBACK))
    yield outbound
    await outbound.close()


@pytest.fixture(autouse=True)
async def _no_task_is_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    # One turn of the loop for what was cancelled just now.
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before
