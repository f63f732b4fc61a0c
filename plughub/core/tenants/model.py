"""Who owns the data, and what proves that a caller may touch it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from plughub.core.caller import Caller
from plughub.core.ids import ConnectionId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    id: TenantId
    #: What operators type: `demo`.
    code: str
    name: str
    #: The account number of vendors that show small integers.
    number: int
    #: ISO 639-1; the language of wires that know only one.
    language: str
    #: ISO 4217.
    currency: str
    #: ISO 3166-1 alpha-2.
    country: str
    time_zone: str
    #: company_name, email, document, phone.
    profile: dict[str, Any]
    created_at: datetime


class Role(StrEnum):
    OWNER = "owner"
    MERCHANT = "merchant"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"
    READER = "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: UUID
    login: str
    name: str
    must_change_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A client program; its secret is known only as a hash."""

    id: UUID
    client_id: str
    name: str
    #: Of the secret that was proven; tokens are issued only while it is still the right one.
    secret_hash: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a dialect's tokens live; each dialect states its own."""

    access: timedelta
    refresh: timedelta
    code: timedelta
    #: A refresh token that was used still works so long, so that a lost answer can be asked for again.
    refresh_grace: timedelta
    #: Hex digits of every token.
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    access: str
    refresh: str
    expires_in: int
    #: Whose they are.
    tenant: TenantId
    connection: ConnectionId


class Access(StrEnum):
    """What a connection's user may do with a resource of its dialect; who may write may read."""

    READ = "read"
    WRITE = "write"


#: Resource -> access; `all` names those that are not named.
Permissions = Mapping[str, Access]


class Peer(NamedTuple):
    """A connection of the caller's tenant."""

    dialect: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a valid access token stands for."""

    caller: Caller
    tenant: Tenant
    connection: ConnectionId
    application: Application
    settings: dict[str, Any]
    #: The tenant's connections when this was looked up: for showing them, not for deciding about them.
    peers: Mapping[UUID, Peer]
    #: None: everything.
    permissions: Permissions | None = None

    def may(self, resource: str, access: Access) -> bool:
        if self.permissions is None:
            return True
        given = self.permissions.get(resource, self.permissions.get("all"))
        return given in (access, Access.WRITE)


class Proof(StrEnum):
    """Why a credential was refused; each dialect has its own words for these."""

    UNKNOWN_CLIENT = "unknown client or wrong secret"
    WRONG_PASSWORD = "unknown user or wrong password"  # noqa: S105
    UNKNOWN = "unknown or already used"
    EXPIRED = "expired"
