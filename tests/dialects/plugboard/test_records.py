"""What every record type does alike, seen at attributes: ids, partial update, texts, custom data, deletion."""

import asyncio
from uuid import UUID

import pytest

from plughub.core import events
from tests import make
from tests.dialects.plugboard.conftest import client_of

PATH = "/product/attribute"


async def test_a_record_is_created_with_all_that_records_show(client):
    body = {"remoteId": "a1", "name": "Storlek", "name_lang": {"en": "Size"}, "source": {"code": "shop-se"}}

    made = await client.made(PATH, body)

    assert made == {
        "href": f"/plugboard/api/product/attribute/{made['localId']}",
        "localId": made["localId"],
        "remoteId": "a1",
        "remoteIdMap": {client.id: {"connectionId": client.id, "remoteId": "a1"}},
        "remoteRefMap": {},
        "created": made["lastModified"],
        "lastModified": made["lastModified"],
        "deleted": False,
        "source": {
            "type": "connection",
            "connectionType": "api",
            "connectionId": client.id,
            "code": "shop-se",
            "connectionName": client.connection.name,
        },
        "name": "Storlek",
        "name_lang": {"swe": "Storlek", "eng": "Size"},
        "customData": {},
    }
    assert (await client.get(f"{PATH}/{made['localId'].upper()}/")).json == made
    assert (await client.get(f"{PATH}/by-remote-id", params={"remoteId": "a1"})).json == made


async def test_a_record_reads_the_same_whatever_the_body_is_called(client):
    for headers in ({"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "text/plain"}):
        answer = await client.post(PATH, data='\ufeff{"name": "x", "name": "y"}', headers=headers)
        assert (answer.status, answer.json["name"]) == (201, "y")


async def test_a_get_may_say_what_its_body_would_be(client):
    assert (await client.get(PATH, headers={"Content-Type": "application/json"})).status == 200


async def test_absent_keeps_null_clears_and_a_value_replaces(client):
    made = await client.made(PATH, {"name": "Mugg", "name_lang": {"eng": "Mug"}, "remoteId": "m"})
    path = f"{PATH}/{made['localId']}"

    changed = await client.changed(path, {"name_lang": {"en": None, "de": "Becher"}})
    cleared = await client.changed(path, {"remoteId": None})

    assert (changed["name"], changed["name_lang"]) == ("Mugg", {"swe": "Mugg", "deu": "Becher"})
    assert changed["remoteId"] == "m"
    assert (cleared["remoteId"], cleared["remoteIdMap"]) == (None, {})
    assert cleared["name_lang"] == changed["name_lang"]
    assert (await client.put(path, {"name_lang": None})).refusal == (400, "FieldRequired", "name")
    assert (await client.changed(path, {"name": ""}))["name"] == ""


async def test_a_change_of_nothing_moves_nothing(client):
    made = await client.made(PATH, {"name": "Mugg"})
    path = f"{PATH}/{made['localId']}"
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        before = await events.history(tx, client.shop.tenant.id, "attribute", UUID(made["localId"]))

    for body in ({}, made, {**made, "created": "1999-01-01T00:00:00Z", "remoteIdMap": None, "source": None}):
        assert await client.changed(path, body) == made

    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        assert await events.history(tx, client.shop.tenant.id, "attribute", UUID(made["localId"])) == before


async def test_fields_that_nobody_knows_are_ignored_and_named(client, http, address):
    answer = await client.post(PATH, {"name": "x", "colour": 1, "h\u00e5rd": 2})

    assert (answer.status, answer.headers["X-Plughub-Ignored"]) == (201, "colour, h%C3%A5rd")
    strict = await client_of(http, address, client.shop, unknown_fields="refused")
    assert (await strict.post(PATH, {"name": "x", "colour": 1})).refusal == (400, "UnknownField", "colour")


async def test_another_id_than_the_paths_is_refused(client):
    one, two = await client.made(PATH, {"name": "1"}), await client.made(PATH, {"name": "2"})

    answer = await client.put(f"{PATH}/{one['localId']}", {"localId": two["localId"], "name": "3"})

    assert answer.refusal == (400, "LocalIdMismatch", "localId")


async def test_a_remote_id_is_each_connections_own(client, other):
    odd = "/product/26/variant 46 \u00e5"
    made = await client.made(PATH, {"remoteId": odd, "name": "x"})
    path = f"{PATH}/{made['localId']}"

    assert (await other.get(path)).json["remoteId"] is None
    seen = await other.changed(path, {"remoteId": odd})

    assert seen["remoteId"] == odd
    assert seen["remoteIdMap"] == {id: {"connectionId": id, "remoteId": odd} for id in sorted((client.id, other.id))}
    assert (await client.get(f"{PATH}/by-remote-id", params={"remoteId": odd})).json["localId"] == made["localId"]


async def test_a_remote_id_names_one_record_of_a_type(client):
    made = await client.made(PATH, {"remoteId": "r", "name": "x"})
    free = await client.made(PATH, {"name": "y"})

    assert (await client.post(PATH, {"remoteId": "r", "name": "z"})).refusal == (409, "RemoteIdTaken", "remoteId")
    answer = await client.put(f"{PATH}/{free['localId']}", {"remoteId": "r", "name": "z"})
    assert answer.refusal == (409, "RemoteIdTaken", "remoteId")
    assert (await client.get(f"{PATH}/{free['localId']}")).json == free
    assert (await client.made("/contentgroup", {"remoteId": "r", "name": "z"}))["remoteId"] == "r"

    await client.delete(f"{PATH}/{made['localId']}")
    assert (await client.post(PATH, {"remoteId": "r", "name": "z"})).status == 201


async def test_two_connections_call_different_records_by_the_same_name(client, other):
    by_name = f"{PATH}/by-remote-id?remoteId=r"
    mine = await client.made(PATH, {"remoteId": "r", "name": "mine"})
    assert (await other.get(by_name)).refusal == (404, "NoSuchRemoteId", "remoteId")
    upserted = await other.post(f"{PATH}?updateOnRemoteId=true", {"remoteId": "r", "name": "theirs"})

    assert (upserted.status, upserted.json["name"]) == (201, "theirs")
    for caller, name in ((client, "mine"), (other, "theirs")):
        assert (await caller.get(by_name)).json["name"] == name
        again = await caller.post(f"{PATH}?updateOnRemoteId=true", {"remoteId": "r", "name": f"{name} again"})
        assert (again.status, again.json["name"]) == (200, f"{name} again")
        assert (await caller.put(by_name, {"name": name})).json["name"] == name
    assert (await other.delete(by_name)).json["localId"] == upserted.json["localId"]
    assert (await client.get(by_name)).json["localId"] == mine["localId"]


async def test_an_upsert_changes_what_the_remote_id_names(client):
    first = await client.post(f"{PATH}?updateOnRemoteId=true", {"remoteId": "u", "name": "1"})
    second = await client.post(f"{PATH}?updateOnRemoteId=TRUE", {"remoteId": "u", "name_lang": {"eng": "2"}})

    assert (first.status, second.status) == (201, 200)
    assert second.json["localId"] == first.json["localId"]
    assert second.json["name_lang"] == {"swe": "1", "eng": "2"}
    answer = await client.post(f"{PATH}?updateOnRemoteId=perhaps", {"remoteId": "u"})
    assert answer.refusal == (400, "ParameterMalformed", "updateOnRemoteId")


async def test_twenty_upserts_at_once_leave_one_record(client):
    # The hub's connections are open before, so that all twenty do run at once.
    await asyncio.gather(*(client.get(PATH) for _ in range(20)))
    for remote_id in ("first", "second", "third"):
        body = {"remoteId": remote_id, "name": "x"}
        answers = await asyncio.gather(*(client.post(f"{PATH}?updateOnRemoteId=true", body) for _ in range(20)))

        assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
        assert len({answer.json["localId"] for answer in answers}) == 1
    assert len((await client.get(PATH)).json) == 3


async def test_twenty_creates_at_once_leave_one_record(client):
    answers = await asyncio.gather(*(client.post(PATH, {"remoteId": "same", "name": f"{n}"}) for n in range(20)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert len((await client.get(PATH)).json) == 1


async def test_a_client_that_insists_on_200_gets_it(client, http, address):
    used_to_200 = await client_of(http, address, client.shop, create_status="200")

    assert (await used_to_200.post(PATH, {"name": "x"})).status == 200


async def test_what_is_deleted_stays_as_a_tombstone(client):
    made = await client.made(PATH, {"remoteId": "r", "name": "x"})
    path = f"{PATH}/{made['localId']}"

    gone = await client.delete(path)

    assert (gone.status, gone.json["deleted"], gone.json["name"]) == (200, True, "x")
    assert (await client.get(path)).json == gone.json == (await client.delete(path)).json
    assert (await client.put(path, {"name": "y"})).refusal == (409, "RecordDeleted", None)
    answer = await client.get(f"{PATH}/by-remote-id", params={"remoteId": "r"})
    assert answer.refusal == (404, "NoSuchRemoteId", "remoteId")
    for flag, expected in ((None, [made["localId"]]), ("not-deleted", []), ("deleted", [made["localId"]])):
        params = {"deletedFlag": flag} if flag else {}
        assert [one["localId"] for one in (await client.get(PATH, params=params)).json] == expected
        found = await client.post(f"{PATH}/query", {"deletedFlag": flag} if flag else {})
        assert [one["localId"] for one in found.json] == expected


async def test_records_of_another_tenant_are_not_there(client, http, address, hub):
    made = await client.made(PATH, {"remoteId": "r", "name": "x"})
    stranger = await client_of(http, address, await make.shop(hub))

    for method in ("GET", "DELETE"):
        answer = await stranger.call(method, f"{PATH}/{made['localId']}")
        assert answer.refusal == (404, "NoSuchRecord", "localId")
    assert (await stranger.put(f"{PATH}/{made['localId']}", {"name": "y"})).refusal == (404, "NoSuchRecord", "localId")
    assert (await stranger.get(PATH)).json == []
    assert (await stranger.post(f"{PATH}/query", {})).json == []
    assert (await client.get(f"{PATH}/{made['localId']}")).json == made


async def test_custom_data_merges_by_key_and_is_everybodys(client, other):
    shelf, foreign = "|x-lager|hylla", f"{other.id}|test|href"
    entries = {
        shelf: {"value": "B7"},
        foreign: {"connectionId": other.id, "moduleId": "test", "key": "href", "type": "string", "value": "/p/2"},
        "|x-t|bool": {"type": "bool", "value": True},
        "|x-t|integer": {"type": "integer", "value": "17"},
        "|x-t|decimal": {"type": "decimal", "value": 0.10},
        "|x-t|bytes": {"type": "bytes", "value": "AAEC"},
    }
    made = await client.made(PATH, {"name": "x", "customData": entries})

    assert made["customData"][shelf] == {"moduleId": "x-lager", "key": "hylla", "type": "string", "value": "B7"}
    assert made["customData"][foreign] == entries[foreign]
    values = {key: entry["value"] for key, entry in made["customData"].items() if "x-t" in key}
    assert values == {"|x-t|bool": True, "|x-t|integer": 17, "|x-t|decimal": "0.1", "|x-t|bytes": "AAEC"}

    path = f"{PATH}/{made['localId']}"
    changed = await other.changed(path, {"customData": {shelf: None, "|x-t|bool": {"value": False}}})
    assert changed["customData"] == {
        **{key: entry for key, entry in made["customData"].items() if key != shelf},
        "|x-t|bool": {"moduleId": "x-t", "key": "bool", "type": "bool", "value": False},
    }
    assert (await client.changed(path, {"customData": None}))["customData"] == {}


@pytest.mark.parametrize(
    ("key", "entry", "name"),
    [
        ("a|b", {"value": "x"}, "CustomDataKey"),
        ("|x-a|b|c", {"value": "x"}, "CustomDataKey"),
        ("|x-a|", {"value": "x"}, "CustomDataKey"),
        ("|x-a|b", {"moduleId": "x-c", "value": "x"}, "CustomDataKey"),
        ("|lager|b", {"value": "x"}, "CustomDataModule"),
        (f"{'0' * 32}|test|b", {"value": "x"}, "ReferenceUnknown"),
        ("|x-a|b", {"type": "float", "value": 1}, "FieldEnum"),
        ("|x-a|b", {"value": 1}, "CustomDataType"),
        ("|x-a|b", {"type": "bool", "value": "true"}, "CustomDataType"),
        ("|x-a|b", {"type": "integer", "value": 1.5}, "CustomDataType"),
        ("|x-a|b", {"type": "decimal", "value": "1,5"}, "CustomDataType"),
        ("|x-a|b", {"type": "bytes", "value": "###"}, "CustomDataType"),
        ("|x-a|b", {"value": "x" * 65537}, "FieldTooLong"),
        ("|x-a|b", "x", "FieldType"),
    ],
)
async def test_custom_data_that_is_not_right_is_refused(client, key, entry, name):
    answer = await client.post(PATH, {"name": "x", "customData": {key: entry}})

    assert answer.refusal[:2] == (400, name)
    assert answer.refusal[2].startswith(f"customData.{key}")
