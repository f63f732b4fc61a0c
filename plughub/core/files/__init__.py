"""Files: their content, who may read them, and the records that show them as pictures."""

from plughub.core.files.commands import change, create, delete
from plughub.core.files.model import FILE, File
from plughub.core.files.pictures import arrange_group, arranged, forget_group, hold
from plughub.core.files.queries import public
from plughub.core.files.rules import check_type, plain_name
from plughub.core.files.upload import sweep, upload

__all__ = [
    "FILE",
    "File",
    "arrange_group",
    "arranged",
    "change",
    "check_type",
    "create",
    "delete",
    "forget_group",
    "hold",
    "plain_name",
    "public",
    "sweep",
    "upload",
]
