"""Products as Plugg.to's clients see them: wire shapes and translation (specification 6.1 to 6.6).

What this wire keeps on the product itself (SKU, EAN, price, stock, dimensions) is its default variant's in the
core; its "variations" are the other variants.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from plughub.core import products
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, NotFound
from plughub.core.patch import REMOVE, Merge, Patch
from plughub.core.products import Content, Product, Variant
from plughub.core.record import Record
from plughub.core.stock import MAIN
from plughub.dialects.pluggto import ids, photos
from plughub.dialects.pluggto.attributes import ATTRIBUTES
from plughub.dialects.pluggto.kinds import CODE, FLAG, ID, INT, NUM, PIECES, SMALL, TEXT, Choice, Code, Kept, write_date
from plughub.web.call import Call
from plughub.web.wire import ABSENT, Field, ListOf, Nested, Shape


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


class PriceTable(ListOf):
    """What holds from the first piece on: this wire has no steps of quantity and leaves other wires' alone."""

    def write(self, value: Iterable[Any]) -> Any:
        return ListOf.write(self, [price for price in value if price.min_quantity == 1])


def _first_step(element: Mapping[str, Any], patch: Patch) -> Patch:
    return {**patch, "min_quantity": Decimal(1)}


PRICES = PriceTable(PRICE, keys=("id", ("code", "min_quantity")), required=(("code", "code"),), finish=_first_step)

LEVEL = Shape(
    Field("id", "id", ID),
    Field("code", "code", LIST_CODE),
    Field("type", "supply", Choice(("own", "supplier"))),
    Field("priority", "priority", SMALL, about="0 is asked first"),
    Field("quantity", "on_hand", PIECES),
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
    Field("quantity", "", PIECES),
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
    Field("quantity", "", PIECES, about="stock; the sum over variations where there are any"),
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
    levels = [] if table is None else list(table.items)
    quantity = shape.value(shape.fields["quantity"], body.get("quantity"))
    if quantity is not None and quantity is not ABSENT:
        # Last, so that errors count the rows as they were sent.
        levels.append({"code": MAIN, "on_hand": quantity})
    if levels:
        variant["levels"] = Merge(levels, keys=LEVELS.keys, required=LEVELS.required, where="stock_table")


def _keep(patch: Patch, unknown: dict[str, Any]) -> None:
    kept = {
        name: value
        for name, value in unknown.items()
        # The one list that is shown though nobody keeps it: empty, it is our own answer sent back.
        if name not in _IGNORED and not (name == "grouped_skus" and not value)
    }
    if kept:
        patch["extensions"] = {"pluggto": kept}


def shown(call: Call, record: Record[Product]) -> dict[str, Any]:
    product, language = record.value, call.identity.caller.language
    account = call.identity.tenant.number
    variations = [_variation(call, product, variant) for variant in product.variants]
    return {
        "grouped_skus": [],
        **product.extensions.get("pluggto", {}),
        "id": ids.spell(record.id),
        **TEXTS.write(product.content.get(language, _NO_TEXT)),
        **PRODUCT.write(product),
        "photos": photos.write(call, PHOTO, product.media),
        "quantity": total(product),
        "stock_table": _stock_table(product.default),
        "variations": variations,
        "supplier_id": str(account),
        "user_id": str(account),
        "created": write_date(record.created_at),
        "modified": write_date(record.changed_at),
        "timestamp": int(record.changed_at.timestamp()),
        "created_by": record.created_by,
        "modified_by": record.changed_by,
    }


_NO_TEXT = Content()


def _variation(call: Call, product: Product, variant: Variant) -> dict[str, Any]:
    return {
        **variant.extensions.get("pluggto", {}),
        **VARIATION.write(variant),
        "name": variant.content.get(call.identity.caller.language, _NO_TEXT).name,
        "photos": photos.write(call, PHOTO, variant.media),
        "quantity": quantity(product, variant),
        "stock_table": _stock_table(variant),
    }


def total(product: Product) -> int:
    """The product's one number: where there are variations, their sum."""
    return sum(quantity(product, variant) for variant in product.variants or (product.default,))


def quantity(product: Product, variant: Variant) -> int:
    return int(products.quantity(product, variant))


def _stock_table(variant: Variant) -> list[dict[str, Any]]:
    return [{**LEVEL.write(level), **_NO_HISTORY} for level in variant.levels if level.code != MAIN]


def sku_in_path(call: Call) -> str:
    """Decoded after routing, so that an encoded slash belongs to the SKU; outer blanks do not."""
    sku = unquote(call.route["sku"]).strip()
    if not sku or "\0" in sku:
        raise NotFound("sku", sku)
    return sku
