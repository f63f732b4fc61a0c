"""Everything that changes stock, at once, on few levels: no change is lost and no history is made up."""

import asyncio
import random
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest

from plughub.core import events, ids, products, stock
from plughub.core.errors import InsufficientStock, TryAgain
from plughub.core.stock import Verb
from tests import make
from tests.core.stock.ledger import levels, wanted

#: Two levels under one product's lock, and one under another's.
SKUS = ["A", "B", "C"]


@pytest.fixture
async def busy(shop: make.Shop) -> make.Shop:
    await make.product(shop, "AB", variants={"A": 20, "B": 20})
    await make.product(shop, "C", quantity=20)
    return shop


class Clerk:
    """One of many who work on the same shelves. What meets another in a deadlock tries again, as the web does."""

    def __init__(self, shop: make.Shop, seed: int) -> None:
        self.shop = shop
        self.chance = random.Random(seed)
        #: What its increases and decreases and its shipped orders came to, per SKU.
        self.moved: dict[str, Decimal] = defaultdict(Decimal)

    async def work(self, *, turns: int, verbs: list[Verb]) -> None:
        for _ in range(turns):
            step = self.chance.choice([self._order, *(lambda verb=verb: self._change(verb) for verb in verbs)])
            for _ in range(6):
                try:
                    await step()
                except TryAgain:
                    continue
                except InsufficientStock:
                    pass
                break
            else:
                raise AssertionError("six deadlocks in a row")

    async def _change(self, verb: Verb) -> None:
        sku, quantity = self.chance.choice(SKUS), Decimal(self.chance.randint(1, 9))
        async with self.shop.hub.step(self.shop.tenant.id) as tx:
            await stock.change(tx, self.shop.caller, sku, verb, quantity)
        self.moved[sku] += {Verb.INCREASE: quantity, Verb.DECREASE: -quantity, Verb.SET: 0}[verb]

    async def _order(self) -> None:
        order, guarded, leaves = ids.new(), self.chance.random() < 0.5, self.chance.random() < 0.5
        lines = [(ids.new(), sku, self.chance.randint(1, 3)) for sku in self.chance.sample(SKUS, 2)]
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            await stock.hold(tx, self.shop.caller, order, await wanted(tx, self.shop, lines), guarded=guarded)
        for _ in range(6):
            try:
                async with self.shop.hub.change(self.shop.tenant.id) as tx:
                    await (stock.consume if leaves else stock.release)(tx, self.shop.caller, order)
            except TryAgain:
                continue
            break
        for _, sku, quantity in lines if leaves else ():
            self.moved[sku] -= quantity


@pytest.mark.parametrize("verbs", [[Verb.INCREASE, Verb.DECREASE], list(Verb)], ids=["relative", "all"])
async def test_all_at_once_loses_nothing_and_makes_up_no_history(busy: make.Shop, verbs: list[Verb]):
    clerks = [Clerk(busy, seed) for seed in range(8)]

    await asyncio.gather(*(clerk.work(turns=15, verbs=verbs) for clerk in clerks))

    rows = {sku: row for (sku, _), row in (await levels(busy)).items()}
    for sku in SKUS:
        assert rows[sku].on_hand == rows[sku].moved
        assert rows[sku].reserved == rows[sku].held == 0
        if Verb.SET not in verbs:
            assert rows[sku].on_hand == 20 + sum(clerk.moved[sku] for clerk in clerks)
    for sku in ("AB", "C"):
        await _history_is_unbroken(busy, sku, {sku: row.on_hand for sku, row in rows.items()})


async def _history_is_unbroken(shop: make.Shop, sku: str, on_hand: dict[str, Decimal]) -> None:
    """Each event goes on where the one before it ended, in the order of versions and of time."""
    async with shop.hub.read(shop.tenant.id) as tx:
        record = await products.by_sku(tx, shop.caller, sku)
        told = await events.history(tx, shop.tenant.id, "product", record.id)
        for variant in (*record.value.variants, record.value.default):
            moved = await stock.movements(tx, shop.tenant.id, variant.id)
            assert [m.on_hand - m.delta for m in moved[1:]] == [m.on_hand for m in moved[:-1]]
    assert [event.version for event in told] == list(range(1, record.version + 1))
    assert all(one.occurred_at <= other.occurred_at for one, other in pairwise(told))
    chains: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for event in told[1:]:
        for change in event.changes:
            chains[change.field].append((change.before, change.after))
    for field, chain in chains.items():
        assert [before for before, _ in chain[1:]] == [after for _, after in chain[:-1]], field
        of = field.split("[")[1].split("]")[0] if field.startswith("variants[") else sku
        assert chain[-1][1] == (on_hand[of] if field.endswith("on_hand") else 0), field
