"""Pages from templates, and how values are shown: money, times, quantities, states."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from plughub.console.assets import address
from plughub.console.nav import PLACES
from plughub.console.visit import MOUNT, NOTICE, OWN, Visit, cookie
from plughub.core import codes, ids
from plughub.core.products import Product, Variant
from plughub.web import Reply

HTML = "text/html; charset=utf-8"

#: How a state looks beside its word: done, in trouble, or waiting for somebody. All others are quiet.
_TONES = {
    "good": {"delivered", "shipped", "answered"},
    "bad": {"invoice_failed", "dispatch_failed", "dead", "failed", "interrupted"},
    "wait": {
        "pending", "partly_paid", "awaiting_invoice", "partly_invoiced", "partly_shipped", "partly_delivered",
        "on_hold", "new", "due",
    },
}  # fmt: skip

_pages = Environment(
    loader=PackageLoader("plughub.console"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


def page(
    visit: Visit, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Reply:
    """A page, or the part of it that the template is. `visit` is known to every template."""
    notice = None if visit.is_partial else visit.notice()
    text = _pages.get_template(template).render(visit=visit, notice=notice, **values)
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if notice:
        sent["Set-Cookie"] = cookie(visit.call, NOTICE, "", seconds=0)
    return Reply(status, text.encode(), HTML, sent)


def bare(status: int, title: str, text: str) -> Reply:
    """A page for nobody in particular."""
    return Reply(status, _pages.get_template("bare.html").render(title=title, text=text).encode(), HTML)


def money(amount: Decimal | None, currency: str) -> str:
    """`1,234.50 EUR`; nothing for what is not known."""
    if amount is None:
        return "–"
    digits = max(codes.minor_digits(currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{digits}f}\u00a0{currency}"


def quantity(number: Decimal | int | None) -> str:
    """Without zeros that say nothing: 3, 2.5."""
    if number is None:
        return "–"
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def prices(variants: Iterable[Variant], currency: str) -> str:
    """What variants cost: one price, or from the lowest to the highest."""
    found = sorted({variant.price for variant in variants if variant.price is not None})
    if not found:
        return "–"
    return (
        money(found[0], currency)
        if len(found) == 1
        else f"{money(found[0], '').strip()} – {money(found[-1], currency)}"
    )


def name_of(noun: Product | Variant, language: str) -> str:
    texts = [noun.content.get(language), *noun.content.values()]
    return next((text.name for text in texts if text and text.name), "–")


@pass_context
def title(context: Context, noun: Product | Variant) -> str:
    """A product's name in the shop's language, else in any."""
    visit: Visit = context["visit"]
    return name_of(noun, visit.tenant.language)


def words(state: str) -> str:
    """A state as people say it: `partly_paid` -> Partly paid."""
    text = str(state).replace("_", " ")
    return text[:1].upper() + text[1:]


def tone(state: str) -> str:
    return next((tone for tone, states in _TONES.items() if state in states), "")


@pass_context
def moment(context: Context, at: datetime | None, *, exact: bool = False) -> Markup | str:
    """A time in the person's zone, as short as it can be; the exact one in UTC on hover."""
    if at is None:
        return "–"
    visit: Visit = context["visit"]
    there = at.astimezone(visit.zone)
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        utc.isoformat(), utc.strftime("%Y-%m-%d %H:%M:%S"), _short(there, visit.hub.now().astimezone(visit.zone), exact)
    )


def _short(at: datetime, now: datetime, exact: bool) -> str:
    if exact:
        return at.strftime("%-d %b %Y, %H:%M:%S")
    if at.date() == now.date():
        return at.strftime("%H:%M")
    if timedelta(0) < now - at < timedelta(days=300):
        return at.strftime("%-d %b, %H:%M")
    return at.strftime("%-d %b %Y")


@pass_context
def csrf(context: Context) -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(escape(context["visit"].csrf))


_pages.filters |= {
    "money": money,
    "quantity": quantity,
    "words": words,
    "tone": tone,
    "prices": prices,
    "title": title,
    "moment": moment,
    "made": ids.moment,
}
_pages.globals |= {"asset": address, "csrf": csrf, "places": PLACES, "MOUNT": MOUNT, "OWN": MOUNT + OWN}
