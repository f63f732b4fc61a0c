"""Commands as a person types them, on this run's database and with the key of its hub."""

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from plughub.__main__ import main
from tests.delivery.receiver import Receiver, receiving


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


@pytest.fixture
def plughub(hub, address, database_url, tmp_path, monkeypatch, capsys) -> Callable[..., Awaitable[Ran]]:
    for name in [name for name in os.environ if name.startswith("PLUGHUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLUGHUB_DATABASE_URL", database_url)
    monkeypatch.setenv("PLUGHUB_DATA", str(tmp_path))
    monkeypatch.setenv("PLUGHUB_MASTER_KEY", "of the tests")
    monkeypatch.setenv("PLUGHUB_PUBLIC_URL", address)

    async def run(*arguments: str) -> Ran:
        # A command has an event loop of its own.
        code = await asyncio.to_thread(main, list(arguments))
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def loopback(plughub, monkeypatch) -> None:
    """The operator has opened this machine to what is sent."""
    monkeypatch.setenv("PLUGHUB_EGRESS_NETWORKS", "loopback")


@pytest.fixture
def typing(monkeypatch) -> Callable[[str], None]:
    """Somebody at a terminal, who types this."""

    def at_terminal(words: str) -> None:
        terminal = io.StringIO(words + "\n")
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stdin", terminal)

    return at_terminal
