"""What becomes of a record that one wire wrote when another reads it and writes to it; found out by doing it.

Where a field is carried to is not claimed anywhere: it is changed alone, and what moves at the other wire is where.
A field is lost when it changes without its own wire's doing: by the other's sending back what it read, or by its
change of a field that does not show the lost one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from plughub.core.hub import Hub
from tests import make
from tests.matrix.wire import KEPT, NEEDED, NEW, Client, Field, Parts, Record, Seen, Wire, differences, merged


@dataclass(kw_only=True)
class Finding:
    """Of one noun, written by one wire and read by another."""

    writer: Wire
    reader: Wire
    noun: str
    #: Field -> paths at the reader that move with it.
    carried: dict[str, list[str]] = field(default_factory=dict)
    #: Field of the reader -> paths at the writer that move with it.
    written: dict[str, list[str]] = field(default_factory=dict)
    #: What must not be; each says what was lost, and by what.
    lost: list[str] = field(default_factory=list)
    #: Fields that moved with a field of the reader's that does not show them: (field, reader's field).
    suspects: list[tuple[str, str]] = field(default_factory=list)


@dataclass(kw_only=True)
class _Side:
    client: Client
    record: Record
    made: dict[str, Any]
    shown: Parts = field(default_factory=dict)

    async def look(self) -> set[str]:
        """Paths that have changed since the last look."""
        before, self.shown = self.shown, await self.record.read(self.client)
        if not before:
            return set()
        names = {one["localId"]: name for name, one in self.made.items() if "localId" in one}
        return differences(_named(before), _named(self.shown), self.record.label, names) - self.record.moves

    def body(self, one: Field, value: Any) -> dict[str, Any]:
        return one.body(Seen(self.made, self.shown.get(one.part)), value)

    async def change(self, one: Field, value: Any) -> str | None:
        """The refusal, if it was refused."""
        answer = await self.record.write(self.client, self.shown, one.part, self.body(one, value))
        return None if answer.status < 400 else f"{answer.status} {answer.text}"

    @property
    def tried(self) -> list[Field]:
        return [one for one in self.record.fields if one.second not in (KEPT, NEEDED)]

    async def send_back(self) -> str | None:
        for part, shown in self.shown.items():
            answer = await self.record.write(self.client, self.shown, part, shown)
            if answer.status >= 400:
                return f"{answer.status} {answer.text}"
        return None


def _named(shown: Parts) -> Any:
    return shown[""] if list(shown) == [""] else shown


async def probe(hub: Hub, http: aiohttp.ClientSession, address: str, writer: Wire, reader: Wire, noun: str) -> Finding:
    finding = Finding(writer=writer, reader=reader, noun=noun)
    shop = await make.shop(hub)
    ours, theirs = [await _side(http, address, shop, wire, noun) for wire in (writer, reader)]
    await _create(ours)
    await ours.look()
    await theirs.look()
    finding.lost += _undescribed(writer, ours)
    await _sent_back(finding, ours, theirs)
    await _changed_by_writer(finding, ours, theirs)
    await _sent_back(finding, ours, theirs)
    await _changed_by_reader(finding, ours, theirs)
    await _sent_back(finding, ours, theirs)
    return finding


async def glance(hub: Hub, http: aiohttp.ClientSession, address: str, writer: Wire, reader: Wire, noun: str) -> Finding:
    """The part of it that is quick: all fields at once, sent back by both wires."""
    finding = Finding(writer=writer, reader=reader, noun=noun)
    shop = await make.shop(hub)
    ours, theirs = [await _side(http, address, shop, wire, noun) for wire in (writer, reader)]
    await _create(ours)
    await ours.look()
    await theirs.look()
    finding.lost += _undescribed(writer, ours)
    await _sent_back(finding, ours, theirs)
    return finding


async def _side(http: aiohttp.ClientSession, address: str, shop: make.Shop, wire: Wire, noun: str) -> _Side:
    client = await wire.connect(http, address, shop)
    return _Side(client=client, record=wire.nouns[noun], made=await wire.prepare(client))


async def _create(ours: _Side) -> None:
    assert ours.record.create is not None
    body: Any = {}
    for one in ours.record.fields:
        part = {one.part: ours.body(one, one.first)} if one.part else ours.body(one, one.first)
        body = merged(body, part, ours.record.label)
    await ours.record.create(ours.client, body)


def _undescribed(wire: Wire, side: _Side) -> list[str]:
    """A field that the wire shows and nobody tries is not known to stay."""
    tried = {
        (one.part, one.name.removeprefix(f"{one.part}.").split(".")[0].split("[")[0]) for one in side.record.fields
    }
    left = side.record.derived | {name.split(".")[-1] for name in side.record.moves}
    return [
        f"`{name}` of {wire.title} is in no description"
        for part, shown in side.shown.items()
        for name in shown
        if (part, name) not in tried and name not in left
    ]


async def _sent_back(finding: Finding, ours: _Side, theirs: _Side) -> None:
    """What was read and is sent back unchanged changes nothing, by whichever wire."""
    for side, wire in ((theirs, finding.reader), (ours, finding.writer)):
        refusal = await side.send_back()
        if refusal is not None:
            finding.lost.append(f"{wire.title} refuses what it showed: {refusal}")
        for path in sorted(await ours.look() | await theirs.look()):
            finding.lost.append(f"`{path}` when {wire.title} sends back what it showed")


async def _changed_by_writer(finding: Finding, ours: _Side, theirs: _Side) -> None:
    finding.carried = {one.name: [] for one in ours.record.fields if one.second is KEPT}
    for one in ours.tried:
        refusal = await ours.change(one, one.second)
        own, other = await ours.look(), await theirs.look()
        if refusal is not None or not _of(one.name, own):
            finding.lost.append(f"`{one.name}`, changed by {finding.writer.title} itself: {refusal or 'not kept'}")
        finding.carried[one.name] = sorted(other)


def _of(name: str, paths: Iterable[str]) -> bool:
    """Whether one of the paths is the field's, inside it, or all that it is in."""
    return any(_within(path, name) or _within(name, path) for path in paths)


def _within(path: str, whole: str) -> bool:
    return path == whole or (path.startswith(whole) and path[len(whole)] in ".[(")


def _bare(paths: Iterable[str]) -> set[str]:
    return {path.removesuffix(NEW) for path in paths}


def judge(findings: Sequence[Finding]) -> None:
    """A suspect is lost unless the other field shows it where that field's own wire made the record."""
    runs = {(one.writer.name, one.reader.name, one.noun): one for one in findings}
    for one in findings:
        back = runs.get((one.reader.name, one.writer.name, one.noun))
        follows = {each.name for each in one.writer.nouns[one.noun].fields if each.follows}
        for name, cause in one.suspects:
            is_shown = back is not None and _of(name, back.carried.get(cause, ()))
            if not is_shown and name not in follows:
                one.lost.append(f"`{name}` when {one.reader.title} changes `{cause}`")


async def _changed_by_reader(finding: Finding, ours: _Side, theirs: _Side) -> None:
    for one in (each for each in theirs.tried if not each.is_makers):
        shown: set[str] = set()
        for value in (one.second, one.first):
            if shown:
                break
            # The record may have the one value already.
            refusal = await theirs.change(one, value)
            shown = await theirs.look()
        if not shown:
            finding.lost.append(f"`{one.name}`, changed by {finding.reader.title}: {refusal or 'not kept'}")
        touched = await ours.look()
        finding.written[one.name] = sorted(touched)
        # What has come to a list takes nothing away.
        changed = {path for path in touched if not path.endswith(NEW)}
        for name, paths in finding.carried.items():
            if _of(name, changed) and not _bare(shown) & _bare(paths):
                finding.suspects.append((name, one.name))
