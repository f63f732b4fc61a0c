"""One tenant whose clock the test holds, and a worker's steps one at a time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plughub import app
from plughub.core import webhooks
from plughub.core.hub import Hub
from plughub.core.webhooks import Delivery, Subscription, Wanted
from plughub.delivery import relay
from plughub.delivery.counts import Counts
from plughub.delivery.pump import Job, Pump
from plughub.outbound import Outbound
from tests import make


@dataclass
class Stage:
    """One tenant, whose time stands still until it is moved."""

    shop: make.Shop
    outbound: Outbound
    clock: "Clock"
    counts: Counts = field(default_factory=Counts)

    @property
    def hub(self) -> Hub:
        return self.shop.hub

    async def endpoint(self, url: str, style: str = "pluggto", *kinds: str) -> Subscription:
        connection, _ = await make.connection(self.shop)
        async with self.hub.change(self.shop.tenant.id) as tx:
            return await webhooks.subscribe(tx, self.shop.caller, connection.id, url=url, style=style, kinds=kinds)

    async def relay(self) -> None:
        while await relay.place(self.hub, self.shop.tenant.id, app.STYLES):
            pass

    async def pump(self, endpoint: Subscription) -> int:
        pump = Pump(self.hub, self.outbound, app.STYLES, self.counts)
        return await pump.run(self.job(endpoint))

    def job(self, endpoint: Subscription) -> Job:
        return Job(tenant=self.shop.tenant.id, subscription=endpoint.id)

    async def told(self, endpoint: Subscription) -> None:
        """Everything that has happened is on its way."""
        await self.relay()
        await self.pump(endpoint)

    async def due_at(self, endpoint: Subscription) -> datetime | None:
        async with self.hub.read(None) as tx:
            at: datetime | None = await tx.value(
                "SELECT due_at FROM due_endpoints WHERE tenant_id = $1 AND subscription_id = $2",
                self.shop.tenant.id, endpoint.id,
            )  # fmt: skip
        return at

    async def deliveries(self, **wanted: object) -> list[Delivery]:
        async with self.hub.read(self.shop.tenant.id) as tx:
            return await webhooks.deliveries(tx, self.shop.tenant.id, Wanted(**wanted))

    async def health(self, endpoint: Subscription) -> Subscription:
        async with self.hub.read(self.shop.tenant.id) as tx:
            return await webhooks.subscription(tx, self.shop.tenant.id, endpoint.id)


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)
