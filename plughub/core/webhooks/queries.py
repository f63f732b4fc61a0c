from datetime import datetime

from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.webhooks.model import Delivery, Subscription


async def subscriptions(
    tx: Transaction, tenant: TenantId, connection: ConnectionId | None = None
) -> list[Subscription]:
    rows = await tx.all(
        "SELECT id, connection_id, url, kinds, is_active FROM subscriptions"
        " WHERE tenant_id = $1 AND ($2::uuid IS NULL OR connection_id = $2) ORDER BY id",
        tenant,
        connection,
    )
    return [
        Subscription(
            id=row["id"],
            connection=row["connection_id"],
            url=row["url"],
            kinds=tuple(row["kinds"]),
            is_active=row["is_active"],
        )
        for row in rows
    ]


async def due(tx: Transaction, tenant: TenantId, *, at: datetime, limit: int = 100) -> list[Delivery]:
    """Planned deliveries whose time has come, oldest first."""
    rows = await tx.all(
        """
        SELECT id, subscription_id, event_id, kind, record_id, action, aspects, next_attempt_at
        FROM deliveries WHERE tenant_id = $1 AND state = 'due' AND next_attempt_at <= $2
        ORDER BY next_attempt_at, id LIMIT $3
        """,
        tenant,
        at,
        limit,
    )
    return [
        Delivery(
            id=row["id"],
            subscription=row["subscription_id"],
            event=row["event_id"],
            kind=row["kind"],
            record_id=row["record_id"],
            action=row["action"],
            aspects=tuple(row["aspects"]),
            next_attempt_at=row["next_attempt_at"],
        )
        for row in rows
    ]
