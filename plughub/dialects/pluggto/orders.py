"""Orders: the handlers (specification 5.5). Their shapes are in `order_wire.py`."""

from collections.abc import Mapping
from typing import Any

from plughub.core import orders
from plughub.core.errors import Missing
from plughub.core.orders import Order
from plughub.core.record import Record
from plughub.dialects.pluggto import bodies, ids, query, statuses
from plughub.dialects.pluggto.errors import check_changed
from plughub.dialects.pluggto.order_filters import filters
from plughub.dialects.pluggto.order_wire import ORDER, from_core, notes, to_core
from plughub.web.call import Call, Reply, json_reply


async def post_orders(call: Call) -> Reply:
    body = bodies.read(call, forms=True)
    patch = to_core(body)
    if not patch or set(patch) == {"extensions"}:
        raise Missing("items", "is required: the body names no field of an order")
    async with call.hub.change(call.identity.caller.tenant) as tx:
        record = await orders.place(tx, call.identity.caller, patch, silent=_is_silent(body), notes=notes(body))
    return _one(call, record, 201)


async def get_order(call: Call) -> Reply:
    id = ids.in_path(call.route["id"], "order")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        record = await orders.by_id(tx, call.identity.caller, id)
    return _one(call, record, 200)


async def put_order(call: Call) -> Reply:
    id = ids.in_path(call.route["id"], "order")
    body = bodies.read(call)
    patch = to_core(body)
    async with call.hub.change(call.identity.caller.tenant) as tx:
        record, changes = await orders.change(
            tx,
            call.identity.caller,
            id,
            patch,
            may_move=statuses.may_move,
            silent=_is_silent(body),
            notes=notes(body),
        )
    check_changed(call, "order", bool(changes))
    return _one(call, record, 200)


async def get_orders(call: Call) -> Reply:
    account = call.identity.tenant.number
    wanted = query.read(call, filters(account))
    return await query.listed(
        call, wanted, orders.heads, orders.by_ids, lambda record: {"Order": from_core(record, account)}
    )


def _one(call: Call, record: Record[Order], status: int) -> Reply:
    return json_reply({"Order": from_core(record, call.identity.tenant.number)}, status)


def _is_silent(body: Mapping[str, Any]) -> bool:
    return ORDER.value(ORDER.fields["update"], body.get("update")) is False
