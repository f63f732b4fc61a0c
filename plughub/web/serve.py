"""An edge as an ASGI application: body, route, caller, handler, answer; every refusal in the edge's shape."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from plughub.core import ids
from plughub.core.errors import HubError, TryAgain, Unavailable
from plughub.core.hub import Hub
from plughub.core.tenants import Tokenbook
from plughub.outbound import Outbound
from plughub.web import compressed, logs
from plughub.web.call import Call, Reply, basic_pair
from plughub.web.dialect import Bug, Edge, FileTooLarge, HttpFault, Insecure, Route, Router, TooLarge, TooSlow
from plughub.web.recorder import REQUEST_ID, Recorder
from plughub.web.rendered import Rendered
from plughub.web.tally import Tally

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Network = IPv4Network | IPv6Network

#: Headers by which a proxy says what came in to it.
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}

_LONGEST_AGENT = 200

#: A change that met another one is tried again this often.
_TRIES = 4

#: A body that comes in parts may take this long, and a second more for each so many bytes of it.
_PATIENCE, _SLOWEST = 60.0, 1024

log = logging.getLogger("plughub.http")


class _Gone(Exception):
    """The client left before its request was whole: what did arrive must not be acted upon."""


class EdgeApp:
    def __init__(
        self,
        edge: Edge,
        hub: Hub,
        outbound: Outbound,
        plain: Sequence[Network] = (),
        origin: str = "",
        reference: Sequence[Route] = (),
        recorder: Recorder | None = None,
    ) -> None:
        """`origin`: what clients are told to call; `reference`: routes that describe the edge, beside its own;
        `recorder`: who notes what clients do here."""
        self._edge = edge
        #: Networks from which requests in the clear are taken where the edge wants HTTPS.
        self._plain = plain
        self._hub = hub
        self._origin = origin
        self._outbound = outbound
        self._tokenbook = Tokenbook(hub)
        self._rendered = Rendered()
        self._router = Router((*edge.routes, *reference))
        self._headers = [(name.lower().encode(), value.encode()) for name, value in edge.headers.items()]
        self._recorder = recorder
        self.tally = Tally()

    async def __call__(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Answer one request; `path` is the encoded path below the mount point."""
        began = time.perf_counter()
        method = scope["method"]
        call: Call | None = None
        if method == "OPTIONS":
            allowed = self._router.allowed(path.rstrip("/"))
            reply = Reply(204, headers={"Allow": ", ".join(allowed)} if allowed else {})
        else:
            try:
                reply, call = await self._answer(scope, receive, path)
            except _Gone:
                return
        if call is not None and call.client is not None and self._recorder is not None:
            self._recorder.note(call, call.client, reply, time.perf_counter() - began)
        if self._edge.compresses and method != "HEAD":
            reply = compressed.compress(reply, scope["headers"])
        await self._send(send, reply, method)
        seconds = time.perf_counter() - began
        self.tally.add(reply.status, seconds)
        # The path only: a token in the query string must never reach a log.
        logs.request(self._edge.name, method, path, reply.status, seconds, _agent(scope))

    async def _answer(self, scope: Scope, receive: Receive, path: str) -> tuple[Reply, Call | None]:
        """The answer, and what was asked as far as it could be read."""
        route: Route | None = None
        call: Call | None = None
        try:
            if self._edge.needs_https and not self._is_private(scope):
                log.warning("password in the clear", extra=self._whose(scope))
                raise Insecure
            mount = scope["raw_path"].partition(b"?")[0].decode("latin-1").removesuffix(path)
            path = path.rstrip("/")
            route, in_path = await self._found(scope, receive, path)
            call = Call(
                self._hub,
                self._tokenbook,
                self._rendered,
                self._outbound,
                scope["method"],
                path,
                scope["query_string"],
                dict(scope["headers"]),
                b"" if route.streams else await self._body(scope, receive),
                _peer(scope),
                mount,
                self._origin,
                scope["scheme"] == "https",
                self._parts(scope, receive) if route.streams else None,
            )
            call.route = in_path
            if not route.is_open:
                call.identity = await self._edge.authenticate(call)
            return await self._handled(route, call), call
        except (HubError, HttpFault) as refusal:
            if isinstance(refusal, Unavailable):
                log.warning("unavailable", exc_info=refusal.__cause__)
            if route is not None and route.streams and _closes(scope):
                await _drain(receive, {"type": "http.request", "more_body": True})
            return self._edge.spell(refusal), call
        except _Gone:
            raise
        except Exception:
            request = ids.new().hex
            log.exception("bug", extra={"dialect": self._edge.name, "path": path, "request": request})
            reply = self._edge.spell(Bug(request))
            return replace(reply, headers=reply.headers | {REQUEST_ID: request}), call

    async def _found(self, scope: Scope, receive: Receive, path: str) -> tuple[Route, dict[str, str]]:
        try:
            return self._router.find(scope["method"], path)
        except HttpFault:
            # Read all the same, so that the client gets to see the refusal.
            await self._body(scope, receive)
            raise

    def _is_private(self, scope: Scope) -> bool:
        """TLS here or at a trusted proxy (the server has read its headers by now), or a peer that needs none."""
        if scope["scheme"] == "https":
            return True
        if any(name in _FORWARDED for name, _ in scope["headers"]):
            return False
        try:
            peer = ip_address(_peer(scope))
        except ValueError:
            return False
        return any(peer in network for network in self._plain)

    def _whose(self, scope: Scope) -> dict[str, str]:
        """Whose password it was, for those who have to change it; not the password."""
        headers = {name.decode("latin-1"): value for name, value in scope["headers"]}
        named = {name: headers.get(name.lower(), b"").decode(errors="replace") for name in self._edge.naming}
        pair = basic_pair(headers.get("authorization", b"").decode("latin-1"))
        return {"dialect": self._edge.name, "peer": _peer(scope), "user": pair[0] if pair else "", **named}

    async def _handled(self, route: Route, call: Call) -> Reply:
        """The handler's answer. A deadlock undid everything, so the whole handler can run again."""
        # A body that came in parts is gone with the first try.
        for _ in range(0 if route.streams else _TRIES - 1):
            try:
                return await route.handler(call)
            except TryAgain:
                await asyncio.sleep(random.uniform(0.005, 0.05))  # noqa: S311
        try:
            return await route.handler(call)
        except TryAgain as error:
            raise Unavailable from error

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        headers = scope["headers"]
        if not any(name in (b"content-length", b"transfer-encoding") for name, _ in headers):
            return b""
        limit = self._edge.body_limit
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                await _drain(receive, message)
                raise TooLarge
            chunks.append(chunk)
            if not message.get("more_body"):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _parts(self, scope: Scope, receive: Receive) -> AsyncIterator[bytes]:
        """The body as it arrives; nothing is read before it is asked for."""
        limit = self._hub.contents.largest
        if _announced(scope) > limit:
            raise FileTooLarge
        size, until = 0, time.monotonic() + _PATIENCE
        more = True
        while more:
            try:
                async with asyncio.timeout(until + size / _SLOWEST - time.monotonic()):
                    message = await receive()
            except TimeoutError:
                raise TooSlow from None
            if message["type"] == "http.disconnect":
                raise _Gone
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > limit:
                raise FileTooLarge
            if part:
                yield part

    async def _send(self, send: Send, reply: Reply, method: str) -> None:
        own = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
        said = {name for name, _ in own}
        headers = [
            (b"content-type", reply.content_type.encode()),
            *(header for header in self._headers if header[0] not in said),
            *own,
        ]
        is_whole = reply.rest is None or method == "HEAD"
        if reply.rest is None:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = b"" if method == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body, "more_body": not is_whole})
        if not is_whole:
            await _send_rest(send, reply)


async def _send_rest(send: Send, reply: Reply) -> None:
    """Part by part. What goes wrong now can only be told by an answer that does not end."""
    assert reply.rest is not None  # noqa: S101
    async for part in reply.rest:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _announced(scope: Scope) -> int:
    """Bytes that the client says will come; nothing where it does not say."""
    text = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(text) if text.isdigit() else 0


def _closes(scope: Scope) -> bool:
    """Whether what is still on its way would be cut off after the answer, and the answer with it."""
    headers = dict(scope["headers"])
    return headers.get(b"connection", b"").lower() == b"close" and b"expect" not in headers


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _agent(scope: Scope) -> str:
    """Who wrote the client, in its own words."""
    for name, value in scope["headers"]:
        if name == b"user-agent":
            text: str = value[:_LONGEST_AGENT].decode("latin-1")
            return text
    return ""


async def _drain(receive: Receive, message: MutableMapping[str, Any]) -> None:
    """Read on for a while, so that a client that is still sending gets to see the refusal."""
    for _ in range(1000):
        if not message.get("more_body") or message["type"] == "http.disconnect":
            return
        message = await receive()
