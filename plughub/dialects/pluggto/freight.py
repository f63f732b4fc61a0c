"""Freight sources: what they are asked, how their answers are read, and a quote out of it all (specification 9.2)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from plughub.core import shipping
from plughub.core.caller import Caller
from plughub.core.errors import Invalid
from plughub.core.hub import Hub
from plughub.core.ids import TenantId
from plughub.core.shipping import Destination, FreightSource, Heard, Item, Parcel, Quote, Quoted, Unusable
from plughub.core.tenants import Tenant
from plughub.dialects.pluggto import ids
from plughub.dialects.pluggto.kinds import NUM, TEXT, Count
from plughub.outbound import Answer, Limits, NotSent, Outbound
from plughub.web import bodies
from plughub.web.call import to_json
from plughub.web.wire import ABSENT, Field, Shape, elements

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
_LONGEST_ANSWER = 64 * 1024


class Estimate(Count):
    """Days. What is no number of days says nothing: one source answers "" (C)."""

    def read(self, value: Any) -> Any:
        try:
            return super().read(value)
        except ValueError:
            return ABSENT


QUOTE = Shape(
    Field("method", "method", TEXT),
    Field("company", "company", TEXT),
    Field("price", "price", NUM),
    Field("estimate", "days", Estimate(), about="days"),
)


async def quote(
    hub: Hub, outbound: Outbound, tenant: Tenant, caller: Caller, destination: Destination, wanted: Mapping[str, int]
) -> Quoted:
    """So many of these SKUs sent there: what the sources quote, or the account's own tables where none does."""
    async with hub.read(tenant.id) as tx:
        parcel = await shipping.parcel(tx, caller, destination, wanted, country=tenant.country)
        sources = await shipping.active_sources(tx, tenant.id)
    heard = await shipping.ask(sources, partial(_ask, outbound, _question(parcel, tenant.number)), hub.now)
    hub.later.add(("freight sources", tenant.id), heard, partial(_count, hub, tenant.id))
    found = shipping.merged(heard)
    if not found:
        async with hub.read(tenant.id) as tx:
            found = await shipping.table_quotes(tx, tenant.id, parcel)
    return Quoted(parcel=parcel, heard=heard, quotes=found)


async def _ask(outbound: Outbound, body: bytes, source: FreightSource, seconds: float) -> Sequence[Quote]:
    limits = Limits(name=seconds, connect=seconds, whole=seconds, body=_LONGEST_ANSWER)
    try:
        return read(await outbound.post(source.url, body, headers=_HEADERS, limits=limits))
    except NotSent as error:
        if error.reason == "timeout":
            raise TimeoutError from error
        raise Unusable(str(error)) from error


async def _count(hub: Hub, tenant: TenantId, heard: Sequence[Heard]) -> None:
    async with hub.step(tenant) as tx:
        await shipping.count(tx, tenant, heard)


def _question(parcel: Parcel, account: int) -> bytes:
    """The question. Names of both the printed document and its newer page are sent, since sources read either."""
    origin, to = parcel.origin, parcel.destination
    return to_json(
        {
            "destination_postalcode": to.postal_code,
            "country": to.country,
            "destination_country": to.country,
            "state": to.state,
            "destination_state": to.state,
            "origin_country": origin.country,
            "origin_postalcode": origin.postal_code,
            "origin_city": origin.city,
            "origin_state": origin.state,
            "user_id": account,
            "products": [_product(item) for item in parcel.items],
        }
    )


def _product(item: Item) -> dict[str, Any]:
    size = item.dimensions
    amounts = {
        "weight": size.weight,
        "height": size.height,
        "length": size.length,
        "width": size.width,
        "unit_price": item.unit_price,
    }
    return {
        **{name: None if amount is None else NUM.write(amount) for name, amount in amounts.items()},
        "sku": item.product_sku,
        "original_sku": item.sku,
        "id": ids.spell(item.product),
        "quantity": str(item.quantity),
        "crossdocking": item.handling_days,
        "category": [{"name": category.path, "id": ids.spell(category.id)} for category in item.categories],
        # Empty as the vendor allows: an account's products have no department, and no marketplace is asking.
        "department": None,
        "marketplace": None,
    }


def read(answer: Answer) -> list[Quote]:
    """The quotes of an answer; none where the source says that it has none (`mensage`)."""
    if answer.status != 200:
        raise Unusable(f"answered with status {answer.status}")
    if answer.is_cut:
        raise Unusable(f"its answer is longer than {_LONGEST_ANSWER // 1024} KiB")
    try:
        tree = bodies.json(answer.body)
    except bodies.Malformed as error:
        raise Unusable("its answer is no JSON") from error
    try:
        given = elements(tree)
    except ValueError as error:
        raise Unusable("its answer is no list of quotes") from error
    found = [quote for element in given if (quote := _quote(element)) is not None]
    if given and not found and not any(isinstance(element, Mapping) and "mensage" in element for element in given):
        raise Unusable("its answer has no quote with a price")
    return found


def _quote(element: Any) -> Quote | None:
    """One quote; None for what has no price that could be charged."""
    if not isinstance(element, Mapping):
        return None
    try:
        patch, _ = QUOTE.read(element)
    except Invalid:
        return None
    price = patch.get("price")
    if price is None or price < 0:
        return None
    return Quote(
        method=patch.get("method") or "", company=patch.get("company") or "", price=price, days=patch.get("days")
    )
