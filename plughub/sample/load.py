"""Loading the sample shop, through the same commands that every client's requests end in."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import TypeVar

from plughub.core import caller, messages, orders, products, shipping, stock
from plughub.core.caller import Caller
from plughub.core.hub import Hub
from plughub.core.orders import Order
from plughub.core.patch import Patch
from plughub.core.products import Product
from plughub.core.record import Record
from plughub.core.stock import Verb
from plughub.core.tenants import Tenant
from plughub.sample import freight
from plughub.sample.catalogue import OVERSOLD, Catalogue
from plughub.sample.journeys import Planned, planned
from plughub.sample.messages import Said, conversations
from plughub.sample.orders import offers
from plughub.sample.people import buyers

Say = Callable[[str], None]
_SEED = 20_160_801
#: Records per transaction: few enough for the statement and idle limits, many enough to save commits.
_BATCH = 20
_T = TypeVar("_T")


async def load(hub: Hub, tenant: Tenant, say: Say | None = None) -> None:
    """The whole shop, with a history that ends now. Two loads differ in ids and dates only."""
    tell = say or (lambda text: None)
    chance = Random(_SEED)  # noqa: S311 - the same shop each time is the point
    us = caller.system(tenant.id, language=tenant.language, currency=tenant.currency)
    made = await _products(hub, us, list(Catalogue(chance, us.language).products()), tell)
    await _stock(hub, us, made)
    await _freight(hub, us)
    offered = [offer for record in made for offer in offers(record, us.language)]
    people = buyers(chance)
    placed = await _orders(hub, us, planned(chance, offered, people, hub.now()), tell)
    await _messages(hub, us, conversations(chance, placed, made, people, hub.now()), tell)


async def _products(hub: Hub, us: Caller, patches: Sequence[Patch], tell: Say) -> list[Record[Product]]:
    made: list[Record[Product]] = []
    for batch in _batches(patches):
        async with hub.change(us.tenant) as tx:
            made += [await products.create(tx, us, patch) for patch in batch]
        tell(f"Sample shop: {len(made)} of {len(patches)} products")
    return made


async def _stock(hub: Hub, us: Caller, made: Sequence[Record[Product]]) -> None:
    """A delivery, a few sales over the counter and one sale too many, so that the ledger has something to tell."""
    simple = [record.value.sku for record in made if not record.value.variants and not record.value.is_kit]
    changes = [(sku, Verb.INCREASE, Decimal(12)) for sku in simple[::7]]
    changes += [(sku, Verb.DECREASE, Decimal(1)) for sku in simple[::14]]
    changes.append((OVERSOLD, Verb.DECREASE, Decimal(2)))
    async with hub.step(us.tenant) as tx:
        for sku, verb, quantity in changes:
            await stock.change(tx, us, sku, verb, quantity, floor=None)


async def _freight(hub: Hub, us: Caller) -> None:
    async with hub.change(us.tenant) as tx:
        await shipping.set_origin(tx, us, freight.ORIGIN)
        await shipping.import_table(tx, us, freight.TABLE, list(freight.rows()), now=hub.now())


async def _orders(hub: Hub, us: Caller, plan: Sequence[Planned], tell: Say) -> list[Record[Order]]:
    done: list[Record[Order]] = []
    for batch in _batches(plan):
        async with hub.change(us.tenant) as tx:
            for one in batch:
                order = await orders.place(tx, us, one.given, at=one.at)
                for step in one.steps:
                    order, _ = await orders.change(tx, us, order.id, step.changes, notes=step.notes, at=step.at)
                done.append(order)
        tell(f"Sample shop: {len(done)} of {len(plan)} orders")
    return done


async def _messages(hub: Hub, us: Caller, talks: Sequence[Said], tell: Say) -> None:
    async with hub.change(us.tenant) as tx:
        for one in talks:
            conversation = await messages.create(tx, us, one.given, at=one.at)
            for at, changes in one.later:
                await messages.change(tx, us, conversation.id, changes, at=at)
    tell(f"Sample shop: {len(talks)} conversations")


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[at : at + _BATCH] for at in range(0, len(items), _BATCH))
