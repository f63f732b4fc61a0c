"""Stock: locations, levels, the ledger of movements, and what is promised to orders."""

from plughub.core.stock.commands import change, consume, hold, release, set_free
from plughub.core.stock.counts import (
    LEFT_OUT,
    MOST_ROWS,
    Count,
    CountList,
    CountRow,
    Outcome,
    begin,
    carry_on,
    count_list,
    count_lists,
    count_rows,
)
from plughub.core.stock.ledger import Held, held, latest, past
from plughub.core.stock.locations import Location, change_location, create_location, locations
from plughub.core.stock.low import low_count
from plughub.core.stock.model import MAIN, Changed, Level, Movement, Supply, Verb, Wanted
from plughub.core.stock.queries import location_ids, movements
from plughub.core.stock.rules import by_preference, counted, free, kit_stock, source
from plughub.core.stock.sheet import Position, Sheet, Shelf, kept, position, positions, unkept

__all__ = [
    "LEFT_OUT",
    "MAIN",
    "MOST_ROWS",
    "Changed",
    "Count",
    "CountList",
    "CountRow",
    "Held",
    "Level",
    "Location",
    "Movement",
    "Outcome",
    "Position",
    "Sheet",
    "Shelf",
    "Supply",
    "Verb",
    "Wanted",
    "begin",
    "by_preference",
    "carry_on",
    "change",
    "change_location",
    "consume",
    "count_list",
    "count_lists",
    "count_rows",
    "counted",
    "create_location",
    "free",
    "held",
    "hold",
    "kept",
    "kit_stock",
    "latest",
    "location_ids",
    "locations",
    "low_count",
    "movements",
    "past",
    "position",
    "positions",
    "release",
    "set_free",
    "source",
    "unkept",
]
