"""What was found out, as a page that says the same whenever the same is true."""

from collections.abc import Iterable, Sequence

from tests.matrix.probe import Finding
from tests.matrix.states import Words
from tests.matrix.wire import NEW, Record

_OPENING = """\
# What each wire carries to the others

Made by `make matrix`, which runs a hub and asks it over its sockets; not written by hand.

Each record is made through one wire with every field that the wire has, and read through the other. Then

- each field is changed alone through the first wire: what moves at the second is where it is *carried to*;
- each wire sends back, unchanged, what it showed; nothing may move anywhere;
- each field of the second wire is changed alone: nothing of the first may move but what that field shows.

A field that is not carried has no place on the other wire. It is kept: whatever the other wire writes, its own
wire shows it as it was. A field that is not kept is *lost*; there must be none.
"""


def page(findings: Sequence[Finding], words: Sequence[Words]) -> str:
    parts = [_OPENING, _summary(findings, words)]
    for one in findings:
        parts.append(_section(one))
    for each in words:
        parts.append(_states(each))
    return "\n".join(parts)


def lost(findings: Sequence[Finding], words: Sequence[Words]) -> list[str]:
    """A line for each, with who wrote the record and who read it."""
    return [
        f"{one.writer.title} -> {one.reader.title}, {one.noun if isinstance(one, Finding) else 'states'}: {each}"
        for one in (*findings, *words)
        for each in one.lost
    ]


def _summary(findings: Sequence[Finding], words: Sequence[Words]) -> str:
    rows = [
        (one.writer.title, one.reader.title, _link(one), len(one.carried), *_counts(one), len(one.lost))
        for one in findings
    ]
    rows += [
        (each.writer.title, each.reader.title, "states of orders", len(each.seen), len(set(each.seen.values())),
         "as its own word", len(each.lost))
        for each in words
    ]  # fmt: skip
    return "## Summary\n\n" + _table(("written by", "read by", "", "fields", "carried", "kept", "lost"), rows)


def _counts(one: Finding) -> tuple[int, int]:
    carried = sum(bool(paths) for paths in one.carried.values())
    return carried, len(one.carried) - carried


def _link(one: Finding) -> str:
    anchor = _title(one).lower().replace(" ", "-")
    return f"[{one.noun}](#{''.join(letter for letter in anchor if letter.isalnum() or letter == '-')})"


def _title(one: Finding) -> str:
    return f"{one.noun.capitalize()} of {one.writer.title} seen by {one.reader.title}"


def _section(one: Finding) -> str:
    record = one.writer.nouns[one.noun]
    fields = {each.name: each for each in record.fields}
    carried = [(_code(name), _paths(paths), fields[name].follows) for name, paths in one.carried.items() if paths]
    kept = [name for name, paths in one.carried.items() if not paths]
    text = f"## {_title(one)}\n\n{_carried(one, carried)}"
    if kept:
        text += f"\nNot carried, kept: {', '.join(map(_code, kept))}.\n"
    back = one.reader.nouns[one.noun]
    if kept and back.about:
        text += f"\n{back.about}\n"
    if back.create is None:
        text += _written(one, back)
    return text


def _carried(one: Finding, rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return "Nothing is carried.\n"
    head: tuple[str, ...] = (one.writer.title, f"carried to {one.reader.title}", "also moved by")
    return _table(head, rows) if any(row[2] for row in rows) else _table(head[:2], [row[:2] for row in rows])


def _written(one: Finding, back: Record) -> str:
    """The other way: there is no record of this sort that the reader makes itself."""
    rows = [(_code(name), _paths(paths)) for name, paths in one.written.items() if paths]
    kept = [name for name, paths in one.written.items() if not paths]
    text = f"\nWhat {one.reader.title} writes to such a record:\n\n"
    text += _table((one.reader.title, f"carried to {one.writer.title}"), rows) if rows else "Nothing is carried.\n"
    return text + (f"\nNot carried, kept: {', '.join(map(_code, kept))}.\n" if kept else "")


def _states(each: Words) -> str:
    rows = [(_code(word), _code(each.seen[word])) for word in each.writer.states.words if word in each.seen]
    title = f"## States of orders of {each.writer.title} seen by {each.reader.title}\n\n"
    return title + _table((each.writer.title, each.reader.title), rows) + (
        f"\nSent back by {each.reader.title}, as it was read or with another field changed, each is what it was.\n"
    )  # fmt: skip


def _paths(paths: Iterable[str]) -> str:
    """Without what stands inside something that is named, too."""
    bare = sorted({path.removesuffix(NEW) for path in paths})
    return ", ".join(_code(path) for path in bare if not any(path.startswith((f"{one}.", f"{one}[")) for one in bare))


def _code(text: str) -> str:
    # A bar would end the cell, in code as well.
    return "`" + text.replace("|", "\\|") + "`"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)
