"""One request and one answer, as handlers see them: no server, no framework."""

from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from plughub.core.hub import Hub
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.tenants import Identity, Tokenbook
from plughub.outbound import Outbound
from plughub.web.rendered import Rendered

_encoder = msgspec.json.Encoder(decimal_format="number")
_JSON = "application/json; charset=utf-8"


class Call:
    """A request. `identity` is filled by the dialect's authentication before the handler runs."""

    def __init__(
        self,
        hub: Hub,
        tokenbook: Tokenbook,
        rendered: Rendered,
        outbound: Outbound,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        address: str = "",
        mount: str = "",
        origin: str = "",
        is_secure: bool = False,
        parts: AsyncIterator[bytes] | None = None,
    ) -> None:
        self.hub = hub
        self.tokenbook = tokenbook
        self.rendered = rendered
        self.outbound = outbound
        self.method = method
        #: Percent-encoded, below the dialect's mount point, without trailing slashes.
        self.path = path
        self.headers = headers
        self.body = body
        self.route: Mapping[str, str] = {}
        #: Where the request comes from; a proxy's word is taken only from this machine.
        self.address = address
        #: Where the dialect is served on this host: `/plugboard`, or nothing where the host is its own.
        self.mount = mount
        #: Whether it came over TLS, here or at a trusted proxy.
        self.is_secure = is_secure
        #: What clients are told to call, whatever they called: `https://hub.example`.
        self.origin = origin
        self._parts = parts
        self._query = query
        self._identity: Identity | None = None
        #: Whose call it is, as soon as that is known; of a login, whom it let in.
        self.client: tuple[TenantId, ConnectionId] | None = None

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """Decoded pairs in the order sent. Keys without `=` have an empty value."""
        if not self._query:
            return []
        text = self._query.decode("latin-1")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace")

    @property
    def raw_query(self) -> bytes:
        return self._query

    @property
    def is_whole(self) -> bool:
        """Whether `body` is all that was sent."""
        return self._parts is None

    def parameter(self, name: str) -> str | None:
        """The last value sent under a name."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def header(self, name: str) -> str | None:
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    @property
    def parts(self) -> AsyncIterator[bytes]:
        """The body as it arrives. It ends early, or with a refusal, by an exception only."""
        if self._parts is None:
            raise RuntimeError("the body of this route is read at once")
        return self._parts

    @property
    def identity(self) -> Identity:
        if self._identity is None:
            raise RuntimeError("this route does not ask who calls")
        return self._identity

    @identity.setter
    def identity(self, identity: Identity) -> None:
        self._identity = identity
        self.client = (identity.caller.tenant, identity.connection)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Of the connection that calls; none are known at a login."""
        return self._identity.settings if self._identity is not None else {}

    def came_from(self, tenant: TenantId, connection: ConnectionId) -> None:
        """A route that lets a client in says whom: the request log is kept by connection."""
        self.client = (tenant, connection)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str = _JSON
    headers: dict[str, str] = field(default_factory=dict)
    #: The rest of the body, where it is too long to be held at once. Its first part is `body`: whatever can be
    #: refused has to be found out before that.
    rest: AsyncIterator[bytes] | None = None


def to_json(value: Any) -> bytes:
    """JSON with exact numbers, UTF-8, not escaped."""
    return _encoder.encode(value)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """Header names are written with `_` for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, to_json(value), headers=named)


def basic_pair(header: str) -> tuple[str, str] | None:
    """User name and password of HTTP Basic, in UTF-8; None where the header holds no such pair."""
    scheme, _, text = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, colon, password = b64decode(text.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (username, password) if colon else None
