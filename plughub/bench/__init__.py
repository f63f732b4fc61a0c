"""How fast a hub is: four workloads as clients of a dialect send them, a way to send them, and what came of it.

W1 reads one product with four variants by SKU, W2 changes one variant's stock, W3 places an order of three lines,
W4 lists a hundred products. `plughub/cli/bench.py` puts the parts together.
"""

from plughub.bench import plugboard, pluggto
from plughub.bench.model import Client, Goods, Target, Workload
from plughub.bench.report import Machine, Result, Run, markdown, table

#: Dialect -> how its clients sign in, and what they send.
CLIENTS: dict[str, Client] = {client.dialect: client for client in (pluggto.CLIENT, plugboard.CLIENT)}

__all__ = ["CLIENTS", "Client", "Goods", "Machine", "Result", "Run", "Target", "Workload", "markdown", "table"]
