"""Twin tenants with equal SKUs, order numbers and e-mail addresses: nothing of one in any answer to the other."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from plughub import app
from plughub.config import Settings
from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.webhooks import Wanted
from plughub.delivery import relay
from plughub.dialects.pluggto import DIALECT
from plughub.outbound import Outbound
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of
from tests.sockets import serving

#: What every other identifier of the wire is filled with: nobody has a record of that name.
NOBODY = "000000000000000000000000"


@dataclass(slots=True, kw_only=True)
class Twin:
    client: Client
    #: In every text that this tenant keeps; no answer to the other may have it.
    canary: str = field(default_factory=lambda: f"canary{secrets.token_hex(8)}")
    #: Every id that an answer ever showed to this tenant.
    ids: set[str] = field(default_factory=set)
    #: Those of its products, variations, orders and messages.
    records: list[str] = field(default_factory=list)
    #: A SKU, and an id of its own for a record, that only this tenant has.
    sku: str = field(default_factory=lambda: f"only-{secrets.token_hex(4)}")
    external: str = field(default_factory=lambda: f"ext-{secrets.token_hex(4)}")

    def secrets(self) -> list[str]:
        """What the other tenant must never be shown."""
        held = self.client.credentials
        return [self.canary, self.client.token, held.client_secret, held.password, *self.ids]

    async def call(self, method: str, path: str, body: Any = None, **rest: Any) -> Answer:
        return await self.client.call(method, path, body, **rest)

    async def made(self, method: str, path: str, body: Any) -> dict[str, Any]:
        answer = await self.call(method, path, body)
        assert answer.status in (200, 201), answer.text
        self.ids |= set(re.findall(r'"([0-9a-f]{24})"', answer.text))
        return answer.json


async def stocked(twin: Twin) -> None:
    """A shop with everything that the wire knows."""
    mine = twin.canary
    product = {
        "sku": "SAME", "name": f"Camisa {mine}", "price": 10, "quantity": 5, "brand": mine, "external": twin.external,
        "description": mine, "categories": [{"name": f"Moda > {mine}"}], "photos": [{"url": f"http://x/{mine}.png"}],
        "attributes": [{"code": "c", "label": mine, "value": {"code": mine, "label": mine}}], "unknown": mine,
        "stock_table": [{"code": mine, "quantity": 3}], "price_table": [{"code": mine, "price": 9}],
        "variations": [{"sku": "SAME-V", "name": mine, "quantity": 2, "external": mine}],
    }  # fmt: skip
    order = {
        "channel": "loja", "original_id": "ORDER-1", "external": mine, "receiver_name": mine,
        "receiver_email": "same@example.com", "payer_email": "same@example.com", "payer_name": mine,
        "items": [{"sku": "SAME-V", "quantity": 1, "price": 10, "name": mine}], "unknown": mine,
        "shipments": [{"shipping_company": mine, "track_code": mine, "nfe_number": mine}],
        "payments": [{"payment_type": "credit", "payment_method": mine}],
    }  # fmt: skip
    message = {
        "channel": "loja", "original_id": "MESSAGE-1", "subject": mine, "customer_name": mine, "item_related": "SAME-V",
        "tags": mine, "unknown": mine,
        "interections": [{"comment": mine, "unknown": mine, "attachments": [{"url": f"http://x/{mine}"}]}],
    }  # fmt: skip
    made = await twin.made("PUT", "/skus/SAME", product)
    single = await twin.made("PUT", f"/skus/{twin.sku}", {"name": mine, "quantity": 1})
    await twin.made("PUT", "/skus/KIT", {"name": mine, "package_skus": [{"sku": twin.sku, "quantity": 1}]})
    placed = await twin.made("POST", "/orders", order)
    written = (await twin.made("POST", "/messages", message))["Message"]
    variation = made["Product"]["variations"][0]
    twin.records = [made["Product"]["id"], variation["id"], single["Product"]["id"], placed["Order"]["id"]]
    twin.records += [written["id"], written["interections"][0]["id"]]
    for path in ("/products", "/orders", "/skus/SAME", "/messages"):
        await twin.made("GET", path, None)


@pytest.fixture(scope="module")
async def narrow(hub: Hub, database_url: str) -> AsyncIterator[Hub]:
    """A hub with one connection: every request comes after another tenant's on the same one."""
    hub = Hub(database_url, keys=hub.keys, size=1)
    yield hub
    await hub.close()


@pytest.fixture(scope="module", params=["wide", "narrow"])
async def twins(
    request: pytest.FixtureRequest,
    hub: Hub,
    narrow: Hub,
    outbound: Outbound,
    address: str,
    http: aiohttp.ClientSession,
) -> AsyncIterator[tuple[Twin, Twin]]:
    wide = request.param == "wide"
    async with serving(app.application(narrow, outbound, Settings(data=Path("unused")))) as other:
        shops = [await make.shop(hub) for _ in range(2)]
        mine, theirs = [Twin(client=await client_of(http, address if wide else other, shop)) for shop in shops]
        for twin in (mine, theirs):
            await stocked(twin)
        assert not mine.ids & theirs.ids
        assert len(theirs.ids) > 8
        yield mine, theirs


def tells_nothing_of(theirs: Twin, answer: Answer, *sent: str) -> None:
    """`sent`: what the caller named itself may come back in a refusal."""
    shown = answer.text + str(answer.headers)
    for secret in theirs.secrets():
        if secret not in sent:
            assert secret not in shown, answer.text


def paths(route: Any, theirs: Twin) -> list[tuple[str, str]]:
    """(path, identifier) for each identifier of the other tenant in each place of a route's path."""
    names = re.findall(r"\{(\w+)\}", route.path)
    known = sorted(theirs.ids) if route.method == "GET" else theirs.records
    found = []
    for name in names:
        for identifier in [theirs.sku] if name == "sku" else known:
            filled = dict.fromkeys(names, NOBODY) | {name: identifier}
            found.append((route.path.format(**filled), identifier))
    return found


#: A PUT to a SKU that one does not have creates it: a tenant's SKUs are its own names.
CREATES = {("PUT", "/skus/{sku}")}
ADDRESSED = [route for route in DIALECT.routes if "{" in route.path]


@pytest.mark.parametrize("route", ADDRESSED, ids=lambda route: f"{route.method} {route.path}")
async def test_no_route_opens_a_record_of_another_tenant(twins: tuple[Twin, Twin], route: Any):
    for mine, theirs in (twins, twins[::-1]):
        asked = paths(route, theirs)
        assert asked
        for path, identifier in asked:
            body = (
                None if route.method in ("GET", "DELETE") else {"quantity": 1, "action": "update", "status": "pending"}
            )
            answer = await mine.call(route.method, path, body)

            created = (route.method, route.path) in CREATES
            assert answer.status == (200 if created else 404), (path, answer.text)
            tells_nothing_of(theirs, answer, identifier)
            if created:
                await mine.call("DELETE", path)


@pytest.mark.parametrize("place", ["body id", "element id", "component", "line", "external", "message", "interaction"])
async def test_no_body_reaches_a_record_of_another_tenant(twins: tuple[Twin, Twin], place: str):
    mine, theirs = twins
    for id in theirs.records:
        bodies = {
            "body id": ("PUT", "/skus/SAME", {"id": id, "name": "x"}),
            "element id": ("PUT", "/skus/SAME", {"photos": [{"id": id, "url": "http://x/1.png"}]}),
            "component": (
                "PUT",
                f"/skus/K{place[0]}",
                {"package_skus": [{"sku": theirs.sku, "id": id, "quantity": 1}]},
            ),
            "line": ("POST", "/orders", {"items": [{"id": id, "sku": theirs.sku, "quantity": 1, "price": 1}]}),
            "external": ("PUT", "/skus/SAME", {"external": theirs.external}),
            "message": ("PUT", f"/messages?id={id}", {"id": id, "tags": "x"}),
            "interaction": ("PUT", "/messages", {"interections": [{"id": id, "comment": "x"}]}),
        }
        answer = await mine.call(*bodies[place])

        assert answer.status in (200, 201, 400, 404), answer.text
        tells_nothing_of(theirs, answer, id)
    await unharmed(theirs)


async def unharmed(twin: Twin) -> None:
    """What the twin had at first is all there still."""
    product = (await twin.call("GET", "/skus/SAME")).json["Product"]
    order = (await twin.call("GET", "/orders")).json["result"][-1]["Order"]
    assert (product["name"], product["brand"]) == (f"Camisa {twin.canary}", twin.canary)
    assert (order["original_id"], order["receiver_name"]) == ("ORDER-1", twin.canary)
    message = (await twin.call("GET", "/messages?original_id=MESSAGE-1")).json["result"][0]["Message"]
    assert (message["tags"], message["interections"][0]["comment"]) == (twin.canary, twin.canary)


LISTS = ["/products", "/orders", "/products/tabledata", "/messages"]
FILTERS = [
    "", "sku=SAME", "sku=SAME-V", "bysku=SA", "all=Camisa", "brand={0}", "all={0}", "category={0}", "attribute={0}",
    "external={0}", "channel=loja", "channel_id=ORDER-1", "original_id=ORDER-1", "track_code={0}",
    "shipping_company={0}", "nfe_number={0}", "unknown={0}", "receiver_email=same@example.com", "id={1}", "next={1}",
    "original_id=MESSAGE-1", "item_related=SAME-V", "interections.comment={0}", "interections.id={1}", "tags={0}",
    "price_table.code={0}", "stock_table.code={0}", "variations.name={0}", "modified=2000-01-01to2100-01-01",
    "orderby=created&orderdirection=desc", "page=1&limit=500",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
async def test_lists_show_ones_own_records_only(twins: tuple[Twin, Twin], path: str):
    for mine, theirs in (twins, twins[::-1]):
        for filter in FILTERS:
            for id in theirs.records if "{1}" in filter else [""]:
                answer = await mine.call("GET", f"{path}?{filter.format(theirs.canary, id)}")

                assert answer.status in (200, 400), answer.text
                tells_nothing_of(theirs, answer, *([id] if answer.status == 400 else []))


ASKED = [
    "/products?brand={}", "/products?all={}", "/orders?track_code={}", "/orders?channel_id=ORDER-1", "/messages?all={}",
    "/messages?interections.comment={}",
]  # fmt: skip


async def test_ones_own_records_are_found_by_the_same_questions(twins: tuple[Twin, Twin]):
    """So that finding nothing of the other's means something."""
    for mine in twins:
        for asked in ASKED:
            answer = await mine.call("GET", asked.format(mine.canary))
            assert answer.json["total"] >= 1, (asked, answer.text)
            assert mine.canary in answer.text


async def test_a_token_of_one_account_does_not_open_the_other(twins: tuple[Twin, Twin]):
    mine, theirs = twins
    answer = await mine.call("GET", "/products", headers={"x-user_id": str(theirs.client.shop.tenant.number)})

    assert answer.status == 403
    tells_nothing_of(theirs, answer)


async def test_requests_of_both_in_turn_get_their_own_answers(twins: tuple[Twin, Twin]):
    for _ in range(10):
        for mine, theirs in (twins, twins[::-1]):
            for path in ("/skus/SAME", "/products/nope", "/orders", "/users"):
                tells_nothing_of(theirs, await mine.call("GET", path))


async def test_deliveries_of_one_tell_nothing_of_the_other(twins: tuple[Twin, Twin], hub: Hub):
    mine, theirs = (twin.client.shop for twin in twins)
    connection, _ = await make.connection(mine)
    async with hub.change(mine.tenant.id) as tx:
        await webhooks.subscribe(tx, mine.caller, connection.id, url="https://x.example", style="native")
    await twins[1].call("PUT", "/skus/SAME", {"quantity": 77})

    for shop in (mine, theirs):
        await relay.place(hub, shop.tenant.id, app.STYLES)

    async with hub.read(mine.tenant.id) as tx:
        planned = await webhooks.deliveries(tx, mine.tenant.id, Wanted())
        own = {row["id"] for row in await tx.all("SELECT id FROM events WHERE tenant_id = $1", mine.tenant.id)}
    assert {delivery.event for delivery in planned} <= own
    await twins[1].call("PUT", "/skus/SAME", {"quantity": 5})
