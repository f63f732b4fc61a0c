"""The order of steps by which a content becomes a file's, and what the sweep makes of interrupted ones."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from plughub.core import events, files
from plughub.core.errors import Locked, NotFound, Unavailable
from plughub.core.files import store
from plughub.core.hub import Hub
from plughub.delivery import work
from tests import make


async def one(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.fixture
async def file(shop: make.Shop) -> UUID:
    async with shop.hub.change(shop.tenant.id) as tx:
        made = await files.create(tx, shop.caller, {"name": "a.bin", "type": "text/plain"})
    await files.upload(shop.hub, shop.caller, made.id, one(b"old"))
    return made.id


async def content(shop: make.Shop, id: UUID) -> bytes:
    async with shop.hub.read(shop.tenant.id) as tx:
        name = await tx.value(
            "SELECT doc->>'content' FROM registry WHERE tenant_id = $1 AND kind = 'file' AND id = $2",
            shop.tenant.id,
            id,
        )
    stream = await shop.hub.contents.read(shop.tenant.id, UUID(name))
    assert stream is not None
    return b"".join([part async for part in stream])


def stored(shop: make.Shop) -> list[bytes]:
    folder = shop.hub.contents._place / shop.tenant.id.hex
    return sorted(path.read_bytes() for path in folder.iterdir())


async def noted(shop: make.Shop) -> int:
    async with shop.hub.read(None) as tx:
        count: int = await tx.value("SELECT count(*) FROM loose_contents WHERE tenant_id = $1", shop.tenant.id)
    return count


async def test_a_new_content_replaces_the_old_one_and_is_told(shop: make.Shop, file: UUID):
    await files.upload(shop.hub, shop.caller, file, one(b"new"))

    assert (await content(shop, file), stored(shop), await noted(shop)) == (b"new", [b"new"], 0)
    async with shop.hub.read(shop.tenant.id) as tx:
        told = (await events.history(tx, shop.tenant.id, "file", file))[-1]
    sizes = {change.field for change in told.changes}
    assert sizes == {"content", "sha256"}


async def test_a_store_that_fails_leaves_the_old_content(shop: make.Shop, file: UUID):
    async def failing() -> AsyncIterator[bytes]:
        yield b"new"
        raise Unavailable

    with pytest.raises(Unavailable):
        await files.upload(shop.hub, shop.caller, file, failing())

    assert (await content(shop, file), stored(shop), await noted(shop)) == (b"old", [b"old"], 0)


async def test_nothing_is_read_for_a_file_that_is_not_there(shop: make.Shop, file: UUID):
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    with pytest.raises(NotFound):
        await files.upload(shop.hub, shop.caller, uuid4(), never())
    async with shop.hub.change(shop.tenant.id) as tx:
        await files.delete(tx, shop.caller, file)
    with pytest.raises(Locked):
        await files.upload(shop.hub, shop.caller, file, never())


async def test_a_file_that_is_deleted_meanwhile_takes_no_content(shop: make.Shop, file: UUID):
    async def slow() -> AsyncIterator[bytes]:
        yield b"new"
        async with shop.hub.change(shop.tenant.id) as tx:
            await files.delete(tx, shop.caller, file)

    with pytest.raises(Locked):
        await files.upload(shop.hub, shop.caller, file, slow())

    await files.sweep(shop.hub)
    assert (stored(shop), await noted(shop)) == ([], 0)


async def test_the_sweep_takes_what_nobody_took_within_a_day_and_nothing_younger(shop: make.Shop, file: UUID):
    lost, young = uuid4(), uuid4()
    for name in (lost, young):
        async with shop.hub.step(shop.tenant.id) as tx:
            await store.note(tx, shop.tenant.id, name)
        await shop.hub.contents.write(shop.tenant.id, name, one(name.bytes))
    await age(shop, lost)

    await files.sweep(shop.hub)

    assert (stored(shop), await noted(shop)) == (sorted([b"old", young.bytes]), 1)


async def test_what_cannot_be_removed_stays_noted_and_stops_nobody(shop: make.Shop, file: UUID):
    stuck, other = uuid4(), uuid4()
    folder = shop.hub.contents._place / shop.tenant.id.hex
    (folder / stuck.hex).mkdir()
    for name in (stuck, other):
        async with shop.hub.step(shop.tenant.id) as tx:
            await store.doom(tx, shop.tenant.id, name)

    await work._sweep(shop.hub)

    assert await noted(shop) == 1
    (folder / stuck.hex).rmdir()
    await work._sweep(shop.hub)
    assert await noted(shop) == 0


async def age(shop: make.Shop, name: UUID) -> None:
    async with shop.hub.step(None) as tx:
        await tx.run(
            "UPDATE loose_contents SET noted_at = noted_at - interval '25 hours' WHERE tenant_id = $1 AND name = $2",
            shop.tenant.id,
            name,
        )


async def test_an_upload_that_the_sweep_overtook_is_refused_and_the_old_content_stays(shop: make.Shop, file: UUID):
    async def for_days() -> AsyncIterator[bytes]:
        yield b"new"
        async with shop.hub.step(None) as tx:
            await tx.run(
                "UPDATE loose_contents SET noted_at = noted_at - interval '25 hours' WHERE tenant_id = $1",
                shop.tenant.id,
            )
        await files.sweep(shop.hub)

    with pytest.raises(Unavailable):
        await files.upload(shop.hub, shop.caller, file, for_days())

    assert (await content(shop, file), stored(shop), await noted(shop)) == (b"old", [b"old"], 0)


async def test_what_the_sweep_is_about_to_remove_cannot_be_taken(shop: make.Shop, file: UUID):
    """Between its two steps: the content is still there, and will not be for long."""

    async def for_days() -> AsyncIterator[bytes]:
        yield b"new"
        async with shop.hub.step(None) as tx:
            await tx.run(
                "UPDATE loose_contents SET noted_at = noted_at - interval '25 hours' WHERE tenant_id = $1",
                shop.tenant.id,
            )
            await store.doomed(tx, limit=500)

    with pytest.raises(Unavailable):
        await files.upload(shop.hub, shop.caller, file, for_days())

    assert (await content(shop, file), stored(shop), await noted(shop)) == (b"old", [b"old"], 0)


async def test_only_the_file_itself_says_whether_it_is_public(shop: make.Shop, file: UUID, hub: Hub):
    async with hub.change(shop.tenant.id) as tx:
        await store.show(tx, shop.caller, file, to_all=True)
    assert await files.public(hub, file) is None

    async with hub.change(shop.tenant.id) as tx:
        await files.change(tx, shop.caller, file, {"is_public": True})
    found = await files.public(hub, file)
    assert found is not None
    assert (found[0], found[1].name) == (shop.tenant.id, "a.bin")


async def test_a_content_that_a_file_has_cannot_be_given_up(shop: make.Shop, file: UUID, hub: Hub):
    """The end of a transaction may go unseen; what it did must not be undone by clearing up."""
    async with hub.read(shop.tenant.id) as tx:
        name = await tx.value(
            "SELECT doc->>'content' FROM registry WHERE tenant_id = $1 AND kind = 'file' AND id = $2",
            shop.tenant.id,
            file,
        )

    async with hub.step(shop.tenant.id) as tx:
        assert not await store.give_up(tx, shop.tenant.id, UUID(name))
