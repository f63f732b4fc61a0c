"""The hub's front on a real socket: what HTTP itself can go wrong with, in the dialect's own shape."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from yarl import URL

from plughub import app
from plughub.config import Settings
from plughub.outbound import Outbound
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of

LIMIT = 5 * 1024 * 1024


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub) -> Client:
    return await client_of(http, address, await make.shop(hub))


async def raw(address: str, *parts: bytes) -> bytes:
    """What comes back for these bytes."""
    reader, writer = await asyncio.open_connection(urlsplit(address).hostname, urlsplit(address).port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
        await writer.wait_closed()


def chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


def put(client: Client, sku: str, *headers: str) -> bytes:
    path = f"/pluggto/skus/{sku}?access_token={client.token}"
    return "\r\n".join([f"PUT {path} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]).encode()


async def test_a_body_up_to_the_limit_is_taken_and_one_byte_more_is_not(client: Client):
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413)):
        answer = await client.put("/skus/BIG", data=io.BytesIO(b'{"name":"x"}'.ljust(size)))
        assert answer.status == status, answer.text
    assert answer.json["type"] == "too_large"


async def test_the_limit_counts_what_arrives_and_not_what_is_announced(client: Client, address: str):
    parts = [chunk(b" " * 1024 * 1024)] * 6
    answer = await raw(address, put(client, "CHUNKED", "Transfer-Encoding: chunked"), *parts, b"0\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body)["type"] == "too_large"
    assert (await client.get("/skus/CHUNKED")).status == 404


async def place_in_parts(client: Client, outbound: Outbound, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What a server that gets these messages is told to send."""
    coming = iter(messages)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"transfer-encoding", b"chunked"), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "scheme": "http", "method": "POST", "raw_path": b"/pluggto/orders", "headers": headers}
    scope["query_string"] = f"access_token={client.token}".encode()
    await app.application(client.shop.hub, outbound, Settings(data=Path("unused")))(scope, receive, send)
    return sent


async def test_a_body_that_was_cut_off_is_not_acted_upon(client: Client, outbound: Outbound):
    """A form is readable at every length: order CUT-12 cut short must not become order CUT-1."""
    first = {"type": "http.request", "body": b"channel=loja&original_id=CUT-1", "more_body": True}

    assert await place_in_parts(client, outbound, first, {"type": "http.disconnect"}) == []
    assert (await client.get("/orders?channel_id=CUT-1")).json["total"] == 0

    sent = await place_in_parts(client, outbound, first, {"type": "http.request", "body": b"2"})
    assert [message.get("status") for message in sent] == [201, None]
    assert (await client.get("/orders?channel_id=CUT-12")).json["total"] == 1


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/pluggto/time", "127.0.0.1", 200),
        ("/time", "plugg.test", 200),
        ("/time", "PLUGG.test:8000", 200),
        ("/time", "plugg.test.", 200),
        ("/time", "other.test", 404),
        ("/pluggto/time", "plugg.test", 404),
        ("/pluggto/time/", "127.0.0.1", 200),
        ("/pluggto/TIME", "127.0.0.1", 200),
        ("/pluggtox/time", "127.0.0.1", 404),
        ("/pluggto", "127.0.0.1", 404),
        ("/pluggto%2Ftime", "127.0.0.1", 404),
    ],
)
async def test_a_dialect_is_found_by_host_and_by_path(
    http: aiohttp.ClientSession, address: str, path: str, host: str, status: int
):
    async with http.get(URL(address + path, encoded=True), headers={"Host": host}) as answer:
        assert answer.status == status


async def test_an_unknown_path_is_answered_by_whoever_it_was_meant_for(http: aiohttp.ClientSession, address: str):
    async with http.get(f"{address}/pluggto/nothing") as answer:
        assert (answer.status, (await answer.json())["type"]) == (404, "not_found")
    async with http.get(f"{address}/nothing?access_token=5ecret") as answer:
        assert (answer.status, await answer.json()) == (404, {"error": "there is no such path", "see": "/"})


async def test_head_and_options_have_no_body(http: aiohttp.ClientSession, address: str):
    async with http.head(f"{address}/pluggto/time") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0
    async with http.options(f"{address}/pluggto/anything") as answer:
        assert (answer.status, await answer.read()) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


SEGMENTS = ["%00", "%ED%A0%80", "%FF", "%2F", "%2e%2e", "a%0Ab", "%25", "x" * 2000, "%F0%9F%98%80"]
PATHS = ["/skus/{}", "/products/{}", "/orders/{}", "/products?sku={}", "/orders?channel_id={}", "/orders?{}=x"]
PATHS += ["/products?next={}", "/products?created={}", "/products?all={}", "/products?{}=x"]


@pytest.mark.parametrize("segment", SEGMENTS)
@pytest.mark.parametrize("path", PATHS)
async def test_odd_text_in_the_address_is_never_a_fault_of_the_hub(client: Client, path: str, segment: str):
    answer = await client.get(path.format(segment))

    assert answer.status in (200, 400, 404), answer.text


ODD = [
    {"sku": "ODD", "name": "x\ud800"},
    {"sku": "ODD", "quantity": 10**30},
    {"sku": "ODD", "quantity": "1e999999999"},
    {"sku": "ODD", "price": "NaN"},
    {"sku": "ODD", "price": "Infinity"},
    {"sku": "ODD", "price": -1},
    {"sku": "ODD", "price": 10**40},
    {"sku": "ODD", "warranty_time": 10**12},
    {"sku": "ODD", "dimension": {"length": 10**25}},
    {"sku": "ODD", "dimension": []},
    {"sku": "ODD", "attributes": {"a": {"b": {"c": []}}}},
    {"sku": "ODD", "variations": [{"sku": "ODD-1", "quantity": 10**30}]},
    {"sku": "ODD", "unknown": {"deep": [1, {"x": None}], "n": 10**30}},
    {"sku": ""},
    {"sku": None},
    {"sku": ["x"]},
    {"sku": "y" * 10_000},
    {"sku": "ODD", "photos": [None, "", {}, [], "http://x/\u0001"]},
    {"sku": "ODD", "package_skus": [{"sku": "ODD"}]},
    {"sku": "ODD", "categories": [{"name": " > "}, {"name": ">" * 300}]},
    [],
    [1],
    "text",
    7,
    None,
]  # fmt: skip


@pytest.mark.parametrize("body", ODD, ids=lambda body: str(body)[:40].encode("ascii", "replace").decode())
@pytest.mark.parametrize(("method", "path"), [("PUT", "/skus/ODD"), ("POST", "/products"), ("POST", "/orders")])
async def test_odd_values_are_never_a_fault_of_the_hub(client: Client, method: str, path: str, body: object):
    given = body
    if path == "/orders" and isinstance(body, dict):
        given = {"items": [{"quantity": 1, "price": 1, **body}], "channel": body.get("sku"), "total": body.get("price")}

    answer = await client.call(method, path, data=json.dumps(given))

    assert answer.status in (200, 201, 400), answer.text


@pytest.mark.parametrize("body", [b'{"x":1e999999999}', b'{"x":"\\u0000"}', b"[" * 5000, b"\xff\xfe{", b'{"a":NaN}'])
async def test_a_malformed_body_is_the_callers_fault(client: Client, body: bytes):
    for method, path in (("PUT", "/skus/ODD"), ("POST", "/products"), ("POST", "/orders"), ("PUT", "/skus/ODD/stock")):
        answer = await client.call(method, path, data=body)
        assert answer.status == 400, (path, answer.text)


async def test_no_answer_repeats_the_token(client: Client):
    for method, path in (("GET", "/nothing"), ("POST", "/time"), ("GET", "/products?next=x"), ("PUT", "/skus/X")):
        answer = await client.call(method, path, data=b"{" if method == "PUT" else None)
        assert client.token not in answer.text + str(answer.headers)
