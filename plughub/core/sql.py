"""Putting statements together: values always travel as parameters."""

from typing import Any


class Binder:
    """Collects parameters and gives their places: `bind(value)` -> `$3`."""

    def __init__(self, *values: Any) -> None:
        self.values: list[Any] = list(values)

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"
