"""A request of the log as a command that can be pasted. Secrets are left to the shell: `$ACCESS_TOKEN`."""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from plughub.core.traffic import Request
from plughub.web import Dialect
from plughub.web.masking import MASK

#: Where a secret was masked under a name, in a query, a form or JSON.
_MASKED = re.compile(r"([\w.\-%\[\]]+)(=|\\?[\"']\s*:\s*\"?)" + re.escape(MASK))


def command(dialect: Dialect, origin: str, request: Request) -> str:
    query = f"?{request.query}" if request.query else ""
    parts = [f"curl {_word(f'{origin}{dialect.mount}{request.path}{query}')}"]
    if request.method not in ("GET", "POST") or (request.method == "POST" and not request.sent):
        parts[0] = parts[0].replace("curl ", f"curl -X {request.method} ", 1)
    parts += _proofs(dialect, request)
    if request.sent_type:
        parts.append(f"-H {_word(f'Content-Type: {request.sent_type}')}")
    if request.sent:
        if request.method == "GET":
            parts[0] = parts[0].replace("curl ", "curl -X GET ", 1) if "-X" not in parts[0] else parts[0]
        parts.append(f"--data-raw {_word(request.sent)}")
    return " \\\n  ".join(parts)


def _proofs(dialect: Dialect, request: Request) -> Iterator[str]:
    """What the dialect wants to see, unless it stands in the query already or nobody had to show anything."""
    is_open = any(
        route.is_open and route.method == request.method and route.path == request.path for route in dialect.routes
    )
    if is_open:
        return
    schemes = list(dialect.security.values())
    in_query = [scheme for scheme in schemes if scheme.get("in") == "query" and f"{scheme['name']}=" in request.query]
    if in_query:
        return
    for scheme in schemes if dialect.needs_all_proofs else schemes[:1]:
        yield _proof(scheme)


def _proof(scheme: Mapping[str, Any]) -> str:
    if scheme["type"] == "http" and scheme["scheme"] == "basic":
        return '-u "$USERNAME:$PASSWORD"'
    if scheme["type"] == "apiKey" and scheme["in"] == "header":
        return f'-H "{scheme["name"]}: ${_variable(scheme["name"])}"'
    return '-H "Authorization: Bearer $ACCESS_TOKEN"'


def _word(text: str) -> str:
    """Quoted for a shell; what was masked under a name becomes that variable, for the shell to fill in."""
    if not _MASKED.search(text):
        return shlex.quote(text)
    words, at = [], 0
    for found in _MASKED.finditer(text):
        words.append(shlex.quote(text[at : found.end() - len(MASK)]))
        words.append(f'"${_variable(found[1])}"')
        at = found.end()
    return "".join([*words, shlex.quote(text[at:]) if text[at:] else ""])


def _variable(name: str) -> str:
    """`clientSecret` -> CLIENT_SECRET."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", snake).strip("_").upper()
