"""Where one can go: the menu, and the keys that lead there after `g`."""

from typing import NamedTuple


class Place(NamedTuple):
    #: Below the shop's address.
    path: str
    title: str
    #: Pressed after `g`.
    key: str


PLACES = (
    Place("", "Home", "h"),
    Place("orders", "Orders", "o"),
    Place("products", "Products", "p"),
    Place("stock", "Stock", "s"),
    Place("customers", "Customers", "c"),
    Place("messages", "Messages", "m"),
    Place("connections", "Connections", "n"),
    Place("deliveries", "Problems", "d"),
    Place("developers", "Developers", "v"),
    Place("people", "People", "e"),
)
