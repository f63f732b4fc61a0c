"""Stored files in a backup. What the last backup already holds is linked, not copied: a stored file never changes."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

#: In the data folder and in a backup.
FOLDER = "files"


def copy(source: Path, target: Path, *, before: Iterable[Path] = ()) -> int:
    """How many files were copied or linked. Hidden files, which are still being written, are left out."""
    count = 0
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        into = target / Path(folder).relative_to(source)
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            file = Path(folder) / name
            if name.startswith(".") or file.is_symlink():
                continue
            count += _one(file, into / name, [place / file.relative_to(source) for place in before])
    return count


def _one(file: Path, target: Path, earlier: list[Path]) -> bool:
    try:
        if not any(_linked(file, other, target) for other in earlier):
            shutil.copy2(file, target)
    except FileNotFoundError:
        return False  # deleted since it was listed
    return True


def _linked(file: Path, other: Path, target: Path) -> bool:
    """Whether `other` is the same file as an earlier backup has it, by size and time."""
    try:
        now, then = file.stat(), other.stat()
        if (now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns):
            return False
        os.link(other, target)
    except OSError:
        return False  # not in that backup, or a file system without links
    return True
