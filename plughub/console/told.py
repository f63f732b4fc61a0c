"""What history tells, in words for people: which field, and what its values were."""

import json
import re
from decimal import Decimal
from typing import Any

from plughub.core.patch import Change
from plughub.core.stock import MAIN
from plughub.core.values import plain

_STEP = re.compile(r"([^.\[]+)(?:\[(.*?)\](?=\.|$))?\.?")
#: Lists: what stands before the label of one of their elements.
_ELEMENTS = {
    "variants": "",
    "levels": "stock at ",
    "prices": "price list ",
    "attributes": "attribute ",
    "options": "option ",
    "media": "picture ",
    "categories": "category ",
    "components": "component ",
    "parts": "part ",
}
_FIELDS = {
    "sku": "SKU",
    "gtin": "GTIN",
    "ncm": "NCM",
    "nbm": "NBM",
    "cest": "CEST",
    "isbn": "ISBN",
    "maker_sku": "maker's SKU",
    "is_available": "can be bought",
    "is_hidden": "hidden",
    "amount": "price",
    "special_amount": "special price",
    "min_quantity": "from quantity",
    "remote_id": "id at its client",
    "custom": "custom data",
    "extensions": "further fields",
}
#: What a whole element of a list is known by, the first that it has.
_KNOWN_BY = ("path", "sku", "label", "url", "name", "code")
_LONGEST = 200


def field(path: str) -> str:
    """`variants[CAM-AZ].content.pt.name` -> CAM-AZ: name (pt)."""
    subject, rest, language = "", [], ""
    steps = _STEP.findall(path)
    for at, (name, label) in enumerate(steps):
        if name == "default" and len(steps) > 1:
            continue
        if at and steps[at - 1][0] == "content":
            language = f" ({name})"
        elif name == "content" and at + 1 < len(steps):
            continue
        elif label and name == "variants":
            subject = label
        elif label:
            rest.append(f"{_ELEMENTS.get(name, f'{name} ')}{label if label != MAIN else 'main location'}")
        else:
            rest.append(_FIELDS.get(name, name.replace("_", " ")))
    said = f"{', '.join(rest) or ('text' if language else '')}{language}"
    if not said:
        return subject or "the product"
    said = said if said[:2].isupper() else said[:1].upper() + said[1:]
    return f"{subject}: {said}" if subject else said


def place(code: str) -> str:
    """A location by its code."""
    return "Main location" if code == MAIN else code


def value(stored: Any) -> str:
    """A field's value on one line; a whole record by what it is known by."""
    match stored:
        case None | "":
            return "–"
        case bool():
            return "yes" if stored else "no"
        case Decimal():
            return plain(stored)
        case dict():
            known = next((stored[name] for name in _KNOWN_BY if stored.get(name)), None)
            text = str(known) if known is not None else json.dumps(stored, ensure_ascii=False, default=str)
        case list():
            text = ", ".join(value(one) for one in stored)
        case _:
            text = str(stored)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def saved(changes: list[Change]) -> str:
    """A sentence about what was just saved."""
    if not changes:
        return "Nothing changed."
    if len(changes) > 1:
        return f"Saved: {len(changes)} fields changed."
    (change,) = changes
    return f"{field(change.field)}: {_brief(change.before)} → {_brief(change.after)}."


def _brief(stored: Any) -> str:
    text = value(stored) if not hasattr(stored, "__struct_fields__") else "new"
    return text if len(text) <= 60 else f"{text[:60]}…"
