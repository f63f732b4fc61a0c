from collections.abc import Sequence
from uuid import UUID

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.errors import Invalid
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId
from plughub.core.webhooks.model import Subscription

_PLAN = """
INSERT INTO deliveries (tenant_id, id, subscription_id, event_id, kind, record_id, action, aspects, state,
                        next_attempt_at)
SELECT $1, wanted.delivery_id, s.id, e.id, e.kind, e.record_id, e.action, e.aspects, 'due', clock_timestamp()
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS wanted (event_id, subscription_id, delivery_id)
JOIN events e ON e.tenant_id = $1 AND e.id = wanted.event_id
JOIN subscriptions s ON s.tenant_id = $1 AND s.id = wanted.subscription_id
WHERE s.is_active AND NOT e.silent
  AND s.connection_id IS DISTINCT FROM e.connection_id
  AND (s.kinds = '{}' OR e.kind = ANY (s.kinds))
ON CONFLICT (tenant_id, event_id, subscription_id) DO NOTHING
RETURNING id
"""


async def subscribe(
    tx: Transaction, caller: Caller, connection: ConnectionId, *, url: str, kinds: Sequence[str] = ()
) -> Subscription:
    """Tell `url` of changes that this connection did not make itself."""
    if not url.startswith(("http://", "https://")):
        raise Invalid("url", "must begin with https:// or http://")
    subscription = Subscription(id=ids.new(), connection=connection, url=url, kinds=tuple(kinds), is_active=True)
    await tx.run(
        "INSERT INTO subscriptions (tenant_id, id, connection_id, url, kinds, is_active)"
        " VALUES ($1, $2, $3, $4, $5, true)",
        caller.tenant,
        subscription.id,
        connection,
        url,
        list(kinds),
    )
    return subscription


async def plan(
    tx: Transaction, tenant: UUID, events: Sequence[UUID], subscriptions: Sequence[Subscription]
) -> list[UUID]:
    """One delivery per event and interested subscription; none back to the connection that caused it."""
    pairs = [(event, subscription.id, ids.new()) for event in events for subscription in subscriptions]
    if not pairs:
        return []
    wanted = [list(column) for column in zip(*pairs, strict=True)]
    return [row["id"] for row in await tx.all(_PLAN, tenant, *wanted)]
