"""Showing the token to Plugg.to's paths, and what HTTP around it answers (specification 1.1, 3.2, 3.3)."""

import io
import json
from urllib.parse import urlencode

import aiohttp
import pytest

from plughub.core.hub import Hub
from tests import make
from tests.dialects.pluggto.conftest import Answer, Client, client_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOT_FOUND = {"code": 401, "error": "invalid_request", "error_description": "The access token was not found"}
INVALID = {"code": 401, "error": "invalid_token", "error_description": "The access token provided is invalid."}
TWICE = {
    "code": 400,
    "error": "invalid_request",
    "error_description": "Only one method may be used to authenticate at a time",
}
MADE_UP = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
async def client(http: aiohttp.ClientSession, address: str, hub: Hub) -> Client:
    """One for the whole file: nothing here depends on what else its account holds."""
    return await client_of(http, address, await make.shop(hub))


def bearer(token: str | None, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {token}"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "])
async def test_the_token_may_stand_in_the_header(client: Client, scheme: str):
    assert (await client.get("/users", token=None, headers=bearer(client.token, scheme))).status == 200


async def test_the_token_may_stand_in_the_query(client: Client):
    assert (await client.get(f"/users?access_token={client.token}", token=None)).status == 200


async def test_the_token_may_stand_in_a_form(client: Client):
    form = urlencode({"access_token": client.token, "total": "5"})

    answer = await client.post("/orders", data=form, headers=FORM, token=None)

    assert answer.status == 201
    # Kept with the order it would be told to everyone who reads it.
    assert str(client.token) not in answer.text
    assert str(client.token) not in (await client.get("/orders")).text


async def test_the_same_token_twice_is_fine(client: Client):
    twice = f"/users?access_token={client.token}&access_token={client.token}"

    assert (await client.get(twice, headers=bearer(client.token), token=None)).status == 200


@pytest.mark.parametrize("where", ["query and header", "query twice", "form and header"])
async def test_two_different_tokens_are_refused(client: Client, where: str):
    sent = {
        "query and header": lambda: client.get("/users", headers=bearer(MADE_UP)),
        "query twice": lambda: client.get(f"/users?access_token={MADE_UP}"),
        "form and header": lambda: client.post(
            "/orders", data=f"access_token={MADE_UP}&total=1", headers=FORM | bearer(client.token), token=None
        ),
    }

    before = (await client.get("/orders")).json["total"]

    answer = await sent[where]()

    assert (answer.status, answer.json) == (400, TWICE)
    assert (await client.get("/orders")).json["total"] == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"), ("GET", "/orders"), ("POST", "/orders"), ("GET", "/orders/5877efb70280833e402e54bc"),
        ("PUT", "/orders/5877efb70280833e402e54bc"), ("GET", "/products"), ("GET", "/skus/A"), ("PUT", "/skus/A"),
        ("DELETE", "/skus/A"), ("PUT", "/skus/A/stock"),
    ],
)  # fmt: skip
async def test_without_a_token_every_path_answers_401(client: Client, method: str, path: str):
    missing = await client.call(method, path, {"quantity": 1}, token=None)
    assert (missing.status, missing.json) == (401, NOT_FOUND)

    wrong = await client.call(method, path, {"quantity": 1}, token=MADE_UP)
    assert (wrong.status, wrong.json) == (401, INVALID)


@pytest.mark.parametrize("token", ["%00", "%FF", "x" * 5000, "%C3%A9", "a+b", "'", "null"])
async def test_no_token_however_odd_breaks_anything(client: Client, token: str):
    answer = await client.get(f"/users?access_token={token}", token=None)

    assert (answer.status, answer.json) == (401, INVALID)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Token abc", "Basic YTpi", "abc"])
async def test_another_header_is_no_token(client: Client, header: str):
    answer = await client.get("/users", headers={"Authorization": header}, token=None)

    assert (answer.status, answer.json) == (401, NOT_FOUND)


async def test_a_basic_header_does_not_disturb_a_token_in_the_query(client: Client):
    assert (await client.get("/users", headers={"Authorization": "Basic YTpi"})).status == 200


async def test_the_clock_needs_no_token(client: Client):
    answer = await client.get("/time", token=None)

    assert answer.status == 200
    assert set(answer.json) == {"time"}
    assert isinstance(answer.json["time"], int)


async def test_naming_ones_own_account_changes_nothing(client: Client):
    number = str(client.shop.tenant.number)

    assert (await client.get("/users", headers={"x-user_id": number})).status == 200


async def test_naming_another_account_is_forbidden(client: Client):
    answer = await client.get("/users", headers={"x-user_id": str(client.shop.tenant.number + 1)})

    assert answer.status == 403
    assert answer.json == {
        "code": 403,
        "error": "access_denied",
        "error_description": "The token does not belong to this account",
    }


async def test_users_tells_the_account_and_the_application(client: Client):
    tenant = client.shop.tenant

    user = (await client.get("/users")).json["User"]

    assert (user["id"], user["name"], user["country"], user["currency"], user["language"]) == (
        tenant.number, "Loja Exemplo", "BR", "BRL", "pt-BR",
    )  # fmt: skip
    assert set(user) == {
        "id", "name", "email", "company_name", "document", "phone", "country", "currency", "language", "created", "app",
    }  # fmt: skip
    assert user["app"]["client_id"] == client.credentials.client_id
    assert user["created"].endswith("Z")


async def test_another_accounts_order_does_not_exist_here(http: aiohttp.ClientSession, address: str, client: Client):
    stranger = await client_of(http, address, await make.shop(client.shop.hub))
    theirs = (await stranger.post("/orders", {"total": 1})).json["Order"]["id"]

    for answer in (await client.get(f"/orders/{theirs}"), await client.put(f"/orders/{theirs}", {"total": 2})):
        assert answer.status == 404
        assert answer.json == {"type": "not_found", "details": "Order not found", "code": 404}
    assert theirs not in (await client.get("/orders")).text
    assert (await stranger.get(f"/orders/{theirs}")).json["Order"]["total"] == 1


# --- HTTP around it -----------------------------------------------------------------------------------------


def cors(answer: Answer) -> dict[str, str]:
    named = {name.lower(): value for name, value in answer.headers.items()}
    return {name: value for name, value in named.items() if name.startswith("access-control")}


@pytest.mark.parametrize("path", ["/orders", "/oauth/token", "/no/such/path"])
async def test_a_browser_may_call_from_anywhere(client: Client, path: str):
    preflight = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}

    answer = await client.call("OPTIONS", path, headers=preflight, token=None)

    assert (answer.status, answer.text) == (204, "")
    assert cors(answer) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
        "access-control-allow-headers": "Authorization, Content-Type, x-user_id",
        "access-control-max-age": "86400",
    }


@pytest.mark.parametrize("path", ["/orders", "/no/such/path", "/orders/x"])
@pytest.mark.parametrize("token", ["own", None])
async def test_every_answer_may_be_read_by_a_browser_and_kept_by_nobody(client: Client, path: str, token: str | None):
    answer = await client.get(path, token=token)

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/", "/labels", "/places", "/orders/5877efb70280833e402e54bc/items", "/%00", "/x" * 50]
)
async def test_an_unknown_path_is_404_in_the_vendors_shape(client: Client, path: str):
    answer = await client.get(path)

    assert (answer.status, answer.json["type"], answer.json["code"]) == (404, "not_found", 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/orders/5877efb70280833e402e54bc", "GET, PUT"),
        ("DELETE", "/orders", "GET, POST"),
        ("DELETE", "/orders/5877efb70280833e402e54bc", "GET, PUT"),
        ("POST", "/skus/A", "DELETE, GET, PUT"),
        ("POST", "/users", "GET"),
        ("PUT", "/oauth/token", "GET, POST"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(client: Client, method: str, path: str, allowed: str):
    answer = await client.call(method, path, {})

    assert (answer.status, answer.json["type"], answer.headers["Allow"]) == (405, "method_not_allowed", allowed)


@pytest.mark.parametrize("path", ["/orders/", "/orders//", "/users/", "/Orders"])
async def test_a_trailing_slash_and_letter_case_are_ignored_without_a_redirect(client: Client, path: str):
    assert (await client.get(path)).status == 200


async def test_an_order_is_created_and_changed_with_a_trailing_slash(client: Client):
    made = await client.post("/orders/", {"total": 1})
    assert made.status == 201

    assert (await client.put(f"/orders/{made.json['Order']['id']}/", {"total": 2})).json["Order"]["total"] == 2


@pytest.mark.parametrize(("path", "status"), [("/users", 200), ("/orders/xyz", 404), ("/oauth/token", 405)])
async def test_head_answers_as_get_without_the_body(client: Client, path: str, status: int):
    got = await client.get(path)

    answer = await client.call("HEAD", path)

    assert (answer.status, answer.text) == (status, "")
    assert answer.headers["Content-Length"] == str(len(got.text.encode()))


async def test_a_vendors_host_name_serves_the_paths_at_the_root(client: Client):
    root = client.base.removesuffix("/pluggto")

    async with client.http.get(f"{root}/users?access_token={client.token}", headers={"Host": "plugg.test"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"=@", b"[[[", b"\0"])
async def test_the_body_of_a_get_is_ignored_however_broken(client: Client, body: bytes):
    assert (await client.get("/orders", data=body, headers={"Content-Type": "application/json"})).status == 200


# --- secrets stay secret ------------------------------------------------------------------------------------


async def test_no_log_line_and_no_refusal_holds_a_secret(client: Client, logged: io.BytesIO):
    token, secrets = str(client.token), client.credentials
    answers = [
        await client.get("/users"),
        await client.get("/users", headers=bearer(token), token=None),
        await client.get("/orders?created=abc&limit=0"),
        await client.get(f"/orders?orderby={token}"),
        await client.get(f"/no/such/path?access_token={token}", token=None),
        await client.get(f"/orders?access_token={token}&access_token={MADE_UP}", token=None),
        await client.get("/users", token=MADE_UP),
        await client.post("/orders", data=f"access_token={token}&items=x", headers=FORM, token=None),
        await client.put("/orders/5877efb70280833e402e54bc", data="{"),
        await client.ask_token(
            grant_type="password",
            client_id=secrets.client_id,
            client_secret=secrets.client_secret,
            username=secrets.username,
            password=secrets.password + "x",
        ),
        await client.post(
            f"/oauth/token?client_secret={secrets.client_secret}&password={secrets.password}", token=None
        ),
    ]

    assert [answer.status for answer in answers] == [200, 200, 400, 400, 404, 400, 401, 400, 400, 400, 400]
    written = logged.getvalue().decode()
    paths = [json.loads(line).get("path") for line in written.splitlines() if '"event":"request"' in line]
    assert paths.count("/oauth/token") == 2
    for secret in (token, MADE_UP, secrets.client_secret, secrets.password):
        assert secret not in written
        assert not any(secret in answer.text for answer in answers)
