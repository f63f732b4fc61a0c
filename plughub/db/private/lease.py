"""Whether the process that started the server still lives: it holds a lock that dies with it.

A server whose starter was killed is about to stop, and must not be joined any more.
"""

import fcntl
import os
from pathlib import Path

from .accounts import Account


def take(home: Path, account: Account) -> int:
    """Hold the lease of a server about to start; closing the file gives it back."""
    file = home / "lease"
    # A new file each time: who started an earlier server may still hold that one's.
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    account.give(file)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def is_held(home: Path) -> bool:
    try:
        handle = os.open(home / "lease", os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
