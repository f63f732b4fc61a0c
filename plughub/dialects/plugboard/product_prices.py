"""The four paths of version 7 that read and change a product's prices alone (specification 12.3)."""

from typing import Any
from uuid import UUID

from plughub.core import connections, products
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.patch import Merge, Patch
from plughub.core.prices import Listed
from plughub.core.products import Product, Variant
from plughub.core.record import Record
from plughub.dialects.plugboard import bodies, prices
from plughub.dialects.plugboard.errors import Bad, Wrong
from plughub.dialects.plugboard.prices import Lists, Steps
from plughub.dialects.plugboard.resource import local_id
from plughub.dialects.plugboard.scene import Scene
from plughub.web.call import Call, Reply, json_reply

#: A product of this wire is one SKU.
KIND = "variant"


class Priced:
    """One SKU and its prices, held still where they are to change."""

    def __init__(self, call: Call, tx: Transaction, lists: Lists, record: Record[Product], variant: UUID) -> None:
        self._caller, self._tx, self._record = call.identity.caller, tx, record
        self.lists = lists
        whole = record.value
        live = whole.variants or (whole.default,)
        found = next((one for one in live if one.id == variant), None)
        if found is None:
            raise NotFound("product", variant)
        self.variant: Variant = found

    def elements(self, listed: Listed | None = None) -> list[dict[str, Any]]:
        """What is shown, of all lists or of one."""
        every = prices.write(self.variant, self.lists)
        return [one for one in every if listed is None or one["pricelist"]["localId"] == listed.id.hex]

    def element(self, listed: Listed) -> dict[str, Any]:
        found = self.elements(listed)
        if not found:
            raise Wrong("NoSuchRecord", "The product has no prices in this price list", "pricelist", listed.id.hex)
        return found[0]

    async def set(self, steps: Steps, listed: Listed | None = None) -> None:
        """Make these its prices; in one list only, if given."""
        changes = prices.patch(self.variant, steps, None if listed is None else [listed.code])
        saved, _ = await products.change(self._tx, self._caller, self._record.id, self._patch(changes))
        every = (saved.value.default, *saved.value.variants)
        self.variant = next(one for one in every if one.id == self.variant.id)

    def _patch(self, changes: Patch) -> Patch:
        if self.variant.id == self._record.value.default.id:
            return {"default": changes}
        return {"variants": Merge([{"id": self.variant.id, **changes}], known_ids_only=True)}


async def get_all(call: Call) -> Reply:
    async with call.hub.read(call.identity.caller.tenant) as tx:
        return json_reply((await _priced(call, tx)).elements())


async def put_all(call: Call) -> Reply:
    body = bodies.read_any(call)
    bodies.elements(body, "prices")
    async with call.hub.change(call.identity.caller.tenant) as tx:
        priced = await _held(call, tx)
        await priced.set(prices.read(body, priced.lists))
        return json_reply(priced.elements())


async def post_one(call: Call) -> Reply:
    body = bodies.read(call)
    async with call.hub.change(call.identity.caller.tenant) as tx:
        priced = await _held(call, tx)
        listed, steps = prices.read_one(body, priced.lists)
        if priced.elements(listed):
            raise Wrong("KeyTaken", "The product has prices in this price list", "pricelist", listed.id.hex)
        if not steps:
            raise Bad("qtyPrices", "must have at least one element", "FieldRequired")
        await priced.set(steps, listed)
        return json_reply(priced.element(listed), int(call.identity.settings.get("create_status", "201")))


async def delete_all(call: Call) -> Reply:
    async with call.hub.change(call.identity.caller.tenant) as tx:
        priced = await _held(call, tx)
        gone = priced.elements()
        await priced.set({})
        return json_reply(gone)


async def get_one(call: Call) -> Reply:
    async with call.hub.read(call.identity.caller.tenant) as tx:
        priced = await _priced(call, tx)
        return json_reply(priced.element(_listed(call, priced.lists)))


async def put_one(call: Call) -> Reply:
    """Without any step the product has no prices in the list any more."""
    body = bodies.read(call)
    async with call.hub.change(call.identity.caller.tenant) as tx:
        priced = await _held(call, tx)
        listed, steps = prices.read_one(body, priced.lists, _listed(call, priced.lists))
        if "qtyPrices" in body:
            await priced.set(steps, listed)
        shown = priced.elements(listed)
        return json_reply(shown[0] if shown else {**prices.reference(listed, priced.lists), "qtyPrices": []})


async def delete_one(call: Call) -> Reply:
    async with call.hub.change(call.identity.caller.tenant) as tx:
        priced = await _held(call, tx)
        listed = _listed(call, priced.lists)
        gone = priced.element(listed)
        await priced.set({}, listed)
        return json_reply(gone)


async def _priced(call: Call, tx: Transaction) -> Priced:
    variant, product = await _found(call, tx)
    record = await products.by_id(tx, call.identity.caller, product)
    return Priced(call, tx, await Lists.of(tx, Scene(call)), record, variant)


async def _held(call: Call, tx: Transaction) -> Priced:
    variant, product = await _found(call, tx)
    record = await products.hold(tx, call.identity.caller, product)
    return Priced(call, tx, await Lists.of(tx, Scene(call)), record, variant)


async def _found(call: Call, tx: Transaction) -> tuple[UUID, UUID]:
    """The variant and its product, by the path or by `remoteId`."""
    caller = call.identity.caller
    variant = local_id(call) if "localId" in call.route else await _by_remote_id(call, tx)
    sold = await products.sold_variants(tx, caller, [variant])
    if variant not in sold:
        raise NotFound("product", variant)
    return variant, sold[variant].product


async def _by_remote_id(call: Call, tx: Transaction) -> UUID:
    text = _parameter(call, "remoteId")
    id = await connections.record_of(tx, call.identity.caller, KIND, text)
    if id is None:
        raise Wrong("NoSuchRemoteId", f"No product with remote id {text} on this connection", "remoteId", text)
    return id


def _listed(call: Call, lists: Lists) -> Listed:
    """The price list that the path or `pricelistRemoteId` names."""
    if "pricelistLocalId" in call.route:
        id = local_id(call, "pricelistLocalId")
        found = lists.by_id(id)
        if found is None:
            raise NotFound("pricelist", id)
        return found
    text = _parameter(call, "pricelistRemoteId")
    found = lists.by_remote_id(text)
    if found is None:
        raise Wrong(
            "NoSuchRemoteId", f"No pricelist with remote id {text} on this connection", "pricelistRemoteId", text
        )
    return found


def _parameter(call: Call, name: str) -> str:
    text = call.parameter(name)
    if not text or "\0" in text:
        raise Wrong("ParameterMalformed", f"Parameter {name} is missing or empty", name, text)
    return text
