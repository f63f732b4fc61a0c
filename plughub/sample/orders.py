"""What was bought, by whom, through which channel: orders as patches for `orders.place`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from plughub.core import prices, products
from plughub.core.patch import Merge, Patch
from plughub.core.prices import Price
from plughub.core.products import Product, Variant
from plughub.core.record import Record
from plughub.sample.catalogue import MARKETPLACE, WHOLESALE

#: What an order that holds stock may take without emptying a shelf.
_PLENTY = 25
_SAFE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One SKU as a channel lists it."""

    product_sku: str
    #: None for a product without variants.
    variant_sku: str | None
    name: str
    photo: str | None
    price: Decimal
    special: Decimal | None
    rows: tuple[Price, ...]
    is_plenty: bool

    def price_in(self, code: str | None) -> Decimal:
        row = next((row for row in self.rows if row.code == code), None)
        found = prices.explain(self.price, self.special, row)
        return found.special_price or found.price or self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    name: str
    account: str | None
    #: Orders out of a hundred.
    share: int
    #: Percent that the channel keeps.
    commission: int
    #: How its order numbers look, by chance, moment and place in the row of all orders.
    number: Callable[[Random, datetime, int], str]
    price_list: str | None = None
    #: Orders out of a hundred that hold stock until they are shipped.
    holds: int = 0


CHANNELS = (
    Channel(
        name="Mercadolivre", account="LOJA_AURORA", share=36, commission=14, price_list=MARKETPLACE, holds=30,
        number=lambda chance, at, n: f"20000{chance.randrange(10**11):011}",
    ),
    Channel(
        name="Amazon", account="A2AURORA7LOJA", share=16, commission=13,
        number=lambda chance, at, n: f"702-{chance.randrange(10**7):07}-{chance.randrange(10**7):07}",
    ),
    Channel(
        name="Magalu", account="lojaaurora", share=14, commission=16, holds=20,
        number=lambda chance, at, n: f"LU-{chance.randrange(10**12, 10**13)}",
    ),
    Channel(
        name="Shopee", account="loja.aurora", share=18, commission=18,
        number=lambda chance, at, n: f"{at:%y%m%d}{''.join(chance.choices(_SAFE, k=8))}",
    ),
    Channel(name="loja", account=None, share=16, commission=0, holds=60, number=lambda chance, at, n: f"{104200 + n}"),
)  # fmt: skip

#: Kind and method of payment as channels spell them, and whether it is paid in instalments.
_PAYMENTS = (
    ("credit", "visa", True),
    ("credit", "mastercard", True),
    ("credit", "elo", True),
    ("pix", "pix", False),
    ("pix", "pix", False),
    ("ticket", "boleto", False),
    ("debit", "visa", False),
)


def offers(record: Record[Product], language: str) -> list[Offer]:
    """What of a product can be bought: its variants, or itself; nothing without a price."""
    product = record.value
    name = product.content[language].name or product.sku
    photo = product.media[0].url if product.media else None

    def offer(variant: Variant, sku: str | None) -> Offer | None:
        if variant.price is None:
            return None
        return Offer(
            product_sku=product.sku,
            variant_sku=sku,
            name=name,
            photo=photo,
            price=variant.price,
            special=variant.special_price,
            rows=variant.prices,
            is_plenty=products.quantity(product, variant) >= _PLENTY,
        )

    found = [offer(variant, variant.sku) for variant in product.variants] or [offer(product.default, None)]
    return [one for one in found if one is not None]


def order(
    chance: Random, place: int, at: datetime, channel: Channel, offered: Sequence[Offer], buyer: Patch, fewest: int
) -> Patch:
    """One order with at least `fewest` lines."""
    holds = chance.randrange(100) < channel.holds
    code = WHOLESALE if channel.name == "loja" and "company_name" in buyer else channel.price_list
    lines = _lines(chance, [one for one in offered if one.is_plenty] if holds else offered, code, fewest)
    subtotal = sum((line["price"] * line["quantity"] for line in lines), Decimal(0))
    shipping = Decimal(0) if subtotal > 199 else Decimal(chance.randint(990, 3990)) / 100
    discount = _cents(subtotal * Decimal("0.05")) if chance.random() < 0.12 else Decimal(0)
    total = subtotal + shipping - discount
    return {
        "channel": channel.name,
        "channel_number": channel.number(chance, at, place),
        "channel_account": channel.account,
        "lines": Merge(lines),
        "subtotal": subtotal,
        "shipping": shipping,
        "discount": discount,
        "discount_description": "Cupom PRIMEIRACOMPRA" if discount else None,
        "total": total,
        "paid": Decimal(0),
        "payments": Merge(_payments(chance, total)),
        "commission": {"rate": Decimal(channel.commission), "charged": _cents(subtotal * channel.commission / 100)},
        "delivery_type": "express" if chance.random() < 0.2 else "standard",
        "expected_send": at + timedelta(days=2),
        "expected_delivery": at + timedelta(days=chance.randint(5, 12)),
        "price_code": code,
        "reserves_stock": holds,
        "payer": buyer,
        "receiver": _receiver(chance, buyer),
    }


def _lines(chance: Random, offered: Sequence[Offer], code: str | None, fewest: int) -> list[Patch]:
    count = max(fewest, chance.choices((1, 2, 3, 4), (60, 25, 10, 5))[0])
    return [_line(chance, offer, code) for offer in chance.sample(offered, count)]


def _line(chance: Random, offer: Offer, code: str | None) -> Patch:
    line: Patch = {
        "sku": offer.product_sku,
        "name": offer.name,
        "quantity": chance.choices((1, 2, 3), (75, 18, 7))[0],
        "price": offer.price_in(code),
        "price_code": code if any(row.code == code for row in offer.rows) else None,
        "photo_url": offer.photo,
    }
    return {**line, "variant": {"sku": offer.variant_sku}} if offer.variant_sku else line


def _payments(chance: Random, total: Decimal) -> list[Patch]:
    kind, method, splits = chance.choice(_PAYMENTS)
    times = chance.choice((1, 2, 3, 6, 10)) if splits and total > 100 else 1
    payment = {
        "kind": kind,
        "method": method,
        "installments": str(times),
        "total": total,
        "quota": _cents(total / times),
        "interest": Decimal(0),
        "external": f"PG{chance.randrange(10**10):010}",
    }
    return [payment]


def _receiver(chance: Random, buyer: Patch) -> Patch:
    """Mostly the buyer; now and then it is a present."""
    names = ("first_name", "last_name", "email", "phone_area", "phone", "person_tax_id", "address")
    receiver = {name: buyer[name] for name in names if name in buyer}
    if chance.random() < 0.08:
        address = {**buyer["address"], "reference": "Entregar na portaria", "additional": "Presente: embrulhar"}
        receiver |= {"first_name": chance.choice(("Lia", "Ivo", "Cora", "Davi")), "address": address}
    return receiver


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
