"""Where an order stands, word by word: which word another wire has for it, and that its own word outlives the other."""

from dataclasses import dataclass, field

import aiohttp

from plughub.core.hub import Hub
from tests import make
from tests.matrix.wire import Wire


@dataclass(kw_only=True)
class Words:
    writer: Wire
    reader: Wire
    #: The writer's word -> the reader's.
    seen: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


async def probe_states(hub: Hub, http: aiohttp.ClientSession, address: str, writer: Wire, reader: Wire) -> Words:
    found = Words(writer=writer, reader=reader)
    shop = await make.shop(hub)
    ours, theirs = [await wire.connect(http, address, shop) for wire in (writer, reader)]
    for word in writer.states.words:
        await writer.states.create(ours, word)
    before = await writer.states.read(ours)
    for number, order in (await reader.states.read(theirs)).items():
        found.seen[before[number][writer.states.field]] = order[reader.states.field]
        for body in (order, reader.states.unrelated):
            answer = await reader.states.write(theirs, order, body)
            if answer.status >= 400:
                found.lost.append(f"{reader.title} refuses what it showed: {answer.status} {answer.text}")
    for number, order in (await writer.states.read(ours)).items():
        word, now = (each[writer.states.field] for each in (before[number], order))
        if word != now:
            found.lost.append(f"`{word}` became `{now}` when {reader.title} sent the order back")
    found.lost += [f"`{word}` is not shown" for word in writer.states.words if word not in found.seen]
    return found
