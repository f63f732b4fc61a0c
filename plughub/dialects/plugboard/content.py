"""The texts of products and variant groups, the standard ones and each content group's (specification 7 and 9)."""

from collections.abc import Mapping
from typing import Any

from plughub.core.catalogue import CONTENT_GROUP
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.products import Alternate, Content
from plughub.dialects.plugboard import refs, texts
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import LONG, NAME
from plughub.dialects.plugboard.scene import Scene

#: Wire name -> (core name, longest).
FIELDS = {
    "title": ("name", NAME),
    "shortDescription": ("short_description", LONG),
    "description": ("description", LONG),
}
_TEXTS = {name: field for wire in FIELDS for name, field in texts.schema(wire).items()}
SCHEMA: dict[str, dict[str, Any]] = {
    **_TEXTS,
    "alternateContent": {
        "type": ["object", "null"],
        "description": "content group -> its texts; an entry that is null goes",
        "additionalProperties": {"type": ["object", "null"], "properties": _TEXTS},
    },
}


async def to_core(
    tx: Transaction,
    scene: Scene,
    body: dict[str, Any],
    content: Mapping[str, Content],
    alternates: Mapping[str, Alternate],
) -> Patch:
    """The patch of `content` and `alternates` of whatever has them, given what it has now."""
    group = scene.content_group
    entry = alternates.get(group, Alternate()).content
    changed = texts.read_content(FIELDS, body, _seen(content, entry), scene.language)
    own, groups = _parted(changed, entry)
    patch: Patch = {"content": own} if own else {}
    told = await _alternates(tx, scene, body["alternateContent"], alternates) if "alternateContent" in body else {}
    if groups and told.get(group, {}) is not None:
        explicit = told.get(group, {}).get("content", {})
        merged = {code: {**groups.get(code, {}), **explicit.get(code, {})} for code in groups | explicit}
        told = {**told, group: {"content": merged}}
    return {**patch, "alternates": told} if told else patch


def from_core(scene: Scene, content: Mapping[str, Content], alternates: Mapping[str, Alternate]) -> dict[str, Any]:
    entry = alternates.get(scene.content_group, Alternate()).content
    shown = texts.write_content(FIELDS, _seen(content, entry), scene.language)
    shown["alternateContent"] = {
        group: {"contentGroupId": group, **texts.write_content(FIELDS, alternate.content, scene.language)}
        for group, alternate in alternates.items()
    }
    return shown


def _seen(content: Mapping[str, Content], entry: Mapping[str, Content]) -> Mapping[str, Content]:
    """The texts with those of the connection's content group in their place, language by language."""
    if not entry:
        return content
    return {code: _over(entry.get(code), content.get(code)) for code in {**content, **entry}}


def _over(groups: Content | None, standard: Content | None) -> Content:
    texts = {}
    for name, _ in FIELDS.values():
        text = getattr(groups, name, None)
        texts[name] = getattr(standard, name, None) if text is None else text
    return Content(**texts)


def _parted(changed: Patch, entry: Mapping[str, Content]) -> tuple[Patch, Patch]:
    """What changes in the texts for everybody, and what in the group's: each text where it was read from."""
    own: Patch = {}
    groups: Patch = {}
    for code, fields in changed.items():
        for name, text in fields.items():
            is_groups = getattr(entry.get(code), name, None) is not None
            (groups if is_groups else own).setdefault(code, {})[name] = text
    return own, groups


async def _alternates(tx: Transaction, scene: Scene, value: Any, stored: Mapping[str, Alternate]) -> Patch:
    if value is None:
        return dict.fromkeys(stored)
    if not isinstance(value, dict):
        raise Bad("alternateContent", "must be an object", "FieldType", value)
    patch: Patch = {}
    for key, entry in value.items():
        where = f"alternateContent.{key}"
        if entry is None:
            patch[key.lower()] = None
            continue
        if not isinstance(entry, dict):
            raise Bad(where, "must be an object", "FieldType", entry)
        group = (await refs.entry(tx, scene, {"localId": key}, CONTENT_GROUP, where)).hex
        before = stored.get(group, Alternate()).content
        try:
            patch[group] = {"content": texts.read_content(FIELDS, entry, before, scene.language)}
        except Bad as error:
            raise error.within(where) from error
    return patch
