"""The search for an order says what trying every order says."""

from itertools import combinations, permutations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from plughub.cli.prove.model import Cell, Seen, Step, Verb, after
from plughub.cli.prove.search import Verdict, search, shortest, until

#: What each order of the tiny histories holds.
HELD = {"x": 1, "y": 2}
FIRST = Cell(2)

few = st.integers(0, 3)
amounts = st.sampled_from([Verb.SET, Verb.SET_FREE, Verb.INCREASE, Verb.DECREASE])
floors = st.none() | st.just(0)
deeds = st.one_of(
    st.builds(dict, verb=amounts, quantity=few, floor=floors),
    st.builds(dict, verb=st.sampled_from([Verb.SHIP, Verb.RELEASE]), order=st.sampled_from(list(HELD))),
    st.just({"verb": Verb.READ}),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Steps that a level really went through, most of them; then perhaps one answer is another than it was."""
    reserves = draw(st.lists(st.builds(dict, verb=st.just(Verb.RESERVE), order=st.sampled_from(list(HELD)),
                                       floor=floors), unique_by=lambda deed: deed["order"], max_size=2))  # fmt: skip
    asked = draw(st.permutations([*draw(st.lists(deeds, max_size=4)), *reserves]))
    cell, moment, steps = FIRST, 0.0, list[Step]()
    for number, deed in enumerate(asked):
        before, later = draw(st.integers(0, 3)), draw(st.none() | st.integers(0, 3))
        moment += 1
        quantity = HELD.get(deed.get("order", ""), deed.get("quantity", 0))
        step = Step(
            id=str(number),
            start=moment - before - 0.01 * number,
            end=None if later is None else moment + later + 0.01 * number,
            **{**deed, "quantity": quantity},
        )
        reached = after(cell, step)
        if reached is None:
            step = replace(step, is_refused=True)
        elif step.end is not None or draw(st.booleans()):
            cell = reached
        if step.end is not None and draw(st.booleans()):
            seen = {"on_hand": cell.on_hand, "reserved": cell.reserved, "free": cell.on_hand - cell.reserved}
            shown = draw(st.sampled_from(list(seen)))
            if step.verb not in (Verb.SHIP, Verb.RELEASE):
                step = replace(step, seen=Seen(**{shown: seen[shown] + draw(st.sampled_from([0, 0, 1]))}))
        if step.end is not None or not step.is_refused:
            steps.append(step)
    return draw(st.permutations(steps))


def is_possible(steps: list[Step], cell: Cell) -> bool:
    """By trying every order of every choice of those that were not answered."""
    sure = [step for step in steps if step.end is not None]
    unsure = [step for step in steps if step.end is None]
    return any(
        _works(order, cell)
        for count in range(len(unsure) + 1)
        for some in combinations(unsure, count)
        for order in permutations([*sure, *some])
    )


def _works(order: tuple[Step, ...], cell: Cell | None) -> bool:
    done: set[str] = set()
    for at, step in enumerate(order):
        if any(other.end is not None and other.end < step.start for other in order[at + 1 :]):
            return False
        if step.follows and step.follows not in done:
            return False
        done.add(step.id)
        cell = after(cell, step)
        if cell is None:
            return False
    return True


@settings(max_examples=300, deadline=None)
@given(steps=histories())
def test_the_search_finds_an_order_where_there_is_one(steps: list[Step]):
    found = search(steps, FIRST)

    event(found.verdict)
    assert found.verdict is (Verdict.POSSIBLE if is_possible(steps, FIRST) else Verdict.IMPOSSIBLE)


@settings(max_examples=60, deadline=None)
@given(steps=histories())
def test_an_order_that_is_found_works(steps: list[Step]):
    found = search(steps, FIRST)

    if found.verdict is Verdict.POSSIBLE:
        assert _works(found.order, FIRST)
        # Those that were answered are all in it.
        assert {step.id for step in steps if step.end is not None} <= {step.id for step in found.order}


@settings(max_examples=60, deadline=None)
@given(steps=histories())
def test_the_shortest_beginning_is_possible_without_its_last_answer(steps: list[Step]):
    if search(steps, FIRST).verdict is not Verdict.IMPOSSIBLE:
        return

    beginning = shortest(steps, FIRST)

    assert search(beginning, FIRST).verdict is Verdict.IMPOSSIBLE
    last = max(step.end for step in beginning if step.end is not None)
    before = max((step.end for step in beginning if step.end is not None and step.end < last), default=-99.0)
    assert search(until(steps, before), FIRST).verdict is Verdict.POSSIBLE


def step(id: str, start: float, end: float | None, verb: Verb, **rest: object) -> Step:
    return Step(id=id, start=start, end=end, verb=verb, **rest)


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        # It began when the first had been answered: two times five are more than eight.
        ((3, 4), Verdict.IMPOSSIBLE),
        # At once or not: both cannot be granted.
        ((0, 2), Verdict.IMPOSSIBLE),
        # Nobody knows whether it was granted.
        ((0, None), Verdict.POSSIBLE),
    ],
)
def test_what_is_promised_twice_is_seen(second: tuple[float, float | None], verdict: Verdict):
    steps = [
        step("1", 1, 2, Verb.RESERVE, quantity=5, order="a", floor=0),
        step("2", *second, Verb.RESERVE, quantity=5, order="b", floor=0),
    ]

    assert search(steps, Cell(8)).verdict is verdict


def test_a_change_that_was_answered_and_is_not_there_is_seen():
    steps = [
        step("1", 1, 2, Verb.INCREASE, quantity=1),
        step("2", 3, 4, Verb.READ, seen=Seen(on_hand=8)),
    ]

    assert search(steps, Cell(8)).verdict is Verdict.IMPOSSIBLE
    # Before it was answered both numbers are right.
    assert search([replace(steps[0], end=3.5), steps[1]], Cell(8)).verdict is Verdict.POSSIBLE


def test_what_was_shown_after_a_change_is_not_from_before_it():
    change = step("1", 1, 2, Verb.INCREASE, quantity=1)
    shown = step("1+", 1, 2, Verb.READ, seen=Seen(on_hand=8), follows="1")

    assert search([change, shown], Cell(8)).verdict is Verdict.IMPOSSIBLE
    assert search([change, replace(shown, follows="")], Cell(8)).verdict is Verdict.POSSIBLE


def test_a_change_without_an_answer_may_come_late():
    steps = [
        step("1", 1, None, Verb.DECREASE, quantity=3),
        step("2", 2, 3, Verb.READ, seen=Seen(on_hand=8)),
        step("3", 4, 5, Verb.READ, seen=Seen(on_hand=5)),
    ]

    assert search(steps, Cell(8)).verdict is Verdict.POSSIBLE
    # It does not happen twice.
    again = step("4", 6, 7, Verb.READ, seen=Seen(on_hand=2))
    assert search([*steps, again], Cell(8)).verdict is Verdict.IMPOSSIBLE


def test_an_order_that_holds_stock_is_not_refused_to_leave():
    steps = [
        step("1", 1, 2, Verb.RESERVE, quantity=2, order="a"),
        step("2", 3, 4, Verb.SHIP, quantity=2, order="a", is_refused=True),
    ]

    assert search(steps, Cell(8)).verdict is Verdict.IMPOSSIBLE
    released = step("3", 2.5, 3.5, Verb.RELEASE, quantity=2, order="a")
    assert search([*steps, released], Cell(8)).verdict is Verdict.POSSIBLE


def test_what_changes_nothing_now_may_change_something_later():
    steps = [
        step("1", 1, 9, Verb.RESERVE, quantity=2, order="a"),
        step("2", 2, 8, Verb.SHIP, quantity=2, order="a"),
        step("3", 10, 11, Verb.READ, seen=Seen(on_hand=6, reserved=0)),
    ]

    assert search(steps, Cell(8)).verdict is Verdict.POSSIBLE


def test_a_search_that_takes_too_long_gives_up():
    steps = [step(str(n), n / 100, None, Verb.INCREASE, quantity=1 << n) for n in range(12)]
    last = step("last", 9, 10, Verb.READ, seen=Seen(on_hand=-1))

    assert search([*steps, last], Cell(8), patience=50).verdict is Verdict.UNDECIDED
