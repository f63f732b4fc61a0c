"""Waiting for what happens in other processes: poll, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(claim: Callable[[], Found], *, seconds: float = 20) -> Found:
    """What `claim` returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := claim()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {seconds:g} s: {claim}")
        time.sleep(0.01)
    return found
