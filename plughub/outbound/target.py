"""What a URL points at, read strictly: whatever two readers could understand differently is refused."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

import idna

from plughub.outbound.model import NotSent
from plughub.outbound.policy import Address

_LONGEST = 4096
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)?(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_WEB_HOST = re.compile(r"\s*(?:https?:)?[/\\]{2,}([^/?#]*)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: A last label like these makes a browser, and some name services, read the whole as an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: White space, control characters, and the backslash that some readers take for a slash.
_CONFUSING = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
#: Everything that is printed in ASCII stays as it is: the address is the tenant's, signatures may cover it.
_KEPT = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    scheme: str
    #: A name in lower-case ASCII, or an address without brackets.
    host: str
    port: int
    #: Path and query, percent-encoded.
    path: str
    #: Where the host is an address.
    address: Address | None

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_local_name(self) -> bool:
        """Names that mean this machine whatever a name service says (RFC 6761)."""
        return self.host == "localhost" or self.host.endswith(".localhost")


def read(url: str) -> Target:
    """Raises `NotSent` for anything but a plain http or https address."""
    if len(url) > _LONGEST or _CONFUSING.search(url):
        raise NotSent("refused")
    parts = _URL.fullmatch(url)
    where = parts and _AUTHORITY.fullmatch(parts[2])
    if not parts or not where:
        raise NotSent("refused")
    scheme = parts[1].lower()
    port = int(where[2] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise NotSent("refused")
    host, address = _host(where[1])
    path = quote((parts[3] or "/") + (parts[4] or ""), safe=_KEPT)
    return Target(scheme=scheme, host=host, port=port, path=path, address=address)


def web_host(url: str) -> str | None:
    """Host and port as they are written in a web address; None in anything else."""
    found = _WEB_HOST.match(url)
    return found and found[1]


def follow(target: Target, location: str) -> Target:
    """Where a redirect leads, seen from the target that sent it."""
    if _CONFUSING.search(location):
        raise NotSent("refused")
    try:
        return read(urljoin(f"{target.scheme}://{target.authority}{target.path}", location))
    except ValueError:
        raise NotSent("refused") from None


def _host(text: str) -> tuple[str, Address | None]:
    address = _address(text)
    if address is not None:
        return str(address), address
    name = text.lower()
    if not name.isascii():
        name = _in_ascii(name)
    labels = name.split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)) or _NUMBER.fullmatch(labels[-1]):
        raise NotSent("refused")
    return name, None


def _address(text: str) -> Address | None:
    """Only the usual spelling of an IPv4 address counts: four decimal numbers without leading zeros."""
    try:
        return IPv6Address(text[1:-1]) if text.startswith("[") else IPv4Address(text)
    except AddressValueError:
        return None


def _in_ascii(name: str) -> str:
    # Strict: full-width letters and digits, which a lenient reader would turn into others, are no part of a name.
    try:
        return idna.encode(name, strict=True).decode()
    except idna.IDNAError:
        raise NotSent("refused") from None
