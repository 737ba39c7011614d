"""The kind `dns` over TLS, over HTTPS, and through a proxy: real servers and certificates on loopback."""

import asyncio
import socket

import pytest
from loopback_certs import issued
from loopback_dns import answer, serving
from loopback_ways import doh, socks5
from test_dns_answers import NAME, ask, at

from auditor.model import Outcome, Phase
from auditor.probes.resolvers import Server, parse, servers


def says(query, tcp):
    yield answer(query, (f"{NAME}.", "A", "10.0.0.1")).to_wire()


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


async def test_over_tls_with_a_certificate_that_verifies(tmp_path) -> None:
    context, anchor = issued(tmp_path, "127.0.0.1")
    async with serving(says, tls=context) as server:
        seen = await ask(f"tls://127.0.0.1:{server.port}", ca_file=anchor)
    assert seen.outcome is Outcome.ANSWERED and seen.answer.transport == "tls"
    assert seen.answer.server == at(server) and seen.local_address == "127.0.0.1"


@pytest.mark.parametrize("trusted", [True, False])
async def test_over_tls_a_certificate_that_does_not_verify_is_no_answer(tmp_path, trusted: bool) -> None:
    context, anchor = issued(tmp_path, "192.0.2.1")
    async with serving(says, tls=context) as server:
        seen = await ask(f"tls://127.0.0.1:{server.port}", ca_file=anchor if trusted else None)
    assert (seen.outcome, seen.phase, seen.answer) == (Outcome.TLS_FAILED, Phase.TLS, None)
    assert server.asked == []


async def test_over_tls_to_what_speaks_no_tls() -> None:
    async with serving(says) as server:
        seen = await ask(f"tls://127.0.0.1:{server.port}", seconds=0.5)
    assert seen.outcome not in (Outcome.ANSWERED, Outcome.PROBER_ERROR) and seen.answer is None


async def test_over_tls_to_a_closed_port() -> None:
    seen = await ask(f"tls://127.0.0.1:{closed_port()}")
    assert (seen.outcome, seen.phase) == (Outcome.REFUSED, Phase.CONNECT)


async def test_a_tls_server_given_by_name_is_found_at_a_plain_resolver(tmp_path) -> None:
    from datetime import UTC, datetime

    from test_dns_answers import probe

    from auditor.config import Limits
    from auditor.probes import Eyes, look

    context, anchor = issued(tmp_path, "dns.example.net")
    where = [("dns.example.net.", "A", "127.0.0.1")]
    async with (
        serving(lambda query, tcp: [answer(query, *where).to_wire()]) as plain,
        serving(says, tls=context) as server,
    ):
        resolver = f"tls://dns.example.net:{server.port}"
        eyes = Eyes(
            name="v",
            resolvers=(resolver, at(plain)),
            limits=Limits(probe_seconds=2.0),
            now=lambda: datetime.now(UTC),
            ca_file=anchor,
        )
        for _ in range(2):
            seen = await look(probe(resolver), eyes)
        await eyes.aclose()
    assert seen.outcome is Outcome.ANSWERED and seen.address == "127.0.0.1"
    assert sorted(plain.asked) == [("dns.example.net", "A", False), ("dns.example.net", "AAAA", False)]


async def test_over_https(tmp_path) -> None:
    context, anchor = issued(tmp_path, "127.0.0.1")
    async with doh(says, context) as server:
        seen = await ask(f"https://127.0.0.1:{server.port}/dns-query", ca_file=anchor)
    assert seen.outcome is Outcome.ANSWERED and seen.answer.transport == "https"
    assert [(r.name, r.data) for r in seen.answer.records] == [(NAME, "10.0.0.1")]
    assert server.ids == [0]


async def test_over_https_a_certificate_that_does_not_verify_is_no_answer(tmp_path) -> None:
    context, _ = issued(tmp_path, "127.0.0.1")
    async with doh(says, context) as server:
        seen = await ask(f"https://127.0.0.1:{server.port}/dns-query")
    assert (seen.outcome, seen.phase, seen.answer) == (Outcome.TLS_FAILED, Phase.TLS, None)


@pytest.mark.parametrize("reply", [{"status": 403}, {"status": 302}, {"kind": "text/html"}])
async def test_over_https_a_page_is_no_answer(tmp_path, reply) -> None:
    context, anchor = issued(tmp_path, "127.0.0.1")
    async with doh(says, context, **reply) as server:
        seen = await ask(f"https://127.0.0.1:{server.port}/dns-query", ca_file=anchor)
    assert seen.outcome is Outcome.DNS_INVALID and "HTTP" in seen.detail


async def test_over_https_an_answer_to_another_question_is_no_answer(tmp_path) -> None:
    context, anchor = issued(tmp_path, "127.0.0.1")

    def lies(query, tcp):
        query.id = 1
        yield answer(query, rcode="NXDOMAIN").to_wire()

    async with doh(lies, context) as server:
        seen = await ask(f"https://127.0.0.1:{server.port}/dns-query", ca_file=anchor)
    assert seen.outcome is Outcome.DNS_INVALID


async def test_through_a_proxy_questions_go_over_tcp() -> None:
    async with serving(says) as server, socks5() as (via, connected):
        seen = await ask(at(server), via=via)
    assert seen.outcome is Outcome.ANSWERED and seen.answer.transport == "tcp"
    assert connected == [("127.0.0.1", server.port)]
    assert [tcp for *_, tcp in server.asked] == [True]


async def test_through_a_proxy_over_tls_and_https(tmp_path) -> None:
    context, anchor = issued(tmp_path, "127.0.0.1")
    async with serving(says, tls=context) as server, socks5() as (via, connected):
        seen = await ask(f"tls://127.0.0.1:{server.port}", via=via, ca_file=anchor)
    assert seen.outcome is Outcome.ANSWERED and connected == [("127.0.0.1", server.port)]
    async with doh(says, context) as server, socks5() as (via, connected):
        seen = await ask(f"https://127.0.0.1:{server.port}/q", via=via, ca_file=anchor)
    assert seen.outcome is Outcome.ANSWERED and set(connected) == {("127.0.0.1", server.port)}


async def test_a_dead_proxy_is_not_the_resolvers_silence() -> None:
    async with serving(says) as server:
        seen = await ask(at(server), via=f"socks5://127.0.0.1:{closed_port()}")
    assert (seen.outcome, seen.phase) == (Outcome.PROXY_FAILED, Phase.PROXY)
    assert server.asked == []


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("1.1.1.1", Server("udp", "1.1.1.1", 53)),
        ("1.1.1.1:5353", Server("udp", "1.1.1.1", 5353)),
        ("2001:db8::1", Server("udp", "2001:db8::1", 53)),
        ("[2001:db8::1]", Server("udp", "2001:db8::1", 53)),
        ("[2001:db8::1]:5353", Server("udp", "2001:db8::1", 5353)),
        ("tls://dns.example.net", Server("tls", "dns.example.net", 853)),
        ("tls://[2001:db8::1]:8853", Server("tls", "2001:db8::1", 8853)),
        ("https://dns.example.net/q", Server("https", "dns.example.net", 443, "https://dns.example.net/q")),
        ("https://[::1]:8443/q", Server("https", "::1", 8443, "https://[::1]:8443/q")),
    ],
)
def test_resolver_forms(text: str, server: Server) -> None:
    assert parse(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "1.1.1.1:",
        "1.1.1.1:0",
        "1.1.1.1:x",
        "[::1",
        "[::1]5",
        "tls://",
        "tls://a/b",
        "https://h",
        "udp://1.1.1.1",
    ],
)
def test_other_forms_are_errors(text: str) -> None:
    with pytest.raises(ValueError, match="resolver"):
        parse(text)


def test_the_systems_servers(tmp_path) -> None:
    conf = tmp_path / "resolv.conf"
    conf.write_text(
        "# nameserver 9.9.9.9\nsearch corp\nnameserver 192.0.2.1\nnameserver x\n nameserver ::1 \nnameserver"
    )
    assert [server.host for server in servers("system", conf)] == ["192.0.2.1", "::1"]
    conf.write_text("nameserver 192.0.2.1\n" * 5)
    assert len(servers("system", conf)) == 3
    conf.write_text("")
    assert [server.host for server in servers("system", conf)] == ["127.0.0.1"]


def test_every_way_works_on_the_fast_loop_as_well(tmp_path) -> None:
    uvloop = pytest.importorskip("uvloop")
    context, anchor = issued(tmp_path, "127.0.0.1")

    def long(query, tcp):
        yield from says(query, tcp) if tcp else [answer(query, flags=0x0200).to_wire()]

    async def main() -> list[tuple[Outcome, str | None]]:
        seen = []
        async with serving(says) as plain, serving(long) as cut, serving(lambda query, tcp: []) as silent:
            for server in (plain, cut, silent):
                seen.append(await ask(at(server), seconds=0.5))
        seen.append(await ask(f"127.0.0.1:{closed_port()}"))
        async with serving(says, tls=context) as secure, doh(says, context) as web:
            seen.append(await ask(f"tls://127.0.0.1:{secure.port}", ca_file=anchor))
            seen.append(await ask(f"https://127.0.0.1:{web.port}/q", ca_file=anchor))
        return [(each.outcome, each.answer and each.answer.transport) for each in seen]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        told = runner.run(main())
    assert told == [
        (Outcome.ANSWERED, "udp"),
        (Outcome.ANSWERED, "tcp"),
        (Outcome.DNS_TIMEOUT, None),
        (Outcome.REFUSED, None),
        (Outcome.ANSWERED, "tls"),
        (Outcome.ANSWERED, "https"),
    ]
