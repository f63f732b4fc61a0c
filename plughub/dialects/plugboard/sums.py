"""Records with rows: their currency and what the rows come to, for orders and invoices alike (specification 14.3)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from plughub.core.orders import OrderLine, taxes
from plughub.core.patch import Patch
from plughub.core.taxes import Tax
from plughub.dialects.plugboard import tax_items
from plughub.dialects.plugboard.amounts import Amounts, digits
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import CURRENCY
from plughub.dialects.plugboard.resource import Body, flag
from plughub.dialects.plugboard.scene import Scene

TOTALS = {"totalSumExclVat": "total_net", "totalVat": "total_tax"}

_UNNAMED = UUID(int=0)


class Billed(Protocol):
    """An order or an invoice."""

    @property
    def currency(self) -> str: ...
    @property
    def lines(self) -> Sequence[OrderLine]: ...
    @property
    def total_net(self) -> Decimal | None: ...
    @property
    def total_tax(self) -> Decimal | None: ...


def currency(fresh: Body, before: Billed | None, rows: str) -> str:
    """The record's; it does not change under amounts that are not sent anew. `rows` names them on this wire."""
    told: str = CURRENCY.read(fresh["currency"]) if fresh.get("currency") is not None else ""
    if before is None or told in ("", before.currency):
        return told or (before.currency if before else "")
    has = {rows: before.lines, "totalSumExclVat": before.total_net, "totalVat": before.total_tax}
    if any(amounts and name not in fresh for name, amounts in has.items()):
        raise Bad("currency", "is another than that of the record's amounts", "CurrencyMismatch", told)
    return told


def told(fresh: Body, amounts: Amounts) -> Patch:
    """The totals as they were sent."""
    changes: Patch = {}
    for name, core in TOTALS.items():
        if name in fresh:
            changes[core] = amounts.read(fresh, name)
            changes["digits"] = digits(fresh[name])
    return changes


def is_recomputed(scene: Scene, body: Body, fresh: Body, rows: str) -> bool:
    """Whether the rows say what the totals are: they are sent, and they or a total differ from what is shown."""
    is_told = flag(scene.call, "suppressTotalsRecalc")
    return not is_told and bool(body.get(rows)) and bool(fresh.keys() & {rows, *TOTALS})


def write(record: Billed, amounts: Amounts) -> dict[str, Any]:
    return {
        "totalSumExclVat": amounts.write(record.total_net),
        "totalVat": amounts.write(record.total_tax),
        "totalTaxes": [
            tax_items.shown(
                Tax(id=_UNNAMED, type=each.type, rate=each.rate), amounts.write(each.base), amounts.write(each.amount)
            )
            for each in taxes.sums(record.lines, record.currency)
        ],
    }
