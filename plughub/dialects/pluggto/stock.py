"""Changing the stock of one SKU (specification 6.7)."""

from decimal import Decimal
from typing import Any

import msgspec

from plughub.core import products, stock
from plughub.core.errors import Invalid, Missing, NotFound
from plughub.core.stock import MAIN, Changed, Verb
from plughub.dialects.pluggto import bodies, ids
from plughub.dialects.pluggto.kinds import CODE, INT, Choice, write_date
from plughub.dialects.pluggto.product_wire import LIST_CODE, shown, sku_in_path
from plughub.web.call import Call, Reply, to_json
from plughub.web.rendered import Kept
from plughub.web.wire import Field, Shape

STOCK_CHANGE = Shape(
    Field("action", "action", Choice(("increase", "decrease", "update"))),
    Field("quantity", "quantity", INT),
    Field("sku", "sku", CODE),
    Field("stock_code", "stock_code", LIST_CODE),
)
_VERBS = {"increase": Verb.INCREASE, "decrease": Verb.DECREASE, "update": Verb.SET}


async def put_sku_stock(call: Call) -> Reply:
    return await _change_stock(call, sku_in_path(call))


async def put_product_stock(call: Call) -> Reply:
    return await _change_stock(call, await _sku_of(call, call.route["id"]))


async def put_variation_stock(call: Call) -> Reply:
    return await _change_stock(call, await _sku_of(call, call.route["vid"], of=call.route["id"]))


async def _sku_of(call: Call, text: str, *, of: str | None = None) -> str:
    """The SKU with this id; `of` names the product that it has to be a variation of."""
    id = ids.in_path(text, "product")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        record = await products.by_id(tx, call.identity.caller, id)
    # The product's own id is no variation's, of itself least of all.
    if of is not None and (id == record.id or record.id != ids.in_path(of, "product")):
        raise NotFound("product", text)
    return record.value.sku_of(id)


async def _change_stock(call: Call, sku: str) -> Reply:
    patch, _ = STOCK_CHANGE.read(bodies.read(call))
    verb = _VERBS[patch.get("action") or "update"]
    quantity = patch.get("quantity")
    if quantity is None:
        raise Missing("quantity", "is required")
    if quantity < 0 and verb is not Verb.SET:
        raise Invalid("quantity", f"must not be negative for {patch['action']}")
    if patch.get("sku") not in (None, sku):
        raise Invalid("sku", "differs from the path")
    caller = call.identity.caller
    async with call.hub.step(caller.tenant) as tx:
        # Stock may fall below zero here: clients keep it themselves and settle it later (D).
        done = await stock.change(tx, caller, sku, verb, Decimal(quantity), code=patch.get("stock_code"), floor=None)
        key = (caller.connection, done.product)
        body = _restocked(call.rendered.known(key), done, caller.actor)
        if body is None:
            record = await products.by_id(tx, caller, done.product)
            body, version = to_json({"Product": shown(call, record)}), record.version
        else:
            version = done.version or 0
    call.rendered.keep(key, Kept(done.product, version, body))
    return Reply(200, body)


def _restocked(known: Kept | None, done: Changed, actor: str) -> bytes | None:
    """The product as it was shown in the version before, with what this one change of stock made of it.

    None when that version is not known, or when more than one number follows from the change.
    """
    if known is None or done.changed_at is None or done.version != known.version + 1 or done.code != MAIN:
        return None
    product: dict[str, Any] = _decoder.decode(known.body)["Product"]
    level, variant = int(done.on_hand), ids.spell(done.variant)
    if product["variations"]:
        for variation in product["variations"]:
            if variation["id"] == variant:
                variation["quantity"] = level
        level = sum(variation["quantity"] for variation in product["variations"])
    product["quantity"] = level
    product["modified"], product["modified_by"] = write_date(done.changed_at), actor
    product["timestamp"] = int(done.changed_at.timestamp())
    return to_json({"Product": product})


#: Numbers as they were written, to be written again.
_decoder = msgspec.json.Decoder(float_hook=Decimal)
