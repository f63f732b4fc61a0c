"""Lists: everything or what changed since a moment, in the order of change, sent as it is read."""

import json

import aiohttp
import pytest

from plughub.core.hub import Hub
from plughub.dialects.plugboard import resource

ATTRIBUTES = "/product/attribute"


async def names(client, path=ATTRIBUTES, **params):
    return [one["name"] for one in (await client.get(path, params=params)).json]


async def test_a_list_is_in_the_order_of_change(client):
    made = [await client.made(ATTRIBUTES, {"name": f"{number}"}) for number in range(3)]
    await client.changed(f"{ATTRIBUTES}/{made[0]['localId']}", {"name": "0 again"})

    assert await names(client) == ["1", "2", "0 again"]
    assert await names(client, numRecords="2") == ["1", "2"]
    assert await names(client, numRecords="2", offset="1") == ["2", "0 again"]
    assert await names(client, unknown="x") == ["1", "2", "0 again"]


async def test_a_moment_includes_what_changed_in_it(client):
    hub, tenant = client.shop.hub, client.shop.tenant.id
    for number, moment in enumerate(("10:00:00", "10:00:01", "10:00:01.5", "10:00:02")):
        await client.made(ATTRIBUTES, {"name": f"{number}"})
        async with hub.change(tenant) as tx:
            await tx.run(
                "UPDATE registry SET changed_at = $2::text::timestamptz"
                " WHERE tenant_id = $1 AND changed_at > '2021-01-01'",
                tenant,
                f"2020-01-01T{moment}Z",
            )

    for given, expected in {
        "2020-01-01T10:00:01Z": ["1", "2", "3"],
        "2020-01-01t10:00:01z": ["1", "2", "3"],
        "2020-01-01T11:00:01+01:00": ["1", "2", "3"],
        "2020-01-01 10:00:01.5Z": ["2", "3"],
        "2020-01-01T10:00:03Z": [],
    }.items():
        assert await names(client, modifiedAtOrAfter=given) == expected, given
    # A plus sign that was not encoded arrives as a blank.
    answer = await client.get(f"{ATTRIBUTES}?modifiedAtOrAfter=2020-01-01T11:00:01+01:00")
    assert [one["name"] for one in answer.json] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("modifiedAtOrAfter", "yesterday"),
        ("modifiedAtOrAfter", "2020-01-01"),
        ("modifiedAtOrAfter", "2020-01-01T10:00:00"),
        ("modifiedAtOrAfter", "2020-01-01T24:00:00Z"),
        ("modifiedAtOrAfter", "2020-02-30T10:00:00Z"),
        ("modifiedAtOrAfter", "1577872800"),
        ("modifiedAtOrAfter", ""),
        ("numRecords", "0"),
        ("numRecords", "1001"),
        ("offset", "-1"),
        ("deletedFlag", "yes"),
    ],
)
async def test_a_bad_parameter_is_named(client, name, value):
    assert (await client.get(ATTRIBUTES, params={name: value})).refusal == (400, "ParameterMalformed", name)


async def test_a_long_list_comes_in_parts_and_each_record_once(client, monkeypatch):
    monkeypatch.setattr(resource, "_FIRST_PART", 2)
    monkeypatch.setattr(resource, "_PART", 3)
    wanted = []
    for number in range(9):
        wanted.append(f"{number}")
        await client.made(ATTRIBUTES, {"name": f"{number}"})
        assert await names(client) == wanted
        assert await names(client, numRecords="4", offset="1") == wanted[1:5]


async def test_no_connection_to_the_database_is_held_while_a_slow_client_reads(client, hub: Hub):
    """More clients that stop reading in the middle than the hub has connections leave room for others."""
    big = {f"|x-a|{number}": {"value": "x" * 60_000} for number in range(3)}
    for number in range(60):
        await client.made(ATTRIBUTES, {"name": f"{number}", "customData": big})
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as slow:
        opened = [await slow.get(client.base + ATTRIBUTES, headers=client.proof) for _ in range(12)]

        assert (await client.get("/")).status == 200
        for answer in opened:
            assert "Content-Length" not in answer.headers
            assert [one["name"] for one in json.loads(await answer.text())] == [f"{number}" for number in range(60)]


async def test_a_list_stops_before_what_is_not_committed_yet(client, hub: Hub):
    """A change that is under way is not passed over: nobody sees a later one before it."""
    first = await client.made(ATTRIBUTES, {"name": "first"})
    async with hub.change(client.shop.tenant.id) as tx:
        await tx.run(
            "UPDATE registry SET changed_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2::text::uuid",
            client.shop.tenant.id,
            first["localId"],
        )
        await client.made(ATTRIBUTES, {"name": "second"})
        assert await names(client) == ["first"]
    assert await names(client) == ["first", "second"]


async def test_head_has_no_body_and_options_names_no_secret(client):
    await client.made(ATTRIBUTES, {"name": "x"})

    answer = await client.call("HEAD", ATTRIBUTES)

    assert (answer.status, answer.text) == (200, "")
    answer = await client.call("OPTIONS", ATTRIBUTES, headers={"Authorization": None})
    assert (answer.status, answer.text, answer.headers["Allow"]) == (204, "", "GET, POST, HEAD, OPTIONS")


async def test_a_long_list_is_compressed_for_whoever_offers_to_read_it(client):
    for number in range(40):
        await client.made(ATTRIBUTES, {"name": f"{number}"})
    plain = await client.get(ATTRIBUTES, headers={"Accept-Encoding": "identity"})
    packed = await client.get(ATTRIBUTES, headers={"Accept-Encoding": "gzip"})

    assert ("Content-Encoding" in plain.headers, packed.headers["Content-Encoding"]) == (False, "gzip")
    assert packed.json == plain.json
    assert len(packed.json) == 40
