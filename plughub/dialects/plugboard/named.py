"""Record types that are little more than a name: attributes and content groups (specification 9 and 12.2)."""

from typing import Any
from uuid import UUID

from plughub.core import connections
from plughub.core.caller import Caller
from plughub.core.catalogue import ATTRIBUTE, CONTENT_GROUP, AttributeDefinition, ContentGroup
from plughub.core.errors import Locked, Missing
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.registry import Leaf
from plughub.dialects.plugboard import entries, texts
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import GROUP_OPTION, Scene

Named = AttributeDefinition | ContentGroup


def _to_core(scene: Scene, body: Body, stored: Named | None) -> Patch:
    before = stored.names if stored else {}
    names = texts.read("name", body, before, scene.language)
    if not any(text for text in ({**before, **names}).values()):
        raise Missing("name", "is required")
    return {"names": names} if names else {}


def _from_core(scene: Scene, noun: Named) -> dict[str, Any]:
    return texts.write("name", noun.names, scene.language)


def _columns(caller: Caller) -> dict[str, Column]:
    return {"name": Column("name", is_sortable=True)}


def _leaves(caller: Caller) -> dict[str, Leaf]:
    return {"name": Leaf(f"names.{caller.language}")}


ATTRIBUTES: Resource[AttributeDefinition] = entries.resource(
    ATTRIBUTE,
    path="product/attribute",
    name="Attribute",
    fields=texts.schema("name"),
    to_core=_to_core,
    from_core=_from_core,
    columns=_columns,
    leaves=_leaves,
)


async def _refuse_used(tx: Transaction, scene: Scene, id: UUID) -> None:
    for connection in await connections.connections(tx, scene.caller.tenant):
        if connection.state != "revoked" and connection.settings.get(GROUP_OPTION) == id.hex:
            raise Locked(CONTENT_GROUP.name, f"connection {connection.name} is shown its texts")


CONTENT_GROUPS: Resource[ContentGroup] = entries.resource(
    CONTENT_GROUP,
    path="contentgroup",
    name="ContentGroup",
    fields=texts.schema("name"),
    to_core=_to_core,
    from_core=_from_core,
    columns=_columns,
    leaves=_leaves,
    before_delete=_refuse_used,
)
