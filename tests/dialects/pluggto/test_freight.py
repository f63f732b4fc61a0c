"""Freight quotes: the question, the sources behind it, and what comes back (specification 9)."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from plughub.core import ids as core_ids
from plughub.core import shipping
from plughub.core.hub import Hub
from plughub.core.shipping import Destination, FreightSource, Origin, Outcome
from plughub.dialects.pluggto import freight
from plughub.outbound import Outbound, Policy
from tests import make
from tests.core.shipping.freights import row, source, sources, table
from tests.dialects.pluggto.carriers import Carriers, carriers, quote
from tests.dialects.pluggto.conftest import Answer, Client
from tests.dialects.pluggto.goods import put, refusal, variation

EXCHANGE = json.loads((Path(__file__).parent / "exchanges" / "freight.json").read_text(), parse_float=Decimal)
NO_QUOTE = [{"mensage": "there is no freight quote for this destination and these products"}]
NEWER = {"destination_country", "destination_state"}
NEWER_OF_A_PRODUCT = {"original_sku", "category", "department", "marketplace"}


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Carriers]:
    async with carriers() as running:
        yield running
        running.begin_again()


@pytest.fixture
def carrier(running: Carriers) -> Carriers:
    running.begin_again()
    return running


async def ask(client: Client, skus: str, **params: str) -> Answer:
    return await client.get("/shipping", params={"postalcode": "01310-100", "skus": skus, **params})


async def quotes(client: Client, skus: str = "A", **params: str) -> Any:
    answer = await ask(client, skus, **params)
    assert answer.status == 200, answer.text
    return answer.json


async def counted(client: Client) -> dict[str, FreightSource]:
    """The sources by name, when everything heard so far has been counted."""
    await client.shop.hub.later.close()
    return {one.name: one for one in await sources(client.shop)}


def size(weight: object, side: object = 10) -> dict[str, object]:
    return {"weight": weight, "height": side, "length": side, "width": side}


async def set_origin(client: Client, **fields: Any) -> None:
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await shipping.set_origin(tx, client.shop.caller, Origin(**{"country": "BR", **fields}))


async def test_the_printed_exchange_happens_leaf_by_leaf(client: Client, carrier: Carriers):
    await set_origin(client, postal_code="06543210", city="SAO PAULO", state="SP")
    url = carrier.carrier("printed", json.loads(json.dumps(EXCHANGE["answer"], default=float)))
    await source(client.shop, url)
    made = {}
    for printed in EXCHANGE["body"]["products"]:
        side = printed["height"]
        body = await put(client, printed["sku"], price=printed["unit_price"], dimension=size(printed["weight"], side))
        made[printed["sku"]] = body["id"]

    answer = await ask(client, "MLB673212405:1,MLB675906701:4", postalcode="23131-331", country="BRA")

    assert answer.json == EXCHANGE["answer"]
    (question,) = carrier.asked
    assert (question.method, question.headers["content-type"]) == ("POST", "application/json")
    expected = json.loads(json.dumps(EXCHANGE["body"], default=float))
    expected["user_id"] = client.shop.tenant.number
    # Text, as the newer page has it: a number loses the zeros that the code begins with.
    expected["destination_postalcode"] = "23131331"
    for printed in expected["products"]:
        printed["id"] = made[printed["sku"]]
    assert _only(question.body, expected) == expected
    assert question.body.keys() - expected.keys() == NEWER
    assert (question.body["destination_country"], question.body["destination_state"]) == ("BR", None)
    for sent, printed in zip(question.body["products"], expected["products"], strict=True):
        assert sent.keys() - printed.keys() == NEWER_OF_A_PRODUCT
        assert sent["original_sku"] == sent["sku"]


def _only(sent: Any, printed: Any) -> Any:
    """What was sent under the printed names, in the printed places."""
    if isinstance(printed, dict):
        return {name: _only(sent[name], value) for name, value in printed.items()}
    if isinstance(printed, list):
        assert len(sent) == len(printed)
        return [_only(*pair) for pair in zip(sent, printed, strict=True)]
    return sent


async def asked_product(client: Client, carrier: Carriers, sku: str) -> dict[str, Any]:
    """What a source is told of one SKU."""
    await source(client.shop, carrier.carrier(f"c{core_ids.new().hex}", [quote(1)]))
    await quotes(client, sku)
    product: dict[str, Any] = carrier.asked[-1].body["products"][0]
    return product


async def test_a_variation_is_named_with_its_product_and_has_its_sizes(client: Client, carrier: Carriers):
    made = await put(
        client,
        "P",
        price=50,
        dimension=size("2.5", 30),
        handling_time=4,
        categories=[{"name": "Moda"}, {"name": "Moda > Camisas"}],
        variations=[{"sku": "P-M", "price": "59.90", "special_price": 49, "dimension": {"weight": "0.250"}}],
    )

    product = await asked_product(client, carrier, "P-M:2")

    assert product == {
        "weight": 0.25,
        "height": 30,
        "length": 30,
        "width": 30,
        "unit_price": 49,
        "sku": "P",
        "original_sku": "P-M",
        "id": made["id"],
        "quantity": "2",
        "crossdocking": 4,
        "category": [{"name": one["name"], "id": one["id"]} for one in made["categories"]],
        "department": None,
        "marketplace": None,
    }
    assert variation(made, "P-M")["sku"] == "P-M"


async def test_a_kit_weighs_what_its_parts_weigh_unless_it_says_so_itself(client: Client, carrier: Carriers):
    await put(client, "A", price=10, dimension=size("1.5"))
    await put(client, "B", price=10, dimension=size("0.25"))
    await put(client, "K", price=19, package_skus=[{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}])

    product = await asked_product(client, carrier, "K")
    assert (product["weight"], product["height"], product["unit_price"]) == (3.25, None, 19)

    await put(client, "K", dimension=size("4", 40))
    product = await asked_product(client, carrier, "K")
    assert (product["weight"], product["height"]) == (4, 40)


async def test_a_variation_of_a_kit_weighs_what_is_in_it(client: Client, carrier: Carriers):
    await put(
        client,
        "A",
        dimension={"weight": 1},
        variations=[{"sku": "A-M", "dimension": {"weight": 2}}, {"sku": "A-G"}],
    )
    await put(client, "B", dimension={"weight": "0.5"})
    kit = await put(client, "K", package_skus=[{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 2}])

    weights = {(await asked_product(client, carrier, one["sku"]))["weight"] for one in kit["variations"]}

    assert weights == {3, 2}


async def test_what_is_not_known_is_sent_empty(client: Client, carrier: Carriers):
    await put(client, "A")

    product = await asked_product(client, carrier, "A")

    assert [product[name] for name in ("weight", "height", "unit_price")] == [None, None, None]
    body = carrier.asked[-1].body
    assert [body[f"origin_{name}"] for name in ("country", "postalcode", "city", "state")] == ["BR", None, None, None]


async def test_the_stock_row_that_is_taken_first_says_price_and_days(client: Client, carrier: Carriers):
    rows = [{"code": "cd", "quantity": 5, "price": 8, "handling_time": 9}]
    await put(client, "A", price=10, handling_time=1, stock_table=rows)

    product = await asked_product(client, carrier, "A:5")
    assert (product["unit_price"], product["crossdocking"]) == (8, 9)

    product = await asked_product(client, carrier, "A:6")
    assert (product["unit_price"], product["crossdocking"]) == (10, 1)


@pytest.mark.parametrize(
    ("skus", "pairs"),
    [
        ("A", {"A": "1"}),
        ("A:", {"A": "1"}),
        ("A:3", {"A": "3"}),
        (" A : 3 ,B:2.0,", {"A": "3", "B": "2"}),
        ("A:1,A:2", {"A": "3"}),
        ("C:1:2:3", {"C:1:2": "3"}),
    ],
)
async def test_skus_are_split_at_commas_and_at_the_last_colon(client: Client, carrier: Carriers, skus, pairs):
    for sku in ("A", "B", "C:1:2"):
        await put(client, sku)
    await source(client.shop, carrier.carrier("one", [quote(1)]))

    await quotes(client, skus)

    assert {one["sku"]: one["quantity"] for one in carrier.asked[-1].body["products"]} == pairs


@pytest.mark.parametrize(
    ("params", "refused", "field"),
    [
        ({"skus": ""}, (400, "required_field"), "skus"),
        ({"skus": " , "}, (400, "required_field"), "skus"),
        ({"postalcode": ""}, (400, "required_field"), "postalcode"),
        ({"postalcode": "SW1A 1AA"}, (400, "invalid_field"), "postalcode"),
        ({"postalcode": "-"}, (400, "invalid_field"), "postalcode"),
        ({"country": "XX"}, (400, "invalid_field"), "country"),
        ({"skus": "A:two"}, (400, "invalid_field"), "skus"),
        ({"skus": "A:0"}, (400, "invalid_field"), "skus"),
        ({"skus": "A:-1"}, (400, "invalid_field"), "skus"),
        ({"skus": "A:1.5"}, (400, "invalid_field"), "skus"),
        ({"skus": "A:9999999999"}, (400, "invalid_field"), "skus"),
        ({"skus": ":2"}, (400, "invalid_field"), "skus"),
        ({"skus": ",".join(f"S{n}" for n in range(101))}, (400, "invalid_field"), "skus"),
        ({"skus": "A,NOWHERE"}, (404, "not_found"), None),
        ({"skus": "a"}, (404, "not_found"), None),
        ({"skus": "A\0"}, (404, "not_found"), None),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused_and_nobody_is_asked(
    client: Client, carrier: Carriers, params, refused, field
):
    await put(client, "A")
    await source(client.shop, carrier.carrier("one", [quote(1)]))

    answer = await ask(client, **{"skus": "A", **params})

    assert refusal(answer) == refused
    assert answer.json.get("field") == field
    assert carrier.asked == []


async def test_the_slash_at_the_end_and_the_other_way_to_show_the_token_work(client: Client):
    await put(client, "A")
    await table(client.shop, row(price="10"))

    bare = await client.get("/shipping/?postalcode=01310100&skus=A")
    without = await client.get("/shipping?postalcode=01310100&skus=A", token=None)

    assert (bare.status, len(bare.json), without.status) == (200, 1, 401)


async def test_all_sources_are_asked_and_sorted_into_one_list(client: Client, carrier: Carriers):
    await put(client, "A")
    first = [quote("18,40", "2", company="Azul"), quote(30.5, 1)]
    await source(client.shop, carrier.carrier("first", first))
    await source(client.shop, carrier.carrier("second", [quote(11.9, 6, company="Correio"), quote("18.4", 1)]))

    found = await quotes(client)

    assert [(one["price"], one["estimate"], one["company"]) for one in found] == [
        (Decimal("11.9"), 6, "Correio"),
        (Decimal("18.4"), 1, "Azul"),
        (Decimal("18.4"), 2, "Azul"),
        (Decimal("30.5"), 1, "Azul"),
    ]
    assert {one.counts.answered for one in (await counted(client)).values()} == {1}


async def test_connections_to_sources_are_kept(client: Client):
    await put(client, "A")
    async with carriers() as fresh:
        await source(client.shop, fresh.carrier("one", [quote(1)]))

        for _ in range(3):
            await quotes(client)

    assert [one.name for one in fresh.asked] == ["one"] * 3
    assert len({one.port for one in fresh.asked}) == 1


LIST = [quote("7.5")]
SHOWN = [{"method": "Expresso", "company": "Azul", "price": Decimal("7.5"), "estimate": 3}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (LIST, SHOWN),
        (quote(7.5), SHOWN),
        (b"\xef\xbb\xbf" + json.dumps(LIST).encode(), SHOWN),
        ([quote("7,50", "3")], SHOWN),
        ([quote(7.5, "")], [{**SHOWN[0], "estimate": None}]),
        ([quote(7.5, "3 dias")], [{**SHOWN[0], "estimate": None}]),
        ([{"price": 7.5}], [{"method": "", "company": "", "price": Decimal("7.5"), "estimate": None}]),
        ([quote(7.5, method=40010)], [{**SHOWN[0], "method": "40010"}]),
        ([*LIST, quote("free"), quote(-1), quote(None), "x", {}], SHOWN),
        ([*LIST, {"mensage": "sem agência"}], SHOWN),
    ],
)
async def test_an_answer_is_read_as_loosely_as_sources_write_it(client: Client, carrier: Carriers, answer, expected):
    await put(client, "A")
    await source(client.shop, carrier.carrier("one", answer), name="one")

    assert await quotes(client) == expected
    counts = (await counted(client))["one"].counts
    assert (counts.answered, counts.late, counts.failed, counts.last_failure) == (1, 0, 0, None)
    assert counts.last_answered_at is not None


@pytest.mark.parametrize("answer", [[], [{"mensage": "CEP não atendido"}], {"mensage": "CEP não atendido"}])
async def test_a_source_that_has_no_quote_has_answered(client: Client, carrier: Carriers, answer):
    await put(client, "A")
    await source(client.shop, carrier.carrier("one", answer), name="one")

    assert await quotes(client) == NO_QUOTE
    assert (await counted(client))["one"].counts.answered == 1


@pytest.mark.parametrize(
    ("answer", "terms", "reason"),
    [
        (b"<html><body>Ol\xe1</body></html>", {"kind": "text/html"}, "its answer is no JSON"),
        (b"", {}, "its answer is no JSON"),
        (LIST, {"status": 500}, "answered with status 500"),
        (LIST, {"status": 201}, "answered with status 201"),
        (b"", {"status": 302}, "answered with status 302"),
        (json.dumps(LIST * 2000).encode(), {}, "its answer is longer than 64 KiB"),
        (b"[" * 60_000, {}, "its answer is no JSON"),
        ("soon", {}, "its answer is no list of quotes"),
        ([{"method": "Expresso"}], {}, "its answer has no quote with a price"),
        ([quote("1e999999999")], {}, "its answer has no quote with a price"),
    ],
    ids=["html", "empty", "500", "201", "302", "huge", "deep", "text", "no price", "endless number"],
)
async def test_a_source_that_answers_badly_is_left_out_and_counted(
    client: Client, carrier: Carriers, answer, terms, reason
):
    await put(client, "A")
    await source(client.shop, carrier.carrier("bad", answer, **terms), name="bad")
    assert await quotes(client) == NO_QUOTE

    await source(client.shop, carrier.carrier("good", LIST), name="good")
    assert await quotes(client) == SHOWN

    found = await counted(client)
    counts = found["bad"].counts
    assert (counts.failed, counts.answered, counts.last_failure) == (2, 0, reason)
    assert counts.last_failed_at is not None
    assert found["good"].counts.answered == 1


async def test_an_unreachable_source_is_left_out_and_counted(client: Client):
    await put(client, "A")
    await source(client.shop, "http://127.0.0.1:1/", name="gone")

    assert await quotes(client) == NO_QUOTE
    assert (await counted(client))["gone"].counts.last_failure == "No connection to the address could be opened."


async def test_a_source_that_answers_after_250_ms_is_late(client: Client, carrier: Carriers):
    await put(client, "A")
    await source(client.shop, carrier.carrier("late", LIST, after=0.25), name="late", budget_ms=200)
    await source(client.shop, carrier.carrier("good", [quote(20)]), name="good")

    found = await quotes(client)

    assert [one["price"] for one in found] == [20]
    counts = (await counted(client))["late"].counts
    assert (counts.late, counts.answered, counts.failed) == (1, 0, 0)
    assert counts.last_failure == "no answer within 200 ms"
    assert counts.last_failed_at is not None


async def test_a_source_with_a_longer_budget_is_waited_for(client: Client, carrier: Carriers):
    await put(client, "A")
    await source(client.shop, carrier.carrier("late", LIST, after=0.25))

    assert await quotes(client) == SHOWN


async def test_a_source_that_is_paused_is_not_asked(client: Client, carrier: Carriers):
    await put(client, "A")
    await source(client.shop, carrier.carrier("one", LIST), name="one")
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await shipping.change_source(tx, client.shop.caller, "one", {"is_active": False})

    assert await quotes(client) == NO_QUOTE
    assert carrier.asked == []


async def test_the_accounts_own_tables_quote_when_no_source_does(client: Client, carrier: Carriers):
    await put(client, "A", price="100", dimension={"weight": "1.2"})
    rows = [
        row(price="20", days=4, method="Normal"),
        row(price="10", extra_kg="2", percentage="1", postal_from="01000000", postal_to="05999999", days=None),
        row(price="1", weight_to="2"),
    ]
    await table(client.shop, *rows)
    # 2 x 1.2 kg: 10 + 2.4 x 2 + 1 % of 200.
    expected = [
        {"method": "Normal", "company": "Rota", "price": Decimal("16.8"), "estimate": None},
        {"method": "Normal", "company": "Rota", "price": 20, "estimate": 4},
    ]
    assert await quotes(client, "A:2") == expected

    await source(client.shop, carrier.carrier("bad", b"no"), name="one")
    assert await quotes(client, "A:2") == expected

    carrier.carrier("bad", LIST)
    assert await quotes(client, "A:2") == SHOWN


async def test_a_row_for_another_country_is_not_quoted(client: Client):
    await put(client, "A")
    await table(client.shop, row(country="PT", price="30"))

    assert await quotes(client) == NO_QUOTE
    assert len(await quotes(client, country="PRT")) == 1
    assert len(await quotes(client, country="pt")) == 1


async def test_sources_and_tables_of_another_account_stay_its_own(client: Client, hub: Hub, carrier: Carriers):
    other = await make.shop(hub)
    await source(other, carrier.carrier("theirs", LIST))
    await table(other, row(price="1"))
    await put(client, "A")

    assert await quotes(client) == NO_QUOTE
    assert carrier.asked == []


async def test_of_ten_sources_seven_answer_and_three_that_hang_are_counted_late(client: Client, carrier: Carriers):
    await put(client, "A")
    for number in range(7):
        await source(client.shop, carrier.carrier(f"good{number}", [quote(10 + number)]), name=f"good{number}")
    for number in range(3):
        url = carrier.carrier(f"hangs{number}", after=None)
        await source(client.shop, url, name=f"hangs{number}", budget_ms=200)

    found = await quotes(client)

    assert [one["price"] for one in found] == [10, 11, 12, 13, 14, 15, 16]
    counts = {name: one.counts for name, one in (await counted(client)).items()}
    assert {name for name, one in counts.items() if one.late == 1 and one.asked == 1} == {"hangs0", "hangs1", "hangs2"}
    assert {name for name, one in counts.items() if one.answered == 1 and one.asked == 1} == {
        f"good{number}" for number in range(7)
    }


async def test_no_connection_of_the_database_waits_for_sources(client: Client, carrier: Carriers, hub: Hub):
    """More questions at once than the pool has places: a product can still be read."""
    await put(client, "A")
    await source(client.shop, carrier.carrier("hangs", after=None))
    asking = [asyncio.create_task(ask(client, "A")) for _ in range(12)]
    await carrier.heard(12)

    answer = await client.get("/skus/A")

    assert answer.status == 200
    assert not any(task.done() for task in asking)
    carrier.begin_again()
    await asyncio.gather(*asking)


async def quoted_through(outbound: Outbound, client: Client) -> list[tuple[Outcome, str | None]]:
    shop = client.shop
    try:
        destination = Destination(country="BR", postal_code="01310100")
        found = await freight.quote(shop.hub, outbound, shop.tenant, shop.caller, destination, {"A": 1})
    finally:
        await outbound.close()
    return [(one.outcome, one.reason) for one in found.heard]


NOT_CALLED = [
    (Outcome.FAILED, "The address cannot be called: it is not known, or not on the public internet."),
]


async def test_a_source_inside_is_not_called_unless_the_operator_opened_it(client: Client, carrier: Carriers):
    await put(client, "A")
    await source(client.shop, carrier.carrier("inside", LIST))
    port = int(carrier.base.rsplit(":", 1)[1])

    assert await quoted_through(Outbound(Policy(ports=frozenset({port}))), client) == NOT_CALLED
    assert carrier.asked == []


async def test_a_source_whose_name_leads_inside_at_the_call_is_not_called(client: Client, carrier: Carriers):
    await put(client, "A")
    url = carrier.carrier("inside", LIST).replace("127.0.0.1", "frete.example")
    await source(client.shop, url)
    asked = []

    async def resolver(host: str):
        asked.append(host)
        return [ip_address("127.0.0.1")]

    policy = Policy(ports=frozenset({int(carrier.base.rsplit(":", 1)[1])}))
    Outbound(policy).check(url)

    assert await quoted_through(Outbound(policy, resolver=resolver), client) == NOT_CALLED
    assert (asked, carrier.asked) == (["frete.example"], [])


async def test_the_reference_describes_it(client: Client):
    document = (await client.get("/openapi.json")).json

    described = document["paths"]["/shipping"]["get"]
    assert {one["name"]: one["required"] for one in described["parameters"]} == {
        "postalcode": True, "country": False, "skus": True,
    }  # fmt: skip
    assert document["components"]["schemas"]["Quote"]["properties"].keys() == {"method", "company", "price", "estimate"}
