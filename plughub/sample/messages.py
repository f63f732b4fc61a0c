"""Conversations about the shop's orders and products: when each word was said, as patches for the core."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from plughub.core import ids
from plughub.core.messages import Author
from plughub.core.orders import Order, OrderStatus
from plughub.core.patch import Merge, Patch
from plughub.core.products import Product
from plughub.core.record import Record
from plughub.sample.talks import TALKS, Talk

_FILES = "https://arquivos.aurora.example/mensagens"
#: How long ago questions about products began, in days, at least and at most.
_AGO = (5, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One conversation: how it begins, and what came after, each with its moment."""

    at: datetime
    given: Patch
    later: tuple[tuple[datetime, Patch], ...]


def conversations(
    chance: Random,
    placed: Sequence[Record[Order]],
    made: Sequence[Record[Product]],
    buyers: Sequence[Patch],
    now: datetime,
) -> list[Said]:
    """All of them, in the order in which they began."""
    free = list(placed)
    chance.shuffle(free)
    skus = {record.value.sku: record.value for record in made}
    found = [_conversation(chance, talk, _about(chance, talk, free, skus, buyers, now), now) for talk in TALKS]
    return sorted(found, key=lambda one: one.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    #: The talk cannot have begun before.
    since: datetime
    channel: str
    related: str | None
    buyer: tuple[str | None, str | None, str | None]


def _about(
    chance: Random,
    talk: Talk,
    free: list[Record[Order]],
    skus: dict[str, Product],
    buyers: Sequence[Patch],
    now: datetime,
) -> _About:
    if isinstance(talk.about, OrderStatus):
        record = next(one for one in free if one.value.status is talk.about)
        # One talk per order.
        free.remove(record)
        order, payer = record.value, record.value.payer
        # People name an order by the number they know; programs by its id.
        name = chance.choice((order.channel_number, str(record.number), ids.hex24(record.id)))
        return _About(
            since=record.created_at,
            channel=order.channel or "loja",
            related=name,
            buyer=(payer.first_name, payer.last_name, f"{payer.phone_area}{payer.phone}"),
        )
    buyer = chance.choice(buyers)
    return _About(
        since=now - timedelta(days=chance.uniform(*_AGO)),
        channel="Mercadolivre" if talk.about else "loja",
        related=_sku(chance, skus[talk.about]) if talk.about else None,
        buyer=(buyer["first_name"], buyer["last_name"], f"{buyer['phone_area']}{buyer['phone']}"),
    )


def _sku(chance: Random, product: Product) -> str:
    return chance.choice(product.variants).sku if product.variants else product.sku


def _conversation(chance: Random, talk: Talk, about: _About, now: datetime) -> Said:
    words = list(_words(talk))
    moments = _moments([hours for hours, _ in words], about.since, now)
    first, last, phone = about.buyer
    given: Patch = {
        "kind": talk.kind,
        "priority": talk.priority,
        "subject": talk.subject,
        "tags": talk.tags,
        "copy_emails": talk.copy_emails,
        "channel": about.channel,
        "channel_number": f"{chance.randrange(10**9, 10**10)}",
        "customer_name": " ".join(name for name in (first, last) if name),
        "customer_phone": phone,
        "related": about.related,
        "interactions": Merge([words[0][1]]),
    }
    later: list[tuple[datetime, Patch]] = [
        (at, {"interactions": Merge([word])}) for at, (_, word) in zip(moments[1:-1], words[1:], strict=True)
    ]
    if talk.left is not None:
        later.append((moments[-1], {"status": talk.left}))
    return Said(at=moments[0], given=given, later=tuple(later))


def _words(talk: Talk) -> Iterator[tuple[float, Patch]]:
    """Hours since the word before, and the word."""
    for line in talk.said.strip().splitlines():
        hours, author, comment, *files = (part.strip() for part in line.split("|"))
        attachments = [{"url": f"{_FILES}/{file}"} for part in files for file in part.split()]
        word = {"author": Author(author), "comment": comment, "attachments": Merge(attachments, keys=("url",))}
        yield float(hours), word


def _moments(hours: Sequence[float], since: datetime, now: datetime) -> list[datetime]:
    """When each word was said, and when the talk was left: all after `since` and in the past."""
    room = (now - since) * 0.8
    waits = [timedelta(hours=wait) for wait in (*hours, 1)]
    pace = min(1.0, room / sum(waits, timedelta()))
    at = since + (now - since) * 0.1
    moments = []
    for wait in waits:
        at += wait * pace
        moments.append(at.replace(microsecond=at.microsecond // 1000 * 1000))
    return moments
