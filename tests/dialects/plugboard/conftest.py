"""A Plugboard client over a real socket."""

import json as json_module
from base64 import b64encode
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from yarl import URL

from plughub.core.connections import Connection, Credentials
from plughub.dialects.plugboard.catalogue import ERRORS
from tests import make


@dataclass(slots=True)
class Answer:
    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json_module.loads(self.text)

    @property
    def refusal(self) -> tuple[int, str, str | None]:
        """(status, name in the catalogue, field) of an error, of which every number has to fit."""
        body = self.json
        entry = next(one for one in ERRORS.values() if one.sub_code == body["subCode"])
        assert list(body) == [
            "error", "time", "code", "subCode", "message", "defaultMessage", "field", "fieldValue", "helpText", "class",
        ]  # fmt: skip
        assert (self.status, body["code"], body["class"]) == (entry.status, entry.code, entry.class_name)
        assert body["error"] is True
        return self.status, entry.name, body["field"]


@dataclass(slots=True, kw_only=True)
class Client:
    """What a client of the vendor holds: an address and credentials."""

    http: aiohttp.ClientSession
    base: str
    shop: make.Shop
    connection: Connection
    credentials: Credentials
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.connection.id.hex

    @property
    def proof(self) -> dict[str, str]:
        pair = f"{self.credentials.username}:{self.credentials.password}".encode()
        return {
            "X-Tenant": self.shop.tenant.code,
            "X-ConnectionId": self.id,
            "Authorization": "Basic " + b64encode(pair).decode(),
        }

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes | str | BytesIO | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """`body` goes as JSON, `data` as it is; a header that is None is left out."""
        sent = {k: v for k, v in {**self.proof, **self.headers, **(headers or {})}.items() if v is not None}
        if body is not None:
            data = json_module.dumps(body)
        url = URL(self.base + path, encoded=True)
        if params:
            url = url.extend_query(params)
        async with self.http.request(method, url, data=data, headers=sent, allow_redirects=False) as got:
            return Answer(got.status, got.headers, await got.text())

    async def get(self, path: str, **rest: Any) -> Answer:
        return await self.call("GET", path, **rest)

    async def put(self, path: str, body: Any = None, **rest: Any) -> Answer:
        return await self.call("PUT", path, body, **rest)

    async def post(self, path: str, body: Any = None, **rest: Any) -> Answer:
        return await self.call("POST", path, body, **rest)

    async def delete(self, path: str, **rest: Any) -> Answer:
        return await self.call("DELETE", path, **rest)

    async def made(self, path: str, body: Any) -> Any:
        """A record that was just created."""
        answer = await self.post(path, body)
        assert answer.status == 201, answer.text
        return answer.json

    async def changed(self, path: str, body: Any) -> Any:
        answer = await self.put(path, body)
        assert answer.status == 200, answer.text
        return answer.json


async def client_of(http: aiohttp.ClientSession, address: str, shop: make.Shop, **settings: Any) -> Client:
    connection, credentials = await make.connection(shop, "plugboard", **settings)
    base = f"{address}/plugboard/api"
    return Client(http=http, base=base, shop=shop, connection=connection, credentials=credentials)


@pytest.fixture
async def client(http: aiohttp.ClientSession, address: str, hub: Any) -> Client:
    """A client of a fresh tenant whose language is Swedish."""
    shop = await make.shop(hub, name="Te & Ting AB", language="sv", currency="SEK", country="SE")
    return await client_of(http, address, shop)


@pytest.fixture
async def other(client: Client, http: aiohttp.ClientSession, address: str) -> Client:
    """Another connection of the same tenant."""
    return await client_of(http, address, client.shop)
