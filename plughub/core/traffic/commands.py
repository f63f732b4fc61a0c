from collections.abc import Sequence
from functools import partial
from typing import Any

from plughub.core.hub import Hub, Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.traffic import store
from plughub.core.traffic.model import Call, Request
from plughub.core.values import to_json

#: What comes in within so many seconds is written together.
_PAUSE = 1.0

Noted = tuple[ConnectionId, Call, Request | None]


def note(hub: Hub, tenant: TenantId, connection: ConnectionId, call: Call, request: Request | None) -> None:
    """Have a call counted, and its request kept if there is one, within about a second. Takes no time itself."""
    hub.later.add(("traffic", tenant), [(connection, call, request)], partial(_write, hub, tenant), pause=_PAUSE)


async def _write(hub: Hub, tenant: TenantId, noted: Sequence[Noted]) -> None:
    async with hub.aside(tenant) as tx:
        await count(tx, tenant, noted)


async def count(tx: Transaction, tenant: TenantId, noted: Sequence[Noted]) -> None:
    """One statement, whatever was noted."""
    figures: dict[ConnectionId, dict[str, Any]] = {}
    for connection, call, _ in noted:
        row = figures.get(connection)
        if row is None:
            row = figures[connection] = {"connection": connection, "calls": 0, "failures": 0, "failed": None}
        row["calls"] += 1
        row["last"] = call
        if call.status >= 400:
            row["failures"] += 1
            row["failed"] = call
    kept = [_row(request) for _, _, request in noted if request is not None]
    await tx.run(store.COUNT, tenant, to_json([_flat(row) for row in figures.values()]), to_json(kept))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("connection", "calls", "failures")},
        **_call("last", row["last"]),
        **(_call("failed", row["failed"]) if row["failed"] else {}),
    }


def _call(name: str, call: Call) -> dict[str, Any]:
    return {
        f"{name}_at": call.at,
        f"{name}_method": _text(call.method),
        f"{name}_path": _text(call.path),
        f"{name}_status": call.status,
    }


def _row(request: Request) -> dict[str, Any]:
    return {
        name: _text(value) if isinstance(value, str) else value
        for name, value in ((name, getattr(request, name)) for name in _FIELDS)
    }


_FIELDS = tuple(Request.__dataclass_fields__)


def _text(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
