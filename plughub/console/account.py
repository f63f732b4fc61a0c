"""Signing in and out, one's password, and where one is signed in."""

from plughub.console.errors import said
from plughub.console.rendering import page
from plughub.console.visit import MOUNT, OWN, SESSION, Page, Visit, cookie
from plughub.core.errors import Invalid, Refused
from plughub.core.tenants import sessions
from plughub.core.tenants.rules import PASSWORD_LENGTH
from plughub.web import Reply


async def get_front(visit: Visit) -> Reply:
    """The first of the person's shops."""
    if len(visit.session.shops) == 1:
        return visit.go(f"{MOUNT}/{visit.session.shops[0][0].code}")
    return page(visit, "shops.html")


async def get_sign_in(visit: Visit) -> Reply:
    if visit.is_signed_in:
        return visit.go(_wanted(visit.query.get("next", "")))
    return page(visit, "sign_in.html", login="", error="", wanted=visit.query.get("next", ""))


async def post_sign_in(visit: Visit) -> Reply:
    login, wanted = visit.form.get("login", ""), visit.form.get("next", "")
    # A password may begin or end with a blank: only the name is cut.
    try:
        token = await sessions.sign_in(
            visit.hub,
            login,
            next((value for name, value in visit.raw_fields if name == "password"), ""),
            address=visit.call.address,
            agent=visit.call.header("user-agent") or "",
        )
    except Refused as error:
        status, text = said(error)
        return page(visit, "sign_in.html", status=status, login=login, error=text, wanted=wanted)
    reply = visit.go(_wanted(wanted))
    reply.headers["Set-Cookie"] = cookie(visit.call, SESSION, token, seconds=int(sessions.LIFE.total_seconds()))
    return reply


async def post_sign_out(visit: Visit) -> Reply:
    async with visit.hub.step(None) as tx:
        if visit.form.get("everywhere"):
            await sessions.sign_out_everywhere(tx, visit.session.user.id)
        else:
            await sessions.sign_out(tx, visit.hub.keys, visit.token)
    reply = visit.go(f"{MOUNT}{OWN}/sign-in")
    reply.headers["Set-Cookie"] = cookie(visit.call, SESSION, "", seconds=0)
    return reply


async def get_password(visit: Visit) -> Reply:
    return page(visit, "password.html", errors={}, least=PASSWORD_LENGTH.start)


async def post_password(visit: Visit) -> Reply:
    given = dict(visit.raw_fields)
    try:
        if given.get("password") != given.get("again"):
            raise Invalid("again", "is not the same as the new password")
        await sessions.choose_password(
            visit.hub,
            visit.session.user,
            given.get("old", ""),
            given.get("password", ""),
            token=visit.token,
        )
    except Invalid as error:
        errors = {error.field: error.reason}
        return page(visit, "password.html", status=400, errors=errors, least=PASSWORD_LENGTH.start)
    return visit.go(MOUNT, "Your new password counts from now on. Other browsers were signed out.")


async def get_account(visit: Visit) -> Reply:
    async with visit.hub.read(None) as tx:
        seen = await sessions.sessions(tx, visit.hub.keys, visit.session.user.id, visit.token, visit.hub.now())
    return page(visit, "account.html", sessions=seen)


def _wanted(address: str) -> str:
    """The page that somebody wanted before they had to sign in, if it is one of ours."""
    return address if address.startswith(f"{MOUNT}/") and "\\" not in address else MOUNT


PAGES = (
    Page("GET", "/", get_front),
    Page("GET", f"{OWN}/sign-in", get_sign_in, is_open=True),
    Page("POST", f"{OWN}/sign-in", post_sign_in, is_open=True),
    Page("POST", f"{OWN}/sign-out", post_sign_out),
    Page("GET", f"{OWN}/password", get_password),
    Page("POST", f"{OWN}/password", post_password),
    Page("GET", f"{OWN}/account", get_account),
)
