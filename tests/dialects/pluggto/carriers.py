"""Freight sources on a real socket: carriers' software that answers well, badly, late or never."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.sockets import serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    body: bytes
    status: int = 200
    kind: str = "application/json"
    #: Seconds until it comes; None: it never does.
    after: float | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    name: str
    method: str
    headers: dict[str, str]
    body: Any
    #: Tells connections apart.
    port: int


@dataclass(slots=True, kw_only=True)
class Carriers:
    """An ASGI application; the first part of the path names the carrier."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _let_go: asyncio.Event = field(default_factory=asyncio.Event)

    def carrier(self, name: str, answer: Any = None, **terms: Any) -> str:
        """The address of a carrier that gives this answer: bytes as they are, anything else as JSON."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.answers[name] = Answer(body=body, **terms)
        return f"{self.base}/{name}/quote"

    async def heard(self, count: int) -> None:
        """Returns when so many questions have come."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.asked) >= count)

    def begin_again(self) -> None:
        """Nobody was asked, nobody answers; who hangs is let go."""
        self.answers.clear()
        self.asked.clear()
        self._let_go.set()
        self._let_go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name = scope["path"].split("/")[1]
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.asked.append(
            Question(name=name, method=scope["method"], headers=headers, body=json.loads(body), port=scope["client"][1])
        )
        async with self._news:
            self._news.notify_all()
        answer = self.answers[name]
        if answer.after is None:
            await self._hang(receive)
        else:
            await asyncio.sleep(answer.after)
        kind = [(b"content-type", answer.kind.encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": kind})
        await send({"type": "http.response.body", "body": answer.body})

    async def _hang(self, receive: Any) -> None:
        """Until the caller hangs up, or the test has seen enough."""
        ends = [asyncio.ensure_future(end) for end in (receive(), self._let_go.wait())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()


@asynccontextmanager
async def carriers() -> AsyncIterator[Carriers]:
    app = Carriers()
    async with serving(app) as base:
        app.base = base
        yield app


def quote(price: object, days: object = 3, *, method: str = "Expresso", company: str = "Azul") -> dict[str, Any]:
    """A quote as a source answers it."""
    return {"method": method, "company": company, "price": price, "estimate": days}
