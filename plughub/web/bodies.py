"""Reading request bodies by what they are, not by what their header says."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec

#: What is larger is an attack, not an order. A dialect may have a depth of its own, where its vendor has one.
_DEEPEST = 32
#: Elements of a list, characters of a text.
_MOST_ELEMENTS, _LONGEST_TEXT = 10_000, 256 * 1024
_TEXT_TOO_LONG = f"must have at most {_LONGEST_TEXT} characters"

#: Numbers with more digits or a larger exponent than any amount has. Written out, 1e999999999 fills the memory.
_MOST_DIGITS = 38
_LARGEST_EXPONENT = 20

#: `\u0000` after an even number of backslashes: one that is itself escaped is a text of six letters.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_PLACE = re.compile(r"[0-9]{1,9}")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


class Malformed(Exception):
    """The body is not what it seems to be."""


class TooDeep(Malformed):
    pass


class TooLong(Malformed):
    """A list or a text."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where} {reason}" if where else reason)
        #: Path of the value: `items[0].name`; empty for the whole body.
        self.where = where
        self.reason = reason


def is_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def json(body: bytes, *, deepest: int = _DEEPEST) -> Any:
    """Any JSON value; numbers with a fraction or an exponent become exact decimals."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if b"\\u0000" in body and _NUL.search(body):
        raise Malformed("text must not contain the NUL character")
    try:
        value = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError) as error:
        raise Malformed(str(error)) from error
    if body.count(b"{") + body.count(b"[") > deepest and _too_deep(value, deepest):
        raise TooDeep("nested too deeply")
    _check_lengths(body, value)
    return value


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if len(number.as_tuple().digits) > _MOST_DIGITS or abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise ArithmeticError("a number has too many digits")
    return number


_decoder = msgspec.json.Decoder(float_hook=_number)


def form(body: bytes) -> list[tuple[str, str]]:
    """Pairs of a urlencoded form; keys without `=` have an empty value."""
    if b"\0" in body or b"%00" in body:
        raise Malformed("text must not contain the NUL character")
    try:
        return parse_qsl(body.decode().strip(), keep_blank_values=True, errors="strict", max_num_fields=10_000)
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("the form is not UTF-8") from error


def nested(pairs: list[tuple[str, str]], *, deepest: int = _DEEPEST) -> dict[str, Any]:
    """Form pairs with bracketed keys as a tree: `items[0][sku]=X` -> {"items": [{"sku": "X"}]}."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        name, _, _ = key.partition("[")
        path = [name, *_BRACKETS.findall(key[len(name) :])]
        if len(path) > deepest:
            raise TooDeep("nested too deeply")
        if len(value) > _LONGEST_TEXT:
            raise TooLong(name, _TEXT_TOO_LONG)
        _plant(tree, path, value)
    listed: dict[str, Any] = _listed(tree)
    return listed


def _plant(tree: dict[str, Any], path: list[str], value: str) -> None:
    node = tree
    for name in path[:-1]:
        following = node.setdefault(name or str(len(node)), {})
        if not isinstance(following, dict):
            raise Malformed(f"{name} is both a value and a group")
        node = following
    node[path[-1] or str(len(node))] = value


def _listed(node: Any) -> Any:
    """Groups whose keys are 0, 1, 2 ... are lists."""
    if not isinstance(node, dict):
        return node
    values = {name: _listed(value) for name, value in node.items()}
    if values and all(_PLACE.fullmatch(name) for name in values):
        return [values[name] for name in sorted(values, key=int)]
    return values


def _too_deep(value: Any, left: int) -> bool:
    """Containers only: they are few where values are many."""
    if isinstance(value, dict):
        parts: Iterable[Any] = value.values()
    elif isinstance(value, list):
        parts = value
    else:
        return False
    return left == 0 or any(_too_deep(part, left - 1) for part in parts if isinstance(part, dict | list))


def _check_lengths(body: bytes, value: Any) -> None:
    """Looks into those bodies only that are large enough to hold such a list or text."""
    if len(body) > _LONGEST_TEXT or (len(body) > 2 * _MOST_ELEMENTS and body.count(b",") >= _MOST_ELEMENTS):
        found = _too_long(value)
        if found is not None:
            raise TooLong(*found)


def _too_long(value: Any) -> tuple[str, str] | None:
    """(where, why) of the first one that is too long."""
    if isinstance(value, str):
        return ("", _TEXT_TOO_LONG) if len(value) > _LONGEST_TEXT else None
    if isinstance(value, dict):
        for name, part in value.items():
            if len(name) > _LONGEST_TEXT:
                return "", "a name is too long"
            if (found := _too_long(part)) is not None:
                return _inside(name, found)
    elif isinstance(value, list):
        if len(value) > _MOST_ELEMENTS:
            return "", f"must have at most {_MOST_ELEMENTS} elements"
        for at, part in enumerate(value):
            if (found := _too_long(part)) is not None:
                return _inside(f"[{at}]", found)
    return None


def _inside(outer: str, found: tuple[str, str]) -> tuple[str, str]:
    where, reason = found
    joint = "." if where and not where.startswith("[") else ""
    return f"{outer}{joint}{where}", reason
