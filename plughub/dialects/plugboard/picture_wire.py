"""Pictures as products and variant groups show them; they are changed by routes of their own (specification 13)."""

from collections.abc import Iterable
from typing import Any

from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.products import Media, Single
from plughub.dialects.plugboard.scene import Scene

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "fileId": {"type": "string"},
        "href": {"type": "string", "readOnly": True},
        "position": {"type": "integer", "readOnly": True},
    },
}
FIELDS: dict[str, dict[str, Any]] = {"pictures": {"type": "array", "items": SCHEMA, "readOnly": True}}


def write(scene: Scene, media: Iterable[Media]) -> list[dict[str, Any]]:
    """Pictures that lie elsewhere, which other wires know, have no file to show here."""
    shown = [one.file for one in media if one.file is not None]
    return [
        {"fileId": file.hex, "href": scene.href("file", file), "position": position}
        for position, file in enumerate(shown)
    ]


def write_part(scene: Scene, single: Single) -> dict[str, Any]:
    return {"pictures": write(scene, single.media)}


async def read_part(tx: Transaction, scene: Scene, body: dict[str, Any], stored: Single | None, patch: Patch) -> None:
    """Read-only here."""
