"""Names to addresses at the vantage's own resolvers, in order, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from loopback_dns import answer, serving

from auditor.config import Limits
from auditor.model import Outcome, Phase
from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure

HOST = "config.internal.example.net"
SOA = ("example.net.", "SOA", "ns.example.net. root.example.net. 1 2 3 4 5")
DATA = {"A": ("10.0.0.1", "10.0.0.2"), "AAAA": ("fd00::1",)}


def zone(data=None, rcode: str = "NOERROR"):
    def says(query, tcp):
        kind = query.question[0].rdtype.name
        records = [(query.question[0].name.to_text(), kind, *data[kind])] if data and kind in data else []
        yield answer(query, *records, rcode=rcode, authority=[SOA]).to_wire()

    return says


@asynccontextmanager
async def eyes(*servers, seconds: float = 1.0) -> AsyncIterator[Eyes]:
    resolvers = tuple(f"127.0.0.1:{server.port}" for server in servers)
    out = Eyes(
        name="vpc", resolvers=resolvers, limits=Limits(probe_seconds=seconds), now=lambda: datetime.now(UTC)
    )
    try:
        yield out
    finally:
        await out.aclose()


async def test_both_families_from_the_first_resolver() -> None:
    async with (
        serving(zone(DATA)) as first,
        serving(zone({"A": ("192.0.2.9",)})) as second,
        eyes(first, second) as sight,
    ):
        found = await sight.resolve(HOST)
    assert isinstance(found, tuple) and set(found) == {"10.0.0.1", "10.0.0.2", "fd00::1"}
    assert second.asked == []


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTIMP"])
async def test_a_resolver_in_trouble_is_passed_over(rcode: str) -> None:
    async with serving(zone(rcode=rcode)) as first, serving(zone(DATA)) as second, eyes(first, second) as sight:
        assert isinstance(await sight.resolve(HOST), tuple)
    assert first.asked and second.asked


@pytest.mark.parametrize(("rcode", "outcome"), [("NXDOMAIN", Outcome.NXDOMAIN), ("NOERROR", Outcome.NODATA)])
async def test_absence_is_decisive(rcode: str, outcome: Outcome) -> None:
    async with serving(zone(rcode=rcode)) as first, serving(zone(DATA)) as second, eyes(first, second) as sight:
        found = await sight.resolve(HOST)
    assert isinstance(found, Failure) and (found.outcome, found.phase) == (outcome, Phase.RESOLVE)
    assert second.asked == []


async def test_absence_of_one_family_and_trouble_with_the_other_is_no_absence() -> None:
    def says(query, tcp):
        rcode = "NOERROR" if query.question[0].rdtype.name == "A" else "SERVFAIL"
        yield answer(query, rcode=rcode).to_wire()

    async with serving(says) as first, eyes(first) as sight:
        found = await sight.resolve(HOST)
    assert isinstance(found, Failure) and found.outcome is Outcome.SERVFAIL


async def test_silence_and_closed_ports_are_the_resolvers() -> None:
    async with serving(lambda query, tcp: []) as silent:
        async with eyes(silent, seconds=0.3) as sight:
            found = await sight.resolve(HOST)
        assert isinstance(found, Failure) and (found.outcome, found.phase) == (Outcome.DNS_TIMEOUT, Phase.RESOLVE)
    async with eyes(silent, seconds=0.3) as sight:  # its port is closed by now
        found = await sight.resolve(HOST)
    assert isinstance(found, Failure) and (found.outcome, found.phase) == (Outcome.DNS_TIMEOUT, Phase.RESOLVE)


async def test_aliases_are_followed_and_strangers_in_the_answer_are_not() -> None:
    def says(query, tcp):
        if query.question[0].rdtype.name == "AAAA":
            return [answer(query, (f"{HOST}.", "CNAME", "lb.example.com.")).to_wire()]
        chain = [(f"{HOST}.", "CNAME", "LB.example.com."), ("lb.example.com.", "CNAME", "a.example.com.")]
        data = [("a.example.com.", "A", "198.51.100.1"), ("evil.example.com.", "A", "169.254.169.254")]
        return [answer(query, *chain, *data).to_wire()]

    async with serving(says) as server, eyes(server) as sight:
        assert await sight.resolve(HOST) == ("198.51.100.1",)


async def test_an_alias_ring_ends() -> None:
    ring = [(f"{HOST}.", "CNAME", "b.example."), ("b.example.", "CNAME", f"{HOST}.")]
    async with serving(lambda query, tcp: [answer(query, *ring).to_wire()]) as server, eyes(server) as sight:
        found = await sight.resolve(HOST)
    assert isinstance(found, Failure) and found.outcome is Outcome.NODATA


async def test_addresses_are_capped() -> None:
    many = {"A": tuple(f"10.0.0.{n}" for n in range(40)), "AAAA": tuple(f"fd00::{n:x}" for n in range(40))}
    async with serving(zone(many)) as server, eyes(server) as sight:
        found = await sight.resolve(HOST)
    assert isinstance(found, tuple) and len(found) == 16
    assert {":" in address for address in found} == {True, False}


async def test_one_audit_asks_once() -> None:
    async with serving(zone(DATA)) as server, eyes(server) as sight:
        found = await asyncio.gather(*(sight.resolve(name) for name in [HOST, HOST.upper(), HOST + "."] * 5))
        assert len(set(found)) == 1 and len(server.asked) == 2
        async with eyes(server) as other:
            await other.resolve(HOST)
        assert len(server.asked) == 4


async def test_who_is_cancelled_takes_nobody_along() -> None:
    asked = asyncio.Event()

    def says(query, tcp):
        asked.set()
        return zone(DATA)(query, tcp) if len(server.asked) > 2 else []

    async with serving(says) as server, eyes(server, seconds=5.0) as sight:
        first = asyncio.create_task(sight.resolve(HOST))
        second = asyncio.create_task(sight.resolve(HOST))
        await asked.wait()
        first.cancel()
        found = await second
    assert isinstance(found, tuple) and first.cancelled()


async def test_a_literal_address_is_itself() -> None:
    async with eyes() as sight:
        assert await sight.resolve("192.0.2.7") == ("192.0.2.7",)
