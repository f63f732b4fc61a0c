"""`plughub webhook test`: one harmless delivery, sent now."""

import argparse
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plughub import app
from plughub.cli import finding
from plughub.cli.asking import ask, facts, opening, show
from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.core import products
from plughub.core.caller import Caller
from plughub.core.hub import Hub, Transaction
from plughub.core.listing import Query
from plughub.core.tenants import Tenant
from plughub.core.webhooks import Sent, Style, Subscription
from plughub.delivery import trial
from plughub.delivery.counts import Counts
from plughub.delivery.pump import Pump


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    endpoint: Subscription
    style: Style
    body: bytes
    sent: Sent

    @property
    def was_taken(self) -> bool:
        return self.sent.status is not None and self.style.is_success(self.sent.status)


def test(args: argparse.Namespace) -> int:
    """Ends with 1 unless the receiver took it."""

    async def action(hub: Hub, settings: Settings) -> Tried:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            endpoint = await finding.active_webhook(tx, tenant, args.id)
            style = app.STYLES[endpoint.style]
            record = await _record(tx, us, style) or endpoint.id
        return await _tried(hub, settings, tenant, endpoint, style, record)

    tried = ask(args, action, secret=True)
    show(args, _tree(tried), _lines(tried))
    return 0 if tried.was_taken else 1


async def _record(tx: Transaction, us: Caller, style: Style) -> UUID | None:
    """The record that the test names; None where it names none."""
    if style.trial_kind is None:
        return None
    page = await products.heads(tx, us, Query(limit=1, descending=True, walks=False))
    if not page.records:
        raise CommandError("The test names a product in which nothing changed, and there is none yet: create one.")
    return page.records[0].id


async def _tried(
    hub: Hub, settings: Settings, tenant: Tenant, endpoint: Subscription, style: Style, record: UUID
) -> Tried:
    delivery = trial.delivery(style, endpoint, record, hub.now())
    outbound = app.open_outbound(settings)
    try:
        sent = await Pump(hub, outbound, app.STYLES, Counts()).send(endpoint, style, tenant.number, delivery)
    finally:
        await outbound.close()
    return Tried(endpoint=endpoint, style=style, body=style.body(tenant.number, delivery), sent=sent)


def _lines(tried: Tried) -> list[str]:
    tree, answer = _tree(tried), opening(tried.sent.answer)
    what = "a product in which nothing changed" if tried.style.trial_kind else "a test"
    said = "took it" if tried.was_taken else "did not take it"
    lines = [
        f"The receiver {said}. It was told of {what}; this is written down nowhere.",
        *facts({name: tree[name] for name in ("url", "body", "status", "seconds", "reason")} | {"answer": answer}),
    ]
    if tried.endpoint.paused_at:
        lines.append("The webhook is paused and stays so.")
    return lines


def _tree(tried: Tried) -> dict[str, Any]:
    sent = tried.sent
    reason = None if tried.was_taken else sent.trouble or f"answered {sent.status}"
    return {
        "id": str(tried.endpoint.id),
        "url": tried.endpoint.url,
        "delivered": tried.was_taken,
        "status": sent.status,
        "seconds": round(sent.seconds, 3),
        "reason": reason,
        "body": tried.body.decode(),
        "answer": sent.answer[:4096].decode(errors="replace"),
    }
