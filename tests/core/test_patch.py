"""Absent keeps, null clears, a value replaces; lists merge by key."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import asdict, replace

from plughub.core import ids, patch
from plughub.core.errors import Invalid, Missing
from plughub.core.patch import REMOVE, Change, Merge, Replace, Whole


class Size(Struct, frozen=True, kw_only=True):
    width: int | None = None
    unit: str = "cm"


class Part(Struct, frozen=True, kw_only=True):
    id: UUID
    code: str = ""
    kind: str = ""
    count: int = 1
    note: str | None = None


class Thing(Struct, frozen=True, kw_only=True):
    name: str = ""
    note: str | None = None
    count: int = 5
    size: Size = Size()
    parts: tuple[Part, ...] = ()
    texts: dict[str, Size] = {}
    extensions: dict[str, dict[str, Any]] = {}
    marks: dict[str, str] = {}


ONE, TWO, THREE = (ids.at(1_000 + n, n) for n in range(3))
words = st.sampled_from(["", "a", "b", "c"])
numbers = st.integers(0, 3)
sizes = st.fixed_dictionaries({}, optional={"width": st.none() | numbers, "unit": st.none() | words})
part_items = st.fixed_dictionaries(
    {"code": st.sampled_from(["a", "b", "c"])},
    optional={"count": st.none() | numbers, "note": st.none() | words, REMOVE: st.just(True)},
)
merges = st.lists(part_items, max_size=4).map(lambda items: Merge(items, keys=("code",)))
replaces = st.lists(part_items.filter(lambda item: REMOVE not in item), max_size=4).map(Replace)
by_places = st.lists(
    st.fixed_dictionaries({}, optional={"count": numbers, "note": words, "code": words}), max_size=4
).map(lambda items: Merge(items, by_position=True))
keys = st.sampled_from(["x", "y"])
patches = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | words,
        "note": st.none() | words,
        "count": st.none() | numbers,
        "size": st.none() | sizes,
        "parts": st.none() | merges | replaces,
        "texts": st.none() | st.dictionaries(keys, st.none() | sizes, max_size=2),
        "extensions": st.none()
        | st.dictionaries(keys, st.none() | st.dictionaries(keys, st.none() | words, max_size=2), max_size=2),
        "marks": st.none() | st.dictionaries(keys, st.none() | words, max_size=2),
    },
)
things = patches.map(lambda given: patch.apply(Thing(), given))


@given(things, patches)
def test_what_is_not_sent_stays(thing: Thing, given_patch: dict):
    after = patch.apply(thing, given_patch)

    for name, value in asdict(thing).items():
        if name not in given_patch:
            assert getattr(after, name) == value


@given(things, patches)
def test_null_gives_the_default(thing: Thing, given_patch: dict):
    after = patch.apply(thing, given_patch)

    for name, value in given_patch.items():
        if value is None:
            assert getattr(after, name) == getattr(Thing(), name)


@given(things, st.fixed_dictionaries({"name": words, "note": words, "count": numbers}))
def test_a_value_is_what_there_is_afterwards(thing: Thing, given_patch: dict):
    after = patch.apply(thing, given_patch)

    assert {name: getattr(after, name) for name in given_patch} == given_patch


@given(things, patches)
def test_a_patch_laid_over_twice_changes_nothing_more(thing: Thing, given_patch: dict):
    once = patch.apply(thing, given_patch)
    removed = isinstance(merge := given_patch.get("parts"), Merge) and any(REMOVE in item for item in merge.items)

    twice = patch.apply(once, given_patch)

    if not removed:  # an element that is named after it was removed is a new one each time
        assert twice == once
        assert patch.diff(once, twice) == []


@given(things, patches)
def test_the_difference_is_empty_exactly_when_nothing_changed(thing: Thing, given_patch: dict):
    after = patch.apply(thing, given_patch)

    assert (patch.diff(thing, after) == []) == (thing == after)
    assert patch.diff(after, after) == []


@given(things, things)
def test_the_difference_back_is_the_difference_turned_round(one: Thing, two: Thing):
    there, back = patch.diff(one, two), patch.diff(two, one)

    assert {(c.field, repr(c.before), repr(c.after)) for c in there} == {
        (c.field, repr(c.after), repr(c.before)) for c in back
    }


@given(things, patches)
def test_a_patch_never_changes_the_noun_it_is_laid_over(thing: Thing, given_patch: dict):
    before = repr(thing)

    patch.apply(thing, given_patch)

    assert repr(thing) == before


@given(things, merges)
def test_merging_by_key_leaves_one_element_per_key(thing: Thing, merge: Merge):
    unique = patch.apply(Thing(), {"parts": merge})
    after = patch.apply(unique, {"parts": merge})

    codes = [part.code for part in after.parts]
    assert len(codes) == len(set(codes))
    kept = {part.code: part.id for part in unique.parts}
    assert all(kept.get(part.code, part.id) == part.id for part in after.parts if not _is_removed(merge, part.code))


def _is_removed(merge: Merge, code: str) -> bool:
    return any(item["code"] == code and REMOVE in item for item in merge.items)


@given(by_places, by_places)
def test_as_many_unnamed_elements_as_there_are_change_those_in_place(first: Merge, second: Merge):
    before = patch.apply(Thing(), {"parts": first})
    after = patch.apply(before, {"parts": second})

    if len(first.items) == len(second.items):
        assert [part.id for part in after.parts] == [part.id for part in before.parts]
    else:
        assert len(after.parts) == len(first.items) + len(second.items)


@given(replaces, replaces)
def test_replacing_gives_the_list_that_was_sent_and_keeps_the_ids_of_what_stayed(first: Replace, second: Replace):
    before = patch.apply(Thing(), {"parts": first})
    after = patch.apply(before, {"parts": second})

    assert [part.code for part in after.parts] == [item["code"] for item in second.items]
    for old, new in zip(before.parts, after.parts, strict=False):
        same = (old.code, old.count, old.note) == (new.code, new.count, new.note)
        assert (old.id == new.id) is same


def thing(*parts: Part) -> Thing:
    return Thing(parts=parts)


A = Part(id=ONE, code="a", kind="k", count=1)
B = Part(id=TWO, code="b", kind="k", count=2)


def test_an_element_of_several_keys_counts_only_those_that_are_sent():
    merge = Merge([{"code": "a", "count": 9}, {"code": "b", "kind": "other", "count": 8}], keys=(("code", "kind"),))

    after = patch.apply(thing(A, B), {"parts": merge})

    assert [(p.code, p.kind, p.count) for p in after.parts] == [("a", "k", 9), ("b", "k", 2), ("b", "other", 8)]


def test_the_first_of_several_keys_has_to_be_sent():
    after = patch.apply(thing(A), {"parts": Merge([{"kind": "k", "count": 9}], keys=(("code", "kind"),))})

    assert [(p.code, p.count) for p in after.parts] == [("a", 1), ("", 9)]


def test_keys_are_tried_in_their_order():
    merge = Merge([{"id": TWO, "code": "a", "count": 9}], keys=("id", "code"))

    after = patch.apply(thing(A, B), {"parts": merge})

    assert [(p.id, p.code, p.count) for p in after.parts] == [(ONE, "a", 1), (TWO, "a", 9)]


def test_an_unknown_id_is_a_new_element_unless_only_known_ones_are_taken():
    after = patch.apply(thing(A), {"parts": Merge([{"id": THREE, "code": "n"}])})
    assert [p.code for p in after.parts] == ["a", "n"]
    assert after.parts[1].id != THREE

    strict = Merge([{"id": THREE, "code": "n"}], known_ids_only=True, where="things")
    with pytest.raises(Invalid) as refused:
        patch.apply(thing(A), {"parts": strict})
    assert (refused.value.field, refused.value.reason) == ("things[0].id", "names nothing in this record")


def test_an_element_to_be_removed_goes_and_one_that_is_not_there_is_no_error():
    merge = Merge([{"code": "a", REMOVE: True}, {"code": "zz", REMOVE: True}], keys=("code",))

    assert patch.apply(thing(A, B), {"parts": merge}).parts == (B,)


def test_removing_by_place_leaves_the_places_of_the_others_alone():
    merge = Merge([{REMOVE: True}, {"count": 9}], by_position=True)

    after = patch.apply(thing(A, B), {"parts": merge})

    assert [(p.id, p.count) for p in after.parts] == [(TWO, 9)]


def test_a_new_element_needs_what_is_required_and_gets_the_defaults():
    merge = Merge([{"count": 2}], required=(("code", "sku"),), where="items", defaults={"note": "new"})
    with pytest.raises(Missing) as refused:
        patch.apply(thing(), {"parts": merge})
    assert refused.value.field == "items[0].sku"

    sent = Merge([{"code": "c", "count": None}], defaults={"note": "new"})
    part = patch.apply(thing(), {"parts": sent}).parts[0]
    assert (part.code, part.count, part.note) == ("c", 1, "new")


def test_null_inside_an_element_clears_the_field():
    after = patch.apply(thing(A), {"parts": Merge([{"code": "a", "count": None}], keys=("code",))})

    assert after.parts[0].count == 1
    assert patch.apply(thing(B), {"parts": Merge([{"code": "b", "count": None}], keys=("code",))}).parts[0].count == 1


def test_maps_merge_by_key_and_a_null_key_goes():
    before = Thing(
        marks={"x": "1", "y": "2"}, texts={"pt": Size(width=1, unit="m")}, extensions={"d": {"f": 1, "g": 2}}
    )

    after = patch.apply(
        before,
        {
            "marks": {"x": None, "z": "3"},
            "texts": {"pt": {"width": 2}, "en": {}, "fr": {"width": 3}},
            "extensions": {"d": {"f": None}},
        },
    )

    assert after.marks == {"y": "2", "z": "3"}
    assert after.texts == {"pt": Size(width=2, unit="m"), "fr": Size(width=3)}
    assert after.extensions == {"d": {"g": 2}}


def test_a_change_is_told_by_the_name_people_know():
    before = Thing(parts=(A,), texts={"pt": Size(width=1)})
    after = patch.apply(
        before,
        {"parts": Merge([{"code": "a", "count": 3}], keys=("code",)), "texts": {"pt": {"width": 2}}, "name": "n"},
    )

    assert patch.diff(before, after) == [
        Change("name", "", "n"),
        Change("parts[a].count", 1, 3),
        Change("texts.pt.width", 1, 2),
    ]


def test_another_order_of_the_same_elements_is_a_difference():
    assert patch.diff(thing(A, B), thing(B, A)) == [Change("parts", ["a", "b"], ["b", "a"])]
    assert patch.diff(thing(A, B), thing(B)) == [Change("parts[a]", A, None)]


def test_an_unknown_field_is_a_mistake_of_ours_and_raises():
    with pytest.raises(AttributeError):
        patch.apply(Thing(), {"nam": "x"})


class Pile(Struct, frozen=True, kw_only=True):
    amount: Decimal | None = Decimal(0)


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [("2.5", 2, "2.5"), ("2.5", 3, "3"), ("2.5", -2, "-2"), ("-2.5", -2, "-2.5"), ("2", 2, "2"), ("0", 0, "0")],
)
def test_a_whole_number_that_is_what_was_shown_leaves_the_fraction(before, sent, after):
    pile = patch.apply(Pile(amount=Decimal(before)), {"amount": Whole(sent)})

    assert pile.amount == Decimal(after)
    assert type(pile.amount) is Decimal


def test_a_whole_number_where_there_was_none_is_that_number():
    assert patch.apply(Pile(amount=None), {"amount": Whole(2)}).amount == Decimal(2)


def test_an_element_of_a_replaced_list_keeps_what_the_caller_cannot_say():
    before = thing(replace(A, note="n"))
    items = [{"code": "a", "count": A.count, "kind": A.kind}]

    kept = patch.apply(before, {"parts": Replace(items, frozenset({"code", "count", "kind"}))})
    cleared = patch.apply(before, {"parts": Replace(items)})

    assert kept == before
    assert (cleared.parts[0].note, cleared.parts[0].id == A.id) == (None, False)
    other = patch.apply(before, {"parts": Replace([{"code": "b"}], frozenset({"code", "count", "kind"}))})
    assert (other.parts[0].code, other.parts[0].note) == ("b", None)
