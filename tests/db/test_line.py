"""A line of one's own: comes back after a loss, and hears as before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest

from plughub.core.hub import APP_ROLE, Hub
from plughub.db.line import Line


@pytest.fixture
async def line(hub: Hub, database_url: str) -> AsyncIterator[Line]:
    line = Line(database_url, role=APP_ROLE)
    yield line
    await line.close()


async def test_statements_at_once_take_turns(line: Line):
    rows = await asyncio.gather(*(line.all("SELECT $1::int AS number, current_user::text AS who", n) for n in range(5)))

    assert rows == [[{"number": n, "who": APP_ROLE}] for n in range(5)]


async def test_a_line_that_broke_opens_and_listens_again(line: Line, database_url: str):
    heard = asyncio.Queue[str]()
    await line.listen("news", heard.put_nowait)
    await line.listen("other news", heard.put_nowait)
    other = await asyncpg.connect(database_url)
    mine = (await line.all("SELECT pg_backend_pid() AS pid"))[0]["pid"]
    await other.execute("SELECT pg_notify('news', 'one')")
    assert await heard.get() == "one"

    await other.fetchval("SELECT pg_terminate_backend($1)", mine)
    # Depends on what has arrived: nothing, the server's word, the end of the connection, or one amidst the other.
    with suppress(asyncpg.PostgresError, asyncpg.InternalClientError):
        await line.all("SELECT pg_sleep(1)")
    assert await line.all("SELECT 1 AS one") == [{"one": 1}]

    await other.execute("SELECT pg_notify('news', 'two'), pg_notify('other news', 'three')")
    assert [await heard.get(), await heard.get()] == ["two", "three"]
    await other.close()


async def test_who_listens_later_is_the_only_one(line: Line, database_url: str):
    first, second = asyncio.Queue[str](), asyncio.Queue[str]()
    await line.listen("news", first.put_nowait)
    await line.listen("news", second.put_nowait)

    await line.run("SELECT pg_notify('news', 'one'); SELECT pg_notify('news', 'two')")

    assert [await second.get(), await second.get()] == ["one", "two"]
    assert first.empty()


async def test_a_server_that_is_silent_is_taken_for_gone(hub: Hub, database_url: str):
    line = Line(database_url, role=APP_ROLE, silence=0.05)
    before = (await line.all("SELECT pg_backend_pid() AS pid"))[0]["pid"]

    with pytest.raises(TimeoutError):
        await line.all("SELECT pg_sleep(2)")

    assert (await line.all("SELECT pg_backend_pid() AS pid"))[0]["pid"] != before
    await line.close()
