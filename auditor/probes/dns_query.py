"""One DNS question as bytes, and whether a message answers it.

Must never accept a message whose id or question is not its own: off-path forgeries look just like that.
"""

import re
import secrets
import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_network

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype

from auditor.model import DnsQuestion
from auditor.probes.dns_records import CHAOS, IN, NSID, name_in

#: What fits everywhere without fragments (DNS flag day 2020).
EDNS_BYTES = 1232

_RECURSION_DESIRED = 0x0100
_RESPONSE = 0x8000
_OPCODE = 0x7800
_HEADER = struct.Struct("!HHHHHH")
_OPT_HEAD = struct.Struct("!BHHIH")
_DNSSEC_OK = 0x8000  # in the low half of the TTL (RFC 3225)
_SUBNET = 8
_FAMILIES = {4: 1, 6: 2}  # address family numbers (RFC 7871 section 6)


def _opt(*, dnssec: bool = False, options: bytes = b"") -> bytes:
    """The OPT record: root name, type 41, our size in place of the class, no extended RCODE (RFC 6891)."""
    return _OPT_HEAD.pack(0, 41, EDNS_BYTES, _DNSSEC_OK * dnssec, len(options)) + options


_OPT = _opt()

#: Names that need no library to be put on the wire, for their speed is that of an audit.
_PLAIN = re.compile(r"(?:[a-zA-Z0-9_-]{1,63}\.)*[a-zA-Z0-9_-]{1,63}\.?")
_TYPES = {kind.name: int(kind) for kind in (dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.CNAME)}

#: RCODEs that a server may send without repeating a question it could not read.
_WITHOUT_QUESTION = frozenset({dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED})


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked; `fresh` gives it the id it travels under. Over HTTPS that stays 0 (RFC 8484 section 4.1)."""

    name: str  # as records spell it: escaped presentation form, lower case, no dot at the end
    owner: bytes  # the same in wire form
    rrtype: int
    question: bytes
    flags: int = _RECURSION_DESIRED
    opt: bytes = _OPT  # empty: without EDNS
    id: int = 0
    rrclass: int = IN
    trusted: bool = True  # over TLS the server's certificate has to verify; not where it is looked for at all

    @classmethod
    def of(
        cls,
        name: str,
        rrtype: str,
        *,
        recursion: bool = True,
        dnssec: bool = False,
        subnet: str | None = None,
        nsid: bool = False,
        chaos: bool = False,
    ) -> "Query":
        """Raises ValueError when the name, the type or the subnet cannot be put into a question at all."""
        shown, owner, kind = _asked(name, rrtype)
        rrclass = CHAOS if chaos else IN
        opt = _OPT
        if dnssec or nsid or subnet is not None:
            opt = _opt(dnssec=dnssec, options=(_NSID if nsid else b"") + (_subnet(subnet) if subnet else b""))
        question = owner + struct.pack("!HH", kind, rrclass)
        return cls(shown, owner, kind, question, _RECURSION_DESIRED if recursion else 0, opt, 0, rrclass)

    @classmethod
    def for_(cls, question: DnsQuestion) -> "Query":
        """Raises ValueError as `of` does."""
        query = cls.of(
            question.name,
            question.rrtype,
            recursion=question.recursion,
            dnssec=question.dnssec,
            subnet=question.subnet,
            nsid=question.nsid,
            chaos=question.chaos,
        )
        # At somebody's address we ask whether DNS is answered there; nothing that it says is taken for true.
        return query if question.server_of is None else replace(query, trusted=False)

    def fresh(self, *, edns: bool = True) -> "Query":
        opt = self.opt if edns else b""
        owner, kind, question = self.owner, self.rrtype, self.question
        return Query(
            self.name, owner, kind, question, self.flags, opt, secrets.randbits(16), self.rrclass, self.trusted
        )

    def wire(self) -> bytes:
        return _HEADER.pack(self.id, self.flags, 1, 0, 0, 1 if self.opt else 0) + self.question + self.opt

    def accepts(self, wire: bytes) -> bool:
        """Whether these bytes are an answer to this very question, however odd the rest of them."""
        if len(wire) < _HEADER.size:
            return False
        theirs, flags, questions, *_ = _HEADER.unpack_from(wire)
        if theirs != self.id or not flags & _RESPONSE or flags & _OPCODE:
            return False
        if questions == 1:
            return self.asked_in(wire)
        return questions == 0 and flags & 0x000F in _WITHOUT_QUESTION

    def asked_in(self, wire: bytes) -> bool:
        """Whether its question is ours: the name in any case (RFC 4343), type and class as they were."""
        start, turn = _HEADER.size, _HEADER.size + len(self.owner)
        end = start + len(self.question)
        return wire[start:turn].lower() == self.owner and wire[turn:end] == self.question[len(self.owner) :]


def _asked(name: str, rrtype: str) -> tuple[str, bytes, int]:
    """The name as records spell it and as it travels, and the number of the type."""
    kind = _TYPES.get(rrtype)
    if kind is not None and _PLAIN.fullmatch(name):
        plain = name.rstrip(".").lower()
        labels = [label.encode() for label in plain.split(".")]
        owner = b"".join([bytes((len(label),)) + label for label in labels]) + b"\0"
        if len(owner) <= 255:
            return plain, owner, kind
    try:
        wire = dns.name.from_text(name).to_wire()
        kind = int(dns.rdatatype.from_text(rrtype))
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"not a question: {name!r} {rrtype!r}: {error}") from error
    assert wire is not None, "to_wire without a file gives bytes"
    owner = wire.lower()  # length octets are below 64 and stay what they are
    return name_in(owner), owner, kind


_NSID = struct.pack("!HH", NSID, 0)


@lru_cache(maxsize=64)
def _subnet(text: str) -> bytes:
    """The option that tells a server from where it is asked: as many octets as the prefix needs, no bit more."""
    network = ip_network(text, strict=False)
    octets = network.network_address.packed[: -(-network.prefixlen // 8)]
    body = struct.pack("!HBB", _FAMILIES[network.version], network.prefixlen, 0) + octets
    return struct.pack("!HH", _SUBNET, len(body)) + body
