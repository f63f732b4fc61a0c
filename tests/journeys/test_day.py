"""A client of Plugg.to works a whole day against the sample shop of a hub started as a newcomer starts it."""

import asyncio
import json
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests import server
from tests.journeys import hub as hubs

MOVES_BACK = ("pending", "approved", "invoiced", "under_review")


@pytest.fixture(scope="module")
def hub():
    with server.folder() as path:
        (path / "hub").mkdir()
        with hubs.running(path / "hub") as hub:
            yield hub


@pytest.fixture(scope="module")
def credentials(hub):
    """What `plughub connection create` prints for a new client."""
    command = [sys.executable, "-m", "plughub", "connection", "create", "pluggto", "--tenant", "demo", "--json"]
    printed = subprocess.run([*command, "--data", str(hub.data)], env=hubs.CLEAN, capture_output=True, check=True)
    return json.loads(printed.stdout)


class Day:
    """The client: one connection pool, one token."""

    def __init__(self, http, base, token):
        self.http, self.base, self.token = http, base, token

    async def call(self, method, path, body=None):
        url = f"{self.base}{path}{'&' if '?' in path else '?'}access_token={self.token}"
        async with self.http.request(method, url, json=body) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def day(credentials):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        status, token = await ask_token(
            http, credentials, grant_type="password", **only(credentials, "username", "password")
        )
        assert status == 200
        yield Day(http, credentials["base_url"], token["access_token"])


def only(credentials, *names):
    return {name: credentials[name] for name in names}


async def ask_token(http, credentials, **form):
    form |= only(credentials, "client_id", "client_secret")
    async with http.post(f"{credentials['base_url']}/oauth/token", data=form) as answer:
        return answer.status, await answer.json()


async def test_a_token_is_had_by_each_grant(credentials, day):
    status, by_code = await ask_token(day.http, credentials, grant_type="authorization_code", code=credentials["code"])
    assert status == 200

    status, by_refresh = await ask_token(
        day.http, credentials, grant_type="refresh_token", refresh_token=by_code["refresh_token"]
    )
    assert status == 200

    for token in (day.token, by_code["access_token"], by_refresh["access_token"]):
        status, answer = await Day(day.http, day.base, token).call("GET", "/users")
        assert (status, answer["User"]["id"]) == (200, credentials["user_id"])


async def test_the_printed_call_works_as_it_stands(hub, day):
    printed = re.search(r"curl '([^']+)'", hub.output.read_text()).group(1)
    token = parse_qs(urlsplit(printed).query)["access_token"][0]

    async with day.http.get(printed) as answer:
        assert answer.status == 200
        assert (await answer.json())["showing"] == 2
    assert token not in hub.output.read_text().replace(printed, "")


async def test_a_product_is_made_sold_out_of_one_bin_by_fifty_hands_and_deleted(day):
    product = {
        "sku": "CAM-DIA",
        "name": "Camisa do dia",
        "price": "59,90",
        "price_table": [{"code": "atacado", "action": "decrease", "percentage": 10}],
        "stock_table": [{"code": "cd-sp", "type": "supplier", "priority": 1, "quantity": 7}],
        "variations": [{"sku": f"CAM-DIA-{size}", "quantity": 0, "price": 59.9} for size in "PMGX"],
    }
    status, answer = await day.call("PUT", "/skus/CAM-DIA", product)
    assert (status, len(answer["Product"]["variations"])) == (200, 4)

    await asyncio.gather(
        *(day.call("PUT", "/skus/CAM-DIA-M/stock", {"action": "update", "quantity": 5}) for _ in range(10))
    )
    changes = [{"action": "increase", "quantity": 3}] * 50 + [{"action": "decrease", "quantity": 2}] * 50
    answers = await asyncio.gather(*(day.call("PUT", "/skus/CAM-DIA-M/stock", change) for change in changes))

    assert {status for status, _ in answers} == {200}
    _, answer = await day.call("GET", "/skus/CAM-DIA")
    assert answer["Product"]["quantity"] == 5 + 50 * 3 - 50 * 2
    status, _ = await day.call("DELETE", "/skus/CAM-DIA")
    assert status == 200
    status, answer = await day.call("GET", "/skus/CAM-DIA-M")
    assert (status, answer["type"]) == (404, "not_found")


async def test_an_order_is_placed_invoiced_shipped_and_delivered_and_goes_no_way_back(day):
    items = [{"sku": "CAM-LISA", "quantity": 2, "price": 49.9}]
    status, answer = await day.call(
        "POST", "/orders", {"channel": "Mercadolivre", "original_id": "MLB-DIA-1", "status": "pending", "items": items}
    )
    assert (status, answer["Order"]["total"]) == (201, 99.8)
    id = answer["Order"]["id"]
    invoice = {"status": "invoiced", "nfe_key": "35240311222333000181550010000001231000001234", "nfe_number": "123"}

    await day.call("PUT", f"/orders/{id}", {"status": "approved"})
    _, answer = await day.call("PUT", f"/orders/{id}", {"status": "invoiced", "shipments": [invoice]})
    parcel = answer["Order"]["shipments"][0]["id"]
    tracking = {"id": parcel, "track_code": "BR55501", "shipping_company": "Transportes Azul", "status": "shipped"}
    for status, shipments in (("shipping_informed", [tracking]), ("shipped", []), ("delivered", [])):
        code, answer = await day.call("PUT", f"/orders/{id}", {"status": status, "shipments": shipments})
        assert (code, answer["Order"]["status"]) == (200, status)

    assert answer["Order"]["shipments"][0]["nfe_number"] == "123"
    assert answer["Order"]["tags"]["has_track"] is True
    for status in MOVES_BACK:
        code, refused = await day.call("PUT", f"/orders/{id}", {"status": status})
        assert (code, refused["type"]) == (400, "invalid_status")
    assert (await day.call("GET", f"/orders/{id}"))[1] == answer


async def test_a_kit_follows_its_components(day):
    await day.call("PUT", "/skus/DIA-A", {"quantity": 9, "price": 10})
    await day.call("PUT", "/skus/DIA-B", {"quantity": 4, "price": 20})
    parts = [{"sku": "DIA-A", "quantity": "2"}, {"sku": "DIA-B", "quantity": "1"}]

    _, answer = await day.call("PUT", "/skus/DIA-KIT", {"name": "Kit", "price": 29, "package_skus": parts})
    assert answer["Product"]["quantity"] == 4
    await day.call("PUT", "/skus/DIA-A/stock", {"action": "decrease", "quantity": 4})

    _, answer = await day.call("GET", "/skus/DIA-KIT")
    assert answer["Product"]["quantity"] == 2


@pytest.mark.parametrize(
    "path",
    [
        "/orders?status=delivered", "/orders?channel=mercadolivre", "/orders?has_nfe=1", "/orders?sku=CAM-LISA",
        "/orders?created=2020-01-01to", "/orders?modified=2020-01-01to&limit=500", "/orders?ack=0",
        "/products?category=camisetas", "/products?bysku=cam-l", "/products?available=1", "/products?all=algodao",
        "/products?has_external=0", "/products?brand=Alvorada", "/products?attribute=material",
    ],
)  # fmt: skip
async def test_every_filter_finds_something_in_the_sample_shop(day, path):
    status, answer = await day.call("GET", path)

    assert status == 200
    assert answer["total"] > 0
    assert answer["showing"] == len(answer["result"]) == min(answer["total"], answer["limit"])
