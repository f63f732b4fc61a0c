"""Plugg.to's token path: three grants, four ways to send them, every refusal to the letter (specification 3.1)."""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from plughub import app
from plughub.config import Settings
from plughub.core import connections
from plughub.core.connections import Connection, Given
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.dialects.pluggto import DIALECT
from plughub.outbound import Outbound
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of
from tests.sockets import serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WRONG_GRANT = ("invalid_request", "Invalid or missing grant_type parameter")
NO_USER = ("invalid_client", 'Missing parameters. "username" and "password" are required')


class LateHub(Hub):
    """A hub whose clock a test sets forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
async def late(hub: Hub, outbound: Outbound, database_url: str) -> AsyncIterator[tuple[LateHub, str]]:
    """The hub, and the address at which it answers."""
    late = LateHub(database_url, keys=Keys(b"of the tests"))
    settings = Settings(data=Path("unused"), database_url=database_url)
    async with serving(app.application(late, outbound, settings)) as url:
        yield late, url
    await late.close()


@pytest.fixture
async def clock(late: tuple[LateHub, str]) -> AsyncIterator[LateHub]:
    yield late[0]
    late[0].ahead = timedelta()


@pytest.fixture
async def connected(
    http: aiohttp.ClientSession, late: tuple[LateHub, str], clock: LateHub
) -> tuple[Client, Connection]:
    """A client that has no token yet, of the hub whose clock can be set."""
    shop = await make.shop(clock)
    connection, credentials = await make.connection(shop)
    return Client(http=http, base=f"{late[1]}/pluggto", shop=shop, credentials=credentials), connection


def grant(client: Client, kind: str, **more: str) -> dict[str, str]:
    known = {"grant_type": kind, "client_id": client.credentials.client_id}
    return {**known, "client_secret": client.credentials.client_secret, **more}


def by_password(client: Client, **more: str) -> dict[str, str]:
    user = {"username": client.credentials.username, "password": client.credentials.password}
    return grant(client, "password", **{**user, **more})


def refused(answer: Answer) -> tuple[str, str]:
    """`error` and `error_description` of a 400 that has nothing else."""
    body = answer.json
    assert (answer.status, body["code"], set(body)) == (400, 400, {"code", "error", "error_description"}), answer.text
    return body["error"], body["error_description"]


async def code_of(client: Client, connection: Connection) -> str:
    hub = client.shop.hub
    async with hub.change(client.shop.tenant.id) as tx:
        return await connections.new_code(
            tx, hub.keys, client.shop.caller, connection, life=DIALECT.lifetimes, now=hub.now()
        )


async def status_with(client: Client, token: str) -> int:
    return (await client.get("/users", token=token)).status


async def ask(client: Client, **sent: Any) -> Answer:
    return await client.post("/oauth/token", token=None, **sent)


async def test_a_password_gets_a_token_of_forty_hex_digits_for_an_hour(client: Client):
    answer = await client.ask_token(**by_password(client))

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    body = answer.json
    assert set(body) == {"token_type", "access_token", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3600)
    assert re.fullmatch("[0-9a-f]{40}", body["access_token"])
    assert re.fullmatch("[0-9a-f]{40}", body["refresh_token"])


async def test_credentials_survive_a_form_that_nobody_encoded(client: Client):
    assert re.fullmatch("[A-Za-z0-9_-]+", client.credentials.password)
    assert re.fullmatch("[0-9a-f]{32}", client.credentials.client_id)
    assert re.fullmatch("[0-9a-f]{32}", client.credentials.client_secret)
    assert re.fullmatch("[0-9]+", client.credentials.username)

    text = "&".join(f"{name}={value}" for name, value in by_password(client).items())

    assert (await ask(client, data=text, headers=FORM)).status == 200


@pytest.mark.parametrize("way", ["form", "form without a type", "json", "json called a form", "query", "both"])
async def test_parameters_are_read_wherever_they_are(client: Client, way: str):
    sent = by_password(client)
    ways: dict[str, dict[str, Any]] = {
        "form": {"data": urlencode(sent), "headers": FORM},
        "form without a type": {"data": urlencode(sent).encode()},
        "json": {"body": sent},
        "json called a form": {"data": "\ufeff " + json.dumps(sent), "headers": FORM},
        "query": {"params": sent},
        "both": {"params": sent, "data": urlencode(sent), "headers": FORM},
    }

    assert (await ask(client, **ways[way])).status == 200


async def test_the_client_may_come_as_http_basic(client: Client):
    who = f"{client.credentials.client_id}:{client.credentials.client_secret}"
    sent = {"grant_type": "password", "username": client.credentials.username, "password": client.credentials.password}
    header = {"Authorization": "bAsIc " + b64encode(who.encode()).decode()}

    assert (await ask(client, data=urlencode(sent), headers=FORM | header)).status == 200


async def test_the_body_wins_over_the_query_and_the_query_over_basic(client: Client):
    right, wrong = by_password(client), by_password(client, client_secret="wrong", password="wrong")
    basic = {"Authorization": "Basic " + b64encode(b"other:wrong").decode()}

    assert (await ask(client, params=wrong, data=urlencode(right), headers=FORM | basic)).status == 200
    assert (await ask(client, params=right, headers=basic)).status == 200
    answer = await ask(client, params=right, data=urlencode(wrong), headers=FORM)
    assert refused(answer) == ("invalid_client", "Client credentials are invalid")


async def test_an_empty_value_hides_no_other(client: Client):
    sent = by_password(client)
    basic = f"{sent.pop('client_id')}:{sent.pop('client_secret')}"
    header = {"Authorization": "Basic " + b64encode(basic.encode()).decode()}
    blank = {"client_id": "", "client_secret": "", "username": ""}

    answer = await ask(client, params=sent, data=urlencode(blank), headers=FORM | header)

    assert answer.status == 200


async def test_superfluous_and_valueless_parameters_are_ignored(client: Client):
    sent = urlencode(by_password(client, scope="all", code="", redirect_uri="https://example.com"))

    assert (await ask(client, data=f"{sent}&refresh_token&state=", headers=FORM)).status == 200


async def test_a_numeric_user_in_json_need_not_be_quoted(client: Client):
    sent: dict[str, Any] = by_password(client)
    sent["username"] = int(sent["username"])

    assert (await ask(client, body=sent)).status == 200


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"grant_type": None}, WRONG_GRANT),
        ({"grant_type": ""}, WRONG_GRANT),
        ({"grant_type": "client_credentials"}, WRONG_GRANT),
        ({"grant_type": "PASSWORD"}, WRONG_GRANT),
        ({"grant_type": None, "client_id": None}, WRONG_GRANT),
        ({"client_id": None}, ("invalid_client", "Invalid or missing client_id parameter")),
        ({"client_id": ""}, ("invalid_client", "Invalid or missing client_id parameter")),
        ({"client_secret": None}, ("invalid_client", "Missing client_secret parameter")),
        ({"client_secret": "no"}, ("invalid_client", "Client credentials are invalid")),
        ({"client_id": "0" * 32}, ("invalid_client", "Client credentials are invalid")),
        ({"username": None}, NO_USER),
        ({"password": None}, NO_USER),
        ({"password": ""}, NO_USER),
        ({"password": "no"}, ("invalid_grant", "User credentials are invalid")),
        ({"username": "no"}, ("invalid_grant", "User credentials are invalid")),
        ({"grant_type": "authorization_code"}, ("invalid_request", 'No "code" parameter')),
        ({"grant_type": "authorization_code", "code": "0" * 40}, ("invalid_grant", "Invalid code")),
        ({"grant_type": "refresh_token"}, ("invalid_request", 'No "refresh_token" parameter')),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, ("invalid_grant", "Invalid refresh token")),
    ],
)
@pytest.mark.parametrize("place", ["body", "query"])
async def test_every_refusal_has_its_text(
    client: Client, change: dict[str, Any], expected: tuple[str, str], place: str
):
    sent = {name: value for name, value in {**by_password(client), **change}.items() if value is not None}

    answer = await (ask(client, params=sent) if place == "query" else client.ask_token(**sent))

    assert refused(answer) == expected


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "username", "password"])
async def test_the_nul_character_is_refused_in_the_query_too(client: Client, name: str):
    answer = await ask(client, params=by_password(client) | {name: "a\0b"})

    assert refused(answer) == ("invalid_request", "A parameter contains the NUL character")


@pytest.mark.parametrize("body", [b'{"grant_type":', b"\xff=1", b"[[[", b'{"a":"\\u0000"}'])
async def test_a_body_that_cannot_be_read_is_refused(client: Client, body: bytes):
    assert refused(await ask(client, data=body)) == ("invalid_request", "The body cannot be read")


@pytest.mark.parametrize("basic", ["!!!", b64encode(b"\xff\xfe").decode(), b64encode(b":").decode(), ""])
async def test_a_broken_basic_header_is_no_client(client: Client, basic: str):
    answer = await ask(
        client, data="grant_type=password&username=1&password=2", headers=FORM | {"Authorization": f"Basic {basic}"}
    )

    assert refused(answer) == ("invalid_client", "Invalid or missing client_id parameter")


async def test_a_list_is_no_set_of_parameters(client: Client):
    assert refused(await ask(client, data=b"[]")) == WRONG_GRANT


async def test_asking_by_get_is_refused_with_the_vendors_text(client: Client):
    answer = await client.get("/oauth/token", params=by_password(client), token=None)

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert answer.json == {
        "code": 405,
        "error": "invalid_request",
        "error_description": "Method must be POST with application/x-www-form-urlencoded encoding",
    }


async def test_the_path_ends_with_a_slash_in_some_clients(client: Client):
    answer = await client.post("/oauth/token/", data=urlencode(by_password(client)), headers=FORM, token=None)

    assert answer.status == 200


async def test_another_applications_secret_and_user_do_not_work_here(client: Client):
    _, other = await make.connection(client.shop)

    mixed = by_password(client, client_secret=other.client_secret)
    assert refused(await client.ask_token(**mixed)) == ("invalid_client", "Client credentials are invalid")
    foreign = by_password(client, username=other.username, password=other.password)
    assert refused(await client.ask_token(**foreign)) == ("invalid_grant", "User credentials are invalid")


async def test_credentials_that_a_client_already_holds_are_taken_over(client: Client):
    given = Given(client_id="a" * 32, client_secret="b" * 32, username="4711", password="se+cr/et==")
    _, credentials = await make.connection(client.shop, given=given)

    assert (await client.ask_token(**by_password(replace_credentials(client, credentials)))).status == 200


def replace_credentials(client: Client, credentials: Any) -> Client:
    return replace(client, credentials=credentials)


async def test_a_new_token_ends_no_older_one(client: Client):
    first = client.token
    second = (await client.ask_token(**by_password(client))).json["access_token"]

    assert second != first
    assert [await status_with(client, token) for token in (first, second)] == [200, 200]


# --- with the clock -----------------------------------------------------------------------------------------


async def test_an_access_token_lives_an_hour_and_no_longer(connected: tuple[Client, Connection], clock: LateHub):
    client, _ = connected
    token = (await client.ask_token(**by_password(client))).json["access_token"]

    clock.ahead = timedelta(seconds=3590)
    assert await status_with(client, token) == 200
    clock.ahead = timedelta(seconds=3601)
    answer = await client.get("/users", token=token)

    assert answer.status == 401
    assert answer.json == {
        "code": 401,
        "error": "invalid_token",
        "error_description": "The access token provided has expired.",
    }


async def test_a_code_is_good_once_within_ten_minutes(connected: tuple[Client, Connection], clock: LateHub):
    client, connection = connected
    code = await code_of(client, connection)
    assert re.fullmatch("[0-9a-f]{40}", code)

    clock.ahead = timedelta(seconds=590)
    answer = await client.ask_token(**grant(client, "authorization_code", code=code))

    assert answer.status == 200
    assert await status_with(client, answer.json["access_token"]) == 200


async def test_a_code_expires_after_ten_minutes(connected: tuple[Client, Connection], clock: LateHub):
    client, connection = connected
    code = await code_of(client, connection)

    clock.ahead = timedelta(seconds=601)
    answer = await client.ask_token(**grant(client, "authorization_code", code=code))

    assert refused(answer) == ("invalid_grant", "Code has expired")


async def test_a_code_used_twice_ends_the_tokens_of_the_first_use(connected: tuple[Client, Connection], clock: LateHub):
    client, connection = connected
    code = await code_of(client, connection)
    first = (await client.ask_token(**grant(client, "authorization_code", code=code))).json
    assert await status_with(client, first["access_token"]) == 200

    again = await client.ask_token(**grant(client, "authorization_code", code=code))

    assert refused(again) == ("invalid_grant", "Invalid code")
    # A process believes what it saw for two seconds.
    clock.ahead = timedelta(seconds=3)
    answer = await client.get("/users", token=first["access_token"])
    assert (answer.status, answer.json["error_description"]) == (401, "The access token provided is invalid.")
    refresh = await client.ask_token(**grant(client, "refresh_token", refresh_token=first["refresh_token"]))
    assert refused(refresh) == ("invalid_grant", "Invalid refresh token")


async def test_a_code_is_good_for_its_own_application_only(connected: tuple[Client, Connection]):
    client, connection = connected
    code = await code_of(client, connection)
    _, other = await make.connection(client.shop)

    stranger = grant(replace_credentials(client, other), "authorization_code", code=code)
    assert refused(await client.ask_token(**stranger)) == ("invalid_grant", "Invalid code")
    # The attempt used nothing up.
    assert (await client.ask_token(**grant(client, "authorization_code", code=code))).status == 200


async def test_a_refresh_token_is_replaced_and_the_old_one_works_for_a_minute(
    connected: tuple[Client, Connection], clock: LateHub
):
    client, _ = connected
    first = (await client.ask_token(**by_password(client))).json

    async def refresh(token: str) -> Answer:
        return await client.ask_token(**grant(client, "refresh_token", refresh_token=token))

    second = await refresh(first["refresh_token"])
    assert second.status == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    assert await status_with(client, second.json["access_token"]) == 200
    clock.ahead = timedelta(seconds=55)
    assert (await refresh(first["refresh_token"])).status == 200
    clock.ahead = timedelta(seconds=65)
    assert refused(await refresh(first["refresh_token"])) == ("invalid_grant", "Invalid refresh token")
    assert (await refresh(second.json["refresh_token"])).status == 200


async def test_a_refresh_token_lives_two_weeks(connected: tuple[Client, Connection], clock: LateHub):
    client, _ = connected
    first = (await client.ask_token(**by_password(client))).json["refresh_token"]
    second = (await client.ask_token(**by_password(client))).json["refresh_token"]

    clock.ahead = timedelta(days=13, hours=23)
    assert (await client.ask_token(**grant(client, "refresh_token", refresh_token=first))).status == 200
    clock.ahead = timedelta(days=14, seconds=1)
    late = await client.ask_token(**grant(client, "refresh_token", refresh_token=second))
    assert refused(late) == ("invalid_grant", "Refresh token has expired")


async def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(client: Client):
    made = (await client.ask_token(**by_password(client))).json

    wrong = await client.ask_token(**grant(client, "refresh_token", refresh_token=made["access_token"]))
    assert refused(wrong) == ("invalid_grant", "Invalid refresh token")
    assert await status_with(client, made["refresh_token"]) == 401


async def test_a_revoked_connection_has_no_token_and_gets_none(connected: tuple[Client, Connection], clock: LateHub):
    client, connection = connected
    made = (await client.ask_token(**by_password(client))).json

    async with clock.change(client.shop.tenant.id) as tx:
        await connections.revoke(tx, client.shop.caller, connection)

    assert await status_with(client, made["access_token"]) == 401
    assert refused(await client.ask_token(**by_password(client))) == ("invalid_grant", "User credentials are invalid")
    refresh = await client.ask_token(**grant(client, "refresh_token", refresh_token=made["refresh_token"]))
    assert refused(refresh) == ("invalid_grant", "Invalid refresh token")


# --- guessing -----------------------------------------------------------------------------------------------


async def test_ten_wrong_passwords_make_the_right_one_wait_a_quarter_of_an_hour(
    connected: tuple[Client, Connection], clock: LateHub
):
    client, _ = connected
    right = by_password(client)

    for _ in range(10):
        wrong = await client.ask_token(**{**right, "password": "guessed"})
        assert refused(wrong) == ("invalid_grant", "User credentials are invalid")
    locked = await client.ask_token(**right)

    assert (locked.status, locked.json["type"]) == (429, "too_many_requests")
    assert 890 <= int(locked.headers["Retry-After"]) <= 900
    clock.ahead = timedelta(minutes=15, seconds=1)
    assert (await client.ask_token(**right)).status == 200


async def test_guessing_at_one_client_locks_no_other_out(client: Client, http: aiohttp.ClientSession, address: str):
    other = await client_of(http, address, client.shop)

    for _ in range(10):
        await client.ask_token(**{**by_password(client), "client_secret": "guessed"})

    assert (await client.ask_token(**by_password(client))).status == 429
    assert (await other.ask_token(**by_password(other))).status == 200


async def test_right_credentials_count_as_no_failure(client: Client):
    answers = [await client.ask_token(**by_password(client)) for _ in range(12)]

    assert {answer.status for answer in answers} == {200}
