"""What must hold after whatever happened: the journals of the clients against the receivers and the ledger."""

from collections import Counter

from plughub.core import ids
from tests.heavy.inbox import Inbox
from tests.heavy.shopping import Shopper
from tests.heavy.site import Site


def untold(inbox: Inbox, endpoint: str, shopper: Shopper) -> list[str]:
    """Acknowledged changes that this endpoint was not told of after they were made.

    Waiting updates of a record are one notification, so only the last of each is looked for.
    """
    last = {change.told: change for change in shopper.journal}
    came = {}
    for arrival in inbox.arrivals[endpoint]:
        came[arrival.told] = arrival.at
    return [f"{endpoint}: {change}" for told, change in last.items() if came.get(told, 0.0) < change.sent]


def repeated(inbox: Inbox) -> Counter[str]:
    """Delivery -> how many more times than once it was taken."""
    taken = Counter(delivery for taken in inbox.taken.values() for delivery in taken)
    return Counter({delivery: times - 1 for delivery, times in taken.items() if times > 1})


async def interrupted(site: Site, shopper: Shopper) -> Counter[str]:
    """Delivery -> attempts that no worker lived to write down."""
    shop = shopper.client.shop
    rows = await site.all(shop, _INTERRUPTED, shop.tenant.id)
    return Counter({row["delivery_id"].hex: row["times"] for row in rows})


async def faults(site: Site, shopper: Shopper) -> list[str]:
    """What is wrong in the ledger of a shop whose every change was told: how many rows, and of which kind."""
    shop = shopper.client.shop
    found = await site.all(shop, _FAULTS, shop.tenant.id)
    wrong = [f"{count} {what}" for what, count in found[0].items() if count]
    events = await site.all(shop, "SELECT record_id, action FROM events WHERE tenant_id = $1", shop.tenant.id)
    kept = {(ids.hex24(row["record_id"]), row["action"]) for row in events}
    lost = [change for change in shopper.journal if (change.told.id, change.told.action) not in kept]
    return [*wrong, *map(str, lost), *await _stock(site, shopper)]


async def _stock(site: Site, shopper: Shopper) -> list[str]:
    """Every unit that was surely added is there, and none that was not even asked for."""
    wrong = []
    for sku in shopper.shelf.keys() - shopper.ordered:
        answer = await shopper.client.get(f"/skus/{sku}")
        assert answer.status == 200, answer.text
        found = int(answer.json["Product"]["quantity"])
        least, most = shopper.sure[sku], shopper.sure[sku] + shopper.unsure[sku]
        if not least <= found <= most:
            wrong.append(f"{sku} has {found}, between {least} and {most} are right")
    return wrong


_INTERRUPTED = """
SELECT delivery_id, count(*) AS times FROM attempts
WHERE tenant_id = $1 AND outcome = 'interrupted' GROUP BY delivery_id
"""

_FAULTS = """
WITH d AS MATERIALIZED (
    SELECT d.*, f.position AS last FROM deliveries d
    JOIN feed_entries f ON f.tenant_id = $1 AND f.event_id = d.event_id WHERE d.tenant_id = $1
),
told AS MATERIALIZED (
    SELECT e.id, e.kind || 's' AS kind, e.record_id, e.action, f.position FROM events e
    LEFT JOIN feed_entries f ON f.tenant_id = $1 AND f.event_id = e.id
    WHERE e.tenant_id = $1 AND e.kind IN ('product', 'order') AND NOT e.silent
)
SELECT
    (SELECT count(*) FROM event_outbox WHERE tenant_id = $1) AS "events that wait for their place",
    (SELECT count(*) FROM told WHERE position IS NULL) AS "events without a place",
    (SELECT count(*) FROM d WHERE state <> 'delivered') AS "deliveries that were not delivered",
    (SELECT count(*) FROM told JOIN subscriptions s ON s.tenant_id = $1 WHERE NOT EXISTS (
        SELECT FROM d WHERE d.subscription_id = s.id AND d.kind = told.kind AND d.record_id = told.record_id
          AND d.action = told.action AND told.position BETWEEN d.position AND d.last))
        AS "events that no delivery stands for",
    (SELECT count(*) FROM d WHERE d.attempt_count > (
        SELECT count(*) FROM attempts a WHERE a.tenant_id = $1 AND a.delivery_id = d.id))
        AS "deliveries whose attempts were not all written down"
"""
