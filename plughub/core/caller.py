"""Who asks: one value, passed to every command and query."""

from dataclasses import dataclass
from uuid import UUID

from plughub.core.ids import ConnectionId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    tenant: TenantId
    #: The company inside the tenant; a tenant's first company has the tenant's id.
    company: UUID
    #: Named in events and records: a client id, a person's login, or "system".
    actor: str
    #: None for people and for the hub itself.
    connection: ConnectionId | None = None
    #: The language in which a wire without languages speaks, and the currency of amounts that name none.
    language: str = "en"
    currency: str = "EUR"


def system(tenant: TenantId, *, language: str, currency: str) -> Caller:
    return Caller(tenant=tenant, company=tenant, actor="system", language=language, currency=currency)
