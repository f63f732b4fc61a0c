"""What is known of one level's history, and what a level may do: the sequential model that histories are held to."""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct


class Verb(StrEnum):
    SET = "set"
    #: Makes a number what is free; what is promised stays promised on top of it.
    SET_FREE = "set free"
    INCREASE = "increase"
    DECREASE = "decrease"
    RESERVE = "reserve"
    SHIP = "ship"
    RELEASE = "release"
    READ = "read"


class Seen(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an answer said of a level; None where it said nothing."""

    on_hand: int | None = None
    reserved: int | None = None
    free: int | None = None


NOTHING = Seen()


class Step(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One operation as far as one level is concerned."""

    id: str
    #: Seconds of the machine's monotonic clock. `end` is None when nobody knows whether it happened.
    start: float
    end: float | None
    verb: Verb
    #: Of ship and release: what the order holds here.
    quantity: int = 0
    #: For reserve, ship and release.
    order: str = ""
    #: The level must not fall below it (None: no guard); for a reservation, what stays free.
    floor: int | None = None
    is_refused: bool = False
    seen: Seen = NOTHING
    #: A step of the same request that took effect before this one.
    follows: str = ""
    #: Who did it and how, for people.
    by: str = ""


class Cell(NamedTuple):
    """The state of one level."""

    on_hand: int
    #: Sum of what is held.
    reserved: int = 0
    #: (order, quantity) of what is promised.
    held: frozenset[tuple[str, int]] = frozenset()

    def shows(self, seen: Seen) -> bool:
        return seen is NOTHING or (
            seen.on_hand in (None, self.on_hand)
            and seen.reserved in (None, self.reserved)
            and seen.free in (None, self.on_hand - self.reserved)
        )


def after(cell: Cell, step: Step) -> Cell | None:
    """The level after a step that ended as this one did; None when it cannot have ended so on this level."""
    match step.verb:
        case Verb.READ:
            return cell if cell.shows(step.seen) else None
        case Verb.RESERVE:
            return _reserved(cell, step)
        case Verb.SHIP | Verb.RELEASE:
            return _settled(cell, step)
        case _:
            return _changed(cell, step)


def _changed(cell: Cell, step: Step) -> Cell | None:
    level = _level(cell, step)
    # What stays as it is is not asked for permission.
    is_allowed = step.floor is None or level >= step.floor or level == cell.on_hand
    if step.is_refused:
        return cell if not is_allowed and cell.shows(step.seen) else None
    changed = cell._replace(on_hand=level)
    return changed if is_allowed and changed.shows(step.seen) else None


def _level(cell: Cell, step: Step) -> int:
    match step.verb:
        case Verb.INCREASE:
            return cell.on_hand + step.quantity
        case Verb.DECREASE:
            return cell.on_hand - step.quantity
        case Verb.SET_FREE:
            return step.quantity + cell.reserved
        case _:
            return step.quantity


def _reserved(cell: Cell, step: Step) -> Cell | None:
    is_short = step.floor is not None and cell.on_hand - cell.reserved - step.quantity < step.floor
    if step.is_refused:
        return cell if is_short and cell.shows(step.seen) else None
    if is_short:
        return None
    return Cell(cell.on_hand, cell.reserved + step.quantity, cell.held | {(step.order, step.quantity)})


def _settled(cell: Cell, step: Step) -> Cell | None:
    """An order that holds nothing any more is refused, or nothing happens; one that does is never refused."""
    promise = (step.order, step.quantity)
    if promise not in cell.held:
        return cell
    if step.is_refused:
        return None
    leaving = step.quantity if step.verb is Verb.SHIP else 0
    return Cell(cell.on_hand - leaving, cell.reserved - step.quantity, cell.held - {promise})
