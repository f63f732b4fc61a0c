"""Old months of deliveries and attempts go, those that are still needed stay, and events are kept for ever."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from plughub import app
from plughub.config import Settings
from plughub.core import ids, webhooks
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.core.webhooks import Sent, State, Wanted
from plughub.db import migrate, partitions
from plughub.delivery import relay
from tests import make, server
from tests.core.webhooks.test_plan import happened

KEPT = timedelta(days=90)
AGES = dict.fromkeys(("deliveries", "attempts"), KEPT)
NAMES = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1"


@pytest.fixture
async def url(superuser_url: str) -> AsyncIterator[str]:
    """A database of the test's own, with the partitions of a year."""
    async with server.database(superuser_url) as url:
        await migrate.run(url)
        await partitions.make(url)
        yield url


@pytest.fixture
async def shop(url: str) -> AsyncIterator[make.Shop]:
    hub = Hub(url, keys=Keys(b"x"))
    yield await make.shop(hub)
    await hub.close()


@asynccontextmanager
async def owner(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def months(url: str, table: str) -> list[str]:
    """The months that have a partition: 2026_11."""
    async with owner(url) as connection:
        rows = await connection.fetch(NAMES, table)
    return [row["name"].removeprefix(f"{table}_") for row in rows if not row["name"].endswith("_rest")]


async def tried(shop: make.Shop) -> UUID:
    """One delivery of this month, tried once, and still due."""
    connection, _ = await make.connection(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        endpoint = await webhooks.subscribe(tx, shop.caller, connection.id, url="https://x.example/", style="pluggto")
    await happened(shop)
    await relay.place(shop.hub, shop.tenant.id, app.STYLES)
    (delivery,) = await make.claim(shop, endpoint)
    sent = Sent(began_at=shop.hub.now(), seconds=0.1, status=500)
    async with shop.hub.change(shop.tenant.id) as tx:
        style = app.STYLES["pluggto"]
        await webhooks.settle(tx, shop.tenant.id, endpoint, style, [(delivery, sent)], now=shop.hub.now())
    return delivery.id


async def kept(shop: make.Shop) -> tuple[int, int, int]:
    """Deliveries, attempts and events of this tenant."""
    async with shop.hub.read(shop.tenant.id) as tx:
        row = await tx.one(
            "SELECT (SELECT count(*) FROM deliveries WHERE tenant_id = $1) AS deliveries,"
            " (SELECT count(*) FROM attempts WHERE tenant_id = $1) AS attempts,"
            " (SELECT count(*) FROM events WHERE tenant_id = $1 AND kind = 'product') AS events",
            shop.tenant.id,
        )
    return tuple(row)


async def ended(shop: make.Shop) -> None:
    async with shop.hub.change(shop.tenant.id) as tx:
        await tx.run("UPDATE deliveries SET state = 'dead', claim_id = NULL WHERE tenant_id = $1", shop.tenant.id)


async def test_months_that_ended_before_the_limit_go_and_no_other(url: str):
    later = datetime.now(UTC) + timedelta(days=250)
    before = await months(url, "deliveries")

    dropped = await partitions.drop(url, AGES, now=later)

    left = [month for month in before if month >= f"{later - KEPT:%Y_%m}"]
    assert 0 < len(left) < len(before)
    assert await months(url, "deliveries") == await months(url, "attempts") == left
    assert await months(url, "events") == before
    gone = [month for month in before if month not in left]
    assert dropped == [f"{table}_{month}" for table in ("deliveries", "attempts") for month in gone]
    assert await partitions.drop(url, AGES, now=later) == []


async def test_a_month_goes_with_the_first_moment_at_which_its_last_is_too_old(url: str):
    this = datetime.now(UTC)
    first = datetime(this.year + this.month // 12, this.month % 12 + 1, 1, tzinfo=UTC) + KEPT

    assert await partitions.drop(url, AGES, now=first - timedelta(microseconds=1)) == []
    assert len(await partitions.drop(url, AGES, now=first)) == 2


async def test_a_month_with_a_delivery_that_is_still_due_stays(url: str, shop: make.Shop):
    await tried(shop)
    later = datetime.now(UTC) + timedelta(days=250)

    await partitions.drop(url, AGES, now=later)

    assert f"{datetime.now(UTC):%Y_%m}" in await months(url, "deliveries")
    assert await kept(shop) == (1, 0, 1)
    await ended(shop)
    await partitions.drop(url, AGES, now=later)
    assert await kept(shop) == (0, 0, 1)


async def test_a_month_that_somebody_reads_is_left_to_the_next_start(url: str, shop: make.Shop):
    await tried(shop)
    await ended(shop)
    this = datetime.now(UTC)
    later = datetime(this.year + this.month // 12, this.month % 12 + 1, 1, tzinfo=UTC) + KEPT

    async with shop.hub.change(shop.tenant.id) as tx:
        await webhooks.count(tx, shop.tenant.id, Wanted())
        dropped = await partitions.drop(url, AGES, now=later)

    assert dropped == [f"attempts_{this:%Y_%m}"]
    assert (await kept(shop))[0] == 1
    assert await partitions.drop(url, AGES, now=later) == [f"deliveries_{this:%Y_%m}"]


async def test_old_rows_of_months_that_nobody_made_room_for_go_too(url: str, shop: make.Shop):
    """They lie in the default partition, which stays."""
    old, due, young = (ids.of(datetime.now(UTC) + timedelta(days=days)) for days in (500, 501, 800))
    await tried(shop)
    async with shop.hub.change(shop.tenant.id) as tx:
        for id, state in ((old, State.DEAD), (due, State.DUE), (young, State.DEAD)):
            await tx.run(
                "INSERT INTO deliveries SELECT tenant_id, $2, subscription_id, event_id, position, kind, record_id,"
                " subject, action, aspects, $3, attempt_count, next_attempt_at, NULL, NULL"
                " FROM deliveries WHERE tenant_id = $1 AND state = 'due' LIMIT 1",
                shop.tenant.id, id, state,
            )  # fmt: skip

    await partitions.drop(url, AGES, now=datetime.now(UTC) + timedelta(days=800))

    async with shop.hub.read(shop.tenant.id) as tx:
        left = {one.id for one in await webhooks.deliveries(tx, shop.tenant.id, Wanted())}
    assert {old, due, young} & left == {due, young}


async def test_a_start_drops_what_the_setting_says(url: str, tmp_path: Path):
    async with owner(url) as connection:
        for table in ("deliveries", "attempts"):
            await connection.execute(
                f"CREATE TABLE {table}_2020_02 PARTITION OF {table}"
                f" FOR VALUES FROM ('{ids.first_of(datetime(2020, 2, 1, tzinfo=UTC))}')"
                f" TO ('{ids.first_of(datetime(2020, 3, 1, tzinfo=UTC))}')"
            )

    await app.migrate(Settings(data=tmp_path, database_url=url, keep_deliveries_days=36_500))
    assert "2020_02" in await months(url, "deliveries")
    await app.migrate(Settings(data=tmp_path, database_url=url))

    assert "2020_02" not in await months(url, "deliveries") + await months(url, "attempts")
