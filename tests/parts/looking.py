"""How the truth is found out: a raw client, a raw DNS question, and the app's own witness.

Must never use the product: what it says is compared with what is seen here.
"""

import http.client
import json
import socket
import ssl
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from parts.network import EDGE_INSIDE

SECONDS = 3.0


@dataclass(frozen=True)
class Raw:
    """What came back; `status` is None when nothing did."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def ask(
    address: str,
    port: int,
    host: str,
    path: str,
    tls: bool = False,
    nonce: str = "",
    source: str | None = None,
) -> Raw:
    """GETs a path from an address under a Host (and SNI) of its own, from the calling thread's namespace."""
    try:
        plain = socket.create_connection((address, port), SECONDS, (source, 0) if source else None)
    except OSError:
        return Raw(None)
    with plain:
        try:
            with _anybody().wrap_socket(plain, server_hostname=host) if tls else plain as wire:
                wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Nonce: {nonce}\r\n\r\n".encode())
                response = http.client.HTTPResponse(wire)
                try:
                    response.begin()
                    headers = {name.lower(): value for name, value in response.getheaders()}
                    return Raw(response.status, response.read(), headers)
                finally:
                    response.close()
        except (OSError, http.client.HTTPException):
            return Raw(None)


def _anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connects(address: str, port: int) -> bool:
    """Whether a port takes a connection, from the calling thread's namespace."""
    try:
        with socket.create_connection((address, port), SECONDS):
            return True
    except OSError:
        return False


@dataclass(frozen=True)
class Resolved:
    """What a DNS server said of a name; `rcode` is None when it said nothing."""

    rcode: str | None
    addresses: frozenset[str] = frozenset()


def resolve(server: str, name: str) -> Resolved:
    """The A and AAAA addresses of a name by one server, over TCP, where a server that is down refuses at once."""
    addresses: set[str] = set()
    rcode = None
    for rrtype in ("A", "AAAA"):
        try:
            answer = dns.query.tcp(dns.message.make_query(name, rrtype), server, timeout=SECONDS)
        except (OSError, dns.exception.DNSException):
            return Resolved(None)
        rcode = dns.rcode.to_text(answer.rcode())
        for rrset in answer.answer:
            if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
                addresses.update(rdata.to_text() for rdata in rrset)
    return Resolved(rcode, frozenset(addresses))


def serial(server: str, zone: str) -> int | None:
    """The serial a server has of a zone, or None while it has none."""
    try:
        answer = dns.query.udp(dns.message.make_query(zone, "SOA"), server, timeout=0.5)
    except (OSError, dns.exception.DNSException):
        return None
    return next((rrset[0].serial for rrset in answer.answer if rrset.rdtype == dns.rdatatype.SOA), None)


@dataclass(frozen=True)
class Reached:
    """One request that reached the app."""

    client: str
    path: str
    host: str
    nonce: str

    @property
    def from_edge(self) -> bool:
        return self.client == EDGE_INSIDE


class Witness:
    """Reads what the app wrote down."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def mark(self) -> int:
        """Where the record ends now; `since` takes it."""
        return self._path.stat().st_size if self._path.exists() else 0

    def since(self, mark: int) -> list[Reached]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(mark)
            lines = [json.loads(line) for line in file]
        return [Reached(line["client"], line["path"], line["host"], line["nonce"]) for line in lines]


def nonce() -> str:
    return uuid.uuid4().hex
