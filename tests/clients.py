"""A furnished shop and a client of any dialect, for tests that ask every dialect the same.

What a new dialect needs for them: in its own test folder `conftest.client_of(http, address, shop)`, whose client has
`proof` (the headers that prove who calls), and `furnished.furnish(client, mark)`.
"""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from plughub.core.hub import Hub
from plughub.web.dialect import Dialect, Route
from tests import make

#: Fills what nobody has a record for.
NOBODY = "000000000000000000000000"
_IN_BRACES = re.compile(r"\{(\w+)\}")


@dataclass(slots=True, kw_only=True)
class Furnished:
    """What a shop has of each record that a dialect knows."""

    #: A route's path up to an opening brace -> identifiers that may stand there.
    known: dict[str, list[str]]
    #: Query parameters that a route cannot do without.
    query: dict[str, str] = field(default_factory=dict)

    def paths(self, route: Route, *, one: bool = True) -> Iterator[str]:
        """The route's path and query with identifiers of this shop; one of each, or one path for each there is."""
        braces = list(_IN_BRACES.finditer(route.path))
        choices = [self.known[route.path[: brace.start()]] for brace in braces]
        needed = {p["name"]: self.query[p["name"]] for p in route.described.parameters if p["required"]}
        tail = f"?{urlencode(needed)}" if needed else ""
        for at in range(1 if one else max((len(found) for found in choices), default=1)):
            path = route.path
            for brace, found in zip(braces, choices, strict=True):
                path = path.replace(brace[0], quote(found[min(at, len(found) - 1)], safe=""), 1)
            yield path + tail


@dataclass(slots=True, kw_only=True)
class Entered:
    """A client inside its shop."""

    dialect: Dialect
    http: aiohttp.ClientSession
    #: The dialect's address, without its root.
    base: str
    client: Any
    shop: make.Shop
    furnished: Furnished
    #: In every text that this shop keeps.
    mark: str

    @property
    def proof(self) -> dict[str, str]:
        proof: dict[str, str] = self.client.proof
        return proof

    async def send(
        self, method: str, path: str, data: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body); `path` may carry a query, `data` goes as it is."""
        sent = {"Content-Type": "application/json", **self.proof, **(headers or {})}
        url = URL(self.base + path, encoded=True)
        async with self.http.request(method, url, data=data, headers=sent, allow_redirects=False) as answer:
            return answer.status, dict(answer.headers), await answer.read()


async def enter(
    dialect: Dialect, hub: Hub, http: aiohttp.ClientSession, address: str, mark: str = "mark", **facts: Any
) -> Entered:
    """A fresh shop; every text in it has the mark."""
    folder = f"tests.dialects.{dialect.name}"
    shop = await make.shop(hub, **facts)
    client = await importlib.import_module(f"{folder}.conftest").client_of(http, address, shop)
    furnished = await importlib.import_module(f"{folder}.furnished").furnish(client, mark)
    base = address + dialect.mount
    return Entered(dialect=dialect, http=http, base=base, client=client, shop=shop, furnished=furnished, mark=mark)


def writes(dialect: Dialect) -> list[Route]:
    """The routes that may change something."""
    return [route for route in dialect.routes if route.method != "GET"]
