"""Builders: plain functions with defaults for everything, so that a test states only what it is about."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from plughub.core import caller, connections, messages, orders, patch, products, tenants, webhooks
from plughub.core.caller import Caller
from plughub.core.connections import Connection, Credentials, Given
from plughub.core.hub import Hub
from plughub.core.messages import Conversation
from plughub.core.orders import Order
from plughub.core.products import Content, Product
from plughub.core.record import Record
from plughub.core.stock import MAIN
from plughub.core.tenants import Tenant
from plughub.core.webhooks import Delivery, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A tenant of a test's own."""

    hub: Hub
    tenant: Tenant
    #: The hub itself, as a caller of this tenant.
    caller: Caller


async def shop(hub: Hub, **facts: Any) -> Shop:
    code = facts.pop("code", None) or f"t{secrets.token_hex(6)}"
    given = {"name": "Loja Exemplo", "language": "pt", "currency": "BRL", "country": "BR", **facts}
    async with hub.change(None) as tx:
        tenant = await tenants.create_tenant(tx, code, **given)
    async with hub.change(tenant.id) as tx:
        await tenants.furnish(tx, tenant)
    system = caller.system(tenant.id, language=tenant.language, currency=tenant.currency)
    return Shop(hub=hub, tenant=tenant, caller=system)


async def connection(
    shop: Shop, dialect: str = "pluggto", *, name: str | None = None, given: Given | None = None, **settings: Any
) -> tuple[Connection, Credentials]:
    async with shop.hub.change(shop.tenant.id) as tx:
        return await connections.create(
            tx,
            shop.hub.keys,
            shop.caller,
            dialect,
            name or f"client {secrets.token_hex(4)}",
            given=given or Given(),
            settings=settings,
        )


def level(quantity: object = 10, code: str = MAIN, **terms: Any) -> patch.Patch:
    return {"code": code, "on_hand": Decimal(str(quantity)), **terms}


def levels(*rows: patch.Patch) -> patch.Merge:
    return patch.Merge(rows, keys=("id", "code"))


async def product(
    shop: Shop,
    sku: str | None = None,
    *,
    name: str = "Camisa",
    price: object = "59.90",
    quantity: object = 10,
    variants: dict[str, object] | None = None,
    components: dict[str, int] | None = None,
    **fields: Any,
) -> Record[Product]:
    """A product; `variants` maps SKU to quantity, `components` SKU to quantity in the kit."""
    default: patch.Patch = {"sku": sku or f"P{secrets.token_hex(4)}", "price": Decimal(str(price))}
    if quantity is not None and not components:
        default["levels"] = levels(level(quantity))
    given: patch.Patch = {"default": default, "content": {shop.tenant.language: Content(name=name)}, **fields}
    if variants:
        rows = [
            {"sku": one, "price": Decimal(str(price)), "levels": levels(level(count))}
            for one, count in variants.items()
        ]
        given["variants"] = patch.Merge(rows, keys=("sku",))
    if components:
        given["components"] = patch.Replace([{"sku": one, "quantity": n} for one, n in components.items()])
    async with shop.hub.change(shop.tenant.id) as tx:
        return await products.create(tx, shop.caller, given)


async def order(shop: Shop, *lines: patch.Patch, **fields: Any) -> Record[Order]:
    """An order; each line is a patch such as {"sku": "A", "quantity": 2, "price": Decimal(5)}."""
    given: patch.Patch = {"channel": "loja", "channel_number": secrets.token_hex(6), **fields}
    if lines:
        given["lines"] = patch.Merge(lines, keys=("id",))
    async with shop.hub.change(shop.tenant.id) as tx:
        return await orders.place(tx, shop.caller, given)


async def message(shop: Shop, *said: patch.Patch, **fields: Any) -> Record[Conversation]:
    """A conversation; each thing said is a patch such as {"author": Author.SELLER, "comment": "Sim"}."""
    given: patch.Patch = {"subject": "Uma pergunta", "interactions": patch.Merge(said), **fields}
    async with shop.hub.change(shop.tenant.id) as tx:
        return await messages.create(tx, shop.caller, given)


async def claim(shop: Shop, endpoint: Subscription, **terms: Any) -> list[Delivery]:
    """What a worker takes to send now."""
    given = {"limit": 8, "lease": timedelta(seconds=15), "probe": False, "now": shop.hub.now(), **terms}
    async with shop.hub.change(shop.tenant.id) as tx:
        return await webhooks.claim(tx, shop.tenant.id, endpoint.id, **given)
