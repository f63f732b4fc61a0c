"""What can be done with products: lock, lay the patch over, ask the rules, save what differs, record the event."""

from uuid import UUID

from msgspec.structs import replace

from plughub.core import connections, events, file_links, ids, patch
from plughub.core.caller import Caller
from plughub.core.errors import Invalid, NotFound
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.patch import Change
from plughub.core.products import price_rows, queries, rules, store
from plughub.core.products.model import Category, Component, Product, Variant
from plughub.core.record import Record
from plughub.core.values import Source

_NEW = Product(default=Variant(id=UUID(int=0)))


async def create(tx: Transaction, caller: Caller, changes: patch.Patch, *, exclusive: bool = False) -> Record[Product]:
    """A new product from a patch. Refuses a SKU that is in use, and stores nothing then.

    `exclusive`: the caller's own ids each name one record; one that is in use is refused.
    """
    await _hold_components(tx, caller, changes)
    id = ids.new()
    blank = replace(_NEW, default=Variant(id=ids.new()), source=Source(connection=caller.connection))
    product = await _settled(tx, caller, id, blank, patch.apply(blank, changes))
    await store.insert(tx, caller, id, product)
    await _save_parts(tx, caller, id, None, product, exclusive=exclusive)
    made = await queries.by_id(tx, caller, id)
    await _told(tx, caller, made, Action.CREATED, [Change("", None, made.value)])
    return made


async def hold(tx: Transaction, caller: Caller, id: UUID) -> Record[Product]:
    """The product as it is, and as it stays until this transaction ends."""
    await store.lock(tx, caller, id)
    return await queries.by_id(tx, caller, id)


async def change(
    tx: Transaction, caller: Caller, id: UUID, changes: patch.Patch, *, exclusive: bool = False
) -> tuple[Record[Product], list[Change]]:
    """Lay a patch over a product. No change at all, or only of extensions, changes nothing and tells nobody."""
    await _hold_components(tx, caller, changes)
    await store.lock(tx, caller, id)
    before = await queries.by_id(tx, caller, id)
    after = patch.apply(before.value, changes)
    after = await _settled(tx, caller, id, before.value, after)
    told = _differences(before.value, after)
    if not any(_counts(change) for change in told):
        return before, []
    await store.update(tx, caller, id, after)
    await _save_parts(tx, caller, id, before.value, after, exclusive=exclusive)
    await _follow_in_kits(tx, caller, id, before.value, after)
    saved = await queries.by_id(tx, caller, id)
    await _told(tx, caller, saved, Action.UPDATED, told)
    return saved, told


async def delete(tx: Transaction, caller: Caller, id: UUID) -> Record[Product]:
    """The product and its variants are gone from every list; their SKUs are free, history stays."""
    await store.lock(tx, caller, id)
    gone = await queries.by_id(tx, caller, id)
    kits = await store.kits_of(tx, caller, id)
    if kits:
        raise Invalid("sku", f"{gone.value.sku} is part of the kit {kits[0][1]}")
    version = await store.mark_deleted(tx, caller, id, gone.value)
    variants = [variant.id for variant in store.all_variants(gone.value)]
    await connections.forget_record(tx, caller, [id, *variants])
    await file_links.save(tx, caller, "product", id, store.files_of(gone.value), frozenset())
    await events.record(
        tx,
        caller,
        "product",
        id,
        version=version,
        action=Action.DELETED,
        changes=[Change("", gone.value, None)],
        aspects=["stock", "price"],
    )
    return gone


async def delete_variant(tx: Transaction, caller: Caller, product: UUID, sku: str) -> Record[Product]:
    removed = patch.Merge([{"sku": sku, patch.REMOVE: True}], keys=("sku",))
    saved, told = await change(tx, caller, product, {"variants": removed})
    if not told:
        raise NotFound("sku", sku)
    return saved


async def touch(tx: Transaction, caller: Caller, id: UUID, changes: list[Change]) -> None:
    """The product shows something that is kept elsewhere, and that has changed."""
    version = await store.touch(tx, caller, id)
    if version is None:
        raise NotFound("product", id)
    await events.record(
        tx, caller, "product", id,
        version=version, action=Action.UPDATED, changes=changes, aspects=events.aspects_of(changes),
    )  # fmt: skip


async def _hold_components(tx: Transaction, caller: Caller, changes: patch.Patch) -> None:
    components = changes.get("components")
    if components is not None and components.items:
        await store.lock_components(tx, caller, [item["sku"] for item in components.items if item.get("sku")])


async def _settled(tx: Transaction, caller: Caller, id: UUID, before: Product, after: Product) -> Product:
    """The product with its categories and components resolved, and every rule asked."""
    rules.check(after)
    rules.check_moved_levels(before, after)
    if after.categories != before.categories:
        after = replace(after, categories=await _categories(tx, caller, after))
    if after.components != before.components:
        rules.check_kit_change(before, after)
        if not before.is_kit and (kits := await store.kits_of(tx, caller, id)):
            raise Invalid("components", f"{after.sku} is part of the kit {kits[0][1]}: kits cannot contain kits")
        after = await _composed(tx, caller, after)
    rules.check_kit_variants(after)
    return rules.without_own_stock(before, after) if after.is_kit else after


async def _categories(tx: Transaction, caller: Caller, product: Product) -> tuple[Category, ...]:
    known = await store.category_ids(tx, caller, [category.path for category in product.categories])
    # A path named twice is one category.
    unique = {known[category.path]: category.path for category in product.categories}
    return tuple(Category(id=id, path=path) for id, path in unique.items())


async def _composed(tx: Transaction, caller: Caller, kit: Product) -> Product:
    found = await queries.by_skus(tx, caller, [component.sku for component in kit.components])
    for at, component in enumerate(kit.components):
        record = found.get(component.sku)
        rules.check_component(kit, at, record.value if record else None)
    components = tuple(
        Component(id=found[component.sku].id, sku=component.sku, quantity=component.quantity)
        for component in kit.components
    )
    parts = {record.id: record.value for record in found.values()}
    return rules.assembled(replace(kit, components=components), parts, caller.language)


async def _save_parts(
    tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product, *, exclusive: bool = False
) -> None:
    await store.save_variants(tx, caller, id, before, after)
    await store.save_skus(tx, caller, id, before, after)
    await price_rows.save(tx, caller, id, before, after)
    await store.save_levels(tx, caller, id, before, after)
    await store.save_categories(tx, caller, id, before, after)
    await store.save_kit(tx, caller, id, before, after)
    await store.save_search(tx, caller, id, after)
    await file_links.save(tx, caller, "product", id, store.files_of(before), store.files_of(after))
    await _save_remote_ids(tx, caller, id, before, after, exclusive=exclusive)


async def _save_remote_ids(
    tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product, *, exclusive: bool
) -> None:
    old = {v.id: v.remote_id for v in store.all_variants(before)} if before else {}
    if (before.remote_id if before else None) != after.remote_id:
        await connections.set_remote_id(tx, caller, "product", id, after.remote_id, exclusive=exclusive)
    for variant in store.all_variants(after):
        if old.get(variant.id) != variant.remote_id:
            await connections.set_remote_id(tx, caller, "variant", variant.id, variant.remote_id, exclusive=exclusive)


async def _follow_in_kits(tx: Transaction, caller: Caller, id: UUID, before: Product, after: Product) -> None:
    """A variant added to a component adds its combinations to the kits with variants that contain it."""
    added = {variant.id for variant in after.variants} - {variant.id for variant in before.variants}
    if not added:
        return
    for kit_id, _ in await store.kits_of(tx, caller, id):
        await store.lock(tx, caller, kit_id)
        kit = await queries.by_id(tx, caller, kit_id)
        parts = await queries.by_ids(tx, caller, [component.id for component in kit.value.components])
        grown = rules.assembled(kit.value, {record.id: record.value for record in parts.values()}, caller.language)
        told = _differences(kit.value, grown)
        if not told:
            continue
        await store.update(tx, caller, kit_id, grown)
        await _save_parts(tx, caller, kit_id, kit.value, grown)
        saved = await queries.by_id(tx, caller, kit_id)
        await _told(tx, caller, saved, Action.UPDATED, told)


def _differences(before: Product, after: Product) -> list[Change]:
    return [change for change in patch.diff(before, after) if not change.field.startswith("part_stock")]


def _counts(change: Change) -> bool:
    """Fields nobody knows the meaning of are kept, but do not make a change by themselves."""
    return "extensions" not in patch.names(change.field)


async def _told(tx: Transaction, caller: Caller, saved: Record[Product], action: Action, changes: list[Change]) -> None:
    aspects = {"stock", "price"} if action is Action.CREATED else events.aspects_of(changes)
    await events.record(
        tx,
        caller,
        "product",
        saved.id,
        version=saved.version,
        action=action,
        changes=changes,
        aspects=aspects,
    )
