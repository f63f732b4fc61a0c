"""Connections: one configured client or remote system of one tenant, its credentials and its remote ids."""

from plughub.core.connections.commands import (
    acknowledge,
    create,
    forget_record,
    new_code,
    pause,
    resume,
    revoke,
    rotate,
    set_options,
    set_remote_id,
    set_user,
)
from plughub.core.connections.model import RECORD_UNTIL, Connection, ConnectionUser, Credentials, Given
from plughub.core.connections.queries import (
    by_id,
    by_name,
    connections,
    free_name,
    hold_remote_id,
    record_of,
    remote_ids,
    user,
)

__all__ = [
    "RECORD_UNTIL",
    "Connection",
    "ConnectionUser",
    "Credentials",
    "Given",
    "acknowledge",
    "by_id",
    "by_name",
    "connections",
    "create",
    "forget_record",
    "free_name",
    "hold_remote_id",
    "new_code",
    "pause",
    "record_of",
    "remote_ids",
    "resume",
    "revoke",
    "rotate",
    "set_options",
    "set_remote_id",
    "set_user",
    "user",
]
