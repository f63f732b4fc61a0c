"""Who belongs to a shop: let in, changed and taken out by its owners, and never the last of them."""

import asyncio
import re

import pytest

from plughub.core import ids
from plughub.core.errors import Locked, Refused
from plughub.core.hub import Hub
from plughub.core.tenants import Role, people, sessions, set_role, user_by_login
from tests import make
from tests.console.conftest import PASSWORD, Person, employed


@pytest.fixture
def login() -> str:
    return f"n{ids.new().hex}"


async def roles(hub: Hub, shop: make.Shop) -> dict[str, Role]:
    async with hub.read(shop.tenant.id) as tx:
        return {one.user.login: one.role for one in await people.members(tx, shop.tenant.id)}


async def told(hub: Hub, shop: make.Shop) -> list[tuple[str, str, str]]:
    """Actor, action and changes of everything that happened to people."""
    async with hub.read(shop.tenant.id) as tx:
        rows = await tx.all("SELECT actor, action, changes::text FROM events WHERE kind = 'person' ORDER BY id")
    return [tuple(row) for row in rows]


async def test_somebody_is_let_in_with_a_password_that_is_shown_once(hub: Hub, shop, person: Person, login):
    status, _, text = await person.post("/people", login=login, name="Ada Nord", role="merchant")

    once = re.search(r'id="once">([^<]+)<', text)
    assert status == 200
    assert once is not None
    assert await roles(hub, shop) == {person.login: Role.OWNER, login: Role.MERCHANT}
    assert await sessions.sign_in(hub, login, once[1], address="127.0.0.1", agent="")
    assert once[1] not in (await person.get("/people"))[1]
    assert await told(hub, shop) == [(person.login, "created", '[["role",null,"merchant"]]')]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"login": "", "role": "reader"}, "must have 1 to 100 characters and no blanks"),
        ({"login": "two words", "role": "reader"}, "must have 1 to 100 characters and no blanks"),
        ({"login": "fine", "role": "emperor"}, "must be one of those in the list"),
    ],
)
async def test_what_cannot_be_taken_is_told_at_its_field(hub: Hub, shop, person: Person, fields, message):
    status, _, text = await person.post("/people", name="Ada <Nord>", **fields)

    assert (status, message in text, "Ada &lt;Nord&gt;" in text) == (400, True, True)
    assert len(await roles(hub, shop)) == 1


async def test_who_belongs_already_is_not_let_in_twice(hub: Hub, shop, person: Person):
    status, _, text = await person.post("/people", login=person.login.upper(), role="reader")

    assert (status, "belongs to this shop already" in text) == (409, True)
    assert await roles(hub, shop) == {person.login: Role.OWNER}


async def test_a_person_of_another_shop_keeps_their_password(hub: Hub, http, address, shop, person: Person):
    other = await make.shop(hub)
    ada = await employed(hub, http, address, other.tenant)

    status, _, text = await person.post("/people", login=ada.login, role="reader")
    assert (status, "One-time" in text) == (303, False)
    assert (await roles(hub, shop))[ada.login] is Role.READER
    # Or an owner here could sign in as them there.
    status, led, _ = await person.post(f"/people/{ada.login}/password")

    assert (status, led.endswith("/people")) == (303, True)
    assert (await ada.get())[0] == 200
    assert await sessions.sign_in(hub, ada.login, PASSWORD, address="127.0.0.1", agent="")
    assert "New password" not in (await person.get("/people"))[1]


async def test_a_new_password_ends_the_old_one_and_its_sessions(hub: Hub, http, address, shop, person: Person):
    ada = await employed(hub, http, address, shop.tenant, Role.READER)

    status, _, text = await person.post(f"/people/{ada.login}/password")

    once = re.search(r'id="once">([^<]+)<', text)
    assert (status, once is not None) == (200, True)
    assert (await ada.get())[0] == 303
    with pytest.raises(Refused):
        await sessions.sign_in(hub, ada.login, PASSWORD, address="127.0.0.1", agent="")
    assert PASSWORD not in str(await told(hub, shop))
    assert once[1] not in str(await told(hub, shop))


async def test_a_role_counts_from_the_next_click_and_can_be_taken_back(hub: Hub, http, address, shop, person: Person):
    ada = await employed(hub, http, address, shop.tenant, Role.READER)
    assert (await ada.post("/people", login="x", role="reader"))[0] == 403

    assert (await person.post(f"/people/{ada.login}/role", role="owner"))[0] == 303
    assert (await ada.post("/people", login="", role="reader"))[0] == 400
    assert (await person.post(f"/people/{ada.login}/role", role="reader"))[0] == 303
    assert (await ada.post("/people", login="x", role="reader"))[0] == 403
    changes = [changes for _, action, changes in await told(hub, shop) if action == "updated"]
    assert changes == ['[["role","reader","owner"]]', '[["role","owner","reader"]]']


async def test_the_same_role_again_is_no_change(hub: Hub, http, address, shop, person: Person):
    ada = await employed(hub, http, address, shop.tenant, Role.READER)

    assert (await person.post(f"/people/{ada.login}/role", role="reader"))[0] == 303

    assert await told(hub, shop) == []


async def test_who_is_taken_out_sees_the_shop_no_more(hub: Hub, http, address, shop, person: Person):
    ada = await employed(hub, http, address, shop.tenant, Role.MERCHANT)
    assert (await ada.get())[0] == 200

    assert (await person.post(f"/people/{ada.login}/out"))[0] == 303

    assert (await ada.get())[0] == 404
    assert await told(hub, shop) == [(person.login, "deleted", '[["role","merchant",null]]')]


async def test_the_last_owner_stays(hub: Hub, http, address, shop, person: Person):
    await employed(hub, http, address, shop.tenant, Role.MERCHANT)

    for path, fields in ((f"/people/{person.login}/out", {}), (f"/people/{person.login}/role", {"role": "reader"})):
        status, _, _ = await person.post(path, **fields)
        assert status == 303
        assert (await roles(hub, shop))[person.login] is Role.OWNER
    async with hub.change(None) as tx:
        user = await user_by_login(tx, person.login)
        with pytest.raises(Locked):
            await set_role(tx, user.id, shop.tenant.id, Role.READER)


async def test_two_owners_who_take_each_other_out_leave_one(hub: Hub, http, address, shop, person: Person):
    other = await employed(hub, http, address, shop.tenant, Role.OWNER)

    await asyncio.gather(
        person.post(f"/people/{other.login}/out"), other.post(f"/people/{person.login}/role", role="reader")
    )

    assert list((await roles(hub, shop)).values()).count(Role.OWNER) == 1


async def test_only_owners_may_and_others_see_no_form(hub: Hub, http, address, shop, login):
    for role in (Role.MERCHANT, Role.INTEGRATOR, Role.OPERATOR, Role.READER):
        person = await employed(hub, http, address, shop.tenant, role)
        status, text = await person.get("/people")
        assert (status, "Let somebody in" in text, "Take out" in text) == (200, False, False)
        for path in ("/people", f"/people/{person.login}/role", f"/people/{person.login}/password"):
            assert (await person.post(path, login=login, role="owner"))[0] == 403
    assert login not in await roles(hub, shop)


async def test_a_stranger_is_no_person_of_this_shop(hub: Hub, http, address, shop, person: Person):
    stranger = await employed(hub, http, address, (await make.shop(hub)).tenant)

    for path in ("out", "password", "role"):
        await person.post(f"/people/{stranger.login}/{path}", role="owner")

    assert (await stranger.get())[0] == 200
    assert list(await roles(hub, shop)) == [person.login]


async def test_when_somebody_was_here_last_is_kept_without_their_session(hub: Hub, shop, person: Person):
    async with hub.step(None) as tx:
        await tx.run("DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE login = $1)", person.login)
    async with hub.read(shop.tenant.id) as tx:
        member = await people.member(tx, shop.tenant.id, person.login)

    assert member.signed_in_at is not None
    assert 0 <= (hub.now() - member.signed_in_at).total_seconds() < 60
