"""A client process: several clerks who change the stock of the current batch at random and write everything down."""

import asyncio
import sys
from collections import Counter, deque
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
from msgspec import Struct

from plughub import app, config
from plughub.cli.prove.journal import Answered, Asked, Journal, Outcome, Reader, now
from plughub.cli.prove.model import Seen, Verb
from plughub.cli.prove.shelves import Batch, Rule, Shelf
from plughub.cli.prove.ways import Core, Plugboard, Pluggto, Way
from plughub.core import caller, ids
from plughub.core.hub import Hub

#: Clerks in one process.
ABREAST = 4
#: Steps of one level's history, over all clients.
MOST = 200
#: Orders that may be shipped or canceled next.
_OPEN_ORDERS = 40

#: (way, kind, verb, floor) of the changes that a SKU may meet. A wire without a guard may not lower what has one.
_CHANGES: dict[Rule, list[tuple[str, str, Verb, int | None]]] = {
    Rule.STRICT: [("core", "increase", Verb.INCREASE, 0), ("pluggto", "increase", Verb.INCREASE, None)],
    Rule.GUARDED: [
        ("core", "increase", Verb.INCREASE, 0),
        ("core", "decrease", Verb.DECREASE, 0),
        ("core", "set", Verb.SET, 0),
    ],
    Rule.OPEN: [
        ("core", "increase", Verb.INCREASE, None),
        ("core", "decrease", Verb.DECREASE, None),
        ("core", "set", Verb.SET, None),
        ("core", "import", Verb.SET, None),
        ("pluggto", "increase", Verb.INCREASE, None),
        ("pluggto", "decrease", Verb.DECREASE, None),
        ("pluggto", "set", Verb.SET, None),
        ("plugboard", "set", Verb.SET_FREE, None),
    ],
}
#: (way, what must stay free) of orders. Orders of Plugboard hold no stock, those of Plugg.to are not guarded.
_RESERVES: dict[Rule, list[tuple[str, int | None]]] = {
    Rule.STRICT: [("core", 0)],
    Rule.GUARDED: [("core", 0)],
    Rule.OPEN: [("core", None), ("pluggto", None)],
}
#: (way, kind, verb) of what becomes of orders, wherever they came from.
_SETTLES = [
    ("core", "ship", Verb.SHIP),
    ("core", "cancel", Verb.RELEASE),
    ("core", "delete", Verb.RELEASE),
    ("pluggto", "ship", Verb.SHIP),
    ("pluggto", "cancel", Verb.RELEASE),
    ("plugboard", "ship", Verb.SHIP),
    ("plugboard", "cancel", Verb.RELEASE),
]
#: The wires' one number is asked where a product has one level, the main location's.
_READS = {
    Rule.STRICT: ["core", "core", "pluggto", "plugboard"],
    Rule.GUARDED: ["core"],
    Rule.OPEN: ["core", "core", "pluggto", "plugboard"],
}


class Account(Struct, frozen=True, kw_only=True):
    """How a client reaches one tenant."""

    code: str
    tenant: UUID
    language: str
    currency: str
    #: Of Plugg.to.
    token: str
    #: Of Plugboard.
    connection: str
    username: str
    password: str


class Task(Struct, frozen=True, kw_only=True):
    """The first line a client reads; each further line is a batch, and their end is its own."""

    name: str
    seed: int
    port: int
    journal: str
    #: Journals of the others.
    others: list[str]
    accounts: list[Account]
    clients: int


class Order(Struct, frozen=True):
    tenant: str
    number: str
    id: UUID
    cells: dict[str, int]


def run() -> int:
    """The whole life of a client process."""
    asyncio.run(_run())
    return 0


async def _run() -> None:
    loop = asyncio.get_running_loop()
    task = msgspec.json.decode(await loop.run_in_executor(None, sys.stdin.buffer.readline), type=Task)
    hub = app.open_hub(config.read())
    office = Office(task, hub)
    clerks = [asyncio.create_task(office.clerk()) for _ in range(ABREAST)]
    try:
        while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
            office.batch = msgspec.json.decode(line, type=Batch)
        office.is_open = False
        await asyncio.gather(*clerks)
    finally:
        await hub.close()


class Office:
    def __init__(self, task: Task, hub: Hub) -> None:
        self.batch: Batch | None = None
        self.is_open = True
        self._name = task.name
        self._chance = Random(task.seed)  # noqa: S311 - what to ask next
        self._journal = Journal(Path(task.journal))
        self._others = [Reader(Path(path)) for path in task.others]
        #: What others have asked for and were not seen to be answered.
        self._heard: dict[str, Asked] = {}
        self._most = MOST // task.clients
        self._steps: Counter[str] = Counter()
        self._number = 0
        #: The last answer left open what happened.
        self._is_in_trouble = False
        self._orders: deque[Order] = deque(maxlen=_OPEN_ORDERS)
        self._ways: dict[str, dict[str, Way]] = {}
        for each in task.accounts:
            us = caller.system(ids.TenantId(each.tenant), language=each.language, currency=each.currency)
            ways: tuple[Way, ...] = (
                Core(hub, us),
                Pluggto(task.port, each.token),
                Plugboard(task.port, each.code, each.connection, each.username, each.password),
            )
            self._ways[each.code] = {way.name: way for way in ways}

    async def clerk(self) -> None:
        while self.is_open:
            if self.batch is None or not await self._step(self.batch):
                await asyncio.sleep(0.01)
            if self._is_in_trouble:
                # As a client does that is told to come again: else a dead database would fill the histories.
                self._is_in_trouble = False
                await asyncio.sleep(0.2)

    async def _step(self, batch: Batch) -> bool:
        """One request at random; False when the level it fell upon has had enough."""
        tenant = self._chance.choice(list(self._ways))
        shelf = self._chance.choice(batch.shelves[tenant])
        step = self._chance.choices((self._change, self._place, self._settle, self._read), weights=(3, 3, 4, 3))[0]
        return await step(batch, tenant, shelf)

    async def _change(self, batch: Batch, tenant: str, shelf: Shelf) -> bool:
        name, kind, verb, floor = self._chance.choice(_CHANGES[shelf.rule])
        is_relative = verb in (Verb.INCREASE, Verb.DECREASE)
        quantity = self._chance.randint(1, 4) if is_relative else self._chance.randint(0, 12)
        return await self._restock(self._ways[tenant][name], kind, verb, tenant, shelf, quantity, floor)

    async def _restock(
        self, way: Way, kind: str, verb: Verb, tenant: str, shelf: Shelf, quantity: int, floor: int | None
    ) -> bool:
        asked = self._asked(way, kind, verb, {f"{tenant}/{shelf.name}": quantity}, floor=floor)
        if asked is None:
            return False
        answer = await way.change(asked, shelf, quantity)
        self._answered(tenant, asked, answer.outcome, answer.seen, is_later=answer.is_later, words=answer.words)
        return True

    async def _place(self, batch: Batch, tenant: str, shelf: Shelf) -> bool:
        lines, cells = self._lines(batch, tenant, shelf)
        name, floor = self._chance.choice(_RESERVES[shelf.rule])
        way = self._ways[tenant][name]
        self._number += 1
        number = f"{self._name}-{self._number}"
        asked = self._asked(way, "reserve", Verb.RESERVE, cells, floor=floor, order=number)
        if asked is None:
            return False
        answer = await way.place(asked, lines)
        # The core names the variant that was short.
        names = {each.variant: each.name for each in batch.shelves[tenant]}
        seen = {names[UUID(variant).hex]: what for variant, what in answer.seen.items()}
        self._answered(tenant, asked, answer.outcome, seen, made=answer.made, words=answer.words)
        if answer.made:
            self._orders.append(Order(tenant, number, UUID(answer.made), cells))
        return True

    def _lines(
        self, batch: Batch, tenant: str, shelf: Shelf
    ) -> tuple[list[tuple[str, int, str | None]], dict[str, int]]:
        """(SKU, quantity, location) of one or two lines of the same rule, kits among them, and what they take."""
        alike = {each.sku: each for each in batch.shelves[tenant] if each.rule is shelf.rule}
        kits = batch.kits[tenant] if shelf.rule is Rule.STRICT else {}
        skus = self._chance.sample([*alike, *kits], self._chance.choice([1, 2]))
        lines: list[tuple[str, int, str | None]] = []
        cells: Counter[str] = Counter()
        for sku in skus:
            quantity = self._chance.randint(1, 3)
            elsewhere = sku in alike and alike[sku].code != "$main"
            lines.append((sku, quantity, alike[sku].code if elsewhere else None))
            for part, count in kits.get(sku, {sku: 1}).items():
                cells[f"{tenant}/{alike[part].name}"] += quantity * count
        return lines, dict(cells)

    async def _settle(self, batch: Batch, tenant: str, shelf: Shelf) -> bool:
        order = self._order()
        if order is None:
            return await self._place(batch, tenant, shelf)
        name, kind, verb = self._chance.choice(_SETTLES)
        way = self._ways[order.tenant][name]
        asked = self._asked(way, kind, verb, order.cells, order=order.number)
        if asked is None:
            return False
        answer = await way.settle(asked, order.id)
        self._answered(order.tenant, asked, answer.outcome, answer.seen, words=answer.words)
        if kind == "ship" and answer.outcome is Outcome.OK and self._chance.random() < 0.4:
            await self._return(batch, order)
        return True

    async def _return(self, batch: Batch, order: Order) -> None:
        """What came back goes on the shelf again."""
        cell, quantity = self._chance.choice(list(order.cells.items()))
        for shelf in batch.shelves[order.tenant]:
            if cell == f"{order.tenant}/{shelf.name}":
                floor = None if shelf.rule is Rule.OPEN else 0
                core = self._ways[order.tenant]["core"]
                await self._restock(core, "return", Verb.INCREASE, order.tenant, shelf, quantity, floor)

    def _order(self) -> Order | None:
        """One of the orders that were placed lately, here or by another client; now and then one gets two answers."""
        if self._others and self._chance.random() < 0.2:
            self._learn()
        if not self._orders:
            return None
        order = self._orders[self._chance.randrange(len(self._orders))]
        if self._chance.random() < 0.8:
            self._orders.remove(order)
        return order

    def _learn(self) -> None:
        for line in self._chance.choice(self._others).more():
            if isinstance(line, Asked):
                self._heard[line.id] = line
                continue
            of = self._heard.pop(line.id, None)
            if line.made and of:
                tenant = next(iter(of.cells)).partition("/")[0]
                self._orders.append(Order(tenant, of.order, UUID(line.made), of.cells))

    async def _read(self, batch: Batch, tenant: str, shelf: Shelf) -> bool:
        way = self._ways[tenant][self._chance.choice(_READS[shelf.rule])]
        asked = self._asked(way, "read", Verb.READ, {f"{tenant}/{shelf.name}": 0})
        if asked is None:
            return False
        answer = await way.read(shelf)
        self._answered(tenant, asked, answer.outcome, answer.seen, words=answer.words)
        return True

    def _asked(
        self, way: Way, kind: str, verb: Verb, cells: dict[str, int], *, floor: int | None = None, order: str = ""
    ) -> Asked | None:
        # What a wire shows after a change counts as a step of its own.
        steps = 2 if way.name == "pluggto" and verb in (Verb.SET, Verb.INCREASE, Verb.DECREASE) else 1
        if any(self._steps[cell] + steps > self._most for cell in cells):
            return None
        self._steps.update(dict.fromkeys(cells, steps))
        self._number += 1
        asked = Asked(
            id=f"{self._name}:{self._number}",
            at=now(), way=way.name, kind=kind, verb=verb, cells=cells, floor=floor, order=order,
        )  # fmt: skip
        self._journal.add(asked)
        return asked

    def _answered(
        self,
        tenant: str,
        asked: Asked,
        outcome: Outcome,
        seen: dict[str, Seen],
        *,
        is_later: bool = False,
        made: str = "",
        words: str = "",
    ) -> None:
        self._is_in_trouble = outcome is Outcome.UNKNOWN
        shown = {f"{tenant}/{name}": what for name, what in seen.items()}
        self._journal.add(
            Answered(id=asked.id, at=now(), outcome=outcome, seen=shown, is_later=is_later, made=made, words=words)
        )
