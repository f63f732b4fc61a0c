"""Log lines: JSON, one event a line, to standard error. Never a query string, a body or a header."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}

#: Should a token get into a text all the same (an error of a library, say), it does not get out.
_SECRET = re.compile(
    r"(?i)((?:access_token|refresh_token|client_secret|password|code|key)(?:=|[\"']:\s*[\"'])"
    r"|\b(?:bearer|basic)\s+|whsec_)[^\s&\"']+"
)
#: One of these stands in or before every secret.
_BEFORE_SECRET = re.compile(r"[=:_\s]")


class Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": scrub(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in _STANDARD:
                line[name] = scrub(value) if isinstance(value, str) else value
        if record.exc_info:
            line["error"] = scrub(self.formatException(record.exc_info))
        return msgspec.json.encode(line, enc_hook=str).decode()


def request(dialect: str, method: str, path: str, status: int, seconds: float, agent: str) -> None:
    """The line of one request, written straight out: the logging machinery would cost a tenth of the request."""
    if not _requests:
        return
    line = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": "info",
        "from": "plughub.http",
        "event": "request",
        "dialect": dialect,
        "method": method,
        "path": scrub(path),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "agent": scrub(agent),
    }
    _requests[0].write(msgspec.json.encode(line) + b"\n")
    _requests[0].flush()


def scrub(text: str) -> str:
    # Almost no text can hold a secret, and to see that is ten times as fast as to look for one.
    return _SECRET.sub(r"\1***", text) if _BEFORE_SECRET.search(text) else text


#: Where request lines go; nowhere until `set_up` says so.
_requests: list[BinaryIO] = []


def set_up(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    _requests[:] = [sys.stderr.buffer] if logging.getLogger().isEnabledFor(logging.INFO) else []
    # Our own line tells more, and its path holds no token.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
