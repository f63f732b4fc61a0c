"""Receivers that misbehave below HTTP, each on a socket of its own."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Writer = asyncio.StreamWriter
Villain = Callable[[Writer], Awaitable[None]]

_OK = b"HTTP/1.1 200 OK\r\n"
_LOT = b"x" * 65536


async def drips(writer: Writer) -> None:
    """A byte at a time, never the last."""
    for byte in _OK + b"x-a: b\r\n" * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.5)


async def drips_body(writer: Writer) -> None:
    writer.write(_OK + b"content-length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.5)


async def hangs(writer: Writer) -> None:
    await asyncio.sleep(3600)


async def resets(writer: Writer) -> None:
    writer.transport.abort()


async def never_ends(writer: Writer) -> None:
    writer.write(_OK + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + _LOT + b"\r\n")
        await writer.drain()


async def shouts(writer: Writer) -> None:
    """Headers without end."""
    writer.write(_OK)
    while True:
        writer.write(b"x-long: " + _LOT + b"\r\n")
        await writer.drain()


async def floods(writer: Writer) -> None:
    """Many small headers, and no last one."""
    writer.write(_OK)
    while True:
        writer.write(b"x-many: 1\r\n" * 1000)
        await writer.drain()


async def interrupts(writer: Writer) -> None:
    """Interim answers without end."""
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)
        await writer.drain()


PLAIN: tuple[Villain, ...] = (
    drips, drips_body, hangs, resets, never_ends, shouts, floods, interrupts,
)  # fmt: skip


@asynccontextmanager
async def at_work(folder: Path) -> AsyncIterator[tuple[dict[str, str], Counter[str]]]:
    """Name -> address of each, and how often each was called."""
    calls = Counter[str]()
    async with AsyncExitStack() as stack:
        urls = {one.__name__: await stack.enter_async_context(_open(one, "http", calls)) for one in PLAIN}
        # Plain text to who greets with TLS, and a certificate that nobody vouches for.
        urls["no tls"] = await stack.enter_async_context(_open(resets, "https", calls, name="no tls"))
        tls = _self_signed(folder)
        urls["bad tls"] = await stack.enter_async_context(_open(resets, "https", calls, name="bad tls", tls=tls))
        yield urls, calls


@asynccontextmanager
async def _open(
    villain: Villain, scheme: str, calls: Counter[str], *, name: str = "", tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        calls[name or villain.__name__] += 1
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if scheme == "http":
                await reader.readuntil(b"\r\n\r\n")
            else:
                writer.write(b"220 hello\r\n")
            await villain(writer)
        writer.transport.abort()
        tasks.discard(task)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"{scheme}://127.0.0.1:{port}/hook"
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "nobody.pem"
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(plain + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
