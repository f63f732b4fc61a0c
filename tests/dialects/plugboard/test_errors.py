"""The catalogue of errors: what the code can refuse with is listed there, and under one number each."""

import ast
import inspect
import pkgutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module

from plughub.dialects import plugboard
from plughub.dialects.plugboard.catalogue import ERRORS, listing
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.routes import RESOURCES

#: What refuses -> where among its arguments the name stands.
REFUSALS = {"Wrong": 0, "_reply": 0, "Bad": 2}


def raised() -> Iterator[str]:
    """The names in the source of this dialect."""
    for module in pkgutil.iter_modules(plugboard.__path__, f"{plugboard.__name__}."):
        for node in ast.walk(ast.parse(inspect.getsource(import_module(module.name)))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                given = [
                    *node.args[REFUSALS[node.func.id] :][:1],
                    *(k.value for k in node.keywords if k.arg == "error"),
                ]
                # Those that are put together are asked for below.
                leaves = (leaf for one in given if not isinstance(one, ast.JoinedStr) for leaf in ast.walk(one))
                yield from (leaf.value for leaf in leaves if isinstance(leaf, ast.Constant))


def test_every_error_that_is_raised_is_listed():
    names = {name for name in raised() if name and name[:1].isupper() and " " not in name}

    assert {"ReferenceUnknown", "NoSuchRemoteId", "RecordInUse", "FieldEnum", "NotPermitted"} <= names
    assert names | {Bad("", "").error} <= ERRORS.keys()


def test_every_record_type_has_a_number_for_a_field_that_cannot_be_ordered_by():
    assert {f"{resource.name}FieldNotSortable" for resource in RESOURCES} <= ERRORS.keys()


def test_a_number_means_one_thing():
    rows = listing()
    assert max(Counter(row["subCode"] for row in rows).values()) == 1
    assert max(Counter(row["class"] for row in rows).values()) == 1
    status = {(row["code"], row["httpStatus"]) for row in rows}
    assert max(Counter(code for code, _ in status).values()) == 1
