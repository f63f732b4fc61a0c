"""Answers as gzip, for clients that offer to read it. Fast rather than small: the level that costs least."""

import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from plughub.web.call import Reply

#: Below this a packet is a packet.
_LEAST = 1400
_LEVEL = 1
#: zlib's largest window, with gzip's header around it.
_GZIP = 16 + zlib.MAX_WBITS
_TEXTS = ("application/json", "text/")


def compress(reply: Reply, headers: Iterable[tuple[bytes, bytes]]) -> Reply:
    """The reply itself where it is short, is no text, tells its own length, or where gzip was not offered."""
    if not reply.content_type.startswith(_TEXTS) or (reply.rest is None and len(reply.body) < _LEAST):
        return reply
    if "Content-Length" in reply.headers:
        return reply
    # A cache must not give it to somebody else who cannot read it.
    named = reply.headers | {"Vary": "Accept-Encoding"}
    if not _is_offered(headers):
        return replace(reply, headers=named)
    named["Content-Encoding"] = "gzip"
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    body = packer.compress(reply.body)
    if reply.rest is None:
        return replace(reply, body=body + packer.flush(), headers=named)
    # What was read has to leave at once: whoever waits for the first part does not wait for the second.
    body += packer.flush(zlib.Z_SYNC_FLUSH)
    return replace(reply, body=body, rest=_packed(reply.rest, packer), headers=named)


async def _packed(parts: AsyncIterator[bytes], packer: "zlib._Compress") -> AsyncIterator[bytes]:
    async for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def _is_offered(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    weights = {}
    for name, value in headers:
        if name == b"accept-encoding":
            for offer in value.decode("latin-1").lower().split(","):
                coding, _, weight = offer.partition(";")
                weights[coding.strip()] = weight.replace(" ", "").removeprefix("q=")
    weight = weights.get("gzip", weights.get("*", "0"))
    return weight.strip("0.") != "" or weight == ""
