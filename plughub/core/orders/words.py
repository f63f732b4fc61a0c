"""What a wire calls the state of an order: one word for each status, or a word that was told apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from plughub.core.orders.model import Order, OrderStatus

_WORD = re.compile(r"[a-z_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    #: Every status has one.
    by_status: Mapping[OrderStatus, str]
    #: The order's field that goes before: payment_status, sub_status.
    field: str
    #: What of it counts; all others are some other wire's words.
    members: tuple[str, ...]
    #: The statuses in which it counts.
    within: frozenset[OrderStatus] = frozenset(OrderStatus)

    def of(self, order: Order) -> str:
        told: str | None = getattr(order, self.field)
        return told if told in self.members and order.status in self.within else self.by_status[order.status]

    def sql(self) -> str:
        """The same for lists."""
        told = f"r.doc ->> '{_safe(self.field)}'"
        members = ", ".join(f"'{_safe(word)}'" for word in self.members)
        within = ", ".join(f"'{status}'" for status in sorted(self.within))
        cases = " ".join(f"WHEN '{status}' THEN '{_safe(word)}'" for status, word in self.by_status.items())
        return (
            f"(CASE WHEN {told} IN ({members}) AND r.status IN ({within}) THEN {told}"
            f' ELSE CASE r.status {cases} END END) COLLATE "C"'
        )


def _safe(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise ValueError(word)
    return word
