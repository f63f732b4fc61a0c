"""The long runs of `tests/fuzz`: more of the same, in each dialect."""

import asyncio

import aiohttp
import pytest

from plughub import app
from plughub.core.hub import Hub
from plughub.web.dialect import Dialect
from tests import clients
from tests.fuzz import specification, test_orders, test_partial_update
from tests.fuzz.test_corpus import send_odd

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]
DIALECTS = pytest.mark.parametrize("dialect", app.DIALECTS.values(), ids=lambda dialect: dialect.name)


@DIALECTS
async def test_the_hub_is_as_its_document_says(dialect: Dialect, hub: Hub, http: aiohttp.ClientSession, address: str):
    """With every combination that the document has a rule about, and with calls that follow from each other."""
    entered = await clients.enter(dialect, hub, http, address)

    found, statuses = await asyncio.to_thread(
        specification.run,
        entered,
        hub,
        asyncio.get_running_loop(),
        examples=max(5, 1000 // len(dialect.routes)),
        is_thorough=True,
    )

    print(dialect.name, statuses)
    assert not found, "\n".join(found)
    assert statuses[200] > 100
    assert statuses[400] > 100


@DIALECTS
async def test_no_odd_value_in_any_field_is_a_fault_of_the_hub(
    dialect: Dialect, hub: Hub, http: aiohttp.ClientSession, address: str
):
    entered = await clients.enter(dialect, hub, http, address)

    print(dialect.name, await send_odd(entered, hub, per_field=13, traced=10))


async def test_orders_are_what_was_done_to_them(hub: Hub, http: aiohttp.ClientSession, address: str):
    await test_orders.play(hub, http, address, examples=150, steps=40)


async def test_a_record_is_what_its_updates_made_of_it(hub: Hub, http: aiohttp.ClientSession, address: str):
    await test_partial_update.play(hub, http, address, examples=150, steps=30)
