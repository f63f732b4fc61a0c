"""Tenants, people, applications and the tokens that let callers in."""

from plughub.core.tenants import guessing, people, sessions, tokens
from plughub.core.tenants.commands import (
    create_tenant,
    create_user,
    disable_user,
    furnish,
    reset_password,
    set_role,
)
from plughub.core.tenants.model import (
    Access,
    Application,
    Identity,
    Lifetimes,
    Peer,
    Permissions,
    Proof,
    Role,
    Tenant,
    Tokens,
    User,
)
from plughub.core.tenants.passwords import Shown
from plughub.core.tenants.queries import has_api_users, tenant, tenant_by_code, tenants, user_by_login, users
from plughub.core.tenants.rules import MAY, Right
from plughub.core.tenants.sessions import Session
from plughub.core.tenants.tokens import Tokenbook

__all__ = [
    "MAY",
    "Access",
    "Application",
    "Identity",
    "Lifetimes",
    "Peer",
    "Permissions",
    "Proof",
    "Right",
    "Role",
    "Session",
    "Shown",
    "Tenant",
    "Tokenbook",
    "Tokens",
    "User",
    "create_tenant",
    "create_user",
    "disable_user",
    "furnish",
    "guessing",
    "has_api_users",
    "people",
    "reset_password",
    "sessions",
    "set_role",
    "tenant",
    "tenant_by_code",
    "tenants",
    "tokens",
    "user_by_login",
    "users",
]
