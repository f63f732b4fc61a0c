"""Bodies that come in parts, on a real socket: what is refused unread, and what a broken one leaves behind."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from plughub.core import ids
from plughub.core.hub import Hub
from plughub.web import serve
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of
from tests.web.test_serve import chunk

OLD = b"what was there before"
PART = b"x" * 65_536


@pytest.fixture(scope="module")
async def client(http, address: str, hub: Hub) -> Client:
    return await client_of(http, address, await make.shop(hub))


@pytest.fixture
async def file(client: Client) -> str:
    """A file that has a content."""
    made = await client.made("/file", {"name": "a.bin", "mimeType": "application/octet-stream"})
    assert (await client.put(f"/file/{made['localId']}/data", data=OLD)).status == 200
    return str(made["localId"])


@asynccontextmanager
async def sending(client: Client, id: str, *headers: str) -> AsyncIterator[tuple[asyncio.StreamReader, Any]]:
    """An upload of which only the head has been sent."""
    address = urlsplit(client.base)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    proof = [f"{name}: {value}" for name, value in client.proof.items()]
    head = [f"PUT {address.path}/file/{id}/data HTTP/1.1", "Host: x", *proof, *headers, "", ""]
    writer.write("\r\n".join(head).encode())
    await writer.drain()
    try:
        yield reader, writer
    finally:
        writer.close()


async def status(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), 10)
    return int(line.split()[1])


async def content(client: Client, id: str) -> bytes:
    async with client.http.get(f"{client.base}/file/{id}/data", headers=client.proof) as got:
        return await got.read()


def kept(client: Client) -> list[str]:
    """Names in the tenant's folder, unfinished ones too."""
    folder = client.shop.hub.contents._place / client.shop.tenant.id.hex
    return sorted(path.name for path in folder.iterdir())


async def loose(client: Client) -> list[Any]:
    async with client.shop.hub.read(None) as tx:
        return list(await tx.all("SELECT name FROM loose_contents WHERE tenant_id = $1", client.shop.tenant.id))


async def tidy(client: Client) -> None:
    """The hub has noticed that the client is gone, and has cleared up."""
    async with asyncio.timeout(20):
        while await loose(client):  # noqa: ASYNC110 - what it waits for is in the database
            await asyncio.sleep(0.01)


async def test_an_unknown_file_is_refused_before_the_body_is_read(client: Client):
    announced = f"Content-Length: {40 * 1024 * 1024}"
    async with sending(client, ids.new().hex, announced) as (reader, writer):
        writer.write(PART)

        assert await status(reader) == 404


async def test_after_a_refusal_the_connection_serves_the_next_request(client: Client, file: str):
    """A client that does not look up from sending: the rest of its body belongs to nobody."""
    size = 40 * len(PART)
    async with sending(client, ids.new().hex, f"Content-Length: {size}") as (reader, writer):
        assert await status(reader) == 404
        for _ in range(40):
            writer.write(PART)
            await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(re.findall(r"content-length: (\d+)", head)[0]))
        writer.write(b"GET /pluggto/time HTTP/1.1\r\nHost: x\r\n\r\n")

        assert await status(reader) == 200


async def test_wrong_credentials_are_refused_before_the_body_is_read(client: Client, file: str):
    async with sending(client, file, "Authorization: Basic ###", "Content-Length: 1000000") as (reader, _):
        assert await status(reader) == 401


async def test_a_client_that_waits_to_be_told_to_go_on_is_told_only_when_its_body_is_wanted(client: Client, file: str):
    expecting = ("Expect: 100-continue", "Content-Length: 65536")
    async with sending(client, ids.new().hex, *expecting) as (reader, _):
        assert await status(reader) == 404
    async with sending(client, file, *expecting) as (reader, writer):
        assert await status(reader) == 100
        writer.write(PART)
        await reader.readline()
        assert await status(reader) == 200
    assert await content(client, file) == PART


async def test_a_client_that_closes_after_the_answer_gets_to_see_a_refusal(client: Client):
    size = 20 * 1024 * 1024
    async with sending(client, ids.new().hex, "Connection: close", f"Content-Length: {size}") as (reader, writer):
        for _ in range(size // len(PART)):
            writer.write(PART)
            await writer.drain()

        assert await status(reader) == 404


async def test_what_announces_too_much_is_refused_unread(client: Client, file: str):
    async with sending(client, file, f"Content-Length: {50 * 1024 * 1024 + 1}") as (reader, _):
        assert await status(reader) == 413

    assert (await content(client, file), await loose(client)) == (OLD, [])


async def test_the_limit_counts_what_arrives_in_chunks_too(client: Client, file: str, monkeypatch):
    monkeypatch.setattr(client.shop.hub.contents, "largest", 10 * len(PART))

    whole = await client.put(f"/file/{file}/data", data=chunks(10))
    refusal = await client.put(f"/file/{file}/data", data=chunks(11))

    assert (whole.status, whole.json["size"]) == (200, 10 * len(PART))
    assert refusal.refusal == (413, "FileTooLarge", None)
    assert await content(client, file) == PART * 10
    assert await loose(client) == []


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PART


@pytest.mark.parametrize("announced", [f"Content-Length: {300 * len(PART)}", "Transfer-Encoding: chunked"])
async def test_an_upload_that_is_cut_midway_leaves_the_old_content(client: Client, file: str, announced: str):
    before = kept(client)
    async with sending(client, file, announced) as (_, writer):
        for _ in range(200):
            writer.write(chunk(PART) if "chunked" in announced else PART)
            await writer.drain()
        assert await loose(client) != []

    await tidy(client)
    assert await content(client, file) == OLD
    assert kept(client) == before


async def test_a_body_that_does_not_come_on_is_given_up(client: Client, file: str, monkeypatch):
    monkeypatch.setattr(serve, "_PATIENCE", 0.2)
    async with sending(client, file, "Content-Length: 1000") as (reader, writer):
        writer.write(b"x" * 100)

        assert await status(reader) == 400

    assert (await content(client, file), await loose(client)) == (OLD, [])
