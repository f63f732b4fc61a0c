"""GET /health: this process answers. GET /ready: the hub can work: database, migrations, worker."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from plughub.core.errors import HubError
from plughub.core.hub import Hub
from plughub.db import migrate
from plughub.web.metrics import SILENT


def application(hub: Hub, index: dict[str, Any], more: Sequence[Route] = ()) -> Starlette:
    """What the hub serves besides its edges. `index`: what the root path tells programs; people go to the console."""

    async def root(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(index["console"], 303)
        return JSONResponse(index)

    async def alive(request: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> JSONResponse:
        found = await readiness(hub)
        return JSONResponse(found, 200 if found["status"] == "ready" else 503)

    async def lost(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": "there is no such path", "see": "/"}, 404)

    routes = [Route("/", root), Route("/health", alive), Route("/ready", ready), *more]
    return Starlette(routes=routes, exception_handlers={404: lost})


async def readiness(hub: Hub) -> dict[str, Any]:
    """Each part and whether it works; `status` is `ready` when all do."""
    parts: dict[str, Any] = {"database": "ok", "migrations": "ok", "worker": "ok"}
    try:
        async with hub.read(None) as tx:
            done = {row["name"] for row in await tx.all("SELECT name FROM schema_versions")}
            heard = await tx.value("SELECT max(seen_at) FROM heartbeats")
    except HubError as error:
        parts["database"] = f"cannot be reached: {type(error.__cause__ or error).__name__}"
        parts["migrations"] = parts["worker"] = "unknown"
    else:
        missing = [name for name, _ in migrate.available() if name not in done]
        if missing:
            parts["migrations"] = f"missing: {', '.join(missing)}; run `plughub migrate`"
        if heard is None or heard < hub.now() - SILENT:
            parts["worker"] = "not heard of for 15 seconds; run `plughub work` or `plughub serve`"
    works = all(state == "ok" for state in parts.values())
    return {"status": "ready" if works else "not ready", **parts}
