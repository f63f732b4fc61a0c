"""Walking through lists: every record once, in every order, and none skipped that was committed late."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from plughub.core import ids, orders, products
from plughub.core.filters import Compare, Op
from plughub.core.hub import Hub
from plughub.core.listing import Order, Query
from plughub.db import migrate
from tests import make, server

Listing = Callable[..., Awaitable[Any]]
LISTINGS = [products.listing, orders.listing]


@pytest.fixture(scope="module")
async def filled(hub: Hub) -> make.Shop:
    """Products and orders of which some share a moment and some were changed in another order."""
    shop = await make.shop(hub)
    made = [await make.product(shop, f"W{number:02}") for number in range(23)]
    placed = [await make.order(shop) for _ in range(23)]
    async with hub.change(shop.tenant.id) as tx:
        for record in made[5::-2]:
            await products.change(tx, shop.caller, record.id, {"brand": "changed"})
        for number, record in enumerate(placed[5::-2]):
            await orders.change(tx, shop.caller, record.id, {"channel_number": f"changed {number}"})
        await tx.run(
            "UPDATE products SET changed_at = $2 WHERE tenant_id = $1 AND number % 3 = 0", shop.tenant.id, PAST
        )
        await tx.run("UPDATE orders SET created_at = $2 WHERE tenant_id = $1 AND number % 3 = 0", shop.tenant.id, PAST)
    return shop


PAST = datetime(2024, 1, 1, tzinfo=UTC)


async def walk(shop: make.Shop, listed: Listing, size: int, **query: Any) -> tuple[list[UUID], list[int]]:
    """Ids in the order met, and the total that each page told."""
    met: list[UUID] = []
    totals = []
    after = None
    for _ in range(100):
        async with shop.hub.read(shop.tenant.id) as tx:
            page = await listed(tx, shop.caller, Query(limit=size, after=after, **query))
        totals.append(page.total)
        assert page.has_more is (page.total > len(page.records))
        if not page.records:
            return met, totals
        met += [record.id for record in page.records]
        after = met[-1]
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("listed", LISTINGS)
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 4, 100])
async def test_a_walk_meets_every_record_once_and_in_order(
    filled: make.Shop, listed: Listing, order: Order, descending: bool, size: int
):
    table = {products.listing: "products", orders.listing: "orders"}[listed]
    direction = "DESC" if descending else "ASC"
    async with filled.hub.read(filled.tenant.id) as tx:
        rows = await tx.all(f"SELECT id FROM {table} ORDER BY {order} {direction}, id {direction}")

    met, totals = await walk(filled, listed, size, order=order, descending=descending)

    assert met == [row["id"] for row in rows]
    assert totals == [max(23 - size * page, 0) for page in range(-(-23 // size) + 1)]


@pytest.mark.parametrize("listed", LISTINGS)
async def test_pages_by_number_show_every_record_once_and_their_total_past_the_end(filled: make.Shop, listed: Listing):
    met = []
    async with filled.hub.read(filled.tenant.id) as tx:
        for offset in (0, 10, 20, 30):
            page = await listed(tx, filled.caller, Query(limit=10, offset=offset))
            met += [record.id for record in page.records]
            assert (page.total, page.has_more) == (23, offset < 20)

    assert met == sorted(met)
    assert len(set(met)) == 23


@pytest.mark.parametrize("descending", [False, True])
async def test_a_cursor_whose_record_is_gone_still_has_its_place(shop: make.Shop, descending: bool):
    made = [await make.product(shop) for _ in range(5)]
    async with shop.hub.change(shop.tenant.id) as tx:
        await products.delete(tx, shop.caller, made[2].id)
    rest = [made[1], made[0]] if descending else [made[3], made[4]]

    for order in (Order.ID, Order.CREATED):
        query = Query(after=made[2].id, descending=descending, order=order)
        async with shop.hub.read(shop.tenant.id) as tx:
            page = await products.listing(tx, shop.caller, query)
        assert [record.id for record in page.records] == [record.id for record in rest]


async def test_a_cursor_of_another_tenant_is_a_place_in_time_and_shows_nothing_of_theirs(shop: make.Shop, hub: Hub):
    other = await make.shop(hub)
    theirs = await make.product(other)
    mine = await make.product(shop)

    async with hub.read(shop.tenant.id) as tx:
        for order in Order:
            page = await products.listing(tx, shop.caller, Query(after=theirs.id, order=order))
            assert [record.id for record in page.records] == [mine.id]


async def test_a_list_takes_a_handful_of_statements_however_long(filled: make.Shop):
    async with filled.hub.read(filled.tenant.id) as tx:
        await products.listing(tx, filled.caller, Query(limit=1))
        counted = []
        for limit in (1, 23):
            before = filled.hub.pool.round_trips
            await products.listing(tx, filled.caller, Query(limit=limit))
            counted.append(filled.hub.pool.round_trips - before)

    assert counted == [3, 3]


class Race:
    """Two writers of one shop: the first to begin is the last to commit."""

    def __init__(self, shop: make.Shop, listed: Listing = products.listing) -> None:
        self.shop, self.listed = shop, listed
        self.stack = AsyncExitStack()

    async def __aenter__(self) -> "Race":
        self.slow = await self.stack.enter_async_context(self.shop.hub.change(self.shop.tenant.id))
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.stack.aclose()

    async def commit(self) -> None:
        await self.stack.aclose()

    async def shown(self, **query: Any) -> list[UUID]:
        async with self.shop.hub.read(self.shop.tenant.id) as tx:
            page = await self.listed(tx, self.shop.caller, Query(**query))
        return [record.id for record in page.records]


def new(sku: str) -> dict[str, Any]:
    return {"default": {"sku": sku}}


@pytest.mark.parametrize("order", [Order.ID, Order.CREATED])
async def test_a_walker_does_not_skip_an_earlier_record_that_commits_late(shop: make.Shop, order: Order):
    async with Race(shop) as race:
        early = (await products.create(race.slow, shop.caller, new("EARLY"))).id
        late = (await make.product(shop, "LATE")).id
        assert early < late

        # A walker that did not wait would take the later one, keep it as its place, and never meet the earlier.
        assert await race.shown(order=order, walks=False) == [late]
        first = await race.shown(order=order)
        await race.commit()

        assert await race.shown(order=order, walks=False, after=late) == []
        assert first == []
        assert await race.shown(order=order) == [early, late]


async def test_a_walker_by_creation_does_not_skip_a_record_with_an_older_id_and_a_later_moment(shop: make.Shop):
    """An id is made a little before the statement that sets the moment of creation."""
    older = ids.new()
    while ids.milliseconds(ids.new()) == ids.milliseconds(older):
        pass
    async with Race(shop, orders.listing) as race:
        slow = (await orders.place(race.slow, shop.caller, {})).id
        async with shop.hub.change(shop.tenant.id) as tx:
            fast = (await orders.place(tx, shop.caller, {})).id
            await tx.run("UPDATE orders SET id = $3 WHERE tenant_id = $1 AND id = $2", shop.tenant.id, fast, older)

        assert await race.shown(order=Order.CREATED, walks=False) == [older]
        first = await race.shown(order=Order.CREATED)
        await race.commit()

        assert await race.shown(order=Order.CREATED, walks=False) == [slow, older]
        assert first == []


async def test_a_poll_by_change_does_not_skip_what_changed_earlier_and_commits_late(shop: make.Shop):
    one, two = await make.product(shop, "ONE"), await make.product(shop, "TWO")
    since = datetime.now(UTC)

    async def polled(race: Race, moment: datetime, *, walks: bool = True) -> list[UUID]:
        return await race.shown(order=Order.CHANGED, where=Compare("changed_at", Op.ABOVE, moment), walks=walks)

    async with Race(shop) as race:
        await products.change(race.slow, shop.caller, one.id, {"brand": "early"})
        async with shop.hub.change(shop.tenant.id) as tx:
            changed, _ = await products.change(tx, shop.caller, two.id, {"brand": "late"})

        # The poller that does not wait goes on from the later change and never hears of the earlier one.
        assert await polled(race, since, walks=False) == [two.id]
        first = await polled(race, since)
        await race.commit()
        assert await polled(race, changed.changed_at, walks=False) == []

        assert first == []
        assert await polled(race, since) == [one.id, two.id]


async def test_another_tenants_open_transaction_holds_nobody_up(shop: make.Shop, hub: Hub):
    record = await make.product(shop)
    other = await make.shop(hub)

    async with Race(other) as race:
        await products.create(race.slow, other.caller, new("EARLY"))
        async with hub.read(shop.tenant.id) as tx:
            page = await products.listing(tx, shop.caller, Query())

    assert [r.id for r in page.records] == [record.id]


async def test_what_is_settled_moves_on_inside_one_transaction(shop: make.Shop, hub: Hub):
    ask = "SELECT settled_before($1)"
    async with hub.change(shop.tenant.id) as tx:
        first = await tx.value(ask, shop.tenant.id)
        async with Race(shop) as race:
            began = await race.slow.value("SELECT now()")
            held = await tx.value(ask, shop.tenant.id)
        after = await tx.value(ask, shop.tenant.id)

    assert first < began == held < after
    assert after - first < timedelta(seconds=5)


async def test_who_cannot_see_the_hubs_transactions_gets_an_error_and_no_list(superuser_url: str):
    """The owner of the schema and the hub's login may be two roles, of which one may not look at the other."""
    tenant, login = ids.new(), f"login_{ids.new().hex}"
    admin = await asyncpg.connect(superuser_url)
    await admin.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'secret'")
    async with server.database(superuser_url) as url:
        await migrate.run(url)
        owner = await asyncpg.connect(url)
        theirs = {"application_name": f"plughub {tenant}"}
        hidden = await asyncpg.connect(url, user=login, password="secret", server_settings=theirs)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="cannot see the transactions of the hub"):
            await owner.fetchval("SELECT settled_before($1)", tenant)
        assert await owner.fetchval("SELECT settled_before($1) <= clock_timestamp()", ids.new())
        await hidden.close()
        await owner.close()
    await admin.execute(f"DROP ROLE {login}")
    await admin.close()
