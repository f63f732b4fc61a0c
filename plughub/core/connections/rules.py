from dataclasses import fields

from plughub.core.connections.model import Given
from plughub.core.errors import Invalid


def pasted(given: Given) -> Given:
    """Given credentials without the blanks around them that come from pasting."""
    return Given(**{field.name: _pasted(field.name, getattr(given, field.name)) for field in fields(given)})


def _pasted(field: str, text: str | None) -> str | None:
    if text is None:
        return None
    text = text.strip()
    if not text:
        raise Invalid(field, "must not be empty; left out, it is made new")
    if not text.isprintable():
        raise Invalid(field, "must be one line of characters that can be typed")
    return text
