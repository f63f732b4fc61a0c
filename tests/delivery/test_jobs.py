"""The queue's installation: once, by whomever, and repaired when a release of PgQueuer needs more."""

import asyncio

import asyncpg
import pytest

from plughub.core.hub import APP_ROLE
from plughub.db.line import OWNERS, Line
from plughub.delivery import jobs
from tests import server


async def install(url: str) -> None:
    line = Line(url, role=None, settings=OWNERS, silence=None)
    await jobs.install(line, APP_ROLE)
    await line.close()


@pytest.mark.usefixtures("hub")
async def test_four_installations_at_once_leave_one_complete_queue(superuser_url: str):
    async with server.database(superuser_url) as url:
        await asyncio.gather(*(install(url) for _ in range(4)))

        line = Line(url, role=None)
        plan = await jobs.over(line).plan_upgrade()
        assert (plan.statements, plan.notes) == ((), ())
        await line.close()


@pytest.mark.usefixtures("hub")
async def test_what_an_older_release_did_not_have_is_added_and_jobs_stay(superuser_url: str):
    async with server.database(superuser_url) as url:
        await install(url)
        owner = await asyncpg.connect(url)
        await owner.execute(
            "ALTER TABLE jobs.pgqueuer DROP COLUMN headers; DROP TABLE jobs.pgqueuer_schedules;"
            "INSERT INTO jobs.pgqueuer (priority, status, entrypoint) VALUES (0, 'queued', 'kept')"
        )

        await install(url)

        assert await owner.fetchval("SELECT to_regclass('jobs.pgqueuer_schedules') IS NOT NULL")
        assert await owner.fetch("SELECT entrypoint, headers FROM jobs.pgqueuer") == [("kept", None)]
        await owner.close()


def test_the_environment_moves_no_table(monkeypatch: pytest.MonkeyPatch):
    for name in ("CHANNEL", "QUEUE_TABLE", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA", "DURABILITY"):
        monkeypatch.setenv(name, "volatile")

    again = type(jobs.SETTINGS)(db_schema="jobs")

    assert (again.queue_table, again.prefix, again.durability.value) == ("pgqueuer", "", "durable")
    assert (again.channel, again.db_schema) == ("ch_pgqueuer", "jobs")
