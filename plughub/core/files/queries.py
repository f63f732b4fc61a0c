from uuid import UUID

import msgspec

from plughub.core.files.model import FILE, File
from plughub.core.hub import Hub
from plughub.core.ids import TenantId

_decode = msgspec.json.Decoder(File).decode


async def public(hub: Hub, id: UUID) -> tuple[TenantId, File] | None:
    """A file that anybody may read, and whose it is. Who asks is nobody's caller: the file tells the tenant."""
    async with hub.read(None) as tx:
        tenant: TenantId | None = await tx.value("SELECT tenant_id FROM public_files WHERE file_id = $1", id)
    if tenant is None:
        return None
    async with hub.read(tenant) as tx:
        doc = await tx.value(
            "SELECT doc FROM registry WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND deleted_at IS NULL",
            tenant,
            FILE.name,
            id,
        )
    file = _decode(doc) if doc else File()
    return (tenant, file) if file.is_public else None
