import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from plughub.core.caller import Caller
from plughub.core.errors import NotFound
from plughub.core.hub import Transaction
from plughub.core.listing import Source
from plughub.core.record import Record
from plughub.core.registry.model import AnyEntry, Kind, Leaf
from plughub.core.sql import inside

_BY_IDS = """
SELECT r.id, r.number, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by, r.deleted_at, r.doc,
       (SELECT m.remote_id FROM remote_records m
        WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = $4 AND m.record_id = r.id) AS remote_id
FROM registry r WHERE r.tenant_id = $1 AND r.company_id = $2 AND r.kind = $4 AND r.id = ANY ($5)
"""

#: A default is written into the statement.
_WORD = re.compile(r"[a-z_]+")

_OWNED = """
SELECT r.id, r.number, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by, r.deleted_at, r.doc,
       r.kind, r.owner_id
FROM registry r
WHERE r.tenant_id = $1 AND r.owner_id = ANY ($3) AND r.kind = ANY ($4) AND r.company_id = $2 AND r.deleted_at IS NULL
ORDER BY r.id
"""

_REMOTE_ID = """
(SELECT m.remote_id COLLATE "C" FROM remote_records m
 WHERE m.tenant_id = $1 AND m.connection_id = $3 AND m.kind = '{kind}' AND m.record_id = r.id)
"""


def source(kind: str, leaves: Mapping[str, Leaf] | None = None) -> Source:
    """What lists of a kind ask: the common fields and some of the document's."""
    return Source(
        kind=kind,
        table="registry",
        alive=f"r.tenant_id = $1 AND r.company_id = $2 AND r.kind = '{kind}'",
        fields={
            "id": "r.id {test}",
            "created_at": "r.created_at {test}",
            "changed_at": "r.changed_at {test}",
            "is_deleted": "(r.deleted_at IS NOT NULL) {test}",
            "remote_id": _REMOTE_ID.replace("{kind}", kind) + " {test}",
            **{field: _leaf(leaf) + " {test}" for field, leaf in (leaves or {}).items()},
        },
    )


async def by_id(tx: Transaction, caller: Caller, kind: Kind[AnyEntry], id: UUID) -> Record[AnyEntry]:
    """Also one that was deleted; its `deleted_at` says so."""
    found = await by_ids(tx, caller, kind, [id])
    if id not in found:
        raise NotFound(kind.name, id)
    return found[id]


async def id_of(tx: Transaction, caller: Caller, kind: Kind[AnyEntry], key: str) -> UUID | None:
    """The live record with this key."""
    id: UUID | None = await tx.value(
        "SELECT id FROM registry"
        " WHERE tenant_id = $1 AND company_id = $2 AND kind = $3 AND key = $4 AND deleted_at IS NULL",
        caller.tenant,
        caller.company,
        kind.name,
        key,
    )
    return id


async def by_ids(
    tx: Transaction, caller: Caller, kind: Kind[AnyEntry], ids: Sequence[UUID]
) -> dict[UUID, Record[AnyEntry]]:
    rows = await tx.all(_BY_IDS, caller.tenant, caller.company, caller.connection, kind.name, list(ids))
    decode = msgspec.json.Decoder(kind.noun).decode
    return {row["id"]: _record(row, _known_as(decode(row["doc"]), row["remote_id"])) for row in rows}


async def owned(
    tx: Transaction, caller: Caller, kinds: Sequence[Kind[Any]], owners: Sequence[UUID]
) -> dict[UUID, list[Record[Any]]]:
    """Live records of these kinds by the record that they belong to, oldest first. They come without remote ids."""
    decoders = {kind.name: msgspec.json.Decoder(kind.noun).decode for kind in kinds}
    rows = await tx.all(_OWNED, caller.tenant, caller.company, list(owners), list(decoders))
    found: dict[UUID, list[Record[Any]]] = {}
    for row in rows:
        found.setdefault(row["owner_id"], []).append(_record(row, decoders[row["kind"]](row["doc"])))
    return found


def _record(row: asyncpg.Record, noun: AnyEntry) -> Record[AnyEntry]:
    return Record(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        value=noun,
        deleted_at=row["deleted_at"],
    )


def _leaf(leaf: Leaf) -> str:
    value = inside("r.doc", leaf.path, leaf.type)
    if not leaf.default:
        return value
    if not _WORD.fullmatch(leaf.default):
        raise ValueError(leaf.default)
    return f"coalesce({value}, '{leaf.default}')"


def _known_as(noun: AnyEntry, remote_id: str | None) -> AnyEntry:
    assert isinstance(noun, Struct)  # noqa: S101
    return replace(noun, remote_id=remote_id) if remote_id is not None else noun
