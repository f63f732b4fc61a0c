"""Orders: found, looked at, moved, sent."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from playwright.async_api import BrowserContext, expect

from plughub.core import events, ids, orders
from plughub.core.caller import Caller
from plughub.core.hub import Hub
from plughub.core.orders import Order, OrderStatus
from plughub.core.patch import Merge
from plughub.core.record import Record
from plughub.core.tenants import Role
from tests import make
from tests.console.conftest import Person, employed, signed_in
from tests.delivery.conftest import Stage, receiver, stage  # noqa: F401 - fixtures
from tests.delivery.receiver import Receiver

PAYER = {"first_name": "João", "last_name": "Reis", "email": "joao@exemplo.example", "address": {"city": "Poá"}}
KEY = "35261122211221000121550010000485811428623202"


@pytest.fixture
async def shop(hub: Hub) -> make.Shop:
    """Three hours behind UTC."""
    return await make.shop(hub, time_zone="America/Sao_Paulo")


@pytest.fixture
async def record(shop: make.Shop) -> Record[Order]:
    await make.product(shop, "CAM", price=50)
    return await make.order(
        shop,
        {"sku": "CAM", "quantity": 2, "price": Decimal(50)},
        {"sku": "GONE", "quantity": 1, "price": Decimal(1)},
        status=OrderStatus.PAID,
        payer=PAYER,
        shipping=Decimal("9.90"),
        total=Decimal("120.00"),
    )


async def stored(shop: make.Shop, record: Record[Order]) -> Order:
    async with shop.hub.read(shop.tenant.id) as tx:
        return (await orders.by_id(tx, shop.caller, record.id)).value


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def numbers(text: str) -> list[str]:
    """Orders in the rows of a list."""
    return re.findall(r'<td><a href="[^"]*/orders/[0-9a-f]{32}">(\d+)</a>', text)


async def test_a_list_is_narrowed_by_status_connection_day_and_customer(shop, person: Person, hub: Hub):
    connection, _ = await make.connection(shop)
    theirs = Caller(tenant=shop.tenant.id, company=shop.tenant.id, actor="x", connection=connection.id, currency="BRL")
    old = datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)
    async with hub.change(shop.tenant.id) as tx:
        first = await orders.place(tx, theirs, {"channel_number": "A", "status": OrderStatus.PAID, "payer": PAYER})
        second = await orders.place(tx, shop.caller, {"channel_number": "B"}, at=old)
        third = await orders.place(tx, shop.caller, {"channel_number": "C"}, at=old + timedelta(seconds=1))
        customer = await orders.customer_of(tx, shop.caller, first.id)
    assert customer is not None
    every = {"first": first.number, "second": second.number, "third": third.number}
    zone = {"Cookie": f"{person.headers['Cookie']}; plughub_zone=UTC"}
    for query, names in (
        ("", "first third second"), ("status=paid", "first"), ("status=no", ""),
        (f"connection={connection.id.hex}", "first"), ("connection=x", ""), (f"customer={customer}", "first"),
        ("since=2026-03-10&until=2026-03-10", "third"), ("until=2026-03-09", "second"), ("since=2026-03-11", "first"),
        ("since=2026-03-09&status=pending", "third second"), ("since=nonsense", "first third second"),
        ("q=jo%C3%A3o", "first"), ("q=zz", ""), ("late=yes", ""),
    ):  # fmt: skip
        status, text = await person.get(f"/orders?{query}", **zone)
        assert (status, query, numbers(text)) == (200, query, [str(every[name]) for name in names.split()])


async def test_a_day_begins_where_the_person_is(shop, person: Person, hub: Hub):
    async with hub.change(shop.tenant.id) as tx:
        at = datetime(2026, 3, 10, 2, 59, tzinfo=UTC)
        record = await orders.place(tx, shop.caller, {"channel_number": "A"}, at=at)
    there = {"Cookie": f"{person.headers['Cookie']}; plughub_zone=Asia%2FTokyo"}
    for day, headers, found in (
        ("2026-03-09", {}, True), ("2026-03-10", {}, False), ("2026-03-09", there, False), ("2026-03-10", there, True),
    ):  # fmt: skip
        _, text = await person.get(f"/orders?since={day}&until={day}", **headers)
        assert (day, headers, numbers(text)) == (day, headers, [str(record.number)] if found else [])


async def test_an_order_shows_what_was_told_beside_what_it_comes_to(shop, person: Person, record):
    status, text = await person.get(f"/orders/{record.id.hex}")
    shown = plain(text)
    assert status == 200
    assert "João Reis" in shown
    assert "Total 120.00 BRL 110.90 BRL" in shown
    assert "9.10 BRL more than lines, shipping, taxes and discounts come to" in shown
    assert re.search(r'<a href="[^"]*/products/[0-9a-f]{32}">CAM</a>', text)
    assert "GONE not in the catalogue" in shown


async def test_an_order_is_found_by_every_spelling_of_its_id_and_by_its_number(shop, person: Person, record):
    there = f"/orders/{record.id.hex}"
    for spelled in (str(record.id), str(record.number)):
        async with person.http.get(f"{person.shop}/orders/{spelled}", headers=person.headers) as answer:
            assert (answer.status, str(answer.url)) == (200, person.shop + there)
    for unknown in (ids.new().hex, "999999999", "9" * 40, "x"):
        assert (await person.get(f"/orders/{unknown}"))[0] == 404


async def test_an_order_of_another_shop_is_not_there(hub: Hub, person: Person):
    other = await make.order(await make.shop(hub))
    for path in ("", "/shipments/new"):
        assert (await person.get(f"/orders/{other.id.hex}{path}"))[0] == 404
    assert (await person.post(f"/orders/{other.id.hex}/move", status="paid"))[0] == 404
    assert (await person.post(f"/orders/{other.id.hex}/shipments/new", track_code="X"))[0] == 404


async def test_only_usual_moves_have_a_button(shop, person: Person, record):
    _, text = await person.get(f"/orders/{record.id.hex}")
    offered = set(re.findall(r'name="status" value="(\w+)"', text))
    assert offered == set(orders.next_moves(record.value))
    assert "pending" in offered
    assert not {"paid", "dispatch_failed"} & offered


async def test_a_move_is_told_with_the_persons_name_and_can_be_taken_back(hub, shop, person: Person, record):
    move = f"/orders/{record.id.hex}/move"
    status, there, _ = await person.post(move, status="invoiced", seen="paid")
    assert (status, person.shop.endswith(there.rpartition("/orders/")[0])) == (303, True)
    assert (await stored(shop, record)).status is OrderStatus.INVOICED
    assert (await person.post(move, status="paid", seen="invoiced"))[0] == 303
    async with hub.read(shop.tenant.id) as tx:
        told = await events.recent(tx, shop.tenant.id, "order", record.id, limit=2)
    assert [event.actor for event in told] == [person.login] * 2
    assert [(event.changes[0].before, event.changes[0].after) for event in told] == [
        ("invoiced", "paid"), ("paid", "invoiced"),
    ]  # fmt: skip


async def test_a_move_that_is_not_usual_is_refused_in_words(shop, person: Person, record):
    move = f"/orders/{record.id.hex}/move"
    assert (await person.post(move, status="shipped"))[0] == 303
    status, _, text = await person.post(move, status="pending")
    assert (status, "It is shipped and cannot become pending." in text) == (409, True)
    status, _, text = await person.post(move, status="invoiced", seen="paid")
    assert status == 409
    assert "Meanwhile the order became shipped, and from there it cannot become invoiced." in text
    status, _, text = await person.post(move, status="canceled", seen="paid")
    assert status == 409
    assert "Meanwhile the order became shipped: look at it again before you move it to canceled." in text
    assert (await person.post(move, status="eaten"))[0] == 400
    assert (await stored(shop, record)).status is OrderStatus.SHIPPED


async def test_the_same_status_again_tells_nobody(hub, shop, person: Person, record):
    assert (await person.post(f"/orders/{record.id.hex}/move", status="paid"))[0] == 303
    async with hub.read(shop.tenant.id) as tx:
        assert len(await events.recent(tx, shop.tenant.id, "order", record.id, limit=9)) == 1


async def test_who_may_only_look_sees_no_buttons_and_is_refused(hub, http, address, shop, record):
    reader = await employed(hub, http, address, shop.tenant, Role.READER)
    status, text = await reader.get(f"/orders/{record.id.hex}")
    assert (status, f'{record.id.hex}/move"' in text, "Add a shipment" in text) == (200, False, False)
    assert (await reader.post(f"/orders/{record.id.hex}/move", status="invoiced"))[0] == 403
    for path in ("new", "new/remove"):
        assert (await reader.post(f"/orders/{record.id.hex}/shipments/{path}", track_code="A"))[0] == 403
    assert (await stored(shop, record)) == record.value


async def test_a_shipment_is_added_and_changed_field_by_field(shop, person: Person, record):
    form = f"/orders/{record.id.hex}/shipments"
    status, there, _ = await person.post(
        f"{form}/new", track_code="BR1", shipped_at="2026-03-09T10:30", **{"invoice-key": f"{KEY[:20]} {KEY[20:]}"}
    )
    (shipment,) = (await stored(shop, record)).shipments
    assert (status, there.endswith(record.id.hex)) == (303, True)
    assert (shipment.track_code, shipment.invoice.key) == ("BR1", KEY)
    assert shipment.shipped_at == datetime(2026, 3, 9, 13, 30, tzinfo=UTC)  # the shop is in São Paulo
    _, text = await person.get(f"{form}/{shipment.id.hex}")
    seen = dict(re.findall(r'name="(seen-[\w-]+)" value="([^"]*)"', text))
    shown = {name.removeprefix("seen-"): value for name, value in seen.items()}
    assert (shown["shipped_at"], shown["invoice-key"]) == ("2026-03-09T10:30", KEY)

    # Somebody else fills in another field meanwhile: both stay. The seconds that no form shows do, too.
    exact = datetime(2026, 3, 9, 13, 30, 27, tzinfo=UTC)
    async with shop.hub.change(shop.tenant.id) as tx:
        change = {"id": shipment.id, "carrier": "Correios", "shipped_at": exact}
        await orders.change(tx, shop.caller, record.id, {"shipments": Merge([change])})
    assert (await person.post(f"{form}/{shipment.id.hex}", **{**shown, **seen, "track_code": "BR2"}))[0] == 303
    (after,) = (await stored(shop, record)).shipments
    assert (after.track_code, after.carrier, after.shipped_at) == ("BR2", "Correios", exact)


async def test_nobody_overwrites_unseen_what_somebody_else_just_told(shop, person: Person, record):
    form = f"/orders/{record.id.hex}/shipments"
    await person.post(f"{form}/new", track_code="BR1")
    (shipment,) = (await stored(shop, record)).shipments
    _, text = await person.get(f"{form}/{shipment.id.hex}")
    seen = dict(re.findall(r'name="(seen-[\w-]+)" value="([^"]*)"', text))
    shown = {name.removeprefix("seen-"): value for name, value in seen.items()}
    async with shop.hub.change(shop.tenant.id) as tx:
        change = {"id": shipment.id, "track_code": "BR2"}
        await orders.change(tx, shop.caller, record.id, {"shipments": Merge([change])})

    status, _, text = await person.post(f"{form}/{shipment.id.hex}", **{**shown, **seen, "track_code": "BR3"})

    assert (status, "Now stored: BR2" in text, 'value="BR3"' in text) == (409, True, True)
    assert (await stored(shop, record)).shipments[0].track_code == "BR2"
    seen = dict(re.findall(r'name="(seen-[\w-]+)" value="([^"]*)"', text))
    assert (await person.post(f"{form}/{shipment.id.hex}", **{**shown, **seen, "track_code": "BR3"}))[0] == 303
    assert (await stored(shop, record)).shipments[0].track_code == "BR3"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("invoice-key", "123", "must have 44 digits; this one has 3"),
        ("invoice-key", KEY[:-1] + "9", "has a digit wrong"),
        ("shipped_at", "yesterday", "must be a day and a time"),
        ("track_url", "javascript:alert(1)", "must begin with https://"),
        ("carrier", "x" * 501, "must have at most 500 characters"),
        ("carrier", "", "or something else has to be told"),
    ],
)
async def test_what_cannot_be_is_told_at_its_field_and_stays_typed(shop, person: Person, record, field, typed, told):
    status, _, text = await person.post(f"/orders/{record.id.hex}/shipments/new", **{field: typed})
    assert (status, told in text, f'value="{typed}"' in text) == (400, True, True)
    assert (await stored(shop, record)).shipments == ()


async def test_what_was_told_of_a_shipment_can_be_taken_back(shop, person: Person, record):
    form = f"/orders/{record.id.hex}/shipments"
    undo = await undone(person, f"{form}/new", track_code="BR1", carrier="Correios")
    (shipment,) = (await stored(shop, record)).shipments
    assert undo == (f"{form}/{shipment.id.hex}/remove", {})
    path, fields = await undone(
        person, f"{form}/{shipment.id.hex}", carrier="", **{"invoice-key": f" {KEY[:9]} {KEY[9:]}"}
    )
    assert (await stored(shop, record)).shipments[0].invoice.key == KEY
    assert (await person.post(path, **fields))[0] == 303
    assert (await stored(shop, record)).shipments == (shipment,)
    # What somebody changed since is not taken back with it.
    async with shop.hub.change(shop.tenant.id) as tx:
        change = {"id": shipment.id, "carrier": "Outra"}
        await orders.change(tx, shop.caller, record.id, {"shipments": Merge([change])})
    assert (await person.post(path, **fields))[0] == 409
    assert (await stored(shop, record)).shipments[0].carrier == "Outra"
    assert (await person.post(f"{form}/{shipment.id.hex}/remove"))[0] == 303
    assert (await stored(shop, record)).shipments == ()
    assert (await person.post(f"{form}/{shipment.id.hex}/remove"))[0] == 404


async def undone(person: Person, path: str, **fields: str) -> tuple[str, dict[str, str]]:
    """Send a form; the form that takes it back, as the next page has it."""
    form = {"csrf": person.csrf, **fields}
    async with person.http.post(person.shop + path, data=form, headers=person.headers, allow_redirects=False) as answer:
        cookie = answer.cookies["plughub_notice"].value
        there = answer.headers["Location"]
    notice = {"Cookie": f"{person.headers['Cookie']}; plughub_notice={cookie}"}
    _, text = await person.get("/" + there.partition(person.shop.rpartition("/")[2] + "/")[2], **notice)
    (url, inner) = re.findall(
        r'<div class="notice">.*?<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', text, re.S
    )[0]
    found = dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', inner))
    found.pop("csrf")
    return "/orders/" + url.partition("/orders/")[2], found


async def test_a_shipment_that_is_not_the_orders_is_not_there(person: Person, record):
    form = f"/orders/{record.id.hex}/shipments/{record.id.hex}"
    assert (await person.get(form))[0] == 404
    assert (await person.post(form, track_code="X"))[0] == 404


async def test_the_history_tells_who_did_what_and_who_was_told(
    hub, http, address, stage: Stage, receiver: Receiver  # noqa: F811
):  # fmt: skip
    receiver.status = 503
    endpoint = await stage.endpoint(receiver.url)
    record = await make.order(stage.shop, channel_number="N-1")
    await stage.told(endpoint)
    person = await employed(hub, http, address, stage.shop.tenant)
    await person.post(f"/orders/{record.id.hex}/move", status="paid")

    status, text = await person.get(f"/orders/{record.id.hex}")

    history = plain(text[text.index('id="history"') :])
    assert status == 200
    assert re.search(rf"Pending → paid .*, {person.login} 1 field Field Before After Status pending paid", history)
    assert re.search(r"Created .*, Plughub .* client \w+ Due 1 attempt Delivery to .*: Failed, answered 503", history)
    assert history.index("Pending → paid") < history.index("Created")


async def test_a_page_asks_the_database_a_few_times_whatever_it_shows(hub: Hub, shop, person: Person, record):
    async def trips(path: str) -> int:
        await person.get(path)
        before = hub.pool.round_trips
        assert (await person.get(path))[0] == 200
        return hub.pool.round_trips - before

    one = await trips("/orders")
    for _ in range(5):
        await make.order(shop, {"sku": "CAM", "quantity": 1}, payer=PAYER)
        await person.post(f"/orders/{record.id.hex}/shipments/new", track_code="A")
    assert await trips("/orders") == one <= 6
    assert await trips("/orders?q=jo%C3%A3o&status=pending") == one
    assert await trips(f"/orders/{record.id.hex}") <= 12


async def test_an_order_is_moved_along_and_a_tab_that_is_behind_is_refused(
    context: BrowserContext, shop, person: Person, record
):
    await signed_in(context, person)
    here, behind = await context.new_page(), await context.new_page()
    for tab in (here, behind):
        await tab.goto(f"{person.shop}/orders/{record.id.hex}")
    heading = here.get_by_role("heading", level=1)
    await here.get_by_role("button", name="Invoiced", exact=True).click()
    await expect(heading).to_contain_text("Invoiced")
    await here.get_by_role("button", name="Undo").click()
    await expect(heading).to_contain_text("Paid")
    await here.get_by_role("button", name="Invoiced", exact=True).click()
    await here.get_by_role("button", name="Add a shipment").click()
    await here.get_by_label("Tracking code").fill("BR77")
    await here.get_by_label("Access key").fill(KEY[:-1])
    await here.get_by_role("button", name="Add the shipment").click()
    await expect(here.get_by_text("must have 44 digits; this one has 43")).to_be_visible()
    await here.get_by_label("Access key").fill(KEY)
    await here.get_by_role("button", name="Add the shipment").click()
    await here.get_by_role("button", name="Dispatched", exact=True).click()
    await here.get_by_role("button", name="Shipped", exact=True).click()
    await expect(heading).to_contain_text("Shipped")
    await expect(here.get_by_role("button", name="Undo")).to_have_count(0)

    await behind.get_by_role("button", name="Invoiced", exact=True).click()

    await expect(behind.get_by_text("Meanwhile the order became shipped")).to_be_visible()
    await expect(behind.get_by_text("from there it cannot become invoiced")).to_be_visible()
    here.on("dialog", lambda dialog: dialog.accept())
    await here.get_by_role("button", name="Cancel the order").click()
    await expect(heading).to_contain_text("Canceled")
    await expect(here.get_by_text("A canceled order stays canceled.")).to_be_visible()
    assert [entry.status for entry in (await stored(shop, record)).status_history][-1] is OrderStatus.CANCELED
