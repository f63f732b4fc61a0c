"""Much waits for one receiver, and PostgreSQL has not counted it yet: no statement may look at all of it each time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from plughub import app
from plughub.config import Settings
from plughub.core import ids, webhooks
from plughub.core.events import Action, Event
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.core.webhooks import Sent, Subscription
from tests import make, server

WAITING = 20_000
#: Milliseconds; to look at all that waits for each of some hundred rows takes longer by far.
PATIENCE = 2000

_WAIT = """
INSERT INTO deliveries (tenant_id, id, subscription_id, event_id, position, kind, record_id, action, aspects, state,
                        attempt_count, next_attempt_at)
SELECT $1, d.id, $2, d.id, 1, 'products', d.id, 'updated', '{}', 'due', 0, $3 FROM unnest($4::uuid[]) AS d (id)
"""


@pytest.fixture
async def fresh(superuser_url: str, hub: Hub) -> AsyncIterator[Hub]:
    """A hub on a database that nobody has used: `hub` has made the roles."""
    async with server.database(superuser_url) as url:
        await app.migrate(Settings(data=Path("unused"), database_url=url))
        fresh = Hub(url, keys=Keys(b"of the tests"))
        yield fresh
        await fresh.close()


def changed(record) -> Event:
    return Event(
        id=ids.new(), position=2, kind="product", record_id=record, version=2, action=Action.UPDATED,
        connection_id=None, actor="a test", changes=(), aspects=frozenset(), silent=False, occurred_at=None,
    )  # fmt: skip


async def test_a_long_queue_that_nobody_has_counted_slows_no_statement(fresh: Hub):
    shop, now = await make.shop(fresh), fresh.now()
    connection, _ = await make.connection(shop)
    tenant, records = shop.tenant.id, [ids.new() for _ in range(WAITING)]
    async with fresh.change(tenant) as tx:
        endpoint: Subscription = await webhooks.subscribe(
            tx, shop.caller, connection.id, url="http://x/", style="pluggto"
        )
    # Planned while there was nothing, as by a worker that has been there for long.
    assert await make.claim(shop, endpoint) == []
    async with fresh.change(tenant) as tx:
        await webhooks.plan(tx, tenant, [changed(ids.new())], [endpoint], app.STYLES, now=now)
        await tx.run(_WAIT, tenant, endpoint.id, now, records)

    async with fresh.change(tenant) as tx:
        await tx.run(f"SET LOCAL statement_timeout = {PATIENCE}")
        await webhooks.plan(tx, tenant, map(changed, records[:1000]), [endpoint], app.STYLES, now=now)
        claimed = await webhooks.claim(
            tx, tenant, endpoint.id, limit=8, lease=timedelta(seconds=15), probe=False, now=fresh.now()
        )
        results = [(delivery, Sent(began_at=now, seconds=0, status=200)) for delivery in claimed]
        await webhooks.settle(tx, tenant, endpoint, app.STYLES["pluggto"], results, now=now)

    async with fresh.read(tenant) as tx:
        count = await webhooks.count(tx, tenant, webhooks.Wanted(states=[webhooks.State.DUE]))
    assert len(claimed) == 8
    # Each of the thousand was taken in by the one that waited.
    assert count == WAITING + 1 - 8
