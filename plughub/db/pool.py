"""The pool: a connection is checked out *for a tenant*, and row security sees that tenant and no other.

The driver's own pool wipes the tenant setting at each release (one more round trip) and cannot prefer a
connection that already carries the wanted tenant; measured, this list serves 1.3 times as many requests.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg

#: What every session of the hub begins with.
SETTINGS = {
    "application_name": "plughub",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "timezone": "UTC",
    "jit": "off",
    # Planning the statements of an order anew cost more than running them; see docs/decisions.
    "plan_cache_mode": "force_generic_plan",
}

Rows = list[asyncpg.Record]


class NotCommitted(asyncpg.InterfaceError):
    """A statement of the transaction had failed, so its end undid everything."""


class _Unsure:
    """Stands for a tenant setting that we lost sight of; equal to no tenant and not to "none" either."""


_UNSURE = _Unsure()


class Connection(asyncpg.Connection):
    """Remembers which tenant its session setting names; None when it names none."""

    __slots__ = ("tenant",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant: UUID | _Unsure | None = None


class Session:
    """One connection, lent to one caller. Statements commit on their own unless `Pool.transaction` lent it."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: "Pool[Any]", connection: Connection) -> None:
        self._pool = pool
        self._connection = connection

    async def all(self, sql: str, *values: Any) -> Rows:
        self._pool.round_trips += 1
        return await self._connection.fetch(sql, *values)

    async def one(self, sql: str, *values: Any) -> asyncpg.Record | None:
        self._pool.round_trips += 1
        return await self._connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: Any) -> Any:
        self._pool.round_trips += 1
        return await self._connection.fetchval(sql, *values)

    async def run(self, sql: str, *values: Any) -> None:
        self._pool.round_trips += 1
        await self._connection.execute(sql, *values)

    async def _commit(self) -> None:
        self._pool.round_trips += 1
        # To commit what has failed is no error for PostgreSQL: it says ROLLBACK and goes on.
        if await self._connection.execute("COMMIT") != "COMMIT":
            raise NotCommitted("a statement had failed; nothing was kept")

    async def _for_tenant(self, tenant: UUID | None) -> None:
        connection = self._connection
        if connection.tenant == tenant:
            return
        # Forget first: should the statement fail, the connection is sure of nothing.
        connection.tenant = _UNSURE
        text = "" if tenant is None else str(tenant)
        # The application name tells `settled_before` whose transaction is still running.
        await self.value(
            "SELECT set_config('hub.tenant_id', $1, false), set_config('application_name', $2, false)",
            text,
            f"plughub {text}",
        )
        connection.tenant = tenant


Lent = TypeVar("Lent", bound=Session)


class Pool(Generic[Lent]):
    """At most `size` connections, opened when first needed. `round_trips` counts for the tests."""

    def __init__(
        self, url: str, *, role: str | None, size: int, lend: "Callable[[Pool[Lent], Connection], Lent]"
    ) -> None:
        self._url = url
        self._lend = lend
        self._settings = SETTINGS | ({"role": role} if role else {})
        self._idle: list[Connection] = []
        self.size = size
        self._places = asyncio.Semaphore(size)
        self._closed = False
        self.round_trips = 0

    @property
    def in_use(self) -> int:
        """Connections that are lent now."""
        # Counting ourselves would cost every request a little; only a scrape asks.
        return self.size - self._places._value

    def session(self, tenant: UUID | None) -> "_Block[Lent]":
        """Statements that each commit on their own, as `tenant` (None: tables without tenants only)."""
        return _Block(self, tenant)

    def transaction(self, tenant: UUID | None) -> "_Block[Lent]":
        """All statements commit together when the block ends, or none do."""
        return _Transaction(self, tenant)

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop().close()

    async def _check_out(self, tenant: UUID | None) -> Lent:
        await self._places.acquire()
        try:
            connection = self._take(tenant) or await self._connect()
        except BaseException:
            self._places.release()
            raise
        session = self._lend(self, connection)
        try:
            await session._for_tenant(tenant)
        except BaseException as error:
            self._check_in(session, error)
            raise
        return session

    def _check_in(self, session: Lent, error: BaseException | None) -> None:
        try:
            if error is None:
                self._give_back(session._connection)
            else:
                self._give_back_after(error, session._connection)
        finally:
            self._places.release()

    def _take(self, tenant: UUID | None) -> Connection | None:
        """An idle connection, one that already carries the tenant if there is one."""
        idle = self._idle
        for at in range(len(idle) - 1, -1, -1):
            if idle[at].tenant == tenant and not idle[at].is_closed():
                return idle.pop(at)
        while idle:
            connection = idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> Connection:
        connection: Connection = await asyncpg.connect(
            self._url, connection_class=Connection, server_settings=self._settings, timeout=10
        )
        try:
            # Documents travel as bytes both ways: they are decoded once, into our own types.
            await connection.set_type_codec("json", schema="pg_catalog", encoder=_same, decoder=_same, format="binary")
        except BaseException:
            connection.terminate()
            raise
        return connection

    def _give_back(self, connection: Connection) -> None:
        if self._closed:
            connection.terminate()
        elif not connection.is_closed():
            self._idle.append(connection)

    def _give_back_after(self, error: BaseException, connection: Connection) -> None:
        """After an error a connection is kept only if its state is known, and then without its tenant."""
        is_unclear = not isinstance(error, Exception) or isinstance(error, asyncpg.InternalClientError)
        if is_unclear or connection.is_in_transaction():
            # Cancelled, a driver that lost its place, or a rollback that failed: what the server thinks is unknown.
            connection.terminate()
            return
        connection.tenant = _UNSURE
        self._give_back(connection)


class _Block(Generic[Lent]):
    """`async with` around a session. A class: as a generator it would cost every request some microseconds more."""

    __slots__ = ("_pool", "_session", "_tenant")
    _session: Lent

    def __init__(self, pool: Pool[Lent], tenant: UUID | None) -> None:
        self._pool = pool
        self._tenant = tenant

    async def __aenter__(self) -> Lent:
        self._session = await self._pool._check_out(self._tenant)
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool._check_in(self._session, error)


class _Transaction(_Block[Lent]):
    __slots__ = ()

    async def __aenter__(self) -> Lent:
        session = await super().__aenter__()
        try:
            # Always after the tenant is set: a rollback would take the setting back.
            await session.run("BEGIN")
        except BaseException as error:
            self._pool._check_in(session, error)
            raise
        return session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session = self._session
        try:
            if error is None:
                await session._commit()
            elif isinstance(error, Exception) and not session._connection.is_closed():
                await session.run("ROLLBACK")
        except BaseException as worse:
            self._pool._check_in(session, worse)
            raise
        self._pool._check_in(session, error)


_same: Callable[[bytes], bytes] = bytes
