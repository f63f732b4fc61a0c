"""Plugg.to's message list: every filter, paging and polling (specification 4.3, 8)."""

import asyncio
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from plughub.core import messages
from plughub.core.hub import Hub
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of


async def written(client: Client, number: str, at: str) -> None:
    """A message of the past."""
    shop = client.shop
    async with shop.hub.change(shop.tenant.id) as tx:
        given = {"channel_number": number, "subject": number}
        await messages.create(tx, shop.caller, given, at=datetime.fromisoformat(at))


async def found(client: Client, query: str) -> list[str]:
    """The original_ids that a query answers."""
    answer = await client.get(f"/messages?{query}")
    assert answer.status == 200, answer.text
    body = answer.json
    numbers = [row["Message"]["original_id"] for row in body["result"]]
    assert (body["showing"], body["total"]) == (len(numbers), len(numbers))
    return numbers


# --- filters ------------------------------------------------------------------------------------------------

MESSAGES: list[dict[str, Any]] = [
    {
        "original_id": "full", "channel": "MercadoLivre", "status": "pending", "type": "problem", "priority": "urgent",
        "customer_name": "João Brandão", "customer_phone": "011", "subject": "Não chegou 100%", "tags": "entrega",
        "copy_emails": "a@x.example,b@x.example", "item_related": "CAM-1", "own": "field", "own_number": 7,
        "own_flag": True, "own_tree": {"deep": ["x", "y"]},
        "interections": [
            {"from": "customer", "comment": "Cadê o pacote?", "mood": "bad"},
            {"from": "seller", "comment": "Está a caminho", "attachments": [{"url": "https://x.example/1", "size": 3}]},
        ],
    },
    {"original_id": "other", "channel": "B2W", "subject": "não CHEGOU", "interections": [{"comment": "x" * 400}]},
    {"original_id": "bare", "subject": "O'Hara \"x\" _", "status": "closed"},
]  # fmt: skip


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One with the three messages, and a stranger's message beside them."""
    client = await client_of(http, address, await make.shop(hub))
    for body in MESSAGES:
        answer = await client.post("/messages", body)
        assert answer.status == 201, answer.text
    stranger = await client_of(http, address, await make.shop(hub))
    await stranger.post("/messages", MESSAGES[0])
    return client


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "full other bare"),
        # the named filters
        ("channel=mercadolivre", "full"), ("channel=MERCADOLIVRE", "full"), ("channel=Mercado", ""), ("channel=", ""),
        ("all=chegou", "full other"), ("all=NAO+CHEGOU", "full other"), ("all=joao", "full"), ("all=brandao", "full"),
        ("all=cade+o", "full"), ("all=caminho", "full"), ("all=100%25", "full"), ("all=%25", "full"),
        ("all=_", "bare"), ("all=entrega", ""), ("all=CAM-1", ""), ("all=xxxxxxxx", "other"), ("all=011", ""),
        ("all=pacote%3F%0AEst", "full"), ("all=zzz", ""),
        # any other property
        ("status=pending", "full"), ("status=new", "other"), ("status=closed", "bare"), ("status=open", ""),
        ("type=problem", "full"), ("type=question", "other bare"), ("priority=urgent", "full"),
        ("priority=normal", "other bare"), ("original_id=full", "full"), ("original_id=FULL", ""),
        ("customer_name=Jo%C3%A3o+Brand%C3%A3o", "full"), ("customer_name=Joao+Brandao", ""),
        ("customer_phone=011", "full"), ("customer_phone=11", ""), ("tags=entrega", "full"),
        ("copy_emails=a@x.example,b@x.example", "full"), ("item_related=CAM-1", "full"), ("item_related=cam-1", ""),
        ("subject=N%C3%A3o+chegou+100%25", "full"), ("subject=", ""),
        ("interections.from=seller", "full"), ("interections.from=external", "other"), ("interections.from=me", ""),
        ("interections.comment=Est%C3%A1+a+caminho", "full"), ("interections.comment=caminho", ""),
        ("interactions.from=seller", "full"), ("interactions.mood=bad", "full"),
        ("interections.attachments.url=https://x.example/1", "full"), ("interections.mood=bad", "full"),
        ("own=field", "full"), ("own_number=7.0", "full"), ("own_flag=1", "full"), ("own_tree.deep=y", "full"),
        # together, never, ignored
        ("status=pending&channel=b2w", ""), ("interections.from=seller&interections.from=customer", "full"),
        ("nosuchfield=1", ""), ("interections=1", ""), ("interections.no=1", ""), ("update=1", ""), ("order_id=1", ""),
        ("showExternal=true&_=1&page=1&orderby=id", "full other bare"),
        # plain text, whatever it looks like
        ("subject=O%27Hara+%22x%22+_", "bare"), ("subject=%25", ""), ("channel[$ne]=x", ""), ("all=%00", ""),
        ("id=xyz", ""), ("timestamp=x", ""), ("timestamp=1", ""), ("user_id=1", ""), ("original_id=%00", ""),
        ("channel=%27+OR+1=1+--", ""),
    ],
)  # fmt: skip
async def test_a_filter_finds_exactly(client: Client, query: str, numbers: str):
    assert await found(client, query) == numbers.split()


async def test_fields_that_the_hub_fills_are_found_too(client: Client):
    message = (await client.get("/messages?original_id=full")).json["result"][0]["Message"]

    assert await found(client, f"id={message['id']}") == ["full"]
    assert await found(client, f"interections.id={message['interections'][1]['id']}") == ["full"]
    assert "full" in await found(client, f"interections.created={message['interections'][0]['created']}")
    assert "full" in await found(client, f"timestamp={message['timestamp']}")
    assert await found(client, f"user_id={message['user_id']}") == ["full", "other", "bare"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("created=abc", "created"), ("modified=2017-02-01to2017-01-01", "modified"), ("limit=0", "limit"),
     ("page=0", "page"), ("next=zzz", "next"), ("orderby=status", "orderby"), ("orderdirection=up", "orderdirection")],
)  # fmt: skip
async def test_a_wrong_range_limit_or_cursor_is_refused(client: Client, query: str, field: str):
    answer = await client.get(f"/messages?{query}")

    assert (answer.status, answer.json["type"], answer.json["field"]) == (400, "invalid_filter", field)


async def test_a_filter_follows_a_change(http: aiohttp.ClientSession, address: str, hub: Hub):
    client = await client_of(http, address, await make.shop(hub))
    body = {"original_id": "m", "subject": "antes", "interections": {"comment": "um"}, "own": "a"}
    message = (await client.post("/messages", body)).json["Message"]
    word = {"id": message["interections"][0]["id"], "comment": "dois"}
    await client.put("/messages", {"interections": word, "subject": "depois", "status": "closed", "own": None})

    assert await found(client, "all=depois&interections.comment=dois&status=closed") == ["m"]
    for gone in ("all=antes", "all=um", "interections.comment=um", "status=new", "own=a"):
        assert await found(client, gone) == []


# --- ranges -------------------------------------------------------------------------------------------------

MOMENTS = {
    "eve": "2017-01-31T23:59:59.999+00:00", "dawn": "2017-02-01T00:00:00+00:00", "noon": "2017-02-01T12:00:00+00:00",
    "night": "2017-02-01T23:59:59.999+00:00", "next": "2017-02-02T00:00:00+00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
async def dated(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One with messages around the first of February 2017."""
    client = await client_of(http, address, await make.shop(hub))
    for number, at in MOMENTS.items():
        await written(client, number, at)
    return client


@pytest.mark.parametrize(
    ("range_", "numbers"),
    [
        ("2017-02-01to2017-02-01", "dawn noon night"), ("2017-02-01", "dawn noon night"), ("2017-02-02to", "next"),
        ("to2017-01-31", "eve"), ("2017-02-01T12:00:00Zto2017-02-01T12:00:00Z", "noon"), ("2018-01-01to", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["created", "modified"])
async def test_a_range_holds_both_its_ends(dated: Client, name: str, range_: str, numbers: str):
    assert await found(dated, f"{name}={range_}") == numbers.split()


async def test_modified_finds_what_was_answered_since(http: aiohttp.ClientSession, address: str, hub: Hub):
    client = await client_of(http, address, await make.shop(hub))
    for number in ("old", "older"):
        await written(client, number, "2017-02-01T00:00:00+00:00")
    id = (await client.get("/messages?original_id=old")).json["result"][0]["Message"]["id"]
    answer = await client.put(f"/messages/{id}", {"interections": {"comment": "Oi"}})
    moment = answer.json["Message"]["modified"]

    assert await found(client, f"modified={moment}to") == ["old"]
    assert await found(client, f"created={moment}to") == []
    assert await found(client, "orderby=modified&orderdirection=desc") == ["old", "older"]


# --- paging and polling -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def many(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One with 30 messages, numbered as they were written."""
    client = await client_of(http, address, await make.shop(hub))
    for n in range(30):
        await written(client, str(n), f"2020-01-01T00:{n:02d}:00+00:00")
    return client


async def page(client: Client, query: str) -> tuple[dict[str, Any], list[int]]:
    answer = await client.get(f"/messages?{query}")
    assert answer.status == 200, answer.text
    body: dict[str, Any] = answer.json
    assert set(body) == {"total", "showing", "limit", "next", "result"}
    assert body["showing"] == len(body["result"])
    assert all(set(row) == {"Message"} for row in body["result"])
    return body, [int(row["Message"]["original_id"]) for row in body["result"]]


@pytest.mark.parametrize(
    ("query", "limit", "numbers"),
    [
        ("", 100, range(30)), ("limit=10", 10, range(10)), ("limit=10&page=3", 10, range(20, 30)),
        ("limit=10&page=4", 10, range(0)), ("limit=100000", 500, range(30)),
        ("limit=2&orderby=created&orderdirection=desc", 2, range(29, 27, -1)),
    ],
)  # fmt: skip
async def test_a_page_has_the_rows_and_says_how_many_there_are(many: Client, query: str, limit: int, numbers: range):
    body, got = await page(many, query)

    assert (body["limit"], body["total"], got) == (limit, 30, list(numbers))


@pytest.mark.parametrize(
    ("order", "numbers"),
    [("", range(30)), ("&orderdirection=desc", range(29, -1, -1)), ("&orderby=modified", range(30))],
)
async def test_walking_with_next_sees_each_message_once(many: Client, order: str, numbers: range):
    seen: list[int] = []
    next_: str | None = ""
    while next_ is not None:
        body, got = await page(many, f"limit=7&next={next_}{order}")
        assert body["total"] == 30 - len(seen)
        seen += got
        next_ = body["next"]

    assert seen == list(numbers)


async def test_a_poll_waits_for_an_earlier_message_that_is_not_committed_yet(client: Client):
    shop = await make.shop(client.shop.hub)
    poller = await client_of(client.http, client.base.removesuffix("/pluggto"), shop)

    async with shop.hub.change(shop.tenant.id) as tx:
        await messages.create(tx, shop.caller, {"subject": "a", "channel_number": "earlier"})
        await make.message(shop, channel_number="later")
        # Shown now, a poller would go on from it and never see the earlier one.
        for query in ("", "orderby=modified", "created=2020-01-01to", "modified=2020-01-01to"):
            assert await found(poller, query) == []
        # Who asks for one message by name is not walking.
        assert await found(poller, "original_id=later") == ["later"]

    assert await found(poller, "") == ["earlier", "later"]


async def test_a_poll_loses_none_while_others_write(http: aiohttp.ClientSession, address: str, hub: Hub):
    client = await client_of(http, address, await make.shop(hub))

    async def write(worker: int) -> None:
        for n in range(10):
            await make.message(client.shop, channel_number=f"{worker} {n}")

    writing = asyncio.gather(*(write(worker) for worker in range(4)))
    seen: list[str] = []
    last = ""
    while True:
        was_done = writing.done()
        rows = (await client.get(f"/messages?limit=7&next={last}")).json["result"]
        seen += [row["Message"]["original_id"] for row in rows]
        last = rows[-1]["Message"]["id"] if rows else last
        if was_done and not rows:
            break
    await writing

    assert sorted(seen) == sorted(f"{worker} {n}" for worker in range(4) for n in range(10))
