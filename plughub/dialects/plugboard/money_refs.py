"""What records of money refer to: orders, payments, cash registers, payment methods (specification 16)."""

from typing import Any
from uuid import UUID

from plughub.core import orders, registry
from plughub.core.finance import PAYMENT_METHOD, Method
from plughub.core.hub import Transaction
from plughub.core.registry import Kind
from plughub.dialects.plugboard import refs
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import CODE
from plughub.dialects.plugboard.scene import Scene

METHOD_SCHEMA: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {**refs.SCHEMA["properties"], "code": {"type": ["string", "null"]}},
}


async def order(tx: Transaction, scene: Scene, value: Any, where: str, stored: UUID | None) -> UUID | None:
    if value is None or value == shown(stored):
        return None if value is None else stored
    id = await refs.named(tx, scene, value, "order", where)
    found = (await orders.by_ids(tx, scene.caller, [id])).get(id)
    if found is None or found.deleted_at is not None:
        raise refs.unknown(where, value)
    return id


async def entry(
    tx: Transaction, scene: Scene, value: Any, kind: Kind[Any], where: str, stored: UUID | None
) -> UUID | None:
    if value is None or value == shown(stored):
        return None if value is None else stored
    return await refs.entry(tx, scene, value, kind, where)


async def method(tx: Transaction, scene: Scene, value: Any, where: str, stored: Method | None) -> Method | None:
    """By id, or by a code; a code that no payment method has is kept as it is."""
    if value is None or value == shown_method(stored):
        return None if value is None else stored
    if isinstance(value, dict) and not (value.get("localId") or value.get("remoteId")) and value.get("code"):
        try:
            code = CODE.read(value["code"])
        except Bad as error:
            raise error.within(f"{where}.code") from error
        return Method(id=await registry.id_of(tx, scene.caller, PAYMENT_METHOD, code), code=code)
    id = await refs.entry(tx, scene, value, PAYMENT_METHOD, where)
    return Method(id=id, code=(await registry.by_id(tx, scene.caller, PAYMENT_METHOD, id)).value.code)


def shown(id: UUID | None) -> dict[str, Any] | None:
    return None if id is None else {"localId": id.hex}


def shown_method(method: Method | None) -> dict[str, Any] | None:
    return None if method is None else {"localId": method.id.hex if method.id else None, "code": method.code}
