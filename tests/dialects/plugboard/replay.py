"""Recorded exchanges: files of requests with the whole answer that each has to get.

    == A5 upsert
    > POST /product?updateOnRemoteId=true
    {"remoteId": "art-77", "stock": "9"}
    < 200
    {"<like>": "A1 create a product", "stock": "9"}

`other>` is sent by another connection of the tenant. In texts `<time>` is any dateTime and `<text>` any text; every
other name in angle brackets is an id: what it is at first sight it is from then on, in paths and bodies, too.
`{"<like>": NAME, ...}` is the answer of an earlier exchange but for the fields that are named.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.dialects.plugboard.conftest import Client

FOLDER = Path(__file__).parent / "exchanges"

_PLACE = re.compile(r"<([a-z0-9]+)>")
_PATTERNS = {"time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "text": ".+"}
_ID = "[0-9a-f]{32}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    name: str
    #: "me" or "other".
    who: str
    method: str
    path: str
    #: As written in the file: some are no JSON on purpose.
    body: str | None
    status: int
    answer: Any


@dataclass(slots=True)
class Known:
    """What the walk has learnt: ids by their names in the file, and the answers that were expected."""

    names: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        return _PLACE.sub(lambda place: self.names.get(place[1], place[0]), text)


def exchanges(name: str) -> Iterator[Exchange]:
    text = (FOLDER / f"{name}.txt").read_text()
    for block in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = block.partition("\n")
        request, _, answer = rest.partition("\n< ")
        line, _, body = request.partition("\n")
        who, _, call = line.partition("> ")
        method, path = call.split(" ")
        status, _, expected = answer.partition("\n")
        yield Exchange(
            name=title.strip(), who=who or "me", method=method, path=path, body=body.strip() or None,
            status=int(status), answer=json.loads(expected),
        )  # fmt: skip


async def replay(exchange: Exchange, clients: Mapping[str, Client], known: Known) -> list[str]:
    """Where the answer is another than the one stated."""
    body = None if exchange.body is None else known.filled(exchange.body)
    answer = await clients[exchange.who].call(exchange.method, known.filled(exchange.path), data=body)
    expected = known.answers[exchange.name] = _whole(exchange.answer, known)
    if answer.status != exchange.status:
        return [f"status {answer.status}, not {exchange.status}: {answer.text}"]
    return list(_differences(expected, answer.json, known, ""))


def _whole(expected: Any, known: Known) -> Any:
    """The tree with what it is like put in."""
    match expected:
        case {"<like>": name, **rest}:
            return known.answers[name] | {key: _whole(value, known) for key, value in rest.items()}
        case dict():
            return {key: _whole(value, known) for key, value in expected.items()}
        case list():
            return [_whole(value, known) for value in expected]
    return expected


def _differences(expected: Any, got: Any, known: Known, where: str) -> Iterator[str]:
    match expected, got:
        case dict(), dict():
            wanted = {known.filled(key): value for key, value in expected.items()}
            for key in sorted(wanted.keys() ^ got.keys()):
                yield f"{where}.{key} is {'missing' if key in wanted else f'not expected: {got[key]!r}'}"
            for key in wanted.keys() & got.keys():
                yield from _differences(wanted[key], got[key], known, f"{where}.{key}")
        case list(), list() if len(expected) == len(got):
            for at, (one, other) in enumerate(zip(expected, got, strict=True)):
                yield from _differences(one, other, known, f"{where}[{at}]")
        case "<any>", _:
            return
        case str(), str() if _fits(expected, got, known):
            return
        case _ if type(expected) is not type(got) or expected != got:
            yield f"{where} is {got!r}, not {expected!r}"


def _fits(expected: str, got: str, known: Known) -> bool:
    parts = _PLACE.split(known.filled(expected))
    # Every second part is a name that nobody knows yet.
    pattern = "".join(
        re.escape(part) if at % 2 == 0 else _PATTERNS.get(part, f"(?P<{part}>{_ID})") for at, part in enumerate(parts)
    )
    found = re.fullmatch(pattern, got)
    known.names |= found.groupdict() if found else {}
    return found is not None
