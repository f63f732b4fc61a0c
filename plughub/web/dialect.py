"""What a dialect declares: its name, its routes, how it knows a caller and how it spells a refusal."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.connections import Connection, Credentials
from plughub.core.errors import HubError
from plughub.core.hub import Transaction
from plughub.core.tenants import Identity, Lifetimes, Tenant
from plughub.core.webhooks import Style
from plughub.web.call import Call, Reply

Handler = Callable[[Call], Awaitable[Reply]]


class HttpFault(Exception):
    """What HTTP itself objects to, before any command is asked."""


class UnknownPath(HttpFault):
    pass


@dataclass(eq=False)
class WrongMethod(HttpFault):
    allowed: tuple[str, ...]


class TooLarge(HttpFault):
    pass


class FileTooLarge(TooLarge):
    """A body that comes in parts is larger than files may be."""


class TooSlow(HttpFault):
    """A body that comes in parts does not come on."""


class Insecure(HttpFault):
    """The request came in the clear over a network where its password can be read."""


@dataclass(eq=False)
class Bug(HttpFault):
    """Something nobody foresaw; the log has it whole under this id, the caller learns nothing but the id."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the OpenAPI document says of a route. The schemas are JSON Schema."""

    summary: str
    tag: str
    #: The operation's name where its handler serves several routes.
    name: str = ""
    parameters: tuple[dict[str, Any], ...] = ()
    body: dict[str, Any] | None = None
    #: Status -> (description, schema).
    answers: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    #: Media type of the body, and of the answer when all is well.
    takes: str = "application/json"
    gives: str = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    #: `/skus/{sku}/stock`; letter case of fixed parts is ignored, a part in braces is one encoded segment.
    path: str
    handler: Handler
    described: Described
    #: Whether the caller has to prove who they are.
    is_open: bool = False
    #: Its body comes to the handler in parts (`Call.parts`), as large as a file may be; the handler runs once.
    streams: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a new client is told."""

    #: All that it needs besides the address, under the vendor's names; the last argument is a fresh code, empty
    #: where the dialect has no tokens.
    credentials: Callable[[Tenant, Connection, Credentials, str], dict[str, Any]]
    #: A call that proves the credentials or gets a token, ready to paste; from the base URL and the credentials.
    first_call: Callable[[str, Mapping[str, Any]], str]
    #: Option of a connection -> values that it may have; None: which ones depends on the tenant, and `check` knows.
    options: dict[str, tuple[str, ...] | None]
    #: Option -> what it decides, in words for people.
    option_words: Mapping[str, str] = field(default_factory=dict)
    #: Refuses options that do not fit the tenant.
    check: Callable[[Transaction, Caller, Mapping[str, Any]], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How clients read one record: a GET route, and how an id is spelled in its braces."""

    path: str
    spell: Callable[[UUID], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Where requests come in: a dialect, or the console."""

    name: str
    #: Where it is served below the hub's address: `/pluggto`.
    mount: str
    #: Refuse requests that others can read on the way.
    needs_https: bool = False
    routes: tuple[Route, ...]
    #: Who calls a route that is not open.
    authenticate: Callable[[Call], Awaitable[Identity]]
    #: Every refusal and fault in the edge's own shape, an unknown path included.
    spell: Callable[[HubError | HttpFault], Reply]
    #: Largest body in bytes.
    body_limit: int
    #: Headers that say whose call it is beside the user's name, for the log; no secrets.
    naming: tuple[str, ...] = ()
    #: Whether long answers are sent compressed to those who can read that.
    compresses: bool = False
    #: Sent with every answer.
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect(Edge):
    title: str
    #: What clients call their base URL, below the mount point: `/api`.
    root: str = ""
    client: Client
    #: How long its tokens live; None where each call carries its password.
    lifetimes: Lifetimes | None = None
    #: How its clients are told of changes; None where the vendor tells nobody.
    notify: Style | None = None
    #: What the reference says of that.
    notification: Described | None = None
    #: What its users may be permitted to read or to write one by one; none where they are all alike.
    resources: tuple[str, ...] = ()
    #: Kind of record in the core's words -> how clients read one: what people are shown as the dialect's answer.
    #: A wire without products shows each variant.
    readings: Mapping[str, Reading] = field(default_factory=dict)
    #: JSON Schemas that the routes' descriptions refer to.
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    description: str = ""
    security: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Every call needs all of `security`, not one of it.
    needs_all_proofs: bool = False


class Router:
    """Matches the percent-encoded path, so that an encoded slash belongs to its segment."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._exact: dict[tuple[str, ...], dict[str, Route]] = {}
        self._open: list[tuple[tuple[str, ...], dict[str, Route]]] = []
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        parts = tuple(route.path.strip("/").split("/"))
        if not any(part.startswith("{") for part in parts):
            self._exact.setdefault(tuple(part.lower() for part in parts), {})[route.method] = route
            return
        for known, methods in self._open:
            if known == parts:
                methods[route.method] = route
                return
        self._open.append((parts, {route.method: route}))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route, and what stands in its braces, still encoded."""
        segments = tuple(path.strip("/").split("/"))
        methods = self._exact.get(tuple(segment.lower() for segment in segments))
        values: dict[str, str] = {}
        if methods is None:
            methods, values = self._match(segments)
        wanted = "GET" if method == "HEAD" else method
        route = methods.get(wanted)
        if route is None:
            raise WrongMethod(tuple(sorted(methods)))
        return route, values

    def allowed(self, path: str) -> tuple[str, ...]:
        """What may be asked of the path; nothing where there is no such path."""
        try:
            self.find("OPTIONS", path)
        except WrongMethod as wrong:
            return (*wrong.allowed, *(("HEAD",) if "GET" in wrong.allowed else ()), "OPTIONS")
        except UnknownPath:
            pass
        return ()

    def _match(self, segments: tuple[str, ...]) -> tuple[dict[str, Route], dict[str, str]]:
        for pattern, methods in self._open:
            if len(pattern) != len(segments):
                continue
            values = {}
            for part, segment in zip(pattern, segments, strict=True):
                if part[0] == "{":
                    values[part[1:-1]] = segment
                elif part != segment.lower():
                    break
            else:
                return methods, values
        raise UnknownPath
