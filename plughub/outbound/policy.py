"""Which addresses may be called: the public internet, and what the operator opened."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: The registries of special addresses (RFC 6890 and what IANA added since), and what clouds put elsewhere.
#: `is_global` alone is not enough: Python 3.11 takes multicast, 6to4, NAT64 and site-local addresses for global.
_DENIED = (
    IPv4Network("0.0.0.0/8"),  # this host
    IPv4Network("10.0.0.0/8"),  # private
    IPv4Network("100.64.0.0/10"),  # carriers, and the metadata of one cloud
    IPv4Network("127.0.0.0/8"),  # loopback
    IPv4Network("168.63.129.16/32"),  # Azure's host, which every virtual machine there can reach
    IPv4Network("169.254.0.0/16"),  # link-local, and the metadata of most clouds
    IPv4Network("172.16.0.0/12"),  # private
    IPv4Network("192.0.0.0/24"),  # protocol assignments, and the metadata of one cloud
    IPv4Network("192.0.2.0/24"),  # documentation
    IPv4Network("192.31.196.0/24"),  # AS112
    IPv4Network("192.52.193.0/24"),  # multicast relays
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("192.168.0.0/16"),  # private
    IPv4Network("192.175.48.0/24"),  # AS112
    IPv4Network("198.18.0.0/15"),  # benchmarks
    IPv4Network("198.51.100.0/24"),  # documentation
    IPv4Network("203.0.113.0/24"),  # documentation
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),  # reserved, and broadcast
    # Only 2000::/3 is handed out. Outside of it lie ::, ::1, every form that carries an IPv4 address in ::/32,
    # NAT64, discard-only, segment routing, unique local, link-local, site-local and multicast addresses.
    IPv6Network("::/3"),
    IPv6Network("4000::/2"),
    IPv6Network("8000::/1"),
    IPv6Network("2001::/23"),  # protocol assignments: Teredo, benchmarks, ORCHID, drones
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("2620:4f:8000::/48"),  # AS112
    IPv6Network("3ffe::/16"),  # the former 6bone
    IPv6Network("3fff::/20"),  # documentation
)

#: An IPv4 address in IPv6 clothes would be reached as what it carries: not even the operator opens these.
_DISGUISES = (
    IPv6Network("::ffff:0:0/96"),  # mapped
    IPv6Network("::ffff:0:0:0/96"),  # translated
    IPv6Network("64:ff9b:1::/48"),  # NAT64 under a local prefix, of any length
    IPv6Network("2001::/32"),  # Teredo
    IPv6Network("2002::/16"),  # 6to4
)
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_V6_LOOPBACK = IPv6Address("::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    #: What the operator opened, at any port and without TLS. Empty: the public internet only.
    networks: tuple[Network, ...] = ()
    #: Ports of the public internet.
    ports: frozenset[int] = frozenset({80, 443})

    def allows(self, address: Address, port: int, *, lacks_tls: bool = False) -> bool:
        """Whether a connection may be opened. `lacks_tls`: the caller demands TLS, and it would be without."""
        return self.opens(address) or (not lacks_tls and port in self.ports and _is_public(address))

    def opens(self, address: Address) -> bool:
        if isinstance(address, IPv4Address):
            return any(address in network for network in self.networks)
        if _is_disguise(address) or not any(address in network for network in self.networks):
            return False
        # An operator without IPv4 opens NAT64 to reach the IPv4 internet, not what lies behind the gateway.
        return address not in _NAT64 or self._carries_allowed(address)

    def _carries_allowed(self, address: IPv6Address) -> bool:
        carried = IPv4Address(int(address) & 0xFFFFFFFF)
        return _is_public(carried) or any(carried in network for network in self.networks)


def _is_disguise(address: IPv6Address) -> bool:
    # A scope names a network card of this machine: nothing that somebody else may choose.
    if address.scope_id is not None:
        return True
    if address in _COMPATIBLE:
        return address != _V6_LOOPBACK
    return any(address in network for network in _DISGUISES)


@lru_cache(maxsize=4096)
def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    # What a newer Python knows to be special is believed too.
    return address.is_global and not any(address in network for network in _DENIED)
