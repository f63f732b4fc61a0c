from uuid import UUID

from plughub.core.files.rules import check_name, check_type
from plughub.core.registry import Entry, Kind


class File(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """A named content: a picture, a document."""

    #: As its owner gave it; `rules.plain_name` makes it fit for addresses and folders.
    name: str = ""
    #: Media type, as its owner declares it: not to be believed.
    type: str = ""
    #: Whether whoever has its address may read it.
    is_public: bool = False
    #: In bytes; None until there is a content.
    size: int | None = None
    sha256: str | None = None
    #: Media type of the content where it is a picture that browsers may show; told by its bytes.
    picture: str | None = None
    #: Under which the content is stored.
    content: UUID | None = None


def _check(file: File) -> None:
    check_name(file.name)
    check_type(file.type)


FILE = Kind(name="file", noun=File, check=_check)
