"""Which addresses are not of the public internet: the IANA special-purpose registries, as tables.

Must never be a hand-picked list of private ranges. The more specific entry wins, as in the registries; a wrapped
IPv4 address is judged by what is inside.
"""

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Block:
    """One registry entry; `public` is its column "Globally Reachable"."""

    network: Network
    name: str
    source: str
    public: bool = False


def _block(network: str, name: str, source: str, public: bool = False) -> Block:
    return Block(ipaddress.ip_network(network), name, source, public)


#: IANA IPv4 Special-Purpose Address Registry, and the multicast space (RFC 5771), which has a registry of its own.
IPV4: tuple[Block, ...] = (
    _block("0.0.0.0/8", "this network", "RFC 791"),
    _block("10.0.0.0/8", "private use", "RFC 1918"),
    _block("100.64.0.0/10", "shared address space", "RFC 6598"),
    _block("127.0.0.0/8", "loopback", "RFC 1122"),
    _block("169.254.0.0/16", "link local", "RFC 3927"),
    _block("172.16.0.0/12", "private use", "RFC 1918"),
    _block("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
    _block("192.0.0.0/29", "IPv4 service continuity prefix", "RFC 7335"),
    _block("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
    _block("192.0.0.9/32", "port control protocol anycast", "RFC 7723", True),
    _block("192.0.0.10/32", "TURN anycast", "RFC 8155", True),
    _block("192.0.0.170/32", "NAT64/DNS64 discovery", "RFC 8880"),
    _block("192.0.0.171/32", "NAT64/DNS64 discovery", "RFC 8880"),
    _block("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"),
    _block("192.31.196.0/24", "AS112-v4", "RFC 7535", True),
    _block("192.52.193.0/24", "AMT", "RFC 7450", True),
    _block("192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526"),
    _block("192.88.99.2/32", "6a44 relay anycast", "RFC 6751"),
    _block("192.168.0.0/16", "private use", "RFC 1918"),
    _block("192.175.48.0/24", "direct delegation AS112 service", "RFC 7534", True),
    _block("198.18.0.0/15", "benchmarking", "RFC 2544"),
    _block("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"),
    _block("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"),
    _block("224.0.0.0/4", "multicast", "RFC 5771"),
    _block("240.0.0.0/4", "reserved", "RFC 1112"),
    _block("255.255.255.255/32", "limited broadcast", "RFC 919"),
)

#: IANA IPv6 Special-Purpose Address Registry, multicast (RFC 4291) and the deprecated site-local space (RFC 3879).
IPV6: tuple[Block, ...] = (
    _block("::/128", "unspecified", "RFC 4291"),
    _block("::1/128", "loopback", "RFC 4291"),
    _block("64:ff9b:1::/48", "IPv4-IPv6 translation, local use", "RFC 8215"),
    _block("100::/64", "discard only", "RFC 6666"),
    _block("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
    _block("2001::/23", "IETF protocol assignments", "RFC 2928"),
    _block("2001:1::1/128", "port control protocol anycast", "RFC 7723", True),
    _block("2001:1::2/128", "TURN anycast", "RFC 8155", True),
    _block("2001:1::3/128", "DNS-SD SRP anycast", "RFC 9665", True),
    _block("2001:2::/48", "benchmarking", "RFC 5180"),
    _block("2001:3::/32", "AMT", "RFC 7450", True),
    _block("2001:4:112::/48", "AS112-v6", "RFC 7535", True),
    _block("2001:10::/28", "ORCHID, deprecated", "RFC 4843"),
    _block("2001:20::/28", "ORCHIDv2", "RFC 7343", True),
    _block("2001:30::/28", "drone remote identification", "RFC 9374", True),
    _block("2001:db8::/32", "documentation", "RFC 3849"),
    _block("2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534", True),
    _block("3fff::/20", "documentation", "RFC 9637"),
    _block("5f00::/16", "segment routing SIDs", "RFC 9602"),
    _block("fc00::/7", "unique local", "RFC 4193"),
    _block("fe80::/10", "link local", "RFC 4291"),
    _block("fec0::/10", "site local, deprecated", "RFC 3879"),
    _block("ff00::/8", "multicast", "RFC 4291"),
)


def special(text: str) -> Block | None:
    """The registry entry that keeps an address off the public internet; None for a public one or no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return _special(address)


def special_network(text: str) -> Block | None:
    """The registry entry that holds a whole network, "10.0.0.0/8"; None where a part of it may be public."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return _special(network)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _special(address: Address | Network) -> Block | None:
    network = ipaddress.ip_network(address)
    wrapped = _wrapped(network) if isinstance(network, ipaddress.IPv6Network) else None
    if wrapped is not None:
        return _special(wrapped)
    blocks = IPV4 if network.version == 4 else IPV6
    matching = [block for block in blocks if _within(network, block.network)]
    if not matching:
        return None
    narrowest = max(matching, key=lambda block: block.network.prefixlen)
    return None if narrowest.public else narrowest


def _within(network: Network, block: Network) -> bool:
    return network.prefixlen >= block.prefixlen and network.network_address in block


#: Where IPv6 addresses hold an IPv4 address, and how many bits before it: mapped and compatible (RFC 4291 sections
#: 2.5.5.2 and 2.5.5.1), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo's client, inverted (RFC 4380 section 4).
_WRAPPING: tuple[tuple[ipaddress.IPv6Network, int, int], ...] = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 96, 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 96, 0),
    (ipaddress.IPv6Network("::/96"), 96, 0),
    (ipaddress.IPv6Network("2002::/16"), 16, 0),
    (ipaddress.IPv6Network("2001::/32"), 96, 0xFFFFFFFF),
)

#: Unspecified and loopback look like compatible ones, and are none.
_NOT_COMPATIBLE = frozenset(map(ipaddress.IPv6Address, ("::", "::1")))


def _wrapped(network: ipaddress.IPv6Network) -> ipaddress.IPv4Network | None:
    """The IPv4 network inside, as narrow as the bits that are fixed; None where there is none."""
    first = network.network_address
    if first in _NOT_COMPATIBLE and network.prefixlen == 128:
        return None
    for block, before, mask in _WRAPPING:
        if network.prefixlen >= max(block.prefixlen, before) and first in block:
            length = min(32, network.prefixlen - before)
            inside = (int(first) >> (96 - before) & 0xFFFFFFFF) ^ mask
            return ipaddress.IPv4Network((inside, length), strict=False)
    return None
