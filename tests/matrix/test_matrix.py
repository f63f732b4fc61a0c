"""That no wire loses what another wrote: the quick part of the matrix, and that the tool sees a loss when there is one.

All of it, field by field, is `make matrix`; `make check` holds docs/conformance.md to what it finds.
"""

import re
from itertools import permutations

import pytest

from tests.matrix import report
from tests.matrix.__main__ import PAGE
from tests.matrix.catalogue import WIRES, runs
from tests.matrix.probe import Finding, glance, judge
from tests.matrix.states import Words, probe_states
from tests.matrix.wire import KEPT, NEEDED, differences


@pytest.mark.parametrize("run", runs(), ids=lambda run: f"{run[2]} of {run[0].name} by {run[1].name}")
async def test_a_record_with_every_field_is_sent_back_by_both_wires_and_stays(hub, http, address, run):
    assert (await glance(hub, http, address, *run)).lost == []


@pytest.mark.parametrize("pair", list(permutations(WIRES, 2)), ids=lambda pair: f"{pair[0].name} by {pair[1].name}")
async def test_an_order_in_each_state_is_sent_back_and_stays(hub, http, address, pair):
    assert (await probe_states(hub, http, address, *pair)).lost == []


def test_the_page_speaks_of_every_field_and_of_no_loss():
    page = PAGE.read_text()

    for writer, reader, noun in runs():
        section = page.split(f"## {noun.capitalize()} of {writer.title} seen by {reader.title}\n")[1].split("\n## ")[0]
        told = set(re.findall(r"`([^`]+)`", section.replace("\\|", "|")))
        asked = {one.name for one in writer.nouns[noun].fields if one.second is not NEEDED}
        assert asked <= told, f"{asked - told}: run `make matrix`"
    summary = page.split("## Summary\n")[1].split("\n## ")[0]
    assert {line.split("|")[-2].strip() for line in summary.strip().splitlines()[2:]} == {"0"}


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_a_field_is_described_once_and_has_two_values(wire):
    for noun, record in wire.nouns.items():
        names = [one.name for one in record.fields]
        assert len(names) == len(set(names)), noun
        assert all(one.second in (KEPT, NEEDED) or one.first != one.second for one in record.fields), noun


def found(writer: int, reader: int, **facts: object) -> Finding:
    finding = Finding(writer=WIRES[writer], reader=WIRES[reader], noun="products")
    for name, value in facts.items():
        setattr(finding, name, value)
    return finding


def test_a_field_that_another_one_moves_is_lost_unless_that_one_shows_it():
    suspect = [("ncm", "gtin"), ("ean", "gtin")]
    one = found(0, 1, suspects=suspect)
    back = found(1, 0, carried={"gtin": ["ean"]})

    judge([one, back])

    assert one.lost == ["`ncm` when Plugboard changes `gtin`"]
    assert report.lost([one, back], [Words(writer=WIRES[0], reader=WIRES[1], lost=["x"])]) == [
        "Plugg.to -> Plugboard, products: `ncm` when Plugboard changes `gtin`",
        "Plugg.to -> Plugboard, states: x",
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"a": 1}, {"a": 1}, set()),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, {"a.b"}),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, {"a[].b"}),
        ({"a": [1]}, {"a": [1, 2]}, {"a[] (new)"}),
        ({"a": [1, 2]}, {"a": [1]}, {"a[]"}),
        ({"0" * 32: {"b": 1}}, {"0" * 32: {"b": 2}}, {"{id}.b"}),
    ],
)
def test_differences_are_told_by_their_place(one, other, expected):
    assert differences(one, other) == expected
