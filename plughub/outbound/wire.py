"""HTTP as aiohttp speaks it, to an address that was judged: connections, bounds, and what went wrong in our words.

aiohttp is handed a URL with the address itself in place of the name; the name goes along as Host, in the TLS greeting
and for the certificate only. So aiohttp resolves nothing, and it keeps connections by (scheme, address, port, name).
"""

import re
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

import plughub
from plughub.outbound.model import Answer, Limits, NotSent
from plughub.outbound.policy import Address
from plughub.outbound.target import Target
from plughub.outbound.watch import WatchedConnector, watch_of

#: Seconds for which a connection that nobody uses stays open.
_KEPT_OPEN = 15.0
#: Of one answer; each is at most 8 KB.
_MOST_HEADERS = 100
_READ_AHEAD = 64 * 1024

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]*")
#: Who is called and where the body ends is ours to say.
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"accept-encoding", "proxy-authorization", "proxy-connection"}
)
#: Unless the caller says otherwise.
_ALWAYS = {"User-Agent": f"Plughub/{plughub.__version__}", "Accept-Encoding": "identity"}


class NoConnection(Exception):
    """This address did not let us in; another of the same name may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: Literal["GET", "POST"]
    body: bytes | None
    headers: Mapping[str, str]
    limits: Limits
    #: By `time.perf_counter()`.
    began: float


class Wire:
    """Nothing is opened before first use."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | None = None

    async def ask(self, request: Request, target: Target, address: Address, patience: float) -> Answer:
        """Connect within `patience` seconds; how long the rest takes is for the caller to bound.

        Raises `NotSent` or `NoConnection`.
        """
        try:
            response = await self._send(request, target, address, patience)
            try:
                body, is_cut = await _body(response, request.limits.body)
            finally:
                # A connection that can be kept went back when the last byte came; any other is closed here.
                response.close()
        except aiohttp.ClientSSLError as error:
            raise NotSent("tls") from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NoConnection from error
        except (aiohttp.ClientError, OSError) as error:
            raise NotSent("broken") from error
        seconds = time.perf_counter() - request.began
        return Answer(response.status, _readable(response.headers.items()), body, is_cut, seconds)

    def open(self) -> None:
        self._opened()
        self._trusted()

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def _send(
        self, request: Request, target: Target, address: Address, patience: float
    ) -> aiohttp.ClientResponse:
        host = f"[{address}]" if address.version == 6 else str(address)
        return await self._opened().request(
            request.method,
            URL(f"{target.scheme}://{host}:{target.port}{target.path}", encoded=True),
            data=request.body,
            headers={**request.headers, "Host": target.authority},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience),
            # For the handshake and the certificate, and part of what a kept connection is known by.
            server_hostname=target.host if target.is_secure else None,
            ssl=self._trusted() if target.is_secure else True,
        )

    def _trusted(self) -> ssl.SSLContext:
        """The certificates that this machine trusts; reading them takes long enough to do it once."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Callers bound how many they make at once: whoever hangs must not keep others waiting here.
                connector=WatchedConnector(
                    limit=0, resolver=_Nobody(), use_dns_cache=False, keepalive_timeout=_KEPT_OPEN
                ),
                headers=_ALWAYS,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("Content-Type",),
                max_headers=_MOST_HEADERS,
                read_bufsize=_READ_AHEAD,
            )
        return self._session


class _Nobody(AbstractResolver):
    """aiohttp is given addresses only. Should it ever ask for a name, it finds none."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        raise OSError(f"{host} was not judged")

    async def close(self) -> None:
        pass


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises `NotSent` where a header would say something else than what was meant, or what is ours to say."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value) or name.lower() in _OURS:
            raise NotSent("refused")


async def _body(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and whether there was more."""
    watch = watch_of(response.connection)
    if watch:
        watch.expect_body(limit)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


def _readable(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Bytes that are no text are replaced, so that everything can be stored and shown."""
    texts: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        texts[key] = f"{texts[key]}, {text}" if key in texts else text
    return texts
