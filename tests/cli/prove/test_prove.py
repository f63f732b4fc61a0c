"""The command itself: a short proof, what it leaves behind, and how a counterexample is shown."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plughub import __main__ as command_line
from plughub.cli.prove import saved
from plughub.cli.prove.journal import Answered, Asked, Journal, Outcome, Reader, histories, pairs
from plughub.cli.prove.model import Cell, Seen, Step, Verb
from tests import server
from tests.journeys.hub import CLEAN


def test_a_short_proof_finds_nothing_and_leaves_nothing_behind():
    with server.folder() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "plughub", "prove", "stock", "--seconds", "1.5", "--seed", "7", "--processes", "2",
             "--save", str(folder), "--json"],
            env=CLEAN | {"TMPDIR": str(folder)}, capture_output=True, timeout=60, check=False, text=True,
        )  # fmt: skip
        left = list(folder.iterdir())

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["ok"], report["findings"], report["seed"]) == (True, [], 7)
    assert report["histories"]["possible"] > 0
    assert report["histories"]["impossible"] == 0
    assert {name.split()[0] for name in report["operations"]} == {"core", "pluggto", "plugboard"}
    assert left == []


def step(id: str, start: float, end: float | None, verb: Verb, **rest: object) -> Step:
    return Step(id=id, start=start, end=end, verb=verb, by="core", **rest)


SOLD_TWICE = [
    step("1", 1.0, 1.5, Verb.RESERVE, quantity=5, order="a", floor=0),
    step("2", 1.2, 1.8, Verb.RESERVE, quantity=5, order="b", floor=0),
    step("3", 2.0, 2.1, Verb.READ, seen=Seen(on_hand=8)),
]


def test_a_counterexample_is_shown_up_to_the_answer_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture):
    file = saved.save(tmp_path, "first/1-A/$main", 7, SOLD_TWICE, Cell(8))

    code = command_line.main(["prove", "history", str(file)])

    assert code == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("first/1-A/$main begins with 8 on hand. No order of these 2 steps is possible")
    assert [" ".join(line.split()) for line in said[2:]] == [
        "0.0 to 500.0 core: reserve 5 for order a not below 0",
        "> 200.0 to 800.0 core: reserve 5 for order b not below 0",
    ]


def test_a_history_that_has_an_order_is_none(tmp_path: Path, capsys: pytest.CaptureFixture):
    file = saved.save(tmp_path, "first/1-A/$main", 7, SOLD_TWICE[:1], Cell(8))

    assert command_line.main(["prove", "history", str(file)]) == 0
    assert capsys.readouterr().out == "first/1-A/$main: possible (1 steps)\n"


@pytest.mark.parametrize("content", [None, b"{}", b"not JSON"])
def test_a_file_that_is_no_history_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture, content: bytes | None):
    file = tmp_path / "file.json"
    if content is not None:
        file.write_bytes(content)

    assert command_line.main(["prove", "history", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--seconds=0", "--seconds=-1", "--seconds=soon", "--processes=0", "--processes=99"])
def test_what_cannot_be_run_is_refused(option: str, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as refused:
        command_line.main(["prove", "stock", option])

    assert refused.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err


def asked(id: str, at: float, verb: Verb, cells: dict[str, int], **rest: object) -> Asked:
    return Asked(id=id, at=at, way="core", kind=verb.value, verb=verb, cells=cells, **rest)


def test_a_journal_tells_what_was_begun_even_when_its_last_line_is_torn(tmp_path: Path):
    file = tmp_path / "journal"
    journal, reader = Journal(file), Reader(file)
    lines = [
        asked("1", 1, Verb.INCREASE, {"A": 2}),
        Answered(id="1", at=2, outcome=Outcome.OK, seen={"A": Seen(on_hand=10)}),
        asked("2", 3, Verb.SET, {"A": 4}),
    ]
    for line in lines:
        journal.add(line)
    with file.open("ab") as out:
        out.write(b'{"type":"answered","id":"2",')

    assert list(reader.more()) == lines
    assert histories(pairs(lines)) == {
        "A": [
            Step(id="1", start=1, end=2, verb=Verb.INCREASE, quantity=2, seen=Seen(on_hand=10), by="core increase"),
            Step(id="2", start=3, end=None, verb=Verb.SET, quantity=4, by="core set"),
        ]
    }
    # The rest of the line comes later.
    with file.open("ab") as out:
        out.write(b'"at":4,"outcome":"unknown"}\n')
    assert list(reader.more()) == [Answered(id="2", at=4, outcome=Outcome.UNKNOWN)]


def test_an_order_that_was_refused_tells_only_of_the_level_that_was_short():
    lines = [
        asked("1", 1, Verb.RESERVE, {"A": 2, "B": 3}, order="a", floor=0),
        Answered(id="1", at=2, outcome=Outcome.REFUSED, seen={"B": Seen(free=2)}),
    ]

    found = histories(pairs(lines))

    assert found["A"] == []
    assert [(each.is_refused, each.quantity, each.seen.free) for each in found["B"]] == [(True, 3, 2)]


def test_what_a_wire_shows_after_its_change_is_a_reading_that_follows_it():
    lines = [
        asked("1", 1, Verb.INCREASE, {"A": 2}),
        Answered(id="1", at=2, outcome=Outcome.OK, seen={"A": Seen(on_hand=10)}, is_later=True),
    ]

    change, reading = histories(pairs(lines))["A"]

    assert (change.seen, change.end) == (Seen(), 2)
    assert (reading.verb, reading.follows, reading.seen) == (Verb.READ, change.id, Seen(on_hand=10))
