"""The kind `dns` against servers that lie, babble, stall or attack: bounded, and never a clean absence."""

import asyncio
import struct
from time import monotonic

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_dns import answer, serving
from test_dns_answers import NAME, ask, at

from auditor.model import Outcome
from auditor.probes.dns_query import Query
from auditor.probes.dns_records import MAX_TEXT, Malformed, read
from auditor.probes.dns_reply import concluded

ABSENT = frozenset({Outcome.NXDOMAIN, Outcome.NODATA})


def forged(query: dns.message.Message, **changes) -> bytes:
    """A clean NXDOMAIN that answers something else."""
    out = answer(query, rcode="NXDOMAIN")
    if "id" in changes:
        out.id = changes["id"]
    if "name" in changes:
        out = answer(dns.message.make_query(changes["name"], "A", id=query.id), rcode="NXDOMAIN")
    if "flags" in changes:
        out.flags = changes["flags"]
    return out.to_wire()


FORGERIES = {
    "another id": lambda query: forged(query, id=query.id ^ 1),
    "another name": lambda query: forged(query, name="other.example.net"),
    "a query": lambda query: forged(query, flags=dns.flags.RD),
    "another opcode": lambda query: forged(query, flags=dns.flags.QR | 0x2800),
    "one byte": lambda query: b"\0",
    "half a header": lambda query: answer(query).to_wire()[:7],
    "garbage": lambda query: b"\xff" * 300,
    "no question": lambda query: struct.pack("!HHHHHH", query.id, 0x8183, 0, 0, 0, 0),
    "two questions": lambda query: struct.pack("!HHHHHH", query.id, 0x8183, 2, 0, 0, 0) + query.to_wire()[12:] * 2,
}


@pytest.mark.parametrize("kind", FORGERIES)
async def test_a_forgery_neither_fools_nor_ends_the_wait(kind: str) -> None:
    def says(query, tcp):
        yield from [FORGERIES[kind](query)] * 3
        yield answer(query, (f"{NAME}.", "A", "10.0.0.1")).to_wire()

    async with serving(says) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.ANSWERED
    assert seen.detail.startswith("after 3 messages")


@pytest.mark.parametrize("kind", FORGERIES)
async def test_forgeries_alone_are_an_invalid_answer(kind: str) -> None:
    async with serving(lambda query, tcp: [FORGERIES[kind](query)]) as server:
        seen = await ask(at(server), seconds=0.3)
    assert seen.outcome is Outcome.DNS_INVALID and seen.answer is None
    assert "another id" in seen.detail and len(server.asked) == 2


async def test_a_flood_of_forgeries_keeps_nobody_else_waiting() -> None:
    ticks = 0

    async def others() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    def says(query, tcp):
        wire = answer(query, rcode="NXDOMAIN").to_wire()
        return [n.to_bytes(2) + wire[2:] for n in range(4000) if n != query.id]

    async with serving(says) as server:
        beside = asyncio.create_task(others())
        seen = await ask(at(server), seconds=0.6)
        beside.cancel()
    assert seen.outcome is Outcome.DNS_INVALID and seen.elapsed_seconds < 2
    assert ticks > 10


async def test_an_answer_from_another_port_is_not_heard() -> None:
    loop = asyncio.get_running_loop()
    async with serving(lambda query, tcp: []) as elsewhere:

        def says(query, tcp):
            # By the time the datagram is here its sender waits at the last port that was seen.
            where = ("127.0.0.1", server.ports[-1])
            transport.sendto(answer(query, rcode="NXDOMAIN").to_wire(), where)
            return []

        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
        async with serving(says) as server:
            seen = await ask(at(server), seconds=0.3)
        transport.close()
        await asyncio.sleep(0)
    assert seen.outcome is Outcome.DNS_TIMEOUT
    assert elsewhere.asked == []


async def test_truncated_for_ever_is_invalid_and_keeps_what_was_said() -> None:
    partial = (f"{NAME}.", "A", "10.0.0.1")
    async with serving(lambda query, tcp: [answer(query, partial, flags=dns.flags.TC).to_wire()]) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.DNS_INVALID and "truncated" in seen.detail
    assert seen.answer.truncated and seen.answer.records[0].data == "10.0.0.1"
    assert [tcp for *_, tcp in server.asked] == [False, True]


async def test_truncated_with_nothing_over_tcp_is_invalid() -> None:
    def says(query, tcp):
        return [] if tcp else [answer(query, rcode="NXDOMAIN", flags=dns.flags.TC).to_wire()]

    async with serving(says) as server:
        seen = await ask(at(server), seconds=0.4)
    assert seen.outcome is Outcome.DNS_INVALID and seen.answer.rcode == "NXDOMAIN"


async def test_garbage_over_tcp_is_invalid() -> None:
    def says(query, tcp):
        yield b"\0" * 65535 if tcp else answer(query, flags=dns.flags.TC).to_wire()

    async with serving(says) as server:
        seen = await ask(at(server), seconds=0.4)
    assert seen.outcome is Outcome.DNS_INVALID


def message(query: dns.message.Message, records: bytes, count: int) -> bytes:
    """An answer whose answer section is these bytes."""
    question = query.question[0].name.to_wire() + struct.pack("!HH", query.question[0].rdtype, 1)
    return struct.pack("!HHHHHH", query.id, 0x8180, 1, count, 0, 0) + question + records


RECORD = struct.Struct("!HHIH")
AFTER_QUESTION = 12 + len(NAME) + 2 + 4

MALFORMED = {
    "points to itself": struct.pack("!H", 0xC000 | AFTER_QUESTION) + RECORD.pack(1, 1, 1, 4) + b"\n\0\0\1",
    "points ahead": b"\xff\xff" + RECORD.pack(1, 1, 1, 4) + b"\n\0\0\1",
    "two pointers in a ring": (
        b"\xc0\x0c"
        + RECORD.pack(5, 1, 1, 4)
        + struct.pack("!HH", 0xC000 | AFTER_QUESTION + 14, 0xC000 | AFTER_QUESTION + 12)
    ),
    "an unknown label type": b"\x80\0" + RECORD.pack(1, 1, 1, 4) + b"\n\0\0\1",
    "a name too long": (b"\x3f" + b"a" * 63) * 5 + b"\0" + RECORD.pack(1, 1, 1, 4) + b"\n\0\0\1",
    "an address of five bytes": b"\xc0\x0c" + RECORD.pack(1, 1, 1, 5) + b"\n\0\0\1\1",
    "data beyond the end": b"\xc0\x0c" + RECORD.pack(1, 1, 1, 60000) + b"\n\0\0\1",
    "another class": b"\xc0\x0c" + RECORD.pack(1, 3, 1, 4) + b"\n\0\0\1",
    "nothing where a record was promised": b"",
    "an alias with more behind it": b"\xc0\x0c" + RECORD.pack(5, 1, 1, 4) + b"\xc0\x0c\0\0",
}


@pytest.mark.parametrize("kind", MALFORMED)
async def test_a_malformed_answer_is_invalid_at_once(kind: str) -> None:
    async with serving(lambda query, tcp: [message(query, MALFORMED[kind], 1)]) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.DNS_INVALID and seen.answer is None
    assert seen.detail.startswith("malformed") and len(server.asked) == 1


async def test_a_message_of_pointers_to_pointers_costs_next_to_nothing() -> None:
    def says(query, tcp):
        if not tcp:
            return [answer(query, flags=dns.flags.TC).to_wire()]
        # One TXT record that is a ladder of pointers, then thousands of records named by its top.
        steps = 8000
        start = AFTER_QUESTION + 2 + RECORD.size
        ladder = b"\0" + b"".join(struct.pack("!H", 0xC000 | start + max(0, 2 * n - 1)) for n in range(steps))
        top = struct.pack("!H", 0xC000 | start + 1 + 2 * (steps - 1))
        rungs = (top + RECORD.pack(1, 1, 1, 4) + b"\n\0\0\1") * 2900
        return [message(query, b"\xc0\x0c" + RECORD.pack(16, 1, 1, len(ladder)) + ladder + rungs, 2901)]

    async with serving(says) as server:
        started = monotonic()
        seen = await ask(at(server))
    assert seen.outcome is Outcome.DNS_INVALID
    assert monotonic() - started < 1.0


async def test_names_and_data_are_escaped_and_capped() -> None:
    label = b"\x0c" + b'<b>\x00\x1b[2J\xff."\\'
    texts = b"\x04<i>\x07" + b"\xff" + b"x" * 255 + (b"\xff" + b"\x01" * 255) * 20
    records = b"\xc0\x0c" + RECORD.pack(5, 1, 1, len(label) + 1) + label + b"\0"
    records += b"\xc0\x0c" + RECORD.pack(16, 1, 1, len(texts)) + texts

    async with serving(lambda query, tcp: [message(query, records, 2)]) as server:
        seen = await ask(at(server))
    alias, text = seen.answer.records
    assert alias.data == '<b>\\000\\027[2j\\255\\.\\"\\\\'
    assert text.data.startswith('"<i>\\007"') and len(text.data) == MAX_TEXT
    assert all(0x20 <= ord(c) < 0x7F for record in seen.answer.records for c in record.name + record.data)


async def test_a_secret_in_a_text_record_is_not_kept() -> None:
    text = (f"{NAME}.", "TXT", '"token=ghp_0123456789abcdef0123456789abcdef0123"')
    async with serving(lambda query, tcp: [answer(query, text).to_wire()]) as server:
        seen = await ask(at(server), rrtype="TXT")
    assert "ghp_" not in seen.answer.records[0].data


@given(st.binary(max_size=400), st.integers(0, 4), st.sampled_from([0x8180, 0x8183, 0x8380]))
def test_no_bytes_crash_the_reader(records: bytes, count: int, flags: int) -> None:
    query = Query.of(NAME, "A").fresh()
    wire = struct.pack("!HHHHHH", query.id, flags, 1, count, 0, 1) + query.question + records
    assert query.accepts(wire)
    try:
        reply = read(wire)
    except Malformed:
        return
    outcome, _ = concluded(reply, query)
    assert not (outcome in ABSENT and (reply.records or flags & 0x0200))


@given(st.binary(max_size=64))
def test_no_bytes_are_taken_for_an_answer_by_chance(wire: bytes) -> None:
    query = Query.of(NAME, "A").fresh()
    assert not query.accepts(wire) or wire[:2] == query.id.to_bytes(2)


def test_a_question_of_a_type_that_is_a_letter_is_recognised() -> None:
    query = Query.of("Mixed.Example", "HTTPS").fresh()
    reply = bytearray(query.wire().replace(b"mixed", b"mIXEd"))
    reply[2] |= 0x80
    assert query.accepts(bytes(reply))
    reply[-12] ^= 0x20  # the low octet of the type, before the class and the OPT record
    assert not query.accepts(bytes(reply[: 12 + len(query.question)]).replace(b"\0A\0", b"\0a\0"))
