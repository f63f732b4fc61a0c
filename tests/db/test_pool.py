"""The pool: whose rows a connection shows, whatever happened on it before."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from plughub.core import ids
from plughub.core.hub import APP_ROLE, Hub
from plughub.db.pool import NotCommitted, Pool, Session

SEEN = "SELECT current_setting('hub.tenant_id')"
WRITE = "INSERT INTO locations (tenant_id, id, code, name) VALUES ($1, $2, $3, 'x')"
CODES = "SELECT code FROM locations ORDER BY code"
ONE, TWO = ids.new(), ids.new()


@asynccontextmanager
async def opened(url: str, *, size: int) -> AsyncIterator[Pool[Session]]:
    pool = Pool(url, role=APP_ROLE, size=size, lend=Session)
    yield pool
    await pool.close()


@pytest.fixture
async def pool(hub: Hub, database_url: str) -> AsyncIterator[Pool[Session]]:
    """One place only, so that everybody uses the same connection."""
    async with opened(database_url, size=1) as pool:
        yield pool


async def codes(pool: Pool[Session], tenant: UUID) -> list[str]:
    async with pool.session(tenant) as session:
        return [row["code"] for row in await session.all(CODES)]


async def backend(pool: Pool[Session], tenant: UUID) -> int:
    async with pool.session(tenant) as session:
        return await session.value("SELECT pg_backend_pid()")


@pytest.mark.parametrize("table", ["products", "orders", "events", "feeds", "connections"])
async def test_without_a_tenant_a_tenants_table_raises_and_is_not_merely_empty(pool: Pool[Session], table: str):
    with pytest.raises(asyncpg.UndefinedObjectError):
        async with pool.session(None) as session:
            await session.all(f"SELECT * FROM {table}")


async def test_a_checkout_without_a_tenant_forgets_the_one_before(pool: Pool[Session]):
    async with pool.session(ONE) as session:
        assert await session.value(SEEN) == str(ONE)

    async with pool.session(None) as session:
        assert await session.value(SEEN) == ""
        with pytest.raises(asyncpg.InvalidTextRepresentationError):
            await session.all("SELECT * FROM products")


async def test_after_an_error_a_checkout_without_a_tenant_sees_no_tenant(pool: Pool[Session]):
    pid = await backend(pool, ONE)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with pool.session(ONE) as session:
            await session.value("SELECT 1 / 0")

    async with pool.session(None) as session:
        assert await session.value("SELECT pg_backend_pid()") == pid
        assert await session.value(SEEN) == ""


async def test_after_an_error_the_tenant_is_set_again(pool: Pool[Session]):
    with pytest.raises(RuntimeError):
        async with pool.session(ONE):
            raise RuntimeError

    async with pool.session(ONE) as session:
        assert await session.value(SEEN) == str(ONE)


async def test_tenants_taking_turns_on_one_connection_see_their_own_rows(pool: Pool[Session]):
    one, two = ids.new(), ids.new()

    async def write(tenant: UUID, number: int) -> None:
        async with pool.transaction(tenant) as session:
            await session.run(WRITE, tenant, ids.new(), f"{tenant} {number:02}")

    await asyncio.gather(*(write(tenant, number) for number in range(20) for tenant in (one, two)))

    for tenant in (one, two):
        assert await codes(pool, tenant) == [f"{tenant} {number:02}" for number in range(20)]


async def test_a_row_of_another_tenant_cannot_be_written(pool: Pool[Session]):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with pool.transaction(ONE) as session:
            await session.run(WRITE, TWO, ids.new(), "theirs")

    assert await codes(pool, TWO) == []


async def test_a_rollback_does_not_bring_the_tenant_before_back(pool: Pool[Session]):
    async with pool.session(ONE):
        pass
    with pytest.raises(RuntimeError):
        async with pool.transaction(TWO):
            raise RuntimeError

    for tenant in (TWO, ONE):
        async with pool.session(tenant) as session:
            assert await session.value(SEEN) == str(tenant)


async def test_cancels_at_random_moments_never_show_a_wrong_tenant(hub: Hub, database_url: str):
    chance = random.Random(20)
    tenants = [ids.new() for _ in range(4)]
    wrong = []

    async def look(pool: Pool[Session], tenant: UUID, *, commits: bool) -> None:
        async with pool.transaction(tenant) if commits else pool.session(tenant) as session:
            for _ in range(3):
                if await session.value(SEEN) != str(tenant):
                    wrong.append(tenant)

    async with opened(database_url, size=2) as pool:
        for _ in range(50):
            tasks = [
                asyncio.create_task(look(pool, chance.choice(tenants), commits=chance.random() < 0.5)) for _ in range(4)
            ]
            # The end of this wait is the moment: anywhere between connecting and the last statement.
            await asyncio.wait(tasks, timeout=chance.random() * 0.012)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for tenant in tenants:
            await look(pool, tenant, commits=False)

    assert wrong == []


@pytest.mark.parametrize("lend", [Pool.session, Pool.transaction])
async def test_after_a_cancel_nobody_gets_that_connection(pool: Pool[Session], lend: Callable):
    """What the server had done by then is unknown."""
    pid = await backend(pool, ONE)
    running = asyncio.Event()

    async def wait() -> None:
        async with lend(pool, ONE) as session:
            running.set()
            await session.run("SELECT pg_sleep(60)")

    task = asyncio.create_task(wait())
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await backend(pool, TWO) != pid


async def test_a_connection_lost_while_idle_is_replaced(pool: Pool[Session], database_url: str):
    async with pool.session(ONE) as session:
        connection, pid = session._connection, await session.value("SELECT pg_backend_pid()")
    owner = await asyncpg.connect(database_url)
    assert await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await owner.close()
    while not connection.is_closed():  # noqa: ASYNC110 - the driver tells nobody
        await asyncio.sleep(0)

    assert await backend(pool, ONE) != pid


async def test_a_connection_lost_in_a_transaction_keeps_nothing(pool: Pool[Session], database_url: str):
    tenant = ids.new()
    # The last is what the driver says where it has not yet read that the server hung up; the hub knows all three.
    lost = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    owner = await asyncpg.connect(database_url)
    try:
        with pytest.raises(lost):  # noqa: PT012
            async with pool.transaction(tenant) as session:
                await session.run(WRITE, tenant, ids.new(), "lost")
                backend = await session.value("SELECT pg_backend_pid()")
                assert await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", backend)
                await session.run(WRITE, tenant, ids.new(), "after")
    finally:
        await owner.close()

    assert await codes(pool, tenant) == []


async def test_a_transaction_keeps_all_or_nothing(pool: Pool[Session]):
    tenant = ids.new()
    async with pool.transaction(tenant) as session:
        await session.run(WRITE, tenant, ids.new(), "a")
        await session.run(WRITE, tenant, ids.new(), "b")
    with pytest.raises(asyncpg.UniqueViolationError):  # noqa: PT012
        async with pool.transaction(tenant) as session:
            await session.run(WRITE, tenant, ids.new(), "c")
            await session.run(WRITE, tenant, ids.new(), "a")

    assert await codes(pool, tenant) == ["a", "b"]


async def test_a_transaction_that_swallowed_a_failed_statement_is_not_told_as_kept(pool: Pool[Session]):
    tenant = ids.new()
    with pytest.raises(NotCommitted):  # noqa: PT012
        async with pool.transaction(tenant) as session:
            await session.run(WRITE, tenant, ids.new(), "a")
            with pytest.raises(asyncpg.UniqueViolationError):
                await session.run(WRITE, tenant, ids.new(), "a")

    assert await codes(pool, tenant) == []


async def test_round_trips_are_counted_and_a_tenant_is_set_once(pool: Pool[Session]):
    async with pool.session(ONE) as session:
        await session.value("SELECT 1")
    assert pool.round_trips == 2

    async with pool.session(ONE) as session:
        await session.all("SELECT 1")
        await session.one("SELECT 1")
    assert pool.round_trips == 4

    async with pool.transaction(ONE) as session:
        await session.run("SELECT 1")
    assert pool.round_trips == 7


async def test_a_connection_that_has_the_tenant_already_is_preferred(hub: Hub, database_url: str):
    async with opened(database_url, size=3) as pool:
        async with pool.session(ONE) as one, pool.session(TWO) as two:
            first, second = [await session.value("SELECT pg_backend_pid()") for session in (one, two)]
        before = pool.round_trips

        assert [await backend(pool, tenant) for tenant in (TWO, ONE, TWO)] == [second, first, second]
        assert pool.round_trips == before + 3


async def test_more_callers_than_places_wait_their_turn(hub: Hub, database_url: str):
    pids = set()

    async def work(pool: Pool[Session], tenant: UUID) -> None:
        async with pool.transaction(tenant) as session:
            assert await session.value(SEEN) == str(tenant)
            pids.add(await session.value("SELECT pg_backend_pid()"))

    async with opened(database_url, size=3) as pool:
        await asyncio.gather(*(work(pool, (ONE, TWO)[at % 2]) for at in range(60)))

    assert len(pids) == 3


async def test_the_server_sees_for_whom_a_connection_works(pool: Pool[Session]):
    for tenant, name in ((ONE, f"plughub {ONE}"), (None, "plughub ")):
        async with pool.session(tenant) as session:
            assert await session.value("SELECT current_setting('application_name')") == name


async def test_a_session_lent_while_the_pool_closes_is_closed_when_it_comes_back(hub: Hub, database_url: str):
    pool = Pool(database_url, role=APP_ROLE, size=1, lend=Session)
    async with pool.session(ONE) as session:
        await pool.close()
        connection = session._connection

    assert connection.is_closed()
