"""The client of our own: keeps connections open and each of them busy. It looks at every answer.

It takes several times as much of the machine as `wrk` does, so where both share their processors with the hub its
figures are lower; what a request costs the hub is the same.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import httptools

from plughub.bench.model import Answer, Driven, Request, Target, percentile

#: Seconds that an answer may take.
PATIENCE = 30.0


class _Line(asyncio.Protocol):
    """A connection; one request at a time."""

    def __init__(self, told: Callable[["_Line", Answer | None], None]) -> None:
        #: Called with each answer, and with None when the connection is lost.
        self._told = told
        self.sent = 0.0
        self.request: Request | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport
        self._begin()

    def send(self, target: Target, request: Request) -> None:
        self.request, self.sent = request, time.perf_counter()
        self.transport.write(_spelled(target, request))

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._told(self, None)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        answer = Answer(status=self._parser.get_status_code(), body=b"".join(self._body))
        self._begin()
        self._told(self, answer)

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []


async def ask(target: Target, request: Request) -> Answer:
    """One request over a connection of its own."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Answer] = loop.create_future()

    def told(line: _Line, answer: Answer | None) -> None:
        if answered.done():
            return
        if answer is None:
            answered.set_exception(ConnectionError(f"{target.base} closed the connection without an answer"))
        else:
            answered.set_result(answer)

    transport, line = await loop.create_connection(lambda: _Line(told), target.host, target.port)
    try:
        line.send(target, request)
        return await asyncio.wait_for(answered, PATIENCE)
    finally:
        transport.close()


async def drive(
    target: Target, draw: Callable[[], Request], *, clients: int, seconds: float, most: int | None = None
) -> Driven:
    """Keep `clients` connections busy for so long, or until `most` requests have been answered."""
    run = _Run(target, draw, seconds, most)
    loop = asyncio.get_running_loop()
    # Before the clock starts.
    lines = [
        (await loop.create_connection(lambda: _Line(run.told), target.host, target.port))[1] for _ in range(clients)
    ]
    try:
        run.start(lines)
        with suppress(TimeoutError):
            await asyncio.wait_for(run.done.wait(), seconds + PATIENCE)
    finally:
        run.over = True
        for line in lines:
            line.transport.close()
    return run.seen()


class _Run:
    def __init__(self, target: Target, draw: Callable[[], Request], seconds: float, most: int | None) -> None:
        self.over = False
        self.done = asyncio.Event()
        self._target = target
        self._draw = draw
        self._seconds = seconds
        self._left = most if most is not None else 2**62
        self._busy = 0
        self._times: list[float] = []
        self._errors = 0
        self._example = ""

    def start(self, lines: list[_Line]) -> None:
        self._began = self._ended = time.perf_counter()
        self._until = self._began + self._seconds
        self._busy = len(lines)
        for line in lines:
            self._next(line)

    def told(self, line: _Line, answer: Answer | None) -> None:
        if self.over or line.request is None:
            return
        self._ended = time.perf_counter()
        if answer is None:
            self._failed("the connection was closed before the answer was whole")
            self._rest()
            return
        self._times.append(self._ended - line.sent)
        if not answer.answers(line.request):
            self._failed(f"{line.request.method} {line.request.path} answered {answer.status}: "
                         f"{answer.body[:300].decode(errors='replace')}")  # fmt: skip
        self._next(line)

    def _next(self, line: _Line) -> None:
        if self._left <= 0 or time.perf_counter() >= self._until:
            line.request = None
            self._rest()
            return
        self._left -= 1
        line.send(self._target, self._draw())

    def _rest(self) -> None:
        self._busy -= 1
        if self._busy == 0:
            self.done.set()

    def _failed(self, words: str) -> None:
        self._errors += 1
        self._example = self._example or words

    def seen(self) -> Driven:
        times = sorted(self._times)
        # What is still on its way was waited for in vain.
        late = self._busy
        return Driven(
            answers=len(times),
            seconds=self._ended - self._began,
            p50_ms=percentile(times, 0.50) * 1000,
            p99_ms=percentile(times, 0.99) * 1000,
            errors=self._errors + late,
            example=self._example or (f"no answer within {PATIENCE:g} s" if late else ""),
        )


def _spelled(target: Target, request: Request) -> bytes:
    lines = [
        f"{request.method} {target.prefix}{request.path} HTTP/1.1",
        f"Host: {target.host}:{target.port}",
        *(f"{name}: {value}" for name, value in target.headers.items()),
    ]
    if request.body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(request.body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + request.body
