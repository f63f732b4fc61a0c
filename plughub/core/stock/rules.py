"""What stock comes to and where an order takes it from. No database, no clock."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal

from plughub.core.stock.model import MAIN, Level, Supply, Verb


def after(verb: Verb, before: Decimal, quantity: Decimal) -> Decimal:
    """The level after a change. The hot statement says the same in SQL; a property test holds them equal."""
    match verb:
        case Verb.INCREASE:
            return before + quantity
        case Verb.DECREASE:
            return before - quantity
        case Verb.SET:
            return quantity


def is_allowed(level_after: Decimal, floor: Decimal | None) -> bool:
    return floor is None or level_after >= floor


def counted(levels: Sequence[Level]) -> Decimal:
    """The one number of a wire that knows one: the main location's, or the sum where main was never counted."""
    for level in levels:
        if level.code == MAIN:
            return level.on_hand
    return sum((level.on_hand for level in levels), Decimal(0))


def free(levels: Sequence[Level]) -> Decimal:
    """What of `counted` is not promised yet."""
    for level in levels:
        if level.code == MAIN:
            return level.on_hand - level.reserved
    return sum((level.on_hand - level.reserved for level in levels), Decimal(0))


def by_preference(levels: Iterable[Level]) -> list[Level]:
    """The order in which locations are asked: priority, own before supplier, older first."""
    return sorted(
        levels, key=lambda at: (at.priority is None, at.priority or 0, at.supply is not Supply.OWN, at.id.int)
    )


def source(levels: Sequence[Level], quantity: Decimal, code: str | None) -> str:
    """Code of the location an order takes `quantity` from: the named one, else the first with enough free."""
    if code:
        return code
    others = [level for level in levels if level.code != MAIN]
    for level in by_preference(others):
        if level.on_hand - level.reserved >= quantity:
            return level.code
    return MAIN


def kit_stock(parts: Iterable[tuple[Decimal, int]]) -> Decimal:
    """How many kits can be put together from (free stock, needed per kit)."""
    whole = ((free / needed).to_integral_value(ROUND_FLOOR) for free, needed in parts)
    return min(whole, default=Decimal(0))
