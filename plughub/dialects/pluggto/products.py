"""Products and SKUs: the handlers (specification 6.7). Their shapes are in `product_wire.py`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plughub.core import products
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Invalid, Missing
from plughub.core.hub import Transaction
from plughub.core.patch import Merge, Patch
from plughub.core.products import Product, Variant
from plughub.core.record import Record
from plughub.core.stock import MAIN
from plughub.dialects.pluggto import bodies, ids, photos, query
from plughub.dialects.pluggto.errors import check_changed
from plughub.dialects.pluggto.product_filters import filters
from plughub.dialects.pluggto.product_wire import (
    PRODUCT,
    quantity,
    shown,
    sku_in_path,
    to_core,
    total,
    variation_to_core,
)
from plughub.web.call import Call, Reply, json_reply
from plughub.web.rendered import Kept


async def get_sku(call: Call) -> Reply:
    sku, caller = sku_in_path(call), call.identity.caller
    key = (caller.connection, sku)
    known = call.rendered.known(key)
    async with call.hub.read(caller.tenant) as tx:
        if known is None:
            record: Record[Product] | None = await products.by_sku(tx, caller, sku)
        else:
            record = await products.by_sku_unless(tx, caller, sku, known.id, known.version)
    if record is None and known is not None:
        return Reply(200, known.body)
    assert record is not None  # noqa: S101 - what is not known is always read
    reply = _one(call, record)
    call.rendered.keep(key, Kept(record.id, record.version, reply.body))
    return reply


async def get_product(call: Call) -> Reply:
    id = ids.in_path(call.route["id"], "product")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        record = await products.by_id(tx, call.identity.caller, id)
    return _one(call, record)


async def get_products(call: Call) -> Reply:
    wanted = query.read(call, filters(call.identity.caller, call.identity.tenant.number))
    return await query.listed(
        call, wanted, products.heads, products.by_ids, lambda record: {"Product": shown(call, record)}
    )


async def get_tabledata(call: Call) -> Reply:
    """The compact table two clients walk through to compare stock and prices (C)."""
    wanted = query.read(call, filters(call.identity.caller, call.identity.tenant.number))
    async with call.hub.read(call.identity.caller.tenant) as tx:
        page = await products.listing(tx, call.identity.caller, wanted)
    return json_reply({"Products": [_compact(shown(call, record)) for record in page.records]})


async def put_sku(call: Call) -> Reply:
    """Create or update; the path may name a product or a variation."""
    sku, body = sku_in_path(call), _read(call)
    try:
        return await _put_sku(call, sku, body)
    except Duplicate as clash:
        if clash.value != sku:
            raise
        # Two clients created it at once; to the slower one it is an update.
        return await _put_sku(call, sku, body)


async def _put_sku(call: Call, sku: str, body: dict[str, Any]) -> Reply:
    caller = call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        known = (await products.by_skus(tx, caller, [sku])).get(sku)
        if known is None:
            if _sent_sku(body) not in (None, sku):
                raise Invalid("sku", f"differs from the path, and there is no {sku} to rename")
            patch = _named(to_core({**body, "sku": sku}, caller), sku, caller)
            return _one(call, await products.create(tx, caller, patch))
        patch = _change_of(known.value, sku, body, caller)
        record, changes = await products.change(tx, caller, known.id, patch)
    return _changed(call, record, bool(changes))


async def post_products(call: Call) -> Reply:
    body = _read(call, forms=True)
    caller = call.identity.caller
    patch = to_core(body, caller)
    sku = patch["default"].get("sku")
    if not sku:
        raise Missing("sku", "is required")
    async with call.hub.change(caller.tenant) as tx:
        record = await products.create(tx, caller, _named(patch, sku, caller))
    return _one(call, record, 201)


async def put_product(call: Call) -> Reply:
    id, body = ids.in_path(call.route["id"], "product"), _read(call)
    caller = call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        known = await products.by_id(tx, caller, id)
        patch = _change_of(known.value, known.value.sku_of(id), body, caller)
        record, changes = await products.change(tx, caller, known.id, patch)
    return _changed(call, record, bool(changes))


async def delete_sku(call: Call) -> Reply:
    sku, caller = sku_in_path(call), call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        return await _deleted(call, await products.by_sku(tx, caller, sku), sku, tx)


async def delete_product(call: Call) -> Reply:
    id, caller = ids.in_path(call.route["id"], "product"), call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        known = await products.by_id(tx, caller, id)
        return await _deleted(call, known, known.value.sku_of(id), tx)


async def _deleted(call: Call, known: Record[Product], sku: str, tx: Transaction) -> Reply:
    gone = next((variant for variant in known.value.variants if variant.sku == sku), None)
    if gone is None:
        await products.delete(tx, call.identity.caller, known.id)
    else:
        await products.delete_variant(tx, call.identity.caller, known.id, sku)
    id = gone.id if gone else known.id
    return json_reply({"Product": {"id": ids.spell(id), "sku": sku, "deleted": True}})


def _read(call: Call, *, forms: bool = False) -> dict[str, Any]:
    body = bodies.read(call, forms=forms)
    photos.check(call, body)
    return body


def _change_of(known: Product, sku: str, body: dict[str, Any], caller: Caller) -> Patch:
    """What a PUT to this SKU changes: the product, or only the variation that has it."""
    variant = next((variant for variant in known.variants if variant.sku == sku), None)
    if variant is None:
        return _without_derived(photos.without_files(to_core(body, caller), known), known)
    # By its id: the body may give it another SKU.
    patch = {**variation_to_core(body, caller), "id": variant.id}
    patch = {"variants": Merge([patch], keys=("id",))}
    return _without_derived(photos.without_files(patch, known), known)


def _sent_sku(body: Mapping[str, Any]) -> str | None:
    sku: str | None = PRODUCT.value(PRODUCT.fields["sku"], body.get("sku"))
    return sku


def _without_derived(patch: Patch, known: Product) -> Patch:
    """A quantity that is shown but not kept, a sum over variations or locations, says nothing when sent back."""
    if "default" in patch:
        _drop_quantity(patch["default"], known.default, total(known), is_sum=bool(known.variants))
    variants = patch.get("variants")
    stored = {key: variant for variant in known.variants for key in (variant.id, variant.sku)}
    for item in variants.items if variants is not None else ():
        variant = stored.get(item.get("id") or item.get("sku"))
        if variant is not None:
            _drop_quantity(item, variant, quantity(known, variant), is_sum=False)
    return patch


def _drop_quantity(patch: Patch, variant: Variant, shown: int, *, is_sum: bool) -> None:
    levels = patch.get("levels")
    is_derived = is_sum or all(level.code != MAIN for level in variant.levels)
    if is_derived and levels is not None and levels.items[-1] == {"code": MAIN, "on_hand": shown}:
        patch["levels"] = replace(levels, items=levels.items[:-1])


def _named(patch: Patch, sku: str, caller: Caller) -> Patch:
    """A new product without a name is called by its SKU."""
    texts = patch.setdefault("content", {}).setdefault(caller.language, {})
    if not texts.get("name"):
        texts["name"] = sku
    return patch


def _changed(call: Call, record: Record[Product], changed: bool) -> Reply:
    check_changed(call, "product", changed)
    return _one(call, record)


def _one(call: Call, record: Record[Product], status: int = 200) -> Reply:
    return json_reply({"Product": shown(call, record)}, status)


def _compact(product: dict[str, Any]) -> dict[str, Any]:
    columns = ("id", "sku", "price", "special_price", "quantity")
    return {
        **{name: product[name] for name in columns},
        "timestamp": product["timestamp"],
        "variations": [{name: variation[name] for name in columns} for variation in product["variations"]],
    }
