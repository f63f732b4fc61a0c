"""The people of one tenant, as its owners see and change them. Each change is in the tenant's history."""

from dataclasses import dataclass
from datetime import datetime

from plughub.core import events
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Forbidden, NotFound
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.ids import TenantId
from plughub.core.patch import Change
from plughub.core.tenants import commands, queries
from plughub.core.tenants.model import Role, User

_MEMBERS = """
SELECT u.id, u.login, u.name, u.must_change_password, u.signed_in_at, m.role,
       EXISTS (SELECT FROM memberships o WHERE o.user_id = u.id AND o.tenant_id <> $1) AS is_elsewhere
FROM memberships m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
WHERE m.tenant_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    user: User
    role: Role
    #: None for who never did, or not since this was kept.
    signed_in_at: datetime | None
    #: Whether other tenants know this person, too: then their password is not this tenant's to change.
    is_elsewhere: bool


async def members(tx: Transaction, tenant: TenantId) -> list[Member]:
    """In the order of their logins."""
    rows = await tx.all(f"{_MEMBERS} ORDER BY u.login", tenant)
    return [
        Member(
            user=queries.user_from(row),
            role=Role(row["role"]),
            signed_in_at=row["signed_in_at"],
            is_elsewhere=row["is_elsewhere"],
        )
        for row in rows
    ]


async def member(tx: Transaction, tenant: TenantId, login: str) -> Member:
    found = [one for one in await members(tx, tenant) if one.user.login == login.strip().lower()]
    if not found:
        raise NotFound("person", login)
    return found[0]


async def invite(tx: Transaction, caller: Caller, login: str, *, name: str, role: Role) -> tuple[User, str | None]:
    """A new person with a one-time password, or one whom the hub knows already: without a password then."""
    password: str | None = None
    try:
        user = await queries.user_by_login(tx, login)
    except NotFound:
        user, password = await commands.create_user(tx, login, name=name)
    if any(one.user.id == user.id for one in await members(tx, caller.tenant)):
        raise Duplicate("person", user.login)
    await commands.set_role(tx, user.id, caller.tenant, role)
    await _tell(tx, caller, user, Action.CREATED, None, role)
    return user, password


async def change_role(tx: Transaction, caller: Caller, login: str, role: Role) -> Member:
    """The member as they were before."""
    before = await member(tx, caller.tenant, login)
    if before.role is not role:
        await commands.set_role(tx, before.user.id, caller.tenant, role)
        await _tell(tx, caller, before.user, Action.UPDATED, before.role, role)
    return before


async def take_out(tx: Transaction, caller: Caller, login: str) -> Member:
    """The person sees this tenant no more, from their next click on; they stay whatever they are elsewhere."""
    before = await member(tx, caller.tenant, login)
    await commands.check_not_last(tx, before.user.id, caller.tenant)
    await tx.run("DELETE FROM memberships WHERE tenant_id = $1 AND user_id = $2", caller.tenant, before.user.id)
    await _tell(tx, caller, before.user, Action.DELETED, before.role, None)
    return before


async def let_in_again(tx: Transaction, caller: Caller, login: str) -> tuple[User, str]:
    """A new one-time password; the old one ends, and whoever is signed in with it is out."""
    found = await member(tx, caller.tenant, login)
    if found.is_elsewhere:
        # Or an owner here could sign in as them there.
        raise Forbidden(f"{found.user.login} belongs to other shops, too: whoever runs the hub can reset the password")
    user, password = await commands.reset_password(tx, found.user.login)
    await _tell(tx, caller, user, Action.UPDATED, None, None, field="password")
    return user, password


async def _tell(
    tx: Transaction,
    caller: Caller,
    user: User,
    action: Action,
    before: Role | None,
    after: Role | None,
    *,
    field: str = "role",
) -> None:
    """Changes of access are history like any other, and nobody outside is told; no password is ever in one."""
    await events.record(
        tx,
        caller,
        "person",
        user.id,
        version=1,
        action=action,
        changes=[Change(field, before, after)],
        aspects=["content"],
        silent=True,
    )
