"""Settings: read once from the environment and the command line; imported by command line and `app` only."""

import os
import secrets
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

Network = IPv4Network | IPv6Network

#: The vendors' own host names, so that a client that cannot be changed works with a name-service entry.
VENDOR_HOSTS = {"api.plugg.to": "pluggto", "api.plugboard.io": "plugboard"}

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

#: Words for networks that operators open.
_WORDS = {
    "loopback": ("127.0.0.0/8", "::1/128"),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a hub can be told. Each field has an environment variable `PLUGHUB_<NAME>`."""

    #: Folder of the private PostgreSQL, the key file and, by default, uploaded files.
    data: Path
    #: PostgreSQL to use; None means the private one in `data`.
    database_url: str | None = None
    #: The owner's URL, for migrations. By default the same as `database_url`.
    admin_database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    #: API processes.
    workers: int = 1
    #: What clients are told to call; by default http://host:port.
    public_url: str | None = None
    #: Host name -> dialect served at the root of that name.
    hosts: dict[str, str] = field(default_factory=lambda: dict(VENDOR_HOSTS))
    #: Connections to the database per API process.
    pool_size: int = 12
    #: What the hub may call beyond the public internet, at any port.
    egress_networks: tuple[Network, ...] = ()
    #: Ports of the public internet that it may call.
    egress_ports: frozenset[int] = frozenset({80, 443})
    #: Where requests in the clear may come from, for dialects that send passwords with every call.
    plain_http: tuple[Network, ...] = LOOPBACK
    #: Where uploaded files lie: a folder, or `s3://bucket/prefix`; None means `files` in `data`.
    files: str | None = None
    #: MiB that an uploaded file may have.
    largest_file_mib: int = 50
    #: Days for which deliveries and their attempts are kept, in whole months; those that are due are kept longer.
    keep_deliveries_days: int = 90
    #: Days for which the request log is kept, in whole months.
    keep_requests_days: int = 30
    #: Folder of backups. Named, it gets a journal of the private PostgreSQL: what was written, as it is written.
    backups: Path | None = None
    #: What `GET /metrics` wants as Bearer token; None: it is answered on this machine only.
    metrics_token: str | None = field(default=None, repr=False)
    log_level: str = "info"

    @property
    def base_url(self) -> str:
        if self.public_url:
            return self.public_url.rstrip("/")
        # Every address of this machine: whoever reads this is on it.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"


def read(**given: object) -> Settings:
    """Settings from the environment; what is given on the command line (not None) wins."""
    env = {
        "data": Path(os.environ.get("PLUGHUB_DATA", "data")),
        "database_url": os.environ.get("PLUGHUB_DATABASE_URL") or None,
        "admin_database_url": os.environ.get("PLUGHUB_ADMIN_DATABASE_URL") or None,
        "host": os.environ.get("PLUGHUB_HOST", "127.0.0.1"),
        "port": _integer("PLUGHUB_PORT", 8000),
        "workers": _integer("PLUGHUB_WORKERS", 1),
        "public_url": os.environ.get("PLUGHUB_PUBLIC_URL") or None,
        "hosts": VENDOR_HOSTS | _pairs(os.environ.get("PLUGHUB_HOSTS", "")),
        "pool_size": _integer("PLUGHUB_POOL_SIZE", 12),
        "egress_networks": _networks("PLUGHUB_EGRESS_NETWORKS"),
        "egress_ports": _ports("PLUGHUB_EGRESS_PORTS", frozenset({80, 443})),
        "plain_http": _networks("PLUGHUB_PLAIN_HTTP") or LOOPBACK,
        "files": _files(),
        "largest_file_mib": _integer("PLUGHUB_LARGEST_FILE_MIB", 50, among=range(1, 5_001)),
        "keep_deliveries_days": _integer("PLUGHUB_KEEP_DELIVERIES_DAYS", 90, among=range(1, 36_501)),
        "keep_requests_days": _integer("PLUGHUB_KEEP_REQUESTS_DAYS", 30, among=range(1, 36_501)),
        "backups": Path(os.environ["PLUGHUB_BACKUPS"]) if os.environ.get("PLUGHUB_BACKUPS") else None,
        "metrics_token": os.environ.get("PLUGHUB_METRICS_TOKEN") or None,
        "log_level": os.environ.get("PLUGHUB_LOG_LEVEL", "info"),
    }
    chosen = env | {name: value for name, value in given.items() if value is not None}
    for name in ("data", "backups"):
        if chosen[name] is not None:
            chosen[name] = Path(str(chosen[name])).resolve()
    return Settings(**chosen)  # type: ignore[arg-type]


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as environment variables, for the processes of one hub: `read()` gives them back."""
    texts = {
        "data": str(settings.data),
        "database_url": settings.database_url,
        "admin_database_url": settings.admin_database_url,
        "host": settings.host,
        "port": str(settings.port),
        "workers": str(settings.workers),
        "public_url": settings.public_url,
        "hosts": ",".join(f"{host}={dialect}" for host, dialect in settings.hosts.items()),
        "pool_size": str(settings.pool_size),
        "egress_networks": ",".join(map(str, settings.egress_networks)),
        "egress_ports": ",".join(map(str, sorted(settings.egress_ports))),
        "plain_http": ",".join(map(str, settings.plain_http)),
        "files": settings.files,
        "largest_file_mib": str(settings.largest_file_mib),
        "keep_deliveries_days": str(settings.keep_deliveries_days),
        "keep_requests_days": str(settings.keep_requests_days),
        "backups": str(settings.backups) if settings.backups else None,
        "metrics_token": settings.metrics_token,
        "log_level": settings.log_level,
    }
    return {f"PLUGHUB_{name.upper()}": text or "" for name, text in texts.items()}


def served_at(settings: Settings) -> str:
    """Where the hub of this data folder is or was last served, for commands that run beside it."""
    if settings.public_url:
        return settings.base_url
    try:
        return (settings.data / "address").read_text().strip()
    except OSError:
        return settings.base_url


def note_address(settings: Settings) -> None:
    """Leave word of where the hub is served."""
    settings.data.mkdir(parents=True, exist_ok=True)
    (settings.data / "address").write_text(settings.base_url + "\n")


def found_master_key(settings: Settings) -> bytes | None:
    """`PLUGHUB_MASTER_KEY`, or what the file in the data folder holds; None when there is neither."""
    given = os.environ.get("PLUGHUB_MASTER_KEY")
    if given:
        return given.encode()
    try:
        return (settings.data / "master.key").read_bytes()
    except FileNotFoundError:
        return None


def master_key(settings: Settings) -> bytes:
    """The key under which tokens and secrets are hashed; a file is made at first use.

    All processes of one hub need the same key. It is never stored in the database, so a stolen dump
    holds nothing that opens an account.
    """
    if found := found_master_key(settings):
        return found
    file = settings.data / "master.key"
    settings.data.mkdir(parents=True, exist_ok=True)
    key = secrets.token_hex(32).encode()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    return key


def _integer(name: str, default: int, *, among: range | None = None) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    try:
        number = int(text)
    except ValueError:
        raise SystemExit(f"{name} must be a whole number, not {text!r}") from None
    if among is not None and number not in among:
        raise SystemExit(f"{name} must be from {among[0]} to {among[-1]}, not {text}")
    return number


def _files() -> str | None:
    text = os.environ.get("PLUGHUB_FILES", "")
    scheme, separator, rest = text.partition("://")
    if separator and (scheme != "s3" or not rest.strip("/")):
        raise SystemExit(f"PLUGHUB_FILES must be a folder or s3://bucket/prefix, not {text!r}")
    return text or None


def _networks(name: str) -> tuple[Network, ...]:
    """`10.1.0.0/16,::1` as networks; the words of `_WORDS` stand for several."""
    words = [word.lower() for word in _items(name)]
    try:
        return tuple(ip_network(text) for word in words for text in _WORDS.get(word, (word,)))
    except ValueError as error:
        raise SystemExit(
            f"{name} must be networks such as 10.1.0.0/16 or fd00::/8, or the words {', '.join(_WORDS)}: {error}"
        ) from None


def _ports(name: str, default: frozenset[int]) -> frozenset[int]:
    words = _items(name)
    ports = {int(word) for word in words if word.isdecimal() and 0 < int(word) < 65536}
    if len(ports) < len(set(words)):
        raise SystemExit(f"{name} must be ports such as 80,443, not {os.environ[name]!r}")
    return frozenset(ports) or default


def _items(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def _pairs(text: str) -> dict[str, str]:
    """`shop.example=pluggto,other.example=plugboard` as a mapping."""
    pairs = (item.split("=", 1) for item in text.split(",") if "=" in item)
    return {host.strip().lower(): dialect.strip() for host, dialect in pairs}
