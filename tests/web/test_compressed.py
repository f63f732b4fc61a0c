"""Answers as gzip: for whom, and that every part can be read when it arrives."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from plughub.web.call import Reply
from plughub.web.compressed import compress

LONG = b'{"name": "Te"}' * 200


def offering(text: str) -> list[tuple[bytes, bytes]]:
    return [(b"accept-encoding", text.encode())]


@pytest.mark.parametrize("offer", ["gzip", "deflate, GZIP;q=0.5", "*", "gzip; q=1.0", "br, gzip;q=0.001"])
def test_a_long_answer_is_compressed_for_whoever_offers_to_read_it(offer):
    reply = compress(Reply(200, LONG), offering(offer))

    assert gzip.decompress(reply.body) == LONG
    assert len(reply.body) < len(LONG) / 10
    assert reply.headers == {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}


@pytest.mark.parametrize("offer", ["", "br", "gzip;q=0", "gzip; q=0.000", "identity, *;q=0", "*, gzip;q=0"])
def test_without_the_offer_an_answer_is_sent_as_it_is(offer):
    reply = compress(Reply(200, LONG), offering(offer) if offer else [])

    assert (reply.body, reply.headers) == (LONG, {"Vary": "Accept-Encoding"})


def test_what_is_short_or_no_text_is_sent_as_it_is():
    for reply in (Reply(200, b"{}"), Reply(200, LONG, "image/png")):
        assert compress(reply, offering("gzip")) is reply


async def test_each_part_of_a_long_list_can_be_read_before_the_next():
    parts = [b"[1", b",2", b",3]"]

    async def rest() -> AsyncIterator[bytes]:
        for part in parts[1:]:
            yield part

    reply = compress(Reply(200, parts[0], rest=rest()), offering("gzip"))

    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    read = [reader.decompress(reply.body)]
    assert reply.rest is not None
    async for part in reply.rest:
        read.append(reader.decompress(part))
    assert read == [*parts, b""]
    assert reader.eof
