"""What a client of this vendor is told: its credentials under their own names, and a first call."""

import shlex
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from plughub.core import catalogue, ids, registry
from plughub.core.caller import Caller
from plughub.core.connections import Connection, Credentials
from plughub.core.errors import Invalid
from plughub.core.hub import Transaction
from plughub.core.tenants import Tenant
from plughub.dialects.plugboard.scene import GROUP_OPTION
from plughub.web.dialect import Client


def credentials(tenant: Tenant, connection: Connection, made: Credentials, code: str) -> dict[str, Any]:
    return {
        "tenant": tenant.code,
        "connection_id": connection.id.hex,
        "username": made.username,
        "password": made.password,
    }


def first_call(base: str, told: Mapping[str, Any]) -> str:
    basic = b64encode(f"{told['username']}:{told['password']}".encode()).decode()
    headers = {
        "X-Tenant": told["tenant"],
        "X-ConnectionId": told["connection_id"],
        "Authorization": f"Basic {basic}",
    }
    parts = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    return " \\\n    ".join([f"curl {shlex.quote(f'{base}/')}", *parts])


async def check(tx: Transaction, caller: Caller, options: Mapping[str, Any]) -> None:
    """Refuse a content group that is not there."""
    named = options.get(GROUP_OPTION)
    if named is None:
        return
    found = None
    with suppress(ValueError):
        id = ids.from_hex32(named)
        found = (await registry.by_ids(tx, caller, catalogue.CONTENT_GROUP, [id])).get(id)
    if found is None or found.deleted_at is not None:
        raise Invalid(GROUP_OPTION, "must be the localId of a content group of this tenant")


CLIENT = Client(
    credentials=credentials,
    first_call=first_call,
    options={
        # What a create answers: one widespread client insists on 200.
        "create_status": ("201", "200"),
        # What happens to fields that nobody knows: ignored, or the whole request refused.
        "unknown_fields": ("ignored", "refused"),
        # The content group whose texts it is shown in place of everybody's: its localId.
        GROUP_OPTION: None,
    },
    option_words={
        "create_status": "Status of the answer to a create",
        "unknown_fields": "Fields that nobody knows are",
        GROUP_OPTION: "Content group whose texts it is shown (its localId)",
    },
    check=check,
)
