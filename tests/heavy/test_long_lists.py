"""Plugboard's list of a large shop, whose clients wait a second for the first byte. About 3 minutes."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import psutil
import pytest

from plughub.core import products
from plughub.core.products import Content
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of
from tests.heavy.site import Site

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

PRODUCTS, BATCH, ABREAST = 20_000, 250, 4
MEGABYTE = 1024 * 1024
#: What parts of a list may take on their way. A process keeps the records that it has rendered beside that, once.
WORKING = 32 * MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One reading of a whole list."""

    first_byte: float
    whole: float
    records: int
    #: Bytes: the answer, and the most that the API's processes had in all.
    size: int
    memory: int


async def test_twenty_thousand_products_come_at_once_and_take_no_more_memory_than_a_few(site: Site):
    """Goal: the first byte within a second, and memory that does not grow with the list."""
    shop = await make.shop(site.hub, language="sv", currency="SEK")
    began = time.monotonic()
    await stocked(shop)
    print(f"\n{PRODUCTS} products were made in {time.monotonic() - began:.0f} s", flush=True)
    client = await client_of(site.http, f"http://127.0.0.1:{site.processes.port}", shop)
    api = [child for child in site.processes.process.children() if "_api" in child.cmdline()]
    await client.get("/product", params={"numRecords": "100"})
    before = memory(api)

    walks = []
    for path in ("/product", "/product?modifiedAtOrAfter=2020-01-01T00:00:00Z", "/product", "/product"):
        walks.append(await walk(client, path, api))
        print(f"{path}: {told(walks[-1], before)}", flush=True)

    for each in walks:
        assert each.records == PRODUCTS
        assert each.first_byte <= 1
        assert each.memory <= before + each.size + WORKING


async def stocked(shop: make.Shop) -> None:
    """Products with texts and prices, through the core's own command."""
    turns = iter(range(0, PRODUCTS, BATCH))

    async def work() -> None:
        for first in turns:
            async with shop.hub.change(shop.tenant.id) as tx:
                for number in range(first, first + BATCH):
                    await products.create(tx, shop.caller, product(number))

    await asyncio.gather(*(work() for _ in range(ABREAST)))


def product(number: int) -> dict[str, object]:
    content = Content(name=f"Gr\u00f6nt te nummer {number}", description="V\u00e4xer i skugga. " * 20)
    default = {"sku": f"TE-{number}", "price": Decimal(number), "levels": make.levels(make.level(number))}
    return {"default": default, "content": {"sv": content}}


def memory(processes: Sequence[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in processes)


def told(walk: Walk, before: int) -> str:
    size, grown = (count // MEGABYTE for count in (walk.size, walk.memory - before))
    return (
        f"first byte after {walk.first_byte * 1000:.0f} ms, {size} MB after {walk.whole:.1f} s,"
        f" memory {before // MEGABYTE} MB and at most {grown} MB more"
    )


async def walk(client: Client, path: str, api: Sequence[psutil.Process]) -> Walk:
    most = memory(api)
    began = time.monotonic()
    first, text = 0.0, bytearray()
    async with client.http.get(client.base + path, headers=client.proof) as answer:
        async for part in answer.content.iter_any():
            first = first or time.monotonic() - began
            text += part
            most = max(most, memory(api))
    whole = time.monotonic() - began
    return Walk(first_byte=first, whole=whole, records=len(json.loads(text)), size=len(text), memory=most)
