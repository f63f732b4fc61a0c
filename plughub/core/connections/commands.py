from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from plughub.core import events, ids
from plughub.core.caller import Caller
from plughub.core.connections import queries
from plughub.core.connections.model import Connection, Credentials, Given
from plughub.core.errors import Conflict, Duplicate, Invalid, Locked
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
    """A connection and its credentials. A client id that is known is used again if its secret is right."""
    made = Credentials(
        client_id=given.client_id or hex_token(32),
        client_secret=given.client_secret or hex_token(32),
        username=given.username or str(10**9 + int(hex_token(8), 16)),
        password=given.password or text_secret(40),
    )
    application = await _application(tx, keys, dialect, made, name, taken_over=given.client_id is not None)
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
    """A new API password, and a new client secret where no other connection uses the application.

    The old ones and all tokens end at once.
    """
    _check_active(connection)
    username = await tx.value(
        "SELECT username FROM api_users WHERE connection_id = $1 AND tenant_id = $2",
        connection.id,
        caller.tenant,
    )
    password, secret = text_secret(40), hex_token(32)
    await tx.run(
        "UPDATE api_users SET secret_hash = $3 WHERE connection_id = $1 AND tenant_id = $2",
        connection.id,
        caller.tenant,
        keys.secret_hash(password),
    )
    users = await tx.value("SELECT count(*) FROM api_users WHERE application_id = $1", connection.application)
    if users > 1:
        raise Locked(
            "connection",
            f"client id {connection.client_id} serves {users} connections: revoke this one and create another",
        )
    await tx.run(
        "UPDATE applications SET secret_hash = $2 WHERE id = $1",
        connection.application,
        keys.secret_hash(secret),
    )
    await tokens.revoke_connection(tx, caller.tenant, connection.id)
    await _told(tx, caller, connection.id, Action.UPDATED, [Change("credentials", "replaced", "rotated")])
    return Credentials(client_id=connection.client_id, client_secret=secret, username=username, password=password)


async def revoke(tx: Transaction, caller: Caller, connection: Connection) -> None:
    """The connection's tokens and API user stop working; its records and remote ids stay."""
    await tx.run(
        "UPDATE connections SET state = 'revoked' WHERE tenant_id = $1 AND id = $2",
        caller.tenant,
        connection.id,
    )
    await tx.run("DELETE FROM api_users WHERE connection_id = $1 AND tenant_id = $2", connection.id, caller.tenant)
    await tokens.revoke_connection(tx, caller.tenant, connection.id)
    await _told(tx, caller, connection.id, Action.UPDATED, [Change("state", connection.state, "revoked")])


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


async def _application(
    tx: Transaction, keys: Keys, dialect: str, made: Credentials, name: str, *, taken_over: bool
) -> UUID:
    row = await tx.one(
        "SELECT id, secret_hash FROM applications WHERE dialect = $1 AND client_id = $2",
        dialect,
        made.client_id,
    )
    if row is not None and taken_over:
        if not keys.is_secret(made.client_secret, row["secret_hash"]):
            raise Conflict(f"client id {made.client_id} is known here with another secret")
        known: UUID = row["id"]
        return known
    id = ids.new()
    await tx.run(
        "INSERT INTO applications (id, dialect, client_id, secret_hash, name) VALUES ($1, $2, $3, $4, $5)",
        id,
        dialect,
        made.client_id,
        keys.secret_hash(made.client_secret),
        name,
    )
    return id


def _check_active(connection: Connection) -> None:
    if connection.state == "revoked":
        raise Locked("connection", "was revoked; create another one")


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
