"""A product's prices: steps of quantity in price lists (specification 12.3).

One element is `{"pricelist": {...}, "qtyPrices": [{"purchaseQty", "originalPriceExclVat"}]}`. The first step of the
base list is the product's own price. A row that computes its price is shown with what it comes to, and stays as it
is when that comes back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from plughub.core import connections, ids, prices
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.prices import BASE, PRICE_LIST, Action, Listed, Price, explain
from plughub.core.products import Single, Variant
from plughub.dialects.plugboard import bodies
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import NUM, TEXT, write_decimal
from plughub.dialects.plugboard.money import MONEY, write_money
from plughub.dialects.plugboard.scene import Scene

_REFERENCE = {
    "type": ["object", "null"],
    "properties": {"localId": {"type": ["string", "null"]}, "remoteId": {"type": ["string", "null"]}},
}
_STEP = {"type": "object", "properties": {"purchaseQty": NUM.schema(), "originalPriceExclVat": MONEY.schema()}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"pricelist": _REFERENCE, "qtyPrices": {"type": "array", "items": _STEP}},
}
FIELDS: dict[str, dict[str, Any]] = {"prices": {"type": ["array", "null"], "items": SCHEMA}}


class Step(NamedTuple):
    amount: Decimal
    #: As the client wants it shown.
    digits: int | None


#: (code of the list, smallest quantity) -> price.
Steps = dict[tuple[str, Decimal], Step]
#: The product's own price.
_FIRST = BASE, Decimal(1)
_NEW = Variant(id=UUID(int=0))


@dataclass(frozen=True, slots=True)
class Lists:
    """The tenant's price lists, and what the calling connection calls them."""

    every: tuple[Listed, ...]
    remote_ids: Mapping[UUID, str]

    @classmethod
    async def of(cls, tx: Transaction, scene: Scene) -> "Lists":
        every = await prices.lists(tx, scene.caller)
        known = await connections.remote_ids(tx, scene.caller.tenant, [PRICE_LIST.name], [one.id for one in every])
        mine = scene.caller.connection
        return cls(tuple(every), {id: texts[mine] for id, texts in known.items() if mine is not None and mine in texts})

    def by_id(self, id: UUID) -> Listed | None:
        return next((one for one in self.every if one.id == id), None)

    def by_remote_id(self, text: str) -> Listed | None:
        return next((one for one in self.every if self.remote_ids.get(one.id) == text), None)

    def named(self, reference: Any) -> Listed:
        """The list that `{"localId": ...}` or `{"remoteId": ...}` means."""
        if not isinstance(reference, dict):
            raise Bad("", "must be an object with localId or remoteId", "FieldType", reference)
        local, remote = reference.get("localId"), reference.get("remoteId")
        if local is None and remote is None:
            raise Bad("", "needs localId or remoteId", "FieldRequired")
        found = self.by_remote_id(TEXT.read(remote)) if local is None else self._by_hex(local)
        if found is None:
            raise Bad("", "names a price list that is not there", "ReferenceUnknown", local or remote)
        return found

    def _by_hex(self, text: Any) -> Listed | None:
        try:
            return self.by_id(ids.from_hex32(text))
        except (ValueError, TypeError, AttributeError):
            return None


async def read_part(
    tx: Transaction, scene: Scene, body: Mapping[str, Any], stored: Single | None, changes: Patch
) -> None:
    """Add what a product's body says of its prices to the patch of its variant."""
    if "prices" not in body:
        return
    try:
        wanted = read(body["prices"], await Lists.of(tx, scene))
    except Bad as error:
        raise error.within("prices") from error
    changes |= patch(stored.variant if stored else _NEW, wanted)


def write_part(scene: Scene, single: Single) -> dict[str, Any]:
    """The prices in a product. Lists go by their local id: what a connection calls them changes without it."""
    elements = write(single.variant, Lists(scene.price_lists, {}))
    return {"prices": [{**one, "pricelist": {"localId": one["pricelist"]["localId"]}} for one in elements]}


def read(value: Any, lists: Lists) -> Steps:
    """The `prices` of a product."""
    wanted: Steps = {}
    seen: set[str] = set()
    for at, element in enumerate(_elements(value)):
        try:
            listed, steps = read_one(element, lists)
        except Bad as error:
            raise error.within(f"[{at}]") from error
        if listed.code in seen:
            raise Bad(f"[{at}].pricelist", "is there twice", "PricelistTwice", element["pricelist"])
        seen.add(listed.code)
        wanted |= steps
    return wanted


def read_one(element: Any, lists: Lists, listed: Listed | None = None) -> tuple[Listed, Steps]:
    """One element; `listed` is the price list that the path names."""
    if not isinstance(element, dict):
        raise Bad("", "must be an object", "FieldType", element)
    if element.get("pricelist") is not None or listed is None:
        try:
            named = lists.named(element.get("pricelist"))
        except Bad as error:
            raise error.within("pricelist") from error
        if listed is not None and named != listed:
            raise Bad("pricelist", "differs from the path", "LocalIdMismatch", element["pricelist"])
        listed = named
    steps: Steps = {}
    for at, step in enumerate(_elements(element.get("qtyPrices"))):
        try:
            quantity, price = _step(step, listed.currency)
            if (listed.code, quantity) in steps:
                raise Bad("purchaseQty", "is there twice", "QtyTwice", step["purchaseQty"])
        except Bad as error:
            raise error.within(f"qtyPrices[{at}]") from error
        steps[listed.code, quantity] = price
    return listed, steps


def write(variant: Variant, lists: Lists) -> list[dict[str, Any]]:
    shown = _shown(variant)
    elements = []
    for listed in lists.every:
        steps = sorted((quantity, step) for (code, quantity), step in shown.items() if code == listed.code)
        if steps:
            elements.append(_element(listed, steps, lists))
    return elements


def patch(variant: Variant, wanted: Steps, codes: Iterable[str] | None = None) -> Patch:
    """What makes these the variant's prices; only in the lists with these codes, if given.

    Rows that this wire does not show, and what others keep with a row, stay.
    """
    shown = _shown(variant)
    within = None if codes is None else set(codes)
    left = dict(wanted)
    first, special = left.pop(_FIRST, None), variant.special_price
    if within is not None and BASE not in within:
        first = shown.get(_FIRST)
    elif first is None:
        special = None
    base, digits = first or (None, None)
    rows = []
    for row in variant.prices:
        key = row.code, row.min_quantity
        step = left.pop(key, None)
        if step is not None:
            is_same = step.amount == explain(base, special, row).price
            rows.append(replace(row if is_same else _overwritten(row, step.amount), digits=step.digits))
        elif key not in shown or (within is not None and row.code not in within):
            rows.append(row)
    # In the order that was sent, also where several are made in one millisecond: rows are read back by id.
    fresh = sorted(ids.new() for _ in left)
    rows += [
        Price(id=id, code=code, min_quantity=at, amount=step.amount, digits=step.digits)
        for id, ((code, at), step) in zip(fresh, left.items(), strict=True)
    ]
    return {"price": base, "price_digits": digits, "special_price": special, "prices": tuple(rows)}


def _shown(variant: Variant) -> Steps:
    """What each row comes to; rows that come to no price of their own are not shown."""
    found: Steps = {}
    if variant.price is not None:
        found[_FIRST] = Step(variant.price, variant.price_digits)
    for row in variant.prices:
        price = explain(variant.price, variant.special_price, row).price
        if price is not None:
            found[row.code, row.min_quantity] = Step(price, row.digits)
    return found


def _overwritten(row: Price, amount: Decimal) -> Price:
    return replace(row, action=Action.OVERWRITE, amount=amount, percentage=None, floor=None, ceiling=None)


def reference(listed: Listed, lists: Lists) -> dict[str, Any]:
    return {"pricelist": {"localId": listed.id.hex, "remoteId": lists.remote_ids.get(listed.id)}}


def _element(listed: Listed, steps: Sequence[tuple[Decimal, Step]], lists: Lists) -> dict[str, Any]:
    return {
        **reference(listed, lists),
        "qtyPrices": [
            {"purchaseQty": write_decimal(quantity), "originalPriceExclVat": write_money(listed.currency, *step)}
            for quantity, step in steps
        ],
    }


def _elements(value: Any) -> list[Any]:
    return [] if value is None else bodies.elements(value, "")


def _step(step: Any, currency: str) -> tuple[Decimal, Step]:
    if not isinstance(step, dict):
        raise Bad("", "must be an object", "FieldType", step)
    for name in ("purchaseQty", "originalPriceExclVat"):
        if step.get(name) is None:
            raise Bad(name, "is required", "FieldRequired")
    quantity = _inside("purchaseQty", NUM, step)
    if quantity <= 0:
        raise Bad("purchaseQty", "must be above zero", "FieldRange", step["purchaseQty"])
    money = _inside("originalPriceExclVat", MONEY, step)
    if money.currency != currency:
        raise Bad("originalPriceExclVat.currency", f"must be {currency}", "CurrencyMismatch", money.currency)
    if money.amount < 0:
        raise Bad("originalPriceExclVat.amount", "must not be negative", "FieldRange", step["originalPriceExclVat"])
    return quantity, Step(money.amount, money.decimals)


def _inside(name: str, kind: Any, step: Mapping[str, Any]) -> Any:
    try:
        return kind.read(step[name])
    except Bad as error:
        raise error.within(name) from error
