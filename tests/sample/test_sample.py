"""The sample shop, loaded once: what is in it and that it holds together."""

import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import aiohttp
import pytest

from plughub import sample
from plughub.core import customers, events, messages, orders, products, stock
from plughub.core.events import Action
from plughub.core.hub import Hub
from plughub.core.listing import Query
from plughub.core.messages import Author, Conversation, Kind, Priority, Status
from plughub.core.orders import Order, OrderStatus
from plughub.core.products import Product
from plughub.core.record import Record
from plughub.core.stock import MAIN
from plughub.core.values import to_json
from plughub.sample import digits
from plughub.sample.catalogue import Catalogue
from plughub.sample.journeys import LIVES, planned
from plughub.sample.messages import conversations
from plughub.sample.orders import offers
from plughub.sample.people import buyers
from plughub.sample.talks import TALKS
from tests import make
from tests.dialects.pluggto.conftest import Client, client_of

PRODUCTS, KITS = 120, {"KIT-CAFE", "KIT-LEIT", "KIT-BANH", "KIT-CORR", "KIT-HOME", "KIT-DUPL"}
ORDERS = sum(life.orders for life in LIVES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    shop: make.Shop
    products: list[Record[Product]]
    orders: list[Record[Order]]
    conversations: list[Record[Conversation]]
    #: When loading began.
    began: datetime
    said: list[str]

    def product(self, sku: str) -> Product:
        return next(record.value for record in self.products if record.value.sku == sku)

    def variants(self) -> list[Any]:
        """All that is sold: variants, or the product where it has none."""
        return [v for record in self.products for v in (record.value.variants or (record.value.default,))]


@pytest.fixture(scope="module")
async def loaded(hub: Hub) -> Loaded:
    shop = await make.shop(hub, **sample.TENANT)
    said: list[str] = []
    began, clock = datetime.now(UTC), time.perf_counter()
    await sample.load(hub, shop.tenant, said.append)
    print(f"\nthe sample shop was loaded in {time.perf_counter() - clock:.1f} s")
    return Loaded(
        shop=shop,
        products=await everything(shop, products.listing),
        orders=await everything(shop, orders.listing),
        conversations=await everything(shop, messages.listing),
        began=began,
        said=said,
    )


@pytest.fixture(scope="module")
async def shop_client(http: aiohttp.ClientSession, address: str, loaded: Loaded) -> Client:
    return await client_of(http, address, loaded.shop)


async def everything(shop: make.Shop, listing: Any) -> list[Any]:
    async with shop.hub.read(shop.tenant.id) as tx:
        page = await listing(tx, shop.caller, Query(limit=1000, walks=False))
    assert page.total == len(page.records)
    return page.records


def test_it_has_the_products_and_orders_it_says_and_tells_its_progress(loaded: Loaded):
    assert len(loaded.products) == PRODUCTS
    assert len(loaded.orders) == ORDERS == 400
    assert loaded.said[-2:] == ["Sample shop: 400 of 400 orders", "Sample shop: 25 conversations"]


def test_there_are_products_with_and_without_variants_and_kits_of_both_kinds(loaded: Loaded):
    kits = [r.value for r in loaded.products if r.value.is_kit]
    others = [r.value for r in loaded.products if not r.value.is_kit]

    assert {kit.sku for kit in kits} == KITS
    assert {kit.sku: len(kit.variants) for kit in kits if kit.variants} == {
        "KIT-CORR": 3,
        "KIT-HOME": 4,
        "KIT-DUPL": 9,
    }
    assert len([product for product in others if product.variants]) == 56
    assert len([product for product in others if not product.variants]) == 58


def test_a_kit_has_as_many_as_its_scarcest_part_allows(loaded: Loaded):
    kit = loaded.product("KIT-BANH")

    allowed = [stock.free(loaded.product(c.sku).default.levels) // c.quantity for c in kit.components]

    assert products.quantity(kit, kit.default) == min(allowed)
    assert kit.default.levels == ()


def test_a_kit_with_variants_follows_the_variants_of_its_parts(loaded: Loaded):
    kit = loaded.product("KIT-DUPL")
    levels = {v.id: v.levels for v in loaded.variants()}

    for variant in kit.variants:
        allowed = [stock.free(levels[part.id]) // part.quantity for part in variant.parts]
        assert products.quantity(kit, variant) == min(allowed)


def test_both_price_lists_are_used_and_change_the_price_in_every_way(loaded: Loaded):
    rows = Counter((price.code, price.action.value) for variant in loaded.variants() for price in variant.prices)

    assert set(rows) == {("mercadolivre", "increase"), ("mercadolivre", "overwrite"), ("atacado", "decrease")}
    assert all(count > 20 for count in rows.values())


def test_some_products_have_a_special_price_and_a_few_have_none_yet(loaded: Loaded):
    defaults = [record.value.default for record in loaded.products]

    assert sorted(v.sku for v in defaults if v.price is None) == ["CEL-TRIP", "LIV-MAPA", "VES-TRIC"]
    assert len([v for v in defaults if v.special_price is not None]) > 15


def test_stock_is_kept_in_three_locations_and_is_low_empty_and_once_negative(loaded: Loaded):
    levels = [(v.sku, level) for v in loaded.variants() for level in v.levels]
    main = [level.on_hand for _, level in levels if level.code == MAIN]

    assert {level.code for _, level in levels} == {MAIN, "cd-sp", "loja-centro"}
    assert [(sku, level.on_hand) for sku, level in levels if level.on_hand < 0] == [("DEC-CEST", Decimal(-2))]
    assert len([count for count in main if count == 0]) > 5
    assert len([count for count in main if 0 < count < 5]) > 5


async def test_every_level_is_the_sum_of_its_movements(loaded: Loaded):
    async with loaded.shop.hub.read(loaded.shop.tenant.id) as tx:
        wrong = await tx.all(
            """
            SELECT variant_id, location_id, l.on_hand, m.total
            FROM (SELECT variant_id, location_id, on_hand FROM stock_levels WHERE tenant_id = $1) l
            FULL JOIN (SELECT variant_id, location_id, sum(delta) AS total FROM stock_movements
                       WHERE tenant_id = $1 GROUP BY variant_id, location_id) m USING (variant_id, location_id)
            WHERE coalesce(l.on_hand, 0) <> coalesce(m.total, 0)
            """,
            loaded.shop.tenant.id,
        )

    assert wrong == []


async def test_what_levels_hold_for_orders_is_what_orders_hold(loaded: Loaded):
    async with loaded.shop.hub.read(loaded.shop.tenant.id) as tx:
        held = await tx.value(
            "SELECT sum(quantity) FROM reservations WHERE tenant_id = $1 AND state = 'held'", loaded.shop.tenant.id
        )

    reserved = [level.reserved for variant in loaded.variants() for level in variant.levels]
    assert held == sum(reserved)
    assert held > 0
    assert min(reserved) == 0


def test_gtins_and_tax_numbers_have_right_check_digits_and_are_unique(loaded: Loaded):
    everyone = [v for r in loaded.products for v in (r.value.default, *r.value.variants)]
    gtins = [variant.gtin for variant in everyone if variant.gtin]
    people = {order.value.payer.person_tax_id for order in loaded.orders} - {None}
    companies = {order.value.payer.company_tax_id for order in loaded.orders} - {None}

    assert len(set(gtins)) == len(gtins) > 300
    assert all(gtin_is_right(gtin) for gtin in gtins)
    assert all(cpf_is_right(cpf) for cpf in people)
    assert (len(people), len(companies)) == (122, 28)
    assert all(digits.cnpj("".join(filter(str.isdigit, cnpj))[:12]) == cnpj for cnpj in companies)


def gtin_is_right(gtin: str) -> bool:
    return len(gtin) == 13 and (sum(map(int, gtin[::2])) + 3 * sum(map(int, gtin[1::2]))) % 10 == 0


def cpf_is_right(cpf: str) -> bool:
    number = [int(c) for c in cpf if c.isdigit()]
    sums = [sum(d * w for d, w in zip(number, range(last + 1, 1, -1), strict=False)) for last in (9, 10)]
    return len(number) == 11 and [s * 10 % 11 % 10 for s in sums] == number[9:]


def test_every_status_channel_and_kind_of_trouble_is_there(loaded: Loaded):
    found = [record.value for record in loaded.orders]
    shipments = [shipment for order in found for shipment in order.shipments]

    assert {order.status for order in found} == set(OrderStatus)
    assert {order.channel for order in found} == {"Mercadolivre", "Amazon", "Magalu", "Shopee", "loja"}
    assert {order.reserves_stock for order in found} == {True, False}
    assert len([shipment for shipment in shipments if shipment.issues]) > 5
    documents = Counter(document.kind for shipment in shipments for document in shipment.documents)
    assert documents.keys() == {"label", "invoice"}
    assert min(documents.values()) > 80
    assert len([order for order in found if len(order.shipments) == 2]) == 16


def test_invoices_have_keys_of_44_digits_that_carry_their_number(loaded: Loaded):
    invoices = [s.invoice for record in loaded.orders for s in record.value.shipments if s.invoice.key]

    assert len(invoices) > 250
    assert len({invoice.key for invoice in invoices}) == len(invoices)
    for invoice in invoices:
        assert len(invoice.key or "") == 44
        assert digits.invoice_key((invoice.key or "")[:43]) == invoice.key
        assert (invoice.key or "")[25:34] == f"{int(invoice.number or 0):09}"


def test_orders_lie_within_the_last_sixty_days_and_their_history_runs_forward(loaded: Loaded):
    since, until = loaded.began - timedelta(days=60), datetime.now(UTC)
    for record in loaded.orders:
        history = [entry.at for entry in record.value.status_history]
        told = [
            at
            for shipment in record.value.shipments
            for at in (shipment.invoice.date, shipment.shipped_at, shipment.delivered_at, shipment.canceled_at)
            if at
        ]
        assert since < record.created_at == history[0]
        assert history == sorted(history)
        assert record.value.status_history[-1].status == record.value.status
        assert all(since < at < until for at in [*history, *told])
    assert [r.number for r in loaded.orders] == sorted(r.number for r in loaded.orders)
    assert [r.created_at for r in loaded.orders] == sorted(r.created_at for r in loaded.orders)


def test_every_line_is_tied_to_the_catalogue_and_totals_add_up(loaded: Loaded):
    for record in loaded.orders:
        order = record.value
        assert all(line.product_id and line.variant_id for line in order.lines)
        assert order.total == orders.recomputed_total(order) == sum(p.total or 0 for p in order.payments)
        assert order.currency == "BRL"


async def test_every_buyer_is_one_customer(loaded: Loaded):
    async with loaded.shop.hub.read(loaded.shop.tenant.id) as tx:
        known = await customers.customers(tx, loaded.shop.caller, limit=500)
        buyers = await tx.all("SELECT DISTINCT customer_id FROM orders WHERE tenant_id = $1", loaded.shop.tenant.id)

    assert len(known) == 150
    assert {row["customer_id"] for row in buyers} == {customer.id for customer in known}
    assert all((customer.value.email or "").endswith(".example") for customer in known)


async def test_every_record_has_its_events_and_the_history_of_an_order_is_its_statuses(loaded: Loaded):
    tenant = loaded.shop.tenant.id
    async with loaded.shop.hub.read(tenant) as tx:
        rows = await tx.all(
            "SELECT kind, record_id, max(version) AS version FROM events WHERE tenant_id = $1 GROUP BY kind, record_id",
            tenant,
        )
        delivered = next(r for r in loaded.orders if r.value.status is OrderStatus.DELIVERED)
        told = await events.history(tx, tenant, "order", delivered.id)

    told_of = {(row["kind"], row["record_id"]): row["version"] for row in rows}
    for kind, records in (
        ("product", loaded.products), ("order", loaded.orders), ("message", loaded.conversations),
    ):  # fmt: skip
        assert {r.id: r.version for r in records} == {r.id: told_of.get((kind, r.id)) for r in records}
    assert sum(kind == "customer" for kind, _ in told_of) == 150
    assert [event.action for event in told] == [Action.CREATED] + [Action.UPDATED] * (len(told) - 1)
    assert [event.occurred_at for event in told] == [entry.at for entry in delivered.value.status_history]


# --- conversations ------------------------------------------------------------------------------------------


def test_conversations_come_in_every_status_kind_and_priority(loaded: Loaded):
    found = [record.value for record in loaded.conversations]

    assert len(found) == len(TALKS) == 25
    assert {one.status for one in found} == set(Status)
    assert {one.kind for one in found} == set(Kind)
    assert {one.priority for one in found} == set(Priority)
    assert {entry.author for one in found for entry in one.interactions} == set(Author)
    assert len([one for one in found if any(entry.attachments for entry in one.interactions)]) > 3


def test_conversations_are_tied_to_what_they_are_about_and_follow_it(loaded: Loaded):
    placed = {record.id: record for record in loaded.orders}
    about = Counter()
    for record in loaded.conversations:
        one = record.value
        about["order" if one.order_id else "product" if one.product_id else "nothing"] += 1
        told = [entry.created_at for entry in one.interactions]
        assert told == sorted(told)
        assert told[0] == record.created_at
        assert told[-1] <= record.changed_at < datetime.now(UTC)
        if one.order_id:
            order = placed[one.order_id]
            assert order.created_at < record.created_at
            assert (order.value.channel, order.value.payer.first_name) == (one.channel, one.customer_name.split()[0])
    assert about == {"order": 18, "product": 6, "nothing": 1}


def test_what_the_last_word_says_is_the_status_unless_the_talk_was_left_otherwise(loaded: Loaded):
    talks = {talk.subject: talk for talk in TALKS}
    for record in loaded.conversations:
        one, talk = record.value, talks[record.value.subject]
        said = Status.ANSWERED if one.interactions[-1].author is Author.SELLER else Status.PENDING
        assert one.status is (talk.left or (Status.NEW if len(one.interactions) == 1 else said))


def test_nobody_speaks_in_the_future_however_young_the_order_is(loaded: Loaded):
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    young = [replace(record, created_at=now - timedelta(minutes=5)) for record in loaded.orders]

    for talk in conversations(Random(7), young, loaded.products, buyers(Random(7)), now):
        moments = [talk.at, *(at for at, _ in talk.later)]
        assert moments == sorted(moments)
        assert moments[-1] < now


def test_the_same_seed_gives_the_same_shop(loaded: Loaded):
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    offered = [one for record in loaded.products for one in offers(record, "pt")]

    def whole() -> bytes:
        chance = Random(7)
        goods = list(Catalogue(chance, "pt").products())
        people = buyers(chance)
        plan = planned(chance, offered, people, now)
        return to_json([goods, plan, conversations(chance, loaded.orders, loaded.products, people, now)])

    assert whole() == whole()


# --- over the wire ------------------------------------------------------------------------------------------


async def test_the_wire_lists_all_of_it(shop_client: Client):
    for path, total in (("/products", PRODUCTS), ("/orders", ORDERS)):
        answer = await shop_client.get(path, params={"limit": "50"})
        assert (answer.status, answer.json["total"], answer.json["showing"]) == (200, total, 50)


async def test_the_wire_walks_to_the_end_without_a_gap(shop_client: Client, loaded: Loaded):
    seen: list[int] = []
    after = "null"
    while after:
        page = (await shop_client.get("/orders", params={"limit": "150", "next": after})).json
        seen += [one["Order"]["order_id"] for one in page["result"]]
        after = page["next"]

    assert seen == [record.number for record in loaded.orders]


@pytest.mark.parametrize("status", ["pending", "approved", "under_review", "partial_shipped", "canceled", "delivered"])
async def test_the_wire_finds_orders_by_status(shop_client: Client, status: str):
    page = (await shop_client.get("/orders", params={"status": status})).json

    assert {one["Order"]["status"] for one in page["result"]} == {status}


async def test_the_wire_finds_orders_by_channel_and_invoice(shop_client: Client, loaded: Loaded):
    of_channel = (await shop_client.get("/orders", params={"channel": "mercadolivre"})).json["total"]
    invoiced = (await shop_client.get("/orders", params={"has_nfe": "1"})).json["total"]

    assert of_channel == sum(r.value.channel == "Mercadolivre" for r in loaded.orders)
    assert invoiced == sum(any(s.invoice.number for s in r.value.shipments) for r in loaded.orders)
    assert 0 < of_channel < ORDERS
    assert 0 < invoiced < ORDERS


async def test_the_wire_shows_and_finds_the_conversations(shop_client: Client):
    page = (await shop_client.get("/messages")).json
    found = (await shop_client.get("/messages", params={"all": "rastreio", "status": "closed"})).json

    assert (page["total"], page["showing"]) == (25, 25)
    assert [one["Message"]["subject"] for one in found["result"]] == ["Quando chega meu pedido?"]


async def test_the_wire_finds_products_by_category(shop_client: Client):
    page = (await shop_client.get("/products", params={"category": "Moda > Camisetas"})).json

    assert page["total"] == 7
    assert [c["name"] for c in page["result"][0]["Product"]["categories"]] == ["Moda", "Moda > Camisetas"]


@pytest.mark.parametrize("postalcode", ["01310-100", "09999-999", "13010-111", "22070-900", "57035-000", "69900-100"])
async def test_a_parcel_to_anywhere_in_brazil_has_quotes_by_two_ways(shop_client: Client, postalcode: str):
    answer = await shop_client.get("/shipping", params={"postalcode": postalcode, "skus": "KIT-CAFE:1"})

    assert [one["method"] for one in answer.json] == ["Econômico", "Expresso"]
    assert 0 < answer.json[0]["price"] < answer.json[1]["price"]
