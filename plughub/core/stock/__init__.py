"""Stock: locations, levels, the ledger of movements, and what is promised to orders."""

from plughub.core.stock.commands import change, consume, hold, release, set_free
from plughub.core.stock.ledger import Held, held, latest
from plughub.core.stock.low import low_count
from plughub.core.stock.model import MAIN, Changed, Level, Movement, Supply, Verb, Wanted
from plughub.core.stock.queries import location_ids, movements
from plughub.core.stock.rules import by_preference, counted, free, kit_stock, source

__all__ = [
    "MAIN",
    "Changed",
    "Held",
    "Level",
    "Movement",
    "Supply",
    "Verb",
    "Wanted",
    "by_preference",
    "change",
    "consume",
    "counted",
    "free",
    "held",
    "hold",
    "kit_stock",
    "latest",
    "location_ids",
    "low_count",
    "movements",
    "release",
    "set_free",
    "source",
]
