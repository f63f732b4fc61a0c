"""What messages can be asked for (specification 8)."""

from plughub.core.filters import Contains
from plughub.core.values import fold
from plughub.dialects.pluggto.message_wire import ASKED
from plughub.dialects.pluggto.query import Filters, equal, has, identity, timestamp


def filters(account: int) -> Filters:
    """What messages can be asked for; all of them show the same account."""
    return _FILTERS.showing(account)


_FILTERS = Filters(
    shape=ASKED,
    look_ups=frozenset({"id", "original_id", "item_related"}),
    readers={
        "id": lambda value: equal("id", identity(value)),
        "original_id": lambda value: equal("channel_number", value),
        "channel": lambda value: has(fold(value), "~channel"),
        "all": lambda value: Contains("words", value),
        "timestamp": timestamp,
    },
)
