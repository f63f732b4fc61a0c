"""Offering endpoints whose time has come to the workers, so that no tenant and no dead receiver takes all places."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.webhooks import DueEndpoint
from plughub.delivery.engine import Engine, Offer
from plughub.delivery.pump import Job

KIND = "pump"

#: Endpoints of one tenant at work at once; of those, endpoints whose last round failed.
PER_TENANT, FAILING_PER_TENANT = 16, 4
#: Of the places of a worker, those that failing endpoints of all tenants may take. Few: one that floods us costs time
#: that all others lack.
FAILING_SHARE = 1 / 16


async def turn(hub: Hub, engine: Engine) -> int:
    """Offer what is due; returns how many endpoints were taken. The next turn offers what found no place."""
    busy = await engine.busy()
    places = 2 * engine.slots - len(busy)
    if places <= 0:
        return 0
    async with hub.read(None) as tx:
        due = await webhooks.due_endpoints(tx, hub.now(), limit=places + len(busy))
    for_failing = int(engine.slots * FAILING_SHARE)
    jobs = chosen(due, busy, places, for_failing)
    return len(await engine.offer([Offer(kind=KIND, key=job.key, payload=msgspec.json.encode(job)) for job in jobs]))


def chosen(due: Sequence[DueEndpoint], busy: Iterable[str], places: int, for_failing: int) -> list[Job]:
    """Those that may start now, in the order in which they wait; `for_failing` is for those that run as well."""
    taken = set(busy)
    at_work = Counter(key.split(":", 1)[0] for key in taken)
    failing = Counter(str(one.tenant) for one in due if one.is_failing and _job(one).key in taken)
    jobs: list[Job] = []
    for endpoint in due:
        job, tenant = _job(endpoint), str(endpoint.tenant)
        if job.key in taken or at_work[tenant] >= PER_TENANT or len(jobs) >= places:
            continue
        if endpoint.is_failing:
            if failing[tenant] >= FAILING_PER_TENANT or failing.total() >= for_failing:
                continue
            failing[tenant] += 1
        at_work[tenant] += 1
        jobs.append(job)
    return jobs


def _job(endpoint: DueEndpoint) -> Job:
    return Job(tenant=endpoint.tenant, subscription=endpoint.subscription)
