"""Filling a hub, through the commands that every client's requests end in.

Several processes share the work: each takes every n-th batch. Which product has which number follows from its
place, so they need not speak to each other.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from plughub.bench import data
from plughub.bench.model import Goods
from plughub.core import caller, orders, products
from plughub.core.caller import Caller
from plughub.core.errors import TryAgain
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Tenant

#: Records per transaction: few enough for the time that a transaction may take, many enough to save commits. It
#: divides the number of shelves, so that all batches make shelves in one order and none waits for another in a circle.
BATCH = 25
#: Transactions of one process at once, so that it and the database need not wait for each other.
_AT_ONCE = 3
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one process loads: of the records from `first` up to `end` the batches of its turn."""

    kind: str
    first: int
    end: int
    turn: int
    of: int
    #: Products that orders choose from.
    products: int

    def batches(self) -> Iterable[range]:
        starts = range(self.first + self.turn * BATCH, self.end, self.of * BATCH)
        return (range(start, min(start + BATCH, self.end)) for start in starts)


async def load(hub: Hub, tenant: Tenant, share: Share, out: Path, tell: Callable[[int], None]) -> None:
    """Load a share. What was made goes into `out`, a line a product; `tell` gets how many records are done."""
    us = caller.system(tenant.id, language=tenant.language, currency=tenant.currency)
    waiting, done = iter(share.batches()), count(1)
    with out.open("w") as lines:

        async def work() -> None:
            for batch in waiting:
                for goods in await _batch(hub, us, share, batch):
                    lines.write(spell(goods))
                tell(next(done) * BATCH)

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(work())


async def _batch(hub: Hub, us: Caller, share: Share, batch: range) -> list[Goods]:
    for _ in range(_TRIES):
        try:
            async with hub.change(us.tenant) as tx:
                return await _records(hub, tx, us, share, batch)
        except TryAgain:
            continue
    raise TryAgain


async def _records(hub: Hub, tx: Transaction, us: Caller, share: Share, batch: range) -> list[Goods]:
    if share.kind == "orders":
        for at in batch:
            await orders.place(tx, us, data.order(at, share.products, hub.now()))
        return []
    made = []
    for at in batch:
        record = await products.create(tx, us, data.product(at, us.language))
        made.append(Goods(sku=record.value.sku, variants=tuple((one.sku, one.id.hex) for one in record.value.variants)))
    return made


def spell(goods: Goods) -> str:
    return "\t".join([goods.sku, *(word for pair in goods.variants for word in pair)]) + "\n"


def read(files: Sequence[Path]) -> list[Goods]:
    """What was written of the goods, in the order of their numbers."""
    found = []
    for file in files:
        for line in file.read_text().splitlines():
            sku, *rest = line.split("\t")
            found.append(Goods(sku=sku, variants=tuple(zip(rest[::2], rest[1::2], strict=True))))
    return sorted(found, key=lambda goods: goods.sku)
