"""Plugg.to's fifteen order states: every move of the table, what each leaves behind (specification 7)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from plughub.core import events
from plughub.core.errors import IllegalTransition
from plughub.core.hub import Hub
from plughub.core.orders import Order, rules
from plughub.dialects.pluggto import ids, statuses
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of

#: The specification's table, 7.3: Y allowed, . refused, = no move, h as the hold rules say.
TABLE = """
pending            = Y Y Y Y Y Y Y Y Y Y Y Y Y Y
partial_payment    . = Y Y Y Y Y Y Y Y Y Y Y Y Y
approved           . . = Y Y Y Y Y Y Y Y Y Y Y Y
waiting_invoice    . . . = Y Y Y Y Y Y Y Y Y Y Y
invoice_error      . . . Y = Y Y Y Y Y Y Y Y Y Y
partial_invoiced   . . . . . = Y Y Y Y Y Y Y Y Y
invoiced           . . . . . . = Y Y Y Y Y Y Y Y
shipping_informed  . . . . . . . = Y Y Y Y Y . Y
shipping_error     . . . . . . . Y = Y Y Y Y . Y
partial_shipped    . . . . . . . . . = Y Y Y . Y
shipped            . . . . . . . . . . = Y Y . Y
partial_delivered  . . . . . . . . . . . = Y . Y
delivered          . . . . . . . . . . . . = . Y
under_review       h h h h h h h h h h h h h = Y
canceled           . . . . . . . . . . . . . . =
"""
NAMES = [line.split()[0] for line in TABLE.strip().splitlines()]
MARKS = {line.split()[0]: dict(zip(NAMES, line.split()[1:], strict=True)) for line in TABLE.strip().splitlines()}
#: Where an order on hold may go, by what it was before: back, to approved, to any higher rank, or canceled.
FROM_HOLD = {
    "pending": NAMES[:13],
    "partial_payment": NAMES[1:13],
    "approved": NAMES[2:13],
    "waiting_invoice": ["approved", "waiting_invoice", *NAMES[5:13]],
    "invoice_error": ["approved", "invoice_error", *NAMES[5:13]],
    "partial_invoiced": ["approved", *NAMES[5:13]],
    "invoiced": ["approved", *NAMES[6:13]],
}


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One for the whole file: every test makes orders of its own."""
    return await client_of(http, address, await make.shop(hub))


async def placed(client: Client, status: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/orders", {"status": status, **more})
    assert answer.status == 201, answer.text
    order: dict[str, Any] = answer.json["Order"]
    return order


async def moved(client: Client, order: dict[str, Any], status: str, **more: Any) -> Answer:
    return await client.put(f"/orders/{order['id']}", {"status": status, **more})


async def history(client: Client, order: dict[str, Any]) -> list[events.Event]:
    shop = client.shop
    async with shop.hub.read(shop.tenant.id) as tx:
        return await events.history(tx, shop.tenant.id, "order", ids.read(order["id"]))


def core(name: str) -> Any:
    return statuses.TO_CORE[name]


@pytest.mark.parametrize(("at", "to"), [(at, to) for at in NAMES for to in NAMES if at != to and at != "under_review"])
def test_every_move_of_the_table(at: str, to: str):
    assert statuses.may_move(Order(status=core(at)), core(to)) is (MARKS[at][to] == "Y")


@pytest.mark.parametrize("held_from", FROM_HOLD)
def test_a_hold_ends_where_it_began_or_further_on(held_from: str):
    held = Order(status=core("under_review"), held_from=core(held_from))

    allowed = [name for name in NAMES if name != "under_review" and statuses.may_move(held, core(name))]

    assert allowed == [*sorted(FROM_HOLD[held_from], key=NAMES.index), "canceled"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_status_again_is_no_move_and_is_asked_of_nobody(name: str):
    order = Order(status=core(name))

    def nobody(order: Order, status: Any) -> bool:
        raise IllegalTransition(order.status, status)

    assert rules.move(order, order, at=None, actor="x", may_move=nobody) is order  # type: ignore[arg-type]


def test_the_fifteen_names_are_the_seeds():
    assert sorted(statuses.TO_CORE) == sorted(NAMES)
    assert len(set(statuses.TO_CORE.values())) == 15


# --- over the wire ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", NAMES)
async def test_an_order_may_begin_in_any_state(client: Client, status: str):
    order = await placed(client, status)

    assert order["status"] == status
    assert [entry["status"] for entry in order["status_history"]] == [status]
    assert order["log_history"] == []


SAMPLE = [
    (at, to)
    for at, to in [
        ("pending", "delivered"), ("approved", "pending"), ("waiting_invoice", "invoice_error"),
        ("invoice_error", "waiting_invoice"), ("waiting_invoice", "approved"), ("waiting_invoice", "shipping_informed"),
        ("shipping_informed", "shipping_error"), ("shipping_error", "shipping_informed"),
        ("shipping_error", "invoiced"),
        ("shipped", "partial_shipped"), ("delivered", "shipped"), ("delivered", "canceled"), ("canceled", "pending"),
        ("canceled", "delivered"), ("invoiced", "under_review"), ("shipped", "under_review"),
        ("under_review", "pending"), ("under_review", "delivered"), ("under_review", "canceled"),
        ("canceled", "under_review"), ("delivered", "under_review"),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("at", "to"), SAMPLE)
async def test_the_wire_moves_as_the_table_says(client: Client, at: str, to: str):
    order = await placed(client, at)

    answer = await moved(client, order, to)

    # An order created on hold counts as held from pending, so it may go anywhere.
    if MARKS[at][to] in "Yh":
        assert answer.status == 200
        assert answer.json["Order"]["status"] == to
        assert [entry["status"] for entry in answer.json["Order"]["status_history"]] == [at, to]
    else:
        assert answer.status == 400
        assert answer.json == {
            "type": "invalid_status",
            "details": f"an order cannot go from {at} to {to}",
            "code": 400,
            "field": "status",
        }
        assert (await client.get(f"/orders/{order['id']}")).json["Order"] == order


@pytest.mark.parametrize("status", NAMES)
async def test_the_same_status_again_is_not_updated_and_leaves_no_trace(client: Client, status: str):
    order = await placed(client, status)

    answer = await moved(client, order, status)

    assert (answer.status, answer.json["type"]) == (400, "not_updated")
    assert len(await history(client, order)) == 1
    assert (await client.get(f"/orders/{order['id']}")).json["Order"] == order


@pytest.mark.parametrize("alias", ["paid", "refunded", "picking"])
@pytest.mark.parametrize("at", NAMES)
async def test_words_of_old_clients_from_every_state(client: Client, at: str, alias: str):
    order = await placed(client, at)

    answer = await moved(client, order, alias)

    meant = {"paid": "approved", "refunded": "canceled", "picking": at}[alias]
    if alias == "picking":
        assert answer.status == 200
        assert (answer.json["Order"]["status"], answer.json["Order"]["sub_status"]) == (at, "picking")
        assert len(answer.json["Order"]["status_history"]) == 1
    elif at == meant:
        assert (answer.status, answer.json["type"]) == (400, "not_updated")
    elif MARKS[at][meant] in "Yh":
        assert (answer.status, answer.json["Order"]["status"]) == (200, meant)
    else:
        assert (answer.status, answer.json["type"]) == (400, "invalid_status")


@pytest.mark.parametrize(
    "word", ["enviado", "Approved", "PENDING", " approved", "cancelled", 5, True, [], {}, ["paid"]]
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_another_word_is_no_status(client: Client, word: Any, method: str):
    order = await placed(client, "pending")
    path = "/orders" if method == "POST" else f"/orders/{order['id']}"

    answer = await client.call(method, path, {"status": word, "total": 99})

    assert (answer.status, answer.json["type"], answer.json["field"]) == (400, "invalid_status", "status")
    assert (await client.get(f"/orders/{order['id']}")).json["Order"] == order


@pytest.mark.parametrize("nothing", ["", None])
async def test_an_empty_status_is_as_none(client: Client, nothing: str | None):
    order = await placed(client, "approved")

    answer = await client.put(f"/orders/{order['id']}", {"status": nothing, "total": 7})

    assert (answer.status, answer.json["Order"]["status"], answer.json["Order"]["total"]) == (200, "approved", 7)
    assert (await client.post("/orders", {"status": nothing, "total": 1})).json["Order"]["status"] == "pending"


async def test_a_refused_move_applies_nothing_and_tells_nobody(client: Client):
    order = await placed(client, "approved", total=10, items=[{"sku": "A", "quantity": 1}])

    answer = await moved(
        client,
        order,
        "pending",
        total=99,
        ack=True,
        external="x",
        items=[{"sku": "B"}],
        shipments=[{"track_code": "T"}],
    )

    assert (answer.status, answer.json["type"]) == (400, "invalid_status")
    assert (await client.get(f"/orders/{order['id']}")).json["Order"] == order
    assert len(await history(client, order)) == 1


async def test_a_hold_remembers_where_it_began_over_the_wire(client: Client):
    order = await placed(client, "waiting_invoice")
    assert (await moved(client, order, "under_review")).status == 200

    assert (await moved(client, order, "pending")).status == 400
    assert (await moved(client, order, "invoice_error")).status == 400
    assert (await moved(client, order, "waiting_invoice")).status == 200
    # Back from the hold the ordinary rules hold again.
    assert (await moved(client, order, "approved")).status == 400
    assert (await moved(client, order, "under_review")).status == 200
    last = await moved(client, order, "approved")

    assert [entry["status"] for entry in last.json["Order"]["status_history"]] == [
        "waiting_invoice", "under_review", "waiting_invoice", "under_review", "approved",
    ]  # fmt: skip


async def test_the_last_entry_of_the_history_is_the_status_and_the_events_tell_each_move(client: Client):
    order = await placed(client, "pending")
    for status in ("approved", "invoiced"):
        last = (await moved(client, order, status)).json["Order"]

    entries = last["status_history"]
    assert [entry["status"] for entry in entries] == ["pending", "approved", "invoiced"]
    assert all(set(entry) == {"status", "date", "user_id", "message"} for entry in entries)
    assert {entry["user_id"] for entry in entries} == {str(client.shop.tenant.number)}
    assert [entry["date"] for entry in entries] == sorted(entry["date"] for entry in entries)

    told = await history(client, order)
    assert [event.action for event in told] == ["created", "updated", "updated"]
    assert [event.version for event in told] == [1, 2, 3]
    assert {event.actor for event in told} == {client.credentials.client_id}
    assert [event.aspects for event in told] == [frozenset({"status"})] * 3
    moves = [(c.before, c.after) for event in told[1:] for c in event.changes if c.field == "status"]
    assert moves == [("pending", "paid"), ("paid", "invoiced")]


NO_INVOICE = "channel not told: no shipment has invoice data"
NO_TRACKING = "channel not told: no shipment has tracking data"


@pytest.mark.parametrize(
    ("status", "shipments", "messages"),
    [
        ("invoiced", [], [NO_INVOICE]),
        ("invoiced", [{"track_code": "T"}], [NO_INVOICE]),
        ("invoiced", [{"nfe_number": "1"}], []),
        ("invoiced", [{"nfe_key": "4"}], []),
        ("shipping_informed", [], [NO_TRACKING]),
        ("shipping_informed", [{"nfe_key": "4"}], [NO_TRACKING]),
        ("shipping_informed", [{"track_code": "T"}], []),
        ("shipping_informed", [{"track_url": "https://t.example"}], []),
        ("canceled", [], ["channel not told: it offers no cancellation"]),
        ("delivered", [], []),
    ],
)
async def test_the_log_says_when_the_channel_is_not_told(
    client: Client, status: str, shipments: list[Any], messages: list[str]
):
    order = await placed(client, "approved")

    answer = await moved(client, order, status, shipments=shipments)

    log = answer.json["Order"]["log_history"]
    assert [entry["message"] for entry in log] == messages
    assert all(set(entry) == {"date", "message"} for entry in log)


async def test_steps_are_marked_with_their_first_date(client: Client):
    order = await placed(client, "approved")
    assert [order[name] for name in ("invoicing_informed", "shipping_informed", "delivery_informed")] == [None] * 3

    for status in ("invoiced", "shipping_informed", "shipped", "delivered"):
        last = (await moved(client, order, status)).json["Order"]

    dates = {entry["status"]: entry["date"] for entry in last["status_history"]}
    steps = {
        "invoicing_informed": "invoiced",
        "shipping_informed": "shipping_informed",
        "shipping_accepted": "shipped",
        "delivery_informed": "delivered",
    }
    for step, status in steps.items():
        assert (last[step], last[f"{step}_date"]) == (True, dates[status])


# --- stock --------------------------------------------------------------------------------------------------


async def levels(client: Client, sku: str) -> tuple[Decimal, Decimal]:
    """(on hand, reserved) of a SKU's default location."""
    shop = client.shop
    async with shop.hub.read(shop.tenant.id) as tx:
        row = await tx.one(
            "SELECT l.on_hand, l.reserved FROM stock_levels l JOIN skus k ON k.tenant_id = $1"
            " AND k.variant_id = l.variant_id WHERE l.tenant_id = $1 AND k.sku = $2",
            shop.tenant.id,
            sku,
        )
    assert row is not None
    return row["on_hand"], row["reserved"]


async def stock_events(client: Client, product: UUID) -> list[tuple[str, Any, Any]]:
    shop = client.shop
    async with shop.hub.read(shop.tenant.id) as tx:
        told = await events.history(tx, shop.tenant.id, "product", product)
    return [tuple(change) for event in told[1:] for change in event.changes]


@pytest.mark.parametrize(
    ("way", "after"),
    [
        (["approved"], (10, 3)),
        (["approved", "invoiced", "shipping_informed"], (10, 3)),
        (["shipped"], (7, 0)),
        (["shipped", "delivered"], (7, 0)),
        (["delivered"], (7, 0)),
        (["canceled"], (10, 0)),
        (["under_review", "canceled"], (10, 0)),
        (["delivered", "canceled"], (7, 0)),
    ],
)
async def test_reserved_stock_follows_the_order(client: Client, way: list[str], after: tuple[int, int]):
    product = await make.product(client.shop, quantity=10)
    sku = product.value.default.sku
    order = await placed(client, "pending", auto_reserve=True, items=[{"sku": sku, "quantity": "3"}])
    assert await levels(client, sku) == (10, 3)

    for status in way:
        assert (await moved(client, order, status)).status == 200

    assert await levels(client, sku) == after


async def test_each_step_of_a_reservation_is_told(client: Client):
    product = await make.product(client.shop, quantity=10)
    sku = product.value.default.sku
    order = await placed(client, "pending", auto_reserve="true", items=[{"sku": sku, "quantity": 3}])
    await moved(client, order, "shipped")

    assert await stock_events(client, product.id) == [
        ("default.levels[$main].reserved", 0, 3),
        ("default.levels[$main].on_hand", 10, 7),
        ("default.levels[$main].reserved", 3, 0),
    ]


@pytest.mark.parametrize("flag", [None, False, "0", ""])
async def test_without_the_flag_an_order_touches_no_stock(client: Client, flag: Any):
    product = await make.product(client.shop, quantity=10)
    sku = product.value.default.sku
    order = await placed(client, "pending", auto_reserve=flag, items=[{"sku": sku, "quantity": 3}])
    await moved(client, order, "shipped")

    assert await levels(client, sku) == (10, 0)


@pytest.mark.parametrize("status", ["shipped", "delivered", "canceled"])
async def test_an_order_that_begins_at_its_end_holds_nothing(client: Client, status: str):
    product = await make.product(client.shop, quantity=10)
    sku = product.value.default.sku
    await placed(client, status, auto_reserve=True, items=[{"sku": sku, "quantity": 3}])

    assert await levels(client, sku) == (10, 0)


async def test_an_order_that_stops_reserving_frees_what_it_held(client: Client):
    product = await make.product(client.shop, quantity=10)
    sku = product.value.default.sku
    order = await placed(client, "pending", auto_reserve=True, items=[{"sku": sku, "quantity": 3}])

    assert (await client.put(f"/orders/{order['id']}", {"auto_reserve": False})).status == 200

    assert await levels(client, sku) == (10, 0)
    assert (await moved(client, order, "shipped")).status == 200
    assert await levels(client, sku) == (10, 0)


async def test_a_variations_stock_is_held_and_a_sku_nobody_knows_is_not(client: Client):
    await make.product(client.shop, "CAM", variants={"CAM-M": 5, "CAM-G": 5})
    items = [{"sku": "CAM-M", "quantity": 2}, {"sku": "CAM", "variation": {"sku": "CAM-G"}, "quantity": 1}]
    order = await placed(client, "pending", auto_reserve=True, items=[*items, {"sku": "FOREIGN", "quantity": 9}])

    assert [await levels(client, sku) for sku in ("CAM-M", "CAM-G")] == [(5, 2), (5, 1)]
    await moved(client, order, "delivered")
    assert [await levels(client, sku) for sku in ("CAM-M", "CAM-G")] == [(3, 0), (4, 0)]


async def test_a_kit_holds_its_parts_and_a_part_sold_alone_adds_to_them(client: Client):
    for sku in ("CUP", "DISH"):
        await make.product(client.shop, sku, quantity=20)
    await make.product(client.shop, "SET", components={"CUP": 4, "DISH": 2})
    items = [{"sku": "SET", "quantity": 2}, {"sku": "CUP", "quantity": 1}]
    order = await placed(client, "pending", auto_reserve=True, items=items)

    assert [await levels(client, sku) for sku in ("CUP", "DISH")] == [(20, 9), (20, 4)]
    assert (await client.get("/skus/SET")).json["Product"]["quantity"] == 2
    await moved(client, order, "shipped")
    assert [await levels(client, sku) for sku in ("CUP", "DISH")] == [(11, 0), (16, 0)]
    assert (await client.get("/skus/SET")).json["Product"]["quantity"] == 2


async def test_more_may_be_reserved_than_there_is(client: Client):
    product = await make.product(client.shop, quantity=1)
    sku = product.value.default.sku

    await placed(client, "pending", auto_reserve=True, items=[{"sku": sku, "quantity": 3}])

    assert await levels(client, sku) == (1, 3)
