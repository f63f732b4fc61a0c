"""`plughub webhook test`: one harmless delivery, sent now."""

import argparse
from typing import Any

from plughub import app
from plughub.cli import finding
from plughub.cli.asking import ask, facts, opening, show
from plughub.config import Settings
from plughub.core.hub import Hub
from plughub.delivery import trial
from plughub.delivery.trial import Tried


def test(args: argparse.Namespace) -> int:
    """Ends with 1 unless the receiver took it."""

    async def action(hub: Hub, settings: Settings) -> Tried:
        tenant, us = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            endpoint = await finding.active_webhook(tx, tenant, args.id)
        outbound = app.open_outbound(settings)
        try:
            return await trial.send(hub, outbound, app.STYLES, tenant.number, us, endpoint.id)
        finally:
            await outbound.close()

    tried = ask(args, action, secret=True)
    show(args, _tree(tried), _lines(tried))
    return 0 if tried.was_taken else 1


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
    return {
        "id": str(tried.endpoint.id),
        "url": tried.endpoint.url,
        "delivered": tried.was_taken,
        "status": sent.status,
        "seconds": round(sent.seconds, 3),
        "reason": tried.reason,
        "body": tried.body.decode(),
        "answer": sent.answer[:4096].decode(errors="replace"),
    }
