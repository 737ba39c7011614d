"""The kind `transfer` against servers that give zones away, refuse them, or try to choke whoever asks."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic

import dns.message
import dns.rcode
import dns.rrset
import pytest

from auditor.config import Limits
from auditor.model import Observation, Outcome, Phase, Probe, Role, TransferQuestion
from auditor.probes import Eyes, look, transfer

ZONE = "corp.example.net"
SOA = (ZONE, "SOA", "ns.corp.example.net. root.corp.example.net. 7 2 3 4 5")
INSIDE = [
    (ZONE, "NS", "ns.corp.example.net."),
    (f"db.{ZONE}", "A", "10.0.0.9"),
    (f"DB.{ZONE}", "AAAA", "fd00::9"),
    (f"*.apps.{ZONE}", "CNAME", f"db.{ZONE}."),
    ("elsewhere.test", "A", "192.0.2.1"),
]
NAMES = (ZONE, f"db.{ZONE}", f"*.apps.{ZONE}")

Records = Iterable[tuple[str, str, str]]

#: What a server writes for a question, as chunks with the time to wait before each.
Writes = Callable[[dns.message.Message], Iterable[tuple[float, bytes]]]


def message(query: dns.message.Message, records: Records, rcode: str = "NOERROR", question: bool = True) -> bytes:
    out = dns.message.make_response(query)
    out.set_rcode(dns.rcode.from_text(rcode))
    if not question:
        out.question = []
    for owner, rrtype, data in records:
        out.answer.append(dns.rrset.from_text(owner + ".", 300, "IN", rrtype, data))
    wire = out.to_wire(max_size=65535)
    return len(wire).to_bytes(2) + wire


def in_messages(*parts: Records, question: bool = True) -> Writes:
    return lambda query: [(0, message(query, part, question=question or not at)) for at, part in enumerate(parts)]


@asynccontextmanager
async def giving(writes: Writes, hang_up: bool = False) -> AsyncIterator[tuple[str, list[dns.message.Message]]]:
    asked: list[dns.message.Message] = []
    done = asyncio.Event()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append(
                dns.message.from_wire(await reader.readexactly(int.from_bytes(await reader.readexactly(2))))
            )
            for wait, chunk in writes(asked[-1]):
                if wait:
                    await asyncio.sleep(wait)
                writer.write(chunk)
                await writer.drain()
            if not hang_up:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            done.set()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    try:
        yield "127.0.0.1:" + str(server.sockets[0].getsockname()[1]), asked
        await asyncio.wait_for(done.wait(), 5)
    finally:
        server.close()
        await server.wait_closed()


async def tried(at: str, *, keep: int = 100, rrtype="AXFR", seconds: float = 3.0) -> Observation:
    eyes = Eyes(
        name="internet",
        resolvers=(),
        limits=Limits(probe_seconds=seconds, connect_seconds=seconds),
        now=lambda: datetime.now(UTC),
    )
    question = TransferQuestion(ZONE, at, f"zone:{ZONE}", rrtype, keep)
    started = monotonic()
    seen = await look(Probe("p1", "internet", Role.TARGET, "g", "lane", 0, question), eyes)
    assert monotonic() - started < seconds + 1
    if seen.answer is not None:
        assert all(0x20 <= ord(c) < 0x7F for name in seen.answer.names for c in name)
        assert len(seen.answer.names) <= (keep or transfer.SHOWN)
    return seen


async def asked_of(writes: Writes, hang_up: bool = False, **more) -> Observation:
    async with giving(writes, hang_up) as (at, _):
        return await tried(at, **more)


@pytest.mark.parametrize("question", [True, False])
async def test_a_whole_zone(question: bool) -> None:
    async with giving(in_messages([SOA], INSIDE[:2], INSIDE[2:], [SOA], question=question)) as (at, asked):
        seen = await tried(at)
    told = seen.answer
    assert (seen.outcome, seen.detail) == (Outcome.ANSWERED, "")
    assert (told.started, told.whole, told.serial, told.records) == (True, True, 7, len(INSIDE) + 2)
    assert told.names == NAMES and told.addresses == ("10.0.0.9", "fd00::9")
    assert told.server == at and seen.address == "127.0.0.1"
    assert asked[0].question[0].rdtype.name == "AXFR" and asked[0].flags == 0


async def test_beyond_the_first_message_nothing_is_read_unless_names_are_wanted() -> None:
    seen = await asked_of(in_messages([SOA, *INSIDE[:2]], INSIDE[2:], [SOA]), keep=0)
    assert (seen.outcome, seen.answer.started, seen.answer.whole) == (Outcome.ANSWERED, True, False)
    assert seen.answer.records == 3 and seen.answer.names == NAMES[:2], "enough to believe it"


async def test_names_are_kept_up_to_the_number_that_is_wanted() -> None:
    hosts = [(f"h{n}.{ZONE}", "A", f"10.1.{n // 250}.{n % 250}") for n in range(500)]
    seen = await asked_of(in_messages([SOA, *hosts], [SOA]), keep=20)
    assert len(seen.answer.names) == 20 and len(seen.answer.addresses) == transfer.MAX_ADDRESSES
    assert seen.answer.records == 502 and seen.answer.whole


async def test_ixfr_says_serial_0_and_takes_the_whole_zone_for_it() -> None:
    async with giving(in_messages([SOA, *INSIDE, SOA])) as (at, asked):
        seen = await tried(at, rrtype="IXFR")
    (ours,) = asked[0].authority
    assert asked[0].question[0].rdtype.name == "IXFR" and ours[0].serial == 0
    assert ours.name.to_text(omit_final_dot=True) == ZONE
    assert seen.outcome is Outcome.ANSWERED and seen.answer.whole and seen.answer.names == NAMES


async def test_ixfr_as_differences() -> None:
    old = (ZONE, "SOA", SOA[2].replace(" 7 ", " 5 "))
    seen = await asked_of(in_messages([SOA, old, INSIDE[1], SOA], [INSIDE[2], SOA]), rrtype="IXFR")
    assert seen.outcome is Outcome.ANSWERED and seen.answer.whole and seen.answer.records == 6


@pytest.mark.parametrize(("rrtype", "outcome"), [("IXFR", Outcome.NODATA), ("AXFR", Outcome.DNS_INVALID)])
async def test_a_single_soa_is_no_transfer(monkeypatch, rrtype: str, outcome: Outcome) -> None:
    monkeypatch.setattr(transfer, "MORE_SECONDS", 0.2)
    for keep in (0, 100):
        seen = await asked_of(in_messages([SOA]), rrtype=rrtype, keep=keep)
        assert (seen.outcome, seen.answer.started, seen.answer.serial) == (outcome, False, 7)
    one_by_one = await asked_of(in_messages([SOA], [INSIDE[1]], [SOA]), rrtype=rrtype, keep=0)
    assert one_by_one.outcome is Outcome.ANSWERED and one_by_one.answer.started


@pytest.mark.parametrize(
    ("rcode", "outcome"),
    [
        ("REFUSED", Outcome.DNS_REFUSED),
        ("NOTAUTH", Outcome.DNS_RCODE),
        ("NOTIMP", Outcome.DNS_RCODE),
        ("FORMERR", Outcome.DNS_RCODE),
        ("NXDOMAIN", Outcome.DNS_RCODE),
        ("SERVFAIL", Outcome.SERVFAIL),
        ("NOERROR", Outcome.NODATA),
    ],
)
async def test_a_refusal_is_what_its_rcode_says(rcode: str, outcome: Outcome) -> None:
    seen = await asked_of(lambda query: [(0, message(query, [], rcode))])
    assert (seen.outcome, seen.answer.rcode, seen.answer.started) == (outcome, rcode, False)


async def test_a_refusal_without_a_question_is_one() -> None:
    seen = await asked_of(lambda query: [(0, message(query, [], "REFUSED", question=False))])
    assert seen.outcome is Outcome.DNS_REFUSED


@pytest.mark.parametrize(
    "first",
    [
        [("example.org", "SOA", "ns.example.org. root.example.org. 7 2 3 4 5")],
        [(f"db.{ZONE}", "A", "10.0.0.9"), SOA],
        [(f"below.{ZONE}", "SOA", "ns.example.org. root.example.org. 7 2 3 4 5")],
    ],
)
async def test_what_does_not_start_with_the_zones_soa_is_no_transfer(first) -> None:
    seen = await asked_of(in_messages(first, INSIDE, [SOA]))
    assert seen.outcome is Outcome.DNS_INVALID and not seen.answer.started and seen.answer.names == ()


async def test_a_transfer_that_breaks_off_was_one() -> None:
    seen = await asked_of(in_messages([SOA, *INSIDE[:2]]), hang_up=True)
    assert (seen.outcome, seen.answer.started, seen.answer.whole) == (Outcome.ANSWERED, True, False)
    assert seen.answer.names == NAMES[:2] and seen.detail.startswith("broke off")


async def test_a_transfer_that_ends_in_an_error_was_one() -> None:
    def writes(query):
        return [(0, message(query, [SOA, *INSIDE[:2]])), (0, message(query, [], "SERVFAIL"))]

    seen = await asked_of(writes)
    assert seen.outcome is Outcome.ANSWERED and not seen.answer.whole


async def test_a_transfer_that_stalls_ends_in_time() -> None:
    seen = await asked_of(in_messages([SOA, *INSIDE[:2]]), seconds=0.4)
    assert seen.outcome is Outcome.ANSWERED and not seen.answer.whole and "broke off" in seen.detail


async def test_a_transfer_that_drips_ends_in_time() -> None:
    def drips(query):
        return [(0.01, bytes((octet,))) for octet in message(query, [SOA, *INSIDE]) * 20]

    seen = await asked_of(drips, seconds=0.4)
    assert (seen.outcome, seen.answer) == (Outcome.DNS_TIMEOUT, None)


def endless(query) -> Iterable[tuple[float, bytes]]:
    yield 0, message(query, [SOA])
    bulk = message(query, [(f"h{n}.{ZONE}", "A", f"10.2.{n // 250}.{n % 250}") for n in range(1500)])
    while True:
        yield 0, bulk


@pytest.mark.parametrize(("limit", "most"), [("MAX_RECORDS", 5000), ("MAX_BYTES", 200_000), ("MAX_MESSAGES", 3)])
async def test_a_transfer_without_end_is_bounded(monkeypatch, limit: str, most: int) -> None:
    monkeypatch.setattr(transfer, limit, most)
    seen = await asked_of(endless, keep=10)
    assert seen.outcome is Outcome.ANSWERED and seen.detail.startswith("not read beyond")
    assert seen.answer.records <= 12_000 and not seen.answer.whole and len(seen.answer.names) == 10


async def test_messages_of_another_id_are_not_ours() -> None:
    def other(query):
        wire = message(query, [SOA, *INSIDE, SOA])
        return [(0, wire[:2] + (query.id ^ 1).to_bytes(2) + wire[4:])] * 20

    seen = await asked_of(other)
    assert (seen.outcome, seen.answer) == (Outcome.DNS_INVALID, None)


async def test_messages_for_another_zone_are_not_ours() -> None:
    def other(query):
        out = dns.message.make_response(dns.message.make_query("elsewhere.test", "AXFR", id=query.id)).to_wire()
        return [(0, len(out).to_bytes(2) + out), (0, message(query, [], "REFUSED"))]

    assert (await asked_of(other)).outcome is Outcome.DNS_REFUSED


def raw(query, records: bytes, count: int) -> bytes:
    head = struct.pack("!HHHHHH", query.id, 0x8400, 1, count, 0, 0)
    wire = head + query.question[0].name.to_wire() + struct.pack("!HH", 252, 1) + records
    return len(wire).to_bytes(2) + wire


GARBAGE = {
    "ones": b"\xff" * 65_000,
    "a ring of pointers": struct.pack("!H", 0xC000 | (12 + len(ZONE) + 2 + 4)) + struct.pack("!HHIH", 6, 1, 0, 0),
    "a count that lies": b"",
    "a SOA of nothing": b"\xc0\x0c" + struct.pack("!HHIH", 6, 1, 0, 4) + b"\0\0\0\0",
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage_is_invalid(kind: str) -> None:
    seen = await asked_of(lambda query: [(0, raw(query, GARBAGE[kind], 60_000))])
    assert seen.outcome is Outcome.DNS_INVALID and seen.detail.startswith("malformed")
    assert seen.answer is None or not seen.answer.started


async def test_names_in_a_transfer_are_escaped() -> None:
    hostile = [(f"\\027[2J\\000<b>.x\\.y.{ZONE}", "A", "10.0.0.1")]
    seen = await asked_of(in_messages([SOA, *hostile, SOA]))
    assert seen.answer.names == (ZONE, f"\\027[2j\\000<b>.x\\.y.{ZONE}")


async def test_hashes_are_no_names() -> None:
    hashed = "2t7b4g4vsa5smi47k61mv5bv1a22bojr." + ZONE
    rows = [(hashed, "NSEC3", "1 1 12 aabb 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A")]
    seen = await asked_of(in_messages([SOA, *rows, INSIDE[1], SOA]))
    assert seen.answer.names == (ZONE, f"db.{ZONE}")


async def test_nobody_there() -> None:
    async with giving(lambda query: []) as (at, _):
        seen = await tried(at, seconds=0.3)
        assert (seen.outcome, seen.phase, seen.answer) == (Outcome.DNS_TIMEOUT, Phase.RESOLVE, None)
    seen = await tried(at)
    assert (seen.outcome, seen.phase) == (Outcome.REFUSED, Phase.CONNECT)
    assert (await tried("https://127.0.0.1/q")).outcome is Outcome.PROBER_ERROR
