"""What became of the orders: each life is a path of statuses, each step has its moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from plughub.core.orders import OrderStatus
from plughub.core.patch import Patch
from plughub.sample.orders import CHANNELS, Offer, order
from plughub.sample.parcels import PARTLY, Journey, Step

_S = OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    at: datetime
    given: Patch
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    orders: int
    #: How long ago, in days, the youngest and the oldest of them were placed.
    ago: tuple[float, float]
    #: What comes after `PENDING`.
    path: tuple[OrderStatus, ...]


_INVOICED = (_S.PAID, _S.INVOICED)
_SENT = (*_INVOICED, _S.DISPATCHED)
_HELD = (_S.PAID, _S.ON_HOLD)

#: No order is older than 60 days.
LIVES = (
    Life(orders=172, ago=(8, 59.5), path=(*_SENT, _S.SHIPPED, _S.DELIVERED)),
    Life(orders=8, ago=(9, 50), path=(*_HELD, *_SENT, _S.SHIPPED, _S.DELIVERED)),
    Life(orders=46, ago=(1.5, 8), path=(*_SENT, _S.SHIPPED)),
    Life(orders=24, ago=(1, 3), path=_SENT),
    Life(orders=26, ago=(0.8, 3), path=_INVOICED),
    Life(orders=32, ago=(0.2, 2), path=(_S.PAID,)),
    Life(orders=18, ago=(0, 1.5), path=()),
    Life(orders=6, ago=(0.5, 4), path=(_S.PARTLY_PAID,)),
    Life(orders=9, ago=(0.5, 2), path=(_S.PAID, _S.AWAITING_INVOICE)),
    Life(orders=6, ago=(0.5, 4), path=(_S.PAID, _S.AWAITING_INVOICE, _S.INVOICE_FAILED)),
    Life(orders=5, ago=(1, 4), path=(_S.PAID, _S.PARTLY_INVOICED)),
    Life(orders=6, ago=(1.5, 5), path=(*_SENT, _S.DISPATCH_FAILED)),
    Life(orders=6, ago=(2, 8), path=(*_SENT, _S.PARTLY_SHIPPED)),
    Life(orders=5, ago=(7, 14), path=(*_SENT, _S.PARTLY_SHIPPED, _S.PARTLY_DELIVERED)),
    Life(orders=9, ago=(0.5, 6), path=_HELD),
    Life(orders=14, ago=(4, 59), path=(_S.CANCELED,)),
    Life(orders=5, ago=(4, 59), path=(*_HELD, _S.CANCELED)),
    Life(orders=3, ago=(5, 40), path=(*_INVOICED, _S.CANCELED)),
)

#: Hours from the step before, least and most.
_HOURS: dict[OrderStatus, tuple[float, float]] = {
    _S.PARTLY_PAID: (0.1, 3),
    _S.PAID: (0.05, 10),
    _S.AWAITING_INVOICE: (0.5, 4),
    _S.INVOICE_FAILED: (0.1, 1),
    _S.PARTLY_INVOICED: (2, 10),
    _S.INVOICED: (2, 12),
    _S.DISPATCHED: (0.5, 6),
    _S.DISPATCH_FAILED: (0.1, 1),
    _S.PARTLY_SHIPPED: (2, 12),
    _S.SHIPPED: (2, 10),
    _S.PARTLY_DELIVERED: (48, 96),
    _S.DELIVERED: (40, 130),
    _S.ON_HOLD: (0.2, 4),
    _S.CANCELED: (12, 72),
}


def planned(chance: Random, offered: Sequence[Offer], buyers: Sequence[Patch], now: datetime) -> list[Planned]:
    """Every order with its later life, in the order in which they were placed."""
    lives = [life for life in LIVES for _ in range(life.orders)]
    chance.shuffle(lives)
    when = sorted(((_moments(chance, life, now), life) for life in lives), key=lambda one: one[0][0])
    # Everybody buys at least once, some again and again.
    payers = [*buyers, *chance.choices(buyers[:90], k=len(lives) - len(buyers))]
    chance.shuffle(payers)
    found = []
    for place, ((moments, life), buyer) in enumerate(zip(when, payers, strict=True)):
        channel = chance.choices(CHANNELS, [channel.share for channel in CHANNELS])[0]
        fewest = 2 if PARTLY.keys() & set(life.path) else 1
        given = order(chance, place, moments[0], channel, offered, buyer, fewest)
        steps = Journey(chance, place, given, fewest).steps(zip(life.path, moments[1:], strict=True))
        found.append(Planned(at=moments[0], given=given, steps=steps))
    return found


def _moments(chance: Random, life: Life, now: datetime) -> list[datetime]:
    """When it was placed and when each step was taken, all of it in the past."""
    hours = [chance.uniform(*_HOURS[status]) for status in life.path]
    youngest, oldest = life.ago
    ago = max(chance.uniform(youngest, oldest) * 24, sum(hours) + 0.1)
    moments = [now - timedelta(hours=ago)]
    for wait in hours:
        moments.append(moments[-1] + timedelta(hours=wait))
    return [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in moments]
