"""Numbering: committed events get their place in their tenant's feed, without gaps.

Ids are made before commit, so "id greater than the last one" would skip what commits late; a place that is
given after commit cannot. Nor are ids in the order of a record's versions: a change may get its id and then wait
for the record's lock. The outbox has the moment at which each event was written, under that lock.
"""

from uuid import UUID

from plughub.core.hub import Transaction

_NUMBER = """
WITH head AS MATERIALIZED (
    -- Another relay that is at this tenant does all of it.
    SELECT position FROM feeds WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED
),
fresh AS MATERIALIZED (
    DELETE FROM event_outbox WHERE tenant_id = $1 AND (written_at, event_id) IN (
        SELECT written_at, event_id FROM event_outbox
        WHERE tenant_id = $1 AND EXISTS (SELECT FROM head) ORDER BY written_at, event_id LIMIT $2
    ) RETURNING event_id, written_at
),
placed AS (
    INSERT INTO feed_entries (tenant_id, position, event_id)
    SELECT $1, head.position + row_number() OVER (ORDER BY fresh.written_at, fresh.event_id), fresh.event_id
    FROM fresh, head
    RETURNING position, event_id
),
moved AS (
    UPDATE feeds f SET position = f.position + (SELECT count(*) FROM fresh) FROM head WHERE f.tenant_id = $1
)
SELECT event_id FROM placed ORDER BY position
"""


async def tenants_waiting(tx: Transaction, limit: int = 100) -> list[UUID]:
    """Tenants with events that have no place yet, the longest waiting first. Sees ids only."""
    rows = await tx.all(
        "SELECT tenant_id FROM event_outbox GROUP BY tenant_id ORDER BY min(written_at) LIMIT $1", limit
    )
    return [row["tenant_id"] for row in rows]


async def number_feed(tx: Transaction, tenant: UUID, limit: int = 500) -> list[UUID]:
    """Give the tenant's committed events their places; returns their ids in that order. None while another does it."""
    return [row["event_id"] for row in await tx.all(_NUMBER, tenant, limit)]
