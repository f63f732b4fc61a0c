"""Products: how they are found, created, changed and deleted. Their shape is in `product_wire.py`."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from plughub.core import prices, products, registry, stock
from plughub.core.caller import Caller
from plughub.core.catalogue import VARIANT_GROUP
from plughub.core.errors import Invalid, Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import from_hex32
from plughub.core.patch import Change, Merge
from plughub.core.products import Single, single_source, singles
from plughub.core.record import Record
from plughub.dialects.plugboard.product_wire import (
    FIELDS,
    PATH,
    STATES,
    STOCK_TYPES,
    family,
    from_core,
    known_as,
    only_stock,
    restocked,
    to_core,
)
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource, owner
from plughub.dialects.plugboard.scene import Scene
from plughub.web.call import Call, to_json


def _columns(caller: Caller) -> dict[str, Column]:
    return {
        "sku": Column("sku", is_sortable=True),
        "gtin": Column("gtin"),
        "manufacturersSku": Column("maker_sku"),
        "brand": Column("brand"),
        "title": Column("name", is_sortable=True),
        "state": Column("is_hidden", "enum", convert=lambda word: _meant(STATES, word)),
        "purchasable": Column("is_available", "bool"),
        "stock": Column("free", "decimal", is_sortable=True),
        "stockType": Column("supply", "enum", convert=lambda word: _meant(STOCK_TYPES, word)),
        "variantGroup": Column("group", convert=from_hex32),
    }


def _meant(words: Mapping[str, object], word: str) -> object:
    if word not in words:
        raise ValueError(word)
    return words[word]


async def _create(tx: Transaction, scene: Scene, body: Body) -> UUID:
    joined = await family(tx, scene, body.get("variantGroup"))
    if joined is not None:
        return await _add_variation(tx, scene, joined, body)
    variant, product = await to_core(tx, scene, body, None)
    made = await products.create(tx, scene.caller, {**product, "default": variant}, exclusive=True)
    id = made.value.default.id
    await _tell_groups(tx, scene, id, None, variant.get("group"))
    return id


async def _add_variation(tx: Transaction, scene: Scene, group: UUID, body: Body) -> UUID:
    """A new product in a group that is a product with variations is a variation more of that product."""
    whole = (await products.hold(tx, scene.caller, group)).value
    variant, product = await to_core(tx, scene, body, None, joins=whole)
    # Without keys: a SKU that is there already is a clash, not the variation that is meant.
    patch = {**product, "variants": Merge([variant], keys=())}
    made, _ = await products.change(tx, scene.caller, group, patch, exclusive=True)
    return next(each.id for each in made.value.variants if each.sku == variant["sku"])


async def _change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
    stored = (await held(tx, scene, id)).value
    variant, product = await to_core(tx, scene, body, stored)
    if stored.is_variation:
        patch = {**product, "variants": Merge([{"id": id, **variant}])}
    else:
        patch = {**product, "default": variant}
    await products.change(tx, scene.caller, stored.product_id, patch, exclusive=True)
    await _tell_groups(tx, scene, id, stored.variant.group, variant.get("group", stored.variant.group))


async def _delete(tx: Transaction, scene: Scene, id: UUID) -> None:
    stored = (await held(tx, scene, id)).value
    try:
        if stored.is_variation:
            await products.delete_variant(tx, scene.caller, stored.product_id, stored.variant.sku)
        else:
            await products.delete(tx, scene.caller, stored.product_id)
    except Invalid as refusal:
        raise Locked("variant", refusal.reason) from refusal
    await _tell_groups(tx, scene, id, stored.variant.group, None)


async def held(tx: Transaction, scene: Scene, id: UUID) -> Record[Single]:
    """The product as it stays until this transaction ends."""
    found = (await singles(tx, scene.caller, [id])).get(id)
    if found is None or found.deleted_at is not None:
        raise NotFound("product", id)
    await products.hold(tx, scene.caller, found.value.product_id)
    return (await singles(tx, scene.caller, [id]))[id]


async def _tell_groups(tx: Transaction, scene: Scene, id: UUID, before: UUID | None, after: UUID | None) -> None:
    """Variant groups show who is in them."""
    if before == after:
        return
    for group, change in ((before, Change("products", id, None)), (after, Change("products", None, id))):
        if group is not None:
            await registry.touch(tx, scene.caller, VARIANT_GROUP, group, [change])


async def _learn(tx: Transaction, scene: Scene, records: Sequence[Record[Single]]) -> None:
    """Most products are priced in the base list alone, and nobody has to be asked for that one."""
    scene.price_lists = scene.price_lists or (prices.base(scene.caller),)
    known = {listed.code for listed in scene.price_lists}
    if any(row.code not in known for record in records for row in record.value.variant.prices):
        scene.price_lists = tuple(await prices.lists(tx, scene.caller))


async def _restock(call: Call, id: UUID, body: Body) -> bytes | None:
    """`{"stock": "10"}`, which clients send more often than all other changes together."""
    free = only_stock(body)
    if free is None:
        return None
    caller = call.identity.caller
    key = (owner(call, PATH), id)
    async with call.hub.step(caller.tenant) as tx:
        done = await stock.set_free(tx, caller, id, free)
        shown = restocked(call.rendered.known(key), done) if done else None
        version = done.version or 0 if done else 0
        if shown is None:
            record = (await singles(tx, caller, [id])).get(id)
            if record is None or record.deleted_at is not None or (done is None and record.value.free != free):
                # Nothing was done: whoever can tell why is asked.
                return None
            shown, version = to_json(await PRODUCTS.written(tx, Scene(call), record)), record.version
    call.rendered.keep(key, id, version, shown)
    return shown


PRODUCTS: Resource[Single] = Resource(
    path=PATH,
    name="Product",
    kinds=("variant", "product"),
    source=lambda caller: single_source(caller.language),
    columns=_columns,
    fetch=singles,
    create=_create,
    change=_change,
    delete=_delete,
    write=from_core,
    known_as=known_as,
    learn=_learn,
    remote_ids=lambda record: record.value.remote_ids,
    quick=_restock,
    fields=FIELDS,
)
