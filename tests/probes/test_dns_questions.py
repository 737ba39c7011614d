"""What a DNS question may say beside its name and type, as it is on the wire, and what comes back for it."""

import struct

import dns.edns
import dns.flags
import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_dns import answer, serving
from test_dns_answers import NAME, SOA, at

from auditor.config import Limits
from auditor.model import DnsQuestion, Observation, Outcome, Probe, Role
from auditor.probes import Eyes, look
from auditor.probes.dns_query import Query
from auditor.probes.dns_records import MAX_ADDITIONAL, Malformed, read


async def put(resolver: str, *, seconds: float = 2.0, name: str = NAME, rrtype: str = "A", **more) -> Observation:
    from datetime import UTC, datetime

    eyes = Eyes(
        name="internet",
        resolvers=(resolver,),
        limits=Limits(probe_seconds=seconds, connect_seconds=seconds),
        now=lambda: datetime.now(UTC),
    )
    question = DnsQuestion(name, rrtype, resolver, **more)
    try:
        return await look(Probe("p1", "internet", Role.TARGET, "g", "lane", 0, question), eyes)
    finally:
        await eyes.aclose()


async def heard(**more) -> tuple[dns.message.Message, bool, Observation]:
    """What a server is asked, whether over TCP, and what came of it."""
    queries = []

    def says(query, tcp):
        queries.append((query, tcp))
        yield answer(query).to_wire()

    async with serving(says) as server:
        scheme = more.pop("scheme", "")
        seen = await put(scheme + at(server), **more)
    return *queries[0], seen


async def test_a_plain_question_wants_recursion_and_nothing_else() -> None:
    query, tcp, _ = await heard()
    assert query.flags == dns.flags.RD and query.ednsflags == 0 and query.options == () and not tcp


async def test_without_recursion() -> None:
    query, _, _ = await heard(recursion=False, server_of="zone:example.net")
    assert query.flags == 0 and query.edns == 0


async def test_with_signatures() -> None:
    query, _, _ = await heard(dnssec=True)
    assert query.ednsflags == dns.flags.DO and query.flags == dns.flags.RD


@pytest.mark.parametrize(
    ("subnet", "body"),
    [
        ("10.1.2.0/24", "0001 18 00 0a0102"),
        ("10.1.2.3/20", "0001 14 00 0a0100"),
        ("192.168.0.0/16", "0001 10 00 c0a8"),
        ("0.0.0.0/0", "0001 00 00"),
        ("fd00:1:2::/56", "0002 38 00 fd000001000200"),
    ],
)
async def test_a_subnet_is_cut_to_its_prefix(subnet: str, body: str) -> None:
    query, _, _ = await heard(subnet=subnet)
    (option,) = query.options
    assert option.otype == dns.edns.OptionType.ECS
    assert option.to_wire() == bytes.fromhex(body)


async def test_a_subnet_that_is_none_is_our_own_fault() -> None:
    async with serving(lambda query, tcp: []) as server:
        assert (await put(at(server), subnet="10.0.0.0/99")).outcome is Outcome.PROBER_ERROR
    assert server.asked == []


async def test_a_servers_identifier_is_asked_for_and_kept() -> None:
    def says(query, tcp):
        assert [option.otype for option in query.options] == [dns.edns.OptionType.NSID]
        out = answer(query)
        out.use_edns(0, options=[dns.edns.GenericOption(3, b"ns1.corp\x1b[2J\xff")])
        yield out.to_wire()

    async with serving(says) as server:
        seen = await put(at(server), nsid=True)
    assert seen.answer.nsid == "ns1.corp\\027[2J\\239\\191\\189"


@pytest.mark.parametrize("scheme", ["", "tcp://"])
async def test_over_tcp_alone(scheme: str) -> None:
    more = {"scheme": scheme} if scheme else {"transport": "tcp"}
    _, tcp, seen = await heard(**more)
    assert tcp and seen.answer.transport == "tcp" and seen.outcome is Outcome.NODATA


async def test_over_tcp_a_server_without_edns_is_asked_without_it() -> None:
    def says(query, tcp):
        out = answer(query, rcode="FORMERR" if query.edns >= 0 else "NXDOMAIN")
        out.use_edns(False)
        yield out.to_wire()

    async with serving(says) as server:
        assert (await put(f"tcp://{at(server)}")).outcome is Outcome.NXDOMAIN


def chaos(query: dns.message.Message, rrclass: int) -> bytes:
    text = b'\x0eBIND 9.18\x07<b>"'
    record = b"\xc0\x0c" + struct.pack("!HHIH", 16, rrclass, 0, len(text)) + text
    question = query.question[0].name.to_wire() + struct.pack("!HH", 16, 3)
    return struct.pack("!HHHHHH", query.id, 0x8400, 1, 1, 0, 0) + question + record


async def test_class_chaos_in_question_and_answer() -> None:
    classes = []

    def says(query, tcp):
        classes.append(int(query.question[0].rdclass))
        yield chaos(query, 3)

    async with serving(says) as server:
        seen = await put(at(server), name="version.bind", rrtype="TXT", chaos=True)
        assert classes == [3] and seen.outcome is Outcome.ANSWERED
        assert seen.answer.records[0].data == '"BIND 9.18\\007<b>\\""'
        other = await put(at(server), name="version.bind", rrtype="TXT", seconds=0.3)
        assert other.outcome is Outcome.DNS_INVALID, "an answer of another class than the question"


async def test_an_answer_of_class_internet_to_a_question_of_class_chaos_is_malformed() -> None:
    async with serving(lambda query, tcp: [chaos(query, 1)]) as server:
        seen = await put(at(server), name="version.bind", rrtype="TXT", chaos=True)
    assert seen.outcome is Outcome.DNS_INVALID and seen.answer is None


async def test_a_referral_of_a_name_server_keeps_its_glue() -> None:
    def says(query, tcp):
        out = answer(query, authority=[("sub.example.net.", "NS", "ns.sub.example.net.")])
        out.additional.append(dns.rrset.from_text("NS.sub.example.net.", 300, "IN", "A", "10.0.0.53"))
        yield out.to_wire()

    async with serving(says) as server:
        seen = await put(at(server), recursion=False, server_of="zone:example.net")
    assert seen.outcome is Outcome.DNS_INVALID and "referral" in seen.detail
    assert [(each.name, each.data) for each in seen.answer.additional] == [("ns.sub.example.net", "10.0.0.53")]


async def test_additional_records_are_capped_and_without_what_is_none() -> None:
    def says(query, tcp):
        out = answer(query, (f"{NAME}.", "A", "10.0.0.1"))
        many = [f"10.1.0.{n}" for n in range(60)]
        out.additional.append(dns.rrset.from_text("ns.example.net.", 300, "IN", "A", *many))
        out.use_edns(0)
        yield out.to_wire(max_size=4096)

    async with serving(says) as server:
        seen = await put(at(server))
    assert len(seen.answer.additional) == MAX_ADDITIONAL and seen.answer.truncated
    assert {each.rrtype for each in seen.answer.additional} == {"A"}


PRESENTED = {
    "MX": ("10 Mail.Example.net.", "10 mail.example.net."),
    "SRV": ("0 5 389 dc1.corp.example.net.", "0 5 389 dc1.corp.example.net."),
    "SOA": (SOA[2], SOA[2]),
    "NAPTR": ('10 20 "u" "E2U+sip" "!^.*$!sip:x@y!" .', '10 20 "u" "E2U+sip" "!^.*$!sip:x@y!" .'),
    "TXT": ('"v=spf1 ip4:10.0.0.0/8" "a\\007b"', '"v=spf1 ip4:10.0.0.0/8" "a\\007b"'),
    "HTTPS": (
        "1 . alpn=h2 ipv4hint=10.0.0.1 ipv6hint=fd00::1",
        '1 . alpn="h2" ipv4hint="10.0.0.1" ipv6hint="fd00::1"',
    ),
    "SVCB": ("0 svc.example.net.", "0 svc.example.net."),
    "NSEC": ("a.example.net. A NS SOA NSEC", "a.example.net. A NS SOA NSEC"),
    "NSEC3": ("1 1 12 aabb 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A", "1 1 12 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A"),
    "CDS": (
        "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
        "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118",
    ),
    "PTR": ("Host.corp.example.net.", "host.corp.example.net"),
}


@pytest.mark.parametrize("rrtype", PRESENTED)
async def test_data_in_presentation_form(rrtype: str) -> None:
    told, shown = PRESENTED[rrtype]

    async with serving(lambda query, tcp: [answer(query, (f"{NAME}.", rrtype, told)).to_wire()]) as server:
        seen = await put(at(server), rrtype=rrtype)
    assert seen.outcome is Outcome.ANSWERED, seen.detail
    assert seen.answer.records[0].data == shown


def one(rrtype: int, data: bytes) -> bytes:
    query = Query.of(NAME, "A")
    head = struct.pack("!HHHHHH", 0, 0x8180, 1, 1, 0, 0) + query.question
    return head + b"\xc0\x0c" + struct.pack("!HHIH", rrtype, 1, 60, len(data)) + data


COMPRESSED = {
    "MX": (15, b"\0\x0a\x04mail\xc0\x13", "10 mail.internal.example.net."),
    "SRV": (33, b"\0\0\0\5\1\x85\xc0\x0c", f"0 5 389 {NAME}."),
    "NS": (2, b"\3ns1\xc0\x1c", "ns1.example.net"),
    "SOA": (
        6,
        b"\xc0\x1c\4root\xc0\x1c" + struct.pack("!5I", 1, 2, 3, 4, 5),
        "example.net. root.example.net. 1 2 3 4 5",
    ),
}


@pytest.mark.parametrize("kind", COMPRESSED)
def test_compressed_names_in_data(kind: str) -> None:
    rrtype, data, shown = COMPRESSED[kind]
    assert read(one(rrtype, data)).records[0].data == shown


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("change", ["longer", "shorter", "to itself", "ahead"])
def test_data_of_another_length_or_in_a_ring_is_malformed(kind: str, change: str) -> None:
    rrtype, data, _ = COMPRESSED[kind]
    at = data.index(b"\xc0")
    itself = bytes((12 + len(NAME) + 2 + 4 + 12 + at,))
    bad = {
        "longer": data + b"\0",
        "shorter": data[:-1],
        "to itself": data[: at + 1] + itself + data[at + 2 :],
        "ahead": data[:at] + b"\xff" + data[at + 1 :],
    }[change]
    with pytest.raises(Malformed):
        read(one(rrtype, bad))


@given(st.integers(0, 300), st.binary(max_size=80))
def test_no_data_of_any_type_crashes_the_reader(rrtype: int, data: bytes) -> None:
    try:
        record = read(one(rrtype, data)).records[0]
    except Malformed:
        return
    assert all(0x20 <= ord(c) < 0x7F for c in record.data) and len(record.data) <= 1100


@given(st.binary(max_size=120), st.integers(0, 5))
def test_no_bytes_in_the_additional_section_crash_the_reader(data: bytes, count: int) -> None:
    query = Query.of(NAME, "A", nsid=True)
    wire = struct.pack("!HHHHHH", 0, 0x8180, 1, 0, 0, count) + query.question + data
    try:
        reply = read(wire)
    except Malformed:
        return
    assert len(reply.additional) <= count
