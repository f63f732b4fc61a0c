"""Products as this wire shows them: one flat record per SKU (specification 12.1)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from plughub.core import catalogue, products
from plughub.core.catalogue import VARIANT_GROUP, Family
from plughub.core.hub import Transaction
from plughub.core.patch import Merge, Patch
from plughub.core.products import Product, Single, StockPolicy
from plughub.core.record import Record
from plughub.core.stock import MAIN, Changed
from plughub.dialects.plugboard import attribute_values, content, custom, picture_wire, prices, rates, refs
from plughub.dialects.plugboard.errors import Bad
from plughub.dialects.plugboard.kinds import BOOL, CODE, NUM, TEXT, Word, write_decimal, write_moment
from plughub.dialects.plugboard.scene import Scene, remote_id, required
from plughub.web.call import to_json
from plughub.web.wire import Field, Shape

PATH = "product"

STOCK_TYPES = {
    "stocked": StockPolicy.COUNTED,
    "always-in-stock": StockPolicy.ALWAYS,
    "not-stocked": StockPolicy.NEVER,
}
STATES = {"visible": False, "hidden": True}

#: What is the variant's in the core, and what is its product's.
VARIANT = Shape(
    Field("sku", "sku", CODE),
    Field("gtin", "gtin", TEXT),
    Field("manufacturersSku", "maker_sku", TEXT),
    Field("state", "is_hidden", Word(STATES)),
    Field("stockType", "supply", Word(STOCK_TYPES)),
    Field("weight", "dimensions.weight", NUM, about="kg"),
    Field("volume", "dimensions.volume", NUM, about="litres"),
)
PRODUCT = Shape(Field("brand", "brand", TEXT), Field("purchasable", "is_available", BOOL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Fields of products that have a file of their own: prices, pictures."""

    #: Schema of each field.
    fields: Mapping[str, dict[str, Any]]
    #: Adds to the patch of the variant what the body says; None is a new product.
    read: Callable[[Transaction, Scene, dict[str, Any], Single | None, Patch], Awaitable[None]]
    write: Callable[[Scene, Single], dict[str, Any]]


#: A file that adds fields to products puts its `Part` here.
PARTS: tuple[Part, ...] = (
    Part(fields=prices.FIELDS, read=prices.read_part, write=prices.write_part),
    Part(fields=picture_wire.FIELDS, read=picture_wire.read_part, write=picture_wire.write_part),
)

FIELDS: dict[str, dict[str, Any]] = {
    **VARIANT.schema()["properties"],
    **PRODUCT.schema()["properties"],
    **content.SCHEMA,
    **rates.SCHEMA,
    "stock": {**NUM.schema(), "description": "what may still be sold; PUT sets it"},
    "variantGroup": refs.SCHEMA,
    "categories": {"type": ["array", "null"], "items": refs.SCHEMA},
    "attributeValues": attribute_values.SCHEMA,
    **{name: schema for part in PARTS for name, schema in part.fields.items()},
}


async def to_core(
    tx: Transaction, scene: Scene, body: dict[str, Any], stored: Single | None, *, joins: Product | None = None
) -> tuple[Patch, Patch]:
    """Two patches, of the variant and of its product, given what is stored; None: a new one.

    `joins`: the product of which a new one becomes a variation.
    """
    whole = stored.product if stored is not None else joins
    required(body, "sku", is_new=stored is None)
    variant = VARIANT.read({name: value for name, value in body.items() if name in VARIANT.fields})[0]
    product = PRODUCT.read({name: value for name, value in body.items() if name in PRODUCT.fields})[0]
    if whole is None or "is_available" in product:
        # Null and nothing are the default.
        product["is_available"] = product.get("is_available") is not False
    if whole is not None and product.get("is_available") is (whole.is_available is not False):
        # As it is shown; whether anybody ever said so stays as it was.
        del product["is_available"]
    variant |= remote_id(body)
    variant |= rates.to_core(scene, body, stored.variant.taxes if stored else None, is_new=stored is None)
    await _read_stock(body, stored, variant)
    if "variantGroup" in body and joins is None:
        variant["group"] = await _group(tx, scene, body["variantGroup"], stored)
    if "categories" in body:
        product["categories"] = await _categories(tx, scene, body["categories"])
    product |= scene.source_code(body, whole.source if whole else None)
    is_variation = joins is not None or (stored is not None and stored.is_variation)
    shared = variant if is_variation else product
    shared |= await _shared(tx, scene, body, stored)
    for part in PARTS:
        await part.read(tx, scene, body, stored, variant)
    return variant, product


def from_core(scene: Scene, record: Record[Single]) -> dict[str, Any]:
    single = record.value
    product, variant = single.product, single.variant
    shown = {
        **scene.common(PATH, record, product.source, *known_as(record)),
        **VARIANT.write(variant),
        **content.from_core(scene, single.content, single.alternates),
        "brand": product.brand,
        # What nobody has spoken about can be bought (D).
        "purchasable": product.is_available is not False,
        **rates.from_core(variant.taxes),
        "stock": write_decimal(single.free),
        "variantGroup": _shown_group(single),
        "categories": [{"localId": category.id.hex} for category in product.categories],
        "attributeValues": attribute_values.from_core(scene, single.attributes),
        "customData": custom.write(single.custom),
    }
    for part in PARTS:
        shown |= part.write(scene, single)
    return shown


def known_as(record: Record[Single]) -> tuple[Any, ...]:
    """Its own id, and its product's where it is all of the product."""
    single = record.value
    return (record.id,) if single.is_variation else (record.id, single.product_id)


async def _shared(tx: Transaction, scene: Scene, body: dict[str, Any], stored: Single | None) -> Patch:
    """What is the variant's own where its product has several, else the product's."""
    patch = await content.to_core(
        tx, scene, body, stored.content if stored else {}, stored.alternates if stored else {}
    )
    if "attributeValues" in body:
        before = stored.attributes if stored else ()
        patch["attributes"] = await attribute_values.to_core(tx, scene, body["attributeValues"], before)
    if "customData" in body:
        patch["custom"] = custom.read(body["customData"], stored.custom if stored else {}, scene.connection_ids)
    return patch


async def _read_stock(body: dict[str, Any], stored: Single | None, variant: Patch) -> None:
    """An absolute number of what may be sold: what is promised to orders comes on top of it."""
    if stored is not None and "stock" not in body:
        return
    given = body.get("stock")
    try:
        wanted = NUM.read("0" if given is None else given)
    except Bad as error:
        raise error.within("stock") from error
    if stored is not None and (wanted == stored.free or stored.product.is_kit):
        return
    levels = stored.variant.levels if stored else ()
    reserved = next((level.reserved for level in levels if level.code == MAIN), 0)
    variant["levels"] = Merge([{"code": MAIN, "on_hand": wanted + reserved}], keys=("code",))


def only_stock(body: Mapping[str, Any]) -> Decimal | None:
    """The number that a change sets what may be sold to, where it says nothing else."""
    if len(body) != 1 or body.get("stock") is None:
        return None
    try:
        return NUM.read(body["stock"])
    except Bad as error:
        raise error.within("stock") from error


def restocked(known: tuple[UUID, int, bytes] | None, done: Changed) -> bytes | None:
    """The product as it was shown in the version before, with what this change of stock made of it.

    None when that version is not known.
    """
    if known is None or done.reserved is None or done.changed_at is None or done.version != known[1] + 1:
        return None
    product = _decoder.decode(known[2])
    product["stock"] = write_decimal(done.on_hand - done.reserved)
    product["lastModified"] = write_moment(done.changed_at)
    return to_json(product)


#: Numbers as they were written, to be written again.
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


async def _group(tx: Transaction, scene: Scene, value: Any, stored: Single | None) -> Any:
    joined = await family(tx, scene, value)
    if stored is not None and stored.is_variation:
        if joined == stored.product_id:
            return stored.variant.group
        raise Bad("variantGroup", "cannot change: the product is a variation of another", "FieldReadOnly", value)
    if joined is not None:
        message = "is a product with variations: a product joins it only when it is created"
        raise Bad("variantGroup", message, "FieldReadOnly", value)
    return None if value is None else await refs.entry(tx, scene, value, VARIANT_GROUP, "variantGroup")


async def family(tx: Transaction, scene: Scene, value: Any) -> UUID | None:
    """The product with variations that a reference to a variant group names; None: it names none."""
    if value is None:
        return None
    id = await refs.named(tx, scene, value, VARIANT_GROUP.name, "variantGroup")
    found = (await catalogue.groups(tx, scene.caller, [id])).get(id)
    is_family = found is not None and isinstance(found.value, Family) and found.deleted_at is None
    return id if is_family else None


def _shown_group(single: Single) -> dict[str, Any] | None:
    if single.is_variation:
        return {"localId": single.product_id.hex}
    return None if single.variant.group is None else {"localId": single.variant.group.hex}


async def _categories(tx: Transaction, scene: Scene, value: Any) -> Merge:
    if not isinstance(value, list | None):
        raise Bad("categories", "must be a list", "FieldType", value)
    wanted = []
    for at, reference in enumerate(value or ()):
        wanted.append(await refs.named(tx, scene, reference, "category", f"categories[{at}]"))
    paths = await products.category_paths(tx, scene.caller, wanted)
    for at, id in enumerate(wanted):
        if id not in paths:
            raise refs.unknown(f"categories[{at}]", id.hex)
    return Merge([{"path": paths[id]} for id in dict.fromkeys(wanted)], keys=("path",), whole=True)
