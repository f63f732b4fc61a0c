"""Messages as Plugg.to's clients see them: wire shapes and translation (specification 8)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from plughub.core.errors import Missing
from plughub.core.messages import Author, Conversation, Kind, Priority, Status
from plughub.core.patch import Patch
from plughub.core.record import Record
from plughub.dialects.pluggto import ids
from plughub.dialects.pluggto.kinds import BOOL, CODE, DATE, ID, INT, TEXT, Choice, write_date
from plughub.web.wire import Field, ListOf, Shape

# --- wire shapes --------------------------------------------------------------------------------------------


def _with_url(element: Mapping[str, Any], patch: Patch) -> Patch:
    """An attachment is known by its address: there is nothing else to name it by."""
    if not patch.get("url"):
        raise Missing("url", "is required")
    return patch


def _with_content(element: Mapping[str, Any], patch: Patch) -> Patch:
    """The core refuses it too, but cannot say where in the body it stands."""
    if patch.get("id") is None and not patch.get("comment") and not element.get("attachments"):
        raise Missing("comment", "or an attachment is required")
    return patch


ATTACHMENT = Shape(Field("url", "url", TEXT))

INTERACTION = Shape(
    Field("id", "id", ID, about="of a stored interaction: change that one"),
    Field("from", "author", Choice(tuple(Author)), about="external when not sent; customer means the same"),
    Field("comment", "comment", TEXT),
    Field("attachments", "attachments", ListOf(ATTACHMENT, keys=("url",), dialect="pluggto", finish=_with_url)),
    Field("created", "created_at", DATE, is_writable=False),
)

_INTERACTIONS = ListOf(INTERACTION, known_ids_only=True, dialect="pluggto", finish=_with_content)

MESSAGE = Shape(
    Field("id", "", ID, is_writable=False, about="sent with PUT /messages it says which message is meant"),
    Field("channel", "channel", CODE),
    Field("original_id", "channel_number", CODE, about="the message's number at the channel"),
    Field("status", "status", Choice(tuple(Status))),
    Field("type", "kind", Choice(tuple(Kind))),
    Field("priority", "priority", Choice(tuple(Priority))),
    Field("customer_name", "customer_name", TEXT),
    Field("customer_phone", "customer_phone", TEXT),
    Field("copy_emails", "copy_emails", TEXT, about="addresses with commas between them"),
    Field("subject", "subject", TEXT),
    Field("tags", "tags", TEXT),
    Field("item_related", "related", CODE, about="an order's id or number, or a SKU"),
    # Misspelt by the vendor (S).
    Field("interections", "interactions", _INTERACTIONS, about="spelled so; interactions is read too"),
    Field("created", "", DATE, is_writable=False),
    Field("modified", "", DATE, is_writable=False),
    Field("timestamp", "", INT, is_writable=False),
    Field("user_id", "", TEXT, is_writable=False),
    Field("update", "", BOOL, about="false: make this change without notifying anyone"),
)

#: What can be asked for, in either spelling.
ASKED = Shape(*MESSAGE.fields.values(), Field("interactions", "interactions", _INTERACTIONS))

# --- translation --------------------------------------------------------------------------------------------


def respelled(body: dict[str, Any]) -> dict[str, Any]:
    """The body in the vendor's spelling; where both are sent, that one counts."""
    body = dict(body)
    if "interactions" in body:
        body.setdefault("interections", body.pop("interactions"))
    return body


def to_core(body: Mapping[str, Any], id: UUID | None) -> Patch:
    """The patch for the message of this id, or for a new one; the body is in the vendor's spelling."""
    body = {**body, "interections": _addressed(body.get("interections"), id)}
    patch, unknown = MESSAGE.read(body)
    # A message always has a status; null leaves it as it is.
    if patch.get("status", "") is None:
        del patch["status"]
    if unknown:
        patch["extensions"] = {"pluggto": unknown}
    return patch


def _addressed(interactions: Any, message: UUID | None) -> Any:
    """Interactions without the ids that name none: the message's own, which says where they go; in a new one, all."""

    if isinstance(interactions, list):
        return [_addressed(element, message) for element in interactions]
    if not isinstance(interactions, Mapping):
        return interactions
    names_interaction = message is not None and str(interactions.get("id")).strip() != ids.spell(message)
    return {name: value for name, value in interactions.items() if name != "id" or names_interaction}


def from_core(record: Record[Conversation], account: int) -> dict[str, Any]:
    return {
        **record.value.extensions.get("pluggto", {}),
        "id": ids.spell(record.id),
        **MESSAGE.write(record.value),
        "created": write_date(record.created_at),
        "modified": write_date(record.changed_at),
        "timestamp": int(record.changed_at.timestamp()),
        "user_id": str(account),
    }
