"""A connection that is shown one content group's texts in place of everybody's (specification 9)."""

from datetime import timedelta

import pytest

from plughub.core import connections
from plughub.core.tenants import Tokenbook
from tests.dialects.plugboard.conftest import Client, client_of
from tests.dialects.plugboard.traces import traces

PRODUCT = {"sku": "A", "vatRatePercent": "25", "title": "Te", "title_lang": {"en": "Tea"}, "description": "Gott"}


@pytest.fixture
async def market(client: Client, http, address) -> Client:
    """Another connection of the tenant, which is shown a group's texts."""
    group = await client.made("/contentgroup", {"name": "marketplace x"})
    return await client_of(http, address, client.shop, content_group=group["localId"])


def group_of(market: Client) -> str:
    return str(market.connection.settings["content_group"])


async def test_the_groups_texts_are_shown_and_what_it_lacks_is_everybodys(client, market):
    texts = {"title_lang": {"swe": "Te p\u00e5 torget", "deu": "Tee"}, "description": ""}
    made = await client.made("/product", {**PRODUCT, "alternateContent": {group_of(market): texts}})

    shown = (await market.get(f"/product/{made['localId']}")).json

    assert (shown["title"], shown["description"]) == ("Te p\u00e5 torget", "")
    assert shown["title_lang"] == {"swe": "Te p\u00e5 torget", "eng": "Tea", "deu": "Tee"}
    assert shown["alternateContent"] == made["alternateContent"]
    assert (await market.get("/product")).json == [shown]
    assert (await client.get("/product")).json == [made]


async def test_a_text_is_changed_where_it_was_read(client, market):
    group = group_of(market)
    made = await client.made("/product", {**PRODUCT, "alternateContent": {group: {"title": "Te p\u00e5 torget"}}})
    path = f"/product/{made['localId']}"

    shown = await market.changed(path, {"title": "Nytt", "title_lang": {"eng": "New"}, "description": "Godare"})

    assert (shown["title"], shown["title_lang"]["eng"], shown["description"]) == ("Nytt", "New", "Godare")
    standard = (await client.get(path)).json
    assert standard["title_lang"] == {"swe": "Te", "eng": "New"}
    assert standard["description"] == "Godare"
    assert standard["alternateContent"][group]["title_lang"] == {"swe": "Nytt"}
    # Without its own text the group has everybody's again.
    assert (await market.changed(path, {"title": None}))["title"] == "Te"
    sent = {"title": "x", "alternateContent": {group: {"title": "y"}}}
    assert (await market.changed(path, sent))["title"] == "y"


async def test_what_is_shown_and_written_back_changes_nothing(client, market):
    texts = {group_of(market): {"title": "Te p\u00e5 torget", "shortDescription_lang": {"en": "x"}}}
    for path, body in (("/product", PRODUCT), ("/product/variantgroup", {"title": "Te"})):
        made = await client.made(path, {**body, "alternateContent": texts})
        where = f"{path}/{made['localId']}"
        shown, before = (await market.get(where)).json, await traces(client)
        assert shown["title"] == "Te p\u00e5 torget"

        for sent in (shown, *({name: value} for name, value in shown.items())):
            assert await market.changed(where, sent) == shown
        assert await traces(client) == before


async def test_a_group_that_a_connection_is_shown_stays(client, market):
    path = f"/contentgroup/{group_of(market)}"

    assert (await client.delete(path)).refusal == (409, "RecordInUse", None)
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await connections.revoke(tx, client.shop.caller, market.connection)
    assert (await client.delete(path)).json["deleted"] is True


async def test_another_group_is_shown_as_soon_as_it_is_set(client, market, monkeypatch):
    monkeypatch.setattr(Tokenbook, "_BELIEVED", timedelta(0))
    other = (await client.made("/contentgroup", {"name": "y"}))["localId"]
    texts = {group_of(market): {"title": "x"}, other: {"title": "y"}}
    await client.made("/product", {**PRODUCT, "alternateContent": texts})
    assert [one["title"] for one in (await market.get("/product")).json] == ["x"]

    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        assert await connections.set_options(tx, client.shop.caller, market.connection, {"content_group": other})

    assert [one["title"] for one in (await market.get("/product")).json] == ["y"]
