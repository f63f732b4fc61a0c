"""Filter trees against a plain evaluation in Python, on the same records."""

import operator
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plughub.core import orders, products, stock
from plughub.core.filters import All, AnyOf, Compare, Contains, Filter, Has, Not, Nothing, OneOf, Op
from plughub.core.hub import Hub
from plughub.core.listing import Query
from plughub.core.patch import Merge, Replace
from plughub.core.products import Content, Product
from plughub.core.record import Record
from plughub.core.values import fold
from tests import make

BRANDS = [None, "Aurora", "aurora", "Café", "50% off", "under_score", "back\\slash", "quote'"]
WORDS = ["Camisa Ação", "CAMISA azul", "calça 100%", "straße", "snake_case", "ﬁne"]
PATHS = ["Moda", "Moda > Camisas", "Casa > Mesa"]
ASKED = ["camisa", "AÇÃO", "acao", "%", "_", "STRASSE", "fine", "moda > c", "p00", "P001", "zz", "\\", "'", ""]

_TESTS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQUAL: operator.eq,
    Op.BELOW: operator.lt,
    Op.UP_TO: operator.le,
    Op.FROM: operator.ge,
    Op.ABOVE: operator.gt,
}
Facts = Callable[[Record[Any]], dict[str, list[Any]]]


def holds(filter: Filter, facts: dict[str, list[Any]]) -> bool:
    """What the tree means, said plainly. `facts`: field -> all values that it has in the record."""
    match filter:
        case Compare(field, op, value):
            return any(_TESTS[op](there, value) for there in facts[field])
        case OneOf(field, values):
            return any(there in values for there in facts[field])
        case Has(path, spellings):
            return any(text in facts[path] for text in spellings)
        case Contains(column, text):
            return any(fold(text) in fold(there) for there in facts[column])
        case All(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)
        case Not(part):
            return not holds(part, facts)
        case Nothing():
            return False


def trees(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    def grown(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        several = st.lists(inner, max_size=3).map(tuple)
        return several.map(All) | several.map(AnyOf) | inner.map(Not)

    return st.recursive(leaves | st.just(Nothing()), grown, max_leaves=6)


def compared(field: str, values: list[Any], ops: type[Op] | list[Op] = Op) -> st.SearchStrategy[Filter]:
    return st.builds(Compare, st.just(field), st.sampled_from(list(ops)), st.sampled_from(values))


def one_of(field: str, values: list[Any]) -> st.SearchStrategy[Filter]:
    return st.builds(OneOf, st.just(field), st.lists(st.sampled_from(values), max_size=3).map(tuple))


def having(path: str, spellings: list[str]) -> st.SearchStrategy[Filter]:
    chosen = st.lists(st.sampled_from(spellings), min_size=1, max_size=2).map(tuple)
    return st.builds(Has, st.just(path), chosen)


quantities = [Decimal(n) for n in (-1, 0, 1, 3, 7)]
product_trees = trees(
    st.one_of(
        compared("sku", ["P001", "P001-a", "p001", "nope"]),
        compared("product_sku", ["P001", "P040"]),
        one_of("sku", ["P001", "P001-a", "p001", "nope"]),
        one_of("quantity", quantities),
        compared("quantity", quantities),
        compared("level.on_hand", quantities),
        compared("level.code", ["$main", "CD-1"], [Op.EQUAL]),
        compared("changed_by", ["system", "nobody"], [Op.EQUAL]),
        having("brand", [b for b in BRANDS if b] + ["AURORA"]),
        having("is_available", ["true", "false"]),
        having("content.pt.name", [*WORDS, "Camisa"]),
        having("default.gtin", ["789", "790"]),
        having("variants.gtin", ["790", "791"]),
        having("default.price", ["10", "10.5", "10.50"]),
        having("categories.path", PATHS),
        having("no.such.field", ["x"]),
        st.builds(Contains, st.sampled_from(["words", "codes", "groups"]), st.sampled_from(ASKED)),
    )
)
order_trees = trees(
    st.one_of(
        compared("channel_number", ["N1", "N2", "x"]),
        compared("total", [Decimal(0), Decimal(10), Decimal("10.5")]),
        compared("status", ["pending", "paid"], [Op.EQUAL]),
        compared("created_by", ["system", "other"], [Op.EQUAL]),
        having("channel", ["loja", "ML"]),
        having("lines.sku", ["A", "B"]),
    )
)


def product_facts(record: Record[Product]) -> dict[str, list[Any]]:
    product = record.value
    everyone = [product.default, *product.variants]
    # The default one is hidden behind others; a number asked for may be one variant's or the whole product's.
    counts = [products.quantity(product, variant) for variant in product.variants or (product.default,)]
    places = [level for variant in everyone for level in variant.levels if level.code != stock.MAIN]
    names = [content.name for content in product.content.values()]
    return {
        "sku": [variant.sku for variant in everyone],
        "product_sku": [product.sku],
        "quantity": [*counts, sum(counts)],
        "level.on_hand": [level.on_hand for level in places],
        "level.code": [level.code for level in places],
        "changed_by": [record.changed_by],
        "brand": [product.brand],
        "is_available": [{True: "true", False: "false", None: None}[product.is_available]],
        "content.pt.name": names,
        "default.gtin": [product.default.gtin],
        "variants.gtin": [variant.gtin for variant in product.variants],
        "default.price": [_plain(product.default.price)],
        "categories.path": [category.path for category in product.categories],
        "no.such.field": [],
        "words": ["\n".join(names)],
        "codes": ["\n".join(variant.sku for variant in everyone)],
        "groups": ["\n".join(category.path for category in product.categories)],
    }


def order_facts(record: Record[orders.Order]) -> dict[str, list[Any]]:
    order = record.value
    return {
        "channel_number": [order.channel_number] if order.channel_number else [],
        "total": [order.total],
        "status": [order.status],
        "created_by": [record.created_by],
        "channel": [order.channel],
        "lines.sku": [line.sku for line in order.lines],
    }


def _plain(price: Decimal | None) -> str | None:
    return None if price is None else {Decimal(10): "10", Decimal("10.5"): "10.5"}[price]


@pytest.fixture(scope="module")
async def shop(hub: Hub) -> make.Shop:
    """200 products and 40 orders, and a twin tenant with the same, so that a lost tenant would be seen."""
    shop, twin = await make.shop(hub), await make.shop(hub)
    for one in (twin, shop):
        await fill(one, random.Random(7), count=200 if one is shop else 30)
    return shop


async def fill(shop: make.Shop, chance: random.Random, *, count: int) -> None:
    async with shop.hub.change(shop.tenant.id) as tx:
        for number in range(count):
            await products.create(tx, shop.caller, product(chance, f"P{number:03}"))
    for number in range(count // 5):
        await make.order(shop, *lines(chance), **order(chance, number))


def product(chance: random.Random, sku: str) -> dict[str, Any]:
    levels = [
        make.level(chance.choice([-1, 0, 1, 3, 7]), code)
        for code in chance.choice([[], ["$main"], ["$main", "CD-1"], ["CD-1"]])
    ]
    default: dict[str, Any] = {"sku": sku, "price": chance.choice([None, Decimal("10.0"), Decimal("10.50")])}
    default |= {"gtin": chance.choice([None, "789", "790"]), "levels": make.levels(*levels)}
    variants = [
        {
            "sku": f"{sku}-{name}",
            "gtin": chance.choice([None, "790", "791"]),
            "levels": make.levels(make.level(chance.choice([0, 3]))),
        }
        for name in chance.choice(["", "", "a", "ab"])
    ]
    return {
        "default": default,
        "variants": Merge(variants, keys=("sku",)),
        "brand": chance.choice(BRANDS),
        "is_available": chance.choice([True, False, None]),
        "content": {"pt": Content(name=chance.choice(WORDS))},
        "categories": Replace([{"path": path} for path in chance.sample(PATHS, chance.choice([0, 1, 2]))]),
    }


def lines(chance: random.Random) -> list[dict[str, Any]]:
    return [
        {"sku": sku, "quantity": 1, "price": Decimal(chance.choice([0, 10]))} for sku in chance.choice(["", "A", "AB"])
    ]


def order(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "channel": chance.choice(["loja", "ML", None]),
        "channel_number": chance.choice([f"N{number}", None]),
        "status": chance.choice([orders.OrderStatus.PENDING, orders.OrderStatus.PAID]),
        "receiver": {"first_name": chance.choice([None, "João", "Ana"])},
    }


def checked(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@checked(120)
@given(where=product_trees)
async def test_a_tree_finds_the_products_for_which_it_holds(shop: make.Shop, where: Filter):
    async with shop.hub.read(shop.tenant.id) as tx:
        everything = await everyone(tx, shop, products.listing)
        page = await products.heads(tx, shop.caller, Query(where=where, limit=500, walks=False))

    wanted = [record.id for record in everything if holds(where, product_facts(record))]
    assert [record.id for record in page.records] == wanted
    assert page.total == len(wanted)


@checked(80)
@given(where=order_trees)
async def test_a_tree_finds_the_orders_for_which_it_holds(shop: make.Shop, where: Filter):
    async with shop.hub.read(shop.tenant.id) as tx:
        everything = await everyone(tx, shop, orders.listing)
        page = await orders.heads(tx, shop.caller, Query(where=where, limit=500, walks=False))

    wanted = [record.id for record in everything if holds(where, order_facts(record))]
    assert [record.id for record in page.records] == wanted
    assert page.total == len(wanted)


_KNOWN: dict[Any, list[Record[Any]]] = {}


async def everyone(tx: Any, shop: make.Shop, listing: Any) -> list[Record[Any]]:
    if listing not in _KNOWN:
        _KNOWN[listing] = (await listing(tx, shop.caller, Query(limit=500, walks=False))).records
        assert len(_KNOWN[listing]) in (200, 40)
    return _KNOWN[listing]


async def test_a_record_is_found_by_its_new_values_only(shop: make.Shop):
    record = await make.product(shop, "CHANGED", brand="Before")
    async with shop.hub.change(shop.tenant.id) as tx:
        await products.change(tx, shop.caller, record.id, {"brand": "After"})

    async with shop.hub.read(shop.tenant.id) as tx:
        found = [
            [
                r.id
                for r in (
                    await products.listing(tx, shop.caller, Query(where=Has("brand", (brand,)), walks=False))
                ).records
            ]
            for brand in ("Before", "After")
        ]
    async with shop.hub.change(shop.tenant.id) as tx:
        await products.delete(tx, shop.caller, record.id)

    assert found == [[], [record.id]]


async def test_what_is_deleted_is_found_by_nothing(shop: make.Shop):
    record = await make.product(shop, "DELETED", brand="Gone")
    async with shop.hub.change(shop.tenant.id) as tx:
        await products.delete(tx, shop.caller, record.id)

    async with shop.hub.read(shop.tenant.id) as tx:
        for where in (Has("brand", ("Gone",)), Contains("codes", "deleted"), Compare("sku", Op.EQUAL, "DELETED")):
            page = await products.listing(tx, shop.caller, Query(where=where, walks=False))
            assert (page.records, page.total) == ([], 0)
        assert (
            await tx.all("SELECT id FROM search_rows WHERE tenant_id = $1 AND id = $2", shop.tenant.id, record.id) == []
        )


async def test_an_unknown_field_is_a_mistake_of_ours_and_raises(shop: make.Shop):
    async with shop.hub.read(shop.tenant.id) as tx:
        with pytest.raises(KeyError):
            await products.listing(tx, shop.caller, Query(where=Compare("nope", Op.EQUAL, 1)))
        with pytest.raises(ValueError, match="nope"):
            await products.listing(tx, shop.caller, Query(where=Contains("nope", "x")))
