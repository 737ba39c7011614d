"""One DNS question as bytes, and whether a message answers it.

Must never accept a message whose id or question is not its own: off-path forgeries look just like that.
"""

import re
import secrets
import struct
from dataclasses import dataclass, field

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype

from auditor.probes.dns_records import name_in

#: What fits everywhere without fragments (DNS flag day 2020).
EDNS_BYTES = 1232

_RECURSION_DESIRED = 0x0100
_RESPONSE = 0x8000
_OPCODE = 0x7800
_HEADER = struct.Struct("!HHHHHH")
# OPT: root name, type 41, our size in place of the class, no extended RCODE, no DO, no options (RFC 6891).
_OPT = struct.pack("!BHHIH", 0, 41, EDNS_BYTES, 0, 0)

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
    id: int = 0
    edns: bool = True
    question: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", self.owner + struct.pack("!HH", self.rrtype, 1))

    @classmethod
    def of(cls, name: str, rrtype: str) -> "Query":
        """Raises ValueError when the name or the type cannot be put into a question at all."""
        kind = _TYPES.get(rrtype)
        if kind is not None and _PLAIN.fullmatch(name):
            plain = name.rstrip(".").lower()
            labels = [label.encode() for label in plain.split(".")]
            owner = b"".join([bytes((len(label),)) + label for label in labels]) + b"\0"
            if len(owner) <= 255:
                return cls(plain, owner, kind)
        try:
            wire = dns.name.from_text(name).to_wire()
            kind = int(dns.rdatatype.from_text(rrtype))
        except (dns.exception.DNSException, UnicodeError) as error:
            raise ValueError(f"not a question: {name!r} {rrtype!r}: {error}") from error
        assert wire is not None, "to_wire without a file gives bytes"
        owner = wire.lower()  # length octets are below 64 and stay what they are
        return cls(name_in(owner), owner, kind)

    def fresh(self, *, edns: bool = True) -> "Query":
        return Query(self.name, self.owner, self.rrtype, secrets.randbits(16), edns)

    def wire(self) -> bytes:
        head = _HEADER.pack(self.id, _RECURSION_DESIRED, 1, 0, 0, int(self.edns))
        return head + self.question + (_OPT if self.edns else b"")

    def accepts(self, wire: bytes) -> bool:
        """Whether these bytes are an answer to this very question, however odd the rest of them."""
        if len(wire) < _HEADER.size:
            return False
        theirs, flags, questions, *_ = _HEADER.unpack_from(wire)
        if theirs != self.id or not flags & _RESPONSE or flags & _OPCODE:
            return False
        if questions == 1:
            return self._asked_in(wire)
        return questions == 0 and flags & 0x000F in _WITHOUT_QUESTION

    def _asked_in(self, wire: bytes) -> bool:
        """The name may come back in another case (RFC 4343); type and class may not change."""
        start, turn = _HEADER.size, _HEADER.size + len(self.owner)
        end = start + len(self.question)
        return wire[start:turn].lower() == self.owner and wire[turn:end] == self.question[len(self.owner) :]
