"""Counterexamples: histories that no order explains, in files, and how people see them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from plughub.cli.errors import CommandError
from plughub.cli.prove import search
from plughub.cli.prove.model import Cell, Step
from plughub.cli.prove.search import Verdict


class Saved(Struct, kw_only=True):
    #: Tenant's code/SKU/location's code.
    level: str
    #: Of the run that found it. Which processes were how fast is not in it: another run differs.
    seed: int
    on_hand: int
    steps: list[Step]


def save(folder: Path, level: str, seed: int, steps: list[Step], cell: Cell) -> Path:
    name = "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in level)
    path = folder / f"plughub-prove-{seed}-{name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    tree = msgspec.json.encode(Saved(level=level, seed=seed, on_hand=cell.on_hand, steps=steps))
    path.write_bytes(msgspec.json.format(tree) + b"\n")
    return path


def load(path: Path) -> Saved:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Saved)
    except OSError as error:
        raise CommandError(f"The file {path} cannot be read: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise CommandError(f"The file {path} is not a history that `plughub prove stock` saved: {error}.") from error


def judged(history: Saved) -> tuple[Verdict, list[str]]:
    """Search it again; what to tell of it: its shortest beginning that cannot be, told in time."""
    first = Cell(history.on_hand)
    found = search.search(history.steps, first)
    if found.verdict is not Verdict.IMPOSSIBLE:
        return found.verdict, [f"{history.level}: {found.verdict} ({len(history.steps)} steps)"]
    steps = search.shortest(history.steps, first)
    return found.verdict, [
        f"{history.level} begins with {history.on_hand} on hand. No order of these {len(steps)} steps is possible;",
        "without the last answer there would be one. Times in milliseconds; ? is an answer that is not known.",
        *_told(steps),
    ]


def _told(steps: list[Step]) -> Iterator[str]:
    zero = min(step.start for step in steps)
    last = max((step.end for step in steps if step.end is not None), default=zero)
    for step in sorted(steps, key=lambda step: (step.end is None, step.end or step.start)):
        end = "?" if step.end is None else f"{(step.end - zero) * 1000:.1f}"
        mark = ">" if step.end == last else " "
        yield f"{mark} {(step.start - zero) * 1000:10.1f} to {end:>10}  {_words(step)}"


def _words(step: Step) -> str:
    seen = ", ".join(
        f"{name} {value}" for name in step.seen.__struct_fields__ if (value := getattr(step.seen, name)) is not None
    )
    parts = [
        f"{step.by}: {step.verb}",
        str(step.quantity) if step.quantity else "",
        f"for order {step.order}" if step.order else "",
        f"not below {step.floor}" if step.floor is not None else "",
        "REFUSED" if step.is_refused else "",
        f"-> {seen}" if seen else "",
    ]
    return " ".join(part for part in parts if part)
