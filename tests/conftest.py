"""Fixtures for every test."""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest

from plughub import app
from plughub.config import Settings
from plughub.core.contents import Contents
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.outbound import Outbound, Policy
from plughub.web import logs
from tests import make, server
from tests.sockets import serving


@pytest.fixture(scope="session")
def superuser_url() -> Iterator[str]:
    """The server of this run, for tests that make databases."""
    with server.superuser_url() as url:
        yield url


@pytest.fixture(scope="session")
async def database_url(superuser_url: str) -> AsyncIterator[str]:
    """A fresh database of this run; the role of this URL owns it and is no superuser."""
    async with server.database(superuser_url) as url:
        yield url


@pytest.fixture(scope="session")
async def hub(database_url: str) -> AsyncIterator[Hub]:
    """A hub on this run's database, in this process."""
    settings = Settings(data=Path("unused"), database_url=database_url)
    await app.migrate(settings)
    with server.folder() as folder:
        hub = Hub(database_url, keys=Keys(b"of the tests"), contents=Contents(folder))
        yield hub
        await hub.close()


@pytest.fixture
async def shop(hub: Hub) -> make.Shop:
    """A fresh tenant: what other tests do cannot be seen here."""
    return await make.shop(hub)


@pytest.fixture(scope="session")
async def outbound() -> AsyncIterator[Outbound]:
    """The guarded client of the hub that is tested; those whom it calls are on this machine."""
    outbound = Outbound(Policy(networks=(ip_network("127.0.0.0/8"), ip_network("::1"))))
    yield outbound
    await outbound.close()


@pytest.fixture(scope="session")
async def address(hub: Hub, outbound: Outbound) -> AsyncIterator[str]:
    """The hub's API on a real socket."""
    settings = Settings(data=Path("unused"), hosts={"plugg.test": "pluggto"})
    async with serving(app.application(hub, outbound, settings)) as url:
        yield url


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


@pytest.fixture
def logged() -> Iterator[io.BytesIO]:
    """All that the hub logs, as it goes to standard error."""
    written = io.BytesIO()
    handler = logging.StreamHandler(io.TextIOWrapper(written, "utf-8", write_through=True))
    handler.setFormatter(logs.Lines())
    root = logging.getLogger()
    level, requests = root.level, logs._requests[:]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logs._requests[:] = [written]
    yield written
    logs._requests[:] = requests
    root.removeHandler(handler)
    root.setLevel(level)
