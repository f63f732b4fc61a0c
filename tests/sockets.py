"""An ASGI application on a real socket, in the loop of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[str]:
    """The address at which it answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        options = uvicorn.Config(application, lifespan="off", log_config=None, access_log=False, http="httptools")
        server = uvicorn.Server(options)
        # The tests' own signals stay theirs.
        task = asyncio.create_task(server._serve([listening]))
        yield "http://127.0.0.1:{}".format(listening.getsockname()[1])
        server.should_exit = True
        await task
