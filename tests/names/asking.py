"""Plain clients: dnspython, a TLS handshake, a GET, from the namespace of the eyes.

Must never use the product: what the corpus says is held against what is seen here.
"""

import ssl
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.xfr
import dns.zone
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from parts.looking import Raw, ask, connects, nonce
from parts.network import within

from names.estate import Estate
from names.net import EYES_INSIDE
from names.places import BIND

T = TypeVar("T")
P = ParamSpec("P")

SECONDS = 3.0


class Eyes:
    """Questions from `eyes`: as from outside, or with `inside=True` as from inside."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate

    def _there(self, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return within(self.estate.net.eyes, task, *args, **kwargs)

    def reply(
        self,
        name: str,
        rrtype: str = "A",
        server: str = BIND,
        *,
        tcp: bool = False,
        inside: bool = False,
        recursion: bool = True,
        dnssec: bool = False,
        subnet: str | None = None,
        rdclass: str = "IN",
    ) -> dns.message.Message:
        """What one server says to one question. Raises where it says nothing."""
        options: list[Any] = [dns.edns.ECSOption(subnet, 24)] if subnet else []
        query = dns.message.make_query(name, rrtype, rdclass, use_edns=0, want_dnssec=dnssec, options=options)
        if not recursion:
            query.flags &= ~dns.flags.RD
        send = dns.query.tcp if tcp else dns.query.udp
        source = EYES_INSIDE if inside else None
        return self._there(send, query, server, timeout=SECONDS, source=source)

    def rcode(self, name: str, rrtype: str = "A", server: str = BIND, **how: Any) -> str:
        """The RCODE, NODATA where it is NOERROR without an answer, or why there was none."""
        try:
            reply = self.reply(name, rrtype, server, **how)
        except (OSError, dns.exception.DNSException) as error:
            return type(error).__name__
        said = dns.rcode.to_text(reply.rcode())
        return "NODATA" if said == "NOERROR" and not reply.answer else said

    def data(self, name: str, rrtype: str = "A", server: str = BIND, **how: Any) -> set[str]:
        """Every record of the answer, without its owner and TTL."""
        return {rdata.to_text() for rrset in self.reply(name, rrtype, server, **how).answer for rdata in rrset}

    def soa(self, zone: str, server: str, **how: Any) -> tuple[bool, int]:
        """Whether the server speaks for the zone with authority, and its serial."""
        reply = self.reply(zone, "SOA", server, **how)
        return bool(reply.flags & dns.flags.AA), reply.answer[0][0].serial

    def primary(self, name: str, rrtype: str, server: str, **how: Any) -> str:
        """The primary server that the SOA of a denial tells, or nothing."""
        authority = self.reply(name, rrtype, server, **how).authority
        found = [rrset[0].mname.to_text() for rrset in authority if rrset.rdtype == dns.rdatatype.SOA]
        return found[0] if found else ""

    def denial(self, zone: str, rrtype: str, server: str) -> list[tuple[str, Any]]:
        """Owner and data of the NSEC or NSEC3 records that deny a random name of the zone."""
        reply = self.reply(f"{nonce()}.{zone}", "A", server, dnssec=True)
        wanted = dns.rdatatype.from_text(rrtype)
        return [(r.name.to_text(), rdata) for r in reply.authority if r.rdtype == wanted for rdata in r]

    def chain(self, zone: str, server: str) -> set[str]:
        """The names on the zone's NSEC chain, followed from the apex."""
        found: set[str] = set()
        name = dns.name.from_text(zone)
        while name.to_text() not in found:
            found.add(name.to_text())
            (rrset,) = (
                r for r in self.reply(name.to_text(), "NSEC", server).answer if r.rdtype == dns.rdatatype.NSEC
            )
            name = rrset[0].next
        return found

    def transferred(self, zone: str, server: str, *, inside: bool = False) -> set[str] | str:
        """The names of the zone as a server hands it out, or how it does not."""

        def fetch() -> set[str] | str:
            got = dns.zone.Zone(zone)
            try:
                dns.query.inbound_xfr(server, got, timeout=SECONDS, source=EYES_INSIDE if inside else None)
            except dns.xfr.TransferError as error:
                return dns.rcode.to_text(error.rcode)
            return {name.to_text() for name in got.nodes}

        return self._there(fetch)

    def certified(self, address: str) -> set[str]:
        """The names and addresses of the certificate that an address shows."""
        pem = self._there(ssl.get_server_certificate, (address, 443), timeout=SECONDS)
        alternative = x509.load_pem_x509_certificate(pem.encode()).extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        )
        return {str(each.value) for each in alternative.value}

    def get(self, address: str, port: int, host: str, path: str, *, tls: bool = False) -> Raw:
        return self._there(ask, address, port, host, path, tls)

    def connects(self, address: str, port: int) -> bool:
        return self._there(connects, address, port)
