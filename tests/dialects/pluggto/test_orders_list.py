"""Plugg.to's order list: every filter and every way to page (specification 4.3, 5.6)."""

import asyncio
from datetime import datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from plughub.core import orders
from plughub.core.hub import Hub
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of


async def placed(client: Client, number: str, at: str, **fields: Any) -> str:
    """An order of the past; its number."""
    shop = client.shop
    async with shop.hub.change(shop.tenant.id) as tx:
        given = {"channel_number": number, **fields}
        await orders.place(tx, shop.caller, given, at=datetime.fromisoformat(at))
    return number


async def found(client: Client, query: str) -> list[str]:
    """The original_ids that a query answers."""
    answer = await client.get(f"/orders?{query}")
    assert answer.status == 200, answer.text
    body = answer.json
    numbers = [row["Order"]["original_id"] for row in body["result"]]
    assert (body["showing"], body["total"]) == (len(numbers), len(numbers))
    return numbers


async def refused(client: Client, query: str) -> tuple[int, str, str]:
    answer = await client.get(f"/orders?{query}")
    return answer.status, answer.json["type"], answer.json["field"]


# --- filters ------------------------------------------------------------------------------------------------

ORDERS: list[dict[str, Any]] = [
    {
        "original_id": "full", "channel": "MercadoLivre", "external": "E-1", "ack": True, "status": "approved",
        "receiver_name": "Anny", "receiver_city": "São Paulo", "total": "18.00", "total_paid": "18,50",
        "payment_installments": "03", "auto_reserve": True, "delivery_type": "100%_sure",
        "expected_send_date": "2016-11-05",
        "payer_cpf": "000.000", "user_client_id": 129, "commission": {"fixed": 4},
        "own": "field", "own_number": 7, "own_flag": True, "own_tree": {"deep": ["x", "y"]},
        "items": [
            {"sku": "A", "quantity": 1, "supplier_id": "136", "variation": {"sku": "A-1", "attributes": [
                {"code": "size", "label": "Tamanho", "value": {"code": "m", "label": "Médio"}}]}},
            {"sku": "B", "original_sku": "B-OLD", "quantity": 2, "gift": "yes"},
        ],
        "payments": [{"payment_method": "visa", "payment_total": 18}],
        "shipments": [
            {"nfe_number": "0012", "nfe_key": "44", "track_code": "BR1", "shipping_company": "Correios",
            "nfe_serie": 1},
            {"track_code": "BR2", "shipping_company": "Transportes Azul",
            "documents": [{"url": "https://x.example/1"}]},
        ],
    },
    {
        "original_id": "other", "channel": "B2W", "external": "E-2", "status": "pending", "receiver_name": "anny",
        "total": 19, "shipments": [{"track_code": "BR3", "nfe_number": ""}], "items": [{"sku": "a", "quantity": 2}],
    },
    {"original_id": "bare", "total": 0, "receiver_name": "O'Hara \"x\" %"},
]  # fmt: skip


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One with the three orders, and a stranger's order beside them."""
    client = await client_of(http, address, await make.shop(hub))
    for body in ORDERS:
        answer = await client.post("/orders", body)
        assert answer.status == 201, answer.text
    stranger = await client_of(http, address, await make.shop(hub))
    await stranger.post("/orders", ORDERS[0])
    return client


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "full other bare"),
        # the named filters
        ("sku=A", "full"), ("sku=a", "other"), ("sku=A-1", "full"), ("sku=B-OLD", "full"), ("sku=B", "full"),
        ("sku=+A+", "full"), ("sku=AA", ""), ("sku=", ""),
        ("channel_id=full", "full"), ("channel_id=FULL", ""), ("original_id=other", "other"),
        ("channel=mercadolivre", "full"), ("channel=MERCADOLIVRE", "full"), ("channel=Mercado", ""),
        ("attribute=size", "full"), ("attribute=m", "full"), ("attribute=M%C3%A9dio", "full"), ("attribute=medio", ""),
        ("attribute=Tamanho", ""),
        ("nfe_number=0012", "full"), ("nfe_number=12", ""), ("has_nfe=1", "full"), ("has_nfe=true", "full"),
        ("has_nfe=0", "other bare"), ("has_nfe=FALSE", "other bare"),
        ("track_code=BR2", "full"), ("track_code=br2", ""), ("track_code=BR3", "other"),
        ("shipping_company=correios", "full"), ("shipping_company=TRANSPORTES+AZUL", "full"),
        ("shipping_company=azul", ""),
        ("external=E-1", "full"), ("external=e-1", ""), ("ack=1", "full"), ("ack=0", "other bare"),
        ("ack=true", "full"),
        # any other property
        ("status=approved", "full"), ("status=pending", "other bare"), ("status=active", ""), ("status=paid", ""),
        ("receiver_name=Anny", "full"), ("receiver_name=anny", "other"), ("receiver_name=Ann", ""),
        ("receiver_city=S%C3%A3o+Paulo", "full"), ("receiver_city=Sa%CC%83o+Paulo", "full"),
        ("receiver_city=Sao+Paulo", ""),
        ("total=18", "full"), ("total=18.00", "full"), ("total=18,00", "full"), ("total=18.001", ""),
        ("total=0", "bare"),
        ("total=abc", ""), ("total=", ""), ("total_paid=18.5", "full"), ("payment_installments=03", "full"),
        ("payment_installments=3", ""), ("auto_reserve=1", "full"), ("auto_reserve=true", "full"),
        ("auto_reserve=0", ""),
        ("expected_send_date=2016-11-05", "full"), ("payer_tax_id=000.000", "full"), ("user_client_id=129", "full"),
        ("items.supplier_id=136", "full"), ("items.sku=B", "full"), ("items.quantity=2", "full other"),
        ("items.variation.sku=A-1", "full"), ("items.variation.attributes.label=Tamanho", "full"),
        ("payments.payment_method=visa", "full"), ("payments.payment_total=18.0", "full"),
        ("shipments.nfe_key=44", "full"), ("shipments.nfe_serie=1", "full"),
        ("shipments.documents.url=https://x.example/1", "full"), ("commission.fixed=4.00", "full"),
        ("currency=BRL", "full other bare"), ("currency=USD", ""),
        # fields that only their own clients know
        ("own=field", "full"), ("own_number=7.0", "full"), ("own_number=7", "full"), ("own_flag=1", "full"),
        ("own_flag=true", "full"), ("own_tree.deep=y", "full"), ("items.gift=yes", "full"), ("own=Field", ""),
        # together, twice, never, ignored
        ("sku=A&status=approved", "full"), ("sku=A&status=pending", ""), ("items.sku=A&items.sku=B", "full"),
        ("sku=A&sku=a", ""), ("total=18&total=19", ""), ("nosuchfield=1", ""), ("no.such.field=1", ""),
        ("items.no=1", ""),
        ("items=A", ""), ("shipments=1", ""), ("commission=4", ""), ("=1", ""),
        ("showExternal=true&_=123&page=1&orderby=id", "full other bare"),
        # plain text, whatever it looks like
        ("receiver_name=O%27Hara+%22x%22+%25", "bare"), ("receiver_name=%25", ""), ("receiver_name=_nny", ""),
        ("delivery_type=100%25_sure", "full"), ("delivery_type=100%25%25sure", ""), ("sku=%27+OR+1=1+--", ""),
        ("receiver_name[$ne]=x", ""), ("$where=1", ""), ("receiver_name[]=Anny", ""), ("status[$in][]=approved", ""),
        ("receiver_name={%22$ne%22:1}", ""), ("sku=%00", ""), ("a%00b=1", ""), ("receiver_name=%00", ""),
        ("external=%00", ""), ("channel_id=%00", ""), ("created_by=%00", ""), ("sku=%FF", ""), ("sku=%ED%A0%80", ""),
        ("order_id=99999999999999999999", ""), ("order_id=-1", ""), ("order_id=x", ""), ("id=xyz", ""),
        ("timestamp=99999999999999999", ""), ("timestamp=x", ""), ("timestamp=1", ""), ("user_id=1", ""),
        ("own=" + "x" * 400, ""), ("extensions.pluggto.own=field", ""), ("~channel=b2w", ""),
    ],
)  # fmt: skip
async def test_a_filter_finds_exactly(client: Client, query: str, numbers: str):
    assert await found(client, query) == numbers.split()


async def test_fields_that_the_hub_fills_are_found_too(client: Client):
    order = (await client.get("/orders?channel_id=full")).json["result"][0]["Order"]

    for name in ("id", "order_id"):
        assert await found(client, f"{name}={order[name]}") == ["full"]
    assert "full" in await found(client, f"timestamp={order['timestamp']}")
    for name in ("user_id", "created_by", "modified_by"):
        assert await found(client, f"{name}={order[name]}") == ["full", "other", "bare"]


async def test_a_filter_follows_a_change(http: aiohttp.ClientSession, address: str, hub: Hub):
    client = await client_of(http, address, await make.shop(hub))
    order = (await client.post("/orders", {"original_id": "moving", "own": "before", "external": "M"})).json["Order"]
    await client.put(
        f"/orders/{order['id']}", {"receiver_name": "Now", "own": "after", "shipments": {"nfe_number": "9"}}
    )

    assert await found(client, "channel_id=moving&own=after&receiver_name=Now&nfe_number=9&has_nfe=1") == ["moving"]
    assert await found(client, "own=before") == []
    await client.put(f"/orders/{order['id']}", {"original_id": None, "external": None, "own": None, "total": 5})
    assert await found(client, "channel_id=moving") == []
    assert await found(client, "own=after") == []
    assert await found(client, "external=M") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("created=abc", "created"), ("created=2017-02-01to2017-01-01", "created"),
        ("created=2017-02-02to2017-02-01", "created"),
        ("created=2017-01-01T10:00:00.001Zto2017-01-01T10:00:00.000Z", "created"), ("created=to", "created"),
        ("created=2017-01-01TO2017-02-01", "created"), ("created=2017-13-01", "created"),
        ("created=2017-01-01toabc", "created"),
        ("created=2017-01-01to2017-02-01to2017-03-01", "created"), ("modified=yesterday", "modified"),
        ("modified=9999-12-31", "modified"), ("created=%00", "created"),
        ("has_nfe=2", "has_nfe"), ("has_nfe=", "has_nfe"), ("ack=yes", "ack"),
        ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=ten", "limit"), ("limit=1.5", "limit"),
        ("limit=%C2%B2", "limit"),
        ("page=0", "page"), ("page=-1", "page"), ("page=x", "page"),
        ("next=zzz", "next"), ("next=5877efb70280833e402e54b", "next"), ("next=5877efb70280833e402e54bg", "next"),
        ("next=%00", "next"),
        ("orderby=total", "orderby"), ("orderby=id;drop", "orderby"), ("orderdirection=up", "orderdirection"),
    ],
)  # fmt: skip
async def test_a_wrong_range_limit_or_cursor_is_refused(client: Client, query: str, field: str):
    assert await refused(client, query) == (400, "invalid_filter", field)


# --- ranges -------------------------------------------------------------------------------------------------

MOMENTS = {
    "eve": "2017-01-31T23:59:59.999+00:00", "dawn": "2017-02-01T00:00:00+00:00",
    "noon": "2017-02-01T12:00:00.500+00:00",
    "night": "2017-02-01T23:59:59.999+00:00", "next": "2017-02-02T00:00:00+00:00", "late": "2017-03-01T01:30:00+00:00",
}  # fmt: skip


@pytest.fixture(scope="module")
async def dated(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One whose account counts days in UTC, with orders around the first of February 2017."""
    client = await client_of(http, address, await make.shop(hub))
    for number, at in MOMENTS.items():
        await placed(client, number, at)
    return client


@pytest.mark.parametrize(
    ("range_", "numbers"),
    [
        ("2017-02-01to2017-02-01", "dawn noon night"),
        ("2017-02-01", "dawn noon night"),
        ("2017-01-31to2017-02-01", "eve dawn noon night"),
        ("2017-02-01to2017-02-02", "dawn noon night next"),
        ("2017-02-02to", "next late"),
        ("to2017-01-31", "eve"),
        (" 2017-02-01 to 2017-02-01 ", "dawn noon night"),
        ("2017-02-01T12:00:00.500Zto2017-02-01T12:00:00.500Z", "noon"),
        ("2017-02-01T12:00:00.500Z", "noon"),
        ("2017-02-01T00:00:00.000Zto2017-02-01T23:59:59.999Z", "dawn noon night"),
        ("2017-02-01T00:00:00.001Zto2017-02-01T23:59:59.998Z", "noon"),
        ("2017-02-01T09:00:00-03:00to2017-02-01", "noon night"),
        ("2017-02-01 12:00:00to2017-02-02", "noon night next"),
        ("2018-01-01to2018-12-31", ""),
        ("", "eve dawn noon night next late"),
    ],
)
@pytest.mark.parametrize("name", ["created", "modified"])
async def test_a_range_holds_both_its_ends(dated: Client, name: str, range_: str, numbers: str):
    assert await found(dated, f"{name}={quote(range_)}") == numbers.split()


async def test_a_plus_sign_in_an_offset_need_not_be_encoded(dated: Client):
    assert await found(dated, "created=2017-02-01T14:00:00+02:00to2017-02-01T23:59:59+00:00") == ["noon"]


async def test_two_ranges_must_both_match(dated: Client):
    assert await found(dated, "created=2017-02-01to&created=to2017-02-01&modified=2017-02-01") == [
        "dawn",
        "noon",
        "night",
    ]


async def test_days_are_those_of_the_accounts_time_zone(http: aiohttp.ClientSession, address: str, hub: Hub):
    shop = await make.shop(hub, time_zone="America/Sao_Paulo")
    client = await client_of(http, address, shop)
    # Two hours behind UTC there in February 2017, three from the 19th on.
    for number, at in {
        "before": "2017-02-01T01:59:59.999+00:00", "first": "2017-02-01T02:00:00+00:00",
        "last": "2017-02-02T01:59:59.999+00:00", "after": "2017-02-02T02:00:00+00:00",
        "winter": "2017-03-01T02:59:59+00:00", "march": "2017-03-01T03:00:00+00:00",
    }.items():  # fmt: skip
        await placed(client, number, at)

    assert await found(client, "created=2017-02-01") == ["first", "last"]
    assert await found(client, "created=2017-02-28to2017-02-28") == ["winter"]
    assert await found(client, "created=2017-03-01to") == ["march"]
    assert await found(client, "created=2017-02-01T02:00:00Zto2017-02-01T02:00:00Z") == ["first"]


async def test_modified_finds_what_was_changed_since(dated: Client):
    rows = (await dated.get("/orders?channel_id=late")).json["result"]
    answer = await dated.put(f"/orders/{rows[0]['Order']['id']}", {"delivery_type": "x"})
    moment = answer.json["Order"]["modified"]

    try:
        assert await found(dated, f"modified={moment}to") == ["late"]
        assert await found(dated, f"modified={moment[:10]}") == ["late"]
        assert await found(dated, "created=2017-03-01") == ["late"]
    finally:
        async with dated.shop.hub.change(dated.shop.tenant.id) as tx:
            await tx.run(
                "UPDATE orders SET changed_at = created_at WHERE tenant_id = $1 AND channel_number = 'late'",
                dated.shop.tenant.id,
            )


# --- paging -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
async def many(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One with 260 orders, numbered as they were created."""
    client = await client_of(http, address, await make.shop(hub))
    for n in range(260):
        await placed(client, str(n), f"2020-01-01T{n // 60:02d}:{n % 60:02d}:00+00:00")
    return client


async def page(client: Client, query: str) -> tuple[dict[str, Any], list[int]]:
    answer = await client.get(f"/orders?{query}")
    assert answer.status == 200, answer.text
    body: dict[str, Any] = answer.json
    assert set(body) == {"total", "showing", "limit", "next", "result"}
    assert body["showing"] == len(body["result"])
    assert all(set(row) == {"Order"} for row in body["result"])
    return body, [int(row["Order"]["original_id"]) for row in body["result"]]


@pytest.mark.parametrize(
    ("query", "limit", "numbers"),
    [
        ("", 100, range(100)),
        ("limit=", 100, range(100)),
        ("limit=1", 1, range(1)),
        ("limit=260", 260, range(260)),
        ("limit=500", 500, range(260)),
        ("limit=501", 500, range(260)),
        ("limit=100000", 500, range(260)),
        ("limit=99999999999999999999", 500, range(260)),
        ("limit=100&page=1", 100, range(100)),
        ("limit=100&page=3", 100, range(200, 260)),
        ("limit=130&page=2", 130, range(130, 260)),
        ("limit=100&page=4", 100, range(0)),
        ("limit=100&page=99999999999999", 100, range(0)),
        ("limit=2&orderby=created&orderdirection=asc", 2, range(2)),
        ("limit=2&orderby=created&orderdirection=desc", 2, range(259, 257, -1)),
        ("limit=2&orderby=modified&orderdirection=DESC&page=2", 2, range(257, 255, -1)),
        ("limit=2&orderby=timestamp", 2, range(2)),
        ("limit=2&orderdirection=desc", 2, range(259, 257, -1)),
        ("limit=2&orderby=&orderdirection=", 2, range(2)),
        ("limit=2&next=", 2, range(2)),
    ],
)
async def test_a_page_has_the_rows_and_says_how_many_there_are(many: Client, query: str, limit: int, numbers: range):
    body, got = await page(many, query)

    assert (body["limit"], body["total"], got) == (limit, 260, list(numbers))
    has_more = bool(got) and got[-1] != (0 if "desc" in query.lower() else 259)
    assert body["next"] == (body["result"][-1]["Order"]["id"] if has_more else None)


async def test_total_counts_what_lies_after_the_cursor_and_next_wins_over_page(many: Client):
    first, _ = await page(many, "limit=100")

    second, numbers = await page(many, f"limit=100&page=9&next={first['next']}")

    assert (second["total"], numbers) == (160, list(range(100, 200)))
    last = second["result"][-1]["Order"]["id"]
    third, _ = await page(many, f"limit=100&next={last}")
    assert (third["total"], third["showing"], third["next"]) == (60, 60, None)
    end, numbers = await page(many, f"next={third['result'][-1]['Order']['id']}")
    assert (end["total"], end["next"], numbers) == (0, None, [])


@pytest.mark.parametrize(
    ("order", "numbers"),
    [("", range(260)), ("&orderdirection=desc", range(259, -1, -1)), ("&orderby=created", range(260)),
     ("&orderby=modified&orderdirection=desc", range(259, -1, -1))],
)  # fmt: skip
async def test_walking_with_next_sees_each_order_once(many: Client, order: str, numbers: range):
    seen: list[int] = []
    next_: str | None = ""
    while next_ is not None:
        body, got = await page(many, f"limit=97&next={next_}{order}")
        seen += got
        next_ = body["next"]

    assert seen == list(numbers)


async def test_an_id_that_is_not_here_still_has_its_place(many: Client):
    first, _ = await page(many, "limit=3")
    second = first["result"][1]["Order"]["id"]
    # The last digits are random: 1 less is just before, and no order has it.
    before = f"{int(second, 16) - 1:024x}"

    assert (await page(many, f"limit=1&next={before}"))[1] == [1]
    assert (await page(many, f"limit=1&next={before.upper()}"))[1] == [1]
    # Ids of the vendor itself: some hold bits that ours never have.
    for id, total in (
        ("5877efb70280833e402e54bc", 260),
        ("5877efb7ffffffffffffffff", 260),
        ("ffffffffffffffffffffffff", 0),
    ):
        assert (await page(many, f"limit=1&next={id}"))[0]["total"] == total


async def test_filters_and_cursor_go_together(many: Client):
    first, numbers = await page(many, "limit=10&created=2020-01-01T02:00:00to2020-01-01T02:59:59")
    assert (first["total"], numbers) == (60, list(range(120, 130)))

    second, numbers = await page(
        many, f"limit=10&created=2020-01-01T02:00:00to2020-01-01T02:59:59&next={first['next']}"
    )
    assert (second["total"], numbers) == (50, list(range(130, 140)))


async def test_a_walk_loses_none_while_others_are_placed(http: aiohttp.ClientSession, address: str, hub: Hub):
    client = await client_of(http, address, await make.shop(hub))
    shop = client.shop
    for n in range(30):
        await placed(client, f"old {n}", f"2020-01-01T00:00:{n:02d}+00:00")
    made: list[str] = []

    async def place(worker: int) -> None:
        for n in range(15):
            record = await make.order(shop, channel_number=f"{worker} {n}")
            assert record.value.channel_number is not None
            made.append(record.value.channel_number)

    placing = asyncio.gather(*(place(worker) for worker in range(4)))
    seen: list[str] = []
    last = ""
    # A poller goes on from the last id it has seen, also when it was told that there is no more.
    while True:
        was_done = placing.done()
        rows = (await client.get(f"/orders?limit=7&next={last}")).json["result"]
        seen += [row["Order"]["original_id"] for row in rows]
        last = rows[-1]["Order"]["id"] if rows else last
        if was_done and not rows:
            break
    await placing

    assert len(made) == 60
    assert sorted(seen) == sorted([f"old {n}" for n in range(30)] + made)


async def test_a_walk_waits_for_an_earlier_order_that_is_not_committed_yet(client: Client):
    shop = await make.shop(client.shop.hub)
    walker = await client_of(client.http, client.base.removesuffix("/pluggto"), shop)

    async with shop.hub.change(shop.tenant.id) as tx:
        await orders.place(tx, shop.caller, {"channel_number": "earlier"})
        await make.order(shop, channel_number="later")
        # Shown now, a walker would go on from it and never see the earlier one.
        for query in ("", "orderby=modified", "created=2020-01-01to", "modified=2020-01-01to"):
            assert await found(walker, query) == []
        # Who asks for one order by name is not walking.
        assert await found(walker, "channel_id=later") == ["later"]

    assert await found(walker, "") == ["earlier", "later"]
