"""Files and their contents over a real socket."""

import asyncio
import hashlib
import os
from typing import Any

import pytest

from plughub.core import files
from plughub.core.hub import Hub
from tests import make
from tests.dialects.plugboard.conftest import Answer, Client, client_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.fixture(scope="module")
async def client(http, address: str, hub: Hub) -> Client:
    shop = await make.shop(hub, name="Te & Ting AB", language="sv", currency="SEK", country="SE")
    return await client_of(http, address, shop)


async def new(client: Client, name: str = "te.png", **fields: Any) -> Any:
    return await client.made("/file", {"name": name, "mimeType": "image/png", "publicAccess": True, **fields})


async def filled(client: Client, content: bytes = PNG, **fields: Any) -> Any:
    file = await new(client, **fields)
    answer = await client.put(f"/file/{file['localId']}/data", data=content)
    assert answer.status == 200, answer.text
    return answer.json


async def data(client: Client, id: str) -> tuple[int, str, bytes]:
    async with client.http.get(f"{client.base}/file/{id}/data", headers=client.proof) as got:
        return got.status, got.headers["Content-Type"], await got.read()


async def public(client: Client, url: str, **headers: str) -> tuple[int, Any, bytes]:
    address = client.base.removesuffix("/plugboard/api")
    async with client.http.get(address + url, headers=headers) as got:
        return got.status, got.headers, await got.read()


async def test_the_vendors_example(client: Client):
    """Appendix A10."""
    file = await new(client)
    id = file["localId"]

    assert {name: file[name] for name in ("name", "mimeType", "publicAccess", "size", "sha256", "publicUrl")} == {
        "name": "te.png", "mimeType": "image/png", "publicAccess": True, "size": None, "sha256": None,
        "publicUrl": f"/plugboard/public/file/{id}/te.png",
    }  # fmt: skip
    answer = await client.put(f"/file/{id}/data", data=PNG, headers={"Content-Type": "application/octet-stream"})

    assert answer.status == 200
    assert answer.json == {
        **file, "size": len(PNG), "sha256": hashlib.sha256(PNG).hexdigest(), "lastModified": answer.json["lastModified"]
    }  # fmt: skip
    assert await data(client, id) == (200, "image/png", PNG)


@pytest.mark.parametrize(
    "type", ["application/json", "multipart/form-data; boundary=x", "text/xml", "application/x-www-form-urlencoded", ""]
)
async def test_the_body_is_taken_as_bytes_under_any_content_type(client: Client, type: str):
    content = b"{not json" + os.urandom(100)
    file = await new(client)

    answer = await client.put(f"/file/{file['localId']}/data", data=content, headers={"Content-Type": type})

    assert answer.json["size"] == len(content)
    assert (await data(client, file["localId"]))[2] == content


async def test_before_the_first_upload_there_is_no_content(client: Client):
    file = await new(client)

    assert (await client.get(f"/file/{file['localId']}/data")).refusal == (404, "NoFileData", None)
    assert (await public(client, file["publicUrl"]))[0] == 404


async def test_an_empty_body_is_refused_and_leaves_the_content(client: Client):
    file = await filled(client)

    for body in (b"", None):
        answer = await client.put(f"/file/{file['localId']}/data", data=body)
        assert answer.refusal == (400, "BodyMissing", None)

    assert (await data(client, file["localId"]))[2] == PNG


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"mimeType": "image/png"}, "FieldRequired name"),
        ({"name": "a.png"}, "FieldRequired mimeType"),
        ({"name": "", "mimeType": "image/png"}, "FieldRequired name"),
        ({"name": "a.png", "mimeType": "png"}, "FieldRange mimeType"),
        ({"name": "a.png", "mimeType": "image/png\r\nX-Evil: 1"}, "FieldRange mimeType"),
        ({"name": 7, "mimeType": "image/png"}, "FieldType name"),
        ({"name": "x" * 501, "mimeType": "image/png"}, "FieldTooLong name"),
        ({"name": "a.png", "mimeType": "image/png", "publicAccess": "yes"}, "FieldType publicAccess"),
    ],
)
async def test_bad_files_are_refused(client: Client, body: dict, refusal: str):
    error, field = refusal.split()

    assert (await client.post("/file", body)).refusal == (400, error, field)


async def test_a_file_is_found_listed_changed_and_deleted_as_every_record(client: Client):
    file = await filled(client, remoteId="bild 7")
    path = f"/file/{file['localId']}"
    by_remote_id = {"remoteId": "bild 7"}

    assert (await client.get("/file/by-remote-id", params=by_remote_id)).json == file
    query = {"filter": {"type": "eq", "field": "remoteId", "value": {"type": "str", "value": "bild 7"}}}
    assert (await client.post("/file/query", query)).json == [file]
    assert file["localId"] in [one["localId"] for one in (await client.get("/file")).json]
    changed = await client.changed(path, {"name": "ny.png", "size": 1, "sha256": "x"})
    assert (changed["name"], changed["mimeType"], changed["size"]) == ("ny.png", "image/png", len(PNG))
    assert (await client.put(path, {"mimeType": None})).refusal == (400, "FieldRequired", "mimeType")

    gone = (await client.delete(path)).json

    assert (gone["deleted"], gone["publicUrl"]) == (True, None)
    assert (await client.get(f"{path}/data")).refusal == (404, "NoFileData", None)
    assert (await client.put(f"{path}/data", data=b"x")).refusal == (409, "RecordDeleted", None)
    assert (await public(client, file["publicUrl"]))[0] == 404


async def test_uploading_what_is_there_changes_nothing(client: Client):
    file = await filled(client)

    again = await client.put(f"/file/{file['localId']}/data", data=PNG)

    assert again.json == file
    assert await events(client, file["localId"]) == ["created", "updated"]


async def events(client: Client, id: str) -> list[str]:
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        rows = await tx.all(
            "SELECT action FROM events WHERE tenant_id = $1 AND record_id = $2::uuid ORDER BY id",
            client.shop.tenant.id,
            id,
        )
    return [row["action"] for row in rows]


async def test_a_file_of_another_tenant_is_unknown(client: Client, http, address: str, hub: Hub):
    stranger = await client_of(http, address, await make.shop(hub))
    file = await filled(client)
    path = f"/file/{file['localId']}"

    for answer in (
        await stranger.get(path),
        await stranger.get(f"{path}/data"),
        await stranger.put(f"{path}/data", data=b"mine now"),
        await stranger.put(path, {"name": "mine.png"}),
        await stranger.delete(path),
    ):
        assert answer.refusal[:2] == (404, "NoSuchRecord")
    assert await data(client, file["localId"]) == (200, "image/png", PNG)


# Public download.


async def test_a_private_file_is_not_public_and_a_public_one_can_be_made_private(client: Client):
    file = await filled(client, publicAccess=False)
    url = f"/plugboard/public/file/{file['localId']}/te.png"
    assert (file["publicUrl"], (await public(client, url))[0]) == (None, 404)

    shown = await client.changed(f"/file/{file['localId']}", {"publicAccess": True})
    assert (shown["publicUrl"], (await public(client, url))[2]) == (url, PNG)

    await client.changed(f"/file/{file['localId']}", {"publicAccess": None})
    assert (await public(client, url))[0] == 404


@pytest.mark.parametrize(
    ("content", "declared", "type", "shown"),
    [
        (PNG, "image/png", "image/png", "inline"),
        (b"\xff\xd8\xff\xe0rest", "image/png", "image/jpeg", "inline"),
        (b"GIF89a<script>", "text/html", "image/gif", "inline"),
        (b"RIFF\n\0\0\0WEBPVP8 ", "image/webp", "image/webp", "inline"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "application/octet-stream", "attachment"),
        (b"<script>alert(1)</script>", "image/png", "application/octet-stream", "attachment"),
        (b"%PDF-1.7", "application/pdf", "application/octet-stream", "attachment"),
    ],
)
async def test_only_plain_pictures_are_shown_and_content_says_what_they_are(
    client: Client, content: bytes, declared: str, type: str, shown: str
):
    file = await filled(client, content, mimeType=declared)

    status, headers, body = await public(client, file["publicUrl"])

    assert (status, body) == (200, content)
    assert headers.getall("X-Content-Type-Options") == ["nosniff"]
    assert headers["Content-Type"] == type
    assert headers["Content-Disposition"] == f"{shown}; filename*=UTF-8''te.png"


@pytest.mark.parametrize(
    ("name", "plain"),
    [("../../etc/passwd", "passwd"), ("C:\\bilder\\te kopp.png", "te%20kopp.png"), ("å/..", "file"), ("a\r\nb", "ab")],
)
async def test_a_name_is_reduced_to_its_last_part(client: Client, name: str, plain: str):
    file = await filled(client, name=name)

    assert file["name"] == name
    assert file["publicUrl"] == f"/plugboard/public/file/{file['localId']}/{plain}"
    _, headers, _ = await public(client, file["publicUrl"])
    assert headers["Content-Disposition"] == f"inline; filename*=UTF-8''{plain}"


async def test_a_picture_that_is_known_is_not_sent_again(client: Client):
    file = await filled(client)
    _, headers, _ = await public(client, file["publicUrl"])

    status, _, body = await public(client, file["publicUrl"], **{"If-None-Match": headers["ETag"]})

    assert (status, body) == (304, b"")


@pytest.mark.parametrize("id", ["0" * 32, "x", "018f0000000070008000000000000000"])
async def test_an_unknown_public_file_is_refused_in_the_dialects_shape(client: Client, id: str):
    base = client.base.removesuffix("/api")
    async with client.http.get(f"{base}/public/file/{id}/a.png") as got:
        answer = Answer(got.status, got.headers, await got.text())

    assert answer.refusal[:2] == (404, "NoSuchRecord")


# What can go wrong on the way.


async def test_parallel_uploads_leave_one_whole_content(client: Client, hub: Hub):
    file, before = await new(client), await loose(hub)
    contents = [bytes([at]) * 300_000 for at in range(20)]

    answers = await asyncio.gather(*(client.put(f"/file/{file['localId']}/data", data=content) for content in contents))

    assert {answer.status for answer in answers} == {200}
    kept = (await data(client, file["localId"]))[2]
    assert kept in contents
    shown = (await client.get(f"/file/{file['localId']}")).json
    assert shown["sha256"] == hashlib.sha256(kept).hexdigest()
    assert stored(client) >= {kept}
    assert not stored(client) & (set(contents) - {kept})
    assert await loose(hub) == before


def folder(client: Client):
    return client.shop.hub.contents._place / client.shop.tenant.id.hex


def stored(client: Client) -> set[bytes]:
    return {path.read_bytes() for path in folder(client).iterdir()}


async def loose(hub: Hub) -> list[Any]:
    async with hub.read(None) as tx:
        return [row["name"] for row in await tx.all("SELECT name FROM loose_contents")]


async def test_what_a_deleted_file_held_is_swept(client: Client, hub: Hub):
    content = os.urandom(64)
    file = await filled(client, content)
    assert content in stored(client)

    await client.delete(f"/file/{file['localId']}")
    await files.sweep(hub)

    assert content not in stored(client)
    assert await loose(hub) == []


async def test_a_long_text_is_downloaded_whole_by_clients_that_read_gzip(client: Client):
    """The length that is told is that of what is sent."""
    text = b"a line of a text\n" * 1000
    made = await client.post("/file", {"name": "a.txt", "mimeType": "text/plain"})
    path = f"/file/{made.json['localId']}/data"
    assert (await client.call("PUT", path, data=text)).status == 200

    answer = await client.call("GET", path, headers={"Accept-Encoding": "gzip"})

    assert (answer.status, answer.text) == (200, text.decode())
