"""Is there an order of these steps that the level could have gone through? Wing and Gong's search, Lowe's memory.

Each step took effect at one moment between its request and its answer. A step without an answer may have taken
effect at any later moment, or never. Levels are independent, so each is searched by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from msgspec.structs import replace

from plughub.cli.prove.model import Cell, Step, Verb, after

#: States that are looked at before a search gives up.
PATIENCE = 20_000


class Verdict(StrEnum):
    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"
    #: The search gave up.
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    verdict: Verdict
    #: An order that works, of those steps that took effect.
    order: tuple[Step, ...] = ()
    #: States looked at.
    states: int = 0


def search(steps: Sequence[Step], cell: Cell, *, patience: int = PATIENCE) -> Found:
    """Look for an order of `steps` that starts at `cell`."""
    steps = sorted(steps, key=lambda step: step.start)
    places = {step.id: place for place, step in enumerate(steps)}
    needed = sum(1 << place for place, step in enumerate(steps) if step.end is not None)
    before = [1 << places[step.follows] if step.follows in places else 0 for step in steps]
    seen = {(0, cell)}
    done, path = 0, list[int]()
    branches = [_next(steps, before, 0, cell)]
    while branches:
        if done & needed == needed:
            return Found(verdict=Verdict.POSSIBLE, order=tuple(steps[at] for at in path), states=len(seen))
        if len(seen) > patience:
            return Found(verdict=Verdict.UNDECIDED, states=len(seen))
        found = next(((at, state) for at, state in branches[-1] if (done | 1 << at, state) not in seen), None)
        if found is None:
            branches.pop()
            if path:
                done &= ~(1 << path.pop())
            continue
        at, state = found
        done |= 1 << at
        seen.add((done, state))
        path.append(at)
        branches.append(_next(steps, before, done, state))
    return Found(verdict=Verdict.IMPOSSIBLE, states=len(seen))


def _next(steps: Sequence[Step], before: Sequence[int], done: int, cell: Cell) -> Iterator[tuple[int, Cell]]:
    """Steps that may come next, and what they lead to: none that began after another had been answered.

    Those that were answered come first, in the order of their answers: most often that is how it was. One that never
    changes anything and may come now comes at once: whatever follows would be the same without it.
    """
    soonest, may = inf, list[int]()
    # From the first that is not done.
    for at in range((~done & done + 1).bit_length() - 1, len(steps)):
        if done >> at & 1:
            continue
        if steps[at].start > soonest:
            break
        soonest = min(soonest, _end(steps[at]))
        may.append(at)
    found = list[tuple[int, Cell]]()
    for at in sorted(may, key=lambda at: _end(steps[at])):
        # The soonest answer may have been met only after this one was taken in.
        if steps[at].start > soonest or before[at] & ~done:
            continue
        state = after(cell, steps[at])
        if state is not None and (steps[at].verb is Verb.READ or steps[at].is_refused):
            return iter([(at, cell)])
        # Of those without an answer, one that would change nothing might as well not have happened.
        if state is not None and (state != cell or steps[at].end is not None):
            found.append((at, state))
    return iter(found)


def _end(step: Step) -> float:
    return inf if step.end is None else step.end


def shortest(steps: Sequence[Step], cell: Cell) -> list[Step]:
    """The beginning of an impossible history that is impossible by itself: without its last answer it were not."""
    ends = sorted(step.end for step in steps if step.end is not None)
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if search(until(steps, ends[middle]), cell).verdict is Verdict.IMPOSSIBLE:
            high = middle
        else:
            low = middle + 1
    return until(steps, ends[high])


def until(steps: Sequence[Step], moment: float) -> list[Step]:
    """The history as it was known then."""
    begun = [step for step in steps if step.start <= moment]
    return [step if step.end is not None and step.end <= moment else _open(step) for step in begun]


def _open(step: Step) -> Step:
    """A step whose answer is still to come, and says nothing yet."""
    return replace(step, end=None, seen=type(step.seen)(), is_refused=False)
