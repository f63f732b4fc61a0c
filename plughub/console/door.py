"""The door of every page: who is there, whether the form is ours, and whether they may."""

import contextlib
import hmac
from urllib.parse import urlencode

from plughub.console.errors import explain
from plughub.console.visit import MOUNT, OWN, SESSION, House, Page, Visit
from plughub.core.errors import Forbidden, HubError, TryAgain, Unauthenticated
from plughub.core.tenants import sessions
from plughub.core.tenants.rules import check
from plughub.web import Call, Reply, Route
from plughub.web.dialect import Described


def route(page: Page, house: House) -> Route:
    async def answer(call: Call) -> Reply:
        visit = Visit(call, house)
        try:
            return await _admitted(visit, page)
        except TryAgain:
            raise
        except HubError as error:
            return explain(visit, error)

    return Route(page.method, page.path, answer, Described(summary="", tag=""), is_open=True)


async def _admitted(visit: Visit, page: Page) -> Reply:
    call = visit.call
    if page.method == "POST":
        _refuse_strangers(call)
    token = visit.cookies.get(SESSION, "")
    if token:
        with contextlib.suppress(Unauthenticated):
            visit.let_in(token, await sessions.session(call.hub, token))
    if page.is_open:
        return await page.handler(visit)
    if not visit.is_signed_in:
        return _to_sign_in(visit)
    if visit.session.user.must_change_password and not page.path.startswith((f"{OWN}/password", f"{OWN}/sign-out")):
        return visit.go(f"{MOUNT}{OWN}/password")
    if page.path.startswith("/{shop}"):
        visit.enter(visit.path("shop"))
    if page.method == "POST" and not hmac.compare_digest(visit.form.get("csrf", ""), visit.csrf):
        raise Forbidden("the form is out of date: open the page again and send it once more")
    if page.right is not None:
        assert visit.role is not None  # noqa: S101
        check(visit.role, page.right)
    return await page.handler(visit)


def _to_sign_in(visit: Visit) -> Reply:
    """Back to the page afterwards, if it is one that can be opened again."""
    address = visit.again() if visit.call.method == "GET" and not visit.is_partial else ""
    wanted = f"?{urlencode({'next': address})}" if address not in ("", MOUNT) else ""
    return visit.go(f"{MOUNT}{OWN}/sign-in{wanted}")


def _refuse_strangers(call: Call) -> None:
    """A form must come from a page of ours. Browsers say where it comes from; sign-in has no other proof."""
    if call.header("sec-fetch-site") in ("cross-site", "same-site"):
        raise Forbidden("the form was sent from another site")
    origin = call.header("origin")
    if origin and origin.partition("://")[2] != call.header("host"):
        raise Forbidden("the form was sent from another site")
