"""Small integers for records that some vendors show so: per tenant and kind, from blocks reserved ahead.

A process takes a block in a statement of its own, so creating a record waits for nobody; numbers of a block
that is not used up are lost, which is allowed.
"""

from uuid import UUID

from plughub.db.pool import Pool, Session

_FIRST = 1001
_BLOCK = 100

_TAKE = """
INSERT INTO number_blocks (tenant_id, kind, next) VALUES ($1, $2, $3::bigint + $4::bigint)
ON CONFLICT (tenant_id, kind) DO UPDATE SET next = number_blocks.next + $4::bigint
RETURNING next
"""


class Numbers:
    """The blocks of one process.

    They are taken over a connection of their own: a transaction that needs a number must not wait for a
    place in the pool that it helps to fill.
    """

    def __init__(self, pool: Pool[Session]) -> None:
        self._pool = pool
        self._blocks: dict[tuple[UUID, str], range] = {}

    async def take(self, tenant: UUID, kind: str, count: int = 1) -> range:
        """`count` unused numbers."""
        block = self._blocks.get((tenant, kind), range(0))
        if len(block) < count:
            size = max(_BLOCK, count)
            async with self._pool.session(tenant) as tx:
                end = await tx.value(_TAKE, tenant, kind, _FIRST, size)
            block = range(end - size, end)
        self._blocks[tenant, kind] = block[count:]
        return block[:count]

    async def one(self, tenant: UUID, kind: str) -> int:
        return (await self.take(tenant, kind))[0]

    async def close(self) -> None:
        await self._pool.close()
