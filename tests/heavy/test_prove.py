"""`plughub prove stock` finds nothing in this hub, and finds each defect that is planted in a copy of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import plughub
from tests import server, wait
from tests.journeys.hub import CLEAN, gone

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]

#: Seconds of work; with start and end it stays below a minute.
SECONDS = float(os.environ.get("PLUGHUB_TEST_SECONDS", "20"))

STORE, COMMANDS, POOL = "core/stock/store.py", "core/stock/commands.py", "db/pool.py"

_COMMIT = """            if error is None:
                await session._commit()
"""
#: In the API processes only: the proof itself has to get as far as its clients.
_COMMIT_LATE = """            if error is None and "_api" in __import__("sys").argv:
                async def late() -> None:
                    await asyncio.sleep(0.05)
                    await session._commit()
                    self._pool._check_in(session, None)

                globals().setdefault("_late", []).append(asyncio.ensure_future(late()))
                return
            if error is None:
                await session._commit()
"""

#: Defect -> (file, what stands there, what is put there instead, kinds of findings of which one has to come).
DEFECTS = {
    "promises are not guarded": (
        STORE,
        "WHERE l.on_hand - l.reserved < n.quantity\n",
        "WHERE l.on_hand - l.reserved < n.quantity AND n.quantity > 1000\n",
        {"books", "history"},
    ),
    "lowering is not guarded": (
        STORE,
        "AND {after} >= $8::numeric\n",
        "AND $8::numeric IS NOT NULL\n",
        {"books", "history"},
    ),
    "what is free is looked at before it is locked": (
        COMMANDS,
        "        await tx.run(store.LOCK, caller.tenant, list(told))\n",
        "",
        {"books", "history"},
    ),
    "products are locked in the other order": (
        STORE,
        "{_LOCKED},\nu AS (",
        '{_LOCKED.replace("ORDER BY id", "ORDER BY id DESC")},\nu AS (',
        {"deadlock"},
    ),
    "the answer goes out before the commit": (POOL, _COMMIT, _COMMIT_LATE, {"books", "history"}),
    "what is promised is counted from an old reading": (
        STORE,
        "SET reserved = x.reserved + n.quantity, revision",
        "SET reserved = (SELECT y.reserved FROM stock_levels y WHERE y.tenant_id = $1 AND y.id = x.id) + n.quantity,"
        " revision",
        {"books", "history"},
    ),
}


def proof(root: Path, save: Path, seed: int) -> tuple[int, dict]:
    """Exit code and report of the proof of the package in `root`."""
    command = [sys.executable, "-m", "plughub", "prove", "stock", "--json", "--seconds", f"{SECONDS:g}"]
    done = subprocess.run(
        [*command, "--seed", str(seed), "--save", str(save)],
        env=CLEAN | {"PYTHONPATH": str(root)},
        cwd=root,
        stdout=subprocess.PIPE,
        timeout=180,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


def test_nothing_is_found_in_this_hub(tmp_path: Path):
    code, report = proof(Path(plughub.__file__).parents[1], tmp_path, seed=1)

    assert (code, report["findings"]) == (0, [])
    assert report["histories"]["impossible"] == 0
    # A proof that hardly tried is none.
    assert report["histories"]["possible"] >= 18 * SECONDS / 4
    assert report["histories"]["undecided"] <= report["histories"]["possible"] / 20
    assert sum(outcomes.get("ok", 0) for outcomes in report["operations"].values()) > 40 * SECONDS
    assert sum(report["kills"].values()) >= SECONDS / 3


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found_within_a_minute(defect: str, tmp_path: Path):
    file, before, after, kinds = DEFECTS[defect]
    with server.folder() as root:
        shutil.copytree(Path(plughub.__file__).parent, root / "plughub", ignore=shutil.ignore_patterns("__pycache__"))
        text = (root / "plughub" / file).read_text()
        assert text.count(before) == 1, f"{file} has changed: the defect has to be planted anew"
        (root / "plughub" / file).write_text(text.replace(before, after))

        code, report = proof(root, tmp_path, seed=1)

    found = {finding["kind"] for finding in report["findings"]}
    assert code == 1
    assert found & kinds, report["findings"][:5]
    print(defect, {kind: sum(f["kind"] == kind for f in report["findings"]) for kind in found})


def test_a_proof_that_is_interrupted_leaves_nothing_behind(tmp_path: Path):
    words = tmp_path / "words"
    with server.folder() as folder:
        with words.open("w") as out:
            process = psutil.Popen(
                [sys.executable, "-m", "plughub", "prove", "stock", "--seconds", "60"],
                env=CLEAN | {"TMPDIR": str(folder)}, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=tmp_path,
            )  # fmt: skip
        wait.until(lambda: "operations" in words.read_text() or process.poll() is not None, seconds=60)
        tree = process.children(recursive=True)

        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=60) == 130, words.read_text()
        # The database, API processes, the worker and clients.
        assert len(tree) > 8
        wait.until(lambda: gone(tree), seconds=10)
        assert list(folder.iterdir()) == []
