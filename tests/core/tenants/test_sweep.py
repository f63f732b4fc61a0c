"""Tokens that are long gone are forgotten; those that are not, are not."""

from datetime import UTC, datetime, timedelta

import pytest

from plughub.core.errors import Unauthenticated
from plughub.core.hub import Hub
from plughub.core.tenants import Application, Lifetimes, Proof, tokens
from tests import make

LIFE = Lifetimes(
    access=timedelta(hours=1),
    refresh=timedelta(days=14),
    code=timedelta(minutes=10),
    refresh_grace=timedelta(seconds=60),
    digits=40,
)
THEN = datetime(2024, 3, 1, tzinfo=UTC)


async def test_what_expired_a_day_ago_is_swept_and_nothing_else(shop: make.Shop, hub: Hub):
    connection, _ = await make.connection(shop)
    async with hub.step(None) as tx:
        issued = {
            "application": connection.application,
            "tenant": shop.tenant.id,
            "connection": connection.id,
            "life": LIFE,
        }
        code = await tokens.issue_code(tx, hub.keys, **issued, now=THEN)
        made = await tokens.issue(tx, hub.keys, **issued, now=THEN)
        hashes = {
            name: hub.keys.token_hash(text)
            for name, text in (("access", made.access), ("refresh", made.refresh), ("code", code))
        }

        async def left() -> set[str]:
            rows = await tx.all("SELECT kind FROM tokens WHERE hash = ANY ($1)", list(hashes.values()))
            return {row["kind"] for row in rows}

        found = []
        for later in (
            timedelta(days=1, minutes=10),
            timedelta(days=1, minutes=11),
            timedelta(days=1, hours=2),
            timedelta(days=16),
        ):
            await tokens.sweep(tx, THEN + later)
            found.append(await left())

    assert found == [{"access", "refresh", "code"}, {"access", "refresh"}, {"refresh"}, set()]


async def test_until_it_is_swept_an_expired_code_is_told_from_an_unknown_one(shop: make.Shop, hub: Hub):
    connection, _ = await make.connection(shop)
    app = Application(id=connection.application, client_id=connection.client_id, name="x")
    async with hub.step(None) as tx:
        code = await tokens.issue_code(
            tx, hub.keys, application=app.id, tenant=shop.tenant.id, connection=connection.id, life=LIFE, now=THEN
        )
        reasons = []
        for sweeps in (False, True):
            if sweeps:
                await tokens.sweep(tx, THEN + timedelta(days=2))
            with pytest.raises(Unauthenticated) as refused:
                await tokens.by_code(tx, hub.keys, app, code, life=LIFE, now=THEN + timedelta(hours=1))
            reasons.append(refused.value.reason)

    assert reasons == [Proof.EXPIRED, Proof.UNKNOWN]


async def test_no_token_or_secret_is_stored_in_clear(shop: make.Shop, hub: Hub, database_url: str):
    connection, credentials = await make.connection(shop)
    async with hub.step(None) as tx:
        made = await tokens.issue(
            tx, hub.keys, application=connection.application, tenant=shop.tenant.id, connection=connection.id,
            life=LIFE, now=THEN,
        )  # fmt: skip
        dump = ""
        for table in ("tokens", "applications", "api_users", "tenants", "heartbeats", "event_outbox"):
            dump += str(await tx.all(f"SELECT t::text FROM {table} t"))
    async with hub.read(shop.tenant.id) as tx:
        for table in ("connections", "events", "remote_records"):
            dump += str(await tx.all(f"SELECT t::text FROM {table} t"))

    assert credentials.client_id in dump
    for secret in (made.access, made.refresh, credentials.client_secret, credentials.password):
        assert secret not in dump
