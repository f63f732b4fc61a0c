"""What a run found, for programs and for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_HEAD = ("", "requests/s", "p50 ms", "p99 ms", "of bare", "hub us", "database us", "errors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One workload."""

    rps: float
    p50_ms: float
    p99_ms: float
    #: Requests/s as a part of those of the bare answer; None where none could be measured.
    ratio: float | None
    #: Microseconds of processor per request; None where it cannot be seen.
    server_cpu_us: float | None
    database_cpu_us: float | None
    errors: int

    def tree(self) -> dict[str, Any]:
        return {
            "rps": round(self.rps, 1),
            "p50_ms": round(self.p50_ms, 3),
            "p99_ms": round(self.p99_ms, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "server_cpu_us": None if self.server_cpu_us is None else round(self.server_cpu_us, 1),
            "database_cpu_us": None if self.database_cpu_us is None else round(self.database_cpu_us, 1),
            "errors": self.errors,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All workloads, one after the other, on one hub."""

    dialect: str
    #: None where there are more than one looked at.
    products: int
    #: None for a hub that was running already.
    processes: int | None
    clients: int
    #: Requests/s of a bare answer by the same server.
    bare: float | None
    workloads: dict[str, Result] = field(default_factory=dict)

    def tree(self) -> dict[str, Any]:
        return {
            "bare": {"rps": None if self.bare is None else round(self.bare, 1)},
            "workloads": {name: result.tree() for name, result in self.workloads.items()},
            "products": self.products,
            "processes": self.processes,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it was measured, and when."""

    date: str
    cores: int
    memory_gib: float
    #: None where the database is not ours to ask.
    postgresql: str | None
    driver: str

    def line(self) -> str:
        database = f"PostgreSQL {self.postgresql}" if self.postgresql else "a database elsewhere"
        return f"{self.date}, {self.cores} cores, {self.memory_gib:.0f} GiB, {database}, driven by {self.driver}"


def title(run: Run) -> str:
    many = "" if run.processes is None else f", {run.processes} {'process' if run.processes == 1 else 'processes'}"
    bare = "" if run.bare is None else f", bare answer {run.bare:,.0f}/s"
    clients = "1 client" if run.clients == 1 else f"{run.clients} clients"
    return f"{run.dialect}: {run.products:,} products{many}, {clients}{bare}"


def rows(run: Run) -> list[tuple[str, ...]]:
    return [_HEAD, *((name, *_cells(result)) for name, result in run.workloads.items())]


def _cells(result: Result) -> tuple[str, ...]:
    return (
        f"{result.rps:,.0f}",
        f"{result.p50_ms:.1f}",
        f"{result.p99_ms:.1f}",
        _or_dash(result.ratio, ".3f"),
        _or_dash(result.server_cpu_us, ".0f"),
        _or_dash(result.database_cpu_us, ".0f"),
        str(result.errors),
    )


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def table(runs: Sequence[Run], machine: Machine) -> list[str]:
    """For a terminal."""
    lines = [machine.line()]
    for run in runs:
        cells = rows(run)
        widths = [max(len(row[at]) for row in cells) for at in range(len(_HEAD))]
        lines += ["", title(run)]
        lines += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return lines


def markdown(runs: Sequence[Run], machine: Machine) -> list[str]:
    """For a page of the documentation."""
    lines = [f"Measured {machine.line()}."]
    for run in runs:
        head, *cells = rows(run)
        lines += ["", f"{title(run)}.", "", _row(("workload", *head[1:])), "|---" + "|---:" * (len(head) - 1) + "|"]
        lines += map(_row, cells)
    return lines


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
