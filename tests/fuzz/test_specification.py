"""Whatever a client makes of a dialect's OpenAPI document, the answer is one that the document names, and what is
refused leaves no trace."""

import asyncio

import aiohttp
import pytest

from plughub import app
from plughub.core.hub import Hub
from plughub.web.dialect import Dialect
from tests import clients
from tests.fuzz import specification

#: Cases per dialect and run, shared among its operations; two of each at least.
CASES = 150


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dialect", app.DIALECTS.values(), ids=lambda dialect: dialect.name)
async def test_the_hub_is_as_its_document_says(dialect: Dialect, hub: Hub, http: aiohttp.ClientSession, address: str):
    entered = await clients.enter(dialect, hub, http, address)

    found, statuses = await asyncio.to_thread(
        specification.run,
        entered,
        hub,
        asyncio.get_running_loop(),
        examples=max(2, CASES // len(dialect.routes)),
        is_thorough=False,
    )

    assert not found, "\n".join(found)
    # So that finding nothing means something.
    assert statuses[200] > 10
    assert statuses[400] > 10
