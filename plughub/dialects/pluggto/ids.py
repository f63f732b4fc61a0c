"""Ids as this wire shows them: 24 lower-case hex digits, ordered by creation (S by example, D on layout)."""

from uuid import UUID

from plughub.core.errors import NotFound
from plughub.core.ids import from_hex24, hex24

spell = hex24


def read(text: str) -> UUID:
    """ValueError for what is no id of this hub."""
    return from_hex24(text.strip())


def in_path(text: str, kind: str) -> UUID:
    """An id in the path. Anything else is a record that is not there: some clients send "" or foreign ids."""
    try:
        return from_hex24(text)
    except ValueError:
        raise NotFound(kind, text) from None
