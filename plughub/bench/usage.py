"""What processes have used of the processors, from `/proc`; nothing where there is none."""

import os
from collections.abc import Sequence
from pathlib import Path

_PROC = Path("/proc")
_TICK = 1_000_000 // os.sysconf("SC_CLK_TCK")


def of(processes: Sequence[int]) -> int | None:
    """Microseconds of these processes since they started."""
    return _summed([_fields(pid, 11, 13) for pid in processes])


def of_tree(parent: int | None) -> int | None:
    """Microseconds of a process and its children, those that have ended included."""
    if parent is None:
        return None
    return _summed([_fields(parent, 11, 15), *(_fields(pid, 11, 13) for pid in _children(parent))])


def _summed(found: Sequence[int | None]) -> int | None:
    known = [one for one in found if one is not None]
    return sum(known) * _TICK if known else None


def _fields(pid: int, first: int, end: int) -> int | None:
    try:
        # The name stands in brackets and may hold anything.
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return sum(map(int, fields[first:end]))


def _children(parent: int) -> list[int]:
    found = []
    for folder in _PROC.glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(folder.name))
    return found
