"""Which backup and which part of the journal serve; no database needed."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plughub.db.backup import Backup, BackupError, Shelf, journal, shelf
from plughub.db.backup.restore import Wanted, choose

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def backup(place: Path, number: int, *, journal: str | None = "one", segment: int | None = None) -> Backup:
    """The backup that ended `number` hours after noon, and began with the journal's segment of that number."""
    ended = NOON + number * HOUR
    made = Backup(
        name=f"{ended:%Y%m%dT%H%M%SZ}", began=ended, ended=ended, plughub="0", postgres=18, size=1,
        segment=f"{1:08X}{0:08X}{number if segment is None else segment:08X}", journal=journal, key=None,
    )  # fmt: skip
    (place / made.name).mkdir()
    shelf.write(place / made.name, made)
    return made


def segments(folder: Path, *names: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(gzip.compress(b"written ahead"))
    return sorted(file.name for file in folder.iterdir())


def test_the_segment_of_a_position_and_the_order_of_segments():
    assert journal.segment(1, "0/4000028") == "000000010000000000000004"
    assert journal.segment(10, "2/FF000000") == "0000000A00000002000000FF"
    after, before = journal.number("000000010000000300000000"), journal.number("0000000100000002000000FF")
    assert after - before == 1


def test_a_journal_is_replayed_up_to_its_first_hole(tmp_path: Path):
    segments(
        tmp_path, "000000010000000000000002.gz", "000000010000000000000003.gz", "0000000100000000000000FF.gz",
        "000000010000000000000004.gz", "000000010000000000000006.gz", "000000010000000000000007.gz.partial",
    )  # fmt: skip

    chain, behind = journal.unbroken(tmp_path, "000000010000000000000003")

    assert [file.name[:24][-2:] for file in chain] == ["03", "04"]
    assert behind == 3


def test_a_segment_that_is_still_received_gives_what_was_received(tmp_path: Path):
    whole = gzip.compress(bytes(range(256)) * 4096)
    (tmp_path / "000000010000000000000001.gz.partial").write_bytes(whole[:-8])

    (file,) = journal.segments(tmp_path).values()

    assert journal.unpacked(file) == bytes(range(256)) * 4096


def test_a_moment_is_restored_from_the_newest_backup_before_it(tmp_path: Path):
    one, two = backup(tmp_path, 1), backup(tmp_path, 2)
    found = Shelf(tmp_path)

    assert choose(found, None, Wanted(until=NOON + 1.5 * HOUR)) == one
    assert choose(found, None, Wanted(until=NOON + 3 * HOUR)) == two
    assert choose(found, None, Wanted()) == two
    assert choose(found, one.name, Wanted(until=NOON + 3 * HOUR)) == one
    with pytest.raises(BackupError, match="the earliest moment that can be restored is 2026-11-22 13:00:00 UTC"):
        choose(found, None, Wanted(until=NOON))


def test_a_backup_without_a_journal_knows_only_its_own_moment(tmp_path: Path):
    made = backup(tmp_path, 1, journal=None)

    assert choose(Shelf(tmp_path), None, Wanted()) == made
    with pytest.raises(BackupError, match="has no journal"):
        choose(Shelf(tmp_path), None, Wanted(until=NOON + 2 * HOUR))


def test_a_folder_that_was_not_finished_is_no_backup(tmp_path: Path):
    whole = backup(tmp_path, 1)
    half = backup(tmp_path, 2)
    (tmp_path / half.name).rename(tmp_path / f"{half.name}{shelf.UNFINISHED}")
    (tmp_path / "20261122T150000Z").mkdir()

    assert Shelf(tmp_path).backups() == [whole]
    with Shelf(tmp_path).held():
        assert not (tmp_path / f"{half.name}{shelf.UNFINISHED}").exists()


def test_two_backups_at_once_are_one_too_many(tmp_path: Path):
    with Shelf(tmp_path).held(), pytest.raises(BackupError, match="Another backup"), Shelf(tmp_path).held():
        pass


def test_what_is_kept_can_still_be_restored_and_the_rest_goes(tmp_path: Path):
    backup(tmp_path, 1, journal="old")
    backup(tmp_path, 2, segment=2)
    kept = [backup(tmp_path, 3, segment=4), backup(tmp_path, 4, segment=6)]
    old, one, other = (tmp_path / journal.FOLDER / name for name in ("old", "one", "other"))
    segments(old, "000000010000000000000001.gz")
    segments(one, *(f"00000001000000000000000{number}.gz" for number in range(2, 8)))
    segments(other, "000000010000000000000001.gz")

    gone = Shelf(tmp_path).keep(2)

    assert gone == ["20261122T130000Z", "20261122T140000Z"]
    assert Shelf(tmp_path).backups() == kept
    assert not old.exists()
    assert segments(one) == [f"00000001000000000000000{number}.gz" for number in range(4, 8)]
    # A journal that no backup ever began is one whose first is yet to come.
    assert segments(other) == ["000000010000000000000001.gz"]


def test_a_backup_of_a_newer_program_is_not_tried(tmp_path: Path):
    made = backup(tmp_path, 1)
    file = tmp_path / made.name / shelf.FACTS
    file.write_text(file.read_text().replace('"form": 1', '"form": 2'))

    with pytest.raises(BackupError, match="newer Plughub"):
        Shelf(tmp_path).backups()
