"""GET /metrics in Prometheus' text format: the hub as a whole from the database, this process from its own counts.

Nothing in it names a tenant: not in a label, and not in a figure that speaks of one.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import plughub
from plughub.core.errors import HubError
from plughub.core.figures import Figures, Work, figures, work
from plughub.core.hub import Hub
from plughub.web.tally import BOUNDS, Tally

#: A worker that was not heard of for so long is counted as gone.
SILENT = timedelta(seconds=15)
#: A proxy adds one of these: what it passes on comes from elsewhere, whoever the peer is.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip")


class Metrics:
    def __init__(self, hub: Hub, tallies: Mapping[str, Tally], token: str | None) -> None:
        self._hub = hub
        #: Dialect -> what it has answered.
        self._tallies = tallies
        self._token = token

    async def answer(self, request: Request) -> Response:
        if self._token is not None:
            if not _shows(request, self._token):
                words = {"error": "this wants the token of PLUGHUB_METRICS_TOKEN as Bearer token"}
                return JSONResponse(words, 401, headers={"www-authenticate": "Bearer"})
        elif not _is_near(request):
            # As any path that is not there.
            raise HTTPException(404)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected([*self._process(), *await self._whole()]))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _process(self) -> list[Metric]:
        """What this process knows of itself."""
        pool, process = self._hub.pool, self._hub.process
        return [
            _gauge("build_info", "The version that is running.", 1, version=plughub.__version__),
            _gauge("pool_connections_in_use", "Database connections at work.", pool.in_use, process=process),
            _gauge("pool_connections_max", "Database connections there may be.", pool.size, process=process),
            _requests(self._tallies, process),
        ]

    async def _whole(self) -> list[Metric]:
        """What the database knows of the whole hub; without a database, that."""
        now = self._hub.now()
        try:
            async with self._hub.read(None) as tx:
                found, workers = await figures(tx, now), await work(tx)
        except HubError:
            return [_gauge("database_up", "Whether the database answers.", 0)]
        return [
            _gauge("database_up", "Whether the database answers.", 1),
            *_standing(found, now),
            *_worked(workers, now),
        ]


def _shows(request: Request, token: str) -> bool:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _is_near(request: Request) -> bool:
    """Whether the caller is on this machine, and no proxy that passes on another's request."""
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _standing(found: Figures, now: datetime) -> Iterable[Metric]:
    def age(since: datetime | None) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    yield _gauge("deliveries_waiting", "Deliveries that are due now or later.", found.deliveries_waiting)
    yield _gauge(
        "deliveries_dead", "Dead letters that are kept: nobody sends them unless told to.", found.deliveries_dead
    )
    yield _gauge("endpoints", "Addresses that are told of changes.", found.endpoints)
    yield _gauge("endpoints_due", "Endpoints with a delivery whose time has come.", found.endpoints_due)
    yield _gauge("endpoints_failing", "Endpoints whose last round failed.", found.endpoints_failing)
    yield _gauge("endpoints_paused", "Endpoints that are paused: deliveries wait.", found.endpoints_paused)
    yield _gauge("queue_age_seconds", "How long the oldest due endpoint has waited.", age(found.endpoint_due_since))
    yield _gauge("events_waiting", "Events that have no place in the feed yet.", found.events_waiting)
    yield _gauge("events_age_seconds", "How long the oldest of them has waited.", age(found.event_waiting_since))
    if found.jobs_queued is not None and found.jobs_running is not None:
        yield _gauge("jobs_queued", "Jobs that wait for a worker.", found.jobs_queued)
        yield _gauge("jobs_running", "Jobs that a worker is at.", found.jobs_running)
        yield _gauge("jobs_age_seconds", "How long the oldest of the queued has waited.", age(found.job_queued_since))


def _worked(workers: Iterable[Work], now: datetime) -> Iterable[Metric]:
    attempts = CounterMetricFamily(
        "plughub_delivery_attempts", "Deliveries that were tried.", labels=("worker", "style", "outcome")
    )
    seconds = CounterMetricFamily(
        "plughub_delivery_seconds", "Time spent waiting for receivers.", labels=("worker", "style")
    )
    alive = 0
    for one in workers:
        alive += one.seen_at > now - SILENT
        for name, count in one.counts.get("attempts", {}).items():
            attempts.add_metric((one.worker, *name.split(" ")), count)
        for style, spent in one.counts.get("seconds", {}).items():
            seconds.add_metric((one.worker, style), spent)
    yield _gauge("workers", "Workers that were heard of within 15 seconds.", alive)
    yield attempts
    yield seconds


def _requests(tallies: Mapping[str, Tally], process: str) -> Metric:
    family = HistogramMetricFamily(
        "plughub_request_duration_seconds", "Requests by dialect and class of status.",
        labels=("process", "dialect", "status"),
    )  # fmt: skip
    names = [*map(str, BOUNDS), "+Inf"]
    for dialect, tally in tallies.items():
        for digit, counts in enumerate(tally.durations):
            if any(counts):
                buckets = list(zip(names, accumulate(counts), strict=True))
                family.add_metric((process, dialect, f"{digit}xx"), buckets, tally.seconds[digit])
    return family


def _gauge(name: str, words: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(f"plughub_{name}", words, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), value)
    return family


class _Collected(Collector):
    """Families that were collected already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
