"""`plughub webhook secret` and `rotate`: what deliveries are signed with."""

import argparse
from datetime import datetime
from typing import Any

from plughub.cli import finding, times
from plughub.cli.asking import agreed, ask, facts, show
from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.secrets import Keys
from plughub.core.webhooks import Subscription
from plughub.delivery import signing


def secret(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> dict[str, Any]:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            endpoint = await finding.active_webhook(tx, tenant, args.id)
        return _secrets(hub.keys, endpoint, hub.now())

    held = ask(args, action, secret=True)
    return show(
        args, held, [*facts(held), "Each delivery is signed with it (Standard Webhooks); docs/webhooks.md says how."]
    )


def rotate(args: argparse.Namespace) -> int:
    async def action(hub: Hub, settings: Settings) -> dict[str, Any] | None:
        tenant, _ = await finding.tenant(hub, args.tenant)
        async with hub.read(tenant.id) as tx:
            endpoint = await finding.active_webhook(tx, tenant, args.id)
        held = _secrets(hub.keys, endpoint, hub.now())
        if held["previous"] and not agreed(
            args, f"The secret before this one signs until {held['previous_until']}, and would end now. Go on?"
        ):
            return None
        async with hub.change(tenant.id) as tx:
            endpoint = await webhooks.rotate(tx, tenant.id, endpoint, now=hub.now())
        return _secrets(hub.keys, endpoint, hub.now())

    held = ask(args, action, secret=True)
    if held is None:
        raise CommandError("Nothing was done.")
    lines = [
        f"Webhook {held['id']} has a new secret.", *facts(held),
        "Until then each delivery carries two signatures, one by each secret: change the receiver at any time.",
    ]  # fmt: skip
    return show(args, held, lines)


def _secrets(keys: Keys, endpoint: Subscription, now: datetime) -> dict[str, Any]:
    changed = endpoint.secret_changed_at
    overlaps = changed is not None and now - changed < webhooks.SECRET_OVERLAP

    def shown(number: int) -> str:
        return signing.shown(keys.webhook_secret(endpoint.id, number))

    return {
        "id": str(endpoint.id),
        "secret": shown(endpoint.secret_number),
        "previous": shown(endpoint.secret_number - 1) if overlaps else None,
        "previous_until": times.iso(changed + webhooks.SECRET_OVERLAP) if changed and overlaps else None,
    }
