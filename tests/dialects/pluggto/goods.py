"""What the tests of products say over and over."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from plughub.core import events, stock
from plughub.core.events import Event
from plughub.dialects.pluggto import ids
from tests.dialects.pluggto.conftest import Answer, Client

_EXCHANGES = Path(__file__).parent / "exchanges"


def exchange(name: str) -> dict[str, Any]:
    """The body of a recorded request."""
    body: dict[str, Any] = json.loads((_EXCHANGES / f"{name}.json").read_text(), parse_float=Decimal)["body"]
    return body


def path(sku: str) -> str:
    return f"/skus/{quote(sku, safe='')}"


async def put(client: Client, sku: str, /, **body: Any) -> dict[str, Any]:
    """The product after a PUT that has to succeed."""
    return shown(await client.put(path(sku), body))


async def get(client: Client, sku: str) -> dict[str, Any]:
    return shown(await client.get(path(sku)))


async def move(client: Client, sku: str, action: str, quantity: object, **rest: Any) -> dict[str, Any]:
    """The product after a change of stock that has to succeed."""
    return shown(await client.put(f"{path(sku)}/stock", {"action": action, "quantity": quantity, **rest}))


def shown(answer: Answer, status: int = 200) -> dict[str, Any]:
    assert answer.status == status, answer.text
    product: dict[str, Any] = answer.json["Product"]
    return product


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["type"]


def variation(product: dict[str, Any], sku: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in product["variations"] if one["sku"] == sku)
    return found


def row(product: dict[str, Any], table: str, code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in product[table] if one["code"] == code)
    return found


async def history(client: Client, id: str) -> list[Event]:
    tenant = client.shop.tenant.id
    async with client.shop.hub.read(tenant) as tx:
        return await events.history(tx, tenant, "product", ids.read(id))


async def last_change(client: Client, product: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field -> (before, after) of the last event."""
    return {
        change.field: (change.before, change.after) for change in (await history(client, product["id"]))[-1].changes
    }


async def ledger(client: Client, variant: UUID) -> list[stock.Movement]:
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return await stock.movements(tx, client.shop.tenant.id, variant)


async def default_variant(client: Client, product: dict[str, Any]) -> UUID:
    """The core's variant behind a product without variations."""
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        found: UUID = await tx.value(
            "SELECT id FROM variants WHERE tenant_id = $1 AND product_id = $2 AND is_default",
            client.shop.tenant.id,
            ids.read(product["id"]),
        )
    return found


@asynccontextmanager
async def nothing_happens(client: Client) -> AsyncIterator[None]:
    """Whatever is done inside changes no product and records no event."""
    before = await _everything(client)
    yield
    assert await _everything(client) == before


_TABLES = (
    "products", "variants", "skus", "categories", "product_categories", "kit_components", "kit_parts", "price_lists",
    "prices", "locations", "stock_levels", "stock_movements", "reservations", "remote_records", "orders", "events",
    "event_outbox", "search_rows", "conversations",
)  # fmt: skip


async def _everything(client: Client) -> dict[str, str | None]:
    """All that the account has, as the database has it."""
    columns = ", ".join(
        f"(SELECT string_agg(t::text, chr(10) ORDER BY t::text) FROM {table} t WHERE tenant_id = $1) AS {table}"
        for table in _TABLES
    )
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return dict(await tx.one(f"SELECT {columns}", client.shop.tenant.id))


def lost(sent: Any, got: Any, where: str = "") -> list[str]:
    """Paths of what was sent and did not come back; numbers compare by value, however they are written."""
    if isinstance(sent, dict):
        return [path for key, value in sent.items() for path in lost(value, (got or {}).get(key), f"{where}.{key}")]
    if isinstance(sent, list):
        if len(sent) != len(got or []):
            return [f"{where}: {len(sent)} elements became {len(got or [])}"]
        return [path for at, value in enumerate(sent) for path in lost(value, got[at], f"{where}[{at}]")]
    return [] if _same(sent, got) else [f"{where}: {sent!r} became {got!r}"]


def _same(sent: Any, got: Any) -> bool:
    if isinstance(got, int | Decimal) and not isinstance(got, bool):
        return Decimal(str(sent)) == got
    return bool(sent == got)
