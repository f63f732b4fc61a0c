"""From events to planned deliveries: give each committed event its place, then ask who wants to be told."""

from uuid import UUID

from plughub.core import events, webhooks
from plughub.core.hub import Hub
from plughub.core.ids import TenantId


async def turn(hub: Hub) -> int:
    """One round over the tenants with fresh events, the longest waiting first. Returns the events placed.

    What fails for one tenant is raised when the others have been served: nobody waits behind it for ever.
    """
    async with hub.read(None) as tx:
        waiting = await events.tenants_waiting(tx)
    placed = 0
    failure: Exception | None = None
    for tenant in waiting:
        try:
            placed += await place(hub, tenant)
        except Exception as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return placed


async def place(hub: Hub, tenant: UUID) -> int:
    """Number the tenant's fresh events and plan their deliveries, together or not at all."""
    async with hub.change(tenant) as tx:
        fresh = await events.number_feed(tx, tenant)
        if fresh:
            wanted = [s for s in await webhooks.subscriptions(tx, TenantId(tenant)) if s.is_active]
            await webhooks.plan(tx, tenant, fresh, wanted)
    return len(fresh)
