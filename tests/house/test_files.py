"""What every file of the hub keeps to."""

import ast
import re

import pytest

from tests.house.sources import CODE, ROOT, modules

#: Files of an area whose name says what they hold (style, section 2): more would repeat it.
SPEAK_FOR_THEMSELVES = {"model.py", "rules.py", "queries.py", "commands.py", "store.py"}


def test_every_module_says_what_lives_in_it():
    silent = {name for name, tree in modules().items() if tree.body and not ast.get_docstring(tree)}

    assert {name for name in silent if not _speaks_for_itself(name)} == set()


def _speaks_for_itself(name: str) -> bool:
    way = name.split("/")
    return way[0] == "core" and len(way) == 3 and way[2] in SPEAK_FOR_THEMSELVES


def test_only_the_command_line_prints():
    for name, tree in modules().items():
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if not name.startswith("cli/"):
            assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"], name


def test_nothing_that_is_served_is_minified_or_fetched_from_elsewhere():
    ours = (file for file in CODE.rglob("*") if "vendor" not in file.parts)
    for file in (file for file in ours if file.suffix in (".js", ".css", ".html")):
        text = file.read_text()
        assert ".min." not in file.name
        assert max(map(len, text.splitlines()), default=0) <= 400, file
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?https?:""", text), file


#: Path below the project -> longest it may be, for files that outgrew 400 lines with a reason.
LONG: dict[str, int] = {}


def test_a_file_fits_in_the_head():
    for name in modules():
        length = len((CODE / name).read_text().splitlines())
        assert length <= LONG.get(name, 400), f"{name} has {length} lines"


@pytest.mark.parametrize("folder", ["plughub", "tests", "scripts", "docs"])
def test_no_file_names_a_machine_or_a_person(folder: str):
    for file in (ROOT / folder).rglob("*"):
        if file.suffix in (".py", ".sql", ".html", ".md", ".toml") and file.name != "test_files.py":
            found = re.search(r"/(?:home|Users|work|root)/[a-z]|\bTODO\b(?!\()|\bXXX\b|\bFIXME\b", file.read_text())
            assert found is None, f"{file}: {found}"


def test_secrets_are_compared_in_constant_time_and_made_by_the_right_generator():
    for name, tree in modules().items():
        if name.startswith("web/serve"):
            continue  # a pause between two tries is no secret
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names)), name
