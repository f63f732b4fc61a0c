"""Bodies as they come: what can be read is read, everything else is refused as malformed and never breaks."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plughub.web import bodies
from plughub.web.bodies import Malformed

REFUSED = {
    "nothing": b"",
    "half": b'{"a":',
    "rest": b'{"a":1}x',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "NUL escaped": b'{"a":"x\\u0000"}',
    "NUL in a key": b'{"\\u0000":1}',
    "NUL after a backslash": b'{"a":"\\\\\\u0000"}',
    "NUL raw": b'{"a":"x\0y"}',
    "control character": b'{"a":"\x01"}',
    "lone surrogate": b'{"a":"\\ud800"}',
    "surrogates the wrong way round": b'{"a":"\\udc00\\ud800"}',
    "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "invalid UTF-8": b'{"a":"\xff"}',
    "cut UTF-8": b'{"a":"\xc3"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "deep list": b"[" * 33 + b"]" * 33,
    "deep object": b'{"a":' * 33 + b"1" + b"}" * 33,
    "very deep": b"[" * 1_000_000,
    "huge exponent": b'{"a":1e999999999}',
    "tiny exponent": b'{"a":1e-999999999}',
    "exponent beyond Decimal": b'{"a":1e99999999999999999999}',
    "too many digits": b'{"a":0.' + b"1" * 39 + b"}",
    "huge whole number": b'{"a":' + b"9" * 5000 + b"}",
    "plus": b'{"a":+1}',
    "leading zero": b'{"a":01}',
    "single quotes": b"{'a':1}",
    "comma at the end": b'{"a":1,}',
    "comment": b'{"a":1}//',
}
READ: dict[str, tuple[bytes, Any]] = {
    "byte order mark": (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
    "white space": (b' \r\n{"a" : 1}\t', {"a": 1}),
    "duplicate keys": (b'{"a":1,"a":2}', {"a": 2}),
    "exact decimals": (b'[59.90, 0.1, 1E5]', [Decimal("59.90"), Decimal("0.1"), Decimal("1E5")]),
    "whole number beyond 64 bits": (b'{"a":18446744073709551616}', {"a": 18446744073709551616}),
    "an escaped backslash before u0000": (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
    "a pair of surrogates": (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "as deep as may be": (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
    "as long a list as may be": (b"[" + b"0," * 9_999 + b"0]", [0] * 10_000),
    "as long a text as may be": (b'["' + b"x" * 2**18 + b'"]', ["x" * 2**18]),
    "a text as long in characters that take more bytes": (("[\"" + "\xe3" * 2**18 + "\"]").encode(), ["\xe3" * 2**18]),
    "many lists that are not long": (b"[" + b"[0,0,0]," * 5_000 + b"[]]", [[0, 0, 0]] * 5_000 + [[]]),
    "many shallow lists": (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
    "no object at all": (b'"text"', "text"),
    "a float of 17 digits": (b"[1.2345678901234567e-10]", [Decimal("1.2345678901234567e-10")]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_json_that_is_none_is_malformed(name: str):
    with pytest.raises(Malformed):
        bodies.json(REFUSED[name])


@pytest.mark.parametrize("name", READ)
def test_json_is_read_exactly(name: str):
    body, value = READ[name]

    read = bodies.json(body)

    assert (read, repr(read)) == (value, repr(value))


TOO_LONG = {
    "a list": ([0] * 10_001, ""),
    "a list inside": ({"items": [{"sku": "A"}, {"rows": [{}] * 10_001}]}, "items[1].rows"),
    "a list in a list": ({"a": [[0] * 10_001]}, "a[0]"),
    "a text": ({"name": "x" * (2**18 + 1)}, "name"),
    "a text inside": ({"items": [{"name": {"sv": "x" * (2**18 + 1)}}]}, "items[0].name.sv"),
    "a name": ({"a": {"x" * (2**18 + 1): 1}}, "a"),
}


@pytest.mark.parametrize("name", TOO_LONG)
def test_lists_and_texts_that_are_too_long_are_refused_by_their_place(name: str):
    value, where = TOO_LONG[name]

    with pytest.raises(bodies.TooLong) as refused:
        bodies.json(json.dumps(value, separators=(",", ":")).encode())

    assert refused.value.where == where


def test_a_form_has_the_same_limits():
    with pytest.raises(bodies.TooLong) as refused:
        bodies.nested(bodies.form(b"items[0][name]=" + b"x" * (2**18 + 1)))
    assert refused.value.where == "items"
    with pytest.raises(bodies.TooDeep):
        bodies.nested(bodies.form(b"a" + b"[b]" * 32 + b"=1"))


@given(
    st.binary(max_size=60) | st.text(max_size=30).map(str.encode) | st.from_regex(rb'[\[{]["\\u0-9a-f\]},:.eE+-]{0,30}')
)
@example(b"\\u0000")
def test_any_bytes_are_read_or_malformed(body: bytes):
    for reader in (bodies.json, lambda body: bodies.nested(bodies.form(body))):
        try:
            value = reader(body)
        except Malformed:
            continue
        assert "\0" not in str(value)


_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
_trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=10,
)


@given(_trees, st.booleans())
def test_what_any_client_can_write_is_read_back(value: Any, ascii: bool):
    assert bodies.json(json.dumps(value, ensure_ascii=ascii).encode()) == value


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        (b"", {}),
        (b"a", {"a": ""}),
        (b"a=1&b=", {"a": "1", "b": ""}),
        (b"a=x+y%20z%C3%A3", {"a": "x y z\xe3"}),
        (b"i[0][sku]=X&i[0][quantity]=2&i[1][sku]=Y", {"i": [{"sku": "X", "quantity": "2"}, {"sku": "Y"}]}),
        (b"items%5B0%5D%5Bsku%5D=X", {"items": [{"sku": "X"}]}),
        (b"items[10]=b&items[9]=a", {"items": ["a", "b"]}),
        (b"tags[]=a&tags[]=b", {"tags": ["a", "b"]}),
        (b"price[amount]=1", {"price": {"amount": "1"}}),
        (b"a[b", {"a": ""}),
        (b"a=1&a=2", {"a": "2"}),
        ("a[²]=1".encode(), {"a": {"²": "1"}}),
        ("a[٣]=1".encode(), {"a": {"٣": "1"}}),
        (b"a[" + b"9" * 5000 + b"]=1", {"a": {"9" * 5000: "1"}}),
    ],
)  # fmt: skip
def test_bracketed_forms_are_trees(body: bytes, tree: dict):
    assert bodies.nested(bodies.form(body)) == tree


@pytest.mark.parametrize(
    "body",
    [
        b"a=%00", b"a=\0", b"a=%FF", b"a=\xff", b"%ED%A0%80=1", b"a=1&a[b]=2", b"a" + b"[b]" * 101 + b"=1",
        b"a=1&" * 10_001,
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_meant_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        bodies.nested(bodies.form(body))


@pytest.mark.parametrize(("body", "is_json"), [(b"{", True), (b"\xef\xbb\xbf [", True), (b"a={}", False), (b"", False)])
def test_json_is_known_by_its_first_character(body: bytes, is_json: bool):
    assert bodies.is_json(body) is is_json
