"""The sample shop: made-up goods, buyers, orders and conversations, loaded through the core's own commands.

`goods.py`, `people.py`, `talks.py` and `freight.py` hold the tables, `catalogue.py`, `orders.py`, `journeys.py` and
`messages.py` make patches of them, `load.py` brings them in.
"""

from plughub.sample.load import load
from plughub.sample.shop import TENANT

__all__ = ["TENANT", "load"]
