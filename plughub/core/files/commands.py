from uuid import UUID

from plughub.core import file_links, products, registry
from plughub.core.caller import Caller
from plughub.core.catalogue import VARIANT_GROUP
from plughub.core.errors import Locked
from plughub.core.files import store
from plughub.core.files.model import FILE, File
from plughub.core.hub import Transaction
from plughub.core.patch import Merge, Patch
from plughub.core.products import Media
from plughub.core.record import Record


async def create(tx: Transaction, caller: Caller, changes: Patch) -> Record[File]:
    """A file without content."""
    made = await registry.create(tx, caller, FILE, changes)
    if made.value.is_public:
        await store.show(tx, caller, made.id, to_all=True)
    return made


async def change(tx: Transaction, caller: Caller, id: UUID, changes: Patch) -> Record[File]:
    """What is said of a file; pictures that show it follow."""
    before = (await registry.hold(tx, caller, FILE, id)).value
    saved, told = await registry.change(tx, caller, FILE, id, changes)
    after = saved.value
    if after.is_public != before.is_public:
        await store.show(tx, caller, id, to_all=after.is_public)
    if told and (after.name, after.is_public) != (before.name, before.is_public):
        await _follow(tx, caller, id, after)
    return saved


async def delete(tx: Transaction, caller: Caller, id: UUID) -> None:
    """Refused while a record shows it. The content goes with the next sweep."""
    held = await registry.hold(tx, caller, FILE, id)
    owners = await file_links.owners(tx, caller, id)
    if owners:
        kinds = " and a ".join(sorted({kind.replace("_", " ") for kind, _ in owners}))
        raise Locked("file", f"A {kinds} has it as a picture: unlink it first")
    await registry.delete(tx, caller, FILE, id)
    await store.show(tx, caller, id, to_all=False)
    if held.value.content is not None:
        await store.doom(tx, caller.tenant, held.value.content)


async def _follow(tx: Transaction, caller: Caller, id: UUID, file: File) -> None:
    for kind, owner in await file_links.owners(tx, caller, id):
        if kind == VARIANT_GROUP.name:
            group = (await registry.hold(tx, caller, VARIANT_GROUP, owner)).value
            await registry.change(tx, caller, VARIANT_GROUP, owner, {"media": _renamed(group.media, id, file)})
        else:
            product = (await products.hold(tx, caller, owner)).value
            variants = [{"id": variant.id, "media": _renamed(variant.media, id, file)} for variant in product.variants]
            changes = {"media": _renamed(product.media, id, file), "variants": Merge(variants)}
            await products.change(tx, caller, owner, changes)


def _renamed(media: tuple[Media, ...], id: UUID, file: File) -> Merge:
    said = {"name": file.name, "is_public": file.is_public}
    return Merge([{"id": one.id, **said} for one in media if one.file == id])
