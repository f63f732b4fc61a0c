"""Notification addresses of a connection: who is told of changes that others make, and whether it can be reached."""

from urllib.parse import urlsplit

from plughub.console.connection import here, shown
from plughub.console.connections import at_field, connection_id
from plughub.console.errors import said
from plughub.console.rendering import page
from plughub.console.visit import Page, Undo, Visit
from plughub.core import connections, ids, webhooks
from plughub.core.errors import Conflict, Duplicate, Invalid, Locked, NotFound
from plughub.core.hub import Transaction
from plughub.core.tenants import Right
from plughub.core.webhooks import Style, Subscription
from plughub.delivery import signing, trial
from plughub.outbound import NotSent
from plughub.web import Reply


async def post_address(visit: Visit) -> Reply:
    url = visit.form.get("url", "")
    try:
        async with visit.hub.change(visit.tenant.id) as tx:
            connection = await connections.by_id(tx, visit.tenant.id, connection_id(visit))
            if connection.state == "revoked":
                raise Locked("connection", "it was revoked: create another one")
            style = visit.house.dialects[connection.dialect].notify or visit.house.styles["native"]
            _check(visit, url, style)
            kinds = [value for name, value in visit.fields if name == "kind" and value in style.kinds]
            for one in await webhooks.subscriptions(tx, visit.tenant.id, connection.id):
                if one.is_active and (one.url, one.style) == (url, style.name):
                    # Every change would be told twice.
                    raise Duplicate("address", url)
            await webhooks.subscribe(
                tx, visit.caller, connection.id, url=url, style=style.name,
                kinds=[] if len(kinds) == len(style.kinds) else kinds,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return await shown(visit, errors=at_field(error, "url"), typed=visit.form, status=said(error)[0])
    return visit.go(here(visit), f"{url} is told from now on. Send it a test to see whether it answers.")


def _check(visit: Visit, url: str, style: Style) -> None:
    """Refuse what the hub would never call."""
    try:
        is_good = urlsplit(url).scheme in ("http", "https") and url.isprintable() and " " not in url
    except ValueError:
        is_good = False
    if not is_good:
        raise Invalid("url", "must begin with https:// and a host name")
    try:
        visit.call.outbound.check(url, secure=style.needs_tls)
    except NotSent as refusal:
        secure = " It has to begin with https://." if style.needs_tls and not url.startswith("https://") else ""
        raise Invalid("", f"{refusal}{secure}") from refusal


async def _of(tx: Transaction, visit: Visit) -> Subscription:
    """The address that the path names, if it is this connection's and has not ended."""
    try:
        found = await webhooks.subscription(tx, visit.tenant.id, ids.from_hex32(visit.path("address")))
    except ValueError:
        raise NotFound("address") from None
    if found.connection != connection_id(visit):
        raise NotFound("address")
    if not found.is_active:
        raise Locked("address", "it was removed: add it again")
    return found


async def post_test(visit: Visit) -> Reply:
    async with visit.hub.read(visit.tenant.id) as tx:
        endpoint = await _of(tx, visit)
    tried = await trial.send(
        visit.hub, visit.call.outbound, visit.house.styles, visit.tenant.number, visit.caller, endpoint.id
    )
    return page(visit, "trial.html", tried=tried, back=here(visit))


async def post_pause(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        endpoint = await _of(tx, visit)
        reason = f"paused by {visit.session.user.name}"
        await webhooks.pause(tx, visit.tenant.id, endpoint, reason, now=visit.hub.now())
    return visit.go(
        here(visit), f"{endpoint.url} is sent nothing for now; what it misses waits.", undo=_undo(visit, "resume")
    )


async def post_resume(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        endpoint = await _of(tx, visit)
        await webhooks.resume(tx, visit.tenant.id, endpoint)
    return visit.go(here(visit), f"{endpoint.url} is sent to again, what waited first.", undo=_undo(visit, "pause"))


def _undo(visit: Visit, act: str) -> Undo:
    return Undo(f"{here(visit)}/addresses/{visit.path('address')}/{act}", {})


async def post_remove(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        endpoint = await _of(tx, visit)
        await webhooks.unsubscribe(tx, visit.tenant.id, endpoint.id, now=visit.hub.now())
    return visit.go(here(visit), f"{endpoint.url} is told nothing more; what waited for it was cancelled.")


async def post_secret(visit: Visit) -> Reply:
    """What its deliveries are signed with. The answer is the page itself: it is in no address."""
    async with visit.hub.read(visit.tenant.id) as tx:
        endpoint = await _of(tx, visit)
    secret = signing.shown(visit.hub.keys.webhook_secret(endpoint.id, endpoint.secret_number))
    return page(visit, "signing_secret.html", endpoint=endpoint, secret=secret, back=here(visit))


_ONE = "/{shop}/connections/{connection}/addresses/{address}"

PAGES = (
    Page("POST", "/{shop}/connections/{connection}/addresses", post_address, Right.CONNECTIONS),
    Page("POST", f"{_ONE}/test", post_test, Right.CONNECTIONS),
    Page("POST", f"{_ONE}/pause", post_pause, Right.CONNECTIONS),
    Page("POST", f"{_ONE}/resume", post_resume, Right.CONNECTIONS),
    Page("POST", f"{_ONE}/remove", post_remove, Right.CONNECTIONS),
    Page("POST", f"{_ONE}/secret", post_secret, Right.CONNECTIONS),
)
