"""The place of contents: a folder, and a bucket that speaks S3."""

import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from plughub import app
from plughub.config import Settings
from plughub.core.contents import MIB, Contents
from plughub.core.errors import Unavailable


class Bucket:
    """As much of S3 as a store needs, path-style: objects, multipart uploads."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.largest = 0

    async def answer(self, request: web.Request) -> web.Response:
        key, query = request.match_info.get("key", ""), request.query
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
        body = await request.read()
        self.largest = max(self.largest, len(body))
        match request.method:
            case "POST" if "uploads" in query:
                upload = uuid4().hex
                self.parts[upload] = {}
                return _xml("InitiateMultipartUploadResult", f"<UploadId>{upload}</UploadId>")
            case "PUT" if "uploadId" in query:
                self.parts[query["uploadId"]][int(query["partNumber"])] = body
                return web.Response(headers={"ETag": f'"{query["partNumber"]}"'})
            case "POST" if "delete" in query:
                names = re.findall(r"<Key>(.*?)</Key>", body.decode())
                for name in names:
                    self.objects.pop(name, None)
                return _xml("DeleteResult", "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names))
            case "POST":
                parts = self.parts.pop(query["uploadId"])
                wanted = [int(number) for number in re.findall(r"<PartNumber>(\d+)<", body.decode())]
                self.objects[key] = b"".join(parts[number] for number in wanted)
                return _xml("CompleteMultipartUploadResult", '<ETag>"e"</ETag>')
            case "DELETE" if "uploadId" in query:
                del self.parts[query["uploadId"]]
                return web.Response(status=204)
            case "PUT":
                self.objects[key] = body
                return web.Response(headers={"ETag": '"e"'})
            case "GET" if key in self.objects:
                dated = {"ETag": '"e"', "Last-Modified": "Sun, 22 Nov 2026 03:00:00 GMT"}
                return web.Response(body=self.objects[key], headers=dated)
        return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>", content_type="application/xml")


def _xml(name: str, content: str) -> web.Response:
    text = f'<?xml version="1.0"?><{name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{content}</{name}>'
    return web.Response(text=text, content_type="application/xml")


@pytest.fixture
async def bucket(monkeypatch) -> AsyncIterator[Bucket]:
    bucket = Bucket()
    application = web.Application(client_max_size=64 * MIB)
    application.router.add_route("*", "/hub", bucket.answer)
    application.router.add_route("*", "/hub/{key:.*}", bucket.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-north-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield bucket
    await runner.cleanup()


@pytest.fixture(params=[None, "s3://hub/contents"], ids=["folder", "bucket"])
async def contents(request, bucket: Bucket, tmp_path: Path) -> Contents:
    return app.open_contents(Settings(data=tmp_path, files=request.param))


async def parts(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def read(contents: Contents, *where: Any) -> bytes | None:
    stream = await contents.read(*where)
    return None if stream is None else b"".join([part async for part in stream])


@pytest.mark.parametrize("size", [0, 1, 100_000, 20 * MIB])
async def test_what_was_written_is_read_and_can_be_removed(contents: Contents, size: int):
    where, content = (uuid4(), uuid4()), os.urandom(size)

    written = await contents.write(*where, parts(content))

    assert (written.size, written.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert written.head == content[:64]
    assert await read(contents, *where) == content
    assert await read(contents, uuid4(), where[1]) is None
    await contents.remove(*where)
    await contents.remove(*where)
    assert await read(contents, *where) is None


async def test_what_is_not_whole_is_not_there(contents: Contents):
    where = (uuid4(), uuid4())

    async def broken() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 65_536
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await contents.write(*where, broken())

    assert await read(contents, *where) is None


async def test_a_bucket_gets_the_tenant_in_each_name_and_large_contents_in_parts(bucket: Bucket, tmp_path: Path):
    contents = app.open_contents(Settings(data=tmp_path, files="s3://hub/contents"))
    tenant, name, content = uuid4(), uuid4(), os.urandom(20 * MIB)

    await contents.write(tenant, name, parts(content))

    assert bucket.objects == {f"contents/{tenant.hex}/{name.hex}": content}
    assert bucket.largest <= 8 * MIB
    assert os.listdir(tmp_path) == []


async def test_what_a_killed_process_left_goes_with_the_content(tmp_path: Path):
    contents = Contents(tmp_path)
    tenant, name, other = uuid4(), uuid4(), uuid4()
    for where in (name, other):
        await contents.write(tenant, where, parts(b"content"))
    (tmp_path / tenant.hex / f"{name.hex}#1").write_bytes(b"half")

    await contents.remove(tenant, name)

    assert [path.name for path in (tmp_path / tenant.hex).iterdir()] == [other.hex]


async def test_the_folder_is_nobody_elses(tmp_path: Path):
    await Contents(tmp_path / "files").write(uuid4(), uuid4(), parts(b"x"))

    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


async def test_a_store_that_cannot_be_written_is_the_hubs_trouble(tmp_path: Path):
    (tmp_path / "files").mkdir()
    tenant = uuid4()
    (tmp_path / "files" / tenant.hex).write_text("a file where a folder belongs")

    with pytest.raises(Unavailable):
        await Contents(tmp_path / "files").write(tenant, uuid4(), parts(b"x"))
