"""What happens to credentials when two things happen at once."""

import asyncio

import pytest

from plughub.core import connections
from plughub.core.connections import Given
from plughub.core.errors import Locked
from tests import make
from tests.dialects.pluggto.conftest import Client


async def waiting(hub, task):
    """Ends when somebody waits for a lock, or when the task has ended without."""
    async with hub.read(None) as tx:
        while not task.done() and not await tx.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass


async def test_a_token_asked_for_during_a_rotation_is_not_given_for_the_old_secret(hub, http, address, shop):
    connection, credentials = await make.connection(shop)
    client = Client(http=http, base=f"{address}/pluggto", shop=shop, credentials=credentials)

    async with hub.change(shop.tenant.id) as tx:
        await connections.rotate(tx, hub.keys, shop.caller, connection)
        asked = asyncio.create_task(
            client.ask_token(
                grant_type="password",
                client_id=credentials.client_id,
                client_secret=credentials.client_secret,
                username=credentials.username,
                password=credentials.password,
            )
        )
        await waiting(hub, asked)

    assert (await asked).status == 400
    async with hub.read(None) as tx:
        assert await tx.value("SELECT count(*) FROM tokens WHERE connection_id = $1", connection.id) == 0


async def test_a_refused_rotation_changes_nothing_even_outside_a_transaction(hub, shop):
    given = Given(client_id=f"app {shop.tenant.code}", client_secret="s")
    first, _ = await make.connection(shop, given=given)
    await make.connection(shop, given=given)
    hashes = "SELECT secret_hash FROM api_users WHERE connection_id = $1"

    async with hub.step(shop.tenant.id) as tx:
        before = await tx.value(hashes, first.id)
        with pytest.raises(Locked):
            await connections.rotate(tx, hub.keys, shop.caller, first)

        assert await tx.value(hashes, first.id) == before


async def test_a_second_revocation_is_no_event(hub, shop):
    connection, _ = await make.connection(shop)
    async with hub.change(shop.tenant.id) as tx:
        assert await connections.revoke(tx, shop.caller, connection) is True
        assert await connections.revoke(tx, shop.caller, connection) is False

        events = await tx.value(
            "SELECT count(*) FROM events WHERE record_id = $1 AND action = 'updated'", connection.id
        )

    assert events == 1


async def test_one_client_id_given_twice_at_once_makes_one_application(hub, shop):
    given = Given(client_id=f"app {shop.tenant.code}", client_secret="s")

    made = await asyncio.gather(*(make.connection(shop, given=given) for _ in range(4)))

    assert len({connection.application for connection, _ in made}) == 1


async def test_default_names_asked_for_at_once_differ(hub, shop):
    async def create():
        async with hub.change(shop.tenant.id) as tx:
            name = await connections.free_name(tx, shop.tenant.id, "pluggto", "Plugg.to")
            await connections.create(tx, hub.keys, shop.caller, "pluggto", name, given=Given())
        return name

    assert sorted(await asyncio.gather(*(create() for _ in range(3)))) == ["Plugg.to", "Plugg.to 2", "Plugg.to 3"]


async def test_tenants_created_at_once_have_numbers_of_their_own(hub):
    shops = await asyncio.gather(*(make.shop(hub) for _ in range(5)))

    assert len({shop.tenant.number for shop in shops}) == 5
