"""Messages: conversations with customers, those that wait for an answer first."""

from uuid import UUID

from plughub.console.lists import ROWS, Column, List, View, asked
from plughub.console.rendering import page, words
from plughub.console.visit import Page, Undo, Visit
from plughub.core import ids, messages, orders, products
from plughub.core.errors import Invalid, NotFound
from plughub.core.filters import All, AnyOf, Compare, Contains, Filter, Has, Op
from plughub.core.hub import Transaction
from plughub.core.listing import Order as By
from plughub.core.listing import Query
from plughub.core.messages import Author, Conversation, Kind, Priority, Status
from plughub.core.patch import Merge
from plughub.core.record import Record
from plughub.core.tenants import Right
from plughub.web import Reply

#: What waits for a word of the seller's.
WAITING = Has("status", (Status.NEW, Status.PENDING))

MESSAGES = List(
    name="messages",
    columns=(
        Column("subject", "Subject"),
        Column("customer", "Customer"),
        Column("status", "Status"),
        Column("kind", "Kind"),
        Column("priority", "Priority", is_usual=False),
        Column("about", "About"),
        Column("channel", "Channel"),
        Column("last", "Last word"),
        Column("began", "Began", is_usual=False),
        Column("number", "Number", is_usual=False),
    ),
    filters=("q", "status", "kind", "priority"),
    views=(
        View("Waiting for an answer", "status=waiting"),
        View("Answered", "status=answered"),
        View("Closed", "status=closed"),
    ),
)
_LONGEST_ANSWER = 10_000


async def get_messages(visit: Visit) -> Reply:
    wanted = asked(visit, MESSAGES)
    query = Query(
        where=_filter(wanted.where),
        order=By.CHANGED,
        descending=True,
        limit=ROWS,
        offset=wanted.offset,
        walks=False,
        first=WAITING,
    )
    async with visit.hub.read(visit.tenant.id) as tx:
        found = await messages.listing(tx, visit.caller, query)
        about = [record.value.order_id for record in found.records if record.value.order_id]
        numbers = await orders.numbers(tx, visit.caller, about)
    return page(
        visit,
        "messages.html",
        asked=wanted,
        page=found,
        numbers=numbers,
        statuses=list(Status),
        kinds=list(Kind),
        priorities=list(Priority),
    )


async def get_message(visit: Visit) -> Reply:
    id = _id(visit)
    async with visit.hub.read(visit.tenant.id) as tx:
        record = await messages.by_id(tx, visit.caller, id)
        return await _shown(tx, visit, record)


async def post_answer(visit: Visit) -> Reply:
    """`version`: of the conversation as the person read it. Nobody answers what they have not read."""
    id, text = _id(visit), visit.form.get("comment", "").replace("\r\n", "\n")
    async with visit.hub.change(visit.tenant.id) as tx:
        record = await messages.hold(tx, visit.caller, id)
        error = _wrong(text)
        if not error and visit.form.get("version", "") != str(record.version):
            error = "Meanwhile something was said or changed here. Read it, then send your answer again."
        if error:
            return await _shown(tx, visit, record, text=text, error=error)
        said = {"author": Author.SELLER, "comment": text}
        await messages.change(tx, visit.caller, id, {"interactions": Merge([said])})
    return visit.go(visit.url("messages", id.hex), "Your answer is there for the channel to take.")


async def post_status(visit: Visit) -> Reply:
    id = _id(visit)
    try:
        status = Status(visit.form.get("status", ""))
    except ValueError as error:
        raise Invalid("status", f"must be one of {', '.join(Status)}") from error
    back = visit.url("messages", id.hex)
    async with visit.hub.change(visit.tenant.id) as tx:
        before = (await messages.hold(tx, visit.caller, id)).value.status
        _, told = await messages.change(tx, visit.caller, id, {"status": status})
    if not told:
        return visit.go(back, f"The conversation is {words(status).lower()} already.")
    return visit.go(
        back, f"{words(before)} → {words(status).lower()}.", undo=Undo(f"{back}/status", {"status": before})
    )


async def _shown(
    tx: Transaction, visit: Visit, record: Record[Conversation], *, text: str = "", error: str = ""
) -> Reply:
    """The conversation and what it is about."""
    talk = record.value
    order = await orders.by_ids(tx, visit.caller, [talk.order_id]) if talk.order_id else {}
    product = await products.by_ids(tx, visit.caller, [talk.product_id]) if talk.product_id else {}
    return page(
        visit,
        "conversation.html",
        status=400 if error else 200,
        record=record,
        talk=talk,
        order=order.get(talk.order_id) if talk.order_id else None,
        product=product.get(talk.product_id) if talk.product_id else None,
        text=text,
        error=error,
        longest=_LONGEST_ANSWER,
    )


def _wrong(text: str) -> str:
    if not text:
        return "Write an answer first."
    if len(text) > _LONGEST_ANSWER:
        return f"An answer can have at most {_LONGEST_ANSWER:,} characters; this one has {len(text):,}."
    return ""


def _filter(where: dict[str, str]) -> Filter:
    parts: list[Filter] = []
    if where.get("status") == "waiting":
        parts.append(WAITING)
    elif status := where.get("status"):
        parts.append(Has("status", (status,)))
    parts += [Has(name, (where[name],)) for name in ("kind", "priority") if name in where]
    if text := where.get("q"):
        ways: list[Filter] = [Contains("words", text), Has("channel_number", (text,), ("related", "customer_phone"))]
        if text.isascii() and text.isdigit() and len(text) < 19:
            ways.append(Compare("number", Op.EQUAL, int(text)))
        parts.append(AnyOf(tuple(ways)))
    return All(tuple(parts))


def _id(visit: Visit) -> UUID:
    id = ids.spelled(visit.path("message"))
    if id is None:
        raise NotFound("message", visit.path("message"))
    return id


PAGES = (
    Page("GET", "/{shop}/messages", get_messages),
    Page("GET", "/{shop}/messages/{message}", get_message),
    Page("POST", "/{shop}/messages/{message}/answer", post_answer, Right.ORDERS),
    Page("POST", "/{shop}/messages/{message}/status", post_status, Right.ORDERS),
)
