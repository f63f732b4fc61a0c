"""Freight: where parcels start, who is asked for quotes, the tenant's own tables, and what a parcel costs."""

from plughub.core.shipping import sheet
from plughub.core.shipping.asking import Ask, Unusable, ask
from plughub.core.shipping.commands import (
    add_source,
    change_source,
    count,
    import_table,
    remove_source,
    remove_table,
    set_origin,
)
from plughub.core.shipping.model import (
    DEFAULT_BUDGET_MS,
    Counts,
    Destination,
    FreightRow,
    FreightSource,
    FreightTable,
    Heard,
    Item,
    Origin,
    Outcome,
    Parcel,
    Quote,
    Quoted,
)
from plughub.core.shipping.parcels import parcel
from plughub.core.shipping.queries import (
    active_sources,
    origin,
    rows,
    sources,
    table_by_name,
    table_quotes,
    tables,
)
from plughub.core.shipping.rules import merged, value, weight

__all__ = [
    "DEFAULT_BUDGET_MS",
    "Ask",
    "Counts",
    "Destination",
    "FreightRow",
    "FreightSource",
    "FreightTable",
    "Heard",
    "Item",
    "Origin",
    "Outcome",
    "Parcel",
    "Quote",
    "Quoted",
    "Unusable",
    "active_sources",
    "add_source",
    "ask",
    "change_source",
    "count",
    "import_table",
    "merged",
    "origin",
    "parcel",
    "remove_source",
    "remove_table",
    "rows",
    "set_origin",
    "sheet",
    "sources",
    "table_by_name",
    "table_quotes",
    "tables",
    "value",
    "weight",
]
