"""Two applications of one account: ours changes things, theirs is told. Both have an address that is notified."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from plughub.core import webhooks
from plughub.core.ids import ConnectionId
from plughub.core.webhooks import Subscription
from plughub.dialects.pluggto.notify import STYLE
from tests import make
from tests.delivery.conftest import Stage
from tests.delivery.receiver import Receiver, receiving
from tests.dialects.pluggto.conftest import Answer, Client

_FLAGS = ("status", "stock", "price")


@dataclass
class Application:
    client: Client
    endpoint: Subscription
    receiver: Receiver


@dataclass
class Street:
    stage: Stage
    ours: Application
    theirs: Application
    #: Id on the wire -> what a test calls the record: the SKU it had first, an order's or a message's number.
    names: dict[str, str]

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """A call of ours; `{NAME}` stands for the id of the record of that name."""
        return await _call(self.ours.client, self.names, method, path, body)

    async def done(self, method: str, path: str, body: Any = None) -> Any:
        """A call of ours that has to succeed."""
        return _good(await self.call(method, path, body)).json

    def id(self, name: str) -> str:
        return next(id for id, known in self.names.items() if known == name)

    async def news(self) -> list[str]:
        """What they are told of what happened since the last time, in no order: `products updated CAM stock+price`."""
        theirs = await self.told(self.theirs)
        assert await self.told(self.ours) == []
        return sorted(self.line(body) for body in theirs)

    async def told(self, application: Application) -> list[bytes]:
        """The bodies that arrive, as they arrive."""
        await self.stage.relay()
        while await self.stage.pump(application.endpoint):
            pass
        arrived = [call.body for call in application.receiver.received]
        application.receiver.received.clear()
        return arrived

    def line(self, body: bytes) -> str:
        told = json.loads(body)
        raised = "+".join(flag for flag in _FLAGS if told["changes"][flag])
        return f"{told['type']} {told['action']} {self.names.get(told['id'], told['id'])} {raised}".rstrip()


@asynccontextmanager
async def street(
    stage: Stage, http: aiohttp.ClientSession, address: str, *calls: tuple[str, str, Any]
) -> AsyncIterator[Street]:
    """Of what came of `calls` of ours nobody has been told."""
    connections, clients, applications = [], [], []
    for _ in range(2):
        connection, credentials = await make.connection(stage.shop)
        client = Client(http=http, base=f"{address}/pluggto", shop=stage.shop, credentials=credentials)
        connections.append(connection)
        clients.append(await client.sign_in())
    names = await _prepared(clients[0], calls)
    await stage.relay()
    async with receiving() as first, receiving() as second:
        for connection, client, receiver in zip(connections, clients, (first, second), strict=True):
            applications.append(Application(client, await listen(stage, connection.id, receiver.url), receiver))
        yield Street(stage, *applications, names)


async def _prepared(client: Client, calls: Iterable[tuple[str, str, Any]]) -> dict[str, str]:
    names: dict[str, str] = {}
    for call in calls:
        _good(await _call(client, names, *call))
    return names


def _good(answer: Answer) -> Answer:
    assert answer.status in (200, 201), answer.text
    return answer


async def _call(client: Client, names: dict[str, str], method: str, path: str, body: Any) -> Answer:
    text = json.dumps([path, body])
    for id, name in names.items():
        text = text.replace(f"{{{name}}}", id)
    path, body = json.loads(text)
    answer = await client.call(method, path, body)
    names.update({id: name for id, name in _named(answer) if id not in names})
    return answer


def _named(answer: Answer) -> Iterator[tuple[str, str]]:
    """Records in an answer, with what a test calls them."""
    product, order, message = (answer.json.get(kind) or {} for kind in ("Product", "Order", "Message"))
    for one in (product, *product.get("variations", ())):
        if "name" in one:
            yield one["id"], one["sku"]
    if message:
        yield message["id"], message["original_id"]
    if order:
        number = order["original_id"]
        yield order["id"], number
        yield from ((shipment["id"], f"{number}.{at}") for at, shipment in enumerate(order["shipments"]))


async def listen(stage: Stage, connection: ConnectionId, url: str, *kinds: str) -> Subscription:
    """As `plughub connection create pluggto --notify` registers an address."""
    shop = stage.shop
    async with stage.hub.change(shop.tenant.id) as tx:
        return await webhooks.subscribe(tx, shop.caller, connection, url=url, style=STYLE.name, kinds=kinds)
