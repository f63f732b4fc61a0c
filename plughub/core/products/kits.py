"""A kit's stock is its components': when theirs changes, the kit has changed, and whoever follows it is told."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from plughub.core import events
from plughub.core.caller import Caller
from plughub.core.events import Action, Event
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.patch import Change
from plughub.core.products import store

_TOUCHED = """
SELECT DISTINCT k.kit_id, e.id AS event_id, c.sku FROM events e
JOIN kit_components k ON k.tenant_id = $1 AND k.component_id = e.record_id
JOIN products r ON r.tenant_id = $1 AND r.id = k.kit_id AND r.deleted_at IS NULL
JOIN products c ON c.tenant_id = $1 AND c.id = k.component_id
WHERE e.tenant_id = $1 AND e.id = ANY ($2::uuid[]) AND e.kind = 'product' AND e.action = 'updated'
  AND 'stock' = ANY (e.aspects)
ORDER BY k.kit_id
"""


async def tell_kits(tx: Transaction, tenant: UUID, fresh: Sequence[UUID]) -> None:
    """For events that have just been placed: an event of its own for each kit whose components' stock changed."""
    touched = await tx.all(_TOUCHED, tenant, list(fresh))
    if not touched:
        return
    told = {event.id: event for event in await events.placed(tx, tenant, [row["event_id"] for row in touched])}
    causes: dict[UUID, list[tuple[str, Event]]] = defaultdict(list)
    for row in touched:
        causes[row["kit_id"]].append((row["sku"], told[row["event_id"]]))
    # In id order, as everybody locks products.
    for kit in sorted(causes):
        await _tell(tx, tenant, kit, causes[kit])


async def _tell(tx: Transaction, tenant: UUID, kit: UUID, causes: list[tuple[str, Event]]) -> None:
    # A connection that caused all of it knows; with several, each learns what the others did.
    connections = {event.connection_id for _, event in causes}
    connection = connections.pop() if len(connections) == 1 else None
    caller = Caller(
        tenant=TenantId(tenant),
        company=tenant,
        actor=causes[-1][1].actor,
        connection=ConnectionId(connection) if connection else None,
    )
    version = await store.touch(tx, caller, kit)
    if version is None:
        # Deleted since it was found.
        return
    await events.record(
        tx,
        caller,
        "product",
        kit,
        version=version,
        action=Action.UPDATED,
        changes=[change for sku, event in causes for change in _changes(sku, event)],
        aspects=["stock"],
        silent=all(event.silent for _, event in causes),
    )


def _changes(sku: str, event: Event) -> list[Change]:
    return [
        Change(f"components[{sku}].{change.field}", change.before, change.after)
        for change in event.changes
        if "stock" in events.aspects_of([change])
    ]
