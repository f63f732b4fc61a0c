"""The routes of an order's shipments (specification 14.4)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plughub.core import orders
from plughub.core.errors import Duplicate, Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.orders import Order, Shipment
from plughub.core.patch import REMOVE, Merge, Patch
from plughub.dialects.plugboard import bodies, shipments
from plughub.dialects.plugboard.orders import ORDERS
from plughub.dialects.plugboard.resource import flag, local_id
from plughub.dialects.plugboard.scene import Scene
from plughub.web.call import Call, Reply, to_json


async def get_list(call: Call) -> Reply:
    async with call.hub.read(call.identity.caller.tenant) as tx:
        order = (await ORDERS.record(tx, Scene(call), local_id(call))).value
    return Reply(200, to_json([shipments.write(shipment) for shipment in order.shipments]))


async def get(call: Call) -> Reply:
    id = local_id(call, "shipmentId")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        order = (await ORDERS.record(tx, Scene(call), local_id(call))).value
    return _one(_named(order, id))


async def post(call: Call) -> Reply:
    body = bodies.read(call)
    is_upsert = flag(call, "updateOnRemoteId")
    async with call.hub.change(call.identity.caller.tenant) as tx:
        scene = await Scene.of(tx, call)
        order = await _held(tx, scene)
        known = _by_remote_id(order, body)
        if known is not None and not is_upsert:
            raise Duplicate("remote id", known.external or "")
        changes = shipments.one(body, known, order, scene.connection_ids)
        after = await _changed(tx, scene, order, changes)
    if known is not None:
        return _one(_named(after, known.id))
    before = {shipment.id for shipment in order.shipments}
    return _one(next(shipment for shipment in after.shipments if shipment.id not in before), 201)


async def put(call: Call) -> Reply:
    id = local_id(call, "shipmentId")
    body = bodies.read(call)
    async with call.hub.change(call.identity.caller.tenant) as tx:
        scene = await Scene.of(tx, call)
        order = await _held(tx, scene)
        stored = _named(order, id)
        other = _by_remote_id(order, body)
        if other is not None and other.id != id:
            raise Duplicate("remote id", other.external or "")
        changes = shipments.one(body, stored, order, scene.connection_ids)
        after = await _changed(tx, scene, order, {"id": id, **changes})
    return _one(_named(after, id))


async def delete(call: Call) -> Reply:
    """A shipment leaves no tombstone: what was sent is the order's to say."""
    id = local_id(call, "shipmentId")
    async with call.hub.change(call.identity.caller.tenant) as tx:
        scene = await Scene.of(tx, call)
        order = await _held(tx, scene)
        stored = _named(order, id)
        await _changed(tx, scene, order, {"id": id, REMOVE: True})
    return Reply(200, to_json({**shipments.write(stored), "deleted": True}))


async def _held(tx: Transaction, scene: Scene) -> Order:
    """The order in the path, until this transaction ends."""
    id = local_id(scene.call)
    if (await ORDERS.record(tx, scene, id)).deleted_at is not None:
        raise Locked("order", "was deleted")
    return (await orders.hold(tx, scene.caller, id)).value


async def _changed(tx: Transaction, scene: Scene, order: Order, shipment: Patch) -> Order:
    changes: Patch = {"shipments": Merge([shipment])}
    changes |= shipments.followed(order, changes)
    record, _ = await orders.change(tx, scene.caller, local_id(scene.call), changes)
    return record.value


def _named(order: Order, id: UUID) -> Shipment:
    for shipment in order.shipments:
        if shipment.id == id:
            return shipment
    raise NotFound("shipment", id)


def _by_remote_id(order: Order, body: Mapping[str, Any]) -> Shipment | None:
    wanted = body.get("remoteId")
    return next((shipment for shipment in order.shipments if wanted and shipment.external == wanted), None)


def _one(shipment: Shipment, status: int = 200) -> Reply:
    return Reply(status, to_json(shipments.write(shipment)))
