"""Forms with files in them. The standard library's reader of mail reads them, as they are made of the same parts."""

from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from typing import NamedTuple

from plughub.core.errors import Invalid


class Part(NamedTuple):
    name: str
    content: bytes
    is_file: bool


def parts(content_type: str, body: bytes) -> list[Part]:
    """The fields of a `multipart/form-data` body, in their order."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("ascii", "replace")
    try:
        form = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + body)
    except RecursionError as error:
        raise Invalid("", "the form cannot be read: it has parts inside parts") from error
    if not form.is_multipart() or form.defects:
        raise Invalid("", "the form cannot be read: it came in pieces that do not fit")
    return [_part(part) for part in form.iter_parts()]


def _part(part: MIMEPart) -> Part:
    content = part.get_payload(decode=True)
    name = part.get_param("name", header="content-disposition")
    if not isinstance(name, str) or not isinstance(content, bytes):
        raise Invalid("", "the form cannot be read: one of its fields has no name")
    return Part(name, content, part.get_filename() is not None)
