"""Connections, and what clients report of their own systems (specification 17, A20)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from plughub.core import connections, events
from plughub.core.events import Place, Severity
from tests import make
from tests.dialects.plugboard.conftest import client_of

LOG = "/log/event"


def report(**more):
    return {"severity": "Error", "summary": "Okänd artikel", "time": "2021-05-04T07:05:00Z", **more}


async def found(client, **asked):
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return await events.reports(tx, client.shop.tenant.id, **asked)


async def feed(client):
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await events.number_feed(tx, client.shop.tenant.id)
    async with client.shop.hub.read(client.shop.tenant.id) as tx:
        return [one for one in await events.feed(tx, client.shop.tenant.id) if one.kind == "report"]


async def test_connections_are_shown_with_their_types_and_state(client, other):
    pluggto, _ = await make.connection(client.shop, "pluggto")
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await connections.revoke(tx, client.shop.caller, other.connection)

    listed = (await client.get("/connection")).json

    mine = next(one for one in listed if one["localId"] == client.id)
    assert mine == {
        "href": f"/plugboard/api/connection/{client.id}", "localId": client.id, "connectionType": "api",
        "connectionName": client.connection.name, "active": True, "created": mine["created"],
        "latestTransferStatus": {},
    }  # fmt: skip
    states = {one["localId"]: (one["connectionType"], one["active"]) for one in listed}
    assert states == {client.id: ("api", True), other.id: ("api", False), pluggto.id.hex: ("pluggto", True)}
    assert (await client.get(f"/connection/{client.id}")).json == mine
    assert (await client.get("/")).json["resources"]["connection"] == "/plugboard/api/connection"


async def test_connections_are_read_only_and_the_tenants_own(client, http, address, hub):
    stranger = await client_of(http, address, await make.shop(hub))

    assert (await client.get(f"/connection/{stranger.id}")).refusal == (404, "NoSuchRecord", "localId")
    assert (await client.get("/connection/x")).refusal[:2] == (404, "NoSuchResource")
    for answer in (await client.post("/connection", {}), await client.delete(f"/connection/{client.id}")):
        assert answer.refusal[:2] == (405, "MethodNotAllowed")
    assert [one["localId"] for one in (await stranger.get("/connection")).json] == [stranger.id]


async def test_a_report_is_kept_as_an_event_of_the_log_and_answered_with_its_id(client):
    order = await client.made("/order", {"currency": "SEK"})
    told = report(
        relatedRecordType="order", direction="export", body=["Rad 1", ""],
        relatedIdMsgs=[
            {"id": order["localId"], "displayId": "5001", "message": "Kunde inte skapas"},
            {"id": "their-7", "displayId": None, "message": None},
        ],
    )  # fmt: skip

    answer = await client.post(LOG, [told])

    (shown,) = answer.json
    assert answer.status == 200
    assert shown == {"localId": shown["localId"], **told}
    (kept,) = await found(client, record=UUID(order["localId"]))
    assert (kept.id.hex, kept.connection, kept.report.about[1].told) == (
        shown["localId"],
        client.connection.id,
        "their-7",
    )
    (event,) = await feed(client)
    assert (event.record_id, event.action, event.connection_id) == (kept.id, "created", client.connection.id)
    assert event.changes[0].after["summary"] == "Okänd artikel"
    assert (await client.get(f"/order/{order['localId']}")).json == order


async def test_reports_are_found_by_time_severity_and_record(client, http, address, hub):
    stranger = await client_of(http, address, await make.shop(hub))
    order = await client.made("/order", {"currency": "SEK"})
    about = [{"id": order["localId"].upper()}, {"id": order["localId"]}]
    rows = [("Info", 1), ("Error", 3), ("Warning", 2), ("Error", 0)]
    sent = [report(severity=severity, time=f"2021-05-04T07:0{minute}:00Z") for severity, minute in rows]
    sent[2]["relatedIdMsgs"] = about
    info, latest, warning, first = (UUID(one["localId"]) for one in (await client.post(LOG, sent)).json)
    await stranger.post(LOG, report(relatedIdMsgs=about))
    start = datetime(2021, 5, 4, 7, tzinfo=UTC)

    async def listed(**asked):
        return [one.id for one in await found(client, **asked)]

    assert await listed() == [latest, warning, info, first]
    assert await listed(severities=[Severity.ERROR]) == [latest, first]
    assert await listed(severities=[Severity.INFO, Severity.WARNING]) == [warning, info]
    assert await listed(record=UUID(order["localId"])) == [warning]
    assert await listed(since=start + timedelta(minutes=1)) == [latest, warning, info]
    assert await listed(limit=2) == [latest, warning]
    assert await listed(limit=2, before=Place(start + timedelta(minutes=2), warning)) == [info, first]


async def test_reports_of_one_moment_stand_in_their_order_and_take_one_statement(client):
    sent = [report(summary=str(at)) for at in range(500)]
    await client.post(LOG, report())
    pool = client.shop.hub.pool
    before = pool.round_trips

    answer = await client.post(LOG, sent)

    assert pool.round_trips - before <= 2
    assert [one["summary"] for one in answer.json] == [one["summary"] for one in sent]
    latest = [one.report.summary for one in await found(client, limit=500)]
    assert latest == [one["summary"] for one in reversed(sent)]


async def test_what_is_left_out_has_a_meaning(client):
    ids = [one["localId"] for one in (await client.post(LOG, {"severity": "Info", "summary": "Hej"})).json]

    (kept,) = await found(client)
    assert [kept.id.hex] == ids
    assert abs(kept.report.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (await client.post(LOG, [])).json == []


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ({"summary": "x"}, ("FieldRequired", "[1].severity")),
        ({"severity": "Info"}, ("FieldRequired", "[1].summary")),
        (report(severity="error"), ("FieldEnum", "[1].severity")),
        (report(direction="out"), ("FieldEnum", "[1].direction")),
        (report(summary=7), ("FieldType", "[1].summary")),
        (report(body="Rad 1"), ("FieldType", "[1].body")),
        (report(body=["a", 1]), ("FieldType", "[1].body[1]")),
        (report(relatedIdMsgs=["x"]), ("FieldType", "[1].relatedIdMsgs[0]")),
        (report(relatedIdMsgs=[{"id": 1}]), ("FieldType", "[1].relatedIdMsgs[0].id")),
        (report(time="igår"), ("DateTimeMalformed", "[1].time")),
        (report(body=["x"] * 1001), ("FieldTooLong", "[1].body")),
    ],
)
async def test_a_bad_report_keeps_the_good_ones_out(client, bad, expected):
    assert (await client.post(LOG, [report(), bad])).refusal == (400, *expected)
    assert await found(client) == [] == await feed(client)


async def test_what_nobody_knows_is_named(client, http, address):
    strict = await client_of(http, address, client.shop, unknown_fields="refused")

    assert (await client.post(LOG, [report(colour="red")])).headers["X-Plughub-Ignored"] == "colour"
    assert (await strict.post(LOG, [report(colour="red")])).refusal == (400, "UnknownField", "colour")
    assert (await client.post(LOG, ["x"])).refusal[:2] == (400, "NotAnObject")
    assert (await client.get(LOG)).refusal[:2] == (405, "MethodNotAllowed")
