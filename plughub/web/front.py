"""The front door: finds the dialect by host name or by the first part of the path."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from plughub.web.serve import EdgeApp, Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Front:
    """An ASGI application. What belongs to no dialect goes to `rest` (health, console)."""

    def __init__(self, dialects: Mapping[str, tuple[str, EdgeApp]], hosts: Mapping[str, str], rest: App) -> None:
        #: Mount point -> application.
        self._mounts = dict(dialects.values())
        self._hosts = {host.encode(): dialects[name][1] for host, name in hosts.items() if name in dialects}
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        # Some servers leave the query in raw_path; it must never be taken for path, nor be logged.
        path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        app = self._hosts.get(_host(scope))
        if app is not None:
            await app(scope, receive, send, path)
            return
        first, slash, rest = path[1:].partition("/")
        app = self._mounts.get("/" + first)
        if app is None:
            app, rest, slash = self._deeper(path)
        if app is None:
            await self._rest(scope, receive, send)
            return
        await app(scope, receive, send, slash + rest)

    def _deeper(self, path: str) -> tuple[EdgeApp | None, str, str]:
        """Mount points of two parts: `/plugboard/api`."""
        for mount, app in self._mounts.items():
            if path.startswith(mount + "/") or path == mount:
                return app, path[len(mount) + 1 :], "/"
        return None, "", ""


def _host(scope: Mapping[str, Any]) -> bytes:
    for name, value in scope["headers"]:
        if name == b"host":
            host: bytes = value
            # A name with the root's dot at its end is the same name.
            return host.partition(b":")[0].removesuffix(b".").lower()
    return b""
