"""Customers and messages: enough to find, read and answer."""

import re

from playwright.async_api import BrowserContext, Page, expect

from plughub.core import messages
from plughub.core.hub import Hub
from plughub.core.messages import Author, Status
from plughub.core.patch import Merge
from plughub.core.tenants import Role
from tests import make
from tests.console.conftest import Person, employed, signed_in
from tests.console.test_orders import PAYER, plain
from tests.dialects.pluggto.conftest import Client, client  # noqa: F401 - a fixture

ASKED = {"author": Author.CUSTOMER, "comment": "Serve no <b>Pedro</b>?"}


def subjects(text: str) -> list[str]:
    return re.findall(r'/messages/[0-9a-f]{32}">([^<]*)</a>', text)


async def stored(shop: make.Shop, record) -> messages.Conversation:
    async with shop.hub.read(shop.tenant.id) as tx:
        return (await messages.by_id(tx, shop.caller, record.id)).value


async def test_who_waits_for_an_answer_stands_first(shop, person: Person):
    for at, status in enumerate((Status.NEW, Status.ANSWERED, Status.PENDING, Status.CLOSED)):
        await make.message(shop, ASKED, subject=f"{at} {status}", status=status, customer_name="Rui Ávila")
    every = ["2 pending", "0 new", "3 closed", "1 answered"]
    for query, found in (
        ("", every),
        ("?status=waiting", ["2 pending", "0 new"]), ("?status=closed", ["3 closed"]),
        ("?q=avila&status=answered", ["1 answered"]), ("?q=pedro&kind=question", every),
        ("?kind=task", []), ("?q=nobody", []),
    ):  # fmt: skip
        status, text = await person.get(f"/messages{query}")
        assert (status, query, subjects(text)) == (200, query, found)


async def test_a_conversation_leads_to_its_order_or_product_and_back(shop, person: Person):
    product = await make.product(shop, "CAM", name="Camisa")
    order = await make.order(shop, {"sku": "CAM", "quantity": 1})
    about = await make.message(shop, ASKED, subject="Troca", related=str(order.number))
    other = await make.message(shop, ASKED, subject="Tamanho", related="CAM")
    _, text = await person.get(f"/messages/{about.id.hex}")
    assert f'/orders/{order.id.hex}">{order.number}</a>' in text
    assert "&lt;b&gt;Pedro&lt;/b&gt;" in text
    assert f'/products/{product.id.hex}">CAM</a>' in (await person.get(f"/messages/{other.id.hex}"))[1]
    assert f'/messages/{about.id.hex}">Troca</a>' in (await person.get(f"/orders/{order.id.hex}"))[1]
    assert f'/orders/{order.id.hex}">order {order.number}</a>' in (await person.get("/messages"))[1]


async def test_an_answer_is_what_a_client_of_the_channel_reads(client: Client, http, address, hub):  # noqa: F811
    said = {"from": "customer", "comment": "Tem azul?"}
    made = await client.call("POST", "/messages", {"subject": "Cor", "interections": [said]})
    id = made.json["Message"]["id"]
    person = await employed(hub, http, address, client.shop.tenant)
    status, there, _ = await person.post(f"/messages/{id}/answer", comment="Sim.\r\nE verde.", version="1")
    assert (status, "/messages/" in there) == (303, True)
    read = (await client.call("GET", f"/messages/{id}")).json["Message"]
    assert (read["status"], read["interections"][-1]["from"]) == ("answered", "seller")
    assert read["interections"][-1]["comment"] == "Sim.\nE verde."


async def test_nobody_answers_what_they_have_not_read(shop, person: Person):
    record = await make.message(shop, ASKED)
    more = {"author": Author.CUSTOMER, "comment": "Deixe estar."}
    async with shop.hub.change(shop.tenant.id) as tx:
        await messages.change(tx, shop.caller, record.id, {"interactions": Merge([more])})

    status, _, text = await person.post(f"/messages/{record.id.hex}/answer", comment="Serve!", version="1")

    assert status == 400
    assert "Meanwhile something was said or changed here." in text
    assert ("Deixe estar." in text, ">Serve!</textarea>" in text) == (True, True)
    assert len((await stored(shop, record)).interactions) == 2
    assert (await person.post(f"/messages/{record.id.hex}/answer", comment="Serve!", version="2"))[0] == 303


async def test_an_empty_or_endless_answer_is_refused_in_words(shop, person: Person):
    record = await make.message(shop, ASKED)
    for text, told in (("", "Write an answer first."), ("x" * 10_001, "this one has 10,001")):
        status, _, page = await person.post(f"/messages/{record.id.hex}/answer", comment=text, version="1")
        assert (status, told in page) == (400, True)
    assert len((await stored(shop, record)).interactions) == 1


async def test_a_conversation_is_closed_and_opened_again(shop, person: Person):
    record = await make.message(shop, ASKED)
    for status in (Status.CLOSED, Status.PENDING, Status.PENDING):
        assert (await person.post(f"/messages/{record.id.hex}/status", status=status))[0] == 303
        assert (await stored(shop, record)).status is status
    assert (await person.post(f"/messages/{record.id.hex}/status", status="gone"))[0] == 400


async def test_readers_and_strangers_do_not_answer(hub: Hub, http, address, shop, person: Person):
    record = await make.message(shop, ASKED)
    reader = await employed(hub, http, address, shop.tenant, Role.READER)
    status, text = await reader.get(f"/messages/{record.id.hex}")
    assert (status, "Your answer" in text) == (200, False)
    for path, form in (("answer", {"comment": "x", "version": "1"}), ("status", {"status": "closed"})):
        assert (await reader.post(f"/messages/{record.id.hex}/{path}", **form))[0] == 403
    other = await make.message(await make.shop(hub), ASKED)
    assert (await person.get(f"/messages/{other.id.hex}"))[0] == 404
    assert (await person.post(f"/messages/{other.id.hex}/answer", comment="x", version="1"))[0] == 404
    assert (await stored(shop, record)).status is Status.NEW


async def test_a_customer_is_found_and_leads_to_their_orders(hub: Hub, shop, person: Person):
    ids = [(await make.order(shop, payer=PAYER)).id.hex for _ in range(2)]
    await make.order(shop, payer={"first_name": "Ana", "email": "ana@exemplo.example"})
    status, text = await person.get("/customers?q=REIS")
    (customer,) = re.findall(r'/customers/([0-9a-f]{32})">João Reis</a>', text)
    assert (status, "1 of 1" in plain(text)) == (200, True)
    status, text = await person.get(f"/customers/{customer}")
    assert status == 200
    assert re.findall(r'<td><a href="[^"]*/orders/([0-9a-f]{32})"', text) == ids[::-1]
    _, listed = await person.get(f"/orders?customer={customer}")
    assert re.findall(r'<td><a href="[^"]*/orders/([0-9a-f]{32})"', listed) == ids[::-1]
    assert "mailto:joao@exemplo.example" in text
    assert f'/customers/{customer}"' in (await person.get(f"/orders/{ids[0]}"))[1]
    stranger = await employed(hub, person.http, person.shop.partition("/console")[0], (await make.shop(hub)).tenant)
    assert (await stranger.get(f"/customers/{customer}"))[0] == 404
    assert (await person.get("/customers/x"))[0] == 404


async def test_pages_ask_the_database_a_few_times_whatever_they_show(hub: Hub, shop, person: Person):
    async def trips(path: str) -> int:
        await person.get(path)
        before = hub.pool.round_trips
        assert (await person.get(path))[0] == 200
        return hub.pool.round_trips - before

    for _ in range(4):
        order = await make.order(shop, payer=PAYER)
        record = await make.message(shop, ASKED, related=str(order.number))
    assert await trips("/messages?q=pedro") <= 6
    assert await trips(f"/messages/{record.id.hex}") <= 5
    assert await trips("/customers?q=reis") <= 6


async def test_a_question_is_found_while_typing_read_and_answered(context: BrowserContext, window: Page, shop, person):
    await make.message(shop, ASKED, subject="Tamanho")
    await make.message(shop, {"author": Author.CUSTOMER, "comment": "Chega quando?"}, subject="Prazo")
    await signed_in(context, person)
    await window.goto(f"{person.shop}/messages")
    await window.get_by_label("Search", exact=True).fill("pedro")
    await expect(window.get_by_role("link", name="Prazo")).to_have_count(0)
    await window.get_by_role("link", name="Tamanho").click()
    await expect(window.get_by_text("Serve no <b>Pedro</b>?")).to_be_visible()
    await window.get_by_label("Your answer").fill("Serve, sim.")
    await window.get_by_role("button", name="Answer").click()
    await expect(window.get_by_role("heading", level=1)).to_contain_text("Answered")
    await expect(window.get_by_role("list", name="What was said")).to_contain_text("Serve, sim.")
    await window.get_by_role("button", name="Close", exact=True).click()
    await window.get_by_role("button", name="Undo").click()
    await expect(window.get_by_role("heading", level=1)).to_contain_text("Answered")
