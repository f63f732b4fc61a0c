"""Ids and their spellings."""

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plughub.core import ids

#: Until the seconds no longer fit into eight digits, in 2106.
moments = st.integers(0, 2**32 * 1000 - 1)
randoms = st.integers(0, 2**54 - 1)
ours = st.builds(ids.at, moments, randoms)
hexish = st.text("0123456789abcdefABCDEFgx_+- 0٣", min_size=23, max_size=33)


@given(ours)
@example(ids.at(0, 0))
@example(ids.at(2**32 * 1000 - 1, 2**54 - 1))
def test_every_spelling_leads_back_to_the_id(id: UUID):
    assert ids.is_ours(id)
    assert ids.from_hex24(ids.hex24(id)) == id
    assert ids.from_hex32(ids.hex32(id)) == id
    assert ids.from_hex32(ids.hex32(id).upper()) == id
    assert (id.version, id.variant) == (7, "specified in RFC 4122")


@given(moments, randoms)
def test_an_id_tells_its_moment_and_its_short_spelling_begins_with_the_seconds(moment: int, random: int):
    id = ids.at(moment, random)

    assert ids.milliseconds(id) == moment
    assert int(ids.hex24(id)[:8], 16) == moment // 1000


@given(ours, ours)
def test_all_spellings_sort_alike(one: UUID, two: UUID):
    assert (one < two) == (ids.hex24(one) < ids.hex24(two)) == (ids.hex32(one) < ids.hex32(two))


@given(moments, randoms, moments, randoms)
def test_an_earlier_moment_sorts_first(one: int, first: int, two: int, second: int):
    if one < two:
        assert ids.at(one, first) < ids.at(two, second)


@given(hexish)
@example("0x" + "1" * 22)
@example("0x" + "1" * 30)
@example("1" * 24 + "\n")
@example("1_1" * 8)
def test_a_text_that_is_read_is_the_one_spelling_of_its_id(text: str):
    for read, spell, sent in ((ids.from_hex24, ids.hex24, text), (ids.from_hex32, ids.hex32, text.lower())):
        try:
            id = read(text)
        except ValueError:
            continue
        assert ids.is_ours(id)
        assert spell(id) == sent


@given(ours, st.integers(0, 127))
def test_one_wrong_bit_in_the_fixed_parts_is_refused(id: UUID, bit: int):
    other = UUID(int=id.int ^ 1 << bit)
    is_fixed = bit < 20 or bit in (62, 63) or 76 <= bit < 80

    assert ids.is_ours(other) is not is_fixed
    if is_fixed:
        with pytest.raises(ValueError, match="not an id of this hub"):
            ids.from_hex32(other.hex)


@pytest.mark.parametrize(
    "text",
    ["", "5", "5" * 23, "5" * 25, "A" + "5" * 23, "g" + "5" * 23, "5" * 8 + "f" * 16, " " + "5" * 23, "٣" * 24],
)
def test_what_is_no_short_spelling_is_refused(text: str):
    with pytest.raises(ValueError, match="not"):
        ids.from_hex24(text)


@pytest.mark.parametrize(
    "text", ["", "5" * 31, "5" * 33, "x" * 32, str(ids.at(1, 1)), "4da239bfd9c04b71a02e8ec130aad7be", "0" * 32]
)
def test_what_is_no_long_spelling_is_refused(text: str):
    with pytest.raises(ValueError, match="not"):
        ids.from_hex32(text)


def test_a_hundred_thousand_new_ids_differ_and_are_ours():
    made = [ids.new() for _ in range(100_000)]

    assert len(set(made)) == 100_000
    assert all(ids.is_ours(id) for id in made)
    # Milliseconds never go back while the clock does not.
    assert [ids.milliseconds(id) for id in made] == sorted(ids.milliseconds(id) for id in made)
