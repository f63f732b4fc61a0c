"""What is given to a command and checked before anything is asked: options, credentials in a file, an address."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from plughub.app import DIALECTS, open_outbound
from plughub.cli.errors import CommandError
from plughub.config import Settings
from plughub.core import codes
from plughub.core.connections import ConnectionUser, Given
from plughub.core.tenants import Access, Permissions
from plughub.outbound import NotSent
from plughub.web.dialect import Dialect


def options(dialect: str, pairs: list[str]) -> dict[str, Any]:
    known = DIALECTS[dialect].client.options
    chosen: dict[str, Any] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        values = known.get(name, ())
        if not value or (values is not None and value not in values):
            forms = ", ".join(f"{option}={'|'.join(some or ('ID',))}" for option, some in known.items())
            raise CommandError(f"--option {pair} is not known: connections of {dialect} take {forms or 'none'}.")
        chosen[name] = value
    return chosen


def user(dialect: Dialect, known: ConnectionUser, language: str | None, permits: list[str]) -> ConnectionUser:
    """The user as the options have it; what is not given stays."""
    if not dialect.resources:
        raise CommandError(f"Clients of {dialect.name} may do everything, in the tenant's language.")
    if language is not None:
        code = codes.language(language)
        if code is None:
            raise CommandError(f"--language {language} is no code of ISO 639 such as sv or swe.")
        known = replace(known, language=code)
    return replace(known, permissions=_permissions(dialect, permits)) if permits else known


def _permissions(dialect: Dialect, permits: list[str]) -> Permissions | None:
    given: dict[str, Access] = {}
    for pair in permits:
        resource, _, access = pair.partition("=")
        if resource not in ("all", *dialect.resources) or access not in list(Access):
            names = ", ".join(dialect.resources)
            raise CommandError(f"--permit {pair} is not known: it is NAME=read or NAME=write, of all, {names}.")
        given[resource] = Access(access)
    return None if given == {"all": Access.WRITE} else given


def credentials(file: Path) -> Given:
    """Credentials that the client already holds."""
    try:
        # Some editors put a byte order mark in front.
        tree = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(f"The file {file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"The file {file} is not JSON: {error}.") from error
    known = [field.name for field in fields(Given)]
    if not isinstance(tree, dict) or not tree or not tree.keys() <= set(known):
        raise CommandError(f"The file {file} must hold an object with any of {', '.join(known)}, and nothing else.")
    for name, value in tree.items():
        if not isinstance(value, str):
            raise CommandError(f'{name} in {file} must be a text in quotes, as in "{name}": "...".')
    return Given(**tree)


def check_address(option: str, url: str, settings: Settings, *, secure: bool) -> None:
    """Refuse what the hub would never call, with the settings of this command."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable() and " " not in url
        _ = parts.port
    except ValueError:
        is_good = False
    if not is_good:
        raise CommandError(f"{option} {url} is not an address: it begins with https:// or http:// and a host name.")
    try:
        open_outbound(settings).check(url, secure=secure)
    except NotSent as refusal:
        raise CommandError(
            f"{option} {url} is refused. {refusal} PLUGHUB_EGRESS_NETWORKS opens networks of your own,"
            f" PLUGHUB_EGRESS_PORTS other ports.{' The address has to begin with https://.' if secure else ''}"
        ) from refusal
