"""Pictures: files that products and variant groups show, among pictures that lie elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from plughub.core import file_links, registry
from plughub.core.caller import Caller
from plughub.core.catalogue import VARIANT_GROUP
from plughub.core.files import store
from plughub.core.files.model import FILE, File
from plughub.core.hub import Transaction
from plughub.core.patch import Merge, Patch
from plughub.core.products import Media
from plughub.core.record import Record


async def hold(tx: Transaction, caller: Caller, ids: Iterable[UUID]) -> dict[UUID, File]:
    """Those of these files that are there; they stay until this transaction ends.

    Taken before the lock of the record that is to show them: a file that is renamed locks itself first.
    """
    wanted = sorted(set(ids))
    await store.hold(tx, caller, FILE.name, wanted)
    found: dict[UUID, Record[File]] = await registry.by_ids(tx, caller, FILE, wanted)
    return {id: record.value for id, record in found.items() if record.deleted_at is None}


def arranged(media: Sequence[Media], wanted: Sequence[UUID], held: Mapping[UUID, File]) -> Merge:
    """The patch by which exactly the wanted files are shown, in this order; what lies elsewhere keeps its place."""
    known = {one.file: one.id for one in media if one.file is not None}
    order = iter(dict.fromkeys(wanted))
    items: list[Patch] = []
    for one in media:
        if one.file is None:
            items.append({"id": one.id})
        elif (next_one := next(order, None)) is not None:
            items.append(_shown(next_one, known, held))
    items += [_shown(file, known, held) for file in order]
    return Merge(items, whole=True)


async def arrange_group(tx: Transaction, caller: Caller, id: UUID, media: Merge) -> None:
    before = (await registry.hold(tx, caller, VARIANT_GROUP, id)).value
    saved, _ = await registry.change(tx, caller, VARIANT_GROUP, id, {"media": media})
    await file_links.save(tx, caller, VARIANT_GROUP.name, id, _files(before.media), _files(saved.value.media))


async def forget_group(tx: Transaction, caller: Caller, id: UUID) -> None:
    """The group is gone: what it showed is free."""
    gone = await registry.by_id(tx, caller, VARIANT_GROUP, id)
    await file_links.save(tx, caller, VARIANT_GROUP.name, id, _files(gone.value.media), frozenset())


def _shown(file: UUID, known: Mapping[UUID, UUID], held: Mapping[UUID, File]) -> Patch:
    if file in known:
        return {"id": known[file]}
    return {"file": file, "name": held[file].name, "is_public": held[file].is_public}


def _files(media: Sequence[Media]) -> set[UUID]:
    return {one.file for one in media if one.file is not None}
