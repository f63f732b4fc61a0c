"""Proving who calls where every call carries tenant, connection, user name and password."""

from dataclasses import dataclass, field
from uuid import UUID

from plughub.core.hub import Transaction
from plughub.core.secrets import Keys

#: One statement for all that can be wrong, so that its time does not tell which it was.
_FIND = """
SELECT u.tenant_id, u.secret_hash FROM api_users u
JOIN applications a ON a.id = u.application_id
JOIN tenants t ON t.id = u.tenant_id
WHERE u.connection_id = $1 AND u.username = $2 AND t.code = $3 AND a.dialect = $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a call brought along."""

    #: The tenant's code.
    tenant: str
    connection: UUID
    #: User name and password.
    secret: tuple[str, str] = field(repr=False)


async def tenant_of(tx: Transaction, keys: Keys, dialect: str, shown: Shown) -> UUID | None:
    """The tenant that the password opens; None when anything about it is wrong, whatever that is."""
    username, password = shown.secret
    row = await tx.one(_FIND, shown.connection, username, shown.tenant, dialect)
    expected = row["secret_hash"] if row else b""
    if not keys.is_secret(password, expected) or row is None:
        return None
    tenant: UUID = row["tenant_id"]
    return tenant
