"""An ASGI application on a real socket, in the loop of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from plughub.web.patience import PatientProtocol


@asynccontextmanager
async def serving(application: Any, protocol: type[PatientProtocol] = PatientProtocol) -> AsyncIterator[str]:
    """The address at which it answers."""
    # The protocol is named: asyncio sends without delay only where it is, and an answer would take 40 ms else.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        options = uvicorn.Config(application, lifespan="off", log_config=None, access_log=False, http=protocol)
        server = uvicorn.Server(options)
        # The tests' own signals stay theirs.
        task = asyncio.create_task(server._serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task
