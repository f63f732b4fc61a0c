"""What a proof tried and found, for people and for programs."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from plughub.cli.prove.journal import Answered, Asked, Outcome
from plughub.cli.prove.search import Found, Verdict

#: Findings of one kind that people are shown.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Finding:
    #: "answer", "books", "client", "deadlock" or "history".
    kind: str
    words: str
    #: Where the counterexample is.
    file: str | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    seed: int
    seconds: float
    #: What was killed -> how often.
    kills: dict[str, int]
    findings: list[Finding] = field(default_factory=list)
    #: Way and kind ("core reserve") -> outcome -> how often.
    operations: dict[str, Counter[str]] = field(default_factory=dict)
    #: Verdict -> histories.
    histories: Counter[str] = field(default_factory=Counter)
    longest_history: int = 0
    levels: int = 0
    movements: int = 0
    orders: int = 0

    @property
    def done(self) -> int:
        return sum(outcomes.total() for outcomes in self.operations.values())

    def count(self, requests: list[tuple[Asked, Answered | None]]) -> None:
        for asked, answered in requests:
            outcome = answered.outcome if answered else Outcome.UNKNOWN
            self.operations.setdefault(f"{asked.way} {asked.kind}", Counter())[outcome.value] += 1

    def searched(self, found: Found, steps: int) -> None:
        self.histories[found.verdict.value] += 1
        self.longest_history = max(self.longest_history, steps)

    def find(self, kind: str, words: str, file: str | None = None) -> None:
        self.findings.append(Finding(kind, words, file))

    def tree(self) -> dict[str, Any]:
        """The form for programs; it stays the same."""
        return {
            "ok": not self.findings,
            "seed": self.seed,
            "seconds": self.seconds,
            "operations": {name: dict(outcomes) for name, outcomes in sorted(self.operations.items())},
            "kills": self.kills,
            "levels": self.levels,
            "movements": self.movements,
            "orders": self.orders,
            "histories": {verdict.value: self.histories[verdict.value] for verdict in Verdict},
            "longest_history": self.longest_history,
            "findings": [{"kind": each.kind, "words": each.words, "file": each.file} for each in self.findings],
        }

    def lines(self) -> list[str]:
        words = [outcome.value for outcome in Outcome]
        table = [f"{'':22}" + "".join(f"{word:>9}" for word in words)]
        table += [
            f"{name:22}" + "".join(f"{outcomes[word]:9}" for word in words)
            for name, outcomes in sorted(self.operations.items())
        ]
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items())) or "nothing"
        searched = ", ".join(f"{self.histories[verdict.value]} {verdict.value}" for verdict in Verdict)
        return [
            f"{self.done} operations in {self.seconds:g} s, seed {self.seed}:",
            *table,
            f"Killed: {kills}.",
            f"Books: {self.levels} levels, {self.movements} movements, {self.orders} orders.",
            f"Histories: {searched}; the longest has {self.longest_history} steps.",
            *self._found(),
        ]

    def _found(self) -> list[str]:
        if not self.findings:
            return ["Nothing was found."]
        told = [f"FOUND {len(self.findings)}:"]
        for kind, count in Counter(each.kind for each in self.findings).items():
            some = [each for each in self.findings if each.kind == kind][:_SHOWN]
            told += [f"  {kind}: {each.words}" + (f"; saved in {each.file}" if each.file else "") for each in some]
            if count > _SHOWN:
                told.append(f"  {kind}: and {count - _SHOWN} more; --json has all")
        if any(each.file for each in self.findings):
            told.append("See one with `plughub prove history FILE`.")
        return told
