"""People who are signed in. A session is known by the keyed hash of its token; no token is stored."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from plughub.core.errors import Invalid, NotFound, Unauthenticated
from plughub.core.hub import Hub, Transaction
from plughub.core.secrets import Keys, hash_password, is_password, text_secret
from plughub.core.tenants import guessing, rules
from plughub.core.tenants.model import Proof, Role, Tenant, User
from plughub.core.tenants.queries import tenant_from
from plughub.core.values import to_json

#: A session that nobody used for so long is over, and none lives longer than that.
REST, LIFE = timedelta(hours=24), timedelta(days=30)
#: How exactly it is known when a session was last used.
_GRAIN = timedelta(minutes=5)

#: Hashing takes 19 MiB and a core: not more than two at once in a process.
_hashing = ThreadPoolExecutor(2, thread_name_prefix="hashing")
#: Checked for logins that nobody has, so that they take as long as others.
_NOBODY = hash_password("nobody has this password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that a person signed in with."""

    user: User
    #: What the person may see, in the order of the tenants' codes.
    shops: tuple[tuple[Tenant, Role], ...]
    #: Of the console's looks, by name.
    choices: dict[str, Any]
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A session in the list of one's own."""

    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    #: Whether it is the one that asks.
    is_this: bool


async def sign_in(hub: Hub, login: str, password: str, *, address: str, agent: str) -> str:
    """The token of a new session. The answer for unknown and for wrong is the same, and takes as long."""
    login, now = login.strip().lower(), hub.now()
    who = hub.keys.token_hash(f"console\n{login}\n{address}")
    async with hub.step(None) as tx:
        await guessing.check(tx, who, now)
        row = await tx.one("SELECT id, password_hash FROM users WHERE login = $1 AND disabled_at IS NULL", login)
    if not await _is_right(password, row["password_hash"] if row else _NOBODY) or row is None:
        async with hub.step(None) as tx:
            await guessing.failed(tx, who, now)
        raise Unauthenticated(Proof.WRONG_PASSWORD)
    token = text_secret(40)
    async with hub.step(None) as tx:
        # Only while the password is still the one that was checked.
        made = await tx.value(
            "WITH known AS (UPDATE users SET signed_in_at = $3"
            " WHERE id = $2 AND password_hash = $7 AND disabled_at IS NULL RETURNING id)"
            " INSERT INTO sessions (hash, user_id, created_at, seen_at, expires_at, address, agent)"
            " SELECT $1, id, $3, $3, $4, $5, $6 FROM known RETURNING true",
            hub.keys.token_hash(token), row["id"], now, now + LIFE, address, agent[:300], row["password_hash"],
        )  # fmt: skip
    if not made:
        raise Unauthenticated(Proof.WRONG_PASSWORD)
    return token


async def session(hub: Hub, token: str) -> Session:
    """Whom a token stands for."""
    now = hub.now()
    hash = hub.keys.token_hash(token)
    async with hub.step(None) as tx:
        rows = await tx.all(
            """
            SELECT s.created_at AS began, s.seen_at, u.id AS user_id, u.login, u.name AS user_name,
                   u.must_change_password, u.choices, m.role, t.*
            FROM sessions s
            JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
            LEFT JOIN memberships m ON m.user_id = u.id
            LEFT JOIN tenants t ON t.id = m.tenant_id
            WHERE s.hash = $1 AND s.expires_at > $2 AND s.seen_at > $3
            ORDER BY t.code
            """,
            hash,
            now,
            now - REST,
        )
        if not rows:
            raise Unauthenticated(Proof.EXPIRED)
        if rows[0]["seen_at"] < now - _GRAIN:
            await tx.run("UPDATE sessions SET seen_at = $2 WHERE hash = $1", hash, now)
    first = rows[0]
    return Session(
        user=User(
            id=first["user_id"],
            login=first["login"],
            name=first["user_name"],
            must_change_password=first["must_change_password"],
        ),
        shops=tuple((tenant_from(row), Role(row["role"])) for row in rows if row["role"]),
        choices=msgspec.json.decode(first["choices"]),
        created_at=first["began"],
        seen_at=first["seen_at"],
    )


async def sessions(tx: Transaction, keys: Keys, user: UUID, token: str, now: datetime) -> list[Seen]:
    """Where a person is signed in, latest first. `token`: the session that asks."""
    rows = await tx.all(
        "SELECT created_at, seen_at, address, agent, hash = $2 AS is_this FROM sessions"
        " WHERE user_id = $1 AND expires_at > $3 AND seen_at > $4 ORDER BY seen_at DESC",
        user,
        keys.token_hash(token),
        now,
        now - REST,
    )
    return [Seen(**dict(row)) for row in rows]


async def sign_out(tx: Transaction, keys: Keys, token: str) -> None:
    await tx.run("DELETE FROM sessions WHERE hash = $1", keys.token_hash(token))


async def sign_out_everywhere(tx: Transaction, user: UUID, *, but: bytes | None = None) -> int:
    """End a person's sessions, except the one with the hash `but`; returns how many."""
    done = await tx.all(
        "DELETE FROM sessions WHERE user_id = $1 AND ($2::bytea IS NULL OR hash <> $2) RETURNING hash", user, but
    )
    return len(done)


async def choose_password(hub: Hub, user: User, old: str, new: str, *, token: str) -> None:
    """A person's own choice. Other sessions of theirs end: whoever knew the old password is out."""
    rules.check_password(user.login, new)
    async with hub.step(None) as tx:
        known = await tx.value("SELECT password_hash FROM users WHERE id = $1 AND disabled_at IS NULL", user.id)
    if known is None:
        raise NotFound("user", user.login)
    if not await _is_right(old, known):
        raise Invalid("old", "is not your present password")
    if old == new:
        raise Invalid("password", "must not be the old one")
    hashed = await asyncio.get_running_loop().run_in_executor(_hashing, hash_password, new)
    async with hub.change(None) as tx:
        done = await tx.value(
            "UPDATE users SET password_hash = $2, must_change_password = false"
            " WHERE id = $1 AND password_hash = $3 RETURNING true",
            user.id,
            hashed,
            known,
        )
        if not done:
            raise Invalid("old", "is not your present password any more")
        await sign_out_everywhere(tx, user.id, but=hub.keys.token_hash(token))


async def choose(tx: Transaction, user: UUID, name: str, value: Any) -> None:
    """Remember what a person chose of the console's looks; None forgets it."""
    row = await tx.one("SELECT choices FROM users WHERE id = $1 FOR UPDATE", user)
    if row is None:
        return
    choices = msgspec.json.decode(row["choices"], type=dict[str, Any])
    choices[name] = value
    if value is None:
        del choices[name]
    await tx.run("UPDATE users SET choices = $2 WHERE id = $1", user, to_json(choices))


async def sweep(tx: Transaction, now: datetime) -> None:
    await tx.run("DELETE FROM sessions WHERE expires_at < $1 OR seen_at < $2", now, now - REST)


async def _is_right(password: str, expected: str) -> bool:
    return await asyncio.get_running_loop().run_in_executor(_hashing, is_password, password, expected)
