"""What a conversation may become. No database; the moment comes in as an argument."""

from datetime import datetime

from msgspec.structs import replace

from plughub.core.errors import Invalid, Missing
from plughub.core.messages.model import Author, Conversation, Interaction, Status
from plughub.core.values import LONGEST_KEY

#: Where a word of the seller, and a word from outside, takes a conversation; any other status stays.
_ANSWERED = {Status.NEW: Status.ANSWERED, Status.PENDING: Status.ANSWERED}
_ASKED = {Status.ANSWERED: Status.PENDING, Status.CLOSED: Status.PENDING}


def check_new(conversation: Conversation) -> None:
    if not conversation.subject and not any(entry.comment for entry in conversation.interactions):
        raise Missing("subject", "or an interaction with a comment is required")


def check(conversation: Conversation) -> None:
    keys = {"channel": conversation.channel, "channel_number": conversation.channel_number}
    for field, key in keys.items():
        if key and len(key) > LONGEST_KEY:
            raise Invalid(field, f"must have at most {LONGEST_KEY} characters")
    for at, entry in enumerate(conversation.interactions):
        if not entry.comment and not entry.attachments:
            raise Missing(f"interactions[{at}].comment", "or an attachment is required")


def moved(before: Conversation, after: Conversation) -> Conversation:
    """The conversation in the status that its new interactions lead to, one after the other."""
    status = after.status
    for entry in added(before, after):
        moves = _ANSWERED if entry.author == Author.SELLER else _ASKED
        status = moves.get(status, status)
    return replace(after, status=status)


def dated(before: Conversation, after: Conversation, at: datetime) -> Conversation:
    """New interactions were said at this moment, unless they come with one of their own."""
    # Wires show milliseconds: what they show has to be found again.
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    fresh = {entry.id for entry in added(before, after) if entry.created_at is None}
    interactions = (replace(entry, created_at=at) if entry.id in fresh else entry for entry in after.interactions)
    return replace(after, interactions=tuple(interactions)) if fresh else after


def added(before: Conversation, after: Conversation) -> list[Interaction]:
    known = {entry.id for entry in before.interactions}
    return [entry for entry in after.interactions if entry.id not in known]
