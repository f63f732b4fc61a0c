"""Addresses that must not be called, and the ways in which people write them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

#: Written down from RFC 6890, the registries of IANA and the vendors of clouds, apart from the code.
_SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
240.0.0.0/4 255.255.255.255/32 168.63.129.16/32 ::/128 ::1/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96
64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/32 2001:2::/48 2001:10::/28 2001:20::/28 2001:db8::/32
2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
DENIED = tuple(map(ip_network, _SPECIAL.split()))
V4 = tuple(network for network in DENIED if isinstance(network, IPv4Network))
V6 = tuple(network for network in DENIED if isinstance(network, IPv6Network))


def plain(address: IPv4Address | IPv6Address) -> str:
    """As it stands in a URL."""
    return f"[{address}]" if address.version == 6 else str(address)


def disguised(address: IPv4Address) -> list[str]:
    """What some program or other reads as this address, in the host of a URL."""
    number = int(address)
    a, b, c, d = address.packed
    digits = str.maketrans("0123456789.", "０１２３４５６７８９．")
    return [
        str(number),
        hex(number),
        hex(number).upper(),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:04o}.{b}.{c}.{d}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a:#x}.{number & 0xFFFFFF}",
        f"{a + 256}.{b}.{c}.{d}",
        f"{a}.{b}.{c}.{d}.",
        f"{a}.{b}.{c}.{d}..",
        f".{a}.{b}.{c}.{d}",
        f"{a}%2e{b}%2e{c}%2e{d}",
        "".join(f"%{ord(character):02x}" for character in str(address)),
        str(address).translate(digits),
        str(number).translate(digits),
        str(address).replace(".", "。"),
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[::ffff:0:{address}]",
        f"[64:ff9b::{address}]",
        f"[64:ff9b:1::{address}]",
        f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]",
        f"[2001::{IPv4Address(number ^ 0xFFFFFFFF)}]",
        f"[{address}]",
        f"good.example@{address}",
        f"good.example:80@{address}",
        f"@{address}",
        f"good.example\\@{address}",
        f"{address}\\.good.example",
        f"{address}\t",
        f" {address}",
        f"{address}\0.good.example",
        f"{address}\u200b",
        f"{address}\u00ad",
    ]
