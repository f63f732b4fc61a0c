"""The ways in which a client changes and reads stock: two wires over real sockets, and the core itself."""

import asyncio
import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from plughub.cli.prove.journal import Asked, Outcome
from plughub.cli.prove.model import Seen, Verb
from plughub.cli.prove.shelves import Shelf
from plughub.core import ids, orders, patch, products, stock
from plughub.core.caller import Caller
from plughub.core.errors import HubError, InsufficientStock, NotFound, TryAgain, Unavailable
from plughub.core.hub import Hub, Transaction
from plughub.core.orders import OrderStatus
from plughub.core.stock import MAIN

#: Seconds within which any answer has to come.
PATIENCE = 15
#: A change that met another one is tried again this often, as the web does.
_TRIES = 4
#: The channel at which all orders are sold.
CHANNEL = "prove"


class Answer(Struct, frozen=True, kw_only=True):
    outcome: Outcome
    #: Level's name, without its tenant -> what was said of it.
    seen: dict[str, Seen] = {}
    is_later: bool = False
    made: str = ""
    words: str = ""


UNKNOWN = Answer(outcome=Outcome.UNKNOWN)


class Way(Protocol):
    name: str

    async def change(self, asked: Asked, shelf: Shelf, quantity: int) -> Answer: ...
    async def place(self, asked: Asked, lines: list[tuple[str, int, str | None]]) -> Answer: ...
    async def settle(self, asked: Asked, order: UUID) -> Answer: ...
    async def read(self, shelf: Shelf) -> Answer: ...


class Core:
    """Commands and queries, called in this process."""

    name = "core"

    def __init__(self, hub: Hub, us: Caller) -> None:
        self._hub = hub
        self._us = us

    async def change(self, asked: Asked, shelf: Shelf, quantity: int) -> Answer:
        if asked.kind == "import":
            return await self._import(shelf, quantity)
        floor = None if asked.floor is None else Decimal(asked.floor)
        verb, code = stock.Verb(asked.verb), None if shelf.code == MAIN else shelf.code
        for _ in range(_TRIES):
            try:
                async with self._hub.step(self._us.tenant) as tx:
                    done = await stock.change(tx, self._us, shelf.sku, verb, Decimal(quantity), code=code, floor=floor)
            except TryAgain:
                continue
            except InsufficientStock as short:
                return _refused({shelf.name: Seen(on_hand=int(short.available))})
            except HubError as error:
                return _failed(error)
            return _ok({shelf.name: Seen(on_hand=int(done.on_hand))})
        return UNKNOWN

    async def _import(self, shelf: Shelf, quantity: int) -> Answer:
        levels = patch.Merge([{"code": shelf.code, "on_hand": Decimal(quantity)}], keys=("id", "code"))

        async def imported(tx: Transaction) -> Answer:
            record, _ = await products.change(tx, self._us, UUID(shelf.product), {"default": {"levels": levels}})
            return _ok({shelf.name: _level(record.value.default, shelf.code)})

        return await self._within(imported)

    async def place(self, asked: Asked, lines: list[tuple[str, int, str | None]]) -> Answer:
        rows = [
            {"sku": sku, "quantity": Decimal(quantity), "price": Decimal(10), "stock_code": code}
            for sku, quantity, code in lines
        ]
        given: patch.Patch = {
            "channel": CHANNEL,
            "channel_number": asked.order,
            "reserves_stock": True,
            "lines": patch.Merge(rows, keys=("id",)),
        }

        async def placed(tx: Transaction) -> Answer:
            record = await orders.place(tx, self._us, given, guarded=asked.floor is not None)
            return Answer(outcome=Outcome.OK, made=record.id.hex)

        return await self._within(placed)

    async def settle(self, asked: Asked, order: UUID) -> Answer:
        status = OrderStatus.SHIPPED if asked.verb is Verb.SHIP else OrderStatus.CANCELED

        async def settled(tx: Transaction) -> Answer:
            if asked.kind == "delete":
                await orders.delete(tx, self._us, order)
            else:
                await orders.change(tx, self._us, order, {"status": status})
            return _ok({})

        return await self._within(settled)

    async def read(self, shelf: Shelf) -> Answer:
        try:
            async with self._hub.read(self._us.tenant) as tx:
                record = await products.by_id(tx, self._us, UUID(shelf.product))
        except HubError as error:
            return _failed(error)
        variants = (record.value.default, *record.value.variants)
        found = next(variant for variant in variants if variant.sku == shelf.sku)
        return _ok({shelf.name: _level(found, shelf.code)})

    async def _within(self, work: Any) -> Answer:
        """In a transaction, tried again when it met another."""
        for _ in range(_TRIES):
            try:
                async with self._hub.change(self._us.tenant) as tx:
                    answer: Answer = await work(tx)
            except TryAgain:
                continue
            except InsufficientStock as short:
                return _refused({short.sku: Seen(free=int(short.available))})
            except NotFound:
                return _refused({})
            except HubError as error:
                return _failed(error)
            return answer
        return UNKNOWN


def _level(variant: products.Variant, code: str) -> Seen:
    level = next(level for level in variant.levels if level.code == code)
    return Seen(on_hand=int(level.on_hand), reserved=int(level.reserved))


def _ok(seen: dict[str, Seen]) -> Answer:
    return Answer(outcome=Outcome.OK, seen=seen)


def _refused(seen: dict[str, Seen]) -> Answer:
    return Answer(outcome=Outcome.REFUSED, seen=seen)


def _failed(error: HubError) -> Answer:
    if isinstance(error, Unavailable):
        return UNKNOWN
    return Answer(outcome=Outcome.WRONG, words=f"{type(error).__name__}: {error}")


class Wire:
    """One dialect of the hub, as a client of the vendor sees it."""

    def __init__(self, port: int, base: str, headers: Mapping[str, str]) -> None:
        self._port = port
        self._base = base
        self._headers = {"Content-Type": "application/json", **headers}

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body; 0 when no answer came."""
        return await asyncio.to_thread(self._call, method, self._base + path, body)

    def _call(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        # A connection for each request: all API processes get some, and one that was killed takes no other along.
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), self._headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return 0, None
        except ValueError:
            return -1, "the answer is not JSON"
        finally:
            connection.close()


def _outcome(status: int, body: Any, *, may_refuse: bool) -> Answer | None:
    """The answer to what did not succeed."""
    if status in (200, 201):
        return None
    if status in (0, 503):
        return UNKNOWN
    if may_refuse and status in (400, 404, 409, 422):
        return _refused({})
    return Answer(outcome=Outcome.WRONG, words=f"answered {status}: {json.dumps(body)[:500]}")


class Pluggto:
    name = "pluggto"

    def __init__(self, port: int, token: str) -> None:
        self._wire = Wire(port, "/pluggto", {"Authorization": f"Bearer {token}"})

    async def change(self, asked: Asked, shelf: Shelf, quantity: int) -> Answer:
        action = {Verb.INCREASE: "increase", Verb.DECREASE: "decrease", Verb.SET: "update"}[asked.verb]
        body = {"action": action, "quantity": quantity}
        status, answer = await self._wire.call("PUT", f"/skus/{shelf.sku}/stock", body)
        failure = _outcome(status, answer, may_refuse=False)
        return failure or Answer(outcome=Outcome.OK, seen=self._seen(answer, shelf), is_later=True)

    async def place(self, asked: Asked, lines: list[tuple[str, int, str | None]]) -> Answer:
        items = [{"sku": sku, "quantity": quantity, "price": 10} for sku, quantity, _ in lines]
        body = {"channel": CHANNEL, "original_id": asked.order, "auto_reserve": True, "items": items}
        status, answer = await self._wire.call("POST", "/orders", body)
        failure = _outcome(status, answer, may_refuse=False)
        return failure or Answer(outcome=Outcome.OK, made=ids.from_hex24(answer["Order"]["id"]).hex)

    async def settle(self, asked: Asked, order: UUID) -> Answer:
        body = {"status": "shipped" if asked.verb is Verb.SHIP else "canceled"}
        status, answer = await self._wire.call("PUT", f"/orders/{ids.hex24(order)}", body)
        return _outcome(status, answer, may_refuse=True) or _ok({})

    async def read(self, shelf: Shelf) -> Answer:
        status, answer = await self._wire.call("GET", f"/skus/{shelf.sku}")
        return _outcome(status, answer, may_refuse=False) or _ok(self._seen(answer, shelf))

    def _seen(self, answer: Any, shelf: Shelf) -> dict[str, Seen]:
        return {shelf.name: Seen(on_hand=int(answer["Product"]["quantity"]))}


class Plugboard:
    name = "plugboard"

    def __init__(self, port: int, tenant: str, connection: str, username: str, password: str) -> None:
        pair = b64encode(f"{username}:{password}".encode()).decode()
        headers = {"X-Tenant": tenant, "X-ConnectionId": connection, "Authorization": f"Basic {pair}"}
        self._wire = Wire(port, "/plugboard/api", headers)

    async def change(self, asked: Asked, shelf: Shelf, quantity: int) -> Answer:
        status, answer = await self._wire.call("PUT", f"/product/{shelf.variant}", {"stock": str(quantity)})
        return _outcome(status, answer, may_refuse=False) or _ok(self._seen(answer, shelf))

    async def place(self, asked: Asked, lines: list[tuple[str, int, str | None]]) -> Answer:
        raise NotImplementedError("orders of this wire hold no stock")

    async def settle(self, asked: Asked, order: UUID) -> Answer:
        body = {"orderStatus": "completed" if asked.verb is Verb.SHIP else "cancelled"}
        status, answer = await self._wire.call("PUT", f"/order/{order.hex}", body)
        return _outcome(status, answer, may_refuse=True) or _ok({})

    async def read(self, shelf: Shelf) -> Answer:
        status, answer = await self._wire.call("GET", f"/product/{shelf.variant}")
        return _outcome(status, answer, may_refuse=False) or _ok(self._seen(answer, shelf))

    def _seen(self, answer: Any, shelf: Shelf) -> dict[str, Seen]:
        return {shelf.name: Seen(free=int(Decimal(answer["stock"])))}
