"""Orders under any sequence of what both dialects can do to them, against a model of what must come of it."""

import asyncio
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule

from plughub.core import events, orders, patch
from plughub.core.errors import NotFound
from plughub.core.hub import Hub
from plughub.core.orders import Order, OrderStatus
from plughub.core.record import Record
from plughub.core.values import to_json
from plughub.dialects.pluggto import ids
from tests import make
from tests.core.stock import ledger
from tests.dialects.plugboard import conftest as plugboard
from tests.dialects.pluggto import conftest as pluggto
from tests.fuzz import machines
from tests.fuzz.machines import Wait

#: Rows from the seed's table: which words an order may not go back behind. One rank a line, lowest first.
RANKS = [
    ["pending"], ["partial_payment"], ["approved"], ["waiting_invoice", "invoice_error"], ["partial_invoiced"],
    ["invoiced"], ["shipping_informed", "shipping_error"], ["partial_shipped"], ["shipped"], ["partial_delivered"],
    ["delivered"],
]  # fmt: skip
RANK = {name: at for at, names in enumerate(RANKS) for name in names}
WORDS = [*RANK, "under_review", "canceled"]
#: Most orders begin open, and those that hold stock give it back or away.
BEGINNINGS = ["pending"] * 8 + ["approved"] * 4 + WORDS
ENDINGS = ["shipped", "delivered", "canceled"] * 4 + WORDS
#: The six words of the other wire, and what each makes of the order here.
BOARD_WORDS = {
    "new": "pending", "pending-payment": "pending", "processing": "approved", "on-hold": "under_review",
    "completed": "shipped", "cancelled": "canceled",
}  # fmt: skip
SKUS = ["A", "B", "C"]
SHELF = 1000

amounts = st.decimals(0, 500, places=2)
rows = st.lists(st.tuples(st.sampled_from([*SKUS, "NONE"]), st.integers(1, 5), amounts), min_size=1, max_size=3)


def may_move(at: str, held_from: str | None, to: str) -> bool:
    """Plugg.to's table in words of its own."""
    if at == "canceled":
        return False
    if to == "canceled":
        return True
    if to == "under_review":
        return at != "under_review" and RANK[at] <= RANK["invoiced"]
    if at == "under_review":
        return to in ("approved", held_from) or RANK[to] > RANK[held_from or "pending"]
    return RANK[to] >= RANK[at]


@dataclass
class Model:
    id: UUID
    status: str
    #: (SKU, quantity, price) of each line.
    lines: list[tuple[str, int, Decimal]]
    #: SKU -> quantity that this order holds in stock, and what became of it.
    holds: dict[str, int] = field(default_factory=dict)
    outcome: str = "held"
    held_from: str | None = None
    total: Decimal | None = None
    #: Percent on every line, where the wire tells it.
    rate: int = 0

    def move(self, to: str) -> None:
        if to == self.status:
            return
        self.held_from = self.status if to == "under_review" else None
        self.status = to
        if self.outcome == "held":
            self.outcome = {"shipped": "consumed", "delivered": "consumed", "canceled": "released"}.get(to, "held")

    @property
    def net(self) -> Decimal:
        return sum((price * quantity for _, quantity, price in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        def of_line(quantity: int, price: Decimal) -> Decimal:
            per_unit = (price * self.rate / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            return (per_unit * quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)

        return sum((of_line(quantity, price) for _, quantity, price in self.lines), Decimal(0))


class Orders(RuleBasedStateMachine):
    placed = Bundle("placed")

    def __init__(self, wait: Wait[Any], shop: make.Shop, theirs: pluggto.Client, board: plugboard.Client) -> None:
        super().__init__()
        self.wait, self.shop, self.theirs, self.board = wait, shop, theirs, board
        self.all: list[Model] = []
        #: What the ledger said before this sequence.
        self.began = wait(ledger.levels(shop))

    # --- what is done ---------------------------------------------------------------------------------------

    @rule(target=placed, lines=rows, status=st.sampled_from(BEGINNINGS), reserves=st.booleans())
    def place_by_pluggto(self, lines: list[tuple[str, int, Decimal]], status: str, reserves: bool) -> Model:
        items = [{"sku": sku, "quantity": quantity, "price": str(price)} for sku, quantity, price in lines]
        body = {"items": items, "status": status, "auto_reserve": reserves, "currency": "SEK"}
        answer = self.wait(self.theirs.post("/orders", body))
        assert answer.status == 201, answer.text
        model = Model(ids.read(answer.json["Order"]["id"]), status, lines)
        model.held_from = "pending" if status == "under_review" else None
        model.total = model.net
        if reserves and status not in ("shipped", "delivered", "canceled"):
            for sku, quantity, _ in lines:
                if sku in SKUS:
                    model.holds[sku] = model.holds.get(sku, 0) + quantity
        return self._new(model)

    @rule(target=placed, lines=rows, word=st.sampled_from(sorted(BOARD_WORDS)), rate=st.sampled_from([0, 6, 25]))
    def place_by_plugboard(self, lines: list[tuple[str, int, Decimal]], word: str, rate: int) -> Model:
        body = {"currency": "SEK", "orderStatus": word, "orderRows": [self._row(*line, rate) for line in lines]}
        answer = self.wait(self.board.post("/order", body))
        assert answer.status == 201, answer.text
        model = Model(UUID(answer.json["localId"]), BOARD_WORDS[word], lines, rate=rate)
        model.held_from = "pending" if word == "on-hold" else None
        model.total = model.net + model.tax
        return self._new(model)

    @rule(model=placed, to=st.sampled_from(ENDINGS))
    def move_by_pluggto(self, model: Model, to: str) -> None:
        before = self._stored(model)
        answer = self.wait(self.theirs.put(f"/orders/{ids.spell(model.id)}", {"status": to}))

        if to == model.status:
            assert (answer.status, answer.json["type"]) == (400, "not_updated"), answer.text
        elif may_move(model.status, model.held_from, to):
            assert answer.status == 200, (model.status, to, answer.text)
            model.move(to)
        else:
            assert (answer.status, answer.json["type"]) == (400, "invalid_status"), (model.status, to, answer.text)
        self._told(model, before)

    @rule(model=placed)
    def deliver(self, model: Model) -> None:
        """Straight away, without having been sent."""
        self.move_by_pluggto(model, "delivered")

    @rule(model=placed, word=st.sampled_from(sorted(BOARD_WORDS)))
    def move_by_plugboard(self, model: Model, word: str) -> None:
        before = self._stored(model)
        shown = self.wait(self.board.get(f"/order/{model.id.hex}")).json["orderStatus"]
        answer = self.wait(self.board.put(f"/order/{model.id.hex}", {"orderStatus": word}))

        assert answer.status == 200, answer.text
        assert answer.json["orderStatus"] == word
        # The word that is shown already stands for several states here, and says nothing new.
        if word != shown:
            model.move(BOARD_WORDS[word])
        self._told(model, before)

    @rule(model=placed, lines=rows, rate=st.sampled_from([0, 6, 25]))
    def change_rows_by_plugboard(self, model: Model, lines: list[tuple[str, int, Decimal]], rate: int) -> None:
        before = self._stored(model)
        body = {"orderRows": [self._row(*line, rate) for line in lines]}
        answer = self.wait(self.board.put(f"/order/{model.id.hex}", body))

        assert answer.status == 200, answer.text
        model.lines, model.rate = lines, rate
        model.total = model.net + model.tax
        self._told(model, before)

    @rule(model=placed, paid=amounts, carrier=st.sampled_from(["", "Correios", "DHL"]))
    def pay_and_send(self, model: Model, paid: Decimal, carrier: str) -> None:
        """What is told of money and parcels moves no status by itself."""
        before = self._stored(model)
        body = {"payments": [{"payment_type": "credit", "payment_total": str(paid)}], "total_paid": str(paid)}
        if carrier:
            body["shipments"] = [{"shipping_company": carrier, "track_code": "T1"}]
        answer = self.wait(self.theirs.put(f"/orders/{ids.spell(model.id)}", body))

        assert answer.status in (200, 400), answer.text
        assert self._stored(model).value.paid == paid
        self._told(model, before)

    @rule(model=placed)
    def do_nothing(self, model: Model) -> None:
        before = self._stored(model)
        shown = self.wait(self.board.get(f"/order/{model.id.hex}")).json
        again = self.wait(self.board.put(f"/order/{model.id.hex}", shown))

        assert again.status == 200, again.text
        assert self._stored(model) == before
        self._told(model, before)

    @rule(model=consumes(placed))
    def delete(self, model: Model) -> None:
        answer = self.wait(self.board.delete(f"/order/{model.id.hex}"))

        assert (answer.status, answer.json["deleted"]) == (200, True), answer.text
        assert self.wait(self.theirs.get(f"/orders/{ids.spell(model.id)}")).status == 404
        if model.outcome == "held":
            model.outcome = "released"
        told = self._history(model)
        assert (told[-1].action, told[-1].version) == ("deleted", len(told))
        self._check_stock()

    # --- what must hold -------------------------------------------------------------------------------------

    def _new(self, model: Model) -> Model:
        self.all.append(model)
        [told] = self._history(model)
        assert (told.action, told.version) == ("created", 1)
        self._check(model)
        return model

    def _told(self, model: Model, before: Record[Order]) -> None:
        """One event for one change, with every field that became another; none where nothing changed."""
        after = self._stored(model)
        expected = patch.diff(before.value, after.value)
        told = self._history(model)[before.version :]
        assert [event.version for event in told] == list(range(before.version + 1, after.version + 1))
        assert len(told) == (1 if expected else 0)
        said = [list(change) for event in told for change in event.changes]
        # Through JSON, as history keeps it; amounts exactly.
        assert said == msgspec.json.Decoder(float_hook=Decimal).decode(to_json(expected))
        if not expected:
            assert after == before
        self._check(model)

    def _check(self, model: Model) -> None:
        order = self._stored(model).value
        assert order.status == OrderStatus(CORE[model.status])
        assert order.held_from == (None if model.held_from is None else CORE[model.held_from])
        assert [(line.sku, line.quantity, line.price) for line in order.lines] == model.lines
        assert order.total == model.total
        assert orders.recomputed_total(order) == model.net + model.tax
        moves = [entry.status for entry in order.status_history]
        assert moves[-1] == order.status
        assert all(one != other for one, other in pairwise(moves))
        self._check_stock()

    def _check_stock(self) -> None:
        found = self.wait(ledger.levels(self.shop))
        for sku in SKUS:
            row, began = found[sku, "$main"], self.began[sku, "$main"]
            held = sum(model.holds.get(sku, 0) for model in self.all if model.outcome == "held")
            gone = sum(model.holds.get(sku, 0) for model in self.all if model.outcome == "consumed")
            assert row.reserved == row.held == began.held + held, sku
            assert row.on_hand == row.moved == began.on_hand - gone, sku

    def _stored(self, model: Model) -> Record[Order]:
        async def read() -> Record[Order]:
            async with self.shop.hub.read(self.shop.tenant.id) as tx:
                return await orders.by_id(tx, self.shop.caller, model.id)

        try:
            record: Record[Order] = self.wait(read())
        except NotFound:
            raise AssertionError(f"{model} is gone") from None
        return record

    def _history(self, model: Model) -> list[events.Event]:
        async def read() -> list[events.Event]:
            async with self.shop.hub.read(self.shop.tenant.id) as tx:
                return await events.history(tx, self.shop.tenant.id, "order", model.id)

        told: list[events.Event] = self.wait(read())
        return told

    def _row(self, sku: str, quantity: int, price: Decimal, rate: int) -> dict[str, Any]:
        row: dict[str, Any] = {
            "sku": sku,
            "qty": str(quantity),
            "pricePerUnitExclVat": {"currency": "SEK", "amount": str(price)},
        }
        return row | ({"vatRatePercent": str(rate)} if rate else {})


CORE = {
    "pending": "pending", "partial_payment": "partly_paid", "approved": "paid", "waiting_invoice": "awaiting_invoice",
    "invoice_error": "invoice_failed", "partial_invoiced": "partly_invoiced", "invoiced": "invoiced",
    "shipping_informed": "dispatched", "shipping_error": "dispatch_failed", "partial_shipped": "partly_shipped",
    "shipped": "shipped", "partial_delivered": "partly_delivered", "delivered": "delivered",
    "under_review": "on_hold", "canceled": "canceled",
}  # fmt: skip


async def play(hub: Hub, http: aiohttp.ClientSession, address: str, *, examples: int, steps: int) -> None:
    shop = await make.shop(hub, language="sv", currency="SEK", country="SE")
    theirs = await pluggto.client_of(http, address, shop)
    board = await plugboard.client_of(http, address, shop)
    for sku in SKUS:
        await make.product(shop, sku, quantity=SHELF)
    await machines.run(lambda wait: Orders(wait, shop, theirs, board), machines.profile(examples, steps))


async def test_orders_are_what_was_done_to_them(hub: Hub, http: aiohttp.ClientSession, address: str):
    await play(hub, http, address, examples=30, steps=12)


async def test_every_ending_gives_stock_back_or_away(hub: Hub, http: aiohttp.ClientSession, address: str):
    """From each word to each end: no matter what a run of the machine happens to choose."""
    shop = await make.shop(hub, language="sv", currency="SEK", country="SE")
    theirs = await pluggto.client_of(http, address, shop)
    board = await plugboard.client_of(http, address, shop)
    for sku in SKUS:
        await make.product(shop, sku, quantity=SHELF)
    loop = asyncio.get_running_loop()

    def end_all() -> None:
        machine = Orders(lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(60), shop, theirs, board)
        for begun in ("pending", "under_review"):
            for end in ("shipped", "delivered", "canceled"):
                model = machine.place_by_pluggto([("A", 2, Decimal(5))], begun, True)
                machine.move_by_pluggto(model, end)

    await asyncio.to_thread(end_all)
