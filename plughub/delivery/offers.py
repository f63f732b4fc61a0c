"""Offering endpoints whose time has come to the workers, so that no tenant and no dead receiver takes all places."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.webhooks import DueEndpoint
from plughub.delivery.engine import Engine, Offer
from plughub.delivery.pump import Job

KIND = "pump"

#: Endpoints of one tenant at work at once; of those, endpoints whose last round failed.
PER_TENANT, FAILING_PER_TENANT = 16, 4


async def turn(hub: Hub, engine: Engine) -> int:
    """Offer what is due; returns how many endpoints were taken. The next turn offers what found no place."""
    busy = await engine.busy()
    places = 2 * engine.slots - len(busy)
    if places <= 0:
        return 0
    async with hub.read(None) as tx:
        due = await webhooks.due_endpoints(tx, hub.now(), limit=places + len(busy))
    offers = [Offer(kind=KIND, key=job.key, payload=msgspec.json.encode(job)) for job in chosen(due, busy, places)]
    return len(await engine.offer(offers)) if offers else 0


def chosen(due: Iterable[DueEndpoint], busy: Iterable[str], places: int) -> list[Job]:
    """Those that may start now, in the order in which they wait."""
    taken = set(busy)
    at_work = Counter(key.split(":", 1)[0] for key in taken)
    failing: Counter[str] = Counter()
    jobs: list[Job] = []
    for endpoint in due:
        job = Job(tenant=endpoint.tenant, subscription=endpoint.subscription)
        tenant = str(endpoint.tenant)
        if endpoint.is_failing and job.key in taken:
            failing[tenant] += 1
        if job.key in taken or at_work[tenant] >= PER_TENANT or len(jobs) >= places:
            continue
        if endpoint.is_failing:
            if failing[tenant] >= FAILING_PER_TENANT:
                continue
            failing[tenant] += 1
        at_work[tenant] += 1
        jobs.append(job)
    return jobs
