"""What people name on the command line: tenants by code, connections by name, the rest by the beginning of its id."""

from uuid import UUID

from plughub.app import DIALECTS
from plughub.cli.errors import CommandError
from plughub.core import caller, connections, ids, tenants, webhooks
from plughub.core.caller import Caller
from plughub.core.connections import Connection
from plughub.core.errors import Locked, NotFound
from plughub.core.hub import Hub, Transaction
from plughub.core.tenants import Tenant
from plughub.core.webhooks import Subscription
from plughub.web.dialect import Dialect


async def tenant(hub: Hub, code: str) -> tuple[Tenant, Caller]:
    """The tenant, and the hub itself as its caller."""
    async with hub.read(None) as tx:
        found = await tenants.tenant_by_code(tx, code)
    return found, caller.system(found.id, language=found.language, currency=found.currency)


def dialect(name: str) -> Dialect:
    if name not in DIALECTS:
        raise CommandError(f"There is no dialect {name!r}: choose one of {', '.join(DIALECTS)}.")
    return DIALECTS[name]


async def connection(tx: Transaction, tenant: Tenant, name: str, dialect: str | None) -> Connection:
    found = [
        one
        for one in await connections.connections(tx, tenant.id)
        if one.name == name and dialect in (None, one.dialect)
    ]
    if not found:
        raise NotFound("connection", name)
    if len(found) > 1:
        dialects = " or ".join(one.dialect for one in found)
        raise CommandError(f"Two connections are called {name!r}: say which with --dialect ({dialects}).")
    return found[0]


async def webhook(tx: Transaction, tenant: Tenant, text: str) -> Subscription:
    first, last = _beginning("webhook", text)
    found = [one for one in await webhooks.subscriptions(tx, tenant.id) if first <= one.id <= last]
    if not found:
        raise NotFound("webhook", text)
    _check_one("webhook", text, [one.id for one in found])
    return found[0]


async def active_webhook(tx: Transaction, tenant: Tenant, text: str) -> Subscription:
    found = await webhook(tx, tenant, text)
    if not found.is_active:
        raise Locked("webhook", "has ended: add another one")
    return found


async def delivery(tx: Transaction, tenant: Tenant, text: str) -> UUID:
    first, last = _beginning("delivery", text)
    found = await webhooks.deliveries_between(tx, tenant.id, first, last)
    if not found:
        raise NotFound("delivery", text)
    _check_one("delivery", text, found)
    return found[0]


def record(text: str) -> UUID:
    """An id as the hub or one of its dialects spells it: 32 or 24 hex digits."""
    digits = text.replace("-", "").lower()
    try:
        return ids.from_hex24(digits) if len(digits) == 24 else ids.from_hex32(digits)
    except ValueError:
        raise CommandError(
            f"{text!r} is no id of a record: it has 32 hex digits, or 24 as Plugg.to spells it."
        ) from None


def _beginning(kind: str, text: str) -> tuple[UUID, UUID]:
    try:
        return ids.beginning(text)
    except ValueError:
        # No record has an id like that.
        raise NotFound(kind, text) from None


def _check_one(kind: str, text: str, found: list[UUID]) -> None:
    if len(found) > 1:
        raise CommandError(f"More than one {kind} begins with {text!r}, such as {found[0]} and {found[1]}: give more.")
