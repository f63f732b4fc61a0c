import secrets

import pytest

from plughub.core import tenants
from plughub.core.errors import Locked
from plughub.core.secrets import is_password


@pytest.fixture
def login():
    return f"u{secrets.token_hex(6)}@loja.example"


async def password_hash(hub, login):
    async with hub.read(None) as tx:
        return await tx.value("SELECT password_hash FROM users WHERE login = $1", login)


async def listed(plughub, login):
    return [user for user in (await plughub("user", "list", "--json")).json if user["login"] == login]


async def test_a_user_gets_a_one_time_password_and_a_role(plughub, hub, shop, login):
    words = ("--name", "Ana", "--tenant", shop.tenant.code, "--role", "merchant")

    created = (await plughub("user", "create", login.upper(), *words, "--json")).json

    password = created.pop("password")
    assert is_password(password, await password_hash(hub, login))
    assert created == {
        "login": login,
        "name": "Ana",
        "must_change_password": True,
        "roles": {shop.tenant.code: "merchant"},
    }
    assert await listed(plughub, login) == [created]


async def test_without_json_the_password_is_shown_once(plughub, hub, login):
    ran = await plughub("user", "create", login)

    words = ran.out.split()
    password = words[words.index("password") + 1]
    assert is_password(password, await password_hash(hub, login))
    assert ran.out.count(password) == 1
    assert password not in (await plughub("user", "list")).out


async def test_a_new_password_ends_the_old_one(plughub, hub, login):
    old = (await plughub("user", "create", login, "--json")).json["password"]

    new = (await plughub("user", "password", login, "--json")).json

    assert list(new) == ["login", "name", "password"]
    stored = await password_hash(hub, login)
    assert [is_password(password, stored) for password in (old, new["password"])] == [False, True]


async def test_a_role_is_changed(plughub, shop, login):
    await plughub("user", "create", login, "--tenant", shop.tenant.code, "--role", "merchant")

    ran = await plughub("user", "role", login, "--tenant", shop.tenant.code, "--role", "reader")

    assert ran.out == f"User {login} is now reader of {shop.tenant.code}.\n"
    assert (await listed(plughub, login))[0]["roles"] == {shop.tenant.code: "reader"}


async def test_a_tenant_keeps_its_last_owner(plughub, shop, login):
    await plughub("user", "create", login, "--tenant", shop.tenant.code, "--role", "owner")

    ran = await plughub("user", "role", login, "--tenant", shop.tenant.code, "--role", "reader")

    assert ran.code == 1
    assert "make somebody else an owner first" in ran.err
    assert (await listed(plughub, login))[0]["roles"] == {shop.tenant.code: "owner"}


async def test_a_disabled_user_is_gone_and_keeps_the_login(plughub, login):
    other = f"other-{login}"
    for one in (login, other):
        await plughub("user", "create", one)

    ran = await plughub("user", "disable", login)

    assert (ran.code, ran.out) == (0, f"User {login} can sign in no more.\n")
    assert await listed(plughub, login) == []
    unknown = f"plughub: There is no user '{login}': `plughub user list` shows those that can sign in.\n"
    assert [(await plughub("user", word, login)).err for word in ("disable", "password")] == [unknown, unknown]
    assert (await plughub("user", "create", login)).err == (
        f"plughub: The user '{login}' exists already: `plughub user password` gives a new password;"
        " one that was disabled keeps its login.\n"
    )


async def disable_everybody(hub):
    """All in one transaction, so that a refusal brings everybody back."""
    async with hub.change(None) as tx:
        await tenants.create_user(tx, f"a-{secrets.token_hex(4)}")
        for user, _ in await tenants.users(tx):
            await tenants.disable_user(tx, user.login)


async def test_the_last_user_cannot_be_disabled(hub):
    async with hub.read(None) as tx:
        before = await tenants.users(tx)

    with pytest.raises(Locked, match="is the only one who can sign in: create another one first"):
        await disable_everybody(hub)

    async with hub.read(None) as tx:
        assert await tenants.users(tx) == before


async def test_a_user_with_a_tenant_that_is_not_there_is_not_made(plughub, login):
    ran = await plughub("user", "create", login, "--tenant", "nobody", "--role", "owner")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "plughub: There is no tenant 'nobody': `plughub tenant list` shows those that exist.\n"
    assert await listed(plughub, login) == []


async def test_a_tenant_without_a_role_is_refused(plughub, login):
    ran = await plughub("user", "create", login, "--tenant", "loja")

    assert (ran.code, ran.err) == (1, "plughub: --tenant and --role belong together: give both, or neither.\n")
