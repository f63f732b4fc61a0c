"""No secret gets out of where it belongs: not into a log line, an answer, or the database in clear."""

import io
from base64 import b64encode
from dataclasses import asdict
from urllib.parse import quote, urlsplit

import aiohttp
import asyncpg
import pytest

from plughub import app
from plughub.core import tenants, traffic
from plughub.core.hub import Hub
from plughub.web.dialect import Dialect
from tests import clients
from tests.clients import Entered

DIALECTS = pytest.mark.parametrize("dialect", app.DIALECTS.values(), ids=lambda dialect: dialect.name)
#: Names under which clients send secrets, of every vendor.
NAMES = ["access_token", "refresh_token", "client_secret", "password", "code", "key"]
_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""


def secrets_of(entered: Entered) -> set[str]:
    """What this client proves itself with."""
    held = asdict(entered.client.credentials)
    found = {held["client_secret"], held["password"]}
    proofs = {proof.partition(" ")[2] for name, proof in entered.proof.items() if name == "Authorization"}
    return found | {secret for secret in proofs if secret}


async def send_everywhere(entered: Entered, secrets: set[str]) -> list[str]:
    """Each route once well and once with the secrets where they do not belong; all that was answered."""
    seen = []
    basic = b64encode(f"{next(iter(secrets))}:{min(secrets)}".encode()).decode()
    for turn, route in enumerate(entered.dialect.routes):
        for path in entered.furnished.paths(route):
            mark = "&" if "?" in path else "?"
            odd = [
                (path + mark + "&".join(f"{name}={quote(secret)}" for name in NAMES for secret in secrets), None, {}),
                (path, "{" + ", ".join(f'"{name}": "{secret}"' for name in NAMES for secret in secrets), {}),
                (path, "&".join(f"{name}={secret}" for name in NAMES for secret in secrets), {}),
                (path, None, {"Authorization": f"Bearer {max(secrets)}x"}),
                (path, None, {"Authorization": f"Basic {basic}"}),
                (f"{path}/nothing{mark}access_token={min(secrets)}", None, {}),
            ]
            for where, body, headers in (odd[turn % len(odd)], (path, "{}", {})):
                sent = None if route.method == "GET" else body
                status, shown, text = await entered.send(route.method, where, sent, headers)
                seen.append(f"{route.method} {path} {status} {shown} {text.decode()}")
    return seen


async def held_in_clear(superuser_url: str, database_url: str, secrets: set[str]) -> list[str]:
    """Tables with a secret in clear or in hex, in whatever column."""
    url = urlsplit(superuser_url)._replace(path=urlsplit(database_url).path)
    connection = await asyncpg.connect(url.geturl())
    patterns = [f"%{form}%" for secret in secrets for form in (secret, secret.encode().hex())]
    try:
        return [
            table
            for (table,) in await connection.fetch(_TABLES)
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text LIKE ANY ($1))", patterns)
        ]
    finally:
        await connection.close()


@DIALECTS
async def test_no_secret_is_logged_answered_or_kept_in_clear(
    dialect: Dialect,
    hub: Hub,
    http: aiohttp.ClientSession,
    address: str,
    logged: io.BytesIO,
    superuser_url: str,
    database_url: str,
):
    entered = await clients.enter(dialect, hub, http, address)
    secrets = secrets_of(entered)
    async with hub.change(None) as tx:
        secrets.add((await tenants.create_user(tx, f"owner-{entered.shop.tenant.code}"))[1])

    seen = await send_everywhere(entered, secrets)
    # The request log, too.
    await hub.later.close()
    async with hub.read(entered.shop.tenant.id) as tx:
        assert await traffic.requests(tx, entered.shop.tenant.id)

    written = logged.getvalue().decode()
    assert '"event":"request"' in written
    for secret in secrets:
        assert [line for line in written.splitlines() if secret in line] == []
        assert [answer for answer in seen if secret in answer] == []
    assert await held_in_clear(superuser_url, database_url, secrets) == []


async def test_what_is_kept_in_clear_is_found(shop, superuser_url: str, database_url: str):
    """So that finding nothing means something."""
    assert await held_in_clear(superuser_url, database_url, {shop.tenant.code}) == ["public.tenants"]
