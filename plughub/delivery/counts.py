"""What one worker has done since it started, for /metrics: the worker writes it down with its heartbeat."""

from collections import Counter, defaultdict

from plughub.core.webhooks import Sent, Style


class Counts:
    def __init__(self) -> None:
        #: (style, outcome) -> attempts. Outcomes: delivered, refused (an answer that is no success), unreachable.
        self.attempts: Counter[tuple[str, str]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def tried(self, style: Style, sent: Sent) -> None:
        self.attempts[style.name, _outcome(style, sent)] += 1
        self.seconds[style.name] += sent.seconds

    def written(self) -> dict[str, dict[str, float]]:
        """As it is kept: `{"attempts": {"pluggto delivered": 3}, "seconds": {"pluggto": 0.2}}`."""
        attempts: dict[str, float] = {f"{style} {outcome}": n for (style, outcome), n in self.attempts.items()}
        return {"attempts": attempts, "seconds": dict(self.seconds)}


def _outcome(style: Style, sent: Sent) -> str:
    if sent.status is None:
        return "unreachable"
    return "delivered" if style.is_success(sent.status) else "refused"
