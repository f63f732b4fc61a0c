"""Five hundred clients that send a byte at a time: others do not notice. Half a minute."""

import asyncio
import time
from contextlib import suppress

import pytest

from tests import make
from tests.heavy import figures, shopping
from tests.heavy.site import Site

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]

SLOW = 500
#: Requests a second of the others, and their p99 with and without slow company.
RATE, P99 = 60, 0.25

HEAD = b"GET /pluggto/products HTTP/1.1\r\nHost: hub\r\nX-Slow: " + b"a" * 200
BODY = b"POST /pluggto/oauth/token HTTP/1.1\r\nHost: hub\r\nContent-Length: 200\r\n\r\n" + b"a" * 199


async def test_slow_clients_hold_nobody_up_and_those_with_half_a_head_are_sent_away(site: Site):
    shop = await site.shop()
    await make.product(shop, "A")
    client = await site.client(shop)
    alone: list[float] = []
    beside: list[float] = []

    async def ask(into: list[float]) -> None:
        began = time.monotonic()
        assert (await client.get("/skus/A")).status == 200
        into.append(time.monotonic() - began)

    await shopping.steadily(RATE, shopping.for_seconds(5), lambda: ask(alone))
    ends = asyncio.Event()
    slow = [asyncio.create_task(dawdle(site.processes.port, HEAD if at % 2 else BODY, ends)) for at in range(SLOW)]
    await shopping.steadily(RATE, shopping.for_seconds(15), lambda: ask(beside))
    ends.set()
    seconds = await asyncio.gather(*slow)

    figures.tell("alone", alone)
    figures.tell(f"beside {SLOW} slow clients", beside)
    heads = [one for one in seconds[1::2] if one is not None]
    print(f"{len(heads)} of {SLOW // 2} half heads were sent away, after {max(heads, default=0):.1f} s at most")
    assert len(heads) == SLOW // 2
    assert max(heads) < 13
    assert figures.share(beside, 0.99) < P99
    assert site.processes.is_ready()


async def dawdle(port: int, words: bytes, ends: asyncio.Event) -> float | None:
    """Seconds until the server sent this client away; None when it waited till the end."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for at in range(len(words)):
            if ends.is_set():
                return None
            writer.write(words[at : at + 1])
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.25)
                return time.monotonic() - began
    except ConnectionError:
        return time.monotonic() - began
    finally:
        writer.close()
    return None
