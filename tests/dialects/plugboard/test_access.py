"""Getting in: transport, credentials, the API root, and what everybody may read."""

import io
import json
from base64 import b64encode

import pytest

from plughub.core import connections
from plughub.dialects.plugboard.catalogue import ERRORS
from plughub.web import logs
from tests import make
from tests.dialects.plugboard.conftest import client_of


def basic(text: str | bytes) -> str:
    return "Basic " + b64encode(text if isinstance(text, bytes) else text.encode()).decode()


async def test_the_root_tells_who_is_calling(client):
    for path in ("", "/"):
        answer = await client.get(path)

        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        root = answer.json
        assert (root["href"], root["apiVersion"]) == ("/plugboard/api/", 7)
        assert root["tenant"] == {"codeName": client.shop.tenant.code, "name": "Te & Ting AB"}
        assert root["user"] == {"login": client.credentials.username, "defaultLanguage": "swe"}
        assert (root["defaultLanguage"], root["languages"]) == ("swe", ["swe"])
        assert root["connection"] == {
            "connectionId": client.id,
            "connectionName": client.connection.name,
            "connectionType": "api",
        }
        assert root["resources"]["product/attribute"] == "/plugboard/api/product/attribute"


async def test_credentials_are_read_as_loosely_as_http_allows(client):
    proof = client.proof["Authorization"].removeprefix("Basic ")
    for header in ({"Authorization": f"bAsIc   {proof} "}, {"X-ConnectionId": f" {client.id.upper()} "}):
        assert (await client.get("/", headers=header)).status == 200


async def test_a_password_may_hold_colons_and_letters_beyond_ascii(http, address, hub):
    shop = await make.shop(hub)
    given = connections.Given(username="api", password="h\u00e6m:ligt")
    connection, credentials = await make.connection(shop, "plugboard", given=given)
    client = await client_of(http, address, shop)
    client.connection, client.credentials = connection, credentials

    assert (await client.get("/")).status == 200


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Authorization": None}, "Authorization"),
        ({"Authorization": "Basic ###"}, "Authorization"),
        ({"Authorization": basic("nocolon")}, "Authorization"),
        ({"Authorization": basic("h\u00e6mligt:x".encode("latin-1"))}, "Authorization"),
        ({"Authorization": b64encode(b"user:test").decode()}, "Authorization"),
        ({"X-Tenant": None}, "X-Tenant"),
        ({"X-ConnectionId": " "}, "X-ConnectionId"),
    ],
)
async def test_missing_credentials_are_named(client, headers, field):
    answer = await client.get("/", headers=headers)

    assert answer.refusal == (401, "CredentialsMissing", field)
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Plugboard API", charset="UTF-8"'


async def test_wrong_credentials_are_refused_alike_whatever_is_wrong(client, other, http, address, hub):
    stranger = await client_of(http, address, await make.shop(hub))
    pluggto, theirs = await make.connection(client.shop, "pluggto")
    user, password = client.credentials.username, client.credentials.password
    wrong = [
        {"Authorization": basic(f"{user}:{password}x")},
        {"Authorization": basic(f"{user}:")},
        {"Authorization": basic(f"x{user}:{password}")},
        {"X-Tenant": stranger.shop.tenant.code},
        {"X-Tenant": client.shop.tenant.code.upper()},
        {"X-Tenant": "nobody"},
        {"X-ConnectionId": stranger.id},
        {"X-ConnectionId": other.id},
        {"X-ConnectionId": pluggto.id.hex},
        # Right for another dialect.
        {"X-ConnectionId": pluggto.id.hex, "Authorization": basic(f"{theirs.username}:{theirs.password}")},
        {"X-ConnectionId": "0" * 32},
        {"X-ConnectionId": "API"},
    ]

    bodies = []
    for headers in wrong:
        answer = await client.get("/", headers=headers)
        assert answer.refusal == (401, "CredentialsRejected", None), headers
        bodies.append({name: value for name, value in answer.json.items() if name != "time"})

    assert all(body == bodies[0] for body in bodies)


async def test_guessing_is_slowed_down_for_the_one_who_guesses(client, other):
    wrong = {"Authorization": basic(f"{client.credentials.username}:no")}
    for _ in range(10):
        assert (await client.get("/", headers=wrong)).status == 401

    refused = await client.get("/", headers=wrong)

    assert refused.refusal == (429, "TooManyRequests", None)
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert (await client.get("/")).status == 429
    assert (await other.get("/")).status == 200


async def test_a_revoked_connection_is_let_in_no_more(client):
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await connections.revoke(tx, client.shop.caller, client.connection)

    assert (await client.get("/")).refusal == (401, "CredentialsRejected", None)


async def test_a_connection_that_is_switched_off_says_so(client):
    async with client.shop.hub.change(client.shop.tenant.id) as tx:
        await tx.run(
            "UPDATE connections SET state = 'paused' WHERE tenant_id = $1 AND id = $2",
            client.shop.tenant.id,
            client.connection.id,
        )

    assert (await client.get("/")).refusal == (403, "ConnectionDisabled", None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}, 200),
        ({"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}, 403),
        ({"X-Forwarded-Proto": "http"}, 403),
        ({"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"Forwarded": "for=203.0.113.9;proto=http"}, 403),
    ],
)
async def test_only_https_reaches_the_credentials(client, headers, status):
    answer = await client.get("/", headers={**headers, "Authorization": None})

    if status == 200:
        assert answer.refusal == (401, "CredentialsMissing", "Authorization")
    else:
        assert answer.refusal == (403, "InsecureTransport", None)


async def test_a_password_in_the_clear_is_told_to_the_operator_with_its_owner(client, caplog):
    await client.get("/", headers={"X-Forwarded-Proto": "http"})

    (told,) = (record for record in caplog.records if record.message == "password in the clear")
    who = {name: told.__dict__[name] for name in ("dialect", "peer", "user", "X-Tenant", "X-ConnectionId")}
    assert who == {
        "dialect": "plugboard",
        "peer": "127.0.0.1",
        "user": client.credentials.username,
        "X-Tenant": client.shop.tenant.code,
        "X-ConnectionId": client.id,
    }
    assert client.credentials.password not in str(told.__dict__)
    assert client.proof["Authorization"] not in str(told.__dict__)


async def test_the_log_tells_which_program_called(client, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(logs, "_requests", [written])

    await client.get("/", headers={"User-Agent": "my-app/1.0 (test@example.com)"})

    (line,) = written.getvalue().splitlines()
    told = json.loads(line)
    assert (told["path"], told["status"], told["agent"]) == ("/api/", 200, "my-app/1.0 (test@example.com)")
    assert client.credentials.password not in written.getvalue().decode()


async def test_the_errors_can_be_downloaded_without_credentials(client, http, address):
    listed = []
    for path in ("/plugboard/docs/errors.json", "/plugboard/api/errors.json"):
        async with http.get(address + path) as answer:
            assert answer.status == 200
            listed.append(await answer.json())

    assert listed[0] == listed[1]
    assert [row["subCode"] for row in listed[0]] == sorted({entry.sub_code for entry in ERRORS.values()})
    assert listed[0][0] == {
        "code": 100002,
        "subCode": 101019,
        "httpStatus": 400,
        "class": "record.product.proto.ProductError$ProductFieldNotSortable",
        "defaultMessage": "Field {fieldValue} cannot be ordered by",
        "helpText": None,
    }
    assert {row["subCode"] for row in listed[0][1:]} <= set(range(190000, 200000))


async def test_the_reference_page_and_its_document_are_for_everyone(http, address):
    async with http.get(f"{address}/plugboard/docs") as page:
        assert page.status == 200
        assert "/api/product/attribute/by-remote-id" in await page.text()
    async with http.get(f"{address}/plugboard/openapi.json") as answer:
        document = json.loads(await answer.text())
    assert document["servers"] == [{"url": "/plugboard"}]
    assert set(document["security"][0]) == {"basic", "tenant", "connection"}
