"""Who gets in, and who is sent away."""

from datetime import timedelta

import aiohttp
import pytest
from playwright.async_api import Page, expect

from plughub.console.visit import MOUNT, OWN, SESSION
from plughub.core import ids
from plughub.core.hub import Hub
from plughub.core.tenants import Role, create_user, disable_user, reset_password, sessions, set_role
from tests import make
from tests.console.conftest import PASSWORD, Person, employed

SIGN_IN = f"{MOUNT}{OWN}/sign-in"


async def newcomer(hub: Hub, shop: make.Shop, role: Role = Role.OWNER) -> tuple[str, str]:
    """The login and the one-time password of somebody who never signed in."""
    login = f"p{ids.new().hex}"
    async with hub.change(None) as tx:
        user, once = await create_user(tx, login, name="Ada Nord")
        await set_role(tx, user.id, shop.tenant.id, role)
    return login, once


async def sign_in(http: aiohttp.ClientSession, address: str, login: str, password: str, **more: str):
    """Status, cookies set, text."""
    form = {"login": login, "password": password, "next": more.pop("next", "")}
    async with http.post(address + SIGN_IN, data=form, headers=more, allow_redirects=False) as answer:
        return answer.status, answer.headers, await answer.text()


async def test_the_first_sign_in_ends_with_a_password_of_ones_own(hub, http, address, shop, window: Page):
    login, once = await newcomer(hub, shop)
    await window.goto(f"{address}{MOUNT}/{shop.tenant.code}")
    await expect(window).to_have_title("Sign in · Plughub")
    await window.get_by_label("Name").fill(login)
    await window.get_by_label("Password").fill(once)
    await window.get_by_role("button", name="Sign in").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text("Choose a password")
    await window.get_by_label("Present password").fill(once)
    await window.get_by_label("New password", exact=True).fill(PASSWORD)
    await window.get_by_label("New password again").fill(PASSWORD)
    await window.get_by_role("button", name="Use this password").click()
    await expect(window.get_by_role("heading", level=1)).to_have_text(shop.tenant.name)
    await expect(window.get_by_role("status")).to_contain_text("Your new password counts")
    assert (await sign_in(http, address, login, once))[0] == 401
    assert (await sign_in(http, address, login, PASSWORD))[0] == 303


async def test_before_a_password_is_chosen_nothing_else_can_be_seen(hub, http, address, shop):
    login, once = await newcomer(hub, shop)
    token = await sessions.sign_in(hub, login, once, address="127.0.0.1", agent="")
    cookie = {"Cookie": f"{SESSION}={token}"}
    for path in (f"/{shop.tenant.code}", f"{OWN}/account", "/"):
        async with http.get(f"{address}{MOUNT}{path}", headers=cookie, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"{MOUNT}{OWN}/password")


async def test_wrong_and_unknown_are_answered_alike_and_then_have_to_wait(hub, http, address, shop):
    login, once = await newcomer(hub, shop)
    texts = {
        (await sign_in(http, address, name, "wrong"))[2].replace(name, "") for name in (login, f"x{ids.new().hex}")
    }
    assert len(texts) == 1
    for _ in range(9):
        assert (await sign_in(http, address, login, "wrong"))[0] == 401
    status, _, text = await sign_in(http, address, login, once)
    assert (status, "Try again in 15 minutes" in text) == (429, True)


async def test_who_wanted_a_page_gets_there_after_signing_in_and_nowhere_else(hub, http, address, person: Person):
    async with http.get(f"{person.shop}?day=today", allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith(f"{SIGN_IN}?next=%2Fconsole%2F")
    wanted = person.shop.removeprefix(address)
    for given, led in (
        (wanted, wanted), ("https://evil.example/console/", MOUNT), ("//evil.example", MOUNT),
        (f"{MOUNT}/\\evil.example", MOUNT), ("", MOUNT),
    ):  # fmt: skip
        _, headers, _ = await sign_in(http, address, person.login, PASSWORD, next=given)
        assert headers["Location"] == led


async def test_the_cookie_is_kept_from_scripts_and_other_sites(http, address, person: Person):
    _, headers, _ = await sign_in(http, address, person.login, PASSWORD)
    cookie = headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", f"Path={MOUNT}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    _, headers, _ = await sign_in(http, address, person.login, PASSWORD, **{"X-Forwarded-Proto": "https"})
    assert "Secure" in headers["Set-Cookie"].split("; ")


async def test_a_form_of_another_site_is_refused(http, address, person: Person):
    for strange in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert (await sign_in(http, address, person.login, PASSWORD, **strange))[0] == 403
    url = f"{address}{MOUNT}{OWN}/sign-out"
    for form in ({}, {"csrf": "0" * 64}):
        async with http.post(url, data=form, headers=person.headers, allow_redirects=False) as answer:
            assert answer.status == 403
    assert (await person.get())[0] == 200


async def test_signing_out_ends_the_session_and_everywhere_ends_all(hub, http, address, person: Person):
    other = await sessions.sign_in(hub, person.login, PASSWORD, address="10.1.1.1", agent="phone")

    async def status(token: str) -> int:
        cookie = {"Cookie": f"{SESSION}={token}"}
        async with http.get(f"{address}{MOUNT}{OWN}/account", headers=cookie, allow_redirects=False) as answer:
            return answer.status

    async def out(token: str, **form: str) -> None:
        cookie = {"Cookie": f"{SESSION}={token}"}
        form["csrf"] = hub.keys.form_token(token)
        async with http.post(f"{address}{MOUNT}{OWN}/sign-out", data=form, headers=cookie, allow_redirects=False) as a:
            assert a.status == 303

    await out(other)
    assert (await status(other), await status(person.token)) == (303, 200)
    another = await sessions.sign_in(hub, person.login, PASSWORD, address="10.1.1.1", agent="phone")
    await out(person.token, everywhere="yes")
    assert (await status(another), await status(person.token)) == (303, 303)


@pytest.mark.parametrize("end", [reset_password, disable_user])
async def test_whoever_loses_their_password_or_account_is_out_at_once(hub, person: Person, end):
    assert (await person.get())[0] == 200
    async with hub.change(None) as tx:
        await end(tx, person.login)
    assert (await person.get())[0] == 303


async def test_a_session_that_rests_is_over(hub, person: Person):
    async with hub.step(None) as tx:
        rested = hub.now() - sessions.REST - timedelta(seconds=1)
        await tx.run("UPDATE sessions SET seen_at = $2 WHERE hash = $1", hub.keys.token_hash(person.token), rested)
    assert (await person.get())[0] == 303


async def test_a_shop_that_one_does_not_belong_to_does_not_exist(hub, http, address, person: Person):
    other = await make.shop(hub)
    for code in (other.tenant.code, "nowhere"):
        async with http.get(f"{address}{MOUNT}/{code}", headers=person.headers) as answer:
            text = await answer.text()
            assert (answer.status, other.tenant.name in text.replace(code, "")) == (404, False)


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("not it at all", "quite long enough", "quite long enough", "is not your present password"),
        (PASSWORD, "short", "short", "must have at least 12 characters"),
        (PASSWORD, "quite long enough", "quite long enougH", "is not the same as the new password"),
        (PASSWORD, PASSWORD, PASSWORD, "must not be the old one"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "must not be the same few characters"),
    ],
)
async def test_a_bad_choice_of_password_is_told_at_its_field(hub, http, address, person, old, new, again, told):
    form = {"csrf": person.csrf, "old": old, "password": new, "again": again}
    async with http.post(f"{address}{MOUNT}{OWN}/password", data=form, headers=person.headers) as answer:
        text = await answer.text()
    assert (answer.status, told in text) == (400, True)
    assert (await sign_in(http, address, person.login, PASSWORD))[0] == 303


async def test_a_reader_sees_the_shop(hub, http, address, shop):
    reader = await employed(hub, http, address, shop.tenant, Role.READER)
    assert (await reader.get())[0] == 200
