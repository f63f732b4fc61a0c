"""Questions about tenants, people and applications. None of these tables is under row security."""

from uuid import UUID

import asyncpg
import msgspec

from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.tenants.model import Tenant, User

TENANT_COLUMNS = "id, code, name, number, language, currency, country, time_zone, profile, created_at"


async def tenants(tx: Transaction) -> list[Tenant]:
    return [tenant_from(row) for row in await tx.all(f"SELECT {TENANT_COLUMNS} FROM tenants ORDER BY code")]


async def tenant(tx: Transaction, id: TenantId) -> Tenant:
    row = await tx.one(f"SELECT {TENANT_COLUMNS} FROM tenants WHERE id = $1", id)
    if row is None:
        raise NotFound("tenant", id)
    return tenant_from(row)


async def tenant_by_code(tx: Transaction, code: str) -> Tenant:
    row = await tx.one(f"SELECT {TENANT_COLUMNS} FROM tenants WHERE code = $1", code)
    if row is None:
        raise NotFound("tenant", code)
    return tenant_from(row)


async def users(tx: Transaction, tenant: TenantId | None = None) -> list[tuple[User, dict[str, str]]]:
    """People with their role per tenant code; of one tenant, or all."""
    rows = await tx.all(
        """
        SELECT u.id, u.login, u.name, u.must_change_password,
               coalesce(json_object_agg(t.code, m.role) FILTER (WHERE t.code IS NOT NULL), '{}') AS roles
        FROM users u
        LEFT JOIN memberships m ON m.user_id = u.id
        LEFT JOIN tenants t ON t.id = m.tenant_id
        WHERE u.disabled_at IS NULL
        GROUP BY u.id
        HAVING $1::uuid IS NULL OR bool_or(m.tenant_id = $1::uuid)
        ORDER BY u.login
        """,
        tenant,
    )
    return [(user_from(row), msgspec.json.decode(row["roles"], type=dict[str, str])) for row in rows]


async def user_by_login(tx: Transaction, login: str) -> User:
    row = await tx.one(
        "SELECT id, login, name, must_change_password FROM users WHERE login = $1 AND disabled_at IS NULL",
        login.strip().lower(),
    )
    if row is None:
        raise NotFound("user", login)
    return user_from(row)


async def has_api_users(tx: Transaction) -> bool:
    """Whether a client was ever let in here, so that a key is in use."""
    return bool(await tx.value("SELECT EXISTS (SELECT FROM api_users)"))


def tenant_from(row: asyncpg.Record) -> Tenant:
    return Tenant(
        # The driver's own UUID class does not compare as fast.
        id=TenantId(UUID(int=row["id"].int)),
        code=row["code"],
        name=row["name"],
        number=row["number"],
        language=row["language"],
        currency=row["currency"],
        country=row["country"],
        time_zone=row["time_zone"],
        profile=msgspec.json.decode(row["profile"]),
        created_at=row["created_at"],
    )


def user_from(row: asyncpg.Record) -> User:
    return User(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        must_change_password=row["must_change_password"],
    )
