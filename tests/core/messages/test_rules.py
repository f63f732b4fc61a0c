"""What a conversation may become, without a database."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from plughub.core import ids
from plughub.core.errors import Invalid, Missing
from plughub.core.messages import Attachment, Author, Conversation, Interaction, Status, rules
from plughub.core.values import LONGEST_KEY

NOON = datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)
SELLER, CUSTOMER, EXTERNAL = Author.SELLER, Author.CUSTOMER, Author.EXTERNAL


def said(author: Author = EXTERNAL, comment: str | None = "Oi", **fields) -> Interaction:
    return Interaction(id=ids.new(), author=author, comment=comment, **fields)


@pytest.mark.parametrize(
    ("status", "authors", "expected"),
    [
        # a word of the seller answers
        ("new", [SELLER], "answered"), ("pending", [SELLER], "answered"),
        ("answered", [SELLER], "answered"), ("closed", [SELLER], "closed"),
        # a word from outside asks again
        ("answered", [CUSTOMER], "pending"), ("answered", [EXTERNAL], "pending"),
        ("closed", [CUSTOMER], "pending"), ("closed", [EXTERNAL], "pending"),
        ("new", [CUSTOMER], "new"), ("pending", [EXTERNAL], "pending"),
        # several, one after the other
        ("new", [SELLER, CUSTOMER], "pending"), ("closed", [CUSTOMER, SELLER], "answered"),
        ("answered", [], "answered"),
    ],
)  # fmt: skip
def test_what_is_said_moves_the_status(status: str, authors: list[Author], expected: str):
    first = said(CUSTOMER)
    before = Conversation(status=Status(status), interactions=(first,))
    after = replace(before, interactions=(first, *(said(author) for author in authors)))

    assert rules.moved(before, after) == replace(after, status=Status(expected))


def test_what_was_said_before_moves_nothing_however_it_is_edited():
    entry = said(CUSTOMER)
    before = Conversation(status=Status.CLOSED, interactions=(entry,))

    for edited in (replace(entry, comment="x"), replace(entry, author=SELLER)):
        after = replace(before, interactions=(edited,))
        assert rules.moved(before, after) == after


@pytest.mark.parametrize("conversation", [Conversation(), Conversation(subject=""), Conversation(tags="x")])
def test_a_new_conversation_without_a_word_is_refused(conversation: Conversation):
    with pytest.raises(Missing) as refused:
        rules.check_new(conversation)

    assert refused.value.field == "subject"


def test_a_photo_alone_is_no_new_conversation_but_may_be_added():
    photo = said(comment=None, attachments=(Attachment(id=ids.new(), url="https://x.example/1.png"),))
    conversation = Conversation(interactions=(photo,))

    with pytest.raises(Missing):
        rules.check_new(conversation)
    rules.check(conversation)
    rules.check_new(replace(conversation, subject="Foto"))
    rules.check_new(replace(conversation, interactions=(photo, said())))


def test_an_interaction_says_something():
    with pytest.raises(Missing) as refused:
        rules.check(Conversation(interactions=(said(), said(comment=None))))

    assert refused.value.field == "interactions[1].comment"


@pytest.mark.parametrize("field", ["channel", "channel_number"])
def test_keys_fit_their_index(field: str):
    rules.check(Conversation(**{field: "x" * LONGEST_KEY}))
    with pytest.raises(Invalid) as refused:
        rules.check(Conversation(**{field: "x" * (LONGEST_KEY + 1)}))

    assert refused.value.field == field


def test_new_words_are_dated_to_the_millisecond_and_others_keep_their_moment():
    old, told = said(created_at=NOON), said(created_at=NOON.replace(year=2020))
    before = Conversation(interactions=(old,))
    after = replace(before, interactions=(old, said(), told))

    dated = rules.dated(before, after, NOON.replace(hour=13))

    assert [entry.created_at for entry in dated.interactions] == [
        NOON,
        NOON.replace(hour=13, microsecond=123_000),
        NOON.replace(year=2020),
    ]
    assert rules.dated(dated, dated, NOON) is dated
