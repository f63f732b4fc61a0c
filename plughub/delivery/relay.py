"""From events to planned deliveries: give each committed event its place, then ask who wants to be told."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from plughub.core import events, products, webhooks
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.webhooks import Style

#: Tenants that are served at once: what each costs is mostly waiting for the database.
_ABREAST = 4


async def turn(hub: Hub, styles: Mapping[str, Style]) -> int:
    """One round over the tenants with fresh events, the longest waiting first. Returns the events placed.

    What fails for one tenant is raised when the others have been served: nobody waits behind it for ever.
    """
    async with hub.read(None) as tx:
        waiting = iter(await events.tenants_waiting(tx))
    failures: list[Exception] = []

    async def serve() -> int:
        placed = 0
        for tenant in waiting:
            try:
                placed += await place(hub, tenant, styles)
            except Exception as error:
                failures.append(error)
        return placed

    placed = sum(await asyncio.gather(*(serve() for _ in range(_ABREAST))))
    if failures:
        raise failures[0]
    return placed


async def place(hub: Hub, tenant: UUID, styles: Mapping[str, Style]) -> int:
    """Number the tenant's fresh events and plan their deliveries, together or not at all."""
    async with hub.change(tenant) as tx:
        fresh = await events.number_feed(tx, tenant)
        if fresh:
            await products.tell_kits(tx, tenant, fresh)
            wanted = [s for s in await webhooks.subscriptions(tx, TenantId(tenant)) if s.is_active]
            if wanted:
                told = await events.placed(tx, tenant, fresh)
                await webhooks.plan(tx, tenant, told, wanted, styles, now=hub.now())
    return len(fresh)
