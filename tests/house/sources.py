"""The hub's own source files, read once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "plughub"


@cache
def modules() -> dict[str, ast.Module]:
    """Path below `plughub/` -> syntax tree."""
    return {file.relative_to(CODE).as_posix(): ast.parse(file.read_text()) for file in sorted(CODE.rglob("*.py"))}
