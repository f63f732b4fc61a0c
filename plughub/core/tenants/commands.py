"""What can be done with tenants and people."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg

from plughub.core import ids
from plughub.core.errors import Duplicate, Invalid, Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.secrets import hash_password, text_secret
from plughub.core.tenants import queries
from plughub.core.tenants.model import Role, Tenant, User
from plughub.core.values import to_json

#: The vendor's own examples begin around here; lower numbers look like test data to some clients.
_FIRST_ACCOUNT = 129
#: Any number will do; it must only be the same in every process.
_NUMBERING = 7_340_022

#: The record of the base list; the areas above tenants keep the other lists' (`core/prices`).
_BASE_LIST = """
INSERT INTO registry (tenant_id, kind, id, company_id, number, key, version, created_at, created_by, changed_at,
                      changed_by, doc)
SELECT $1, 'price_list', $1, $1, 1, '$base', 1, t.at, 'system', t.at, 'system',
       json_build_object('code', '$base', 'names', json_build_object($2::text, 'Base price'), 'currency', $3::text)
FROM (SELECT clock_timestamp() AS at) t
"""


async def create_tenant(
    tx: Transaction,
    code: str,
    *,
    name: str,
    id: TenantId | None = None,
    language: str = "en",
    currency: str = "EUR",
    country: str = "DE",
    time_zone: str = "UTC",
    profile: dict[str, Any] | None = None,
) -> Tenant:
    """A tenant without what it has from the first day: `furnish` follows.

    With an `id` of its own `tx` may be that tenant's before it exists, so that both happen together or not at all.
    """
    if not code or not code.isascii() or not code.replace("-", "").replace("_", "").isalnum():
        raise Invalid("code", "must be letters, digits, - and _")
    if not name.strip():
        raise Invalid("name", "must not be empty")
    _check_letters("language", language, 2, "a two-letter ISO 639-1 code such as pt")
    _check_letters("currency", currency, 3, "a three-letter ISO 4217 code such as EUR")
    _check_letters("country", country, 2, "a two-letter ISO 3166-1 code such as BR")
    _check_zone(time_zone)
    id = id or TenantId(ids.new())
    # Two tenants that are created at once would draw the same number.
    await tx.run("SELECT pg_advisory_xact_lock($1)", _NUMBERING)
    try:
        await tx.run(
            """
            INSERT INTO tenants (id, code, name, number, language, currency, country, time_zone, profile)
            SELECT $1, $2, $3, greatest(coalesce(max(number), 0) + 1, $9), $4, $5, $6, $7, $8 FROM tenants
            """,
            id, code, name.strip(), language.lower(), currency.upper(), country.upper(), time_zone,
            to_json(profile or {}), _FIRST_ACCOUNT,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("tenant", code) from error
    return await queries.tenant_by_code(tx, code)


async def furnish(tx: Transaction, tenant: Tenant) -> None:
    """What every tenant has from the first day. `tx` is the tenant's own."""
    await tx.run("INSERT INTO feeds (tenant_id) VALUES ($1)", tenant.id)
    await tx.run("INSERT INTO locations (tenant_id, id, code, name) VALUES ($1, $1, '$main', 'Main stock')", tenant.id)
    await tx.run(
        "INSERT INTO price_lists (tenant_id, id, code, name, currency) VALUES ($1, $1, '$base', 'Base price', $2)",
        tenant.id,
        tenant.currency,
    )
    await tx.run(_BASE_LIST, tenant.id, tenant.language, tenant.currency)


async def create_user(tx: Transaction, login: str, *, name: str = "") -> tuple[User, str]:
    """A person and the one-time password that lets them in once."""
    login = login.strip().lower()
    if not login:
        raise Invalid("login", "must not be empty")
    password = text_secret(16)
    try:
        await tx.run(
            "INSERT INTO users (id, login, name, password_hash, must_change_password) VALUES ($1, $2, $3, $4, true)",
            ids.new(),
            login,
            name or login,
            hash_password(password),
        )
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("user", login) from error
    return await queries.user_by_login(tx, login), password


async def reset_password(tx: Transaction, login: str) -> tuple[User, str]:
    """A new one-time password; the old password stops working at once, and whoever is signed in with it is out."""
    password = text_secret(16)
    done = await tx.value(
        "UPDATE users SET password_hash = $2, must_change_password = true"
        " WHERE login = $1 AND disabled_at IS NULL RETURNING id",
        login.strip().lower(),
        hash_password(password),
    )
    if done is None:
        raise NotFound("user", login)
    await tx.run("DELETE FROM sessions WHERE user_id = $1", done)
    return await queries.user_by_login(tx, login), password


async def disable_user(tx: Transaction, login: str, at: datetime | None = None) -> None:
    """The person cannot sign in any more. The last one who can stays: somebody has to let the others in."""
    login = login.strip().lower()
    # Locked, so that two people cannot disable each other.
    logins = [row["login"] for row in await tx.all("SELECT login FROM users WHERE disabled_at IS NULL FOR UPDATE")]
    if login not in logins:
        raise NotFound("user", login)
    if logins == [login]:
        raise Locked("user", f"{login} is the only one who can sign in: create another one first")
    await tx.run(
        "WITH gone AS (UPDATE users SET disabled_at = $2 WHERE login = $1 RETURNING id)"
        " DELETE FROM sessions WHERE user_id IN (SELECT id FROM gone)",
        login,
        at or datetime.now(UTC),
    )


async def set_role(tx: Transaction, user: UUID, tenant: TenantId, role: Role) -> None:
    """The last owner stays one: somebody has to let the others in."""
    if role is not Role.OWNER:
        await check_not_last(tx, user, tenant)
    await tx.run(
        "INSERT INTO memberships (user_id, tenant_id, role) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id, tenant_id) DO UPDATE SET role = excluded.role",
        user,
        tenant,
        role,
    )


async def check_not_last(tx: Transaction, user: UUID, tenant: TenantId) -> None:
    """Refuse to touch a tenant's only owner. Owners are locked, so that two cannot take each other out."""
    rows = await tx.all(
        "SELECT m.user_id, u.login FROM memberships m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL"
        " WHERE m.tenant_id = $1 AND m.role = 'owner' ORDER BY m.user_id FOR UPDATE OF m",
        tenant,
    )
    if [row["user_id"] for row in rows] == [user]:
        raise Locked("user", f"{rows[0]['login']} is the only owner: make somebody else an owner first")


def _check_letters(field: str, value: str, count: int, expected: str) -> None:
    if len(value) != count or not value.isascii() or not value.isalpha():
        raise Invalid(field, f"must be {expected}")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    # OSError: a folder of zones, such as America.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("time_zone", f"{name!r} is not a time zone such as America/Sao_Paulo") from error
