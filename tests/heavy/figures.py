"""What was measured, in a line."""

from collections.abc import Sequence
from math import ceil


def share(values: Sequence[float], of: float) -> float:
    """The value that this share of all does not exceed: 0.95 gives p95."""
    assert values, "nothing was measured"
    return sorted(values)[max(0, ceil(of * len(values)) - 1)]


def tell(what: str, seconds: Sequence[float]) -> None:
    marks = ", ".join(f"p{of * 100:g} {share(seconds, of):.3f} s" for of in (0.5, 0.95, 0.99))
    print(f"\n{what}: {len(seconds)} measured, {marks}, longest {max(seconds):.3f} s", flush=True)
