from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from plughub.core import events, ids, webhooks
from plughub.core.caller import Caller
from plughub.core.connections import queries, rules
from plughub.core.connections.model import Connection, ConnectionUser, Credentials, Given
from plughub.core.errors import Conflict, Duplicate, Invalid, Locked, Missing
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.ids import ConnectionId
from plughub.core.patch import Change
from plughub.core.secrets import Keys, hex_token, text_secret
from plughub.core.tenants import Lifetimes, tokens
from plughub.core.values import to_json


async def create(
    tx: Transaction,
    keys: Keys,
    caller: Caller,
    dialect: str,
    name: str,
    *,
    given: Given,
    settings: dict[str, Any] | None = None,
) -> tuple[Connection, Credentials]:
    """A connection and its credentials. A client id that is known is used again if its secret is right.

    Blanks around given credentials are dropped: they come from pasting.
    """
    if not name.strip():
        raise Invalid("name", "must not be empty")
    name, given = name.strip(), rules.pasted(given)
    made = _made(given)
    application = await _application(tx, keys, dialect, made, name, is_given=given.client_secret is not None)
    id = ids.new()
    try:
        await tx.run(
            "INSERT INTO connections (tenant_id, id, dialect, name, application_id, state, settings)"
            " VALUES ($1, $2, $3, $4, $5, 'active', $6)",
            caller.tenant, id, dialect, name, application, to_json(settings or {}),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("connection", name) from error
    try:
        await tx.run(
            "INSERT INTO api_users (application_id, username, secret_hash, tenant_id, connection_id)"
            " VALUES ($1, $2, $3, $4, $5)",
            application, made.username, keys.secret_hash(made.password), caller.tenant, id,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("API user", made.username) from error
    await _told(tx, caller, id, Action.CREATED, [Change("name", None, name), Change("dialect", None, dialect)])
    return await queries.by_name(tx, caller.tenant, dialect, name), made


async def rotate(tx: Transaction, keys: Keys, caller: Caller, connection: Connection) -> Credentials:
    """A new API password and a new client secret. The old ones and all tokens end at once.

    Refused where the client id serves other connections, too: their clients would be locked out.
    """
    _check_active(connection)
    # Whoever takes this client id over or asks for a token now waits until this is done.
    await tx.run("SELECT FROM applications WHERE id = $1 FOR UPDATE", connection.application)
    users = await tx.value("SELECT count(*) FROM api_users WHERE application_id = $1", connection.application)
    if users > 1:
        raise Locked(
            "connection",
            f"shares client id {connection.client_id} with others ({users} in all): revoke this one and create another",
        )
    password, secret = text_secret(40), hex_token(32)
    username = await tx.value(
        "UPDATE api_users SET secret_hash = $4"
        " WHERE application_id = $1 AND connection_id = $2 AND tenant_id = $3 RETURNING username",
        connection.application,
        connection.id,
        caller.tenant,
        keys.secret_hash(password),
    )
    if username is None:
        raise _revoked()
    await tx.run(
        "UPDATE applications SET secret_hash = $2 WHERE id = $1",
        connection.application,
        keys.secret_hash(secret),
    )
    await tokens.revoke_connection(tx, caller.tenant, connection.id)
    await _told(tx, caller, connection.id, Action.UPDATED, [Change("credentials", "replaced", "rotated")])
    return Credentials(client_id=connection.client_id, client_secret=secret, username=username, password=password)


async def revoke(tx: Transaction, caller: Caller, connection: Connection) -> bool:
    """The connection's tokens and API user stop working and it is told nothing more; its records and remote ids stay.

    False when it was revoked before.
    """
    done = await tx.value(
        "UPDATE connections SET state = 'revoked' WHERE tenant_id = $1 AND id = $2 AND state <> 'revoked' RETURNING id",
        caller.tenant,
        connection.id,
    )
    if done is None:
        return False
    await tx.run("DELETE FROM api_users WHERE connection_id = $1 AND tenant_id = $2", connection.id, caller.tenant)
    await tokens.revoke_connection(tx, caller.tenant, connection.id)
    await webhooks.end(tx, caller.tenant, connection.id, now=datetime.now(UTC))
    await _told(tx, caller, connection.id, Action.UPDATED, [Change("state", connection.state, "revoked")])
    return True


async def pause(tx: Transaction, caller: Caller, connection: Connection) -> bool:
    """Its client is refused from now on, within two seconds everywhere; nothing of it ends. False when it was so."""
    return await _switch(tx, caller, connection, "paused")


async def resume(tx: Transaction, caller: Caller, connection: Connection) -> bool:
    """Its client is let in again. False when it was."""
    return await _switch(tx, caller, connection, "active")


async def _switch(tx: Transaction, caller: Caller, connection: Connection, state: str) -> bool:
    _check_active(connection)
    before = await tx.value(
        "UPDATE connections c SET state = $3 FROM (SELECT id, state FROM connections o"
        " WHERE o.tenant_id = $1 AND o.id = $2 FOR UPDATE) b"
        " WHERE c.tenant_id = $1 AND c.id = b.id AND b.state NOT IN ('revoked', $3) RETURNING b.state",
        caller.tenant,
        connection.id,
        state,
    )
    if before is None:
        return False
    await _told(tx, caller, connection.id, Action.UPDATED, [Change("state", before, state)])
    return True


async def set_options(tx: Transaction, caller: Caller, connection: Connection, options: dict[str, Any]) -> bool:
    """How the connection is treated; processes learn it within two seconds. False when nothing changed."""
    _check_active(connection)
    after = {name: value for name, value in {**connection.settings, **options}.items() if value is not None}
    if after == connection.settings:
        return False
    await tx.run(
        "UPDATE connections SET settings = $3 WHERE tenant_id = $1 AND id = $2",
        caller.tenant,
        connection.id,
        to_json(after),
    )
    await _told(tx, caller, connection.id, Action.UPDATED, [Change("settings", connection.settings, after)])
    return True


async def set_user(tx: Transaction, caller: Caller, connection: Connection, user: ConnectionUser) -> bool:
    """What the connection's user may do and in which language; processes learn it within two seconds.

    False when nothing changed.
    """
    _check_active(connection)
    await tx.run("SELECT FROM applications WHERE id = $1 FOR UPDATE", connection.application)
    before = await queries.user(tx, connection)
    if before is None or before.username != user.username:
        raise _revoked()
    changes = [
        Change(name, getattr(before, name), getattr(user, name))
        for name in ("language", "permissions")
        if getattr(before, name) != getattr(user, name)
    ]
    if not changes:
        return False
    await tx.run(
        "UPDATE api_users SET language = $3, permissions = $4 WHERE application_id = $1 AND username = $2",
        connection.application,
        user.username,
        user.language,
        None if user.permissions is None else to_json(dict(user.permissions)),
    )
    await _told(tx, caller, connection.id, Action.UPDATED, changes)
    return True


async def new_code(
    tx: Transaction, keys: Keys, caller: Caller, connection: Connection, *, life: Lifetimes, now: datetime
) -> str:
    """A fresh authorisation code for this connection's application."""
    _check_active(connection)
    return await tokens.issue_code(
        tx,
        keys,
        application=connection.application,
        tenant=caller.tenant,
        connection=connection.id,
        life=life,
        now=now,
    )


async def set_remote_id(
    tx: Transaction, caller: Caller, kind: str, record: UUID, remote_id: str | None, *, exclusive: bool
) -> None:
    """The calling connection's own id for a record. `exclusive`: it names at most one record of the kind."""
    if caller.connection is None:
        raise Invalid("remote_id", "only a connection has remote ids")
    try:
        await tx.run(
            """
            INSERT INTO remote_records (tenant_id, connection_id, kind, record_id, remote_id, exclusive)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (tenant_id, connection_id, kind, record_id)
            DO UPDATE SET remote_id = excluded.remote_id, exclusive = excluded.exclusive
            """,
            caller.tenant, caller.connection, kind, record, remote_id, exclusive,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("remote id", remote_id or "") from error


async def acknowledge(tx: Transaction, caller: Caller, kind: str, record: UUID, taken: bool) -> None:
    """Whether the calling connection has taken the record over."""
    await tx.run(
        """
        INSERT INTO remote_records (tenant_id, connection_id, kind, record_id, acknowledged_at)
        VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN clock_timestamp() END)
        ON CONFLICT (tenant_id, connection_id, kind, record_id)
        DO UPDATE SET acknowledged_at = excluded.acknowledged_at
        """,
        caller.tenant,
        caller.connection,
        kind,
        record,
        taken,
    )


async def forget_record(tx: Transaction, caller: Caller, records: list[UUID]) -> None:
    """A deleted record frees its remote ids, of every connection."""
    await tx.run("DELETE FROM remote_records WHERE tenant_id = $1 AND record_id = ANY ($2)", caller.tenant, records)


def _made(given: Given) -> Credentials:
    """What was given, and the rest made new."""
    return Credentials(
        client_id=given.client_id or hex_token(32),
        client_secret=given.client_secret or hex_token(32),
        username=given.username or str(10**9 + int(hex_token(8), 16)),
        password=given.password or text_secret(40),
    )


async def _application(
    tx: Transaction, keys: Keys, dialect: str, made: Credentials, name: str, *, is_given: bool
) -> UUID:
    """The application with this client id, made or taken over. `is_given`: the client itself holds the secret."""
    secret = keys.secret_hash(made.client_secret)
    fresh: UUID | None = await tx.value(
        "INSERT INTO applications (id, dialect, client_id, secret_hash, name) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (dialect, client_id) DO NOTHING RETURNING id",
        ids.new(),
        dialect,
        made.client_id,
        secret,
        name,
    )
    if fresh is not None:
        return fresh
    row = await tx.one(
        "SELECT id, secret_hash FROM applications WHERE dialect = $1 AND client_id = $2 FOR UPDATE",
        dialect,
        made.client_id,
    )
    assert row is not None  # noqa: S101 - applications are never deleted
    known: UUID = row["id"]
    if keys.is_secret(made.client_secret, row["secret_hash"]):
        return known
    if await tx.value("SELECT EXISTS (SELECT FROM api_users WHERE application_id = $1)", known):
        if not is_given:
            raise Missing(
                "client_secret", f"client id {made.client_id} is in use here: its secret has to be given, too"
            )
        raise Conflict(f"client id {made.client_id} is in use here with another secret")
    # All its connections were revoked: nobody comes in with the old secret any more.
    await tx.run("UPDATE applications SET secret_hash = $2 WHERE id = $1", known, secret)
    return known


def _check_active(connection: Connection) -> None:
    if connection.state == "revoked":
        raise _revoked()


def _revoked() -> Locked:
    return Locked("connection", "was revoked: create another one")


async def _told(
    tx: Transaction, caller: Caller, id: ConnectionId | UUID, action: Action, changes: list[Change]
) -> None:
    """Changes of access are history like any other; no secret is ever among the fields."""
    await events.record(
        tx,
        caller,
        "connection",
        id,
        version=1,
        action=action,
        changes=changes,
        aspects=["content"],
        silent=True,
    )
