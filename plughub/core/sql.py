"""Putting statements together: values always travel as parameters."""

import re
from typing import Any


class Binder:
    """Collects parameters and gives their places: `bind(value)` -> `$3`."""

    def __init__(self, *values: Any) -> None:
        self.values: list[Any] = list(values)

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


_PATH = re.compile(r"[a-z_0-9]+(\.[a-z_0-9]+)*")


def inside(column: str, path: str, type: str = "text") -> str:
    """SQL of a value inside a json column, by its dotted path.

    Texts compare by their characters' numbers, as they do everywhere outside PostgreSQL.
    """
    if not _PATH.fullmatch(path) or not type.isalpha():
        raise ValueError(path)
    names = ", ".join(f"'{name}'" for name in path.split("."))
    value = f"json_extract_path_text({column}, {names})"
    return f'{value} COLLATE "C"' if type == "text" else f"{value}::{type}"
