"""Where alerts go: who configured it, whether it may be talked to, and at which address.

Must never let a name lead to the machine's own link or a cloud's metadata service, which hand out credentials.
"""

import asyncio
import hashlib
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from auditor.alerts.signing import key

Address = IPv4Address | IPv6Address

#: Never a webhook's place, whatever the configuration says. RFC 3927, RFC 4291, RFC 5771 and the metadata
#: services of AWS (fd00:ec2::254), Alibaba (100.100.100.200) and Oracle (192.0.0.192).
_REFUSED: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "100.100.100.200/32",
        "169.254.0.0/16",
        "192.0.0.192/32",
        "224.0.0.0/3",
        "::/128",
        "fd00:ec2::/32",
        "fe80::/10",
        "ff00::/8",
    )
)

#: IPv6 ranges whose last 32 bits are an IPv4 address that is really meant (RFC 6052, RFC 4291).
_EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0/96"), IPv6Network("::/96"))


class BadDestination(ValueError):
    """A destination that cannot be used as configured; the message does not repeat its URL or secret."""


class NotAllowed(Exception):
    """The destination's name leads where no alert may go."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One receiver. `key` is what the outbox knows it by: it must not change while messages wait for it."""

    key: str
    url: str = field(repr=False)  # often a secret itself
    secret: str | None = field(default=None, repr=False)
    allow_http: bool = False

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.url)
        except (httpx.InvalidURL, TypeError) as error:
            raise BadDestination("the webhook's URL cannot be read") from error
        if url.scheme not in ("https", "http") or not url.host:
            raise BadDestination("the webhook's URL must begin with https:// and name a host")
        if url.scheme == "http" and not self.allow_http:
            raise BadDestination("the webhook's URL is plain http: use https, or say `allow_http: true`")
        if self.secret is not None:
            try:
                key(self.secret)
            except ValueError as error:
                raise BadDestination(str(error)) from error


def destination_key(source: str) -> str:
    """A stable key that gives nothing away, from whatever names the destination in the configuration.

    Best the name of the variable or file its URL comes from: then a rotated URL finds the messages that wait.
    """
    return "wh_" + hashlib.sha256(source.encode()).hexdigest()[:16]


def is_refused(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.sixtofour is not None and is_refused(address.sixtofour):
            return True
        if int(address) > 1 and any(address in each for each in _EMBEDDING):
            return is_refused(IPv4Address(int(address) & 0xFFFFFFFF))
    return any(address in each for each in _REFUSED)


async def addresses(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, checked: talk to these, do not resolve again.

    Raises OSError when it does not resolve, NotAllowed when any address is refused: a name with one bad address
    is not to be trusted with the others.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    told = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    if any(is_refused(ip_address(each.partition("%")[0])) for each in told):
        raise NotAllowed
    return told
