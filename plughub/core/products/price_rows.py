"""A product's prices as rows of the price table."""

from typing import Any
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.hub import Transaction
from plughub.core.prices import register
from plughub.core.prices import store as prices
from plughub.core.products import store
from plughub.core.products.model import Product, Variant


async def save(tx: Transaction, caller: Caller, id: UUID, before: Product | None, after: Product) -> None:
    """Rows that differ are written, and no others; lists that are named for the first time get their record."""
    old = {row["id"]: row for v in store.all_variants(before) for row in _price_rows(v)} if before else {}
    new = {row["id"]: row for v in store.all_variants(after) for row in _price_rows(v)}
    # A row that moved to another list makes way first: each list has one row per quantity.
    gone = [key for key, row in old.items() if key not in new or _place(new[key]) != _place(row)]
    changed = [row for key, row in new.items() if old.get(key) != row]
    if gone:
        await prices.remove(tx, caller.tenant, gone)
    if changed:
        codes = {row["code"] for row in changed if row["code"]}
        lists = await prices.list_ids(tx, caller.tenant, codes, caller.currency)
        await register(tx, caller, codes)
        rows = [{**row, "list": lists[row["code"]] if row["code"] else caller.tenant} for row in changed]
        await prices.save(tx, caller.tenant, id, rows)


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["variant"], row["code"], row["min_quantity"]


def _price_rows(variant: Variant) -> list[dict[str, Any]]:
    """The variant's rows of the price table; the base price as one without a list code, under the variant's own id."""
    rows: list[dict[str, Any]] = [
        {
            "id": price.id,
            "variant": variant.id,
            "code": price.code,
            "min_quantity": price.min_quantity,
            "action": price.action,
            "amount": price.amount,
            "special_amount": price.special_amount,
            "percentage": price.percentage,
            "floor": price.floor,
            "ceiling": price.ceiling,
            "label": price.label,
            "digits": price.digits,
        }
        for price in variant.prices
    ]
    if variant.price is not None or variant.special_price is not None:
        rows.append(
            {
                "id": variant.id,
                "variant": variant.id,
                "code": "",
                "min_quantity": 1,
                "action": "overwrite",
                "amount": variant.price,
                "special_amount": variant.special_price,
                "digits": variant.price_digits,
            }
        )
    return rows
