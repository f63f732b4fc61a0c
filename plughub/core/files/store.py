from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.hub import Transaction


async def note(tx: Transaction, tenant: UUID, name: UUID) -> None:
    """A content is about to be written. Should nobody come to take it, the sweep will find it."""
    await tx.run("INSERT INTO loose_contents (tenant_id, name, is_doomed) VALUES ($1, $2, false)", tenant, name)


async def take(tx: Transaction, tenant: UUID, name: UUID) -> bool:
    """A file points to the content from now on; False where the sweep was faster."""
    taken = await tx.value(
        "DELETE FROM loose_contents WHERE tenant_id = $1 AND name = $2 AND NOT is_doomed RETURNING name", tenant, name
    )
    return taken is not None


async def doom(tx: Transaction, tenant: UUID, name: UUID) -> None:
    """No file points to the content any more."""
    await tx.run(
        "INSERT INTO loose_contents (tenant_id, name, is_doomed) VALUES ($1, $2, true)"
        " ON CONFLICT (tenant_id, name) DO UPDATE SET is_doomed = true",
        tenant,
        name,
    )


async def give_up(tx: Transaction, tenant: UUID, name: UUID) -> bool:
    """Doom a content unless a file has taken it meanwhile; a transaction that is about to is waited for."""
    noted = await tx.value(
        "UPDATE loose_contents SET is_doomed = true WHERE tenant_id = $1 AND name = $2 RETURNING name", tenant, name
    )
    return noted is not None


async def forget(tx: Transaction, tenant: UUID, name: UUID) -> None:
    """The content is removed."""
    await tx.run("DELETE FROM loose_contents WHERE tenant_id = $1 AND name = $2", tenant, name)


async def doomed(tx: Transaction, *, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, name) of contents to be removed; those that nobody took within a day are among them from now on."""
    rows = await tx.all(
        # Noted anew: what cannot be removed today does not stand in the way of the rest.
        "UPDATE loose_contents SET is_doomed = true, noted_at = clock_timestamp() WHERE (tenant_id, name) IN ("
        " SELECT tenant_id, name FROM loose_contents"
        " WHERE is_doomed OR noted_at < clock_timestamp() - interval '1 day'"
        " ORDER BY noted_at LIMIT $1 FOR UPDATE SKIP LOCKED)"
        " RETURNING tenant_id, name",
        limit,
    )
    return [(row["tenant_id"], row["name"]) for row in rows]


async def show(tx: Transaction, caller: Caller, id: UUID, *, to_all: bool) -> None:
    """Whether anybody may read the file."""
    if to_all:
        await tx.run(
            "INSERT INTO public_files (tenant_id, file_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", caller.tenant, id
        )
    else:
        await tx.run("DELETE FROM public_files WHERE tenant_id = $1 AND file_id = $2", caller.tenant, id)


async def hold(tx: Transaction, caller: Caller, kind: str, ids: list[UUID]) -> None:
    """These files stay as they are until this transaction ends; others may hold them, too."""
    await tx.run(
        "SELECT id FROM registry WHERE tenant_id = $1 AND company_id = $2 AND kind = $3 AND id = ANY ($4)"
        " ORDER BY id FOR SHARE",
        caller.tenant, caller.company, kind, ids,
    )  # fmt: skip
