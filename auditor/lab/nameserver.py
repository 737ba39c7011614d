"""The two views of the DNS: what everybody is told, and what is told inside only.

A resolver and the authority in one, as small companies have it. Must never answer from the other view, and must
never answer anything but plain queries.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Collection

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from auditor.lab.breakages import Breakage
from auditor.lab.estate import (
    API_HOST,
    CHECKOUT_HOST,
    ELSEWHERE_ZONE,
    INSIDE_HOSTS,
    INTERNAL_ZONE,
    LOOPBACK,
    PUBLIC_ZONE,
    SITE_HOST,
)
from auditor.lab.serving import Converse, Listener, loopback_socket

#: Globally reachable by the registry and nobody's host: the direct delegation of AS112 (RFC 7535).
PUBLISHED_ADDRESS = "192.31.196.23"
#: Where the hijacker sends people: documentation space (RFC 5737).
ADVERTISEMENT = "198.51.100.99"

TTL = 60
_PORT_TRIES = 50
_MAX_DATAGRAM = 4096

PUBLIC_HOSTS: dict[str, str] = {API_HOST: LOOPBACK, CHECKOUT_HOST: LOOPBACK, SITE_HOST: LOOPBACK}

#: Internal names that a breakage puts into the public view, and the address they get there.
PUBLISHED: dict[Breakage, tuple[str, str]] = {
    Breakage.NAME_PRIVATE: (f"jobs.{INTERNAL_ZONE}", INSIDE_HOSTS[f"jobs.{INTERNAL_ZONE}"]),
    Breakage.NAME_PUBLIC: (f"provisioning.{INTERNAL_ZONE}", PUBLISHED_ADDRESS),
}

Resolve = Callable[[dns.message.Message], dns.message.Message]


class View:
    """A set of names with one address each, in zones."""

    def __init__(self, zones: Collection[str], hosts: dict[str, str]) -> None:
        self._zones = sorted((dns.name.from_text(zone) for zone in (*zones, ".")), key=len, reverse=True)
        self._hosts = {dns.name.from_text(name): address for name, address in hosts.items()}

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The reply to a query, NXDOMAIN and NODATA with the SOA of the zone (RFC 2308)."""
        reply = dns.message.make_response(query, recursion_available=True)
        if query.opcode() != dns.opcode.QUERY:
            reply.set_rcode(dns.rcode.NOTIMP)
            return reply
        asked = query.question[0]
        if asked.rdclass != dns.rdataclass.IN or dns.rdatatype.is_metatype(asked.rdtype):
            reply.set_rcode(dns.rcode.REFUSED)
            return reply
        zone = next(zone for zone in self._zones if asked.name.is_subdomain(zone))
        if len(zone) > 1:  # the root is somebody else's
            reply.flags |= dns.flags.AA
        address = self._hosts.get(asked.name)
        if address is not None and asked.rdtype == dns.rdatatype.A:
            reply.answer.append(dns.rrset.from_text(asked.name, TTL, "IN", "A", address))
        elif asked.name == zone and asked.rdtype == dns.rdatatype.SOA:
            reply.answer.append(_soa(zone))
        else:
            reply.authority.append(_soa(zone))
            if not self._exists(asked.name):
                reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply

    def _exists(self, name: dns.name.Name) -> bool:
        """Names above an existing one exist as well, without data (RFC 8020)."""
        return name in self._zones or any(known.is_subdomain(name) for known in self._hosts)


def _soa(zone: dns.name.Name) -> dns.rrset.RRset:
    origin = zone.to_text()
    under = "" if origin == "." else origin
    return dns.rrset.from_text(zone, TTL, "IN", "SOA", f"ns.{under} hostmaster.{under} 7 3600 600 86400 {TTL}")


#: What is told inside: everything.
INSIDE_VIEW = View((PUBLIC_ZONE, INTERNAL_ZONE, ELSEWHERE_ZONE), {**PUBLIC_HOSTS, **INSIDE_HOSTS})


class PublicView:
    """What everybody is told, and how that goes wrong."""

    def __init__(self, broken: Collection[Breakage]) -> None:
        self._broken = broken

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        published = dict(PUBLISHED[breakage] for breakage in self._broken if breakage in PUBLISHED)
        reply = View((PUBLIC_ZONE, ELSEWHERE_ZONE), {**PUBLIC_HOSTS, **published}).answer(query)
        name = query.question[0].name
        if Breakage.DNS_SERVFAIL in self._broken and name.is_subdomain(dns.name.from_text(INTERNAL_ZONE)):
            failed = dns.message.make_response(query, recursion_available=True)
            failed.set_rcode(dns.rcode.SERVFAIL)
            return failed
        if Breakage.DNS_HIJACKED in self._broken and reply.rcode() == dns.rcode.NXDOMAIN:
            return _advertise(query)
        return reply


def _advertise(query: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(query, recursion_available=True)
    asked = query.question[0]
    if asked.rdtype == dns.rdatatype.A:
        reply.answer.append(dns.rrset.from_text(asked.name, TTL, "IN", "A", ADVERTISEMENT))
    return reply


def _respond(data: bytes, resolve: Resolve) -> bytes | None:
    """The reply to one message as it came; None for what is no query, which gets no answer."""
    try:
        query = dns.message.from_wire(data)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR or len(query.question) != 1:
        return None
    return resolve(query).to_wire()


def over_tcp(resolve: Resolve) -> Converse:
    """Messages with their length before them, several on one connection (RFC 7766)."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            size = int.from_bytes(await reader.readexactly(2))
            reply = _respond(await reader.readexactly(size), resolve)
            if reply is None:
                return
            writer.write(len(reply).to_bytes(2) + reply)
            await writer.drain()

    return converse


class _Datagrams:
    """Answers on a bound UDP socket until it is closed. What cannot be sent at once is lost, as datagrams are."""

    def __init__(self, sock: socket.socket, resolve: Resolve) -> None:
        self._sock = sock
        self._resolve = resolve

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._sock.fileno())
        self._sock.close()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            data, peer = self._sock.recvfrom(_MAX_DATAGRAM)
            reply = _respond(data, self._resolve)
            if reply is not None:
                self._sock.sendto(reply, peer)


@contextlib.asynccontextmanager
async def listening(resolve: Resolve) -> AsyncIterator[int]:
    """Answers over UDP and TCP on one port of loopback, which it yields."""
    tcp, udp = _same_port()
    datagrams = _Datagrams(udp, resolve)
    datagrams.start()
    try:
        async with Listener(tcp, over_tcp(resolve)) as listener:
            yield listener.port
    finally:
        datagrams.close()


def _same_port() -> tuple[socket.socket, socket.socket]:
    """A TCP and a UDP socket with the same free port."""
    for _ in range(_PORT_TRIES):
        tcp = loopback_socket()
        try:
            return tcp, loopback_socket(int(tcp.getsockname()[1]), socket.SOCK_DGRAM)
        except OSError:
            tcp.close()
    raise OSError("no port is free for both UDP and TCP")
