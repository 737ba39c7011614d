"""The kind `transfer`: one try to be given a whole zone, message by message, over TCP.

Must never trust a count, a length or that there is an end; and what did not start with the zone's SOA is none.
"""

import asyncio
import secrets
import struct
from dataclasses import dataclass, field
from time import monotonic

from auditor.model import Observation, Outcome, Phase, Probe, TransferAnswer, TransferQuestion
from auditor.probes.dns_exchange import met, silence
from auditor.probes.dns_names import below
from auditor.probes.dns_query import Query
from auditor.probes.dns_records import IN, UNREADABLE, Malformed, Reader, malformed, rcode_name
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure
from auditor.probes.redact import printable
from auditor.probes.resolvers import Server, servers, shown
from auditor.probes.wire import Stream, stream_over

KIND = "transfer"

MAX_MESSAGES = 20_000
MAX_BYTES = 16_777_216
MAX_RECORDS = 100_000

#: Names kept where none are wanted: enough to believe it. Addresses kept, at most.
SHOWN, MAX_ADDRESSES = 10, 200

#: How long a second message may be awaited where the first one may be all there is.
MORE_SECONDS = 2.0

#: Messages with another id that are passed over.
_STRANGERS = 16

_HEADER = struct.Struct("!HHHHHH")
_SOA, _A, _AAAA, _RRSIG, _NSEC3 = 6, 1, 28, 46, 50

#: Their owners may be hashes, which are no names.
_HASHED = frozenset({_RRSIG, _NSEC3})

_OUTCOMES = {"NOERROR": Outcome.NODATA, "REFUSED": Outcome.DNS_REFUSED, "SERVFAIL": Outcome.SERVFAIL}


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED where a transfer began; else what the server's RCODE means, or what went wrong."""
    question = probe.question
    assert isinstance(question, TransferQuestion), "probes are dispatched by kind"
    started_at, started = eyes.now(), monotonic()
    tried = _Try(question, eyes, asyncio.get_running_loop().time() + eyes.limits.probe_seconds)
    try:
        await tried.run()
    except (ValueError, OSError) as error:
        tried.failure = Failure(Outcome.PROBER_ERROR, Phase.RESOLVE, printable(str(error)))
    elapsed = monotonic() - started
    outcome, phase, detail = tried.concluded()
    return Observation(
        probe.id,
        eyes.name,
        started_at,
        elapsed,
        outcome,
        phase,
        printable(detail),
        tried.address,
        tried.local,
        ((Phase.RESPONSE.value, elapsed),),
        tried.answer(),
    )


@dataclass
class Zone:
    """What was read of a transfer so far."""

    name: str
    keep: int
    rcode: str | None = None
    started: bool = False
    whole: bool = False
    serial: int | None = None
    records: int = 0
    names: dict[str, None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    _again: int = 1  # how often the newest SOA has to come again before it is the end

    def read(self, wire: bytes) -> None:
        """Take in one message. Raises Malformed."""
        try:
            self._read(Reader(wire))
        except UNREADABLE as error:
            raise malformed(error) from error

    def _read(self, reader: Reader) -> None:
        _, flags, questions, answers, *_ = _HEADER.unpack_from(reader.wire)
        self.rcode = rcode_name(flags & 0x000F)
        for _ in range(questions):
            reader.at = reader.past_name(reader.at) + 4
        for _ in range(answers):
            if self.whole or self.records >= MAX_RECORDS:
                return
            owner, rrtype, rrclass, _, start, size = reader.record()
            if rrclass != IN:
                raise Malformed(f"class {rrclass}")
            name = reader.name(owner)[0]
            is_soa = rrtype == _SOA and name == self.name
            serial = int(reader.data(rrtype, start, size).split()[2]) if is_soa else None
            self.records += 1
            self.started = self.started or (self.records == 1 and is_soa)
            if not self.started:
                return
            if serial is not None:
                self._soa(serial)
            self._keep(name, rrtype, reader, start, size)

    def _soa(self, serial: int) -> None:
        if self.serial is None:
            self.serial = serial
        elif serial != self.serial:
            self._again = 2 if self.records == 2 else self._again  # differences instead of a zone (RFC 1995)
        else:
            self._again -= 1
            self.whole = self._again == 0

    def _keep(self, name: str, rrtype: int, reader: Reader, start: int, size: int) -> None:
        if not below(name, self.name):
            return
        if rrtype not in _HASHED and len(self.names) < self.keep:
            self.names.setdefault(name)
        if rrtype in (_A, _AAAA) and len(self.addresses) < MAX_ADDRESSES:
            self.addresses.setdefault(reader.data(rrtype, start, size))


class _Try:
    """One connection and what came over it."""

    def __init__(self, question: TransferQuestion, eyes: Eyes, until: float) -> None:
        self._question, self._eyes, self._until = question, eyes, until
        self.failure: Failure | None = None
        self.address: str | None = None
        self.local: str | None = None
        self._server: Server | None = None
        self._stopped = ""  # why it was not read to its end
        self._query = Query.of(question.zone, question.rrtype, recursion=False)
        self._id = secrets.randbits(16)
        self.zone = Zone(self._query.name, question.keep or SHOWN)

    async def run(self) -> None:
        """Raises ValueError for what is no server, and OSError where the system's cannot be read."""
        server = self._server = servers(self._question.server)[0]
        if server.transport not in ("udp", "tcp") or server.by_name:
            raise ValueError(f"{self._question.server}: no server that zones are transferred from")
        self.address = server.host
        sock = await self._eyes.dial(server.host, server.port, timeout=self._left())
        if isinstance(sock, Failure):
            self.failure = sock
            return
        self.local = str(sock.getsockname()[0])
        stream: Stream | None = None
        try:
            async with asyncio.timeout_at(self._until):
                stream = await stream_over(sock)
                wire = self._wire()
                stream.writer.write(len(wire).to_bytes(2) + wire)
                await self._messages(stream)
        except TimeoutError:
            self.failure = silence(self._eyes.limits.probe_seconds, 0)
        except Malformed as error:
            self.failure = Failure(Outcome.DNS_INVALID, Phase.RESOLVE, printable(str(error)))
        except (OSError, EOFError) as error:
            self.failure = met(error)
        finally:
            if stream is not None:
                await stream.aclose()
            else:
                sock.close()

    async def _messages(self, stream: Stream) -> None:
        zone, read, strangers, patience = self.zone, 0, 0, None
        for number in range(MAX_MESSAGES):
            try:
                async with asyncio.timeout(patience):
                    size = int.from_bytes(await stream.reader.readexactly(2))
                    wire = await stream.reader.readexactly(size)
            except TimeoutError:
                return
            read += 2 + size
            if not self._is_ours(wire, is_first=number == strangers):
                strangers += 1
                if strangers >= _STRANGERS:
                    self.failure = silence(0.0, strangers)
                    return
                continue
            zone.read(wire)
            # A single SOA is what any server says of its zone; what stands after it is the transfer.
            may_be_all = zone.records == 1
            if zone.rcode != "NOERROR" or not zone.started or zone.whole:
                return
            if not self._question.keep and not may_be_all:
                return
            if read >= MAX_BYTES or zone.records >= MAX_RECORDS:
                self._stopped = f"not read beyond {zone.records:,} records, {read:,} bytes"
                return
            patience = MORE_SECONDS if may_be_all else None
        self._stopped = f"not read beyond {MAX_MESSAGES:,} messages"

    def _wire(self) -> bytes:
        """Without EDNS: old servers know none of it here, and there is nothing to be said in it."""
        if self._question.rrtype == "AXFR":
            return _HEADER.pack(self._id, 0, 1, 0, 0, 0) + self._query.question
        # The SOA that we have: of serial 0, and all else is nobody's business (RFC 1995 section 3).
        soa = b"\0\0" + struct.pack("!IIIII", 0, 0, 0, 0, 0)
        record = b"\xc0\x0c" + struct.pack("!HHIH", _SOA, IN, 0, len(soa)) + soa
        return _HEADER.pack(self._id, 0, 1, 0, 1, 0) + self._query.question + record

    def _is_ours(self, wire: bytes, *, is_first: bool) -> bool:
        """Later messages need no question (RFC 5936 section 2.2.1), nor does a first one that only refuses."""
        if len(wire) < _HEADER.size:
            return False
        theirs, flags, questions, *_ = _HEADER.unpack_from(wire)
        if theirs != self._id or flags & 0xF800 != 0x8000:
            return False
        if questions == 0:
            return not is_first or bool(flags & 0x000F)
        return questions == 1 and self._query.asked_in(wire)

    def _left(self) -> float:
        left = self._until - asyncio.get_running_loop().time()
        return min(self._eyes.limits.connect_seconds, left)

    def _has_started(self) -> bool:
        return self.zone.started and self.zone.records > 1

    def concluded(self) -> tuple[Outcome, Phase | None, str]:
        zone, failure = self.zone, self.failure
        if self._has_started():
            why = self._stopped or (f"broke off: {failure.detail or failure.outcome}" if failure else "")
            return Outcome.ANSWERED, None, why
        if failure is not None:
            return failure.outcome, failure.phase, failure.detail
        if zone.started and self._question.rrtype == "AXFR":
            return Outcome.DNS_INVALID, Phase.RESOLVE, "the zone's SOA, and nothing after it"
        if zone.rcode == "NOERROR" and zone.records and not zone.started:
            return Outcome.DNS_INVALID, Phase.RESOLVE, "it does not start with the zone's SOA"
        return _OUTCOMES.get(zone.rcode or "", Outcome.DNS_RCODE), None, ""

    def answer(self) -> TransferAnswer | None:
        zone, server = self.zone, self._server
        if zone.rcode is None or server is None:
            return None
        return TransferAnswer(
            rcode=zone.rcode,
            server=shown(server.host, server.port),
            started=self._has_started(),
            whole=zone.whole,
            serial=zone.serial,
            records=zone.records,
            names=tuple(zone.names),
            addresses=tuple(zone.addresses),
        )
