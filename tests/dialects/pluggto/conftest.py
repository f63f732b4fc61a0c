"""A Plugg.to client over a real socket."""

import json as json_module
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from yarl import URL

from plughub.core.connections import Credentials
from tests import make


@dataclass(slots=True)
class Answer:
    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        """The body; numbers with a fraction are exact decimals."""
        return json_module.loads(self.text, parse_float=Decimal)


@dataclass(slots=True, kw_only=True)
class Client:
    """What a client of the vendor holds: an address, credentials, a token."""

    http: aiohttp.ClientSession
    base: str
    shop: make.Shop
    credentials: Credentials
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def proof(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes | str | None = None,
        params: dict[str, str] | list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = "own",
    ) -> Answer:
        """`body` goes as JSON, `data` as it is. The token goes in the query, as the seed's examples have it."""
        sent = {**self.headers, **(headers or {})}
        if body is not None:
            data = json_module.dumps(body, default=str)
            sent.setdefault("Content-Type", "application/json")
        pairs = list(params.items() if isinstance(params, dict) else params or [])
        shown = self.token if token == "own" else token
        if shown:
            pairs.append(("access_token", shown))
        url = URL(self.base + path, encoded=True)
        if pairs:
            url = url.extend_query(pairs)
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

    async def ask_token(self, **form: str) -> Answer:
        """`POST /oauth/token` with these form fields."""
        return await self.call(
            "POST",
            "/oauth/token",
            data=aiohttp.FormData(form)() if form else b"",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            token=None,
        )

    async def sign_in(self) -> "Client":
        answer = await self.ask_token(
            grant_type="password",
            client_id=self.credentials.client_id,
            client_secret=self.credentials.client_secret,
            username=self.credentials.username,
            password=self.credentials.password,
        )
        assert answer.status == 200, answer.text
        self.token = answer.json["access_token"]
        return self


async def client_of(http: aiohttp.ClientSession, address: str, shop: make.Shop, **settings: Any) -> Client:
    """A signed-in client with a connection of its own."""
    _, credentials = await make.connection(shop, **settings)
    return await Client(http=http, base=f"{address}/pluggto", shop=shop, credentials=credentials).sign_in()


@pytest.fixture
async def client(http: aiohttp.ClientSession, address: str, shop: make.Shop) -> Client:
    return await client_of(http, address, shop)
