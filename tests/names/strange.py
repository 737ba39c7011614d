"""Small DNS servers that no package ships: one rewrites, one fails first, one has views by transport and subnet,
one is AS112, one shows its cache, one knows nothing. Run as `python -m names.strange KIND ADDRESS`.

Must never answer from anything but what stands here.
"""

import socketserver
import struct
import sys
import threading
from collections.abc import Callable

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from names.places import PUBLIC_RESOLVER, SITE

#: Names that this server has shown its failure for.
_failed: set[tuple[str, int]] = set()

#: What the cache that can be snooped has.
CACHED = dns.name.from_text("config.internal.sound.example.")

Answer = Callable[[dns.message.Message, bool], dns.message.Message]


def _soa(zone: str, mname: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(zone, 5, "IN", "SOA", f"{mname} hostmaster.{zone} 7 3600 600 86400 5")


def hijacker(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """A resolver that sells what is not there."""
    reply = _forwarded(query)
    if reply.rcode() == dns.rcode.NXDOMAIN:
        sold = dns.message.make_response(query, recursion_available=True)
        if query.question[0].rdtype == dns.rdatatype.A:
            sold.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "A", "45.76.200.200"))
        return sold
    return reply


def flaky(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """A resolver that says SERVFAIL to a question the first time."""
    asked = query.question[0].name.to_text().lower(), int(query.question[0].rdtype)
    if asked not in _failed:
        _failed.add(asked)
        failed = dns.message.make_response(query, recursion_available=True)
        failed.set_rcode(dns.rcode.SERVFAIL)
        return failed
    return _forwarded(query)


def _forwarded(query: dns.message.Message) -> dns.message.Message:
    import dns.query

    question = query.question[0]
    onward = dns.message.make_query(question.name, question.rdtype)
    heard = dns.query.udp(onward, PUBLIC_RESOLVER, timeout=3)
    reply = dns.message.make_response(query, recursion_available=True)
    reply.set_rcode(heard.rcode())
    reply.answer, reply.authority = heard.answer, heard.authority
    return reply


def view(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """The authority of view.example: one name over TCP alone, one for those who say that they are inside."""
    reply = dns.message.make_response(query)
    question, zone = query.question[0], "view.example."
    name = question.name.to_text().lower()
    if not name.endswith(zone):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    reply.flags |= dns.flags.AA
    inside = any(isinstance(o, dns.edns.ECSOption) and o.address.startswith("10.") for o in query.options)
    shown = (name == "tcp.internal.view.example." and tcp) or (name == "subnet.internal.view.example." and inside)
    if name == zone and question.rdtype == dns.rdatatype.SOA:
        reply.answer.append(_soa(zone, "ns-view.registry.example."))
    elif name == zone and question.rdtype == dns.rdatatype.NS:
        reply.answer.append(dns.rrset.from_text(zone, 5, "IN", "NS", "ns-view.registry.example."))
    elif shown and question.rdtype == dns.rdatatype.A:
        reply.answer.append(dns.rrset.from_text(question.name, 5, "IN", "A", SITE))
    else:
        reply.authority.append(_soa(zone, "ns-view.registry.example."))
        if name != zone and not shown:
            reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def as112(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """What AS112 says of private addresses (RFC 7534)."""
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    name = query.question[0].name.to_text().lower()
    zone = next(
        (z for z in ("10.in-addr.arpa.", "16.172.in-addr.arpa.", "168.192.in-addr.arpa.") if name.endswith(z)),
        None,
    )
    if zone is None:
        reply.set_rcode(dns.rcode.REFUSED)
        return reply
    reply.authority.append(_soa(zone, "prisoner.iana.org."))
    reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply


def snooped(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """A resolver that refuses to resolve for strangers, and shows them what those inside have asked."""
    reply = dns.message.make_response(query)
    question = query.question[0]
    if query.flags & dns.flags.RD:
        reply.set_rcode(dns.rcode.REFUSED)
    elif question.name == CACHED and question.rdtype == dns.rdatatype.A:
        reply.answer.append(dns.rrset.from_text(CACHED, 5, "IN", "A", "10.20.0.5"))
    return reply


def lame(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """Listed for a zone, and knows nothing of it."""
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.REFUSED)
    return reply


KINDS: dict[str, Answer] = {
    "hijacker": hijacker,
    "flaky": flaky,
    "view": view,
    "as112": as112,
    "snooped": snooped,
    "lame": lame,
}


def serve(answer: Answer, address: str) -> None:
    """UDP and TCP on port 53 of the address, until the process ends."""

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            sock.sendto(answer(dns.message.from_wire(data), False).to_wire(), self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while len(size := self.rfile.read(2)) == 2:
                query = dns.message.from_wire(self.rfile.read(int.from_bytes(size)))
                wire = answer(query, True).to_wire()
                self.wfile.write(struct.pack("!H", len(wire)) + wire)

    class Udp(socketserver.ThreadingUDPServer):
        allow_reuse_address = True
        max_packet_size = 4096

    class Tcp(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True
        request_queue_size = 64

    udp, tcp = Udp((address, 53), Datagram), Tcp((address, 53), Stream)
    threading.Thread(target=udp.serve_forever, daemon=True).start()
    tcp.serve_forever()


if __name__ == "__main__":
    serve(KINDS[sys.argv[1]], sys.argv[2])
