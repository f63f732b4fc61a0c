"""Categories as records of their own: named in several languages, moved, deleted.

A category's path is spelled in the tenant's language; products show it, so that a new path is a change of theirs.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from plughub.core import connections, events, ids, patch
from plughub.core.caller import Caller
from plughub.core.errors import Duplicate, Invalid, Locked, Missing, NotFound
from plughub.core.events import Action
from plughub.core.hub import Transaction
from plughub.core.listing import Source as ListSource
from plughub.core.patch import Change, Patch
from plughub.core.products import queries, store
from plughub.core.record import Record
from plughub.core.sql import inside
from plughub.core.values import LONGEST_KEY, Custom, Source, to_json

_BETWEEN = " > "


class _Doc(Struct, frozen=True, kw_only=True, omit_defaults=True):
    names: dict[str, str] = {}
    custom: dict[str, Custom] = {}
    source: Source = Source()


class CategoryNode(_Doc, frozen=True, kw_only=True, omit_defaults=True):
    """One node of the tree. `names`: language -> name."""

    parent: UUID | None = None
    #: Names from the root, in the tenant's language; not a field that anybody writes.
    path: str = ""
    remote_id: str | None = None


_LIST = """
SELECT r.id, r.number, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by, r.deleted_at, r.parent_id,
       r.path, r.doc,
       (SELECT m.remote_id FROM remote_records m WHERE m.tenant_id = $1 AND m.connection_id = $3
        AND m.kind = 'category' AND m.record_id = r.id) AS remote_id
FROM categories r WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.id = ANY ($4)
"""
_REMOTE_ID = """
(SELECT m.remote_id COLLATE "C" FROM remote_records m
 WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = 'category' AND m.record_id = r.id)
"""


def category_source(language: str) -> ListSource:
    name = f"coalesce({inside('r.doc', f'names.{language}')}, substring(r.path FROM '[^>]*$'))"
    return ListSource(
        kind="category",
        table="categories",
        alive="r.tenant_id = $1 AND r.company_id = $2",
        fields={
            "id": "r.id {test}",
            "created_at": "r.created_at {test}",
            "changed_at": "r.changed_at {test}",
            "is_deleted": "(r.deleted_at IS NOT NULL) {test}",
            "remote_id": _REMOTE_ID + " {test}",
            "name": f'ltrim({name}) COLLATE "C" {{test}}',
            "parent": "r.parent_id {test}",
        },
    )


async def category_nodes(tx: Transaction, caller: Caller, wanted: Sequence[UUID]) -> dict[UUID, Record[CategoryNode]]:
    """Categories by their ids, those that were deleted too."""
    rows = await tx.all(_LIST, caller.tenant, caller.company, caller.connection, list(wanted))
    return {row["id"]: _record(row, caller.language) for row in rows}


async def create_category(tx: Transaction, caller: Caller, changes: Patch) -> UUID:
    await _hold_tree(tx, caller)
    id = ids.new()
    node = patch.apply(CategoryNode(source=Source(connection=caller.connection)), changes)
    node = await _placed(tx, caller, id, node)
    try:
        await tx.run(
            "INSERT INTO categories (tenant_id, id, company_id, parent_id, path, created_by, changed_by, doc)"
            " VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
            caller.tenant, id, caller.company, node.parent, node.path, caller.actor, _document(node),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("category", node.path) from error
    if node.remote_id is not None:
        await connections.set_remote_id(tx, caller, "category", id, node.remote_id, exclusive=True)
    await _told(tx, caller, id, Action.CREATED, [Change("", None, node)])
    return id


async def change_category(tx: Transaction, caller: Caller, id: UUID, changes: Patch) -> None:
    """Rename, move, or change what is kept with it. What lies below follows, and so do the products in it."""
    before = await hold_category(tx, caller, id)
    after = await _placed(tx, caller, id, patch.apply(before.value, changes))
    told = patch.diff(before.value, after)
    if not told:
        return
    try:
        await tx.run(
            "UPDATE categories SET parent_id = $3, path = $4, doc = $5, changed_by = $6, version = version + 1,"
            " changed_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2",
            caller.tenant, id, after.parent, after.path, _document(after), caller.actor,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as error:
        raise Duplicate("category", after.path) from error
    if after.remote_id != before.value.remote_id:
        await connections.set_remote_id(tx, caller, "category", id, after.remote_id, exclusive=True)
    await _told(tx, caller, id, Action.UPDATED, told)
    if after.path != before.value.path:
        await _follow(tx, caller, id, before.value.path, after.path)


async def delete_category(tx: Transaction, caller: Caller, id: UUID) -> None:
    before = await hold_category(tx, caller, id)
    in_use = await tx.value(
        "SELECT EXISTS (SELECT FROM product_categories x JOIN products p ON p.tenant_id = $1 AND p.id = x.product_id"
        " WHERE x.tenant_id = $1 AND x.category_id = $2 AND p.deleted_at IS NULL) OR EXISTS (SELECT FROM categories c"
        " WHERE c.tenant_id = $1 AND c.parent_id = $2 AND c.deleted_at IS NULL)",
        caller.tenant,
        id,
    )
    if in_use:
        raise Locked("category", f"{before.value.path} still has products or categories in it")
    await tx.run(
        "UPDATE categories SET deleted_at = clock_timestamp(), changed_at = clock_timestamp(), changed_by = $3,"
        " version = version + 1 WHERE tenant_id = $1 AND id = $2",
        caller.tenant,
        id,
        caller.actor,
    )
    await connections.forget_record(tx, caller, [id])
    await _told(tx, caller, id, Action.DELETED, [Change("", before.value, None)])


async def hold_category(tx: Transaction, caller: Caller, id: UUID) -> Record[CategoryNode]:
    """A live category as it stays until this transaction ends: the whole tree stands still until then."""
    await _hold_tree(tx, caller)
    found = (await category_nodes(tx, caller, [id])).get(id)
    if found is None or found.deleted_at is not None:
        raise NotFound("category", id)
    return found


async def _hold_tree(tx: Transaction, caller: Caller) -> None:
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"categories {caller.tenant}")


async def _placed(tx: Transaction, caller: Caller, id: UUID, node: CategoryNode) -> CategoryNode:
    """The node with its path, which its parent and its name make."""
    name = node.names.get(caller.language) or next(iter(node.names.values()), "")
    if not name.strip():
        raise Missing("name", "is required")
    if _BETWEEN in name:
        raise Invalid("name", f"must not contain {_BETWEEN!r}: it stands between a category and its parent")
    path = name
    if node.parent is not None:
        above = (await category_nodes(tx, caller, [node.parent])).get(node.parent)
        if above is None or above.deleted_at is not None:
            raise NotFound("category", node.parent)
        if node.parent == id or (node.path and above.value.path.startswith(node.path + _BETWEEN)):
            raise Invalid("parent", "must not be the category itself or lie below it")
        path = above.value.path + _BETWEEN + name
    if len(path) > LONGEST_KEY:
        raise Invalid("name", f"must have at most {LONGEST_KEY} characters together with the names above it")
    return replace(node, path=path)


async def _follow(tx: Transaction, caller: Caller, id: UUID, before: str, after: str) -> None:
    """Categories below get their new paths, products in any of them are found under those."""
    rows = await tx.all(
        "UPDATE categories SET path = $4 || substr(path, length($3) + 1), version = version + 1, changed_by = $5,"
        " changed_at = clock_timestamp()"
        " WHERE tenant_id = $1 AND company_id = $2 AND deleted_at IS NULL AND starts_with(path, $3 || ' > ')"
        " RETURNING id",
        caller.tenant,
        caller.company,
        before,
        after,
        caller.actor,
    )
    touched = await tx.all(
        "SELECT DISTINCT x.product_id FROM product_categories x WHERE x.tenant_id = $1 AND x.category_id = ANY ($2)"
        " ORDER BY x.product_id",
        caller.tenant,
        [id, *(row["id"] for row in rows)],
    )
    for row in touched:
        await _refresh(tx, caller, row["product_id"], Change("categories", before, after))


async def _refresh(tx: Transaction, caller: Caller, product: UUID, change: Change) -> None:
    try:
        await store.lock(tx, caller, product)
    except NotFound:
        return
    version = await tx.value(
        "UPDATE products SET version = version + 1, changed_at = clock_timestamp(), changed_by = $3"
        " WHERE tenant_id = $1 AND id = $2 RETURNING version",
        caller.tenant,
        product,
        caller.actor,
    )
    record = await queries.by_id(tx, caller, product)
    await store.save_search(tx, caller, product, record.value)
    await events.record(
        tx, caller, "product", product, version=version, action=Action.UPDATED, changes=[change], aspects=["content"]
    )


def _document(node: CategoryNode) -> bytes:
    return to_json(_Doc(names=node.names, custom=node.custom, source=node.source))


def _record(row: Any, language: str) -> Record[CategoryNode]:
    doc = msgspec.json.decode(row["doc"], type=_Doc)
    # One that a product's path made has that name only.
    names = doc.names or {language: row["path"].rpartition(_BETWEEN)[2]}
    node = CategoryNode(
        names=names, custom=doc.custom, source=doc.source,
        parent=row["parent_id"], path=row["path"], remote_id=row["remote_id"],
    )  # fmt: skip
    return Record(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        value=node,
        deleted_at=row["deleted_at"],
    )


async def _told(tx: Transaction, caller: Caller, id: UUID, action: Action, changes: list[Change]) -> None:
    version = await tx.value("SELECT version FROM categories WHERE tenant_id = $1 AND id = $2", caller.tenant, id)
    await events.record(
        tx, caller, "category", id, version=version, action=action, changes=changes, aspects=["content"]
    )
