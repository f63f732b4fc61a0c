"""Records as a dialect shows them, kept as bytes for as long as their version is the stored one.

Nothing here is believed by itself: whoever asks has just read the record's version from the database, as the
tenant, and gets the bytes only if that version was rendered. A list of a hundred so costs one small statement
and no rendering where nothing changed.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from plughub.core.record import Head, Record

Noun = TypeVar("Noun")

#: Bytes kept per process and dialect.
_ROOM = 64 * 1024 * 1024


class Kept(NamedTuple):
    """A record as it was shown."""

    id: UUID
    version: int
    body: bytes
    #: As `Record.described`.
    described: int | None = None


class Rendered:
    """The least recently asked go first when there is no room."""

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._used = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def known(self, key: Hashable) -> Kept | None:
        """What was last seen under a key, to be checked against the database."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, kept: Kept) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._used -= len(old.body)
        self._kept[key] = kept
        self._used += len(kept.body)
        while self._used > self._room:
            _, gone = self._kept.popitem(last=False)
            self._used -= len(gone.body)

    async def page(
        self,
        owner: Hashable,
        heads: Sequence[Head],
        fetch: Callable[[list[UUID]], Awaitable[dict[UUID, Record[Noun]]]],
        render: Callable[[Record[Noun]], bytes],
    ) -> list[msgspec.Raw]:
        """The records of a page as JSON; those that are not known in their version are fetched and rendered.

        A record that was deleted since its head was read is left out.
        """
        bodies: dict[UUID, bytes] = {}
        missing = []
        for id, version, is_complete in heads:
            seen = self.known((owner, id))
            if is_complete and seen is not None and seen.version == version:
                bodies[id] = seen.body
            else:
                missing.append(id)
        if missing:
            for id, record in (await fetch(missing)).items():
                bodies[id] = render(record)
                self.keep((owner, id), Kept(id, record.version, bodies[id], record.described))
        return [msgspec.Raw(bodies[head.id]) for head in heads if head.id in bodies]
