"""Credentials as the command line prints them, used at once against the API."""

import json
import shlex
from typing import Any

import pytest

from plughub.core import webhooks
from plughub.core.connections import Credentials
from plughub.core.errors import Unauthenticated
from plughub.core.tenants import Tokenbook
from tests import make
from tests.dialects.pluggto.conftest import Client

SECRETS = ("client_id", "client_secret", "username", "password")

UNKNOWN_OPTION = "is not known: connections of pluggto take noop_put=error|ok."
NO_ADDRESS = "is not an address: it begins with https:// or http:// and a host name."


@pytest.fixture
def tenant(shop):
    return shop.tenant.code


@pytest.fixture
def client(http, shop):
    """A client that holds what was printed."""

    def holding(printed: dict[str, Any]) -> Client:
        credentials = Credentials(**{name: printed[name] for name in SECRETS})
        return Client(http=http, base=printed["base_url"], shop=shop, credentials=credentials)

    return holding


async def token(client, grant_type="password", **given):
    """The answer to a request with this grant."""
    held = {name: getattr(client.credentials, name) for name in SECRETS[: 4 if grant_type == "password" else 2]}
    return await client.ask_token(grant_type=grant_type, **held, **given)


@pytest.fixture
def held(tmp_path):
    """Writes the file of a client's own credentials."""

    def write(text: Any) -> str:
        file = tmp_path / "credentials.json"
        file.write_text(text if isinstance(text, str) else json.dumps(text))
        return str(file)

    return write


async def test_printed_credentials_give_tokens_by_each_grant(plughub, client, shop, tenant):
    printed = (await plughub("connection", "create", "pluggto", "--tenant", tenant, "--json")).json

    assert list(printed) == [
        "dialect", "base_url", "tenant", "name", *SECRETS, "user_id", "code",
    ]  # fmt: skip
    assert [printed[name] for name in ("dialect", "tenant", "name", "user_id")] == [
        "pluggto", tenant, "Plugg.to", shop.tenant.number,
    ]  # fmt: skip
    own = client(printed)
    by_password = await token(own)
    by_code = await token(own, "authorization_code", code=printed["code"])
    by_refresh = await token(own, "refresh_token", refresh_token=by_code.json["refresh_token"])
    for answer in (by_password, by_code, by_refresh):
        assert answer.status == 200, answer.text
        user = await own.get("/users", token=answer.json["access_token"])
        assert user.json["User"]["id"] == printed["user_id"]


async def test_a_code_works_once_and_a_fresh_one_is_at_hand(plughub, client, tenant):
    printed = (await plughub("connection", "create", "pluggto", "--tenant", tenant, "--json")).json
    own = client(printed)
    await token(own, "authorization_code", code=printed["code"])

    again = await token(own, "authorization_code", code=printed["code"])
    fresh = (await plughub("connection", "code", "Plugg.to", "--tenant", tenant, "--json")).json

    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert (await token(own, "authorization_code", code=fresh.pop("code"))).status == 200
    assert fresh == {
        "dialect": "pluggto",
        "tenant": tenant,
        "name": "Plugg.to",
        "client_id": printed["client_id"],
        "expires_in": 600,
    }


async def test_without_json_the_curl_gets_a_token_when_pasted(plughub, tenant, held):
    file = held({"password": "d'Água +&=%"})

    ran = await plughub("connection", "create", "pluggto", "--tenant", tenant, "--credentials", file)

    assert ran.out.startswith(f'Connection "Plugg.to" of tenant {tenant} was created.\n')
    words = shlex.split(ran.out[ran.out.index("  curl ") :])
    assert words[0] == "curl"
    assert words[-1] == "password=d'Água +&=%"
    assert words[1].endswith("/pluggto/oauth/token")


async def test_rotated_secrets_replace_the_old_ones_and_all_tokens(plughub, hub, client, tenant):
    old = (await plughub("connection", "create", "pluggto", "--tenant", tenant, "--json")).json
    before = (await token(client(old))).json

    new = (await plughub("connection", "rotate", "Plugg.to", "--tenant", tenant, "--json")).json

    changed = {name for name in old if old[name] != new[name]}
    assert list(new) == list(old)
    assert changed == {"client_secret", "password", "code"}
    assert (await token(client(old))).json["error"] == "invalid_client"
    assert (await token(client({**new, "password": old["password"]}))).json["error"] == "invalid_grant"
    assert (await token(client(new))).status == 200
    assert (await token(client(new), "authorization_code", code=new["code"])).status == 200
    refreshed = await token(client(new), "refresh_token", refresh_token=before["refresh_token"])
    assert refreshed.json["error"] == "invalid_grant"
    with pytest.raises(Unauthenticated):
        await Tokenbook(hub).identity("pluggto", before["access_token"])


async def test_a_revoked_connection_lets_nobody_in_and_is_told_nothing(plughub, hub, client, shop, tenant):
    words = ("--tenant", tenant, "--notify", "https://loja.example/hook", "--json")
    printed = (await plughub("connection", "create", "pluggto", *words)).json
    own = client(printed)
    access = (await token(own)).json["access_token"]

    ran = await plughub("connection", "revoke", "Plugg.to", "--tenant", tenant)
    again = await plughub("connection", "revoke", "Plugg.to", "--tenant", tenant)

    assert ran.out == f'Connection "Plugg.to" of tenant {tenant} was revoked; its tokens end within two seconds.\n'
    assert again.out == f'Connection "Plugg.to" of tenant {tenant} had been revoked before.\n'
    # No process has seen this token yet, so none believes it.
    assert (await own.get("/users", token=access)).json["error"] == "invalid_token"
    assert (await token(own)).json["error"] == "invalid_grant"
    assert (await token(own, "authorization_code", code=printed["code"])).json["error"] == "invalid_grant"
    async with hub.read(shop.tenant.id) as tx:
        assert [one.is_active for one in await webhooks.subscriptions(tx, shop.tenant.id)] == [False]
    for word in ("rotate", "code"):
        refused = await plughub("connection", word, "Plugg.to", "--tenant", tenant)
        assert (refused.code, refused.err) == (1, "plughub: The connection was revoked: create another one.\n")


async def test_credentials_that_a_client_holds_are_taken_over(plughub, client, shop, tenant, held):
    own = {name: f"{name}-of-{tenant}" for name in SECRETS}
    file = held({name: f" {text}\n" for name, text in own.items()})

    printed = (
        await plughub("connection", "create", "pluggto", "--tenant", tenant, "--credentials", file, "--json")
    ).json

    assert {name: printed[name] for name in SECRETS} == own
    assert (await token(client(printed))).status == 200


async def test_two_tenants_share_a_client_and_each_user_sees_the_own_shop(plughub, hub, client, shop, held):
    other = await make.shop(hub)
    shared = {"client_id": f"shared-{shop.tenant.code}", "client_secret": "vendor"}
    printed = [
        (
            await plughub("connection", "create", "pluggto", "--tenant", code, "--credentials", held(shared), "--json")
        ).json
        for code in (shop.tenant.code, other.tenant.code)
    ]

    seen = []
    for one in printed:
        own = await client(one).sign_in()
        await own.put("/skus/X", {"name": one["tenant"]})
        seen.append((await own.get("/users")).json["User"]["id"])

    names = [(await (await client(one).sign_in()).get("/skus/X")).json["Product"]["name"] for one in printed]
    assert {one["client_id"] for one in printed} == {shared["client_id"]}
    assert seen == [shop.tenant.number, other.tenant.number]
    assert names == [shop.tenant.code, other.tenant.code]

    refused = await plughub("connection", "rotate", "Plugg.to", "--tenant", shop.tenant.code)
    assert refused.err == (
        f"plughub: The connection shares client id {shared['client_id']} with others (2 in all):"
        " revoke this one and create another.\n"
    )
    assert [(await token(client(one))).status for one in printed] == [200, 200]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client_secret": None}, "client_secret: client id {id} is in use here: its secret has to be given, too"),
        ({"client_secret": "wrong"}, "client id {id} is in use here with another secret"),
    ],
)
async def test_a_client_id_in_use_needs_its_secret(plughub, tenant, held, given, words):
    id = f"app-{tenant}"
    create = ("connection", "create", "pluggto", "--tenant", tenant, "--credentials")
    await plughub(*create, held({"client_id": id, "client_secret": "right"}))

    ran = await plughub(*create, held({k: v for k, v in {"client_id": id, **given}.items() if v}))

    assert (ran.code, ran.err) == (1, f"plughub: Nothing was done: {words.format(id=id)}.\n")
    assert len((await plughub("connection", "list", "--tenant", tenant, "--json")).json) == 1


async def test_a_client_id_whose_connections_are_revoked_may_come_back_with_a_new_secret(plughub, client, tenant, held):
    create = ("connection", "create", "pluggto", "--tenant", tenant, "--json", "--credentials")
    id = f"app-{tenant}"
    old = (await plughub(*create, held({"client_id": id, "client_secret": "leaked"}))).json
    await plughub("connection", "revoke", "Plugg.to", "--tenant", tenant)

    new = (await plughub(*create, held({"client_id": id, "username": old["username"]}))).json

    assert (new["client_id"], new["name"], new["username"]) == (id, "Plugg.to 2", old["username"])
    assert (await token(client(new))).status == 200
    assert (await token(client(old))).json["error"] == "invalid_client"


async def test_one_username_opens_one_connection_of_a_client_id(plughub, tenant, held):
    own = held({"client_id": f"app-{tenant}", "client_secret": "s", "username": "129"})
    create = ("connection", "create", "pluggto", "--tenant", tenant, "--credentials", own)
    await plughub(*create)

    ran = await plughub(*create)

    assert (ran.code, ran.err) == (
        1,
        "plughub: The API user '129' exists already: each connection of a client id needs a username of its own.\n",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold an object with any of client_id, client_secret, username, password, and nothing else."),
        ('{"client": "x"}', "must hold an object with any of"),
        ('{"username": 129}', "must be a text in quotes, as in \"username\": \"...\"."),
        ('{"password": " "}', "password: must not be empty; left out, it is made new."),
        ('{"password": "a\\u0000b"}', "password: must be one line of characters that can be typed."),
    ],
)  # fmt: skip
async def test_a_file_that_holds_no_credentials_is_refused(plughub, tenant, held, text, words):
    ran = await plughub("connection", "create", "pluggto", "--tenant", tenant, "--credentials", held(text))

    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert (await plughub("connection", "list", "--tenant", tenant, "--json")).json == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("plugto", "There is no dialect 'plugto': choose one of pluggto, plugboard."),
        ("pluggto --option noop_put=yes", f"--option noop_put=yes {UNKNOWN_OPTION}"),
        ("pluggto --option stock", f"--option stock {UNKNOWN_OPTION}"),
        ("pluggto --notify loja.example", f"--notify loja.example {NO_ADDRESS}"),
        ("pluggto --notify http://", f"--notify http:// {NO_ADDRESS}"),
        ("pluggto --credentials /nowhere", "The file /nowhere cannot be read: No such file or directory."),
    ],
)
async def test_what_cannot_be_is_one_line_that_says_what_can(plughub, tenant, words, error):
    ran = await plughub("connection", "create", *words.split(), "--tenant", tenant)

    assert (ran.code, ran.out, ran.err) == (1, "", f"plughub: {error}\n")


async def test_options_and_addresses_are_kept_and_shown(plughub, client, shop, tenant):
    words = ("--name", "ERP", "--option", "noop_put=ok", "--notify", "https://loja.example/hook")
    printed = (await plughub("connection", "create", "pluggto", "--tenant", tenant, *words, "--json")).json

    shown = (await plughub("connection", "show", "ERP", "--tenant", tenant, "--json")).json
    listed = (await plughub("connection", "list", "--tenant", tenant, "--json")).json

    assert listed == [{name: shown[name] for name in listed[0]}]
    del shown["created_at"]
    assert shown == {
        "dialect": "pluggto",
        "name": "ERP",
        "state": "active",
        "client_id": printed["client_id"],
        "options": {"noop_put": "ok"},
        "tenant": tenant,
        "base_url": printed["base_url"],
        "username": printed["username"],
        "user_id": shop.tenant.number,
        "notify": ["https://loja.example/hook"],
    }
    own = await client(printed).sign_in()
    assert [(await own.put("/skus/X", {"name": "x"})).status for _ in range(2)] == [200, 200]
    plain = await plughub("connection", "show", "ERP", "--tenant", tenant)
    assert "  options     noop_put=ok\n" in plain.out
    assert not [name for name in ("client_secret", "password") if printed[name] in plain.out]


async def test_names_are_numbered_and_an_own_name_is_taken_once(plughub, tenant):
    create = ("connection", "create", "pluggto", "--tenant", tenant)

    names = [(await plughub(*create, "--json")).json["name"] for _ in range(3)]
    ran = await plughub(*create, "--name", "Plugg.to")

    assert names == ["Plugg.to", "Plugg.to 2", "Plugg.to 3"]
    assert ran.err == ("plughub: The connection 'Plugg.to' exists already: choose another name, or leave --name out.\n")


async def test_a_key_that_is_not_the_hubs_is_not_made_up(plughub, tenant, monkeypatch, tmp_path):
    await plughub("connection", "create", "pluggto", "--tenant", tenant)
    monkeypatch.delenv("PLUGHUB_MASTER_KEY")

    ran = await plughub("connection", "create", "pluggto", "--tenant", tenant)

    assert ran.err == (
        f"plughub: The key of this hub is not in {tmp_path}: give the hub's own data folder with --data,"
        " or its key in PLUGHUB_MASTER_KEY.\n"
    )
    assert not (tmp_path / "master.key").exists()
    assert len((await plughub("connection", "list", "--tenant", tenant, "--json")).json) == 1
