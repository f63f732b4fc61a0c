"""Conversations are stored, changed and told whole; each number at a channel names one."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plughub.core import events, ids, messages
from plughub.core.errors import Duplicate, Missing, NotFound
from plughub.core.events import Action, Event
from plughub.core.filters import Contains, Has
from plughub.core.hub import Hub
from plughub.core.listing import Query
from plughub.core.messages import Author, Conversation, Status
from plughub.core.patch import Change, Merge, Patch
from plughub.core.record import Record
from tests import make

EVERYTHING: Patch = {
    "status": Status.PENDING,
    "kind": messages.Kind.PROBLEM,
    "priority": messages.Priority.URGENT,
    "channel": "Mercadolivre",
    "channel_number": "77",
    "customer_name": "André",
    "customer_phone": "1111111111",
    "subject": "Não chegou",
    "copy_emails": "a@x.example,b@x.example",
    "tags": "entrega",
    "related": "CAM",
    "extensions": {"pluggto": {"own": {"deep": [1, "2"]}}},
    "interactions": Merge(
        [
            {"author": Author.CUSTOMER, "comment": "Cadê?", "extensions": {"pluggto": {"mood": "bad"}}},
            {
                "author": Author.SELLER,
                "comment": "Está a caminho",
                "attachments": Merge([{"url": "https://x.example/1.pdf"}], keys=("url",)),
            },
        ]
    ),
}


async def change(shop: make.Shop, record: Record[Conversation], changes: Patch, **how: Any) -> list[Change]:
    async with shop.hub.change(shop.tenant.id) as tx:
        _, told = await messages.change(tx, shop.caller, record.id, changes, **how)
    return told


async def read(shop: make.Shop, record: Record[Conversation]) -> Record[Conversation]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await messages.by_id(tx, shop.caller, record.id)


async def history(shop: make.Shop, record: Record[Conversation]) -> list[Event]:
    async with shop.hub.read(shop.tenant.id) as tx:
        return await events.history(tx, shop.tenant.id, "message", record.id)


async def found(shop: make.Shop, where: Any) -> list[Any]:
    async with shop.hub.read(shop.tenant.id) as tx:
        page = await messages.listing(tx, shop.caller, Query(where=where, walks=False))
    return [record.value.subject for record in page.records]


async def test_a_conversation_is_stored_with_all_it_says_and_told_once(shop: make.Shop):
    made = await make.message(shop, **EVERYTHING)

    assert await read(shop, made) == made
    value = made.value
    assert (value.subject, value.status, value.related, value.product_id) == ("Não chegou", "pending", "CAM", None)
    assert [(entry.author, entry.comment) for entry in value.interactions] == [
        ("customer", "Cadê?"),
        ("seller", "Está a caminho"),
    ]
    assert all(entry.created_at for entry in value.interactions)
    assert value.interactions[1].attachments[0].url == "https://x.example/1.pdf"
    (told,) = await history(shop, made)
    assert (told.action, told.version, told.aspects, told.silent) == (Action.CREATED, 1, {"status"}, False)
    assert [change.field for change in told.changes] == [""]
    assert told.changes[0].after["subject"] == "Não chegou"


async def test_a_change_is_told_field_by_field(shop: make.Shop):
    made = await make.message(shop, {"comment": "Oi"}, channel="loja")

    told = await change(shop, made, {"subject": "Outra", "channel": None, "priority": messages.Priority.HIGH})

    assert set(told) == {
        Change("subject", "Uma pergunta", "Outra"), Change("channel", "loja", None),
        Change("priority", "normal", "high"),
    }  # fmt: skip
    after = await read(shop, made)
    assert (after.version, after.value.subject, after.value.channel) == (2, "Outra", None)
    assert after.value.interactions == made.value.interactions
    event = (await history(shop, made))[-1]
    assert (event.action, event.version, set(event.changes)) == (Action.UPDATED, 2, set(told))
    assert event.aspects == {"content"}


async def test_an_answer_moves_the_status_and_an_explicit_status_wins(shop: make.Shop):
    made = await make.message(shop, {"author": Author.CUSTOMER, "comment": "Tem azul?"})
    answer = {"interactions": Merge([{"author": Author.SELLER, "comment": "Tem"}])}

    told = await change(shop, made, answer)
    assert {change.field.split("[")[0]: change.after for change in told}["status"] == Status.ANSWERED
    assert (await history(shop, made))[-1].aspects == {"status"}
    await change(shop, made, {**answer, "status": Status.CLOSED})
    assert (await read(shop, made)).value.status is Status.CLOSED
    await change(shop, made, {"interactions": Merge([{"comment": "E verde?"}])})
    assert (await read(shop, made)).value.status is Status.PENDING
    # One that names the status it has keeps it.
    await change(shop, made, {**answer, "status": Status.PENDING})
    assert (await read(shop, made)).value.status is Status.PENDING


async def test_a_new_conversation_has_the_status_given_whoever_speaks(shop: make.Shop):
    word = {"author": Author.SELLER, "comment": "Avise quando chegar"}

    assert (await make.message(shop, word)).value.status is Status.NEW
    assert (await make.message(shop, word, status=Status.PENDING)).value.status is Status.PENDING


async def test_an_interaction_is_changed_by_its_id_and_others_stay(shop: make.Shop):
    made = await make.message(shop, {"comment": "um"}, {"comment": "dois"})
    one, two = made.value.interactions

    told = await change(shop, made, {"interactions": Merge([{"id": two.id, "comment": "2"}])})

    assert told == [Change(f"interactions[{two.id.hex}].comment", "dois", "2")]
    after = (await read(shop, made)).value
    assert [(entry.id, entry.comment) for entry in after.interactions] == [(one.id, "um"), (two.id, "2")]
    assert after.interactions[1].created_at == two.created_at
    assert after.status is Status.NEW


async def test_silence_is_kept_with_the_event(shop: make.Shop):
    made = await make.message(shop)
    await change(shop, made, {"subject": "x"}, silent=True)
    async with shop.hub.change(shop.tenant.id) as tx:
        quiet = await messages.create(tx, shop.caller, {"subject": "psst"}, silent=True)

    assert [event.silent for event in await history(shop, made)] == [False, True]
    assert [event.silent for event in await history(shop, quiet)] == [True]


async def test_a_refused_change_stores_and_tells_nothing(shop: make.Shop):
    made = await make.message(shop, {"comment": "Oi"})
    entry = made.value.interactions[0]

    with pytest.raises(Missing):
        await change(shop, made, {"subject": "x", "interactions": Merge([{"id": entry.id, "comment": None}])})

    assert await read(shop, made) == made
    assert len(await history(shop, made)) == 1


async def test_one_number_at_a_channel_is_one_conversation(shop: make.Shop, hub: Hub):
    made = await make.message(shop, channel="ML", channel_number="1")
    await make.message(shop, channel="B2W", channel_number="1")
    await make.message(await make.shop(hub), channel="ML", channel_number="1")
    for half in ({"channel_number": "1"}, {"channel": "ML"}, {}):
        await make.message(shop, **half)
        await make.message(shop, **half)

    with pytest.raises(Duplicate) as refused:
        await make.message(shop, channel="ML", channel_number="1")

    assert (refused.value.kind, refused.value.value, refused.value.existing) == ("message", "1", made.id)
    another = await make.message(shop, channel="ML", channel_number="2")
    with pytest.raises(Duplicate):
        await change(shop, another, {"channel_number": "1"})
    assert await read(shop, another) == another


async def test_of_twenty_at_once_one_is_made(shop: make.Shop):
    made = await asyncio.gather(
        *(make.message(shop, channel="ML", channel_number="1") for _ in range(20)), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in made) == ["Duplicate"] * 19 + ["Record"]
    assert await found(shop, Has("channel", ("ML",))) == ["Uma pergunta"]


async def test_of_twenty_words_at_once_none_is_lost(shop: make.Shop):
    made = await make.message(shop)

    await asyncio.gather(*(change(shop, made, {"interactions": Merge([{"comment": str(n)}])}) for n in range(20)))

    after = await read(shop, made)
    assert sorted(int(entry.comment or "") for entry in after.value.interactions) == list(range(20))
    assert after.version == 21
    assert [event.version for event in await history(shop, made)] == list(range(1, 22))


async def test_search_follows_every_change(shop: make.Shop):
    made = await make.message(shop, {"comment": "Cadê o PACOTE?"}, customer_name="Zélia", channel="Mercado Livre")
    entry = made.value.interactions[0]

    for text in ("pergunta", "zelia", "cade o pacote"):
        assert await found(shop, Contains("words", text)) == ["Uma pergunta"]
    assert await found(shop, Has("interactions.comment", ("Cadê o PACOTE?",))) == ["Uma pergunta"]
    assert await found(shop, Has("~channel", ("mercado livre",))) == ["Uma pergunta"]
    await change(shop, made, {"interactions": Merge([{"id": entry.id, "comment": "Chegou"}]), "customer_name": None})
    assert await found(shop, Contains("words", "pacote")) == await found(shop, Contains("words", "zelia")) == []
    assert await found(shop, Contains("words", "chegou")) == ["Uma pergunta"]


async def test_a_word_leads_to_its_conversation(shop: make.Shop, hub: Hub):
    made, other = await make.message(shop, {"comment": "a"}), await make.message(await make.shop(hub), {"comment": "b"})
    mine, theirs = made.value.interactions[0].id, other.value.interactions[0].id

    async with shop.hub.read(shop.tenant.id) as tx:
        assert await messages.of_interaction(tx, shop.caller, mine) == made.id
        assert await messages.of_interaction(tx, shop.caller, theirs) is None
        assert await messages.of_interaction(tx, shop.caller, made.id) is None


async def test_another_tenants_conversation_does_not_exist(shop: make.Shop, hub: Hub):
    theirs = await make.message(await make.shop(hub))

    with pytest.raises(NotFound):
        await read(shop, theirs)
    with pytest.raises(NotFound):
        await change(shop, theirs, {"subject": "x"})


async def test_what_is_imported_lies_in_its_past(shop: make.Shop):
    then, later = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)
    async with shop.hub.change(shop.tenant.id) as tx:
        made = await messages.create(
            tx, shop.caller, {"subject": "x", "interactions": Merge([{"comment": "a"}])}, at=then
        )
    await change(shop, made, {"interactions": Merge([{"comment": "b"}])}, at=later)

    after = await read(shop, made)
    assert (ids.milliseconds(made.id), after.created_at, after.changed_at) == (1_577_836_800_000, then, later)
    assert [entry.created_at for entry in after.value.interactions] == [then, later]
    assert [event.occurred_at for event in await history(shop, made)] == [then, later]


# --- reading and writing back -------------------------------------------------------------------------------

_text = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=20)
_word = st.fixed_dictionaries(
    {"author": st.sampled_from(Author), "comment": _text.filter(bool)},
    optional={
        "attachments": st.lists(st.sampled_from(["u1", "u2", "u3"]), unique=True).map(
            lambda urls: Merge([{"url": url} for url in urls], keys=("url",))
        )
    },
)
_conversation = st.fixed_dictionaries(
    {"subject": _text.filter(bool), "interactions": st.lists(_word, max_size=4).map(Merge)},
    optional={
        "status": st.sampled_from(Status),
        "kind": st.sampled_from(messages.Kind),
        "priority": st.sampled_from(messages.Priority),
        **dict.fromkeys(("channel", "customer_name", "customer_phone", "copy_emails", "tags", "related"), _text),
    },
)


def written_back(value: Conversation) -> Patch:
    """The conversation as a client that changed nothing sends it, without what the hub fills in."""
    shown = ("author", "comment")
    words = [
        {
            "id": entry.id,
            **{name: getattr(entry, name) for name in shown},
            "attachments": Merge([{"url": file.url} for file in entry.attachments], keys=("url",)),
        }
        for entry in value.interactions
    ]
    plain = ("kind", "priority", "channel", "channel_number", "customer_name", "customer_phone", "subject")
    more = ("status", "copy_emails", "tags", "related")
    return {**{name: getattr(value, name) for name in plain + more}, "interactions": Merge(words)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=_conversation)
async def test_what_was_read_and_is_written_back_changes_nothing_and_tells_nobody(shop: make.Shop, given_: Patch):
    async with shop.hub.change(shop.tenant.id) as tx:
        made = await messages.create(tx, shop.caller, given_)
    stored = await read(shop, made)
    assert stored == made

    assert await change(shop, made, written_back(stored.value)) == []

    assert await read(shop, made) == made
    assert len(await history(shop, made)) == 1
