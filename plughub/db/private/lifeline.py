"""A child process that does not outlive its parent."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

#: From <linux/prctl.h>.
PR_SET_PDEATHSIG = 1


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets `number` when we die, however we die.

    On Linux only. The kernel sends it when the *thread* that forked ends, hence the check. A change of
    user in the child takes the request back, but `subprocess` changes the user before it calls us.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("processes are started from the main thread")
    if sys.platform != "linux":
        return _nothing
    # Loaded before the fork: the child must not take a lock that another thread may hold.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it died before we asked

    return tie


def _nothing() -> None:
    """Elsewhere a killed parent leaves its children; the next start joins the server that it left."""
