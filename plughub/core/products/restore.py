"""Taking changes of a product back: each field gets the value that it had before, if nobody changed it since."""

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec

from plughub.core import patch
from plughub.core.caller import Caller
from plughub.core.errors import Invalid, Locked
from plughub.core.hub import Transaction
from plughub.core.patch import Change, Patch
from plughub.core.products import commands
from plughub.core.products.model import Product
from plughub.core.record import Record
from plughub.core.values import plain

#: What is not for people to set, and why.
_OTHERS = {
    "reserved": "is what orders hold",
    "remote_id": "is a client's own",
    "parts": "follows the components",
    "extensions": "is a client's own",
}
_RENAMED = re.compile(r"(?P<head>.*)\[(?P<label>.*)\]\.(?:sku|code)")


def why_not(product: Product, *changes: Change) -> str | None:
    """Why these changes of one event in the product's history cannot be taken back now; None if they can."""
    try:
        _setting(product, changes)
    except (Invalid, Locked) as refusal:
        return refusal.reason
    return None


async def restore(
    tx: Transaction, caller: Caller, id: UUID, changes: Sequence[Change]
) -> tuple[Record[Product], list[Change]]:
    """Take these changes of one event back, all or none.

    Raises `Locked` where a field has changed again since, `Invalid` where a change is none of a single field.
    """
    held = await commands.hold(tx, caller, id)
    return await commands.change(tx, caller, held.id, _setting(held.value, changes))


def _setting(product: Product, changes: Sequence[Change]) -> Patch:
    if not changes:
        raise Invalid("field", "did not change then")
    renamed = {
        f"{found['head']}[{change.before}]": f"{found['head']}[{change.after}]"
        for change in changes
        if (found := _RENAMED.fullmatch(change.field)) and found["label"] == change.before
    }
    # As it was after the change, and as it was before, whatever else has changed since.
    then: Patch = {}
    whole: Patch = {}
    for change in changes:
        _check_single(change)
        path = change.field
        for old, new in renamed.items():
            if path.startswith(f"{old}."):
                path = new + path[len(old) :]
        try:
            then = patch.together(then, patch.setting(product, path, change.after))
            whole = patch.together(whole, patch.setting(product, path, change.before))
        except msgspec.ValidationError as error:
            raise Invalid(path, "had a value then that it can no longer have") from error
    if since := patch.diff(patch.apply(product, then), product):
        raise Locked("product", f"has changed again since: it is {_say(since[0].after)} now")
    return whole


def _check_single(change: Change) -> None:
    names = patch.names(change.field)
    if not change.field:
        raise Invalid("", "is about the whole product")
    if change.field.endswith("]"):
        raise Invalid(change.field, "was added or removed as a whole: do it again by hand")
    for name in names:
        if name in _OTHERS:
            raise Invalid(change.field, _OTHERS[name])
    if isinstance(change.before, list) or isinstance(change.after, list):
        raise Invalid(change.field, "is about a whole list: do it again by hand")


def _say(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "yes" if value else "no"
        case _ if hasattr(value, "as_tuple"):
            return plain(value)  # type: ignore[arg-type]
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
