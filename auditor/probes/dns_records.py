"""DNS messages as records in escaped presentation form.

Must never trust a length, a count or a pointer: whatever the message says, the work done here is bounded.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop

import dns.edns
import dns.exception
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from auditor.model import DnsRecord
from auditor.probes.redact import WINDOW_BYTES, redact

MAX_RECORDS = 100
MAX_AUTHORITY = 20
MAX_ADDITIONAL = 40  # a referral to thirteen name servers with two addresses each, and some more
MAX_EDE = 8
MAX_OPTIONS = 16
MAX_TEXT = 1024

#: Labels and pointers read of one name. It has at most 127 labels (RFC 1035 section 2.3.4); more is an attack.
MAX_PARTS = 255

_FLAGS = {"QR": 0x8000, "AA": 0x0400, "TC": 0x0200, "RD": 0x0100, "RA": 0x0080, "AD": 0x0020, "CD": 0x0010}
_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_SERIALS = struct.Struct("!IIIII")
_PRIORITIES = struct.Struct("!HHH")
IN, CHAOS = 1, 3
_A, _NS, _CNAME, _SOA, _PTR, _MX, _AAAA, _SRV, _DNAME, _OPT = 1, 2, 5, 6, 12, 15, 28, 33, 39, 41
_ONE_NAME = frozenset({_NS, _CNAME, _PTR, _DNAME})
_TYPES = {int(kind): kind.name.replace("_", "-") for kind in dns.rdatatype.RdataType}
_RCODES = {int(code): code.name for code in dns.rcode.Rcode}
NSID, _EDE = 3, 15
_EDE_NAMES = {int(code): code.name for code in dns.edns.EDECode}
_ACRONYMS = frozenset({"DNSSEC", "DNSKEY", "DS", "NSEC", "NXDOMAIN"})


def _octet(n: int) -> str:
    char = chr(n)
    if char in '"().;\\@$':
        return "\\" + char
    return char.lower() if 0x20 < n < 0x7F else f"\\{n:03d}"


#: Octets of a label in presentation form (RFC 1035 section 5.1), lower case as names compare.
_OCTETS = tuple(map(_octet, range(256)))
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class Malformed(ValueError):
    """The bytes are no DNS message."""


#: What reading bytes that are no message raises.
UNREADABLE = (struct.error, IndexError, ValueError, dns.exception.DNSException)


def malformed(error: Exception) -> Malformed:
    return Malformed(f"malformed message: {type(error).__name__} {error}"[:200])


@dataclass(frozen=True, slots=True)
class Reply:
    """What a message said, before anything is concluded from it."""

    rcode: int
    flags: tuple[str, ...]
    records: tuple[DnsRecord, ...]
    authority: tuple[DnsRecord, ...]
    ede: tuple[str, ...]
    edns: bool
    more: bool  # it had more records than are kept
    additional: tuple[DnsRecord, ...] = ()
    nsid: str | None = None

    @property
    def truncated(self) -> bool:
        return "TC" in self.flags

    @property
    def rcode_name(self) -> str:
        return rcode_name(self.rcode)


def read(wire: bytes, rrclass: int = IN) -> Reply:
    """Raises Malformed. A cut-off message (TC) may end anywhere after its header: what is whole is kept.

    Answer and authority must be of the class that was asked for.
    """
    try:
        return Reader(wire, rrclass).reply()
    except UNREADABLE as error:
        raise malformed(error) from error


def name_in(wire: bytes) -> str:
    """An uncompressed name as records spell it."""
    return Reader(wire).name(0)[0]


def rcode_name(rcode: int) -> str:
    return _RCODES.get(rcode) or f"RCODE{rcode}"


def type_name(rrtype: int) -> str:
    return _TYPES.get(rrtype) or f"TYPE{rrtype}"  # RFC 3597 section 5


def escaped(text: str) -> str:
    """Free text of a stranger: without secrets, with nothing in it that is not printable ASCII, capped."""
    plain = redact(text[:WINDOW_BYTES])[:MAX_TEXT]
    return _UNPRINTABLE.sub(lambda found: _octets_of(found[0]), plain)[:MAX_TEXT]


def _octets_of(char: str) -> str:
    return "".join(f"\\{octet:03d}" for octet in char.encode("utf-8", "replace"))


class Reader:
    """One pass over the bytes. Names are remembered by their offset, for most are pointers to the same few."""

    def __init__(self, wire: bytes, rrclass: int = IN) -> None:
        self.wire = wire
        self.rrclass = rrclass
        self.names: dict[int, tuple[str, int]] = {}
        self.at = _HEADER.size
        self.cut = False  # TC is set: the end may be missing
        self.opt: tuple[int, int, int] | None = None  # its TTL, offset and end

    def reply(self) -> Reply:
        _, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(self.wire)
        self.cut = bool(flags & 0x0200)
        for _ in range(questions):
            self.at = self.past_name(self.at) + 4
        records = tuple(self.section(answers, MAX_RECORDS))
        authority = tuple(self.section(authorities, MAX_AUTHORITY))
        additional = tuple(self.additional(additionals)) if additionals else ()
        rcode, ede, nsid = self.extended(flags & 0x000F)
        return Reply(
            rcode,
            tuple([name for name, bit in _FLAGS.items() if flags & bit]),
            records,
            authority,
            ede,
            self.opt is not None,
            answers > MAX_RECORDS or authorities > MAX_AUTHORITY or additionals > MAX_ADDITIONAL + 1,
            additional,
            nsid,
        )

    def section(self, count: int, keep: int) -> Iterator[DnsRecord]:
        for number in range(count):
            try:
                owner, rrtype, rrclass, ttl, start, size = self.record()
            except (struct.error, IndexError):
                if self.cut:
                    self.at = len(self.wire)
                    return
                raise
            if rrclass != self.rrclass:
                raise Malformed(f"class {rrclass}")
            if number < keep:
                yield self.shown(owner, rrtype, ttl, start, size)

    def additional(self, count: int) -> Iterator[DnsRecord]:
        """The additional section, without OPT and what is of another class, such as signatures of the message."""
        kept = 0
        for _ in range(count):
            try:
                owner, rrtype, rrclass, ttl, start, size = self.record()
            except (struct.error, IndexError):
                if self.cut:
                    return
                raise
            if rrtype == _OPT:
                self.opt = self.opt or (ttl, start, start + size)
            elif rrclass == self.rrclass and kept < MAX_ADDITIONAL:
                kept += 1
                yield self.shown(owner, rrtype, ttl, start, size)

    def shown(self, owner: int, rrtype: int, ttl: int, start: int, size: int) -> DnsRecord:
        ttl = 0 if ttl >= 1 << 31 else ttl  # RFC 2181 section 8
        return DnsRecord(self.name(owner)[0], type_name(rrtype), ttl, self.data(rrtype, start, size))

    def record(self) -> tuple[int, int, int, int, int, int]:
        """Offset of the owner, type, class, TTL, offset and size of the data."""
        owner = self.at
        fixed = self.past_name(owner)
        rrtype, rrclass, ttl, size = _RECORD.unpack_from(self.wire, fixed)
        start = fixed + _RECORD.size
        if start + size > len(self.wire):
            raise IndexError("data beyond the end")
        self.at = start + size
        return owner, rrtype, rrclass, ttl, start, size

    def data(self, rrtype: int, start: int, size: int) -> str:
        raw = self.wire[start : start + size]
        if rrtype == _A and size == 4:
            return inet_ntop(AF_INET, raw)
        if rrtype == _AAAA and size == 16:
            return inet_ntop(AF_INET6, raw)
        if rrtype in _ONE_NAME:
            return self.last_name(start, start + size)
        if rrtype == _MX and size > 2:
            return f"{int.from_bytes(raw[:2])} {_dotted(self.last_name(start + 2, start + size))}"
        if rrtype == _SRV and size > 6:
            first, weight, port = _PRIORITIES.unpack_from(raw)
            return f"{first} {weight} {port} {_dotted(self.last_name(start + 6, start + size))}"
        if rrtype == _SOA and size > _SERIALS.size:
            return self.soa(start, start + size)
        rrclass = dns.rdataclass.RdataClass.make(self.rrclass)
        kind = dns.rdatatype.RdataType.make(rrtype)
        return escaped(dns.rdata.from_wire(rrclass, kind, self.wire, start, size).to_text())

    def soa(self, start: int, end: int) -> str:
        """Nearly every absence comes with one, so that its speed is that of an audit."""
        server, at = self.name(start)
        person, at = self.name(at)
        if at + _SERIALS.size != end:
            raise Malformed("a SOA of another length")
        numbers = " ".join(map(str, _SERIALS.unpack_from(self.wire, at)))
        return f"{_dotted(server)} {_dotted(person)} {numbers}"

    def last_name(self, start: int, end: int) -> str:
        """The name that the data ends with."""
        name, at = self.name(start)
        if at != end:
            raise Malformed("data longer than the name in it")
        return name

    def extended(self, low: int) -> tuple[int, tuple[str, ...], str | None]:
        """The whole RCODE, the Extended DNS Errors and the server's identifier, from the OPT record when there is
        one (RFC 6891, 8914, 5001)."""
        if self.opt is None:
            return low, (), None
        ttl, start, end = self.opt
        rcode = low | (ttl >> 24) << 4
        if start == end:
            return rcode, (), None
        errors: list[str] = []
        nsid = None
        for code, value in self.options(start, end):
            if code == _EDE and len(value) >= 2 and len(errors) < MAX_EDE:
                text = value[2:].rstrip(b"\0").decode("utf-8", "replace")
                errors.append(escaped(_ede_name(int.from_bytes(value[:2])) + (f": {text}" if text else "")))
            elif code == NSID and nsid is None and value:
                nsid = escaped(value.decode("utf-8", "replace"))
        return rcode, tuple(errors), nsid

    def options(self, at: int, end: int) -> Iterator[tuple[int, bytes]]:
        for _ in range(MAX_OPTIONS):
            if at + 4 > end:
                return
            code, size = struct.unpack_from("!HH", self.wire, at)
            yield code, self.wire[at + 4 : min(at + 4 + size, end)]
            at += 4 + size

    def name(self, at: int) -> tuple[str, int]:
        """The name that starts here and the offset just after it."""
        known = self.names.get(at)
        if known is None:
            known = self.names[at] = self._name(at)
        return known

    def _name(self, at: int) -> tuple[str, int]:
        wire, size, end, bound = self.wire, 0, 0, at
        labels: list[str] = []
        for _ in range(MAX_PARTS):
            length = wire[at]
            if length == 0:
                return ".".join(labels)[:MAX_TEXT] or ".", end or at + 1
            if length < 64:
                label = wire[at + 1 : at + 1 + length]
                at += 1 + length
                size += 1 + length
                if len(label) < length or size > 254:
                    raise Malformed("name too long")
                labels.append("".join([_OCTETS[octet] for octet in label]))
            elif length >= 192:
                end = end or at + 2
                at = (length & 0x3F) << 8 | wire[at + 1]
                if at >= bound:
                    raise Malformed("a compression pointer that does not point back")
                bound = at
            else:
                raise Malformed("unknown label type")
        raise Malformed("a name of too many parts")

    def past_name(self, at: int) -> int:
        """The offset after the name, without following where it points."""
        while (length := self.wire[at]) != 0:
            if length >= 192:
                return at + 2
            if length >= 64:
                raise Malformed("unknown label type")
            at += 1 + length
        return at + 1


def _dotted(name: str) -> str:
    """A name among other words, as a zone file has it."""
    return name if name == "." else name + "."


def _ede_name(code: int) -> str:
    words = _EDE_NAMES.get(code, "").split("_")
    return f"{code} {' '.join(word if word in _ACRONYMS else word.capitalize() for word in words)}".rstrip()
