"""The values that products and variant groups have of attributes (specification 12.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from plughub.core import registry
from plughub.core.catalogue import ATTRIBUTE
from plughub.core.hub import Transaction
from plughub.core.patch import Merge, Patch
from plughub.core.products import Attribute
from plughub.dialects.plugboard import custom, refs, texts
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.scene import Scene

SCHEMA: dict[str, Any] = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {"attribute": refs.SCHEMA, **texts.schema("value"), "customData": custom.SCHEMA},
    },
}


async def to_core(tx: Transaction, scene: Scene, value: Any, stored: Sequence[Attribute]) -> Merge:
    """The whole list of those that have an attribute's record; what other wires wrote without one stays."""
    if not isinstance(value, list | None):
        raise Bad("attributeValues", "must be a list", "FieldType", value)
    others = [attribute for attribute in stored if attribute.attribute_id is None]
    items: list[Patch] = []
    known = {attribute.attribute_id: attribute for attribute in stored if attribute.attribute_id is not None}
    seen = set()
    for at, item in enumerate(value or ()):
        where = f"attributeValues[{at}]"
        if _is_shown_only(item):
            items += _others(others, item["attribute"]["name"])
            continue
        patch = await _item(tx, scene, item, where, known)
        if patch["attribute_id"] in seen:
            raise Bad(f"{where}.attribute", "is named twice", "FieldRange", item["attribute"])
        seen.add(patch["attribute_id"])
        items.append(patch)
    return Merge([*_others(others), *items], keys=("id", "attribute_id"), whole=True)


def from_core(scene: Scene, attributes: Sequence[Attribute]) -> list[dict[str, Any]]:
    return [
        {
            "attribute": _reference(attribute),
            **texts.write("value", _texts(scene, attribute), scene.language),
            "customData": custom.write(attribute.custom),
        }
        for attribute in attributes
    ]


def _reference(attribute: Attribute) -> dict[str, Any]:
    if attribute.attribute_id is not None:
        return {"localId": attribute.attribute_id.hex}
    # Another wire wrote it, and has no records of attributes.
    return {"localId": None, "name": attribute.label or attribute.code}


def _is_shown_only(item: Any) -> bool:
    """One without a record, sent back as it was read."""
    reference = item.get("attribute") if isinstance(item, dict) else None
    return isinstance(reference, dict) and "name" in reference and not reference.get("localId")


def _others(left: list[Attribute], name: str | None = None) -> list[Patch]:
    """The next of those without a record that is shown under this name, or all that are left; each is taken once."""
    taken = left if name is None else [each for each in left if _reference(each)["name"] == name][:1]
    patches: list[Patch] = [{"id": attribute.id} for attribute in taken]
    left[:] = [attribute for attribute in left if attribute not in taken]
    return patches


def _texts(scene: Scene, attribute: Attribute) -> dict[str, str]:
    own = {} if attribute.value_label is None else {scene.language: attribute.value_label}
    return {**own, **attribute.translations}


async def _item(tx: Transaction, scene: Scene, item: Any, where: str, known: Mapping[Any, Attribute]) -> Patch:
    if not isinstance(item, dict):
        raise Bad(where, "must be an object", "FieldType", item)
    id = await refs.entry(tx, scene, item.get("attribute"), ATTRIBUTE, f"{where}.attribute")
    before = known.get(id)
    patch: Patch = {"attribute_id": id}
    if before is None:
        # Later other wires may call it otherwise.
        patch["label"] = (await registry.by_id(tx, scene.caller, ATTRIBUTE, id)).value.names.get(scene.language)
    try:
        changes: dict[str, Any] = dict(
            texts.read("value", item, _texts(scene, before) if before else {}, scene.language)
        )
        if scene.language in changes:
            patch["value_label"] = changes.pop(scene.language)
        if changes:
            patch["translations"] = changes
        if "customData" in item:
            patch["custom"] = custom.read(item["customData"], before.custom if before else {}, scene.connection_ids)
    except Bad as error:
        raise error.within(where) from error
    return patch
