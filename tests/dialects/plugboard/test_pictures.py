"""Pictures of products and variant groups, and the same ones as photos of another wire."""

from typing import Any

import pytest

from plughub.core import ids
from plughub.core.hub import Hub
from tests import make
from tests.dialects.plugboard.conftest import Client, client_of
from tests.dialects.pluggto import conftest as pluggto
from tests.dialects.pluggto import goods

TEA = {"vatRatePercent": "12", "stock": "4"}


@pytest.fixture(scope="module")
async def client(http, address: str, hub: Hub) -> Client:
    shop = await make.shop(hub, name="Te & Ting AB", language="sv", currency="SEK", country="SE")
    return await client_of(http, address, shop)


@pytest.fixture(scope="module")
async def plugg(client: Client, http, address: str) -> pluggto.Client:
    """Another wire's client of the same tenant."""
    return await pluggto.client_of(http, address, client.shop)


async def file(client: Client, name: str = "te.png", **fields: Any) -> str:
    given = {"name": name, "mimeType": "image/png", "publicAccess": True, **fields}
    return str((await client.made("/file", given))["localId"])


async def product(client: Client, sku: str, **fields: Any) -> str:
    return str((await client.made("/product", {"sku": sku, **TEA, **fields}))["localId"])


async def group(client: Client) -> str:
    return str((await client.made("/product/variantgroup", {"title": "Te"}))["localId"])


def listed(*files: str) -> list[dict[str, Any]]:
    return [{"fileId": id, "href": f"/plugboard/api/file/{id}", "position": at} for at, id in enumerate(files)]


def named(*files: str) -> list[dict[str, str]]:
    return [{"fileId": id} for id in files]


async def owner(client: Client, kind: str, sku: str) -> str:
    """The path of a record without pictures."""
    return (
        f"/product/variantgroup/{await group(client)}" if kind == "group" else f"/product/{await product(client, sku)}"
    )


@pytest.mark.parametrize("kind", ["product", "group"])
async def test_pictures_are_added_replaced_and_unlinked_in_order(client: Client, kind: str):
    record = await owner(client, kind, "ORD-1")
    path = f"{record}/picture"
    a, b, c = [await file(client, name) for name in ("a.png", "b.png", "c.png")]

    assert (await client.get(path)).json == []
    answers = [
        await client.post(path, named(b)),
        # One that is there stays where it is; named twice it is one.
        await client.post(path, named(a, b, a)),
        await client.post(path, {"fileId": c.upper()}),
        await client.put(path, named(c, a)),
        await client.delete(f"{path}/{c}"),
    ]

    assert [(answer.status, answer.json) for answer in answers] == [
        (200, listed(b)),
        (200, listed(b, a)),
        (200, listed(b, a, c)),
        (200, listed(c, a)),
        (200, listed(a)),
    ]
    assert (await client.get(path)).json == (await client.get(record)).json["pictures"] == listed(a)
    assert (await client.delete(f"{path}/{c}")).refusal[:2] == (404, "NoSuchRecord")
    assert (await client.put(path, [])).json == []


async def test_products_are_named_by_remote_id_too(client: Client):
    id = await product(client, "REM-1", remoteId="art/77")
    a, by_remote_id = await file(client), {"remoteId": "art/77"}

    answer = await client.post("/product/by-remote-id/picture", named(a), params=by_remote_id)

    assert (answer.status, answer.json) == (200, listed(a))
    assert (await client.get(f"/product/{id}/picture")).json == listed(a)
    assert (await client.get("/product/by-remote-id/picture", params=by_remote_id)).json == listed(a)
    assert (await client.delete(f"/product/by-remote-id/picture/{a}", params=by_remote_id)).json == []
    assert (await client.get("/product/by-remote-id/picture")).refusal[:2] == (400, "ParameterMalformed")
    unknown = await client.post("/product/by-remote-id/picture", named(a), params={"remoteId": "art/78"})
    assert unknown.refusal[:2] == (404, "NoSuchRemoteId")


@pytest.mark.parametrize("kind", ["product", "group"])
async def test_one_unknown_file_of_three_and_none_is_linked(client: Client, kind: str):
    path = await owner(client, kind, f"UNK-{kind}") + "/picture"
    a, gone, stranger = await file(client), await file(client), ids.new().hex
    await client.delete(f"/file/{gone}")

    for id in (gone, stranger, "x"):
        for answer in (await client.post(path, named(a, id)), await client.put(path, named(a, id))):
            assert answer.refusal == (400, "ReferenceUnknown", "[1].fileId")
    assert (await client.get(path)).json == []


async def test_a_file_of_another_tenant_cannot_be_linked(client: Client, http, address: str, hub: Hub):
    other = await client_of(http, address, await make.shop(hub))
    id, theirs = await product(client, "OTHER-1"), await file(other)

    assert (await client.post(f"/product/{id}/picture", named(theirs))).refusal[1] == "ReferenceUnknown"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("x", (400, "FieldType", "")),
        ([7], (400, "FieldType", "[0]")),
        ([{}], (400, "FieldRequired", "[0].fileId")),
        ([{"fileId": 7}], (400, "FieldType", "[0].fileId")),
    ],
)
async def test_bad_lists_are_refused(client: Client, body: Any, refusal: tuple):
    path = f"/product/variantgroup/{await group(client)}/picture"

    assert (await client.post(path, body)).refusal == refusal


async def test_a_file_in_use_stays_until_nothing_shows_it(client: Client):
    a = await file(client)
    id, other = await product(client, "USE-1"), await group(client)
    await client.post(f"/product/{id}/picture", named(a))
    await client.post(f"/product/variantgroup/{other}/picture", named(a))

    assert (await client.delete(f"/file/{a}")).refusal[:2] == (409, "RecordInUse")
    await client.delete(f"/product/{id}")
    assert (await client.delete(f"/file/{a}")).refusal[:2] == (409, "RecordInUse")
    await client.delete(f"/product/variantgroup/{other}")
    assert (await client.delete(f"/file/{a}")).status == 200


async def test_a_link_is_a_change_of_the_product_and_the_same_link_again_is_none(client: Client):
    a, id = await file(client), await product(client, "CHG-1")
    path = f"/product/{id}/picture"

    await client.post(path, named(a))
    versions = [await version(client, "CHG-1")]
    for answer in (await client.post(path, named(a)), await client.put(path, named(a))):
        assert answer.json == listed(a)
        versions.append(await version(client, "CHG-1"))

    assert versions == [2, 2, 2]


async def version(client: Client, sku: str) -> int:
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        found: int = await tx.value(
            "SELECT version FROM products WHERE tenant_id = $1 AND sku = $2", client.shop.tenant.id, sku
        )
    return found


async def test_a_put_of_the_product_leaves_its_pictures_alone(client: Client):
    a, id = await file(client), await product(client, "PUT-1")
    await client.post(f"/product/{id}/picture", named(a))

    changed = await client.changed(f"/product/{id}", {"title": "Te", "pictures": []})

    assert changed["pictures"] == listed(a)


# The other wire.


async def test_a_public_file_is_a_photo_and_photos_are_no_files(client: Client, plugg: pluggto.Client, address: str):
    await goods.put(plugg, "TWO-1", name="Te", photos=[{"url": "https://te.example/1.jpg", "order": 1}])
    id = await local_id(client, "TWO-1")
    assert (await client.get(f"/product/{id}/picture")).json == []
    a, secret = await file(client, "te kopp.png"), await file(client, "intern.png", publicAccess=False)
    await client.put(f"/file/{a}/data", data=b"\x89PNG\r\n\x1a\nx")

    await client.post(f"/product/{id}/picture", named(secret, a))

    photos = (await goods.get(plugg, "TWO-1"))["photos"]
    assert [(one["name"], one["url"].split("/pluggto/")[-1]) for one in photos] == [
        (None, "https://te.example/1.jpg"),
        ("te kopp.png", f"public/file/{a}/te%20kopp.png"),
    ]
    async with plugg.http.get(f"{address}/pluggto/public/file/{a}/te%20kopp.png") as got:
        assert (got.status, await got.read()) == (200, b"\x89PNG\r\n\x1a\nx")


async def local_id(client: Client, sku: str) -> str:
    query = {"filter": {"type": "eq", "field": "sku", "value": {"type": "str", "value": sku}}}
    return str((await client.post("/product/query", query)).json[0]["localId"])


async def test_what_was_read_can_be_sent_back_and_loses_nothing(client: Client, plugg: pluggto.Client):
    await goods.put(plugg, "BACK-1", name="Te", photos=[{"url": "https://te.example/1.jpg"}])
    id = await local_id(client, "BACK-1")
    a, secret = await file(client, "a.png"), await file(client, "s.png", publicAccess=False)
    await client.post(f"/product/{id}/picture", named(secret, a))
    shown = (await goods.get(plugg, "BACK-1"))["photos"]
    address, file_photo = shown

    bodies = [
        shown,
        [{"url": one["url"]} for one in shown],
        [{"url": "https://te.example/2.jpg"}],
        [],
        [{"id": file_photo["id"], "url": "https://evil.example/x.jpg", "name": "x"}],
    ]
    for photos in bodies:
        # A change of its own, so that sending back what is there is not refused as none.
        await goods.put(plugg, "BACK-1", brand=str(len(photos)) + str(photos)[:40], photos=photos)

    after = (await goods.get(plugg, "BACK-1"))["photos"]
    assert after[:2] == [address, file_photo]
    assert [one["url"] for one in after[2:]] == ["https://te.example/2.jpg"]
    assert (await client.get(f"/product/{id}/picture")).json == listed(secret, a)


async def test_the_other_wire_can_remove_a_photo_that_it_names(client: Client, plugg: pluggto.Client):
    await goods.put(plugg, "RM-1", name="Te", photos=[{"url": "https://te.example/1.jpg"}])
    id, a = await local_id(client, "RM-1"), await file(client)
    await client.post(f"/product/{id}/picture", named(a))
    shown = (await goods.get(plugg, "RM-1"))["photos"]

    await goods.put(plugg, "RM-1", photos=[{"id": shown[1]["id"], "remove": True}])

    assert (await client.get(f"/product/{id}/picture")).json == []
    assert (await client.delete(f"/file/{a}")).status == 200


async def test_addresses_keep_their_places_when_pictures_are_arranged(client: Client, plugg: pluggto.Client):
    id = await product(client, "ARR-1", title="Te")
    a, b = await file(client, "a.png"), await file(client, "b.png")
    await client.post(f"/product/{id}/picture", named(a))
    await goods.put(plugg, "ARR-1", photos=[{"url": "https://te.example/1.jpg", "title": "1"}])
    await client.post(f"/product/{id}/picture", named(b))

    await client.put(f"/product/{id}/picture", named(b, a))

    photos = (await goods.get(plugg, "ARR-1"))["photos"]
    assert [one["name"] or one["title"] for one in photos] == ["b.png", "1", "a.png"]


async def test_photos_follow_a_file_that_is_renamed_or_made_private(client: Client, plugg: pluggto.Client):
    await goods.put(plugg, "FOL-1", name="Te", variations=[{"sku": "FOL-1-S", "quantity": 1}])
    a, id, other = await file(client), await local_id(client, "FOL-1-S"), await group(client)
    await client.post(f"/product/{id}/picture", named(a))
    await client.post(f"/product/variantgroup/{other}/picture", named(a))

    async def names() -> list[str]:
        # In a list, where products that did not change are not rendered again.
        found = (await plugg.get("/products", params={"sku": "FOL-1"})).json["result"]
        return [one["name"] for one in found[0]["Product"]["variations"][0]["photos"]]

    assert await names() == ["te.png"]
    await client.changed(f"/file/{a}", {"name": "ny.png"})
    assert await names() == ["ny.png"]
    await client.changed(f"/file/{a}", {"publicAccess": False})
    assert await names() == []
    assert (await client.get(f"/product/{id}/picture")).json == listed(a)
    assert (await client.get(f"/product/variantgroup/{other}/picture")).json == listed(a)
