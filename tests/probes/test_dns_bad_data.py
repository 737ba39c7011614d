"""Answers that are well formed and yet meant to mislead, to tire or to grow: bounded, escaped, told as is."""

import asyncio
import socket
from datetime import UTC, datetime
from itertools import pairwise
from time import monotonic

import dns.flags
import pytest
from loopback_dns import answer, serving
from test_dns_answers import NAME, ask, at

from auditor.config import Limits
from auditor.model import Outcome
from auditor.probes import Eyes, Failure
from auditor.probes.dns_records import MAX_RECORDS


def chain(length: int, *, loop: bool = False):
    names = [NAME, *(f"c{n}.example.net" for n in range(length))]
    rows = [(f"{a}.", "CNAME", f"{b}.") for a, b in pairwise(names)]
    return [*rows, (f"{names[-1]}.", "CNAME", f"{NAME}.")] if loop else rows


async def resolved(server) -> tuple[str, ...] | Failure:
    eyes = Eyes(name="v", resolvers=(at(server),), limits=Limits(probe_seconds=2.0), now=lambda: datetime.now(UTC))
    return await eyes.resolve(NAME)


@pytest.mark.parametrize(("length", "loop"), [(100, False), (300, False), (100, True), (1, True), (0, True)])
async def test_chains_and_rings_of_aliases_end(length: int, loop: bool) -> None:
    def says(query, tcp):
        wire = answer(query, *chain(length, loop=loop)).to_wire(max_size=65535)
        return [wire] if tcp or len(wire) < 1232 else [answer(query, flags=dns.flags.TC).to_wire()]

    async with serving(says) as server:
        started = monotonic()
        seen, addresses = await ask(at(server)), await resolved(server)
        assert monotonic() - started < 4.0
    assert seen.outcome is Outcome.ANSWERED and 1 <= len(seen.answer.records) <= MAX_RECORDS
    assert isinstance(addresses, Failure) and addresses.outcome is Outcome.NODATA


async def test_a_chain_of_a_hundred_that_ends_in_nothing_is_no_absence() -> None:
    def says(query, tcp):
        wire = answer(query, *chain(90), rcode="NXDOMAIN").to_wire(max_size=65535)
        return [wire] if tcp else [answer(query, flags=dns.flags.TC).to_wire()]

    async with serving(says) as server:
        seen = await ask(at(server))
    assert seen.outcome is Outcome.ANSWERED and "does not" in seen.detail


async def test_a_message_of_64_kib_is_read_in_no_time() -> None:
    def says(query, tcp):
        if not tcp:
            return [answer(query, flags=dns.flags.TC).to_wire()]
        texts = [f'"{n:05d}{"x" * 240}"' for n in range(240)]
        return [answer(query, (f"{NAME}.", "TXT", *texts)).to_wire(max_size=65535)]

    async with serving(says) as server:
        started = monotonic()
        seen = await ask(at(server), rrtype="TXT")
        assert monotonic() - started < 1.0
    assert seen.outcome is Outcome.ANSWERED and seen.answer.truncated
    assert len(seen.answer.records) == MAX_RECORDS


async def test_letters_in_any_case_are_the_same_name() -> None:
    def says(query, tcp):
        out = answer(
            query, (f"{NAME.upper()}.", "CNAME", "WEB.Example.NET."), ("Web.example.net.", "A", "10.0.0.1")
        )
        wire = bytearray(out.to_wire())
        for place in range(13, 13 + len(NAME), 2):  # the question, too, comes back in another case
            if chr(wire[place]).islower():
                wire[place] ^= 0x20
        yield bytes(wire)

    async with serving(says) as server:
        seen = await ask(at(server), name="Config.INTERNAL.example.net")
        assert await resolved(server) == ("10.0.0.1",)
    assert seen.outcome is Outcome.ANSWERED
    assert [(each.name, each.data) for each in seen.answer.records] == [
        (NAME, "web.example.net"),
        ("web.example.net", "10.0.0.1"),
    ]


async def test_a_name_in_another_script_is_asked_for_in_a_labels() -> None:
    async with serving(lambda query, tcp: [answer(query, rcode="NXDOMAIN").to_wire()]) as server:
        assert (await ask(at(server), name="bücher.example.net")).outcome is Outcome.NXDOMAIN
        assert (await ask(at(server), name="xn--bcher-kva.example.net")).outcome is Outcome.NXDOMAIN
    assert {name for name, *_ in server.asked} == {"xn--bcher-kva.example.net"}


@pytest.mark.parametrize(
    "name", [f"a\\000b.{NAME}", f"\\027[2j.{NAME}", f"x\\.y.{NAME}", f"\\255.{NAME}", f"\\032.{NAME}"]
)
async def test_labels_of_any_octets_go_out_and_come_back_escaped(name: str) -> None:
    async with serving(lambda query, tcp: [answer(query, (f"{name}.", "A", "10.0.0.1")).to_wire()]) as server:
        seen = await ask(at(server), name=name)
    assert seen.outcome is Outcome.ANSWERED and seen.answer.records[0].name == name


async def test_lives_of_nothing_and_of_for_ever() -> None:
    def says(query, tcp):
        out = answer(query, (f"{NAME}.", "A", "10.0.0.1"))
        wire = out.to_wire()
        yield wire.replace((300).to_bytes(4), (2**31).to_bytes(4) if len(server.asked) > 1 else bytes(4))

    async with serving(says) as server:
        for _ in range(2):
            seen = await ask(at(server))
            assert seen.outcome is Outcome.ANSWERED and seen.answer.records[0].ttl == 0


async def test_answers_that_flap_are_each_told_as_they_are() -> None:
    def says(query, tcp):
        if len(server.asked) % 2:
            return [answer(query, rcode="NXDOMAIN").to_wire()]
        return [answer(query, (f"{NAME}.", "A", "10.0.0.1")).to_wire()]

    async with serving(says) as server:
        told = [(await ask(at(server))).outcome for _ in range(4)]
    assert told == [Outcome.NXDOMAIN, Outcome.ANSWERED] * 2


async def test_an_answer_from_another_address_is_not_heard() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)

        def says(query, tcp):
            sock.sendto(answer(query, rcode="NXDOMAIN").to_wire(), ("127.0.0.1", server.ports[-1]))
            return []

        async with serving(says) as server:
            sock.bind(("127.0.0.2", server.port))
            seen = await ask(at(server), seconds=0.3)
    assert loop.is_running() and seen.outcome is Outcome.DNS_TIMEOUT


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTAUTH", "YXDOMAIN"])
async def test_a_lame_server_is_no_absence(rcode: str) -> None:
    async with serving(lambda query, tcp: [answer(query, rcode=rcode).to_wire()]) as server:
        seen = await ask(at(server))
    assert seen.outcome not in (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NODATA)
    assert seen.answer.rcode == rcode
