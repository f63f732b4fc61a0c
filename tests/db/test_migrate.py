"""Migrations and partitions: each applied once, whoever starts at the same time."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from plughub.core import ids
from plughub.core.hub import Hub
from plughub.db import migrate, partitions
from tests import make, server

MONTHS = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"


async def test_four_runs_at_once_apply_each_migration_once(superuser_url: str):
    async with server.database(superuser_url) as url:
        applied = await asyncio.gather(*(migrate.run(url) for _ in range(4)))

        assert sorted(name for names in applied for name in names) == [name for name, _ in migrate.available()]
        assert await migrate.run(url) == []


async def test_a_migration_that_fails_leaves_nothing_behind(superuser_url: str, monkeypatch: pytest.MonkeyPatch):
    broken = [("0001_a", "CREATE TABLE a ()"), ("0002_b", "CREATE TABLE b (); SELECT 1 / 0")]
    async with server.database(superuser_url) as url:
        monkeypatch.setattr(migrate, "available", lambda: broken)
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate.run(url)

        connection = await asyncpg.connect(url)
        assert await connection.fetch("SELECT to_regclass('a')::text AS a, to_regclass('b')::text AS b") == [
            ("a", None)
        ]
        assert await migrate.missing(connection) == ["0002_b"]
        await connection.close()


async def test_partitions_of_a_year_are_made_once_by_two_at_once(superuser_url: str):
    async with server.database(superuser_url) as url:
        await migrate.run(url)

        made = await asyncio.gather(partitions.make(url), partitions.make(url))

        assert sorted(len(names) for names in made) == [0, 4 * 12]
        connection = await asyncpg.connect(url)
        assert await connection.fetchval(MONTHS) == 13
        await connection.close()


async def test_an_event_lies_in_the_partition_of_its_month(shop: make.Shop, hub: Hub, database_url: str):
    await make.product(shop)

    owner = await asyncpg.connect(database_url)
    await owner.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY")
    rows = await owner.fetch(
        "SELECT id, tableoid::regclass::text AS part FROM events WHERE tenant_id = $1", shop.tenant.id
    )
    await owner.execute("ALTER TABLE events FORCE ROW LEVEL SECURITY")
    await owner.close()

    assert rows
    for row in rows:
        made = datetime.fromtimestamp(ids.milliseconds(UUID(int=row["id"].int)) / 1000, UTC)
        assert row["part"] == f"events_{made:%Y_%m}"


async def test_a_month_that_nobody_made_room_for_is_no_error(superuser_url: str):
    now = datetime.now(UTC)
    async with server.database(superuser_url) as url:
        await migrate.run(url)
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER TABLE events NO FORCE ROW LEVEL SECURITY")
        await connection.execute(
            "INSERT INTO events VALUES ($1, $2, 'product', $1, 1, 'created', NULL, 'x', '[]', '{}', false, $3)",
            ids.new(), ids.new(), now,
        )  # fmt: skip
        await connection.close()

        assert len(await partitions.make(url)) == 4 * 12 - 1


async def test_payments_from_before_belong_to_their_orders(superuser_url: str, monkeypatch: pytest.MonkeyPatch):
    every = migrate.available()
    tenant, order = ids.new(), ids.new()
    docs = {"payment": f'{{"order": "{order}"}}', "payment_event": f'{{"order": "{order}"}}', "settlement": "{}"}
    async with server.database(superuser_url) as url:
        monkeypatch.setattr(migrate, "available", lambda: [one for one in every if one[0] < "0041"])
        await migrate.run(url)
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER TABLE registry NO FORCE ROW LEVEL SECURITY")
        for kind, doc in {**docs, "invoice": f'{{"order": "{order}"}}', "attribute": "{}"}.items():
            await connection.execute(
                "INSERT INTO registry (tenant_id, kind, id, company_id, number, version, created_at, created_by,"
                " changed_at, changed_by, doc) VALUES ($1, $2, $3, $1, 1, 1, now(), 'x', now(), 'x', $4)",
                tenant, kind, ids.new(), doc,
            )  # fmt: skip
        await connection.execute("ALTER TABLE registry FORCE ROW LEVEL SECURITY")

        monkeypatch.setattr(migrate, "available", lambda: every)
        await migrate.run(url)

        await connection.execute("ALTER TABLE registry NO FORCE ROW LEVEL SECURITY")
        owned = await connection.fetch("SELECT kind, owner_id FROM registry WHERE owner_id IS NOT NULL ORDER BY kind")
        await connection.close()
    assert [tuple(row) for row in owned] == [("payment", order), ("payment_event", order)]


async def test_customers_from_before_can_be_found(superuser_url: str, monkeypatch: pytest.MonkeyPatch):
    every = migrate.available()
    tenant = ids.new()
    doc = '{"company_name": "Café Ltda", "person_tax_id": "123.456-09", "phone": "(11) 98", "address": {"city": "Poá"}}'
    async with server.database(superuser_url) as url:
        monkeypatch.setattr(migrate, "available", lambda: [one for one in every if one[0] < "0055"])
        await migrate.run(url)
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER TABLE customers NO FORCE ROW LEVEL SECURITY")
        await connection.execute(
            "INSERT INTO customers (tenant_id, id, company_id, number, match_key, name, email, version, created_at,"
            " changed_at, doc) VALUES ($1, $2, $1, 7, 'x', 'JOÃO', 'J@x.example', 1, now(), now(), $3)",
            tenant, ids.new(), doc,
        )  # fmt: skip
        await connection.execute("ALTER TABLE customers FORCE ROW LEVEL SECURITY")

        monkeypatch.setattr(migrate, "available", lambda: every)
        await migrate.run(url)

        row = await connection.fetchrow("SELECT words, codes FROM search_rows WHERE kind = 'customer'")
        forced = await connection.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'customers'")
        await connection.close()
    assert row["words"].split("\n") == ["joao", "j@x.example", "cafe ltda", "poa"]
    assert row["codes"].split("\n") == ["7", "12345609", "1198"]
    assert forced
