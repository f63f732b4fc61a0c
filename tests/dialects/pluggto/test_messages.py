"""Plugg.to messages: fields, interactions, which message a PUT means, states (specification 8; 13, rows 50 and 51)."""

import re
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from plughub.core import events
from plughub.core.hub import Hub
from plughub.dialects.pluggto import ids
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of
from tests.dialects.pluggto.goods import exchange, lost, nothing_happens, refusal

UNKNOWN_ID = "5877efb70280833e402e54bc"
FIELDS = {
    "id", "channel", "original_id", "status", "type", "priority", "customer_name", "customer_phone", "subject",
    "copy_emails", "tags", "item_related", "interections", "created", "modified", "timestamp", "user_id",
}  # fmt: skip
WORD = {"from": "customer", "comment": "Chegou?"}


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One for the whole file: every test makes messages of its own."""
    return await client_of(http, address, await make.shop(hub))


def shown(answer: Answer, status: int = 200) -> dict[str, Any]:
    assert answer.status == status, answer.text
    assert answer.json.keys() == {"Message"}
    message: dict[str, Any] = answer.json["Message"]
    return message


async def created(client: Client, **body: Any) -> dict[str, Any]:
    return shown(await client.post("/messages", {"subject": "Olá", **body}), 201)


async def changed(client: Client, message: dict[str, Any], **body: Any) -> dict[str, Any]:
    after = shown(await client.put(f"/messages/{message['id']}", body))
    assert await stored(client, message) == after
    return after


async def stored(client: Client, message: dict[str, Any]) -> dict[str, Any]:
    return shown(await client.get(f"/messages/{message['id']}"))


async def refused(client: Client, answer: Any) -> tuple[str, str | None]:
    """Type and field of the refusal; nothing was changed and nobody was told."""
    async with nothing_happens(client):
        got = await answer
    assert got.status == 400, got.text
    return got.json["type"], got.json.get("field")


async def history(client: Client, message: dict[str, Any]) -> list[events.Event]:
    shop = client.shop
    async with shop.hub.read(shop.tenant.id) as tx:
        return await events.history(tx, shop.tenant.id, "message", ids.read(message["id"]))


def words(message: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["from"], entry["comment"]) for entry in message["interections"]]


# --- the seed -----------------------------------------------------------------------------------------------


async def test_the_creating_body_of_the_seed_makes_a_message_with_all_it_says(client: Client):
    body = exchange("message_create")

    message = shown(await client.post("/messages", body), 201)

    assert lost(body, message) == []
    assert message.keys() == FIELDS
    (entry,) = message["interections"]
    assert entry.keys() == {"id", "from", "comment", "attachments", "created"}
    assert entry["attachments"] == body["interections"][0]["attachments"]
    for id in (message["id"], entry["id"]):
        assert re.fullmatch("[0-9a-f]{24}", id)
    for moment in (message["created"], message["modified"], entry["created"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)
    assert message["timestamp"] == int(datetime.fromisoformat(message["modified"]).timestamp())
    assert message["user_id"] == str(client.shop.tenant.number)
    assert await stored(client, message) == message
    assert {"Message": message} in (await client.get("/messages")).json["result"]


@pytest.mark.parametrize("field", ["status", "type", "priority", "interections[0].from"])
async def test_an_enum_as_the_seed_prints_it_is_refused(client: Client, field: str):
    printed, body = exchange("message_printed"), {**exchange("message_create"), "original_id": None}
    if field in body:
        body[field] = printed[field]
    else:
        body["interections"] = printed["interections"]

    assert await refused(client, client.post("/messages", body)) == ("invalid_field", field)
    assert await refused(client, client.post("/messages", printed)) == ("invalid_field", "status")


async def test_the_adding_bodies_of_the_seed_change_and_add_an_interaction(client: Client):
    change, add = exchange("message_interaction"), exchange("message_interaction_new")
    message = await created(client, interections=[{"from": "seller", "comment": "Nova interação"}])
    (entry,) = message["interections"]
    change["interections"][0]["id"] = entry["id"]

    after = shown(await client.put("/messages", change))
    assert after["id"] == message["id"]
    assert after["interections"] == [{**entry, "from": "customer", "comment": "Nova outra interação reformada"}]
    added = shown(await client.put("/messages", add, params={"id": message["id"]}))
    assert added["interections"][:1] == after["interections"]
    assert words(added)[1:] == [("customer", "Nova outra interação reformada")]


async def test_a_get_with_the_body_of_the_seed_is_a_list(client: Client):
    answer = await client.call("GET", "/messages", exchange("message_interaction"))

    assert (answer.status, set(answer.json)) == (200, {"total", "showing", "limit", "next", "result"})


# --- creating -----------------------------------------------------------------------------------------------


async def test_a_subject_alone_makes_a_message(client: Client):
    message = shown(await client.post("/messages", {"subject": "Olá"}), 201)

    nulls = {name for name, value in message.items() if value is None}
    assert nulls == {
        "channel", "original_id", "customer_name", "customer_phone", "copy_emails", "tags", "item_related",
    }  # fmt: skip
    assert (message["status"], message["type"], message["priority"]) == ("new", "question", "normal")
    assert (message["subject"], message["interections"]) == ("Olá", [])
    assert message["created"] == message["modified"]


async def test_a_comment_alone_makes_a_message_of_someone_outside(client: Client):
    message = shown(await client.post("/messages", {"interections": [{"comment": "Olá"}]}), 201)

    assert (message["subject"], words(message), message["status"]) == (None, [("external", "Olá")], "new")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"tags": "x"}, {"subject": ""}, {"subject": None}, {"own": 1}, {"update": False}, {"interections": []},
        {"interections": [{}]}, {"interections": [{"from": "", "comment": ""}]}, {"status": "new"}, {"id": UNKNOWN_ID},
        {"interections": {"attachments": [{"url": "u"}]}},
    ],
)  # fmt: skip
async def test_a_message_needs_a_subject_or_a_comment(client: Client, body: Any):
    assert await refused(client, client.post("/messages", body)) == ("required_field", "subject")


async def test_an_empty_body_is_refused(client: Client):
    message = await created(client)

    for call in (client.post("/messages"), client.put("/messages"), client.put(f"/messages/{message['id']}")):
        assert await refused(client, call) == ("required_field", "body")


@pytest.mark.parametrize("data", ["[]", '"x"', "5", '{"subject":', "subject=x"])
async def test_a_body_that_is_no_json_object_is_refused(client: Client, data: str):
    for method in ("POST", "PUT"):
        assert (await refused(client, client.call(method, "/messages", data=data)))[0] == "invalid_json"


@pytest.mark.parametrize("spelling", ["interections", "interactions"])
async def test_both_spellings_are_read_and_the_vendors_is_written(client: Client, spelling: str):
    message = shown(await client.post("/messages", {spelling: [WORD]}), 201)
    after = await changed(client, message, **{spelling: WORD})

    assert words(after) == [("customer", "Chegou?")] * 2
    assert "interactions" not in after


async def test_of_both_spellings_the_vendors_counts(client: Client):
    message = await created(client, interactions=[{"comment": "a"}], interections=[{"comment": "b"}])

    assert words(message) == [("external", "b")]


@pytest.mark.parametrize("author", ["external", "seller", "customer"])
async def test_who_speaks_is_stored_as_sent(client: Client, author: str):
    assert words(await created(client, interections=[{"from": author, "comment": "x"}])) == [(author, "x")]


async def test_a_second_message_with_the_same_number_at_the_channel_is_refused(client: Client):
    message = await created(client, channel="core", original_id="dup")

    async with nothing_happens(client):
        answer = await client.post("/messages", {"subject": "x", "channel": "core", "original_id": " dup "})

    assert answer.status == 400
    assert answer.json == {
        "type": "duplicated", "details": {"errmsg": "message already exists", "id": message["id"]}, "code": 400,
        "field": "original_id",
    }  # fmt: skip
    other = await created(client, channel="Core", original_id="dup")
    moved = client.put(f"/messages/{other['id']}", {"channel": "core"})
    assert await refused(client, moved) == ("duplicated", "original_id")


async def test_input_is_as_loose_as_in_orders(client: Client):
    message = await created(
        client, customer_phone=1111, original_id=7, channel=" loose ", tags=8.5, status="", type="", priority=None,
        item_related=" A1 ", interections={"comment": 5, "attachments": {"url": "u"}}, copy_emails="",
    )  # fmt: skip

    assert (message["customer_phone"], message["original_id"], message["channel"]) == ("1111", "7", "loose")
    assert (message["tags"], message["item_related"], message["copy_emails"]) == ("8.5", "A1", None)
    assert (message["status"], message["type"], message["priority"]) == ("new", "question", "normal")
    assert (words(message), message["interections"][0]["attachments"]) == ([("external", "5")], [{"url": "u"}])


async def test_read_only_fields_are_ignored(client: Client):
    lie = {"id": UNKNOWN_ID, "created": "2000-01-01", "modified": "x", "timestamp": {}, "user_id": [1]}
    word = {"id": UNKNOWN_ID, "created": "2000-01-01", "comment": "Oi"}

    message = await created(client, **lie, interections=[word])

    assert all(message[name] != value for name, value in lie.items())
    assert (message["interections"][0]["id"], message["interections"][0]["created"][:4]) != (UNKNOWN_ID, "2000")
    async with nothing_happens(client):
        assert await changed(client, message, **lie) == message


async def test_fields_nobody_knows_come_back_at_every_level(client: Client):
    file = {"url": "u", "size": 3}
    message = await created(client, own={"a": [1]}, interections=[{"comment": "x", "mood": "ok", "attachments": file}])

    assert (message["own"], message["interections"][0]["mood"]) == ({"a": [1]}, "ok")
    assert message["interections"][0]["attachments"] == [file]
    assert (await changed(client, message, own=None, other=1))["other"] == 1
    assert "own" not in await stored(client, message)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "open"}, "status"), ({"status": "New"}, "status"), ({"status": 1}, "status"),
        ({"type": "task "}, "type"), ({"priority": "max"}, "priority"), ({"priority": {}}, "priority"),
        ({"subject": {}}, "subject"), ({"tags": ["a"]}, "tags"), ({"channel": "x" * 501}, "channel"),
        ({"original_id": "x" * 501}, "original_id"), ({"update": "maybe"}, "update"),
        ({"interections": 5}, "interections"), ({"interections": ["x"]}, "interections[0]"),
        ({"interections": [WORD, {"from": "me", "comment": "x"}]}, "interections[1].from"),
        ({"interections": [{"comment": {}}]}, "interections[0].comment"),
        ({"interections": [{"comment": "x", "attachments": "u"}]}, "interections[0].attachments"),
        ({"interections": [{"comment": "x", "attachments": ["u"]}]}, "interections[0].attachments[0]"),
        ({"interections": [{"comment": "x", "attachments": [{"url": 1}, {"url": {}}]}]},
         "interections[0].attachments[1].url"),
    ],
)  # fmt: skip
async def test_what_a_field_cannot_hold_is_refused(client: Client, body: Any, field: str):
    message = await created(client)

    assert await refused(client, client.post("/messages", {"subject": "x", **body})) == ("invalid_field", field)
    assert await refused(client, client.put(f"/messages/{message['id']}", body)) == ("invalid_field", field)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"from": "seller"}, "interections[0].comment"),
        ({"from": "seller", "comment": ""}, "interections[0].comment"),
        ({"comment": "x", "attachments": [{"name": "a.pdf"}]}, "interections[0].attachments[0].url"),
    ],
)
async def test_an_interaction_says_or_shows_something(client: Client, entry: Any, field: str):
    message = await created(client, interections=[WORD])
    body = {"subject": "x", "interections": [entry]}

    assert await refused(client, client.post("/messages", body)) == ("required_field", field)
    assert await refused(client, client.put(f"/messages/{message['id']}", body)) == ("required_field", field)
    cleared = {"interections": [{"id": message["interections"][0]["id"], "comment": None}]}
    assert await refused(client, client.put("/messages", cleared)) == ("required_field", "interections[0].comment")


async def test_a_photo_says_enough_in_a_message_that_is_there(client: Client):
    message = await created(client)

    after = await changed(client, message, interections={"attachments": [{"url": "u"}]})

    assert after["interections"][0]["comment"] is None
    assert after["interections"][0]["attachments"] == [{"url": "u"}]


# --- changing -----------------------------------------------------------------------------------------------


async def test_absent_keeps_null_clears_and_empty_is_as_elsewhere(client: Client):
    body = {**exchange("message_create"), "original_id": "keep"}
    message = shown(await client.post("/messages", body), 201)

    kept = await changed(client, message, subject="Outra")
    assert {**kept, "modified": 0, "timestamp": 0} == {**message, "subject": "Outra", "modified": 0, "timestamp": 0}
    texts = ("customer_name", "customer_phone", "subject", "copy_emails", "tags", "item_related", "channel")
    cleared = await changed(client, message, **dict.fromkeys(texts), original_id="")
    assert [cleared[name] for name in (*texts, "original_id")] == [None] * 8
    nulls = await changed(client, message, status=None, type=None, priority=None, interections=None)
    assert (nulls["status"], nulls["type"], nulls["priority"]) == ("pending", "question", "normal")
    assert nulls["interections"] == message["interections"]
    empty = await changed(client, await changed(client, message, type="task"), status="", type="", priority="")
    assert (empty["status"], empty["type"]) == ("pending", "task")


async def test_a_put_that_changes_nothing_is_answered_and_tells_nobody(client: Client):
    message = await created(client, interections=[{**WORD, "attachments": [{"url": "u"}]}], item_related="A", own=1)

    async with nothing_happens(client):
        assert shown(await client.put(f"/messages/{message['id']}", message)) == message
        assert shown(await client.put("/messages", message)) == message
        assert shown(await client.put(f"/messages/{message['id']}", {})) == message
        assert shown(await client.put("/messages", {"id": message["id"]})) == message


async def test_interactions_without_ids_are_added_each_time(client: Client):
    message = await created(client)

    await changed(client, message, interections=[WORD])
    after = await changed(client, message, interections=[WORD, {"from": "seller", "comment": "Sim"}])

    assert words(after) == [("customer", "Chegou?"), ("customer", "Chegou?"), ("seller", "Sim")]
    assert len({entry["id"] for entry in after["interections"]}) == 3


async def test_an_interaction_is_changed_in_part_and_attachments_merge_by_address(client: Client):
    message = await created(client, interections=[{**WORD, "attachments": [{"url": "a", "size": 1}, {"url": "b"}]}])
    entry = message["interections"][0]

    sent = {"id": entry["id"], "attachments": [{"url": "c"}, {"url": "a", "remove": True}, {"url": "b", "size": 2}]}
    after = await changed(client, message, interections=[sent])

    assert after["interections"] == [{**entry, "attachments": [{"url": "b", "size": 2}, {"url": "c"}]}]
    gone = await changed(client, message, interections=[{"id": entry["id"], "remove": True}])
    assert gone["interections"] == []


async def test_a_change_is_one_event_field_by_field_in_the_callers_name(client: Client):
    message = await created(client, interections=[WORD])
    entry = ids.read(message["interections"][0]["id"]).hex

    await changed(client, message, tags="x", interections=[{"id": message["interections"][0]["id"], "comment": "E?"}])

    made, told = await history(client, message)
    assert (made.action, told.action, told.actor) == ("created", "updated", client.credentials.client_id)
    assert {(change.field, change.before, change.after) for change in told.changes} == {
        ("tags", None, "x"), (f"interactions[{entry}].comment", "Chegou?", "E?"),
    }  # fmt: skip


@pytest.mark.parametrize(("sent", "silent"), [({}, False), ({"update": True}, False), ({"update": False}, True)])
async def test_update_false_notifies_nobody(client: Client, sent: dict[str, Any], silent: bool):
    message = await created(client, **sent)
    await changed(client, message, tags="x", **sent)
    shown(await client.put("/messages", {"id": message["id"], "tags": "y", **sent}))

    assert [event.silent for event in await history(client, message)] == [silent] * 3
    assert "update" not in message


# --- which message a PUT means ------------------------------------------------------------------------------


async def test_the_first_name_that_is_used_decides(client: Client):
    """Each way, with every later way naming another message."""
    one, other = [
        await created(client, channel="core", original_id=f"t-{n}", interections=[{"comment": "x"}]) for n in range(2)
    ]
    word = {"id": other["interections"][0]["id"], "comment": "y"}
    later: list[tuple[str, dict[str, str], dict[str, Any]]] = [
        (f"/messages/{one['id']}", {"id": other["id"]}, {"id": other["id"]}),
        ("/messages", {"id": other["id"]}, {"id": one["id"]}),
        ("/messages", {"id": one["id"]}, {"id": "", "original_id": other["original_id"], "channel": "core"}),
        ("/messages", {"id": one["id"]}, {"id": None}),
        ("/messages", {"original_id": other["original_id"]}, {"original_id": one["original_id"], "channel": "core"}),
        ("/messages", {"original_id": one["original_id"], "channel": "core"}, {}),
        ("/messages", {"original_id": one["original_id"]}, {"channel": "core"}),
        ("/messages", {"channel": "core"}, {"original_id": one["original_id"]}),
    ]
    for at, (path, params, body) in enumerate(later):
        answer = await client.put(path, {"interections": [word], "tags": str(at), **body}, params=params)
        # The word is the other message's, so the message that was meant has none of that id.
        assert (answer.status, answer.json.get("field")) == (400, "interections[0].id"), (path, params, body)

        original = {} if body.get("original_id") == other["original_id"] else body
        after = shown(await client.put(path, {**original, "tags": str(at)}, params=params))
        assert (after["id"], after["tags"]) == (one["id"], str(at)), (path, params, body)
    assert await stored(client, other) == other


async def test_an_interaction_of_a_message_names_it_and_is_changed(client: Client):
    message = await created(client, interections=[{"comment": "a"}, {"comment": "b"}])
    second = message["interections"][1]

    after = shown(await client.put("/messages", {"interections": [{"comment": "c"}, {**second, "comment": "B"}]}))

    assert (after["id"], words(after)) == (message["id"], [("external", text) for text in "aBc"])
    assert after["interections"][1]["id"] == second["id"]


async def test_a_message_named_by_an_interaction_gets_it_added(client: Client):
    message = await created(client, interections=[{"comment": "a"}])

    after = shown(await client.put("/messages", {"interections": {**WORD, "id": message["id"]}}))
    assert words(after) == [("external", "a"), ("customer", "Chegou?")]
    # Also where the path has named it already.
    again = await changed(client, message, interections=[{**WORD, "id": message["id"]}])
    assert [entry["id"] for entry in again["interections"][:2]] == [entry["id"] for entry in after["interections"]]
    assert message["id"] not in [entry["id"] for entry in again["interections"]]
    assert len(again["interections"]) == 3


@pytest.mark.parametrize(
    ("params", "body", "field"),
    [
        ({}, {}, "id"), ({}, {"tags": "x"}, "id"), ({}, {"interections": [WORD]}, "id"),
        ({"id": ""}, {"id": "", "interections": [{**WORD, "id": ""}]}, "id"),
        ({}, {"channel": "core"}, "id"), ({"channel": "core"}, {"original_id": ""}, "id"),
        ({}, {"original_id": "t"}, "channel"), ({"original_id": "t"}, {"channel": None}, "channel"),
    ],
)  # fmt: skip
async def test_a_put_that_names_no_message_is_refused(client: Client, params: dict[str, str], body: Any, field: str):
    assert await refused(client, client.put("/messages", body, params=params)) == ("required_field", field)


@pytest.mark.parametrize(
    ("path", "params", "body"),
    [
        (f"/messages/{UNKNOWN_ID}", {}, {"tags": "x"}), ("/messages/xyz", {}, {"tags": "x"}),
        ("/messages", {}, {"id": UNKNOWN_ID}), ("/messages", {"id": UNKNOWN_ID}, {}),
        ("/messages", {}, {"original_id": "nope", "channel": "core"}),
        ("/messages", {"original_id": "nope", "channel": "core"}, {}),
        ("/messages", {}, exchange("message_interaction")),
        ("/messages", {}, {"interections": [{"id": "6a0000000000000000000000", "comment": "x"}]}),
    ],
)  # fmt: skip
async def test_a_message_that_is_not_there_is_not_found(client: Client, path: str, params: dict[str, str], body: Any):
    async with nothing_happens(client):
        answer = await client.put(path, body, params=params)

    assert (answer.status, answer.json) == (404, {"type": "not_found", "details": "Message not found", "code": 404})


@pytest.mark.parametrize("id", ["xyz", 5, {}, [], UNKNOWN_ID + "0", True])
async def test_what_is_no_id_is_refused(client: Client, id: Any):
    assert await refused(client, client.put("/messages", {"id": id})) == ("invalid_field", "id")
    word = {"interections": [{"id": id, "comment": "x"}]}
    field = ("invalid_field", "interections[0].id")
    assert await refused(client, client.put("/messages", word)) == field
    message = await created(client)
    assert await refused(client, client.put(f"/messages/{message['id']}", word)) == field


@pytest.mark.parametrize("path", ["/messages/xyz", f"/messages/{UNKNOWN_ID}", "/messages/"])
async def test_reading_a_message_that_is_not_there_is_not_found(client: Client, path: str):
    answer = await client.get(path)

    assert answer.status == (200 if path == "/messages/" else 404)


async def test_other_methods_are_not_allowed(client: Client):
    for path, allowed in (("/messages", "GET, POST, PUT"), (f"/messages/{UNKNOWN_ID}", "GET, PUT")):
        answer = await client.delete(path)
        assert (refusal(answer), answer.headers["Allow"]) == ((405, "method_not_allowed"), allowed)


# --- states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "authors", "sent", "expected"),
    [
        ("new", ["seller"], {}, "answered"), ("pending", ["seller"], {}, "answered"),
        ("answered", ["external"], {}, "pending"), ("answered", ["customer"], {}, "pending"),
        ("closed", ["customer"], {}, "pending"), ("closed", ["external"], {}, "pending"),
        ("closed", ["seller"], {}, "closed"), ("new", ["customer"], {}, "new"),
        ("pending", ["external"], {}, "pending"),
        ("answered", [None], {}, "pending"), ("new", ["seller", "customer"], {}, "pending"),
        ("new", ["seller"], {"status": "closed"}, "closed"), ("new", ["seller"], {"status": "new"}, "new"),
        ("closed", ["customer"], {"status": "closed"}, "closed"),
        ("new", ["seller"], {"status": None}, "answered"), ("new", ["seller"], {"status": ""}, "answered"),
        ("closed", [], {"status": "new"}, "new"), ("answered", [], {}, "answered"),
    ],
)  # fmt: skip
async def test_who_speaks_moves_the_status(
    client: Client, status: str, authors: list[str | None], sent: dict[str, Any], expected: str
):
    message = await created(client, status=status)
    entries = [{"from": author, "comment": "x"} for author in authors]

    after = await changed(client, message, interections=entries, **sent)

    assert after["status"] == expected


async def test_an_edit_moves_no_status(client: Client):
    message = await created(client, status="answered", interections=[WORD])
    id = message["interections"][0]["id"]

    assert (await changed(client, message, interections=[{"id": id, "comment": "E agora?"}]))["status"] == "answered"


async def test_a_new_message_of_the_seller_is_new(client: Client):
    assert (await created(client, interections=[{"from": "seller", "comment": "Avise"}]))["status"] == "new"


# --- what it is about ---------------------------------------------------------------------------------------


async def test_what_it_is_about_comes_back_as_sent(client: Client):
    order = (await client.post("/orders", {"total": 1})).json["Order"]
    await client.put("/skus/LINK", {"name": "x"})

    for text in (order["id"], str(order["order_id"]), "LINK", "some Order or Sku Id"):
        message = await created(client, item_related=text)
        assert message["item_related"] == text
        assert message.keys() == FIELDS


async def test_what_one_application_writes_the_others_read_and_answer(client: Client):
    partner = await client_of(client.http, client.base.removesuffix("/pluggto"), client.shop)
    message = await created(client, interections=[WORD])

    after = await changed(partner, message, interections=[{"from": "seller", "comment": "Sim"}])

    assert await stored(client, message) == after
    assert [event.actor for event in await history(client, message)] == [
        client.credentials.client_id,
        partner.credentials.client_id,
    ]
