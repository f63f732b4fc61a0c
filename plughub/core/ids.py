"""Ids: UUIDs of version 7 with 96 significant bits, so that shorter spellings are pure functions of them.

Layout of the 128 bits: 48 of unix milliseconds, 4 of version, 12 random, 2 of variant, 42 random, 20 zero.
A spelling of 24 hex digits is 32 bits of seconds, 10 of milliseconds and the 54 random bits: its first
eight digits are the unix time, and it sorts by creation.
"""

import os
import re
import secrets
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
ConnectionId = NewType("ConnectionId", UUID)
ProductId = NewType("ProductId", UUID)
VariantId = NewType("VariantId", UUID)
LocationId = NewType("LocationId", UUID)

_VERSION = 7 << 76
_VARIANT = 2 << 62
_MASK_12 = (1 << 12) - 1
_MASK_42 = (1 << 42) - 1
_MASK_54 = (1 << 54) - 1
_MASK_20 = (1 << 20) - 1

_24_DIGITS = re.compile(r"[0-9a-f]{24}")
_SOME_DIGITS = re.compile(r"[0-9a-f]{1,32}")
_32_DIGITS = re.compile(r"[0-9a-fA-F]{32}")


def new() -> UUID:
    return at(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(7)) & _MASK_54)


def of(moment: datetime) -> UUID:
    """A new id of another moment than now, for what is imported."""
    return at(int(moment.timestamp() * 1000), secrets.randbits(54))


def at(milliseconds: int, random: int) -> UUID:
    """The id of one moment (unix milliseconds) and 54 given bits."""
    return UUID(int=milliseconds << 80 | _VERSION | (random >> 42) << 64 | _VARIANT | (random & _MASK_42) << 20)


def milliseconds(id: UUID) -> int:
    return id.int >> 80


def moment(id: UUID) -> datetime:
    """When an id was made."""
    return datetime.fromtimestamp(milliseconds(id) / 1000, UTC)


def is_ours(id: UUID) -> bool:
    """Whether the id could have been made here: version 7, the right variant, nothing in the tail."""
    value = id.int
    return value >> 76 & 15 == 7 and value >> 62 & 3 == 2 and value & _MASK_20 == 0


@lru_cache(maxsize=65_536)
def hex24(id: UUID) -> str:
    value = id.int
    seconds, milli = divmod(value >> 80, 1000)
    random = (value >> 64 & _MASK_12) << 42 | value >> 20 & _MASK_42
    return f"{seconds << 64 | milli << 54 | random:024x}"


def from_hex24(text: str) -> UUID:
    """The id that `hex24` spells so. ValueError for anything that `hex24` never gives."""
    if _24_DIGITS.fullmatch(text) is None:
        raise ValueError("not 24 lower-case hex digits")
    value = int(text, 16)
    milli = value >> 54 & 1023
    if milli > 999:
        raise ValueError("not an id of this hub")
    return at((value >> 64) * 1000 + milli, value & _MASK_54)


def hex32(id: UUID) -> str:
    return id.hex


def from_hex32(text: str) -> UUID:
    """The id that `hex32` spells so; upper case is taken too."""
    if _32_DIGITS.fullmatch(text) is None:
        raise ValueError("not 32 hex digits")
    id = UUID(hex=text)
    if not is_ours(id):
        raise ValueError("not an id of this hub")
    return id


def spelled(text: str) -> UUID | None:
    """The id in any of its spellings; None for what is none."""
    for read in (from_hex24, from_hex32):
        try:
            return read(text.replace("-", ""))
        except ValueError:
            continue
    return None


def first_of(moment: datetime) -> UUID:
    """No id of this moment or later is smaller. Moments before 1970 count as its beginning."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def beginning(text: str) -> tuple[UUID, UUID]:
    """The smallest and the largest id that begins so; dashes do not count. ValueError where none can."""
    digits = text.replace("-", "").lower()
    if _SOME_DIGITS.fullmatch(digits) is None:
        raise ValueError("not hex digits")
    return UUID(hex=digits.ljust(32, "0")), UUID(hex=digits.ljust(32, "f"))
