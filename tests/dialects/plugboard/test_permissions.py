"""What a connection's user may do, resource by resource, and the language it is spoken to in."""

from datetime import timedelta

import pytest

from plughub.core import connections, events
from plughub.core.connections import ConnectionUser
from plughub.core.hub import Hub
from plughub.core.tenants import Access, Tokenbook
from plughub.dialects.plugboard import DIALECT
from tests.dialects.plugboard.conftest import client_of

READ, WRITE = Access.READ, Access.WRITE
NOBODY = "0" * 32
PRICE = f"/product/{NOBODY}/price"


async def user_of(client, **facts) -> bool:
    user = ConnectionUser(username=client.credentials.username, **facts)
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        return await connections.set_user(tx, client.shop.caller, client.connection, user)


@pytest.mark.parametrize(
    ("permissions", "allowed", "denied"),
    [
        (
            {"product": READ},
            ["GET /product", "HEAD /product", "POST /product/query", f"GET /PRODUCT/{NOBODY}", f"GET {PRICE}"],
            ["POST /product", f"PUT /product/{NOBODY}", f"DELETE /Product/{NOBODY}", f"PUT {PRICE}",
             "PUT /product/by-remote-id?remoteId=x", "GET /product/attribute", "GET /order", "POST /order/query"],
        ),
        (
            {"product": WRITE, "product/attribute": READ},
            ["POST /product", "GET /product", f"PUT {PRICE}", "GET /product/attribute",
             "POST /product/attribute/query"],
            ["POST /product/attribute", "GET /product/category", "GET /product/variantgroup/"],
        ),
        (
            {"all": READ, "order": WRITE},
            ["GET /product", "GET /zreport", "POST /order", f"POST /order/{NOBODY}/shipment"],
            ["POST /product", "DELETE /zreport/by-remote-id?remoteId=x"],
        ),
        ({}, ["GET /"], ["GET /product"]),
        (None, ["POST /product", "POST /zreport", "GET /"], []),
    ],
)  # fmt: skip
async def test_a_user_does_what_is_permitted_and_nothing_else(client, permissions, allowed, denied):
    await user_of(client, permissions=permissions)

    for call in allowed:
        answer = await client.call(*call.split(" "))
        assert answer.status != 403, call
    for call in denied:
        answer = await client.call(*call.split(" "))
        resource = call.split(" /")[1].split("?")[0].lower().replace("/by-remote-id", "")
        named = "/".join(part for part in resource.strip("/").split("/") if part not in (NOBODY, "price", "query"))
        assert answer.refusal == (403, "NotPermitted", named), call


async def test_every_record_type_can_be_permitted_alone(client):
    listed = (await client.get("/")).json["resources"]

    assert set(listed) <= set(DIALECT.resources)
    await user_of(client, permissions=dict.fromkeys(DIALECT.resources, READ))


async def test_a_user_has_a_language_of_its_own(client, http, address, hub: Hub):
    made = await client.made(
        "/product", {"sku": "A", "vatRatePercent": "25", "title": "Te", "title_lang": {"en": "Tea"}}
    )
    assert (await client.get("/product")).json == [made]
    english = await client_of(http, address, client.shop)

    assert await user_of(english, language="en")

    root = (await english.get("/")).json
    assert (root["user"]["defaultLanguage"], root["defaultLanguage"], root["languages"]) == (
        "eng",
        "eng",
        ["eng", "swe"],
    )
    assert (await english.get(f"/product/{made['localId']}")).json["title"] == "Tea"
    changed = await english.changed(f"/product/{made['localId']}", {"title": "Green tea"})
    assert (changed["title"], changed["title_lang"]) == ("Green tea", {"swe": "Te", "eng": "Green tea"})
    (listed,) = (await english.get("/product")).json
    assert listed["title"] == "Green tea"
    equal = {"type": "eq", "field": "title", "value": {"type": "str", "value": "Green tea"}}
    assert len((await english.post("/product/query", {"filter": equal})).json) == 1
    assert (await client.post("/product/query", {"filter": equal})).json == []


async def test_what_was_rendered_in_one_language_is_not_shown_in_another(client, monkeypatch):
    monkeypatch.setattr(Tokenbook, "_BELIEVED", timedelta(0))
    await client.made("/product/attribute", {"name": "Storlek", "name_lang": {"en": "Size"}})
    assert [one["name"] for one in (await client.get("/product/attribute")).json] == ["Storlek"]

    await user_of(client, language="en")

    assert [one["name"] for one in (await client.get("/product/attribute")).json] == ["Size"]


async def test_to_set_what_is_so_already_is_no_change(client):
    assert await user_of(client, permissions={"product": READ}, language="en")
    assert not await user_of(client, permissions={"product": READ}, language="en")

    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        told = await events.history(tx, client.shop.tenant.id, "connection", client.connection.id)
    assert [[change.field for change in event.changes] for event in told] == [
        ["name", "dialect"],
        ["language", "permissions"],
    ]


async def test_a_revoked_connection_has_no_user(client):
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await connections.revoke(tx, client.shop.caller, client.connection)
        assert await connections.user(tx, client.connection) is None
