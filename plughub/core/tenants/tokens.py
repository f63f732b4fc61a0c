"""Proving who calls: applications, API users, codes, tokens. Everything is looked up by keyed hash."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from plughub.core import ids
from plughub.core.caller import Caller
from plughub.core.errors import Forbidden, Unauthenticated
from plughub.core.hub import Hub, Transaction
from plughub.core.ids import ConnectionId, TenantId
from plughub.core.secrets import Keys, hex_token
from plughub.core.tenants import guessing, passwords
from plughub.core.tenants.model import Access, Application, Identity, Lifetimes, Peer, Proof, Tokens
from plughub.core.tenants.passwords import Shown
from plughub.core.tenants.queries import tenant_from


async def application(tx: Transaction, keys: Keys, dialect: str, client_id: str, secret: str) -> Application:
    """The application with this id and secret. The answer for unknown and for wrong is the same."""
    row = await tx.one(
        "SELECT id, client_id, name, secret_hash FROM applications WHERE dialect = $1 AND client_id = $2",
        dialect,
        client_id,
    )
    expected = row["secret_hash"] if row else b""
    if not keys.is_secret(secret, expected) or row is None:
        raise Unauthenticated(Proof.UNKNOWN_CLIENT)
    return Application(id=row["id"], client_id=row["client_id"], name=row["name"], secret_hash=row["secret_hash"])


async def by_password(
    tx: Transaction,
    keys: Keys,
    app: Application,
    username: str,
    password: str,
    *,
    life: Lifetimes,
    now: datetime,
) -> Tokens:
    """Tokens for an API user. `tx` is any session: these tables are not under row security."""
    row = await tx.one(
        "SELECT tenant_id, connection_id, secret_hash FROM api_users WHERE application_id = $1 AND username = $2",
        app.id,
        username,
    )
    expected = row["secret_hash"] if row else b""
    if not keys.is_secret(password, expected) or row is None:
        raise Unauthenticated(Proof.WRONG_PASSWORD)
    return await _issue(
        tx, keys, app.id, row["tenant_id"], row["connection_id"], ids.new(), life, now, proven=app.secret_hash
    )


async def issue_code(
    tx: Transaction,
    keys: Keys,
    *,
    application: UUID,
    tenant: UUID,
    connection: UUID,
    life: Lifetimes,
    now: datetime,
) -> str:
    code = hex_token(life.digits)
    await _store(tx, [(keys.token_hash(code), "code", now + life.code)], tenant, connection, application, ids.new())
    return code


async def by_code(
    tx: Transaction, keys: Keys, app: Application, code: str, *, life: Lifetimes, now: datetime
) -> Tokens:
    """Tokens for a code, once. A second use ends the tokens of the first."""
    row = await tx.one(
        "UPDATE tokens SET used_at = $4 WHERE hash = $1 AND kind = 'code' AND application_id = $2"
        " AND used_at IS NULL AND expires_at > $3 RETURNING tenant_id, connection_id, family",
        keys.token_hash(code),
        app.id,
        now,
        now,
    )
    if row is not None:
        return await _issue(
            tx, keys, app.id, row["tenant_id"], row["connection_id"], row["family"], life, now, proven=app.secret_hash
        )
    old = await tx.one(
        "SELECT family, used_at FROM tokens WHERE hash = $1 AND kind = 'code' AND application_id = $2",
        keys.token_hash(code),
        app.id,
    )
    if old is None:
        raise Unauthenticated(Proof.UNKNOWN)
    if old["used_at"] is not None:
        await tx.run("DELETE FROM tokens WHERE family = $1 AND kind <> 'code'", old["family"])
        raise Unauthenticated(Proof.UNKNOWN)
    raise Unauthenticated(Proof.EXPIRED)


async def by_refresh(
    tx: Transaction, keys: Keys, app: Application, refresh: str, *, life: Lifetimes, now: datetime
) -> Tokens:
    """New tokens for a refresh token, which is replaced; it still works for the grace period."""
    row = await tx.one(
        "UPDATE tokens SET used_at = coalesce(used_at, $3)"
        " WHERE hash = $1 AND kind = 'refresh' AND application_id = $2"
        " RETURNING tenant_id, connection_id, family, expires_at, used_at",
        keys.token_hash(refresh),
        app.id,
        now,
    )
    if row is None:
        raise Unauthenticated(Proof.UNKNOWN)
    if row["expires_at"] <= now:
        raise Unauthenticated(Proof.EXPIRED)
    if row["used_at"] + life.refresh_grace < now:
        raise Unauthenticated(Proof.UNKNOWN)
    return await _issue(
        tx, keys, app.id, row["tenant_id"], row["connection_id"], row["family"], life, now, proven=app.secret_hash
    )


async def issue(
    tx: Transaction, keys: Keys, *, application: UUID, tenant: UUID, connection: UUID, life: Lifetimes, now: datetime
) -> Tokens:
    """Tokens for a connection of one's own, without any proof: for whoever runs the hub."""
    return await _issue(tx, keys, application, tenant, connection, ids.new(), life, now)


async def sweep(tx: Transaction, now: datetime) -> None:
    """Forget what expired a day ago; until then an expired token is told from an unknown one."""
    await tx.run("DELETE FROM tokens WHERE expires_at < $1", now - timedelta(days=1))


async def revoke_connection(tx: Transaction, tenant: UUID, connection: UUID) -> None:
    await tx.run("DELETE FROM tokens WHERE tenant_id = $1 AND connection_id = $2", tenant, connection)


class Tokenbook:
    """Access tokens seen lately by this process, so that a warm request asks the database nothing.

    An entry is believed for two seconds: that is how long a revoked token can live on.
    """

    _BELIEVED = timedelta(seconds=2)
    _SIZE = 10_000

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._seen: dict[tuple[str, str | bytes], tuple[datetime, datetime, Identity]] = {}

    async def identity(self, dialect: str, token: str) -> Identity:
        now = self._hub.now()
        seen = self._seen.get((dialect, token))
        if seen is None or seen[0] <= now:
            seen = await self._look_up(dialect, token, now)
        if seen[1] <= now:
            raise Unauthenticated(Proof.EXPIRED)
        return seen[2]

    async def proven(self, dialect: str, shown: Shown, who: bytes) -> Identity:
        """Whom a password shown with the call itself stands for. `who`: whose failures are counted together."""
        now = self._hub.now()
        key = (dialect, self._hub.keys.token_hash("\n".join((shown.tenant, shown.connection.hex, *shown.secret))))
        seen = self._seen.get(key)
        if seen is not None and seen[0] > now:
            return seen[2]
        self._seen.pop(key, None)
        # Statements on their own: a failure stays counted although the call is refused.
        async with self._hub.step(None) as tx:
            await guessing.check(tx, who, now)
            tenant = await passwords.tenant_of(tx, self._hub.keys, dialect, shown)
            if tenant is None:
                await guessing.failed(tx, who, now)
                raise Unauthenticated(Proof.WRONG_PASSWORD)
        identity = await _furnished(self._hub, tenant, shown.connection)
        self._remember(key, now, datetime.max.replace(tzinfo=UTC), identity)
        return identity

    async def _look_up(self, dialect: str, token: str, now: datetime) -> tuple[datetime, datetime, Identity]:
        self._seen.pop((dialect, token), None)
        async with self._hub.read(None) as tx:
            found = await _identity(tx, self._hub.keys.token_hash(token), dialect)
        if found is None:
            raise Unauthenticated(Proof.UNKNOWN)
        expires, tenant_id, connection_id = found
        identity = await _furnished(self._hub, tenant_id, connection_id)
        return self._remember((dialect, token), now, expires, identity)

    def _remember(
        self, key: tuple[str, str | bytes], now: datetime, expires: datetime, identity: Identity
    ) -> tuple[datetime, datetime, Identity]:
        if len(self._seen) >= self._SIZE:
            self._seen.clear()
        self._seen[key] = (now + self._BELIEVED, expires, identity)
        return self._seen[key]


async def _identity(tx: Transaction, hash: bytes, dialect: str) -> tuple[datetime, UUID, UUID] | None:
    row = await tx.one(
        "SELECT k.expires_at, k.tenant_id, k.connection_id FROM tokens k"
        " JOIN applications a ON a.id = k.application_id"
        " WHERE k.hash = $1 AND k.kind = 'access' AND a.dialect = $2",
        hash,
        dialect,
    )
    return (row["expires_at"], row["tenant_id"], row["connection_id"]) if row else None


async def _furnished(hub: Hub, tenant_id: UUID, connection_id: UUID) -> Identity:
    async with hub.read(tenant_id) as tx:
        row = await tx.one(
            """
            SELECT t.id, t.code, t.name, t.number, t.language, t.currency, t.country, t.time_zone, t.profile,
                   t.created_at, c.settings, c.state, a.id AS application_id, a.client_id, a.name AS application_name,
                   u.language AS own_language, u.permissions,
                   (SELECT json_agg(json_build_array(o.id, o.dialect, o.name)) FROM connections o
                    WHERE o.tenant_id = $1) AS peers
            FROM connections c
            JOIN tenants t ON t.id = c.tenant_id
            JOIN applications a ON a.id = c.application_id
            LEFT JOIN api_users u ON u.application_id = a.id AND u.connection_id = c.id
            WHERE c.tenant_id = $1 AND c.id = $2
            """,
            tenant_id,
            connection_id,
        )
    if row is None or row["state"] == "revoked":
        raise Unauthenticated(Proof.UNKNOWN)
    if row["state"] == "paused":
        raise Forbidden("the connection is switched off")
    tenant = tenant_from(row)
    connection = ConnectionId(UUID(int=connection_id.int))
    caller = Caller(
        tenant=tenant.id,
        company=tenant.id,
        actor=row["client_id"],
        connection=connection,
        language=row["own_language"] or tenant.language,
        currency=tenant.currency,
    )
    app = Application(id=row["application_id"], client_id=row["client_id"], name=row["application_name"])
    return Identity(
        caller=caller,
        tenant=tenant,
        connection=connection,
        application=app,
        settings=msgspec.json.decode(row["settings"]),
        peers={id: Peer(dialect, name) for id, dialect, name in _peers.decode(row["peers"])},
        permissions=msgspec.json.decode(row["permissions"] or "null", type=dict[str, Access] | None),
    )


_peers = msgspec.json.Decoder(list[tuple[UUID, str, str]])


async def _issue(
    tx: Transaction,
    keys: Keys,
    application: UUID,
    tenant: UUID,
    connection: UUID,
    family: UUID,
    life: Lifetimes,
    now: datetime,
    *,
    proven: bytes | None = None,
) -> Tokens:
    tokens = Tokens(
        access=hex_token(life.digits),
        refresh=hex_token(life.digits),
        expires_in=int(life.access.total_seconds()),
        tenant=TenantId(tenant),
        connection=ConnectionId(connection),
    )
    rows = [
        (keys.token_hash(tokens.access), "access", now + life.access),
        (keys.token_hash(tokens.refresh), "refresh", now + life.refresh),
    ]
    await _store(tx, rows, tenant, connection, application, family, proven)
    return tokens


async def _store(
    tx: Transaction,
    rows: list[tuple[bytes, str, datetime]],
    tenant: UUID,
    connection: UUID,
    application: UUID,
    family: UUID,
    proven: bytes | None = None,
) -> None:
    """`proven`: hash of the secret that let the caller in; when it was rotated meanwhile, nothing is stored."""
    hashes, kinds, ends = zip(*rows, strict=True)
    is_stored = await tx.value(
        """
        WITH client AS MATERIALIZED (
            -- Waits for a rotation that is under way.
            SELECT FROM applications WHERE id = $6 AND ($8::bytea IS NULL OR secret_hash = $8) FOR SHARE
        )
        INSERT INTO tokens (hash, kind, expires_at, tenant_id, connection_id, application_id, family)
        SELECT h, k, e, $4, $5, $6, $7 FROM unnest($1::bytea[], $2::text[], $3::timestamptz[]) AS r (h, k, e), client
        RETURNING true
        """,
        list(hashes),
        list(kinds),
        list(ends),
        tenant,
        connection,
        application,
        family,
        proven,
    )
    if not is_stored:
        raise Unauthenticated(Proof.UNKNOWN_CLIENT)
