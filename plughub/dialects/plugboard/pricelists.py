"""Price lists (specification 12.2). The first of every tenant holds its base prices and cannot be deleted."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from plughub.core import prices, registry
from plughub.core.caller import Caller
from plughub.core.errors import Missing
from plughub.core.hub import Transaction
from plughub.core.patch import Patch
from plughub.core.prices import PRICE_LIST, PriceList
from plughub.core.registry import Leaf
from plughub.dialects.plugboard import entries, texts
from plughub.dialects.plugboard.kinds import CURRENCY
from plughub.dialects.plugboard.query import Column
from plughub.dialects.plugboard.resource import Body, Resource
from plughub.dialects.plugboard.scene import Scene, required
from plughub.web.wire import Field, Shape

_SHAPE = Shape(Field("currency", "currency", CURRENCY))


def _to_core(scene: Scene, body: Body, stored: PriceList | None) -> Patch:
    before = stored.names if stored else {}
    names = texts.read("name", body, before, scene.language)
    if not any(text for text in {**before, **names}.values()):
        raise Missing("name", "is required")
    required(body, "currency", is_new=stored is None)
    return {**_SHAPE.read(body)[0], **({"names": names} if names else {})}


def _from_core(scene: Scene, noun: PriceList) -> dict[str, Any]:
    return {**texts.write("name", noun.names, scene.language), **_SHAPE.write(noun)}


def _columns(caller: Caller) -> dict[str, Column]:
    return {"name": Column("name", is_sortable=True), "currency": Column("currency")}


def _leaves(caller: Caller) -> dict[str, Leaf]:
    return {"name": Leaf(f"names.{caller.language}"), "currency": Leaf("currency")}


async def _create(tx: Transaction, scene: Scene, body: Body) -> UUID:
    patch = {**_to_core(scene, body, None), **entries.common(scene, body, None)}
    return (await prices.create_list(tx, scene.caller, patch)).id


async def _change(tx: Transaction, scene: Scene, id: UUID, body: Body) -> None:
    held = (await registry.hold(tx, scene.caller, PRICE_LIST, id)).value
    await prices.change_list(tx, scene.caller, id, {**_to_core(scene, body, held), **entries.common(scene, body, held)})


async def _delete(tx: Transaction, scene: Scene, id: UUID) -> None:
    await prices.delete_list(tx, scene.caller, id)


PRICE_LISTS: Resource[PriceList] = replace(
    entries.resource(
        PRICE_LIST,
        path="pricelist",
        name="Pricelist",
        fields={**texts.schema("name"), **_SHAPE.schema()["properties"]},
        to_core=_to_core,
        from_core=_from_core,
        columns=_columns,
        leaves=_leaves,
    ),
    create=_create,
    change=_change,
    delete=_delete,
)
