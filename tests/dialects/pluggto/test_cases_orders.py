"""The specification's table of bad input (section 13): the cases of tokens, orders and bodies, by their numbers."""

import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from plughub.core import connections
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.core.tenants import tokens
from plughub.dialects.pluggto import DIALECT, ids
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of

NO_ORDER = "5877efb70280833e402e54bc"
UNCHANGED = {"type": "not_updated", "details": "Changes not found in the order", "code": 400}


class Ground:
    """What a case starts from: a client, an order of its own and one of another account."""

    def __init__(self, client: Client, stranger: Client) -> None:
        self.client, self.stranger = client, stranger
        self.order: dict[str, Any] = {}

    async def fresh(self, **fields: Any) -> dict[str, Any]:
        answer = await self.client.post("/orders", {"total": 1, **fields})
        assert answer.status == 201, answer.text
        self.order = answer.json["Order"]
        return self.order

    async def put(self, body: Any = None, **sent: Any) -> Answer:
        return await self.client.put(f"/orders/{self.order['id']}", body, **sent)

    async def grant(self, kind: str, **more: str) -> Answer:
        who = self.client.credentials
        return await self.client.ask_token(
            grant_type=kind, client_id=who.client_id, client_secret=who.client_secret, **more
        )


@pytest.fixture(scope="module")
async def ground(http: aiohttp.ClientSession, address: str, hub: Hub) -> Ground:
    client = await client_of(http, address, await make.shop(hub))
    return Ground(client, await client_of(http, address, await make.shop(hub)))


def oauth(code: int, error: str, description: str) -> dict[str, Any]:
    return {"code": code, "error": error, "error_description": description}


Step = Callable[[Ground], Awaitable[Answer]]
CASES: list[Any] = []


def case(number: str, status: int, expected: Any) -> Callable[[Step], Step]:
    """`expected`: the whole body, or the error's `type`, or (type, field)."""

    def add(step: Step) -> Step:
        CASES.append(pytest.param(step, status, expected, id=f"{number}-{step.__name__.strip('_')}"))
        return step

    return add


@case("1", 401, oauth(401, "invalid_request", "The access token was not found"))
async def _no_token(ground: Ground) -> Answer:
    return await ground.client.get("/orders", token=None)


@case("2", 401, oauth(401, "invalid_token", "The access token provided is invalid."))
async def _made_up_token(ground: Ground) -> Answer:
    return await ground.client.get("/orders", token="0" * 40)


@case("2", 401, oauth(401, "invalid_token", "The access token provided has expired."))
async def _expired_token(ground: Ground) -> Answer:
    return await ground.client.get("/orders", token=(await _old_tokens(ground, timedelta(hours=2))).access)


@case("3", 404, {"type": "not_found", "details": "Order not found", "code": 404})
async def _order_of_another_account(ground: Ground) -> Answer:
    theirs = (await ground.stranger.post("/orders", {"total": 1})).json["Order"]["id"]
    return await ground.client.get(f"/orders/{theirs}")


@case("4", 400, oauth(400, "invalid_request", "Only one method may be used to authenticate at a time"))
async def _two_tokens(ground: Ground) -> Answer:
    return await ground.client.get("/orders", headers={"Authorization": f"Bearer {ground.stranger.token}"})


@case("5", 400, oauth(400, "invalid_request", "Invalid or missing grant_type parameter"))
async def _client_credentials(ground: Ground) -> Answer:
    return await ground.grant("client_credentials")


@case("6", 400, oauth(400, "invalid_grant", "User credentials are invalid"))
async def _wrong_password(ground: Ground) -> Answer:
    return await ground.grant("password", username=ground.client.credentials.username, password="no")


@case("7", 400, oauth(400, "invalid_grant", "Invalid code"))
async def _code_used_twice(ground: Ground) -> Answer:
    shop = ground.client.shop
    connection, credentials = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        code = await connections.new_code(
            tx, shop.hub.keys, shop.caller, connection, life=DIALECT.lifetimes, now=shop.hub.now()
        )
    own = Ground(
        Client(http=ground.client.http, base=ground.client.base, shop=shop, credentials=credentials), ground.client
    )
    assert (await own.grant("authorization_code", code=code)).status == 200
    return await own.grant("authorization_code", code=code)


@case("8", 400, oauth(400, "invalid_grant", "Invalid refresh token"))
async def _old_refresh_token(ground: Ground) -> Answer:
    old = (await _old_tokens(ground, timedelta(seconds=90))).refresh
    hub, app = ground.client.shop.hub, await _application(ground)
    async with hub.step(None) as tx:
        await tokens.by_refresh(tx, hub.keys, app, old, life=DIALECT.lifetimes, now=hub.now() - timedelta(seconds=61))
    return await ground.grant("refresh_token", refresh_token=old)


@case("9", 400, "invalid_json")
async def _cut_off(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put(data='{"status":')


@case("11", 400, "required_field")
async def _empty_put(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put(data=b" \r\n")


@case("11", 400, "required_field")
async def _empty_post(ground: Ground) -> Answer:
    return await ground.client.post("/orders", data=b"\xef\xbb\xbf")


@case("11", 400, "required_field")
async def _nothing_in_a_post(ground: Ground) -> Answer:
    return await ground.client.post("/orders", {})


@case("12", 400, ("invalid_status", "status"))
async def _enviado(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put({"status": "enviado"})


@case("13", 400, ("invalid_status", "status"))
async def _back_to_pending(ground: Ground) -> Answer:
    await ground.fresh(status="approved")
    return await ground.put({"status": "pending"})


@case("14", 400, ("invalid_status", "status"))
async def _after_canceled(ground: Ground) -> Answer:
    await ground.fresh(status="canceled")
    return await ground.put({"status": "delivered"})


@case("15", 200, {"status": "canceled"})
async def _canceled_after_delivery(ground: Ground) -> Answer:
    await ground.fresh(status="delivered")
    return await ground.put({"status": "canceled"})


@case("16", 400, ("invalid_status", "status"))
async def _forbidden_status_with_more(ground: Ground) -> Answer:
    await ground.fresh(status="approved")
    return await ground.put({"receiver_name": "x", "status": "pending", "items": [{"sku": "A"}]})


@case("17", 400, UNCHANGED)
async def _stored_values(ground: Ground) -> Answer:
    await ground.fresh(receiver_name="Ana")
    return await ground.put({"total": "1.00", "receiver_name": "Ana", "status": "pending"})


@case("18", 400, UNCHANGED)
async def _nothing_in_a_put(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put({})


@case("18", 400, UNCHANGED)
async def _only_unknown_keys(ground: Ground) -> Answer:
    await ground.fresh(own=1)
    return await ground.put({"own": 2, "other": 3})


@case("19", 400, ("invalid_field", "shipments[0].id"))
async def _shipment_of_another_order(ground: Ground) -> Answer:
    id = (await ground.fresh(shipments=[{"track_code": "T"}]))["shipments"][0]["id"]
    await ground.fresh()
    return await ground.put({"total": 2, "shipments": [{"id": id, "track_code": "X"}]})


@case("20", 200, {"shipments": ["T", "T"]})
async def _the_same_shipment_twice(ground: Ground) -> Answer:
    await ground.fresh()
    assert (await ground.put({"shipments": [{"track_code": "T"}]})).status == 200
    return await ground.put({"shipments": [{"track_code": "T"}]})


@case("21", 200, {"shipments": ["T"]})
async def _shipments_as_an_object(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put({"shipments": {"track_code": "T"}})


@case("22", 400, ("duplicated", "original_id"))
async def _same_channel_and_number(ground: Ground) -> Answer:
    await ground.fresh(channel="C", original_id="1")
    answer = await ground.client.post("/orders", {"channel": "C", "original_id": "1", "total": 2})
    assert answer.json["details"] == {"errmsg": "order already exists", "id": ground.order["id"]}
    return answer


@case("23", 400, ("invalid_field", "items[0].quantity"))
async def _quantity_in_words(ground: Ground) -> Answer:
    return await ground.client.post("/orders", {"items": [{"sku": "A", "quantity": "two"}]})


@case("23", 400, ("invalid_field", "items[0].quantity"))
async def _quantity_below_zero(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put({"items": [{"sku": "A", "quantity": -1}]})


@case("24", 200, {"total_paid": 18})
async def _amount_as_text(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put({"total_paid": "18"})


@case("24", 200, {"total_paid": 1000})
async def _amount_with_a_thousands_comma(ground: Ground) -> Answer:
    await ground.fresh()
    answer = await ground.put({"total_paid": "18,50"})
    assert (answer.status, answer.text.count('"total_paid":18.5,')) == (200, 1)
    return await ground.put({"total_paid": "1,000"})


@case("25", 400, ("invalid_field", "expected_send_date"))
async def _tomorrow(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put({"expected_send_date": "amanhã"})


@case("26", 200, {"expected_send_date": "2016-11-05T00:00:00.000Z"})
async def _an_empty_date(ground: Ground) -> Answer:
    await ground.fresh(expected_send_date="2016-11-05")
    return await ground.put({"expected_send_date": "", "total": 2})


@case("27", 404, {"type": "not_found", "details": "Order not found", "code": 404})
async def _order_xyz(ground: Ground) -> Answer:
    return await ground.client.get("/orders/xyz")


@case("27", 404, {"type": "not_found", "details": "Product not found", "code": 404})
async def _product_xyz(ground: Ground) -> Answer:
    return await ground.client.get("/products/xyz")


@case("28", 404, {"type": "not_found", "details": "Product not found", "code": 404})
async def _unknown_sku(ground: Ground) -> Answer:
    return await ground.client.get("/skus/NOBODY")


@case("46", 200, {"limit": 500})
async def _limit_too_large(ground: Ground) -> Answer:
    return await ground.client.get("/orders?limit=100000")


@case("48", 200, {"total": 0, "showing": 0, "result": []})
async def _no_such_field(ground: Ground) -> Answer:
    return await ground.client.get("/orders?nosuchfield=1")


@case("56", 405, "method_not_allowed")
async def _patch(ground: Ground) -> Answer:
    answer = await ground.client.call("PATCH", f"/orders/{NO_ORDER}", {"total": 1})
    assert answer.headers["Allow"] == "GET, PUT"
    return answer


@case("57", 400, "invalid_json")
async def _deeper_than_a_hundred(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put(data='{"a":' + "[" * 100 + "]" * 100 + "}")


@case("57", 400, "invalid_json")
async def _deep_without_end(ground: Ground) -> Answer:
    return await ground.client.post("/orders", data='{"a":' * 100_000)


@case("57", 413, "too_large")
async def _six_mebibytes(ground: Ground) -> Answer:
    return await ground.client.post("/orders", data=io.BytesIO(b'{"raw":"' + b"x" * 6 * 1024 * 1024 + b'"}'))


@case("58", 400, "invalid_json")
async def _not_utf8(ground: Ground) -> Answer:
    await ground.fresh()
    return await ground.put(data=b'{"receiver_name":"Jo\xe3o"}')


def _parametrised() -> None:
    for body in ("[]", '"x"', "5", "null", "true", "[{}]", "x"):
        for method in ("POST", "PUT"):
            CASES.append(pytest.param(_sending(method, body), 400, "invalid_json", id=f"10-{method} {body}"))
    for query, field in (
        ("created=2017-02-01to2017-01-01", "created"), ("created=abc", "created"), ("limit=0", "limit"),
        ("limit=-1", "limit"), ("limit=ten", "limit"), ("next=zzz", "next"),
    ):  # fmt: skip
        number = {"created": 45, "limit": 46, "next": 47}[field]
        CASES.append(pytest.param(_asking(query), 400, ("invalid_filter", field), id=f"{number}-{query}"))
    for query in ("receiver_name=%25", "receiver_name=%27", "sku=%22", "$where=1", "receiver_name[$ne]=x"):
        CASES.append(pytest.param(_asking(query), 200, {"total": 0}, id=f"49-{query}"))


def _sending(method: str, body: str) -> Step:
    async def step(ground: Ground) -> Answer:
        await ground.fresh()
        return await (ground.put(data=body) if method == "PUT" else ground.client.post("/orders", data=body))

    return step


def _asking(query: str) -> Step:
    async def step(ground: Ground) -> Answer:
        return await ground.client.get(f"/orders?{query}")

    return step


_parametrised()


@pytest.mark.parametrize(("step", "status", "expected"), CASES)
async def test_case(ground: Ground, step: Step, status: int, expected: Any):
    ground.order = {}

    answer = await step(ground)

    assert answer.status == status, answer.text
    if status == 200:
        assert _shown(answer.json, expected) == expected
        return
    if isinstance(expected, dict):
        assert answer.json == expected
    else:
        named = (answer.json["type"], answer.json["field"]) if isinstance(expected, tuple) else answer.json["type"]
        assert named == expected
    if ground.order:
        await _nothing_happened(ground)


async def _nothing_happened(ground: Ground) -> None:
    order, shop = ground.order, ground.client.shop
    assert (await ground.client.get(f"/orders/{order['id']}")).json["Order"] == order
    async with shop.hub.read(shop.tenant.id) as tx:
        count = await tx.value("SELECT count(*) FROM events WHERE record_id = $1", ids.read(order["id"]))
    assert count == 1


def _shown(body: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    found = body.get("Order", body)
    shown = {name: found[name] for name in expected}
    if "shipments" in shown:
        shown["shipments"] = [parcel["track_code"] for parcel in shown["shipments"]]
    return shown


async def _application(ground: Ground) -> Any:
    hub, who = ground.client.shop.hub, ground.client.credentials
    async with hub.step(None) as tx:
        return await tokens.application(tx, hub.keys, DIALECT.name, who.client_id, who.client_secret)


async def _old_tokens(ground: Ground, age: timedelta) -> Any:
    """Tokens as they were issued some time ago."""
    hub, who = ground.client.shop.hub, ground.client.credentials
    assert isinstance(hub.keys, Keys)
    app = await _application(ground)
    async with hub.step(None) as tx:
        return await tokens.by_password(
            tx, hub.keys, app, who.username, who.password, life=DIALECT.lifetimes, now=hub.now() - age
        )
