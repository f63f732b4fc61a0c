"""Clients that take their time over a request's head, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from plughub.web.patience import PatientProtocol
from tests.sockets import serving

REQUEST = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"


class Hasty(PatientProtocol):
    head_seconds = 0.3


async def application(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(0.5 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with serving(application, Hasty) as url:
        yield int(urlsplit(url).port or 0)


async def spoken(port: int, *parts: bytes, every: float = 0.1) -> bytes:
    """All that the server said to these parts, until it closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read())
    try:
        for part in parts:
            writer.write(part)
            done, _ = await asyncio.wait([answer], timeout=every)
            if done:
                break
        return await asyncio.wait_for(answer, 5)
    finally:
        writer.close()


async def test_a_connection_that_asks_nothing_is_closed(port: int):
    assert (await spoken(port)).startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_comes_byte_by_byte_is_not_waited_for(port: int):
    assert (await spoken(port, *(REQUEST[at : at + 1] for at in range(len(REQUEST))))).startswith(b"HTTP/1.1 408 ")


async def test_neither_is_that_of_a_second_request(port: int):
    said = await spoken(port, REQUEST, *(REQUEST[at : at + 1] for at in range(len(REQUEST))))

    assert said.startswith(b"HTTP/1.1 204 ")
    assert b"HTTP/1.1 408 " in said


async def test_an_endless_head_is_cut_off(port: int):
    said = await spoken(port, b"GET / HTTP/1.1\r\n", *[b"X: " + b"a" * 4000 + b"\r\n"] * 9, every=0.01)

    assert said.startswith(b"HTTP/1.1 431 ")


async def test_an_answer_that_takes_longer_than_a_head_may_is_given(port: int):
    said = await spoken(port, b"GET /slow HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 204 ")
