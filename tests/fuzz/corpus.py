"""Bodies that no client should send: each is refused or taken for what it says, and never breaks anything."""

import gzip
import zlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    #: Sent in pieces, without its length.
    is_chunked: bool = False


#: On every route that reads a body these are refused.
BROKEN: dict[str, Case] = {
    name: Case(body=body)
    for name, body in {
        "nothing but blanks": b" \r\n\t",
        "half": b'{"a":',
        "cut in a text": b'{"a":"x',
        "cut in an escape": b'{"a":"\\u00',
        "rest": b'{"a":1}{"a":1}',
        "NaN": b'{"a":NaN}',
        "Infinity": b'{"a":Infinity}',
        "minus Infinity": b'{"a":-Infinity}',
        "NUL escaped": b'{"a":"x\\u0000"}',
        "NUL in a key": b'{"\\u0000":1}',
        "NUL raw": b'{"a":"x\0y"}',
        "NUL in front": b'\0{"a":1}',
        "lone surrogate": b'{"a":"\\ud800"}',
        "lone surrogate in a key": b'{"\\udfff":1}',
        "surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
        "invalid UTF-8": b'{"a":"\xff"}',
        "overlong UTF-8": b'{"a":"\xc0\xaf"}',
        "beyond Unicode": b'{"a":"\xf4\x90\x80\x80"}',
        "UTF-16": '{"a":1}'.encode("utf-16"),
        "UTF-32": '{"a":1}'.encode("utf-32-le"),
        "byte order mark twice": b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}',
        "deep list": b'{"a":' + b"[" * 101 + b"]" * 101 + b"}",
        "deep object": b'{"a":' * 101 + b"1" + b"}" * 101,
        "recursion": b'{"a":' + b"[" * 400_000,
        "recursion of objects": b'{"a":' * 200_000,
        "huge exponent": b'{"a":1e999999999}',
        "tiny exponent": b'{"a":1e-999999999}',
        "exponent beyond Decimal": b'{"a":1e99999999999999999999}',
        "too many digits": b'{"a":0.' + b"1" * 39 + b"}",
        "huge whole number": b'{"a":' + b"9" * 5000 + b"}",
        "hexadecimal": b'{"a":0x10}',
        "single quotes": b"{'a':1}",
        "comma at the end": b'{"a":1,}',
        "comment": b'{"a":1}/* */',
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94.",
        "random bytes": bytes(range(256)),
    }.items()
} | {
    "gzip": Case(body=gzip.compress(b'{"sku":"GZIP"}'), headers={"Content-Encoding": "gzip"}),
    "gzip bomb": Case(body=gzip.compress(b" " * 30_000_000 + b"{}"), headers={"Content-Encoding": "gzip"}),
    "deflate": Case(body=zlib.compress(b'{"sku":"ZLIB"}'), headers={"Content-Encoding": "deflate"}),
    "chunks that are no JSON": Case(body=b'{"a":' * 2, is_chunked=True),
}

#: A text as long as no field is.
LONG = "x" * 300_000
#: Values that a client may write where a field is; what each dialect makes of them is its own affair.
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "minus one": -1,
    "2**31": 2**31,
    "2**53 + 1": 2**53 + 1,
    "2**63": 2**63,
    "2**64": 2**64,
    "2**65": 2**65,
    "-2**63 - 1": -(2**63) - 1,
    "a number of 30 digits": 10**30 + 1,
    "a fraction": 0.1,
    "the largest exponent": 1e20,
    "one beyond": 1e21,
    "the smallest exponent": 1e-20,
    "NaN as text": "NaN",
    "sNaN as text": "sNaN",
    "Infinity as text": "-Infinity",
    "exponent as text": "1e999999999",
    "digits as text": "9" * 5000,
    "underscores as text": "1_000",
    "other digits": "\u0663\u00b2",
    "an empty text": "",
    "blanks": "   ",
    "a long text": LONG,
    "controls": "\u0001\u001b[0m\r\n\u0085\u2028",
    "beyond the first plane": "\U0001f600\U0010ffff",
    "combining": "e\u0301" * 100,
    "right to left": "\u202egnp.exe",
    "percent signs and braces": "%s%n{0}{x}${y}",
    "SQL": "'; DROP TABLE products; --",
    "LIKE": "%_\\",
    "a year zero": "0000-00-00T00:00:00Z",
    "the last year": "9999-12-31T23:59:59.999999999-14:00",
    "a day that is none": "2021-02-30",
    "an id of nobody": "ffffffffffffffffffffffffffffffff",
    "an empty list": [],
    "an empty object": {},
    "a list of null": [None],
    "a list of lists": [[[[[[]]]]]],
    "a list of texts": ["a", "b"],
    "a list of objects": [{"id": "x", "sku": "x", "localId": "x", "remoteId": 1, "name": {}}],
    "the same twice": [{"sku": "T", "code": "t", "quantity": 1}, {"sku": "T", "code": "t", "quantity": 2}],
    "an object of objects": {"a": {"b": {"c": {"d": []}}}},
    "money": {"currency": "XTS", "amount": "1e400"},
    "money without an amount": {"currency": "SEK"},
    "a reference to nobody": {"localId": "f" * 32, "remoteId": "nobody"},
    "a reference to a number": {"localId": 7, "remoteId": []},
    "a key of blanks": {" ": 1, "": 2},
    "keys in code": {"__class__": 1, "__remove__": True, "constructor": {}, "extensions": {}},
    "a long list": [0] * 10_001,
    "a long list of objects": [{"sku": "L"}] * 10_001,
}
