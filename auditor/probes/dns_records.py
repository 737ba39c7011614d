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
MAX_EDE = 8
MAX_TEXT = 1024

#: Labels and pointers read of one name. It has at most 127 labels (RFC 1035 section 2.3.4); more is an attack.
MAX_PARTS = 255

_FLAGS = {"QR": 0x8000, "AA": 0x0400, "TC": 0x0200, "RD": 0x0100, "RA": 0x0080, "AD": 0x0020, "CD": 0x0010}
_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_IN = 1
_A, _NS, _CNAME, _PTR, _AAAA, _DNAME, _OPT = 1, 2, 5, 12, 28, 39, 41
_ONE_NAME = frozenset({_NS, _CNAME, _PTR, _DNAME})
_TYPES = {int(kind): kind.name.replace("_", "-") for kind in dns.rdatatype.RdataType}
_RCODES = {int(code): code.name for code in dns.rcode.Rcode}
_EDE = 15
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

    @property
    def truncated(self) -> bool:
        return "TC" in self.flags

    @property
    def rcode_name(self) -> str:
        return _RCODES.get(self.rcode) or f"RCODE{self.rcode}"


def read(wire: bytes) -> Reply:
    """Raises Malformed. A cut-off message (TC) may end anywhere after its header: what is whole is kept."""
    try:
        return Reader(wire).reply()
    except (struct.error, IndexError, ValueError, dns.exception.DNSException) as error:
        raise Malformed(f"malformed message: {type(error).__name__} {error}"[:200]) from error


def name_in(wire: bytes) -> str:
    """An uncompressed name as records spell it."""
    return Reader(wire).name(0)[0]


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

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.names: dict[int, tuple[str, int]] = {}
        self.at = _HEADER.size
        self.cut = False  # TC is set: the end may be missing

    def reply(self) -> Reply:
        _, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(self.wire)
        self.cut = bool(flags & 0x0200)
        for _ in range(questions):
            self.at = self.past_name(self.at) + 4
        records = tuple(self.section(answers, MAX_RECORDS))
        authority = tuple(self.section(authorities, MAX_AUTHORITY))
        rcode, ede, edns = self.extended(additionals, flags & 0x000F)
        return Reply(
            rcode,
            tuple(name for name, bit in _FLAGS.items() if flags & bit),
            records,
            authority,
            ede,
            edns,
            answers > MAX_RECORDS or authorities > MAX_AUTHORITY,
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
            if rrclass != _IN:
                raise Malformed(f"class {rrclass}")
            if number < keep:
                ttl = 0 if ttl >= 1 << 31 else ttl  # RFC 2181 section 8
                yield DnsRecord(self.name(owner)[0], type_name(rrtype), ttl, self.data(rrtype, start, size))

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
            name, end = self.name(start)
            if end != start + size:
                raise Malformed("data longer than the name in it")
            return name
        kind = dns.rdatatype.RdataType.make(rrtype)
        return escaped(dns.rdata.from_wire(dns.rdataclass.IN, kind, self.wire, start, size).to_text())

    def extended(self, count: int, low: int) -> tuple[int, tuple[str, ...], bool]:
        """The whole RCODE and the Extended DNS Errors, from the OPT record when there is one (RFC 6891, 8914)."""
        try:
            for _ in range(count):
                _, rrtype, _, ttl, start, size = self.record()
                if rrtype == _OPT:
                    return low | (ttl >> 24) << 4, tuple(self.errors(start, start + size)), True
        except (struct.error, IndexError):
            if not self.cut:
                raise
        return low, (), False

    def errors(self, at: int, end: int) -> Iterator[str]:
        for _ in range(MAX_EDE):
            if at + 4 > end:
                return
            code, size = struct.unpack_from("!HH", self.wire, at)
            value = self.wire[at + 4 : min(at + 4 + size, end)]
            at += 4 + size
            if code == _EDE and len(value) >= 2:
                text = value[2:].rstrip(b"\0").decode("utf-8", "replace")
                yield escaped(_ede_name(int.from_bytes(value[:2])) + (f": {text}" if text else ""))

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


def _ede_name(code: int) -> str:
    words = _EDE_NAMES.get(code, "").split("_")
    return f"{code} {' '.join(word if word in _ACRONYMS else word.capitalize() for word in words)}".rstrip()
