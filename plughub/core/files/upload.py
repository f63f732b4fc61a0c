"""Contents on their way in and out of the store. None of this can be undone by a transaction, so the order counts:

1. the name of the new content is noted, and committed: from here on the sweep knows of it;
2. the content is written under that name, with no transaction open;
3. one transaction lets the file point to it and dooms the old one;
4. the old content is removed, and its note.

Whatever is interrupted leaves the file as it was, or as it is to be, and a note for the sweep.
"""

import logging
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

from plughub.core import registry
from plughub.core.caller import Caller
from plughub.core.contents import Written
from plughub.core.errors import Locked, Missing, Unavailable
from plughub.core.files import rules, store
from plughub.core.files.model import FILE, File
from plughub.core.hub import Hub
from plughub.core.record import Record

log = logging.getLogger("plughub.files")

#: Contents removed in one round of the sweep.
_ROUND = 500


async def upload(hub: Hub, caller: Caller, id: UUID, parts: AsyncIterator[bytes]) -> Record[File]:
    """Give a file this content in place of the one it has. Nothing is read from `parts` before the file was found.

    Opens its own transactions: none may be open while the content comes in.
    """
    async with hub.read(caller.tenant) as tx:
        _living(await registry.by_id(tx, caller, FILE, id))
    # Not one of our ids: who knows one name must not guess the next.
    name = uuid4()
    async with hub.step(caller.tenant) as tx:
        await store.note(tx, caller.tenant, name)
    try:
        written = await hub.contents.write(caller.tenant, name, parts)
        if not written.size:
            raise Missing("", "the content is empty")
        saved, loose = await _switch(hub, caller, id, name, written)
    except BaseException:
        await _drop(hub, caller.tenant, name)
        raise
    if loose is not None:
        await _drop(hub, caller.tenant, loose)
    if saved is None:
        raise Unavailable
    return saved


async def sweep(hub: Hub) -> int:
    """Remove what no file points to; returns how many contents went. What the store refuses stays for another day."""
    async with hub.step(None) as tx:
        found = await store.doomed(tx, limit=_ROUND)
    gone = 0
    for tenant, name in found:
        try:
            await _remove(hub, tenant, name)
            gone += 1
        except Unavailable as error:
            log.warning("content not removed", extra={"content": name.hex, "why": str(error.__cause__ or error)})
    return gone


async def _switch(
    hub: Hub, caller: Caller, id: UUID, name: UUID, written: Written
) -> tuple[Record[File] | None, UUID | None]:
    """The file as it is from now on, and the content that nobody needs any more. None: the sweep was faster."""
    async with hub.change(caller.tenant) as tx:
        before = _living(await registry.hold(tx, caller, FILE, id))
        old = before.value.content
        if old is not None and (before.value.size, before.value.sha256) == (written.size, written.sha256):
            await store.doom(tx, caller.tenant, name)
            return before, name
        if not await store.take(tx, caller.tenant, name):
            # It was written after the sweep had looked for it, so it has to be noted once more.
            await store.doom(tx, caller.tenant, name)
            return None, name
        if old is not None:
            await store.doom(tx, caller.tenant, old)
        content = {
            "content": name,
            "size": written.size,
            "sha256": written.sha256,
            "picture": rules.picture_type(written.head),
        }
        return (await registry.change(tx, caller, FILE, id, content))[0], old


async def _drop(hub: Hub, tenant: UUID, name: UUID) -> None:
    """At once where that is possible. Where it is not, the sweep does it: no reason to refuse anything."""
    try:
        async with hub.step(tenant) as tx:
            is_loose = await store.give_up(tx, tenant, name)
        # Where the end of the last transaction was not seen, the file may have the content all the same.
        if is_loose:
            await _remove(hub, tenant, name)
    except Unavailable:
        return


async def _remove(hub: Hub, tenant: UUID, name: UUID) -> None:
    await hub.contents.remove(tenant, name)
    async with hub.step(tenant) as tx:
        await store.forget(tx, tenant, name)


def _living(file: Record[File]) -> Record[File]:
    if file.deleted_at is not None:
        raise Locked("file", "was deleted")
    return file
