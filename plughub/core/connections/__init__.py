"""Connections: one configured client or remote system of one tenant, its credentials and its remote ids."""

from plughub.core.connections.commands import (
    acknowledge,
    create,
    forget_record,
    new_code,
    revoke,
    rotate,
    set_options,
    set_remote_id,
    set_user,
)
from plughub.core.connections.model import Connection, ConnectionUser, Credentials, Given
from plughub.core.connections.queries import (
    by_name,
    connections,
    free_name,
    hold_remote_id,
    record_of,
    remote_ids,
    user,
)

__all__ = [
    "Connection",
    "ConnectionUser",
    "Credentials",
    "Given",
    "acknowledge",
    "by_name",
    "connections",
    "create",
    "forget_record",
    "free_name",
    "hold_remote_id",
    "new_code",
    "record_of",
    "remote_ids",
    "revoke",
    "rotate",
    "set_options",
    "set_remote_id",
    "set_user",
    "user",
]
