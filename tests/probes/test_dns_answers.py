"""The kind `dns` against real servers on loopback that tell the truth, or fail openly."""

import socket

import dns.edns
import dns.flags
import pytest
from loopback_dns import answer, serving

from auditor.config import Limits
from auditor.model import DnsQuestion, Observation, Outcome, Phase, Probe, Role
from auditor.probes import look
from auditor.probes.eyes import Eyes

NAME = "config.internal.example.net"
SOA = ("example.net.", "SOA", "ns.example.net. root.example.net. 1 2 3 4 5")


def probe(resolver: str, name: str = NAME, rrtype: str = "A") -> Probe:
    return Probe("p1", "internet", Role.TARGET, "g", "lane", 0, DnsQuestion(name, rrtype, resolver))


async def ask(resolver: str, *, name: str = NAME, rrtype: str = "A", seconds: float = 2.0, **eyes) -> Observation:
    from datetime import UTC, datetime

    limits = Limits(probe_seconds=seconds, connect_seconds=seconds)
    sight = Eyes(
        name="internet",
        resolvers=(resolver,),
        limits=limits,
        now=lambda: datetime.now(UTC),
        **eyes,
    )
    try:
        return await look(probe(resolver, name, rrtype), sight)
    finally:
        await sight.aclose()


def at(server) -> str:
    return f"127.0.0.1:{server.port}"


async def test_data_is_answered_with_everything_that_was_said() -> None:
    def says(query, tcp):
        out = answer(query, (f"{NAME.upper()}.", "A", "10.0.0.1", "10.0.0.2"), authority=[SOA], flags=dns.flags.AA)
        out.use_edns(0, options=[dns.edns.EDEOption(15, "by law\x07\nor so")])
        yield out.to_wire()

    async with serving(says) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.ANSWERED and seen.phase is None
    assert (seen.address, seen.local_address) == ("127.0.0.1", "127.0.0.1")
    said = seen.answer
    assert (said.rcode, said.server, said.transport) == ("NOERROR", at(server), "udp")
    assert set(said.flags) == {"QR", "AA", "RD", "RA"}
    assert sorted((r.name, r.rrtype, r.ttl, r.data) for r in said.records) == [
        (NAME, "A", 300, "10.0.0.1"),
        (NAME, "A", 300, "10.0.0.2"),
    ]
    assert [(r.name, r.rrtype) for r in said.authority] == [("example.net", "SOA")]
    assert said.ede == ("15 Blocked: by law\\007\\010or so",)
    assert not said.truncated


@pytest.mark.parametrize(
    ("rcode", "outcome"),
    [
        ("NXDOMAIN", Outcome.NXDOMAIN),
        ("NOERROR", Outcome.NODATA),
        ("SERVFAIL", Outcome.SERVFAIL),
        ("REFUSED", Outcome.DNS_REFUSED),
        ("NOTAUTH", Outcome.DNS_RCODE),
        ("YXDOMAIN", Outcome.DNS_RCODE),
        ("NOTIMP", Outcome.DNS_RCODE),
        ("BADCOOKIE", Outcome.DNS_RCODE),
    ],
)
async def test_every_rcode_keeps_its_answer(rcode: str, outcome: Outcome) -> None:
    async with serving(lambda query, tcp: [answer(query, rcode=rcode, authority=[SOA]).to_wire()]) as server:
        seen = await ask(at(server))
    assert seen.outcome is outcome
    assert seen.answer is not None and seen.answer.rcode == rcode
    assert [r.rrtype for r in seen.answer.authority] == ["SOA"]


async def test_an_alias_that_leads_to_data_is_answered() -> None:
    chain = [(f"{NAME}.", "CNAME", "lb.example.com."), ("lb.example.com.", "A", "198.51.100.7")]
    async with serving(lambda query, tcp: [answer(query, *chain).to_wire()]) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.ANSWERED
    assert [(r.rrtype, r.data) for r in seen.answer.records] == [
        ("CNAME", "lb.example.com"),
        ("A", "198.51.100.7"),
    ]


async def test_an_alias_into_nothing_is_no_clean_absence() -> None:
    alias = (f"{NAME}.", "CNAME", "gone.example.com.")
    async with serving(lambda query, tcp: [answer(query, alias, rcode="NXDOMAIN").to_wire()]) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.ANSWERED
    assert seen.answer.rcode == "NXDOMAIN" and seen.answer.records[0].data == "gone.example.com"
    assert "exists" in seen.detail


async def test_an_alias_without_data_of_the_type_is_answered() -> None:
    alias = (f"{NAME}.", "CNAME", "v4only.example.com.")
    async with serving(lambda query, tcp: [answer(query, alias, authority=[SOA]).to_wire()]) as server:
        assert (await ask(at(server), rrtype="AAAA")).outcome is Outcome.ANSWERED


async def test_an_alias_by_dname_is_answered() -> None:
    alias = ("internal.example.net.", "DNAME", "else.example.")
    async with serving(lambda query, tcp: [answer(query, alias, rcode="NXDOMAIN").to_wire()]) as server:
        assert (await ask(at(server))).outcome is Outcome.ANSWERED


async def test_a_referral_is_not_an_absence() -> None:
    def says(query, tcp):
        out = answer(query, authority=[("net.", "NS", "a.gtld-servers.net.")])
        yield out.to_wire()

    async with serving(says) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.DNS_INVALID and "referral" in seen.detail


@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN"])
async def test_an_answer_about_something_else_is_no_answer(rcode: str) -> None:
    other = ("other.example.net.", "A", "10.0.0.1")
    async with serving(lambda query, tcp: [answer(query, other, rcode=rcode).to_wire()]) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.DNS_INVALID
    assert seen.answer.records[0].data == "10.0.0.1"


async def test_silence_is_asked_twice_from_other_ports_under_other_ids() -> None:
    async with serving(lambda query, tcp: []) as server:
        seen = await ask(at(server), seconds=0.4)
    assert (seen.outcome, seen.phase, seen.answer) == (Outcome.DNS_TIMEOUT, Phase.RESOLVE, None)
    assert seen.elapsed_seconds < 1.0
    assert len(server.asked) == 2
    assert len(set(server.ports)) == 2


async def test_an_answer_at_the_second_try_is_an_answer() -> None:
    async with serving(
        lambda query, tcp: [answer(query, rcode="NXDOMAIN").to_wire()][: len(server.asked) - 1]
    ) as server:
        seen = await ask(at(server), seconds=0.6)
    assert seen.outcome is Outcome.NXDOMAIN and len(server.asked) == 2


async def test_ids_and_ports_are_not_to_be_guessed() -> None:
    async with serving(lambda query, tcp: [answer(query).to_wire()]) as server:
        for _ in range(12):
            await ask(at(server))
    assert len(set(server.ids)) > 8 and len(set(server.ports)) > 8
    assert len({later - earlier for earlier, later in zip(server.ids, server.ids[1:], strict=False)}) > 6


async def test_a_closed_port_is_refused_and_nothing_else() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    seen = await ask(f"127.0.0.1:{port}")
    assert (seen.outcome, seen.phase) == (Outcome.REFUSED, Phase.RESOLVE)


async def test_over_ipv6() -> None:
    async with serving(
        lambda query, tcp: [answer(query, (f"{NAME}.", "AAAA", "fd00::1")).to_wire()], "::1"
    ) as server:
        seen = await ask(f"[::1]:{server.port}", rrtype="AAAA")
    assert seen.outcome is Outcome.ANSWERED
    assert seen.answer.server == f"[::1]:{server.port}" and seen.answer.records[0].data == "fd00::1"


async def test_the_source_address_is_ours_to_choose() -> None:
    async with serving(lambda query, tcp: [answer(query).to_wire()]) as server:
        seen = await ask(at(server), source_address="127.0.0.9")
        assert seen.local_address == "127.0.0.9"
        other_family = await ask(at(server), source_address="::1")
    assert (other_family.outcome, other_family.phase) == (Outcome.UNREACHABLE, Phase.RESOLVE)
    assert len(server.asked) == 1


async def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    def says(query, tcp):
        if not tcp:
            yield answer(query, flags=dns.flags.TC).to_wire()
        else:
            yield answer(query, (f"{NAME}.", "A", *[f"10.0.{n // 250}.{n % 250}" for n in range(500)])).to_wire(
                max_size=65535
            )

    async with serving(says) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.ANSWERED and seen.answer.transport == "tcp"
    assert len(seen.answer.records) == 100 and seen.answer.truncated
    assert [tcp for *_, tcp in server.asked] == [False, True]


async def test_a_server_without_edns_is_asked_without_it() -> None:
    def says(query, tcp):
        if query.edns >= 0:
            out = answer(query, rcode="FORMERR")
            out.use_edns(False)
            yield out.to_wire()
        else:
            yield answer(query, rcode="NXDOMAIN").to_wire()

    async with serving(says) as server:
        assert (await ask(at(server))).outcome is Outcome.NXDOMAIN


async def test_edns_asks_for_1232_bytes_without_do() -> None:
    queries = []

    def says(query, tcp):
        queries.append(query)
        yield answer(query).to_wire()

    async with serving(says) as server:
        await ask(at(server))
    assert (queries[0].edns, queries[0].payload, queries[0].ednsflags) == (0, 1232, 0)
    assert queries[0].flags == dns.flags.RD


async def test_the_systems_resolvers_are_asked_in_order(tmp_path, monkeypatch) -> None:
    import auditor.probes.dns_asking as dns_asking
    from auditor.probes.resolvers import Server

    async with (
        serving(lambda query, tcp: []) as silent,
        serving(lambda query, tcp: [answer(query, rcode="NXDOMAIN").to_wire()]) as talking,
    ):
        system = (Server("udp", "127.0.0.1", silent.port), Server("udp", "127.0.0.1", talking.port))
        monkeypatch.setattr(dns_asking, "servers", lambda resolver: system)
        seen = await ask("system", seconds=1.0)
    assert seen.outcome is Outcome.NXDOMAIN and seen.answer.server == f"127.0.0.1:{talking.port}"
    assert len(silent.asked) == 2


@pytest.mark.parametrize("resolver", ["dns.example.net", "ftp://1.1.1.1", "1.1.1.1:99999", "tls://"])
async def test_what_is_no_resolver_is_our_own_fault(resolver: str) -> None:
    assert (await ask(resolver)).outcome is Outcome.PROBER_ERROR


@pytest.mark.parametrize(("name", "rrtype"), [("a" * 64 + ".example", "A"), ("a..example", "A"), (NAME, "NOSUCH")])
async def test_what_is_no_question_is_our_own_fault(name: str, rrtype: str) -> None:
    async with serving(lambda query, tcp: []) as server:
        assert (await ask(at(server), name=name, rrtype=rrtype)).outcome is Outcome.PROBER_ERROR
    assert server.asked == []
