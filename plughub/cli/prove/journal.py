"""Journals: what each client asked for and was answered, written down line by line as it happens.

A line is written before a request leaves and another when its answer is there, so that of a client that was killed
it is known what it had begun. Other clients read along: that is how they learn of each other's orders.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from plughub.cli.prove.model import Seen, Step, Verb


class Outcome(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    #: Nobody knows whether it happened: there was no answer, or one that says so.
    UNKNOWN = "unknown"
    #: The answer cannot be right, whatever happened.
    WRONG = "wrong"


class Asked(Struct, frozen=True, omit_defaults=True, kw_only=True, tag="asked"):
    id: str
    at: float
    #: "core", "pluggto" or "plugboard".
    way: str
    #: For the summary: reserve, cancel, return, import ...
    kind: str
    verb: Verb
    #: Tenant's code/SKU/location's code -> quantity.
    cells: dict[str, int]
    floor: int | None = None
    #: The order, by its number at the channel.
    order: str = ""


class Answered(Struct, frozen=True, omit_defaults=True, kw_only=True, tag="answered"):
    id: str
    at: float
    outcome: Outcome
    #: What it said of levels. Of a refused reservation: the level that was short.
    seen: dict[str, Seen] = {}
    #: What is shown may be newer than the change.
    is_later: bool = False
    #: Id of the new order.
    made: str = ""
    #: What was wrong.
    words: str = ""


Line = Asked | Answered

_decoder = msgspec.json.Decoder(Line)


class Journal:
    """Written by one client."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def add(self, line: Line) -> None:
        # What the file system has got outlives the process.
        with self._path.open("ab", buffering=0) as out:
            out.write(msgspec.json.encode(line) + b"\n")


class Reader:
    """Follows one journal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def more(self) -> Iterator[Line]:
        """What was added since."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            # The last line may be half written.
            whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        for line in whole.splitlines():
            yield _decoder.decode(line)


def now() -> float:
    """The clock that all processes of this machine share."""
    return time.monotonic()


def pairs(lines: Iterable[Line]) -> list[tuple[Asked, Answered | None]]:
    """Each request with its answer."""
    asked: dict[str, Asked] = {}
    answered: dict[str, Answered] = {}
    for line in lines:
        if isinstance(line, Asked):
            asked[line.id] = line
        else:
            answered[line.id] = line
    return [(each, answered.get(id)) for id, each in asked.items()]


def histories(requests: Iterable[tuple[Asked, Answered | None]]) -> dict[str, list[Step]]:
    """Level -> its steps."""
    found: dict[str, list[Step]] = defaultdict(list)
    for asked, answered in requests:
        for cell, quantity in asked.cells.items():
            found[cell] += _steps(asked, answered, cell, quantity)
    return dict(found)


def _steps(asked: Asked, answered: Answered | None, cell: str, quantity: int) -> Iterator[Step]:
    outcome = answered.outcome if answered else Outcome.UNKNOWN
    seen = answered.seen.get(cell, Seen()) if answered else Seen()
    is_refused = outcome is Outcome.REFUSED
    if is_refused and asked.verb is Verb.RESERVE and answered and cell not in answered.seen:
        return  # another of its levels was short
    if outcome is Outcome.WRONG or (asked.verb is Verb.READ and outcome is not Outcome.OK):
        return
    is_later = answered is not None and answered.is_later and not is_refused
    step = Step(
        id=asked.id,
        start=asked.at,
        end=answered.at if answered and outcome is not Outcome.UNKNOWN else None,
        verb=asked.verb,
        quantity=quantity,
        order=asked.order,
        floor=asked.floor,
        is_refused=is_refused,
        seen=Seen() if is_later else seen,
        by=f"{asked.way} {asked.kind}",
    )
    yield step
    if is_later and seen != Seen():
        yield Step(
            id=f"{step.id}+",
            start=step.start,
            end=step.end,
            verb=Verb.READ,
            seen=seen,
            follows=step.id,
            by=f"{step.by}, what it showed",
        )
