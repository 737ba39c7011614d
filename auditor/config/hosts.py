"""Names and addresses of machines: what people may write for them, and the one way they are kept.

Must never resolve a name: that is done at the vantage, never here.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Final

from pydantic import AfterValidator

from auditor.config.errors import Wrong

#: A label as it stands in DNS data; the underscore is no host name's but many a record's (RFC 8552).
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_LONGEST_NAME: Final = 253  # RFC 1035 section 2.3.4, without the root's dot
_MOST_ADDRESSES: Final = 256
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


def host_name(text: str) -> str:
    """A DNS name: lower case, no dot at the end. Raises Wrong."""
    name = text.lower().removesuffix(".")
    if "://" in text or "/" in text:
        raise Wrong("is not a host name", "write the name alone, without scheme and path")
    if "*" in text:
        raise Wrong("is a wildcard: no one can be asked for it", "name the hosts one by one")
    if not text.isascii():
        raise Wrong("is not a host name as DNS holds it", _alabels(name), echo=True)
    if is_address(text):
        raise Wrong("is an address, not a name")
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise Wrong("is not a host name", "labels of letters, digits, '-' and '_', with dots between")
    if labels[-1].isdigit():
        raise Wrong("is not a host name", "no name ends in a number, and an IPv4 address has four")
    return name


def _alabels(name: str) -> str:
    """The form with xn-- (RFC 5891), as a hint."""
    import idna  # 12 ms, and for this hint only

    try:
        return f"write '{idna.encode(name, uts46=True).decode('ascii')}'"
    except (idna.IDNAError, UnicodeError):
        return "write its xn-- form"


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(text: str) -> bool:
    """Whether what is sent there never leaves this machine. `localhost` is loopback by RFC 6761."""
    return ip_address(text).is_loopback if is_address(text) else text == "localhost"


def address(text: str) -> str:
    """An IPv4 or IPv6 address that one can connect to, in its shortest spelling. Raises Wrong."""
    found = _address(text)
    if found.is_unspecified or found.is_multicast or "%" in text:
        raise Wrong("is not an address one can connect to")
    return str(found)


def own_address(text: str) -> str:
    """An address of the machine itself, to look from. Raises Wrong."""
    found = _address(text)
    if found.is_unspecified or found.is_multicast:
        raise Wrong("is not an address of one machine")
    return str(found)


def _address(text: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text)
    except ValueError:
        raise Wrong(
            "is not an IP address", "write 203.0.113.10 or 2001:db8::10, without brackets or port"
        ) from None


def host(text: str) -> str:
    """A name or an address. Raises Wrong."""
    if is_address(text):
        return address(text)
    return host_name(text)


def host_and_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:port` or `[v6]:port`; the host is not checked. Raises Wrong."""
    if text.startswith("["):
        inner, closed, tail = text[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")) or ":" not in inner:
            raise Wrong("has brackets that do not hold an IPv6 address", "write [2001:db8::10]:53")
        return inner, _port(tail[1:]) if tail else None
    if text.count(":") == 1:
        name, _, port = text.partition(":")
        return name, _port(port)
    return text, None


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise Wrong("has a port that is not 1 to 65535")
    return int(text)


_RESOLVERS: Final = (
    "write system, 192.0.2.53, 192.0.2.53:5353, [2001:db8::53]:53, tcp://192.0.2.53, tls://192.0.2.53 or "
    "https://…/dns-query"
)


def resolver(text: str) -> str:
    """`system`, `address[:port]`, `[v6]:port`, or `tcp://` or `tls://` before one of these. Raises Wrong.

    `https://` is a URL and is checked there. A resolver is an address: to find one by name needs another.
    """
    if text == "system":
        return text
    scheme, mark, rest = text.partition("://")
    if mark and scheme not in ("tcp", "tls"):
        raise Wrong("is not a resolver", _RESOLVERS)
    where = rest if mark else text
    try:
        found = where if is_address(where) else host_and_port(where)[0]
        address(found)
    except Wrong as wrong:
        raise Wrong(
            "is not a resolver", _RESOLVERS if "port" not in wrong.message else "a port is 1 to 65535"
        ) from None
    return text


def name_server(text: str) -> str:
    """`address[:port]` or `[v6]:port` of a name server. Raises Wrong."""
    try:
        found = text if is_address(text) else host_and_port(text)[0]
        address(found)
    except Wrong as wrong:
        cure = "a port is 1 to 65535" if "port" in wrong.message else "write 192.0.2.53 or [2001:db8::53]:53"
        raise Wrong("is not the address of a name server", cure) from None
    return text


def public_network(text: str) -> str:
    """A block of at most 256 addresses. Raises Wrong."""
    try:
        network = ip_network(text)
    except ValueError:
        raise Wrong("is not a network", _network_of(text), echo=True) from None
    if network.num_addresses > _MOST_ADDRESSES:
        raise Wrong("has more than 256 addresses", "name the parts of it that are in use")
    return str(network)


def proxy(text: str) -> str:
    """`socks5://host:port` or `http://host:port`. Raises Wrong."""
    scheme, mark, where = text.partition("://")
    if scheme == "socks5h":
        raise Wrong("is not a proxy we know", "write socks5://: it always leaves names to the proxy")
    if not mark or scheme not in ("socks5", "http"):
        raise Wrong("is not a proxy", "write socks5://host:port or http://host:port")
    if "@" in where:
        raise Wrong(
            "holds credentials, which may not stand in this file", "let the proxy know this machine by address"
        )
    name, port = host_and_port(where.removesuffix("/"))
    host(name)
    if port is None:
        raise Wrong("names no port", "write socks5://host:port or http://host:port")
    return text.removesuffix("/")


def scope(text: str) -> str:
    """What a vantage may talk to: an address, a network, a name or `*.name`. Raises Wrong."""
    if "/" in text:
        try:
            return str(ip_network(text))
        except ValueError:
            raise Wrong("is not a network", _network_of(text), echo=True) from None
    if is_address(text):
        return address(text)
    return "*." + host_name(text[2:]) if text.startswith("*.") else host_name(text)


def _network_of(text: str) -> str:
    try:
        return f"did you mean '{ip_network(text, strict=False)}'?"
    except ValueError:
        return "write 10.0.0.0/8, an address, a name or *.name"


HostName = Annotated[str, AfterValidator(host_name)]
Address = Annotated[str, AfterValidator(address)]
OwnAddress = Annotated[str, AfterValidator(own_address)]
NameServerAddress = Annotated[str, AfterValidator(name_server)]
PublicNetwork = Annotated[str, AfterValidator(public_network)]
Proxy = Annotated[str, AfterValidator(proxy)]
Scope = Annotated[str, AfterValidator(scope)]
