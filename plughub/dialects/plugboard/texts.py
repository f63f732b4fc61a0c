"""Language fields: each text travels as `x` in the caller's language and as `x_lang` in all (specification 7)."""

from collections.abc import Mapping
from typing import Any

from plughub.core import codes
from plughub.core.patch import Patch
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import NAME, Text, read_language
from plughub.web.wire import ABSENT


def read(
    name: str, body: Mapping[str, Any], stored: Mapping[str, str], language: str, *, longest: int = NAME
) -> dict[str, str | None]:
    """What changes of one field's translations: language -> text, None for one that goes.

    Where `x` and `x_lang` disagree about the caller's language, the one that differs from what is stored wins:
    a client that sends back what it read has edited only that one. Else `x_lang` wins (D).
    """
    changes = _all(name, body, stored, language, Text(longest))
    # What is shown already changes nothing, be it shown from elsewhere.
    return {code: text for code, text in changes.items() if stored.get(code) != text}


def _all(
    name: str, body: Mapping[str, Any], stored: Mapping[str, str], language: str, kind: Text
) -> dict[str, str | None]:
    changes = _tagged(name, body.get(f"{name}_lang", ABSENT), stored, kind)
    plain = body.get(name, ABSENT)
    if plain is ABSENT:
        return changes
    if plain is not None:
        plain = _inside(name, kind, plain)
    if language in changes:
        tagged, before = changes[language], stored.get(language)
        if not (stored and tagged == before and plain != before):
            return changes
    return {**changes, language: plain}


def write(name: str, texts: Mapping[str, str], language: str) -> dict[str, Any]:
    """Both forms; `x` is null where the caller's language has no text (D: another one's would be written back)."""
    return {
        name: texts.get(language),
        f"{name}_lang": {codes.language3(code): text for code, text in texts.items()},
    }


def names(name: str) -> tuple[str, str]:
    return name, f"{name}_lang"


def schema(name: str) -> dict[str, Any]:
    tagged = {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}}
    return {name: {"type": ["string", "null"]}, f"{name}_lang": tagged}


def read_content(
    fields: Mapping[str, tuple[str, int]], body: Mapping[str, Any], stored: Mapping[str, Any], language: str
) -> Patch:
    """A patch of texts that are kept together per language; `fields`: wire name -> (core name, longest)."""
    patch: Patch = {}
    for name, (core, longest) in fields.items():
        before = {code: text for code, content in stored.items() if (text := getattr(content, core)) is not None}
        for code, text in read(name, body, before, language, longest=longest).items():
            patch.setdefault(code, {})[core] = text
    return patch


def write_content(fields: Mapping[str, tuple[str, int]], content: Mapping[str, Any], language: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, (core, _) in fields.items():
        texts = {code: text for code, each in content.items() if (text := getattr(each, core)) is not None}
        shown |= write(name, texts, language)
    return shown


def _tagged(name: str, value: Any, stored: Mapping[str, str], kind: Text) -> dict[str, str | None]:
    where = f"{name}_lang"
    if value is ABSENT:
        return {}
    if value is None:
        return dict.fromkeys(stored)
    if not isinstance(value, dict):
        raise Bad(where, "must be an object of languages", "FieldType", value)
    changes: dict[str, str | None] = {}
    for code, text in value.items():
        try:
            known = read_language(code)
        except Bad as error:
            raise error.within(where) from error
        changes[known] = None if text is None else _inside(f"{where}.{code}", kind, text)
    return changes


def _inside(name: str, kind: Text, value: Any) -> str:
    try:
        return kind.read(value)
    except Bad as error:
        raise error.within(name) from error
