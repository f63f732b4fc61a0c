"""What is sent: workloads as templates, and the texts that are drawn for them."""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from urllib.parse import urlsplit

#: What a template may hold besides the lists of its workload: a text that no request before had, and a number.
UNIQUE, NUMBER = "unique", "number"
#: Numbers are drawn from these: no order empties a shelf, and hardly ever is a number drawn twice in a row.
LEAST, MOST = 100_000, 999_999

_PLACE = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """A product that is for sale, with the ids that the hub has given it."""

    sku: str
    #: SKU and id (32 hex digits) of each variant.
    variants: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One kind of request. `$name` in a template is drawn anew for each request, from the list of that name."""

    name: str
    about: str
    method: str
    #: Below the dialect's base URL.
    path: str
    body: str = ""
    #: What every answer holds that is the right one. One without it counts as an error, whatever its status.
    proof: str
    writes: bool = False
    #: Name in the templates -> what may stand there.
    lists: Mapping[str, Callable[[Sequence[Goods]], list[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests go, and what each of them carries."""

    #: `http://127.0.0.1:8000/pluggto`, without a slash at its end.
    base: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.base).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.base).port or 80

    @property
    def prefix(self) -> str:
        return urlsplit(self.base).path


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    #: Below the target's base URL.
    path: str
    body: bytes = b""
    proof: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes

    def answers(self, request: Request) -> bool:
        return 200 <= self.status < 300 and request.proof in self.body


def skus(goods: Sequence[Goods]) -> list[str]:
    """What can be ordered."""
    return [sku for one in goods for sku, _ in one.variants]


def buyers(goods: Sequence[Goods]) -> list[str]:
    """Most orders come from somebody who has bought before."""
    return [f"buyer{at}@bench.example" for at in range(1000)]


def tree(answer: Answer) -> Any:
    """What a good answer says; anything else stops the run before it has begun."""
    if answer.status != 200:
        raise ConnectionError(f"the hub answered {answer.status}: {answer.body[:300].decode(errors='replace')}")
    return json.loads(answer.body)


#: Sends one request and waits for its answer.
Ask = Callable[[Target, Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A dialect as its clients know it."""

    dialect: str
    #: From what `plughub connection create` tells a client; asks for a token where the dialect has them.
    sign_in: Callable[[Ask, str, Mapping[str, Any]], Awaitable[Target]]
    #: Some products of a hub that runs, as the dialect lists them.
    look_around: Callable[[Ask, Target], Awaitable[list[Goods]]]
    workloads: tuple[Workload, ...]


class Draw:
    """Requests of one workload, one after the other; no two of these draw the same."""

    def __init__(self, workload: Workload, goods: Sequence[Goods]) -> None:
        self.workload = workload
        self.lists = {name: texts(goods) for name, texts in workload.lists.items()}
        #: What all unique texts of this run begin with.
        self.mark = f"bench-{secrets.token_hex(4)}-"
        self._unique = count(1)
        # Numbers that an earlier run has set already would change nothing.
        self._chance = Random()  # noqa: S311 - nothing secret is drawn

    @property
    def longest(self) -> int:
        """How many requests it takes to send every text of every list once."""
        return max(map(len, self.lists.values()), default=1)

    def at_random(self) -> Request:
        return self._request(lambda texts: self._chance.choice(texts))

    def in_turn(self, place: int) -> Request:
        """So that a walk over the places sends every text."""
        return self._request(lambda texts: texts[place % len(texts)])

    def _request(self, choose: Callable[[list[str]], str]) -> Request:
        drawn: dict[str, str] = {}
        work = self.workload
        path, body = self._filled(work.path, choose, drawn), self._filled(work.body, choose, drawn)
        # The proof speaks of what was sent.
        proof = _PLACE.sub(lambda place: drawn[place[1]], work.proof)
        return Request(method=work.method, path=path, body=body.encode(), proof=proof.encode())

    def _filled(self, template: str, choose: Callable[[list[str]], str], drawn: dict[str, str]) -> str:
        def fill(place: re.Match[str]) -> str:
            name = place[1]
            if name == UNIQUE:
                # One for the whole request, however often it is mentioned.
                drawn[name] = drawn.get(name) or f"{self.mark}{next(self._unique)}"
            elif name == NUMBER:
                drawn[name] = str(self._chance.randint(LEAST, MOST))
            else:
                drawn[name] = choose(self.lists[name])
            return drawn[name]

        return _PLACE.sub(fill, template)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What a driver saw."""

    answers: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int
    #: The first of them, for people.
    example: str = ""


def percentile(rising: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed; 0 where there is none."""
    if not rising:
        return 0.0
    return rising[max(0, -int(-len(rising) * share // 1) - 1)]
