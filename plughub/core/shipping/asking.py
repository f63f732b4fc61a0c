"""Asking freight sources: all at once, each within its own budget. How one is asked is the edge's business."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from plughub.core.shipping.model import FreightSource, Heard, Outcome, Quote
from plughub.core.shipping.rules import listening

log = logging.getLogger("plughub.shipping")


class Unusable(Exception):
    """A source gave nothing that could be used. The text is one clause, fit to be shown to the tenant."""


#: Asks one source, within so many seconds. Raises Unusable, or TimeoutError for an answer that did not come in time.
Ask = Callable[[FreightSource, float], Awaitable[Sequence[Quote]]]


async def ask(sources: Iterable[FreightSource], how: Ask, now: Callable[[], datetime]) -> list[Heard]:
    """What each source said. Takes no longer than the longest budget, whatever the sources do."""
    # One beginning for all: sending to many takes a while, which must not add to the time of the last.
    began = asyncio.get_running_loop().time()
    return await asyncio.gather(*(_heard(source, began, how, now) for source in sources))


async def _heard(source: FreightSource, began: float, how: Ask, now: Callable[[], datetime]) -> Heard:
    seconds = listening(source)
    try:
        async with asyncio.timeout_at(began + seconds):
            quotes = await how(source, seconds)
    except TimeoutError:
        why = f"no answer within {source.budget_ms} ms"
        return Heard(source=source, outcome=Outcome.LATE, at=now(), reason=why)
    except Unusable as error:
        return Heard(source=source, outcome=Outcome.FAILED, at=now(), reason=str(error))
    except Exception:
        # One source must not cost the buyer the quotes of the others, whatever it sent.
        log.exception("source failed", extra={"source": str(source.id)})
        return Heard(source=source, outcome=Outcome.FAILED, at=now(), reason="could not be asked")
    return Heard(source=source, outcome=Outcome.ANSWERED, at=now(), quotes=quotes)
