from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from plughub.core.ids import ConnectionId
from plughub.core.tenants import Permissions

#: Setting of a connection: until when (ISO 8601, UTC) the request log keeps its reads, too.
RECORD_UNTIL = "record_until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    id: ConnectionId
    dialect: str
    #: What people call it; unique per tenant and dialect.
    name: str
    application: UUID
    client_id: str
    state: str
    settings: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """In clear: shown once, when they are made. Only hashes are kept."""

    client_id: str
    client_secret: str
    username: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionUser:
    """The name under which the connection's client comes in, and what goes with it."""

    username: str
    #: ISO 639-1; None: the tenant's.
    language: str | None = None
    #: None: everything.
    permissions: Permissions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Credentials that an existing client already holds; what is None is made new."""

    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
