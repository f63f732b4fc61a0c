"""Whatever two tenants do with orders and stock, in whatever order: plain numbers say what comes of it."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plughub.core import ids, orders, patch, products, stock
from plughub.core.errors import InsufficientStock, NotFound, Refused
from plughub.core.hub import Hub
from plughub.core.orders import OrderStatus
from plughub.core.stock import Verb
from tests import make
from tests.core.stock.ledger import levels

SKUS = ["A", "B"]
#: What one kit takes.
KIT = {"A": 1, "B": 2}
FIRST = 6
#: Of one unit; three of them are no number that a float has.
PRICE = Decimal("0.1")

few = st.integers(1, 3)
tenants, numbers = st.sampled_from([0, 1]), st.sampled_from([0, 1])
needs = st.lists(st.tuples(st.sampled_from([*SKUS, "KIT"]), few), min_size=1, max_size=3)
placed = st.tuples(st.just("place"), tenants, numbers, needs, st.booleans())
steps = st.one_of(
    st.tuples(st.just("change"), tenants, st.sampled_from(SKUS), st.sampled_from(Verb), st.integers(0, 6)),
    st.tuples(st.just("bring"), tenants, st.sampled_from(SKUS), st.integers(0, 6)),
    placed,
    *(st.tuples(st.just(name), tenants, numbers) for name in ("ship", "cancel", "delete", "unreserve", "take_back")),
)
#: Most orders are placed early, so that what becomes of them has something to do.
courses = st.builds(list.__add__, st.lists(placed, min_size=2, max_size=5), st.lists(steps, min_size=3, max_size=10))


@dataclass
class Books:
    """One tenant's shop in plain numbers. Each deed says whether it is granted."""

    on_hand: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(SKUS, FIRST)))
    held: dict[int, Counter[str]] = field(default_factory=dict)
    status: dict[int, OrderStatus] = field(default_factory=dict)
    #: What the goods of an order were that left and did not come back.
    out: dict[int, Counter[str]] = field(default_factory=dict)

    def reserved(self, sku: str) -> int:
        return sum(need[sku] for need in self.held.values())

    def change(self, sku: str, verb: Verb, quantity: int) -> bool:
        now = self.on_hand[sku]
        after = {Verb.INCREASE: now + quantity, Verb.DECREASE: now - quantity, Verb.SET: quantity}[verb]
        if after < 0 and after != now:
            return False
        self.on_hand[sku] = after
        return True

    def bring(self, sku: str, quantity: int) -> bool:
        self.on_hand[sku] = quantity
        return True

    def place(self, number: int, lines: list[tuple[str, int]], guarded: bool) -> bool:
        if number in self.status:
            return False
        need: Counter[str] = Counter()
        for sku, quantity in lines:
            for part, count in (KIT if sku == "KIT" else {sku: 1}).items():
                need[part] += count * quantity
        if guarded and any(self.on_hand[sku] - self.reserved(sku) < count for sku, count in need.items()):
            return False
        self.held[number], self.status[number] = need, OrderStatus.PENDING
        return True

    def ship(self, number: int) -> bool:
        if number not in self.status:
            return False
        self.status[number] = OrderStatus.SHIPPED
        goods = self.held.pop(number, None)
        if goods:
            self.on_hand.subtract(goods)
            self.out[number] = goods
        return True

    def cancel(self, number: int) -> bool:
        if number not in self.status:
            return False
        self.status[number] = OrderStatus.CANCELED
        self.held.pop(number, None)
        return True

    def unreserve(self, number: int) -> bool:
        self.held.pop(number, None)
        return number in self.status

    def delete(self, number: int) -> bool:
        self.held.pop(number, None)
        return self.status.pop(number, None) is not None


class Shop:
    """The real one, by the same names."""

    def __init__(self, shop: make.Shop) -> None:
        self.shop = shop
        self.orders: dict[int, UUID] = {}

    async def change(self, sku: str, verb: Verb, quantity: int) -> None:
        async with self.shop.hub.step(self.shop.tenant.id) as tx:
            await stock.change(tx, self.shop.caller, sku, verb, Decimal(quantity))

    async def bring(self, sku: str, quantity: int) -> None:
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            record = await products.by_sku(tx, self.shop.caller, sku)
            given = {"default": {"levels": make.levels(make.level(quantity))}}
            await products.change(tx, self.shop.caller, record.id, given)

    async def place(self, number: int, lines: list[tuple[str, int]], guarded: bool) -> None:
        rows = [{"sku": sku, "quantity": Decimal(quantity), "price": PRICE} for sku, quantity in lines]
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            given = {"channel": "loja", "channel_number": str(number), "reserves_stock": True}
            record = await orders.place(
                tx, self.shop.caller, {**given, "lines": patch.Merge(rows, keys=("id",))}, guarded=guarded
            )
        self.orders[number] = record.id

    async def ship(self, number: int) -> None:
        await self._patch(number, {"status": OrderStatus.SHIPPED})

    async def cancel(self, number: int) -> None:
        await self._patch(number, {"status": OrderStatus.CANCELED})

    async def unreserve(self, number: int) -> None:
        await self._patch(number, {"reserves_stock": False})

    async def _patch(self, number: int, changes: patch.Patch) -> None:
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            await orders.change(tx, self.shop.caller, self._id(number), changes)

    async def delete(self, number: int) -> None:
        async with self.shop.hub.change(self.shop.tenant.id) as tx:
            await orders.delete(tx, self.shop.caller, self._id(number))
        del self.orders[number]

    def _id(self, number: int) -> UUID:
        return self.orders.get(number) or ids.new()


async def is_as(books: Books, real: Shop) -> None:
    """The tables say what the books say, and agree with each other."""
    shop = real.shop
    rows = {sku: row for (sku, _), row in (await levels(shop)).items() if sku in SKUS}
    assert {sku: (row.on_hand, row.reserved) for sku, row in rows.items()} == {
        sku: (books.on_hand[sku], books.reserved(sku)) for sku in SKUS
    }
    assert all((row.moved, row.held) == (row.on_hand, row.reserved) for row in rows.values())
    async with shop.hub.read(shop.tenant.id) as tx:
        kit = (await products.by_sku(tx, shop.caller, "KIT")).value
        found = await orders.by_ids(tx, shop.caller, list(real.orders.values()))
    free = {sku: books.on_hand[sku] - books.reserved(sku) for sku in SKUS}
    assert products.quantity(kit, kit.default) == min(free[sku] // count for sku, count in KIT.items())
    assert {number: found[id].value.status for number, id in real.orders.items()} == books.status
    for record in found.values():
        assert record.value.total == PRICE * sum(line.quantity for line in record.value.lines)
        moves = [entry.status for entry in record.value.status_history]
        assert moves[0] is OrderStatus.PENDING
        assert moves[-1] is record.value.status
        assert all(one is not other for one, other in pairwise(moves))


async def opened(hub: Hub) -> Shop:
    shop = await make.shop(hub)
    for sku in SKUS:
        await make.product(shop, sku, quantity=FIRST)
    await make.product(shop, "KIT", components=KIT)
    return Shop(shop)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(course=courses)
async def test_any_course_of_two_tenants_leaves_what_plain_numbers_say(hub: Hub, course: list):
    books, shops = [Books(), Books()], [await opened(hub), await opened(hub)]

    for name, tenant, *rest in course:
        if name == "take_back":
            for sku, count in books[tenant].out.pop(rest[0], Counter()).items():
                await _step(books[tenant], shops[tenant], "change", [sku, Verb.INCREASE, count])
        else:
            await _step(books[tenant], shops[tenant], name, rest)

        for each, shop in zip(books, shops, strict=True):
            await is_as(each, shop)


async def _step(books: Books, shop: Shop, name: str, rest: list) -> None:
    is_granted = getattr(books, name)(*rest)
    try:
        await getattr(shop, name)(*rest)
    except Refused:
        assert not is_granted
    else:
        assert is_granted


async def test_one_tenants_order_cannot_be_shipped_by_another(hub: Hub):
    ours, theirs = await opened(hub), await opened(hub)
    await ours.place(1, [("A", 2)], True)

    for deed in (theirs.ship, theirs.cancel, theirs.delete):
        theirs.orders = dict(ours.orders)
        with pytest.raises(NotFound):
            await deed(1)

    theirs.orders = {}
    held = Books()
    held.place(1, [("A", 2)], True)
    await is_as(held, ours)
    await is_as(Books(), theirs)


async def test_kits_and_their_parts_are_promised_from_the_same_shelf(hub: Hub):
    shop = await opened(hub)
    # Two kits take four of B; two more of B are the last.
    await shop.place(1, [("KIT", 2), ("B", 2)], True)

    for lines in ([("B", 1)], [("KIT", 1)]):
        with pytest.raises(InsufficientStock):
            await shop.place(2, lines, True)

    await shop.ship(1)
    rows = {sku: row for (sku, _), row in (await levels(shop.shop)).items()}
    assert [(rows[sku].on_hand, rows[sku].reserved) for sku in SKUS] == [(4, 0), (0, 0)]
