import pytest

from plughub.core.errors import Invalid, Missing
from plughub.core.files import rules


@pytest.mark.parametrize(
    ("head", "type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xdb", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF88a", None),
        (b"RIFF\x0a\x0a\x0a\x0aWEBP", "image/webp"),
        (b"RIFF\x0a\x0a\x0a\x0aWAVE", None),
        (b" \x89PNG\r\n\x1a\n", None),
        (b"<svg/>", None),
        (b"", None),
    ],
)
def test_pictures_are_told_by_their_first_bytes(head: bytes, type: str | None):
    assert rules.picture_type(head) == type


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("mugg.jpg", "mugg.jpg"),
        ("a/b\\c.png", "c.png"),
        ("..", "file"),
        ("a/", "file"),
        (".htaccess", "htaccess"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("x\r\ny", "xy"),
    ],
)
def test_a_plain_name_is_one_part_of_a_path(name: str, plain: str):
    assert rules.plain_name(name) == plain


@pytest.mark.parametrize("type", ["image/jpeg", "text/plain; charset=utf-8", "application/vnd.a+json"])
def test_media_types_are_taken(type: str):
    rules.check_type(type)


@pytest.mark.parametrize("type", ["jpeg", "image/", "image/png\r\nx: y", "image/png\n", "a b/c", "x/" + "y" * 101])
def test_what_is_no_media_type_is_refused(type: str):
    with pytest.raises(Invalid):
        rules.check_type(type)


@pytest.mark.parametrize("name", ["", "  "])
def test_a_file_has_a_name(name: str):
    with pytest.raises(Missing):
        rules.check_name(name)
