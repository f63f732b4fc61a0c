"""`plughub serve`: the database, API processes and a worker as one tree that starts and stops together."""

import argparse
import asyncio
import errno
import socket
from dataclasses import replace

from plughub.cli import database, options
from plughub.cli.errors import CommandError
from plughub.cli.options import Commands
from plughub.cli.signals import Stopper
from plughub.cli.supervisor import Supervisor
from plughub.config import Settings

#: Connections that wait while every process is busy or being started again.
BACKLOG = 2048


def add(commands: Commands) -> None:
    parser = commands.add_parser("serve", help="run the hub: API, console and worker")
    options.common(parser)
    parser.add_argument("--host", help="address to listen on (PLUGHUB_HOST; by default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (PLUGHUB_PORT; by default 8000; 0 takes any)")
    parser.add_argument("--workers", type=int, metavar="N", help="API processes (PLUGHUB_WORKERS; 1)")
    parser.add_argument("--demo", action="store_true", help="load the sample shop into a hub without data")
    parser.set_defaults(func=serve)


def serve(args: argparse.Namespace) -> int:
    settings = options.settings(args)
    with Stopper() as stopper, listen(settings) as listening:
        settings = replace(settings, port=listening.getsockname()[1])
        try:
            with database.server(settings) as server:
                supervisor = Supervisor(settings, server, listening, stopper)
                asyncio.run(supervisor.run(demo=args.demo))
        except KeyboardInterrupt:
            pass  # asked to stop while starting
        return stopper.exit_code


def listen(settings: Settings) -> socket.socket:
    """The hub's socket, opened first: clients that come while it starts wait instead of being refused."""
    try:
        family, address = _address(settings)
        return socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise CommandError(_why_not(settings, error)) from error


def _address(settings: Settings) -> tuple[int, tuple[str, int]]:
    found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    # A name such as localhost has two: clients that do not try both expect the older.
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, (str(address[0]), int(address[1]))


def _why_not(settings: Settings, error: OSError) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is in use: something already listens on {where}. Stop it, or choose "
            f"another port, as in `make serve PORT={settings.port + 1}` or `--port {settings.port + 1}`."
        )
    if error.errno == errno.EACCES:
        return f"Port {settings.port} is for root only: choose one above 1023 with PORT or --port."
    return f"Cannot listen on {where}: {error.strerror or error}. Choose others with --host and --port."
