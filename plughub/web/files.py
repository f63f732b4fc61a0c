"""Files on their way out: the same for every dialect that has them."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from plughub.core import files, ids
from plughub.core.errors import NotFound, Unavailable
from plughub.core.files import File
from plughub.core.ids import TenantId
from plughub.web.call import Call, Reply
from plughub.web.dialect import Described, Route

#: A content that is replaced while it is looked for is looked for again.
_TRIES = 3
_BYTES = {"type": "string", "format": "binary"}


def public_path(id: str, name: str) -> str:
    """Where anybody can read a public file, below a dialect's mount point. The name is for people: the id counts."""
    return f"/public/file/{id}/{quote(files.plain_name(name), safe='')}"


async def get_public(call: Call) -> Reply:
    """A public file, without credentials. Only pictures are shown; anything else is saved to disk as mere bytes."""
    text = call.route["fileId"]
    try:
        id = ids.from_hex32(text)
    except ValueError:
        raise NotFound("file", text) from None
    for _ in range(_TRIES):
        found = await files.public(call.hub, id)
        if found is None or found[1].content is None:
            raise NotFound("file", text)
        tenant, file = found
        headers = {
            **_headers(file, "inline" if file.picture else "attachment"),
            # May be kept, and has to be asked for each time: a file can be replaced, or made private.
            "Cache-Control": "no-cache",
            "ETag": f'"{file.sha256}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        if call.header("if-none-match") == headers["ETag"]:
            del headers["Content-Length"]
            return Reply(304, headers=headers)
        parts = await content(call, tenant, file)
        if parts is not None:
            return Reply(200, b"", file.picture or "application/octet-stream", headers, parts)
    raise Unavailable


def private(file: File, parts: AsyncIterator[bytes]) -> Reply:
    """For its owner, with the type that the owner declared."""
    return Reply(200, b"", file.type, _headers(file, "attachment"), parts)


async def content(call: Call, tenant: TenantId, file: File) -> AsyncIterator[bytes] | None:
    """None where it has just been replaced."""
    return None if file.content is None else await call.hub.contents.read(tenant, file.content)


def _headers(file: File, disposition: str) -> dict[str, str]:
    name = quote(files.plain_name(file.name), safe="")
    return {
        "Content-Length": str(file.size),
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
    }


PUBLIC = Route(
    "GET",
    "/public/file/{fileId}/{name}",
    get_public,
    Described(
        summary="Download a public file",
        tag="File",
        name="get_public_file",
        gives="application/octet-stream",
        answers={200: ("its content", _BYTES), 404: ("there is no such public file", {"type": "object"})},
    ),
    is_open=True,
)
