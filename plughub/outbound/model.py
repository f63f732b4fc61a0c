"""What a caller gets: an answer, or the news that there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Reason = Literal["refused", "name", "connect", "tls", "timeout", "broken"]

#: A tenant sees these. A refusal and an unknown name read the same, so that nobody can ask the hub which names
#: there are in the network that it stands in.
_NOT_REACHABLE = "The address cannot be called: it is not known, or not on the public internet."
_TEXTS: Final[Mapping[Reason, str]] = {
    "refused": _NOT_REACHABLE,
    "name": _NOT_REACHABLE,
    "connect": "No connection to the address could be opened.",
    "tls": "No secure connection could be opened: the certificate or the encryption was not accepted.",
    "timeout": "The answer did not come in time.",
    "broken": "The answer could not be read: the connection ended early, or it was not HTTP.",
}


class NotSent(Exception):
    """No answer came. What was sent may still have arrived, unless the reason is refused, name, connect or tls."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_TEXTS[reason])
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    #: Lower-case names; several of one name are joined with a comma.
    headers: Mapping[str, str]
    #: As it was sent: not decompressed.
    body: bytes
    #: There was more than the limit.
    is_cut: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes. Asking the name service and connecting count towards the whole."""

    name: float = 2.0
    connect: float = 5.0
    whole: float = 20.0
    body: int = 64 * 1024
