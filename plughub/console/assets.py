"""Style sheets and scripts: ours, and those that the build took from their packages. Cached by their content."""

import hashlib
from functools import cache
from importlib import resources

from plughub.console.visit import MOUNT, OWN
from plughub.core.errors import NotFound
from plughub.web import Call, Reply, Route
from plughub.web.dialect import Described

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_STATIC = resources.files("plughub.console") / "static"
_A_YEAR = 365 * 24 * 3600


def address(name: str) -> str:
    """Where a page finds a file: another address when its content is another."""
    return f"{MOUNT}{OWN}/static/{_digest(name)}/{name}"


@cache
def _content(name: str) -> bytes:
    for folder in (_STATIC, _STATIC / "vendor"):
        file = folder / name
        if name.rpartition(".")[2] in _TYPES and "/" not in name and file.is_file():
            return file.read_bytes()
    raise NotFound("file", name)


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]


async def get_asset(call: Call) -> Reply:
    name = call.route["name"]
    # Whatever digest was asked for: a page from before an update gets today's file, and does not keep it.
    is_current = call.route["digest"] == _digest(name)
    keep = f"public, max-age={_A_YEAR}, immutable" if is_current else "no-cache"
    return Reply(200, _content(name), _TYPES[name.rpartition(".")[2]], {"Cache-Control": keep})


ASSETS = (Route("GET", f"{OWN}/static/{{digest}}/{{name}}", get_asset, Described(summary="", tag=""), is_open=True),)
