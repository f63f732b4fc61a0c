"""Which records show which files, kept by whoever changes such a record, in the same transaction."""

from collections.abc import Set
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.hub import Transaction


async def save(tx: Transaction, caller: Caller, kind: str, record: UUID, before: Set[UUID], after: Set[UUID]) -> None:
    """A record showed some files and now shows others. Those it did not show before have to be held."""
    if gone := before - after:
        await tx.run(
            "DELETE FROM file_links WHERE tenant_id = $1 AND file_id = ANY ($2) AND kind = $3 AND record_id = $4",
            caller.tenant, list(gone), kind, record,
        )  # fmt: skip
    if fresh := after - before:
        await tx.run(
            "INSERT INTO file_links (tenant_id, file_id, kind, record_id)"
            " SELECT $1, f, $3, $4 FROM unnest($2::uuid[]) AS x (f) ON CONFLICT DO NOTHING",
            caller.tenant, sorted(fresh), kind, record,
        )  # fmt: skip


async def owners(tx: Transaction, caller: Caller, file: UUID) -> list[tuple[str, UUID]]:
    """(kind, id) of the records that show a file."""
    rows = await tx.all(
        "SELECT kind, record_id FROM file_links WHERE tenant_id = $1 AND file_id = $2 ORDER BY kind, record_id",
        caller.tenant,
        file,
    )
    return [(row["kind"], row["record_id"]) for row in rows]
