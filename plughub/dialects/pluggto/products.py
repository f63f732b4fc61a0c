"""Products and SKUs as Plugg.to's clients see them (specification 6): wire shapes, translation, handlers.

What this wire keeps on the product itself (SKU, EAN, price, stock, dimensions) is its default variant's in the
core; its "variations" are the other variants.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import msgspec

from plughub.core import products, stock
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Invalid, Missing, NotFound, Unchanged
from plughub.core.filters import All, AnyOf, Compare, Contains, Filter, Not, Nothing, Op
from plughub.core.hub import Transaction
from plughub.core.patch import REMOVE, Merge, Patch
from plughub.core.products import Content, Product, Variant
from plughub.core.record import Record
from plughub.core.search import spell
from plughub.core.stock import MAIN, Changed, Verb
from plughub.core.values import number_or_none
from plughub.dialects.pluggto import bodies, ids, query
from plughub.dialects.pluggto.attributes import ATTRIBUTES
from plughub.dialects.pluggto.kinds import CODE, FLAG, ID, INT, NUM, SMALL, TEXT, Choice, Code, Kept, write_date
from plughub.dialects.pluggto.query import Filters, equal, flag, has, identity
from plughub.web.call import Call, Reply, json_reply, to_json
from plughub.web.wire import ABSENT, Field, ListOf, Nested, Shape

# --- wire shapes --------------------------------------------------------------------------------------------


class ListCode(Code):
    """Code of a price list or a location. Those that begin with a dollar sign are the hub's own."""

    def read(self, value: Any) -> Any:
        code = super().read(value)
        if code and code.startswith("$"):
            raise ValueError("must not begin with $")
        return code


LIST_CODE = ListCode()

DIMENSION = Shape(
    Field("length", "length", NUM, about="cm"),
    Field("width", "width", NUM, about="cm"),
    Field("height", "height", NUM, about="cm"),
    Field("weight", "weight", NUM, about="kg"),
)

PHOTO = Shape(
    Field("id", "id", ID),
    Field("url", "url", TEXT),
    Field("name", "name", TEXT),
    Field("title", "title", TEXT),
    Field("order", "position", INT),
    Field("external", "external", TEXT),
)
PHOTOS = ListOf(PHOTO, keys=("id", "url", "external"))

CATEGORY = Shape(Field("id", "id", ID), Field("name", "path", TEXT, about="path with ' > ' between levels"))

PRICE = Shape(
    Field("id", "id", ID),
    Field("code", "code", LIST_CODE),
    Field("label", "label", TEXT),
    Field("action", "action", Choice(("overwrite", "increase", "decrease"))),
    Field("price", "amount", NUM),
    Field("special_price", "special_amount", NUM),
    Field("percentage", "percentage", NUM),
    Field("minimum_price", "floor", NUM),
    Field("maximum_price", "ceiling", NUM),
)
PRICES = ListOf(PRICE, keys=("id", "code"), required=(("code", "code"),))

LEVEL = Shape(
    Field("id", "id", ID),
    Field("code", "code", LIST_CODE),
    Field("type", "supply", Choice(("own", "supplier"))),
    Field("priority", "priority", SMALL, about="0 is asked first"),
    Field("quantity", "on_hand", INT),
    Field("price", "price", NUM),
    Field("special_price", "special_price", NUM),
    Field("handling_time", "handling_days", SMALL),
    Field("reserved", "reserved", INT, is_writable=False),
    Field("price_history", "", Kept("array"), is_writable=False),
    Field("specialprice_history", "", Kept("array"), is_writable=False),
    Field("stock_history", "", Kept("array"), is_writable=False),
)
LEVELS = ListOf(LEVEL, keys=("id", "code"), required=(("code", "code"),))
_NO_HISTORY: dict[str, Any] = {"price_history": [], "specialprice_history": [], "stock_history": []}

#: Texts are kept per language in the core; this wire speaks the account's.
TEXTS = Shape(
    Field("name", "name", TEXT),
    Field("short_description", "short_description", TEXT),
    Field("description", "description", TEXT),
)

VARIATION = Shape(
    Field("id", "id", ID, is_writable=False),
    Field("sku", "sku", CODE),
    Field("ean", "gtin", TEXT),
    Field("ean_not_mandatory", "gtin_optional", FLAG),
    Field("name", "", TEXT),
    Field("external", "remote_id", TEXT),
    Field("quantity", "", INT),
    Field("price", "price", NUM),
    Field("special_price", "special_price", NUM),
    Field("cost", "cost", NUM),
    Field("dimension", "dimensions", Nested(DIMENSION)),
    Field("attributes", "attributes", ATTRIBUTES),
    Field("photos", "media", PHOTOS),
    Field("price_table", "prices", PRICES),
    Field("stock_table", "", LEVELS),
)

COMPONENT = Shape(Field("sku", "sku", CODE), Field("quantity", "quantity", SMALL))

PRODUCT = Shape(
    Field("id", "", ID, is_writable=False),
    Field("sku", "default.sku", CODE),
    Field("name", "", TEXT),
    Field("external", "remote_id", TEXT, about="the calling application's own id for the product"),
    Field("ean", "default.gtin", TEXT),
    Field("ean_not_mandatory", "default.gtin_optional", FLAG),
    Field("ncm", "identifiers.ncm", TEXT),
    Field("nbm", "identifiers.nbm", TEXT),
    Field("cest", "identifiers.cest", TEXT),
    Field("isbn", "identifiers.isbn", TEXT),
    Field("model", "identifiers.model", TEXT),
    Field("origin", "identifiers.origin", TEXT),
    Field("brand", "brand", TEXT),
    Field("link", "link", TEXT),
    Field("quantity", "", INT, about="stock; the sum over variations where there are any"),
    Field("price", "default.price", NUM),
    Field("special_price", "default.special_price", NUM),
    Field("cost", "default.cost", NUM),
    Field("short_description", "", TEXT),
    Field("description", "", TEXT),
    Field("warranty_time", "warranty_months", INT, about="months"),
    Field("warranty_message", "warranty_text", TEXT),
    Field("available", "is_available", FLAG),
    Field("handling_time", "handling_days", INT, about="days"),
    Field("manufacture_time", "manufacture_days", INT, about="days"),
    Field("dimension", "default.dimensions", Nested(DIMENSION)),
    Field("categories", "categories", ListOf(CATEGORY, keys=("id", "path"), required=(("path", "name"),))),
    Field("attributes", "attributes", ATTRIBUTES),
    Field("photos", "media", PHOTOS),
    Field("price_table", "default.prices", PRICES),
    Field("stock_table", "", LEVELS),
    Field("package_skus", "components", ListOf(COMPONENT, replaces=True)),
    Field("variations", "", ListOf(VARIATION)),
    Field("supplier_id", "", TEXT, is_writable=False),
    Field("user_id", "", TEXT, is_writable=False),
    Field("created", "", Kept("string"), is_writable=False),
    Field("modified", "", Kept("string"), is_writable=False),
    Field("timestamp", "", INT, is_writable=False),
    Field("created_by", "", TEXT, is_writable=False),
    Field("modified_by", "", TEXT, is_writable=False),
)

#: Sent by one client by mistake, and without meaning (C).
_IGNORED = {"grant_type", "dimesion", "access_token", "remove"}

STOCK_CHANGE = Shape(
    Field("action", "action", Choice(("increase", "decrease", "update"))),
    Field("quantity", "quantity", INT),
    Field("sku", "sku", CODE),
    Field("stock_code", "stock_code", LIST_CODE),
)
_VERBS = {"increase": Verb.INCREASE, "decrease": Verb.DECREASE, "update": Verb.SET}

# --- translation --------------------------------------------------------------------------------------------


def to_core(body: Mapping[str, Any], caller: Caller) -> Patch:
    patch, unknown = PRODUCT.read(body)
    _read_own(patch, body, PRODUCT, patch.setdefault("default", {}), caller)
    # An order of a product always needs its SKU; null leaves it as it is.
    if patch["default"].get("sku", "") is None:
        del patch["default"]["sku"]
    components = patch.get("components")
    if components is None or not components.items:
        # An empty list is what clients send for a product that is no kit.
        patch.pop("components", None)
    sent = body.get("variations")
    if sent is not None:
        patch["variants"] = PRODUCT.value(Field("variations", "variants", _variations(caller)), sent)
        _check_named_once(patch["variants"])
    _keep(patch, unknown)
    return patch


def variation_to_core(body: Mapping[str, Any], caller: Caller) -> Patch:
    patch, unknown = VARIATION.read(body)
    _read_own(patch, body, VARIATION, patch, caller)
    if patch.get("sku", "") is None:
        del patch["sku"]
    _keep(patch, unknown)
    return patch


def _variations(caller: Caller) -> ListOf:
    def whole(element: Mapping[str, Any], patch: Patch) -> Patch:
        _read_own(patch, element, VARIATION, patch, caller)
        _keep(patch, {name: value for name, value in element.items() if name not in VARIATION.fields})
        return patch

    return ListOf(VARIATION, keys=("sku",), required=(("sku", "sku"),), finish=whole)


def _check_named_once(variants: Merge) -> None:
    """Two variations of one body cannot share a SKU, though one may go and another come under it."""
    seen: set[str] = set()
    for item in variants.items:
        sku = str(item.get("sku") or "")
        if item.get(REMOVE):
            seen.discard(sku)
        elif sku in seen:
            raise Duplicate("sku", sku)
        elif sku:
            seen.add(sku)


def _read_own(patch: Patch, body: Mapping[str, Any], shape: Shape, variant: Patch, caller: Caller) -> None:
    """The fields that stand elsewhere in the core: texts under their language, stock under its location."""
    texts, _ = TEXTS.read({name: body[name] for name in TEXTS.fields if name in body})
    if texts:
        patch["content"] = {caller.language: texts}
    table = shape.value(shape.fields["stock_table"], body.get("stock_table"))
    levels = [] if table is None else [_exact(row) for row in table.items]
    quantity = shape.value(shape.fields["quantity"], body.get("quantity"))
    if quantity is not None and quantity is not ABSENT:
        # Last, so that errors count the rows as they were sent.
        levels.append({"code": MAIN, "on_hand": Decimal(quantity)})
    if levels:
        variant["levels"] = Merge(levels, keys=LEVELS.keys, required=LEVELS.required, where="stock_table")


def _exact(row: Patch) -> Patch:
    if row.get("on_hand") is not None:
        row["on_hand"] = Decimal(row["on_hand"])
    return row


def _keep(patch: Patch, unknown: dict[str, Any]) -> None:
    kept = {
        name: value
        for name, value in unknown.items()
        # The one list that is shown though nobody keeps it: empty, it is our own answer sent back.
        if name not in _IGNORED and not (name == "grouped_skus" and not value)
    }
    if kept:
        patch["extensions"] = {"pluggto": kept}


def from_core(record: Record[Product], account: int, language: str) -> dict[str, Any]:
    product = record.value
    shown = [_variation(product, variant, language) for variant in product.variants]
    return {
        "grouped_skus": [],
        **product.extensions.get("pluggto", {}),
        "id": ids.spell(record.id),
        **TEXTS.write(product.content.get(language, _NO_TEXT)),
        **PRODUCT.write(product),
        "quantity": _total(product),
        "stock_table": _stock_table(product.default),
        "variations": shown,
        "supplier_id": str(account),
        "user_id": str(account),
        "created": write_date(record.created_at),
        "modified": write_date(record.changed_at),
        "timestamp": int(record.changed_at.timestamp()),
        "created_by": record.created_by,
        "modified_by": record.changed_by,
    }


_NO_TEXT = Content()


def _variation(product: Product, variant: Variant, language: str) -> dict[str, Any]:
    return {
        **variant.extensions.get("pluggto", {}),
        **VARIATION.write(variant),
        "name": variant.content.get(language, _NO_TEXT).name,
        "quantity": _quantity(product, variant),
        "stock_table": _stock_table(variant),
    }


def _total(product: Product) -> int:
    """The product's one number: where there are variations, their sum."""
    return sum(_quantity(product, variant) for variant in product.variants or (product.default,))


def _quantity(product: Product, variant: Variant) -> int:
    return int(products.quantity(product, variant))


def _stock_table(variant: Variant) -> list[dict[str, Any]]:
    return [{**LEVEL.write(level), **_NO_HISTORY} for level in variant.levels if level.code != MAIN]


# --- handlers -----------------------------------------------------------------------------------------------


async def get_sku(call: Call) -> Reply:
    sku, caller = _sku(call), call.identity.caller
    key = (caller.connection, sku)
    known = call.rendered.known(key)
    async with call.hub.read(caller.tenant) as tx:
        if known is None:
            record: Record[Product] | None = await products.by_sku(tx, caller, sku)
        else:
            record = await products.by_sku_unless(tx, caller, sku, known[0], known[1])
    if record is None and known is not None:
        return Reply(200, known[2])
    assert record is not None  # noqa: S101 - what is not known is always read
    reply = _one(call, record)
    call.rendered.keep(key, record.id, record.version, reply.body)
    return reply


async def get_product(call: Call) -> Reply:
    id = ids.in_path(call.route["id"], "product")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        record = await products.by_id(tx, call.identity.caller, id)
    return _one(call, record)


async def get_products(call: Call) -> Reply:
    wanted = query.read(call, filters(call.identity.caller, call.identity.tenant.number))
    caller = call.identity.caller
    async with call.hub.read(caller.tenant) as tx:
        page = await products.heads(tx, caller, wanted)
        result = await call.rendered.page(
            caller.connection,
            page.records,
            lambda missing: products.by_ids(tx, caller, missing),
            lambda record: to_json({"Product": _shown(call, record)}),
        )
    return json_reply(query.envelope(wanted, page, result))


async def get_tabledata(call: Call) -> Reply:
    """The compact table two clients walk through to compare stock and prices (C)."""
    wanted = query.read(call, filters(call.identity.caller, call.identity.tenant.number))
    async with call.hub.read(call.identity.caller.tenant) as tx:
        page = await products.listing(tx, call.identity.caller, wanted)
    return json_reply({"Products": [_compact(_shown(call, record)) for record in page.records]})


async def put_sku(call: Call) -> Reply:
    """Create or update; the path may name a product or a variation."""
    sku, body = _sku(call), bodies.read(call)
    try:
        return await _put_sku(call, sku, body)
    except Duplicate as clash:
        if clash.value != sku:
            raise
        # Two clients created it at once; to the slower one it is an update.
        return await _put_sku(call, sku, body)


async def _put_sku(call: Call, sku: str, body: dict[str, Any]) -> Reply:
    caller = call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        known = (await products.by_skus(tx, caller, [sku])).get(sku)
        if known is None:
            if _sent_sku(body) not in (None, sku):
                raise Invalid("sku", f"differs from the path, and there is no {sku} to rename")
            patch = _named(to_core({**body, "sku": sku}, caller), sku, caller)
            return _one(call, await products.create(tx, caller, patch))
        patch = _change_of(known.value, sku, body, caller)
        record, changes = await products.change(tx, caller, known.id, patch)
    return _changed(call, record, bool(changes))


async def post_products(call: Call) -> Reply:
    body = bodies.read(call, forms=True)
    caller = call.identity.caller
    patch = to_core(body, caller)
    sku = patch["default"].get("sku")
    if not sku:
        raise Missing("sku", "is required")
    async with call.hub.change(caller.tenant) as tx:
        record = await products.create(tx, caller, _named(patch, sku, caller))
    return _one(call, record, 201)


async def put_product(call: Call) -> Reply:
    id, body = ids.in_path(call.route["id"], "product"), bodies.read(call)
    caller = call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        known = await products.by_id(tx, caller, id)
        variation = next((variant for variant in known.value.variants if variant.id == id), None)
        sku = variation.sku if variation else known.value.sku
        record, changes = await products.change(tx, caller, known.id, _change_of(known.value, sku, body, caller))
    return _changed(call, record, bool(changes))


async def delete_sku(call: Call) -> Reply:
    sku, caller = _sku(call), call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        return await _deleted(call, await products.by_sku(tx, caller, sku), sku, tx)


async def delete_product(call: Call) -> Reply:
    id, caller = ids.in_path(call.route["id"], "product"), call.identity.caller
    async with call.hub.change(caller.tenant) as tx:
        known = await products.by_id(tx, caller, id)
        variation = next((variant for variant in known.value.variants if variant.id == id), None)
        return await _deleted(call, known, variation.sku if variation else known.value.sku, tx)


async def _deleted(call: Call, known: Record[Product], sku: str, tx: Transaction) -> Reply:
    gone = next((variant for variant in known.value.variants if variant.sku == sku), None)
    if gone is None:
        await products.delete(tx, call.identity.caller, known.id)
    else:
        await products.delete_variant(tx, call.identity.caller, known.id, sku)
    id = gone.id if gone else known.id
    return json_reply({"Product": {"id": ids.spell(id), "sku": sku, "deleted": True}})


async def put_sku_stock(call: Call) -> Reply:
    return await _change_stock(call, _sku(call))


async def put_product_stock(call: Call) -> Reply:
    return await _change_stock(call, await _sku_of(call, call.route["id"]))


async def put_variation_stock(call: Call) -> Reply:
    return await _change_stock(call, await _sku_of(call, call.route["vid"], of=call.route["id"]))


async def _sku_of(call: Call, text: str, *, of: str | None = None) -> str:
    """The SKU with this id; `of` names the product that it has to be a variation of."""
    id = ids.in_path(text, "product")
    async with call.hub.read(call.identity.caller.tenant) as tx:
        record = await products.by_id(tx, call.identity.caller, id)
    variation = next((variant for variant in record.value.variants if variant.id == id), None)
    if of is not None and (variation is None or record.id != ids.in_path(of, "product")):
        raise NotFound("product", text)
    return variation.sku if variation else record.value.sku


async def _change_stock(call: Call, sku: str) -> Reply:
    patch, _ = STOCK_CHANGE.read(bodies.read(call))
    verb = _VERBS[patch.get("action") or "update"]
    quantity = patch.get("quantity")
    if quantity is None:
        raise Missing("quantity", "is required")
    if quantity < 0 and verb is not Verb.SET:
        raise Invalid("quantity", f"must not be negative for {patch['action']}")
    if patch.get("sku") not in (None, sku):
        raise Invalid("sku", "differs from the path")
    caller = call.identity.caller
    async with call.hub.step(caller.tenant) as tx:
        # Stock may fall below zero here: clients keep it themselves and settle it later (D).
        done = await stock.change(tx, caller, sku, verb, Decimal(quantity), code=patch.get("stock_code"), floor=None)
        key = (caller.connection, done.product)
        body = _restocked(call.rendered.known(key), done, caller.actor)
        if body is None:
            record = await products.by_id(tx, caller, done.product)
            body, version = to_json({"Product": _shown(call, record)}), record.version
        else:
            version = done.version or 0
    call.rendered.keep(key, done.product, version, body)
    return Reply(200, body)


def _restocked(known: tuple[UUID, int, bytes] | None, done: Changed, actor: str) -> bytes | None:
    """The product as it was shown in the version before, with what this one change of stock made of it.

    None when that version is not known, or when more than one number follows from the change.
    """
    if known is None or done.changed_at is None or done.version != known[1] + 1 or done.code != MAIN:
        return None
    product: dict[str, Any] = _decoder.decode(known[2])["Product"]
    level, variant = int(done.on_hand), ids.spell(done.variant)
    if product["variations"]:
        for variation in product["variations"]:
            if variation["id"] == variant:
                variation["quantity"] = level
        level = sum(variation["quantity"] for variation in product["variations"])
    product["quantity"] = level
    product["modified"], product["modified_by"] = write_date(done.changed_at), actor
    product["timestamp"] = int(done.changed_at.timestamp())
    return to_json({"Product": product})


#: Numbers as they were written, to be written again.
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def _change_of(known: Product, sku: str, body: dict[str, Any], caller: Caller) -> Patch:
    """What a PUT to this SKU changes: the product, or only the variation that has it."""
    variant = next((variant for variant in known.variants if variant.sku == sku), None)
    if variant is None:
        return _without_derived(to_core(body, caller), known)
    # By its id: the body may give it another SKU.
    patch = {**variation_to_core(body, caller), "id": variant.id}
    return _without_derived({"variants": Merge([patch], keys=("id",))}, known)


def _sent_sku(body: Mapping[str, Any]) -> str | None:
    sku: str | None = PRODUCT.value(PRODUCT.fields["sku"], body.get("sku"))
    return sku


def _without_derived(patch: Patch, known: Product) -> Patch:
    """A quantity that is shown but not kept, a sum over variations or locations, says nothing when sent back."""
    if "default" in patch:
        _drop_quantity(patch["default"], known.default, _total(known), is_sum=bool(known.variants))
    variants = patch.get("variants")
    stored = {key: variant for variant in known.variants for key in (variant.id, variant.sku)}
    for item in variants.items if variants is not None else ():
        variant = stored.get(item.get("id") or item.get("sku"))
        if variant is not None:
            _drop_quantity(item, variant, _quantity(known, variant), is_sum=False)
    return patch


def _drop_quantity(patch: Patch, variant: Variant, shown: int, *, is_sum: bool) -> None:
    levels = patch.get("levels")
    is_derived = is_sum or all(level.code != MAIN for level in variant.levels)
    if is_derived and levels is not None and levels.items[-1] == {"code": MAIN, "on_hand": shown}:
        patch["levels"] = replace(levels, items=levels.items[:-1])


def _named(patch: Patch, sku: str, caller: Caller) -> Patch:
    """A new product without a name is called by its SKU."""
    texts = patch.setdefault("content", {}).setdefault(caller.language, {})
    if not texts.get("name"):
        texts["name"] = sku
    return patch


def _sku(call: Call) -> str:
    """Decoded after routing, so that an encoded slash belongs to the SKU; outer blanks do not."""
    sku = unquote(call.route["sku"]).strip()
    if not sku or "\0" in sku:
        raise NotFound("sku", sku)
    return sku


def _changed(call: Call, record: Record[Product], changed: bool) -> Reply:
    if not changed and call.identity.settings.get("noop_put") != "ok":
        raise Unchanged("product")
    return _one(call, record)


def _one(call: Call, record: Record[Product], status: int = 200) -> Reply:
    return json_reply({"Product": _shown(call, record)}, status)


def _shown(call: Call, record: Record[Product]) -> dict[str, Any]:
    return from_core(record, call.identity.tenant.number, call.identity.caller.language)


def _compact(product: dict[str, Any]) -> dict[str, Any]:
    columns = ("id", "sku", "price", "special_price", "quantity")
    return {
        **{name: product[name] for name in columns},
        "timestamp": product["timestamp"],
        "variations": [{name: variation[name] for name in columns} for variation in product["variations"]],
    }


# --- filters ------------------------------------------------------------------------------------------------


def filters(caller: Caller, account: int) -> Filters:
    """What the caller can ask products for; texts are asked in the caller's language."""
    texts = {name: _text_reader(f"content.{caller.language}.{name}") for name in TEXTS.fields}
    texts["variations.name"] = lambda value: has(value, f"variants.content.{caller.language}.name")
    ours = {
        name: (lambda value: All(()) if value == str(account) else Nothing()) for name in ("supplier_id", "user_id")
    }
    return Filters(
        shape=PRODUCT,
        look_ups=_LOOK_UPS,
        readers={**_READERS, **texts, **ours},
        paths=_both_levels,
        # One client asks for part of a SKU and takes the first answer: an exact one has to come first (C).
        first="bysku",
    )


def _text_reader(path: str) -> Any:
    return lambda value: has(value, path, f"variants.{path}")


def _both_levels(path: str) -> tuple[str, ...]:
    """A field that variations have too is looked for on both levels."""
    field = path.removeprefix("default.")
    return (path, f"variants.{field}") if field.split(".")[0] in _VARIANT_FIELDS else (path,)


_VARIANT_FIELDS = set(Variant.__struct_fields__)


def _available(value: str) -> Filter:
    offered = has("true", "is_available")
    return offered if flag("available", value) else Not(offered)


def _any_id(value: str) -> Filter:
    return AnyOf((equal("id", identity(value)), equal("variant_id", identity(value))))


def _value_reader(name: str, *, own: bool) -> Any:
    paths = [f"{level}attributes.value_{name}" for level in ("", "variants.") if own or level]
    return lambda value: has(value, *paths)


def _level(field: str) -> Any:
    return lambda value: equal(field, number_or_none(value))


_READERS: dict[str, Any] = {
    "available": _available,
    "all": lambda value: Contains("words", value),
    "sku": lambda value: equal("sku", value),
    "bysku": lambda value: Contains("codes", value),
    "category": lambda value: Contains("groups", value),
    "attribute": lambda value: has(
        value,
        *(
            f"{level}attributes.{field}"
            for level in ("", "variants.")
            for field in ("code", "value_code", "value_label")
        ),
    ),
    "id": _any_id,
    "has_external": lambda value: Compare("has_remote_id", Op.EQUAL, flag("has_external", value)),
    "external": lambda value: equal("remote_id", value),
    "quantity": lambda value: equal("quantity", number_or_none(value)),
    "created_by": lambda value: equal("created_by", value),
    "modified_by": lambda value: equal("changed_by", value),
    **{
        f"{level}attributes.value.{name}": _value_reader(name, own=not level)
        for level in ("", "variations.")
        for name in ("code", "label")
    },
    "stock_table.code": lambda value: equal("level.code", value),
    "stock_table.type": lambda value: equal("level.supply", value),
    "stock_table.quantity": _level("level.on_hand"),
    "stock_table.price": _level("level.price"),
    "stock_table.special_price": _level("level.special_price"),
    "stock_table.priority": _level("level.priority"),
    "stock_table.handling_time": _level("level.handling_days"),
}


def _variation_readers() -> dict[str, Any]:
    """`variations.ean` and the like: the field of a variation alone."""
    rows = {f"variations.{name}": read for name, read in _READERS.items() if name.startswith("stock_table.")}
    found = {f"variations.{name}": _variation_reader(name) for name in _dotted(VARIATION)}
    found |= {name: read for name, read in _READERS.items() if name.startswith("variations.")}
    return {**found, **rows, "variations.id": _any_id, "variations.quantity": _READERS["quantity"]}


def _dotted(shape: Shape) -> list[str]:
    inner = {name: known.kind.shape for name, known in shape.fields.items() if isinstance(known.kind, ListOf | Nested)}
    return [*shape.fields, *(f"{name}.{rest}" for name, part in inner.items() for rest in _dotted(part))]


def _variation_reader(name: str) -> Any:
    found = VARIATION.find(name)

    def read(value: str) -> Filter:
        if found is None:
            return Nothing()
        path, kind = found
        try:
            text = spell(kind.read(value))
        except ValueError:
            return Nothing()
        return has(text, f"variants.{path}") if text is not None else Nothing()

    return read


_READERS |= _variation_readers()
_LOOK_UPS = frozenset({"id", "sku", "bysku", "external", "ean"})
