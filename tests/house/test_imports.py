"""The architecture as `.importlinter` has it, and what a file may do with its imports."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT, modules

_PGQUEUER = "the job engine costs 0.3 s and 14 MB, which only workers and the installation need to pay"
#: (file, imported module): why it is imported inside a function.
LATE = {
    ("app.py", "plughub.delivery"): _PGQUEUER,
    ("app.py", "plughub.delivery.engine"): _PGQUEUER,
    ("app.py", "plughub.delivery.work"): _PGQUEUER,
    ("cli/processes.py", "plughub"): "a command that starts no server need not load one",
}


def test_every_contract_is_kept():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_stand_at_the_top_of_the_file():
    found = {
        (name, module)
        for name, tree in modules().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for module in _imported(function)
    }

    assert found == LATE.keys() & found, f"imported inside functions: {sorted(found - LATE.keys())}"


def _imported(function: ast.AST) -> list[str]:
    named = [node.module or "" for node in ast.walk(function) if isinstance(node, ast.ImportFrom)]
    return named + [alias.name for node in ast.walk(function) if isinstance(node, ast.Import) for alias in node.names]


def test_only_start_up_knows_every_dialect():
    for name, tree in modules().items():
        if name == "app.py" or name.startswith("dialects/"):
            continue
        assert not [module for module in _imported(tree) if module.startswith("plughub.dialects.")], name
