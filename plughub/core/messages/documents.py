"""Conversations between rows and nouns."""

import msgspec

from plughub.core.messages.model import Conversation
from plughub.core.record import Record, Row


class _Row(Row, frozen=True, array_like=True):
    doc: Conversation


_decoder = msgspec.json.Decoder(_Row)

#: One conversation (table alias `r`) as one JSON array.
AGGREGATE = """
json_build_array(r.id, r.number, r.version, r.created_at, r.created_by, r.changed_at, r.changed_by, r.doc)
"""


def read(aggregate: bytes) -> Record[Conversation]:
    row = _decoder.decode(aggregate)
    return row.holding(row.doc)
