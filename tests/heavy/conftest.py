"""One hub for all tests of a file."""

from collections.abc import AsyncIterator

import pytest

from tests.heavy.inbox import Inbox, opened
from tests.heavy.site import Site
from tests.heavy.site import site as running


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[Site]:
    async with running() as site:
        yield site


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with opened() as inbox:
        yield inbox
