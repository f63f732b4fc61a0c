"""Notifications: what one application is told of what another does, over real sockets (specification 10)."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib.metadata import version
from string import Template
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from plughub.core import orders, products, stock
from plughub.core.patch import Change
from plughub.core.stock import Verb
from plughub.core.webhooks import State
from plughub.delivery import signing
from plughub.dialects.pluggto import ids
from tests import make
from tests.delivery.conftest import Stage, stage  # noqa: F401 - a fixture
from tests.delivery.receiver import Received
from tests.dialects.pluggto.conftest import Client
from tests.dialects.pluggto.goods import history
from tests.dialects.pluggto.street import Street, listen, street

SHOP: list[tuple[str, str, Any]] = [
    ("PUT", "/skus/CAM", {
        "name": "Camisa", "price": 50, "quantity": 10, "available": True, "reserved": 0,
        "price_table": [{"code": "vip", "price": 45}], "stock_table": [{"code": "loja", "quantity": 3, "price": 51}],
    }),
    ("PUT", "/skus/SAIA", {"name": "Saia", "price": 80, "variations": [
        {"sku": "SAIA-P", "quantity": 4, "price": 80}, {"sku": "SAIA-M", "quantity": 5, "price": 80},
    ]}),
    ("PUT", "/skus/LUVA", {"name": "Luva", "price": 20, "quantity": 30}),
    ("PUT", "/skus/PAR", {"name": "Par", "price": 35, "package_skus": [{"sku": "LUVA", "quantity": 2}]}),
    ("POST", "/orders", {
        "channel": "loja", "original_id": "N1", "status": "approved", "items": [{"sku": "CAM", "quantity": 1}],
        "shipments": [{"shipping_company": "Correio"}, {"nfe_number": "7", "nfe_key": "700"}],
    }),
    ("POST", "/orders", {
        "channel": "loja", "original_id": "N2", "auto_reserve": True, "items": [{"sku": "CAM", "quantity": 2}],
    }),
]  # fmt: skip


@pytest.fixture
async def town(stage: Stage, http: aiohttp.ClientSession, address: str) -> AsyncIterator[Street]:  # noqa: F811
    """A shop, of which nobody has been told yet."""
    async with street(stage, http, address, *SHOP) as town:
        yield town


CAM, SAIA, GORRO = "products updated CAM", "products updated SAIA", "products updated GORRO"
#: What is done, one after the other in one shop, and what others are told of it.
GOODS: dict[str, tuple[str, str, Any, list[str]]] = {
    "new": ("POST", "/products", {"sku": "GORRO", "name": "Gorro"}, ["products created GORRO stock+price"]),
    "new by SKU": ("PUT", "/skus/MEIA", {"name": "Meia"}, ["products created MEIA stock+price"]),
    "new with variations": (
        "PUT", "/skus/BOTA", {"variations": [{"sku": "BOTA-40"}, {"sku": "BOTA-41", "quantity": 1}]},
        ["products created BOTA stock+price"],
    ),
    "name": ("PUT", "/skus/CAM", {"name": "Camiseta"}, [CAM]),
    "attributes": ("PUT", "/products/{CAM}", {"attributes": [{"code": "price", "value": {"code": "low"}}]}, [CAM]),
    "cost": ("PUT", "/skus/CAM", {"cost": 7}, [CAM]),
    "SKU": ("PUT", "/skus/GORRO", {"sku": "GORRO-2"}, [GORRO]),
    "price": ("PUT", "/skus/CAM", {"price": 51}, [f"{CAM} price"]),
    "special price": ("PUT", "/products/{CAM}", {"special_price": 49.9}, [f"{CAM} price"]),
    "price table, row changed": (
        "PUT", "/skus/CAM", {"price_table": [{"code": "vip", "percentage": 5, "action": "decrease"}]},
        [f"{CAM} price"],
    ),
    "price table, row added": ("PUT", "/skus/CAM", {"price_table": [{"code": "b2b", "price": 1}]}, [f"{CAM} price"]),
    "price table, row removed": (
        "PUT", "/skus/CAM", {"price_table": [{"code": "vip", "remove": True}]}, [f"{CAM} price"]
    ),
    "quantity": ("PUT", "/skus/CAM", {"quantity": 11}, [f"{CAM} stock"]),
    "first quantity": ("PUT", "/skus/GORRO-2", {"quantity": 1}, [f"{GORRO} stock"]),
    "stock of a SKU, more": ("PUT", "/skus/CAM/stock", {"action": "increase", "quantity": 1}, [f"{CAM} stock"]),
    "stock of a SKU, less": ("PUT", "/skus/CAM/stock", {"action": "decrease", "quantity": 99}, [f"{CAM} stock"]),
    "stock of a SKU, set": ("PUT", "/skus/CAM/stock", {"action": "update", "quantity": 3}, [f"{CAM} stock"]),
    "stock elsewhere": ("PUT", "/skus/CAM/stock", {"quantity": 9, "stock_code": "loja"}, [f"{CAM} stock"]),
    "stock at a new place": ("PUT", "/skus/CAM/stock", {"quantity": 9, "stock_code": "galpao"}, [f"{CAM} stock"]),
    "stock of a product": ("PUT", "/products/{CAM}/stock", {"action": "increase", "quantity": 1}, [f"{CAM} stock"]),
    "stock of a variation": (
        "PUT", "/products/{SAIA}/variation/{SAIA-P}/stock", {"action": "decrease", "quantity": 1}, [f"{SAIA} stock"]
    ),
    "stock of a variation's id": ("PUT", "/products/{SAIA-P}/stock", {"quantity": 9}, [f"{SAIA} stock"]),
    "stock of a variation's SKU": ("PUT", "/skus/SAIA-P/stock", {"quantity": 1}, [f"{SAIA} stock"]),
    "stock table, quantity": ("PUT", "/skus/CAM", {"stock_table": [{"code": "loja", "quantity": 4}]}, [f"{CAM} stock"]),
    "stock table, price": ("PUT", "/skus/CAM", {"stock_table": [{"code": "loja", "price": 52}]}, [f"{CAM} price"]),
    "stock table, terms": ("PUT", "/skus/CAM", {"stock_table": [{"code": "loja", "priority": 1}]}, [CAM]),
    "stock table, row added": ("PUT", "/skus/CAM", {"stock_table": [{"code": "ce", "quantity": 4}]}, [f"{CAM} stock"]),
    "stock table, row removed": (
        "PUT", "/skus/CAM", {"stock_table": [{"code": "loja", "remove": True}]}, [f"{CAM} stock"]
    ),
    "not for sale": ("PUT", "/skus/CAM", {"available": False}, [f"{CAM} status"]),
    "all of it": (
        "PUT", "/skus/CAM", {"name": "Regata", "price": 52, "quantity": 77, "available": True},
        [f"{CAM} status+stock+price"],
    ),
    "field that nobody knows, beside a known one": ("PUT", "/skus/CAM", {"reserved": 1, "name": "Blusa"}, [CAM]),
    "own id, beside a known field": ("PUT", "/skus/CAM", {"external": "55", "price": 53}, [f"{CAM} price"]),
    "variation added": ("PUT", "/skus/SAIA", {"variations": [{"sku": "SAIA-G"}]}, [f"{SAIA} stock+price"]),
    "variation's name": ("PUT", "/skus/SAIA", {"variations": [{"sku": "SAIA-P", "name": "P"}]}, [SAIA]),
    "variation's price": ("PUT", "/skus/SAIA-P", {"price": 81}, [f"{SAIA} price"]),
    "variation's quantity": ("PUT", "/skus/SAIA-P", {"quantity": 8}, [f"{SAIA} stock"]),
    "variation's SKU": ("PUT", "/skus/SAIA-M", {"sku": "SAIA-MM"}, [SAIA]),
    "variation whose SKU another takes over": (
        "PUT", "/skus/SAIA", {"variations": [{"sku": "SAIA-P", "remove": True}, {"sku": "SAIA-P", "quantity": 1}]},
        [f"{SAIA} stock+price"],
    ),
    "variation removed": (
        "PUT", "/skus/SAIA", {"variations": [{"sku": "SAIA-P", "remove": True}]},
        [f"{SAIA} stock+price", "skus deleted SAIA-P stock+price"],
    ),
    "variation deleted by SKU": (
        "DELETE", "/skus/SAIA-G", None, [f"{SAIA} stock+price", "skus deleted SAIA-G stock+price"]
    ),
    "variation deleted by id": (
        "DELETE", "/products/{SAIA-M}", None, [f"{SAIA} stock+price", "skus deleted SAIA-MM stock+price"]
    ),
    "SKUs that read like paths": (
        "PUT", "/skus/SAIA", {"variations": [{"sku": "a.extensions.b"}, {"sku": "a[price"}]}, [f"{SAIA} stock+price"]
    ),
    "name of a variation whose SKU reads like a path": ("PUT", "/skus/a.extensions.b", {"name": "G"}, [SAIA]),
    "variation with a bracket removed": (
        "DELETE", "/skus/a%5Bprice", None, [f"{SAIA} stock+price", "skus deleted a[price stock+price"]
    ),
    "stock of a kit's component": (
        "PUT", "/skus/LUVA/stock", {"quantity": 8}, ["products updated LUVA stock", "products updated PAR stock"]
    ),
    "price of a kit's component": ("PUT", "/skus/LUVA", {"price": 8}, ["products updated LUVA price"]),
    "components of a kit": (
        "PUT", "/skus/PAR", {"package_skus": [{"sku": "LUVA", "quantity": 3}]}, ["products updated PAR stock"]
    ),
    "deleted": ("DELETE", "/skus/CAM", None, ["skus deleted CAM stock+price"]),
    "deleted with its variations": (
        "DELETE", "/products/{BOTA}", None,
        ["skus deleted BOTA stock+price", "skus deleted BOTA-40 stock+price", "skus deleted BOTA-41 stock+price"],
    ),
}  # fmt: skip

N1, PAR = "orders updated N1", ["products updated LUVA stock", "products updated PAR stock"]
ORDERS: dict[str, tuple[str, str, Any, list[str]]] = {
    "new": ("POST", "/orders", {"original_id": "N3", "total": 9}, ["orders created N3 status"]),
    "new with an invoice": (
        "POST", "/orders", {"original_id": "N4", "shipments": [{"nfe_key": "1"}]},
        ["invoices created N4", "orders created N4 status"],
    ),
    "new that holds stock": (
        "POST", "/orders",
        {"original_id": "N5", "auto_reserve": True, "items": [{"sku": sku, "quantity": 1} for sku in ("CAM", "PAR")]},
        ["orders created N5 status", f"{CAM} stock", *PAR],
    ),
    "canceled, held stock is free": (
        "PUT", "/orders/{N5}", {"status": "canceled"}, ["orders updated N5 status", f"{CAM} stock", *PAR]
    ),
    "shipped from what was held": (
        "PUT", "/orders/{N2}", {"status": "shipped"}, ["orders updated N2 status", f"{CAM} stock"]
    ),
    "silent, but the stock that it holds": (
        "POST", "/orders",
        {"original_id": "N6", "update": False, "auto_reserve": True, "items": [{"sku": "CAM", "quantity": 1}]},
        [f"{CAM} stock"],
    ),
    "changed": ("PUT", "/orders/{N1}", {"payer_email": "ana@example.com"}, [N1]),
    "picked": ("PUT", "/orders/{N1}", {"status": "picking"}, [N1]),
    "taken and changed": ("PUT", "/orders/{N1}", {"ack": True, "external": "55", "total": 5}, [N1]),
    "shipment added": ("PUT", "/orders/{N1}", {"shipments": [{"track_code": "BR1"}]}, [N1]),
    "status of a shipment": ("PUT", "/orders/{N1}", {"shipments": [{"id": "{N1.0}", "status": "shipped"}]}, [N1]),
    "invoice number": (
        "PUT", "/orders/{N1}", {"shipments": [{"id": "{N1.0}", "nfe_number": "8"}]}, ["invoices created N1", N1]
    ),
    "whole invoice": (
        "PUT", "/orders/{N1}", {"shipments": [{"id": "{N1.2}", "nfe_number": "8", "nfe_key": "800", "nfe_serie": "1"}]},
        ["invoices created N1", N1],
    ),
    "invoice corrected": ("PUT", "/orders/{N1}", {"shipments": [{"id": "{N1.1}", "nfe_number": "9"}]}, [N1]),
    "moved": ("PUT", "/orders/{N1}", {"status": "invoiced"}, [f"{N1} status"]),
    "moved and changed": ("PUT", "/orders/{N1}", {"status": "shipping_informed", "total": 6}, [f"{N1} status"]),
    "shipment with an invoice": (
        "PUT", "/orders/{N1}", {"status": "shipped", "shipments": [{"nfe_key": "900"}]},
        ["invoices created N1", f"{N1} status"],
    ),
}  # fmt: skip


M1 = "messages updated M1"
MESSAGES: dict[str, tuple[str, str, Any, list[str]]] = {
    "new": (
        "POST", "/messages", {"channel": "loja", "original_id": "M1", "subject": "Troca"},
        ["messages created M1 status"],
    ),
    "changed": ("PUT", "/messages/{M1}", {"priority": "high"}, [M1]),
    "answered": (
        "PUT", "/messages/{M1}", {"interections": [{"from": "seller", "comment": "Claro"}]}, [f"{M1} status"]
    ),
    "no change": ("PUT", "/messages/{M1}", {"priority": "high"}, []),
    "silent": ("PUT", "/messages/{M1}", {"status": "closed", "update": False}, []),
}  # fmt: skip


@pytest.mark.parametrize("table", [GOODS, ORDERS, MESSAGES], ids=["goods", "orders", "messages"])
async def test_others_are_told_of_every_change(town: Street, table: dict[str, tuple[str, str, Any, list[str]]]):
    told = {}
    for name, (method, path, body, _) in table.items():
        await town.done(method, path, body)
        told[name] = await town.news()

    assert told == {name: sorted(expected) for name, (_, _, _, expected) in table.items()}


#: One after the other, in one shop.
QUIET: dict[str, tuple[str, str, Any]] = {
    "no change of a product": ("PUT", "/skus/CAM", {"name": "Camisa", "price": "50.00", "quantity": 10}),
    "no change of stock": ("PUT", "/skus/CAM/stock", {"action": "update", "quantity": 10}),
    "nothing more": ("PUT", "/skus/CAM/stock", {"action": "increase", "quantity": 0}),
    "field that nobody knows": ("PUT", "/skus/CAM", {"reserved": 1}),
    "own id of a product": ("PUT", "/skus/CAM", {"external": "55"}),
    "own id of a variation": ("PUT", "/skus/SAIA-P", {"external": "55"}),
    "refused": ("PUT", "/skus/CAM", {"name": "x", "price": "dear"}),
    "same status": ("PUT", "/orders/{N1}", {"status": "approved"}),
    "refused move": ("PUT", "/orders/{N1}", {"status": "pending", "total": 1}),
    "taken over": ("PUT", "/orders/{N1}", {"ack": True}),
    "own id of an order": ("PUT", "/orders/{N1}", {"external": "55"}),
    "order that is there": ("POST", "/orders", {"channel": "loja", "original_id": "N1"}),
    "silent": ("PUT", "/orders/{N1}", {"status": "invoiced", "update": False}),
    "silent, as text": ("PUT", "/orders/{N1}", {"status": "shipping_informed", "update": "false"}),
    "silent invoice": ("PUT", "/orders/{N1}", {"shipments": [{"nfe_key": "9"}], "update": False}),
    "silent new order": ("POST", "/orders", {"original_id": "N3", "update": False}),
}
ACCEPTED = ("own id", "taken over", "silent", "nothing more", "no change of stock")


async def test_nobody_is_told(town: Street):
    told = {}
    for name, call in QUIET.items():
        answer = await town.call(*call)
        assert (answer.status < 300) == name.startswith(ACCEPTED), (name, answer.text)
        if news := await town.news():
            told[name] = news

    assert told == {}


BYTES = (
    (
        ("PUT", "/skus/CAM", {"name": "x"}),
        '{"user":$user,"id":"$cam","changes":{"status":false,"stock":false,"price":false},'
        '"type":"products","action":"updated"}',
    ),
    (
        ("PUT", "/orders/{N1}", {"status": "invoiced"}),
        '{"user":$user,"id":"$order","changes":{"status":true,"stock":false,"price":false},'
        '"type":"orders","action":"updated"}',
    ),
    (
        ("DELETE", "/skus/SAIA-%C3%83%22%2F", None),
        '{"user":$user,"id":"SAIA-Ã\\"/","changes":{"status":false,"stock":true,"price":true},'
        '"type":"skus","action":"deleted"}',
    ),
)


async def test_the_bytes_are_the_vendors(town: Street):
    """Compact JSON, keys and flags in the order of the vendor's page; the account's number as a number."""
    await town.done("PUT", "/skus/SAIA", {"variations": [{"sku": 'SAIA-Ã"/'}]})
    await town.news()
    facts = {"user": town.stage.shop.tenant.number, "cam": town.id("CAM"), "order": town.id("N1")}
    for call, expected in BYTES:
        await town.done(*call)
        first, *_ = await town.told(town.theirs)
        assert first == Template(expected).substitute(facts).encode()


async def test_what_is_sent_besides_the_body(town: Street):
    await town.done("PUT", "/skus/CAM", {"name": "x"})
    await town.stage.told(town.theirs.endpoint)

    (call,) = town.theirs.receiver.received
    delivery, *_ = await town.stage.deliveries(subscriptions=[town.theirs.endpoint.id])
    key = town.stage.hub.keys.webhook_secret(town.theirs.endpoint.id, 1)
    assert (call.method, call.path) == ("POST", "/hook")
    assert call.headers == {
        "host": town.theirs.receiver.url.removeprefix("http://").removesuffix("/hook"),
        "content-type": "application/json",
        "content-length": str(len(call.body)),
        "user-agent": f"Plughub/{version('plughub')}",
        "accept": "*/*",
        "accept-encoding": "identity",
        **signing.headers(delivery.id.hex, town.stage.clock.at, call.body, [key]),
    }


async def test_each_application_is_told_what_the_other_does(town: Street):
    await town.done("PUT", "/skus/CAM", {"price": 1})
    await town.theirs.client.put("/skus/CAM", {"quantity": 1})

    assert [town.line(body) for body in await town.told(town.ours)] == [f"{CAM} stock"]
    assert [town.line(body) for body in await town.told(town.theirs)] == [f"{CAM} price"]


async def test_what_people_change_is_told_to_every_application(town: Street):
    """The console and the command line are nobody's connection."""
    shop, cam, order = town.stage.shop, ids.read(town.id("CAM")), ids.read(town.id("N1"))
    async with shop.hub.change(shop.tenant.id) as tx:
        await products.change(tx, shop.caller, cam, {"brand": "Nova", "default": {"price": Decimal(3)}})
        await orders.change(tx, shop.caller, order, {"status": orders.OrderStatus.INVOICED})
    async with shop.hub.step(shop.tenant.id) as tx:
        await stock.change(tx, shop.caller, "LUVA", Verb.SET, Decimal(2))

    expected = ["orders updated N1 status", f"{CAM} price", "products updated LUVA stock", "products updated PAR stock"]
    for application in (town.ours, town.theirs):
        assert sorted(town.line(body) for body in await town.told(application)) == expected


async def test_an_application_is_told_of_the_types_that_it_chose(town: Street):
    connection = town.theirs.endpoint.connection
    url = town.theirs.receiver.url
    chosen = {
        kinds: await listen(town.stage, connection, f"{url}/{'-'.join(kinds)}", *kinds)
        for kinds in (("orders",), ("skus", "invoices"))
    }
    await town.done("PUT", "/orders/{N1}", {"shipments": [{"nfe_key": "9"}]})
    await town.done("DELETE", "/skus/CAM")
    await town.stage.relay()
    for endpoint in chosen.values():
        await town.stage.pump(endpoint)

    heard: dict[str, set[str]] = {}
    for call in town.theirs.receiver.received:
        heard.setdefault(call.path.rpartition("/")[2], set()).add(town.line(call.body))
    assert heard == {
        "orders": {N1},
        "skus-invoices": {"invoices created N1", "skus deleted CAM stock+price"},
    }


async def test_another_account_is_told_nothing(town: Street, http: aiohttp.ClientSession, address: str):
    neighbour = replace(town.stage, shop=await make.shop(town.stage.hub))
    async with street(neighbour, http, address) as elsewhere:
        await elsewhere.done("PUT", "/skus/CAM", {"name": "Camisa"})
        await town.done("PUT", "/skus/CAM", {"name": "x"})

        assert await elsewhere.news() == ["products created CAM stock+price"]
        assert await town.news() == [CAM]


async def test_changes_that_wait_become_one_notification_with_all_their_flags(town: Street):
    for body in ({"name": "x"}, {"price": 1}, {"quantity": 1}):
        await town.done("PUT", "/skus/CAM", body)
    await town.stage.relay()
    await town.done("PUT", "/skus/CAM", {"available": False})

    assert await town.news() == [f"{CAM} status+stock+price"]


@pytest.mark.parametrize("status", [204, 302, 500])
async def test_what_was_not_answered_with_200_is_told_again_after_five_minutes(town: Street, status: int):
    """And with it what has changed since; that does not begin its calendar anew (row 55)."""
    town.theirs.receiver.status = status
    await town.done("PUT", "/skus/CAM", {"price": 1})
    assert await town.news() == [f"{CAM} price"]
    town.stage.clock.forward(minutes=4)
    await town.done("PUT", "/skus/CAM", {"quantity": 1})
    assert await town.news() == []

    town.stage.clock.forward(minutes=1)
    assert await town.news() == [f"{CAM} stock+price"]
    town.stage.clock.forward(minutes=14)
    assert await town.news() == []
    town.theirs.receiver.status = 200
    town.stage.clock.forward(minutes=1)
    assert await town.news() == [f"{CAM} stock+price"]
    town.stage.clock.forward(days=9)
    assert await town.news() == []


async def test_the_kit_itself_has_changed_when_a_components_stock_has(town: Street):
    before = (await town.done("GET", "/skus/PAR"))["Product"]
    await town.done("PUT", "/skus/LUVA/stock", {"action": "decrease", "quantity": 9})
    await town.stage.relay()

    after = (await town.done("GET", "/skus/PAR"))["Product"]
    assert (before["quantity"], after["quantity"]) == (15, 10)
    assert after["modified"] > before["modified"]
    (*_, event) = await history(town.ours.client, after["id"])
    assert event.connection_id == town.ours.endpoint.connection
    assert event.changes == (Change("components[LUVA].default.levels[$main].on_hand", 30, 21),)


async def test_a_kit_whose_components_two_applications_changed_is_told_to_both(town: Street):
    await town.done("PUT", "/skus/LUVA/stock", {"quantity": 8})
    await town.theirs.client.put("/skus/LUVA/stock", {"quantity": 6})

    kit = "products updated PAR stock"
    for application in (town.ours, town.theirs):
        assert sorted(town.line(body) for body in await town.told(application)) == ["products updated LUVA stock", kit]


async def test_a_kit_that_is_gone_is_not_told_of(town: Street):
    await town.done("DELETE", "/skus/PAR")
    await town.done("PUT", "/skus/LUVA/stock", {"quantity": 8})

    assert await town.news() == ["products updated LUVA stock", "skus deleted PAR stock+price"]


@pytest.mark.parametrize("is_planned_at_once", [True, False])
async def test_a_sku_that_came_back_is_told_after_it_was_gone(town: Street, is_planned_at_once: bool):
    """Whoever reads the product when told of it must not be told last that its SKU is deleted."""
    await town.done("PUT", "/skus/SAIA", {"brand": "x"})
    if not is_planned_at_once:
        await town.stage.relay()
    await town.done("DELETE", "/skus/SAIA-P")
    await town.done("PUT", "/skus/SAIA", {"variations": [{"sku": "SAIA-P", "quantity": 1}]})
    await town.stage.relay()
    await town.done("PUT", "/skus/SAIA", {"brand": "y"})

    told = [town.line(body) for body in await town.told(town.theirs)]
    assert told == [SAIA, "skus deleted SAIA-P stock+price", f"{SAIA} stock+price"]


PAIRS = {
    "products created", "products updated", "skus deleted", "orders created", "orders updated", "messages created",
    "messages updated", "invoices created",
}  # fmt: skip


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """The shape of every body."""

    user: int
    id: str
    changes: dict[str, bool]
    type: str
    action: str


def check(bodies: list[bytes], user: int) -> None:
    for body in bodies:
        told = msgspec.json.decode(body, type=Told)
        assert msgspec.json.encode(told) == body
        assert (told.user, list(told.changes)) == (user, ["status", "stock", "price"])
        assert f"{told.type} {told.action}" in PAIRS
        if told.type != "skus":
            ids.read(told.id)


@dataclass
class Mirror:
    """A receiver that keeps a copy of the catalogue by what it is told: it reads products, and drops SKUs."""

    reader: Client
    #: Answers some calls as if they had failed; None: none.
    rolls: random.Random | None
    #: Product id -> its SKUs with their stock and price.
    products: dict[str, dict[str, tuple[Any, ...]]] = field(default_factory=dict)

    async def __call__(self, call: Received) -> web.Response:
        if self.rolls and self.rolls.random() < 0.4:
            return web.Response(status=self.rolls.choice([201, 204, 302, 500]))
        told = msgspec.json.decode(call.body, type=Told)
        if told.type == "skus":
            for skus in self.products.values():
                skus.pop(told.id, None)
        elif told.type == "products":
            answer = await self.reader.get(f"/products/{told.id}")
            self.products[told.id] = skus_in(answer.json["Product"]) if answer.status == 200 else {}
        return web.Response()


def skus_in(product: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {
        one["sku"]: tuple(one[name] for name in ("quantity", "price", "special_price"))
        for one in (product, *product["variations"])
    }


@pytest.mark.parametrize("seed", range(2))
async def test_a_receiver_that_follows_what_it_is_told_ends_with_what_there_is(town: Street, seed: int):
    """Whatever is done, told one at a time or together, at once or late: known pairs, valid bodies, the last state."""
    rolls = random.Random(seed)
    mirror = town.theirs.receiver.answer = Mirror(town.theirs.client, rolls)
    for sku in ("CAM", "SAIA", "LUVA", "PAR"):
        product = (await town.done("GET", f"/skus/{sku}"))["Product"]
        mirror.products[product["id"]] = skus_in(product)
    for _ in range(50):
        await town.call(*step(rolls))
        if rolls.random() < 0.3:
            check(await town.told(town.theirs), town.stage.shop.tenant.number)
            town.stage.clock.forward(minutes=rolls.choice([0, 3, 30]))
    mirror.rolls = None
    for _ in range(9):
        check(await town.told(town.theirs), town.stage.shop.tenant.number)
        town.stage.clock.forward(days=2)
    assert await town.told(town.ours) == []

    found = (await town.done("GET", "/products?limit=500"))["result"]
    assert {id: skus for id, skus in mirror.products.items() if skus} == {
        one["Product"]["id"]: skus_in(one["Product"]) for one in found
    }
    assert {one.state for one in await town.stage.deliveries()} == {State.DELIVERED}


def step(rolls: random.Random) -> tuple[str, str, Any]:
    """Some call, that may well be refused. No product takes the SKU of one that was deleted."""
    sku = rolls.choice(["CAM", "SAIA", "LUVA", "SAIA-P", "SAIA-M", "SAIA-G"])
    number = rolls.randint(1, 5)
    if rolls.random() < 0.2:
        return rolls.choice([(method, path, body) for method, path, body, _ in ORDERS.values()])
    return rolls.choice([
        ("PUT", f"/skus/{sku}/stock", {"action": rolls.choice(["increase", "decrease", "update"]), "quantity": number}),
        ("PUT", f"/products/{{SAIA}}/variation/{{{sku}}}/stock", {"quantity": number}),
        ("PUT", "/skus/SAIA", {"variations": [{"sku": sku, "quantity": number}]}),
        ("PUT", "/skus/SAIA", {"variations": [{"sku": sku, "remove": True}]}),
        ("PUT", "/skus/SAIA", {"variations": [{"sku": sku, "remove": True}, {"sku": sku, "price": number}]}),
        ("PUT", "/products/{CAM}", {"price": number, "special_price": number}),
        ("PUT", "/products/{CAM}", {"name": f"Camisa {number}", "external": "5"}),
        ("PUT", "/products/{LUVA}", {"quantity": number, "available": rolls.choice([True, False])}),
        ("DELETE", f"/skus/{sku if '-' in sku else 'SAIA-G'}", None),
        ("POST", "/products", {"sku": f"N{rolls.random()}", "name": "Novo"}),
        ("DELETE", "/products/{CAM}" if number == 1 else "/skus/none", None),
    ])  # fmt: skip
