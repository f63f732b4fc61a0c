"""The dialects in the matrix. A new one describes its records in a file of its own and has its name here."""

from itertools import permutations

import aiohttp

from plughub.core.hub import Hub
from tests.matrix.plugboard import PLUGBOARD
from tests.matrix.pluggto import PLUGGTO
from tests.matrix.probe import Finding, judge, probe
from tests.matrix.states import Words, probe_states
from tests.matrix.wire import Wire

WIRES = (PLUGGTO, PLUGBOARD)


def runs() -> list[tuple[Wire, Wire, str]]:
    """Who writes, who reads, which noun."""
    return [
        (writer, reader, noun)
        for writer, reader in permutations(WIRES, 2)
        for noun, record in writer.nouns.items()
        if record.create is not None and noun in reader.nouns
    ]


async def everything(hub: Hub, http: aiohttp.ClientSession, address: str) -> tuple[list[Finding], list[Words]]:
    findings = [await probe(hub, http, address, *run) for run in runs()]
    judge(findings)
    return findings, [await probe_states(hub, http, address, *pair) for pair in permutations(WIRES, 2)]
