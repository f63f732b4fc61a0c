"""What a person can do with one product: create it, change it cell by cell, take changes back, delete it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from plughub.console import product_cells, sheet, told
from plughub.console.errors import said
from plughub.console.product import chosen, find, shown, version_of
from plughub.console.rendering import page
from plughub.console.sheet import Cell, Filled
from plughub.console.visit import Page, Undo, Visit
from plughub.core import codes, events, patch, products
from plughub.core.errors import Duplicate, Refused
from plughub.core.patch import Change, Merge, Patch
from plughub.core.prices import Action
from plughub.core.products import Product, Variant
from plughub.core.record import Record
from plughub.core.stock import MAIN
from plughub.core.tenants import Right
from plughub.web import Reply

Cells = Callable[[Visit, Product], list[Cell]]
Patched = Callable[[Visit, Product, Mapping[str, Any]], Patch]


def _form(cells: Cells, patched: Patched) -> Callable[[Visit], Any]:
    """The handler of a sheet: all of what was typed is saved, or nothing."""

    async def post(visit: Visit) -> Reply:
        filled = Filled()
        try:
            async with visit.hub.change(visit.tenant.id) as tx:
                record = await products.hold(tx, visit.caller, (await find(visit, tx)).id)
                filled = sheet.filled(cells(visit, record.value), visit.form)
                changes: list[Change] = []
                if not filled.errors and filled.values:
                    given = patched(visit, record.value, filled.values)
                    record, changes = await products.change(tx, visit.caller, record.id, given)
        except Refused as refusal:
            text = said(refusal)[1]
            if isinstance(refusal, Duplicate):
                filled.errors |= {name: text for name, typed in filled.typed.items() if typed == refusal.value}
            return await _again(visit, filled, "" if filled.errors else text)
        if filled.errors:
            return await _again(visit, filled)
        return _done(visit, record, changes, cells)

    return post


async def _again(visit: Visit, filled: Filled, error: str = "") -> Reply:
    """The form with what was typed; where a script sent one cell, only what is wrong with it."""
    if visit.is_partial:
        text = error or next(iter(filled.errors.values()))
        return page(visit, "sheet.html", status=400, text=text, is_bad=True, undo=None, filled=filled, cells=[])
    async with visit.hub.read(visit.tenant.id) as tx:
        record = await find(visit, tx)
    return await shown(visit, record, filled=filled, error=error)


def _done(visit: Visit, record: Record[Product], changes: list[Change], cells: Cells) -> Reply:
    text = told.saved(changes)
    undo = _undo(visit, record, changes)
    if not visit.is_partial:
        return visit.go(_back(visit, record), text, undo=undo)
    if not changes:
        return Reply(204)
    return page(
        visit,
        "sheet.html",
        text=text,
        is_bad=False,
        undo=undo and [undo.url, undo.fields],
        filled=Filled(),
        cells=[cell for cell in cells(visit, record.value) if cell.name in visit.form],
    )


def _back(visit: Visit, record: Record[Product]) -> str:
    """The tab that the form was on, and the part of it."""
    kept = {name: visit.form[name] for name in ("tab", "of", "page") if visit.form.get(name)}
    return visit.url("products", record.id.hex, **kept)


def _undo(visit: Visit, record: Record[Product], changes: list[Change]) -> Undo | None:
    """Takes back all of one save, where every part of it can be."""
    if not changes or products.why_not(record.value, *changes):
        return None
    kept = {name: visit.form[name] for name in ("tab", "of", "page") if visit.form.get(name)}
    return Undo(visit.url("products", record.id.hex, "restore"), {"version": str(record.version), **kept})


async def post_restore(visit: Visit) -> Reply:
    """Take one change of a version back, or all of them."""
    version, field = version_of(visit.form.get("version", "")), visit.form.get("field")
    async with visit.hub.change(visit.tenant.id) as tx:
        id = (await find(visit, tx)).id
        event = await events.that_made(tx, visit.tenant.id, "product", id, version)
        wanted = [change for change in event.changes if field is None or change.field == field]
        record, changes = await products.restore(tx, visit.caller, id, wanted)
    return visit.go(_back(visit, record), told.saved(changes), undo=_undo(visit, record, changes))


async def post_price(visit: Visit) -> Reply:
    """A variant's row in one more list, or from one more quantity on."""
    row, errors = _price_row(visit.form)
    try:
        async with visit.hub.change(visit.tenant.id) as tx:
            record = await products.hold(tx, visit.caller, (await find(visit, tx)).id)
            variant = chosen(visit, record.value) or record.value.default
            places = {(price.code, price.min_quantity) for price in variant.prices}
            if not errors and (row["code"], row["min_quantity"]) in places:
                errors["code"] = "There is a price from this quantity on in this list already: change it above."
            if not errors:
                given = {"prices": Merge([row], keys=(("code", "min_quantity"),))}
                wanted = product_cells.of_variant(record.value, variant.id, given)
                record, _ = await products.change(tx, visit.caller, record.id, wanted)
    except Refused as refusal:
        errors["amount"] = said(refusal)[1]
    if errors:
        return await _again(visit, Filled(typed=dict(visit.form), errors=errors))
    undo = {"price": _added(variant, record.value).hex, "tab": "prices", "of": visit.form.get("of", "")}
    return visit.go(
        _back(visit, record),
        f"{variant.sku}: added a price in {row['code']}.",
        undo=Undo(visit.url("products", record.id.hex, "prices", "remove"), undo),
    )


def _added(before: Variant, product: Product) -> UUID:
    known = {price.id for price in before.prices}
    after = next(one for one in (product.default, *product.variants) if one.id == before.id)
    return next(price.id for price in after.prices if price.id not in known)


def _price_row(form: Mapping[str, str]) -> tuple[Patch, dict[str, str]]:
    row: Patch = {"action": form.get("action") or Action.OVERWRITE, "min_quantity": Decimal(1)}
    errors: dict[str, str] = {}

    def read(name: str, title: str, how: Callable[[str], Any]) -> None:
        try:
            if form.get(name) or how is sheet.key:
                row[name] = how(form.get(name, ""))
        except ValueError as error:
            errors[name] = f"{title} {error}."

    read("code", "Price list", sheet.key)
    read("min_quantity", "From quantity", sheet.number)
    for name, title in product_cells.AMOUNTS.items():
        read(name, title, sheet.amount)
    if row.get("code", "").startswith("$"):
        errors["code"] = "Codes that begin with $ are the hub's own."
    if row["action"] not in list(Action):
        errors["action"] = "Rule must be overwrite, increase or decrease."
    is_empty = all(row.get(name) is None for name in product_cells.AMOUNTS)
    if not errors and is_empty:
        errors["amount"] = "Give a price or a percentage."
    return row, errors


async def post_price_removal(visit: Visit) -> Reply:
    async with visit.hub.change(visit.tenant.id) as tx:
        record = await products.hold(tx, visit.caller, (await find(visit, tx)).id)
        variant = chosen(visit, record.value) or record.value.default
        price = next((one for one in variant.prices if one.id.hex == visit.form.get("price")), None)
        if price is not None:
            gone = {"prices": Merge([{"id": price.id, patch.REMOVE: True}])}
            wanted = product_cells.of_variant(record.value, variant.id, gone)
            record, _ = await products.change(tx, visit.caller, record.id, wanted)
    if price is None:
        return visit.go(_back(visit, record), "That price is gone already.")
    held = {name: sheet.spell(getattr(price, name)) for name in (*product_cells.AMOUNTS, "min_quantity")}
    held |= {"code": price.code, "action": str(price.action), "tab": "prices", "of": visit.form.get("of", "")}
    undo = Undo(visit.url("products", record.id.hex, "prices"), {name: text for name, text in held.items() if text})
    return visit.go(_back(visit, record), f"{variant.sku}: removed the price in {price.known_as}.", undo=undo)


async def get_new(visit: Visit) -> Reply:
    return page(visit, "product_new.html", form={}, errors={}, error="")


async def post_new(visit: Visit) -> Reply:
    form, errors = visit.form, {}
    read: dict[str, Any] = {}
    ways = {"sku": sheet.key, "name": sheet.words, "price": sheet.amount, "stock": sheet.amount}
    for name, how in ways.items():
        try:
            read[name] = how(form.get(name, ""))
        except ValueError as error:
            errors[name] = f"{'SKU' if name == 'sku' else name.capitalize()} {error}."
    if not errors:
        default: Patch = {"sku": read["sku"], "price": read["price"]}
        if read["stock"] is not None:
            default["levels"] = Merge([{"code": MAIN, "on_hand": read["stock"]}], keys=("code",))
        content = {visit.tenant.language: {"name": read["name"] or read["sku"]}}
        try:
            async with visit.hub.change(visit.tenant.id) as tx:
                made = await products.create(tx, visit.caller, {"default": default, "content": content})
            return visit.go(visit.url("products", made.id.hex), f"{read['sku']} is there now.")
        except Refused as refusal:
            errors["sku"] = said(refusal)[1]
    return page(visit, "product_new.html", status=400, form=form, errors=errors, error="")


async def post_deletion(visit: Visit) -> Reply:
    """Only with the product's SKU typed again: nothing brings it back."""
    async with visit.hub.read(visit.tenant.id) as tx:
        record = await find(visit, tx)
    sku, problem = record.value.sku, ""
    if visit.form.get("sku") != sku:
        problem = f"Type {sku} here to delete the product. Nothing was deleted."
    else:
        try:
            async with visit.hub.change(visit.tenant.id) as tx:
                await products.delete(tx, visit.caller, record.id)
        except Refused as refusal:
            problem = said(refusal)[1]
    if not problem:
        return visit.go(visit.url("products"), f"{sku} is deleted.")
    return await _again(visit, Filled(errors={"sku": problem}))


def _texts(visit: Visit, product: Product) -> list[Cell]:
    variant = chosen(visit, product)
    content = product.content if variant is None else variant.content
    sent = {name.partition("-")[2] for name in visit.form if name.partition("-")[0] in product_cells.TEXTS}
    languages = [code for code in sorted(sent) if code in content or codes.language(code) == code]
    return [cell for language in languages for cell in product_cells.texts(content, language)]


def _prices(visit: Visit, product: Product) -> list[Cell]:
    variant = chosen(visit, product) or product.default
    return [
        *product_cells.base_prices(variant, visit.tenant.currency),
        *product_cells.list_prices(variant, visit.tenant.currency),
    ]


_FORMS: dict[str, tuple[Cells, Patched]] = {
    "facts": (
        lambda visit, product: product_cells.facts(product),
        lambda visit, product, values: product_cells.facts_patch(values),
    ),
    "texts": (
        _texts,
        lambda visit, product, values: product_cells.texts_patch(product, chosen(visit, product), values),
    ),
    "variants": (
        lambda visit, product: product_cells.variants(product, visit.tenant.currency),
        lambda visit, product, values: product_cells.variants_patch(product, values),
    ),
    "amounts": (
        _prices,
        lambda visit, product, values: product_cells.prices_patch(
            product, chosen(visit, product) or product.default, values
        ),
    ),
}
_ONE = "/{shop}/products/{product}"
NEW = (
    Page("GET", "/{shop}/products/new", get_new, Right.GOODS),
    Page("POST", "/{shop}/products/new", post_new, Right.GOODS),
)
PAGES = (
    *(Page("POST", f"{_ONE}/{name}", _form(*form), Right.GOODS) for name, form in _FORMS.items()),
    Page("POST", f"{_ONE}/restore", post_restore, Right.GOODS),
    Page("POST", f"{_ONE}/prices", post_price, Right.GOODS),
    Page("POST", f"{_ONE}/prices/remove", post_price_removal, Right.GOODS),
    Page("POST", f"{_ONE}/delete", post_deletion, Right.GOODS),
)
