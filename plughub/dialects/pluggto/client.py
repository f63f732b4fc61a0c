"""What a client of this vendor is told: its credentials under their own names, a first call, its options."""

import shlex
from collections.abc import Mapping
from typing import Any

from plughub.core.connections import Connection, Credentials
from plughub.core.tenants import Tenant
from plughub.web.dialect import Client


def credentials(tenant: Tenant, connection: Connection, made: Credentials, code: str) -> dict[str, Any]:
    return {
        "client_id": made.client_id,
        "client_secret": made.client_secret,
        "username": made.username,
        "password": made.password,
        "user_id": tenant.number,
        "code": code,
    }


def first_call(base: str, told: Mapping[str, Any]) -> str:
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password", **{name: told[name] for name in names}}
    parts = [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in form.items()]
    return " \\\n    ".join([f"curl {shlex.quote(f'{base}/oauth/token')}", *parts])


CLIENT = Client(
    credentials=credentials,
    first_call=first_call,
    # What a PUT that changes nothing answers: the vendor's error, or success.
    options={"noop_put": ("error", "ok")},
    option_words={"noop_put": "Answer to a PUT that changes nothing"},
)
