"""Ids as this wire shows them: 24 lower-case hex digits, ordered by creation (S by example, D on layout)."""

import re
from uuid import UUID

from plughub.core.errors import NotFound
from plughub.core.ids import at, from_hex24, hex24

spell = hex24

_WELL_FORMED = re.compile("[0-9a-f]{24}")


def read(text: str) -> UUID:
    """ValueError for what is no id of this hub."""
    return from_hex24(text.strip())


def position(text: str) -> UUID:
    """The place of any 24 hex digits in the order of ids, also of an id that was made elsewhere. ValueError else."""
    text = text.lower()
    if not _WELL_FORMED.fullmatch(text):
        raise ValueError("not 24 hex digits")
    try:
        return from_hex24(text)
    except ValueError:
        # The bits that hold our milliseconds say more than 999 there: after all of that second's.
        return at(int(text[:8], 16) * 1000 + 999, (1 << 54) - 1)


def in_path(text: str, kind: str) -> UUID:
    """An id in the path. Anything else is a record that is not there: some clients send "" or foreign ids."""
    try:
        return from_hex24(text)
    except ValueError:
        raise NotFound(kind, text) from None
