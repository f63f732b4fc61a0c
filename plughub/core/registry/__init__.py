"""Records without rules of their own beyond one key: kept, changed, listed and deleted as documents."""

from plughub.core.registry.commands import change, create, delete, hold, touch
from plughub.core.registry.model import AnyEntry, Entry, Kind, Leaf
from plughub.core.registry.queries import by_id, by_ids, id_of, owned, source

__all__ = [
    "AnyEntry",
    "Entry",
    "Kind",
    "Leaf",
    "by_id",
    "by_ids",
    "change",
    "create",
    "delete",
    "hold",
    "id_of",
    "owned",
    "source",
    "touch",
]
