import re
import unicodedata

from plughub.core.errors import Invalid, Missing

_LONGEST_NAME = 500
#: RFC 9110: type/subtype, and parameters of visible characters.
_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}( ?;[ -~]{0,200})?", re.ASCII)

#: What a picture begins with -> its media type. Pixels only: what can hold a script (SVG) is none.
_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)


def picture_type(head: bytes) -> str | None:
    """The media type of a raster picture, by its first bytes; None for anything else."""
    return next((type for begins, type in _PICTURES if begins.match(head)), None)


def plain_name(name: str) -> str:
    """The last part of a path, without what an address or a folder could not hold."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip(" .")
    return plain or "file"


def check_name(name: str) -> None:
    if not name.strip():
        raise Missing("name", "is required")
    if len(name) > _LONGEST_NAME:
        raise Invalid("name", f"must have at most {_LONGEST_NAME} characters")
    if "\0" in name:
        raise Invalid("name", "must not contain the NUL character")


def check_type(type: str) -> None:
    if not type:
        raise Missing("type", "is required")
    if not _TYPE.fullmatch(type):
        raise Invalid("type", "must be a media type such as image/jpeg")
