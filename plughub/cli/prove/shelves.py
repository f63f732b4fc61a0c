"""What is sold during a proof: small batches of SKUs, each hot for a few seconds, then left for the next."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from plughub.core import patch, products
from plughub.core.caller import Caller
from plughub.core.hub import Hub
from plughub.core.products import Content
from plughub.core.stock import MAIN

#: Units of each SKU at the beginning: few, so that the guard has work to do.
FIRST = 8
ELSEWHERE = "SHELF"


class Rule(StrEnum):
    """Who may do what with a SKU."""

    #: Only guarded promises, and nothing takes stock away but what was promised: it can never be sold twice.
    STRICT = "strict"
    #: Numbers may be set and lowered too, though not below zero.
    GUARDED = "guarded"
    #: Everything, below zero too.
    OPEN = "open"


class Shelf(Struct, frozen=True):
    """One level."""

    sku: str
    code: str
    rule: Rule
    #: Id of the variant, in 32 hex digits.
    variant: str = ""
    product: str = ""

    @property
    def name(self) -> str:
        return f"{self.sku}/{self.code}"


class Batch(Struct, frozen=True):
    number: int
    #: Tenant's code -> levels.
    shelves: dict[str, list[Shelf]]
    #: Tenant's code -> kit's SKU -> SKU -> how many of it are in one.
    kits: dict[str, dict[str, dict[str, int]]]


async def furnish(hub: Hub, tenants: Mapping[str, Caller], number: int) -> Batch:
    """A new batch in the catalogue of each tenant, under the same SKUs."""
    letters = {"A": Rule.STRICT, "B": Rule.STRICT, "C": Rule.STRICT, "M": Rule.GUARDED, "O": Rule.OPEN, "P": Rule.OPEN}
    shelves: dict[str, list[Shelf]] = {code: [] for code in tenants}
    kits = {f"{number}-AB": {f"{number}-A": 1, f"{number}-B": 2}, f"{number}-BC": {f"{number}-B": 1, f"{number}-C": 1}}
    for code, us in tenants.items():
        async with hub.change(us.tenant) as tx:
            for letter, rule in letters.items():
                made = await products.create(tx, us, _simple(us, f"{number}-{letter}", MAIN))
                shelves[code].append(_shelf(made.id.hex, made.value.default, MAIN, rule))
            made = await products.create(tx, us, _simple(us, f"{number}-L", ELSEWHERE))
            shelves[code].append(_shelf(made.id.hex, made.value.default, ELSEWHERE, Rule.GUARDED))
            # Two levels under one product's lock.
            variants = patch.Merge([_sold(f"{number}-{letter}", MAIN) for letter in "VW"], keys=("sku",))
            given = {**_simple(us, f"{number}-VW", None), "variants": variants}
            made = await products.create(tx, us, given)
            shelves[code] += [_shelf(made.id.hex, variant, MAIN, Rule.GUARDED) for variant in made.value.variants]
        async with hub.change(us.tenant) as tx:
            for sku, parts in kits.items():
                rows = patch.Replace([{"sku": part, "quantity": count} for part, count in parts.items()])
                await products.create(tx, us, {**_simple(us, sku, None), "components": rows})
    return Batch(number, shelves, dict.fromkeys(tenants, kits))


def _shelf(product: str, variant: products.Variant, code: str, rule: Rule) -> Shelf:
    return Shelf(variant.sku, code, rule, variant.id.hex, product)


def _simple(us: Caller, sku: str, code: str | None) -> patch.Patch:
    return {"default": _sold(sku, code), "content": {us.language: Content(name=sku)}}


def _sold(sku: str, code: str | None) -> patch.Patch:
    given: patch.Patch = {"sku": sku, "price": Decimal(10)}
    if code:
        given["levels"] = patch.Merge([{"code": code, "on_hand": Decimal(FIRST)}], keys=("id", "code"))
    return given
