"""Any record by SKU, number, name or id: the page, and what the palette shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from plughub.console.rendering import name_of, page
from plughub.console.visit import Page, Visit
from plughub.core import connections, customers, finding, messages, orders, products, webhooks
from plughub.core.finding import Hit
from plughub.core.hub import Transaction
from plughub.web import Reply

#: Longer texts are in no field that is looked at.
_LONGEST = 200
_PLACES = {
    "product": "products",
    "order": "orders",
    "customer": "customers",
    "message": "messages",
    "delivery": "deliveries",
    "connection": "connections",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    kind: str
    address: str
    title: str
    #: What tells it from others of that title.
    detail: str
    is_exact: bool


async def get_find(visit: Visit) -> Reply:
    text = visit.query.get("q", "").strip()[:_LONGEST]
    async with visit.hub.read(visit.tenant.id) as tx:
        hits = await finding.find(tx, visit.caller, text)
        found = await _shown(tx, visit, hits)
    return page(visit, "found.html" if visit.is_partial else "find.html", text=text, found=found)


async def _shown(tx: Transaction, visit: Visit, hits: Sequence[Hit]) -> list[Shown]:
    """With what people call them; what is gone by now is left out."""
    names: dict[UUID, tuple[str, str]] = {}
    for kind in {hit.kind for hit in hits}:
        names |= await _names(tx, visit, kind, [hit.id for hit in hits if hit.kind == kind])
    return [
        Shown(
            kind=hit.kind,
            address=visit.url(_PLACES[hit.kind], hit.id.hex),
            title=names[hit.id][0],
            detail=names[hit.id][1],
            is_exact=hit.is_exact,
        )
        for hit in hits
        if hit.id in names
    ]


async def _names(tx: Transaction, visit: Visit, kind: str, ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    caller, tenant = visit.caller, visit.tenant
    match kind:
        case "product":
            goods = await products.by_ids(tx, caller, ids)
            return {id: (one.value.sku, name_of(one.value, tenant.language)) for id, one in goods.items()}
        case "order":
            sold = await orders.by_ids(tx, caller, ids)
            return {
                id: (
                    f"Order {one.number}",
                    " · ".join(
                        part for part in (one.value.channel, one.value.channel_number, _buyer(one.value)) if part
                    ),
                )
                for id, one in sold.items()
            }
        case "customer":
            return await customers.names(tx, caller, ids)
        case "message":
            said = await messages.by_ids(tx, caller, ids)
            return {id: (one.value.subject or "Conversation", f"number {one.number}") for id, one in said.items()}
        case "delivery":
            told = [await webhooks.delivery(tx, tenant.id, id) for id in ids]
            return {one.id: (f"{one.kind} {one.action}", str(one.state)) for one in told}
        case _:
            known = await connections.connections(tx, tenant.id)
            return {one.id: (one.name, one.dialect) for one in known}


def _buyer(order: orders.Order) -> str | None:
    return order.payer.full_name or order.receiver.full_name or order.payer.email


PAGES = (Page("GET", "/{shop}/find", get_find),)
