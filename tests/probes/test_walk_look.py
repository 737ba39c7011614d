"""The kind `walk` against zones that deny by neighbours, hashes, lies or not at all, and such as lead astray."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from time import monotonic

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from loopback_dns import Says, serving

from auditor.config import Limits
from auditor.model import Observation, Outcome, Probe, Role, WalkQuestion
from auditor.probes import Eyes, look, walk

ZONE = "example.net"
NOBODY = f"kq7-nobody.{ZONE}"
NAMES = (ZONE, f"a.{ZONE}", f"db.corp.{ZONE}", f"*.m.{ZONE}", f"z.{ZONE}")
CHAIN = sorted(NAMES, key=lambda name: dns.name.from_text(name))

Row = tuple[str, str, str]


def reply(query, rows: Iterable[Row], *, rcode="NOERROR", answer: Iterable[Row] = (), aa: bool = True) -> bytes:
    out = dns.message.make_response(query)
    out.set_rcode(dns.rcode.from_text(rcode))
    out.flags |= dns.flags.AA if aa else 0
    for section, records in ((out.answer, answer), (out.authority, rows)):
        for owner, rrtype, data in records:
            section.append(dns.rrset.from_text(owner + ".", 300, "IN", rrtype, data))
    return out.to_wire(max_size=65535)


def soa() -> Row:
    return ZONE, "SOA", f"ns.{ZONE}. root.{ZONE}. 1 2 3 4 5"


def chained(names: Sequence[str], successor: Callable[[int], str] | None = None, types="A RRSIG NSEC") -> Says:
    """An honest server of a signed zone with these names; `successor` bends its chain."""

    def after(at: int) -> str:
        return successor(at) if successor else names[(at + 1) % len(names)]

    def link(at: int) -> Row:
        own = types + (" SOA NS" if names[at] == ZONE else "")
        return names[at], "NSEC", f"{after(at)}. {own}"

    def says(query, tcp):
        assert query.ednsflags & dns.flags.DO and not query.flags & dns.flags.RD
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        if name in names:
            yield reply(query, [], answer=[link(names.index(name))])
            return
        where = dns.name.from_text(name)
        at = max((n for n, each in enumerate(names) if dns.name.from_text(each) < where), default=len(names) - 1)
        yield reply(query, [soa(), link(at)], rcode="NXDOMAIN")

    return says


async def walked(says: Says, *, limit: int = 100, seconds: float = 3.0, **more) -> tuple[Observation, list]:
    async with serving(says) as server:
        eyes = Eyes(
            name="internet",
            resolvers=(),
            limits=Limits(probe_seconds=seconds, connect_seconds=seconds),
            now=lambda: datetime.now(UTC),
            **more,
        )
        question = WalkQuestion(ZONE, f"127.0.0.1:{server.port}", NOBODY, f"zone:{ZONE}", limit)
        started = monotonic()
        seen = await look(Probe("p1", "internet", Role.TARGET, "g", "lane", 0, question), eyes)
        assert monotonic() - started < seconds
    if seen.answer is not None:
        assert len(seen.answer.names) <= limit
        assert all(0x20 <= ord(c) < 0x7F for name in seen.answer.names for c in name)
    return seen, server.asked


async def test_a_chain_is_followed_round() -> None:
    seen, asked = await walked(chained(CHAIN))
    told = seen.answer
    assert (seen.outcome, seen.detail, told.denial, told.round) == (Outcome.ANSWERED, "", "nsec", True)
    assert told.names == tuple(CHAIN) and told.names[0] == ZONE
    assert asked[0] == (NOBODY, "A", False) and {kind for _, kind, _ in asked[1:]} == {"NSEC"}
    assert len(asked) <= len(CHAIN) + 1


async def test_no_more_names_than_wanted() -> None:
    many = sorted([ZONE, *(f"h{n}.{ZONE}" for n in range(200))], key=dns.name.from_text)
    seen, asked = await walked(chained(many), limit=12)
    assert len(seen.answer.names) == 12 and not seen.answer.round
    assert len(asked) <= 14


async def test_without_a_limit_only_how_names_are_denied() -> None:
    seen, asked = await walked(chained(CHAIN), limit=0)
    assert (seen.answer.denial, seen.answer.names) == ("nsec", ()) and len(asked) == 2


async def test_a_zone_of_one_name() -> None:
    seen, _ = await walked(chained([ZONE]))
    assert (seen.answer.denial, seen.answer.names, seen.answer.round) == ("nsec", (ZONE,), True)


async def test_a_delegation_is_passed_by() -> None:
    honest, cut = chained(CHAIN), f"a.{ZONE}"

    def says(query, tcp):
        if query.question[0].name == dns.name.from_text(cut):
            yield reply(query, [(cut, "NS", "ns.elsewhere.test.")], aa=False)
        else:
            yield from honest(query, tcp)

    seen, _ = await walked(says)
    assert seen.answer.names == tuple(CHAIN) and seen.answer.round


async def test_a_child_served_beside_it_is_passed_by() -> None:
    honest, cut = chained(CHAIN), f"a.{ZONE}"

    def says(query, tcp):
        if query.question[0].name == dns.name.from_text(cut):
            yield reply(query, [], answer=[(cut, "NSEC", f"secret.{cut}. NS SOA RRSIG NSEC")])
        else:
            yield from honest(query, tcp)

    seen, _ = await walked(says)
    assert seen.answer.names == tuple(CHAIN) and seen.answer.round


# --- lies made for the question


def black(query, tcp):
    name = query.question[0].name.to_text(omit_final_dot=True)
    yield reply(query, [soa(), (name, "NSEC", f"\\000.{name}. RRSIG NSEC TYPE128")])


def least(query, tcp):
    name = query.question[0].name.to_text(omit_final_dot=True)
    first, _, rest = name.partition(".")
    yield reply(
        query,
        [soa(), (f"{first.split(chr(92))[0][:-1]}.{rest}", "NSEC", f"{first}\\000.{rest}. RRSIG NSEC")],
        rcode="NXDOMAIN",
    )


def white(query, tcp):
    """RFC 4470: a little before, a little after; neither exists."""
    name = query.question[0].name.to_text(omit_final_dot=True)
    first, _, rest = name.partition(".")
    rows = [
        soa(),
        (f"{first.split(chr(92))[0][:-1]}\\032~.{rest}", "NSEC", f"{first}!.{rest}. RRSIG NSEC"),
        (ZONE, "NSEC", f"\\000.{ZONE}. A"),
    ]
    yield reply(query, rows[:2], rcode="NXDOMAIN")


@pytest.mark.parametrize("says", [black, least, white])
@pytest.mark.parametrize("limit", [0, 50])
async def test_neighbours_that_were_made_up_are_minimal(says: Says, limit: int) -> None:
    seen, asked = await walked(says, limit=limit)
    assert (seen.outcome, seen.answer.denial, seen.answer.names) == (Outcome.ANSWERED, "minimal", ())
    assert len(asked) <= 3


async def test_nxname_alone_is_minimal() -> None:
    def says(query, tcp):
        yield reply(query, [soa(), (f"a.{ZONE}", "NSEC", f"z.{ZONE}. NXNAME")])

    assert (await walked(says))[0].answer.denial == "minimal"


# --- hashes, and none


@pytest.mark.parametrize(("salt", "shown"), [("-", ""), ("AABBCC", "aabbcc")])
async def test_hashes_and_their_parameters(salt: str, shown: str) -> None:
    one, other = "2T7B4G4VSA5SMI47K61MV5BV1A22BOJR", "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM"

    def says(query, tcp):
        rows = [
            (f"{one}.{ZONE}", "NSEC3", f"1 1 65535 {salt} {other} A"),
            (f"{other}.{ZONE}", "NSEC3", f"1 0 65535 {salt} {one} A"),
        ]
        yield reply(query, [soa(), *rows], rcode="NXDOMAIN")

    seen, asked = await walked(says)
    told = seen.answer
    assert (told.denial, told.algorithm, told.iterations, told.salt, told.opt_out) == (
        "nsec3",
        1,
        65535,
        shown,
        True,
    )
    assert told.hashes == (one.lower(), other.lower()) and told.names == () and len(asked) == 1


async def test_many_hashes_are_capped() -> None:
    def says(query, tcp):
        rows = [(f"{n:032d}.{ZONE}", "NSEC3", f"1 0 0 - {n + 1000:032d} A") for n in range(90)]
        yield reply(query, rows, rcode="NXDOMAIN")

    assert len((await walked(says))[0].answer.hashes) <= walk.HASHES


async def test_an_unsigned_zone_denies_with_nothing() -> None:
    seen, _ = await walked(lambda query, tcp: [reply(query, [soa()], rcode="NXDOMAIN")])
    assert (seen.outcome, seen.answer.denial) == (Outcome.ANSWERED, "none")


async def test_a_wildcard_shows_its_neighbours_as_well() -> None:
    honest = chained(CHAIN)

    def says(query, tcp):
        if query.question[0].name == dns.name.from_text(NOBODY):
            at = CHAIN.index(f"db.corp.{ZONE}")
            yield reply(query, [(CHAIN[at], "NSEC", f"{CHAIN[at + 1]}. A")], answer=[(NOBODY, "A", "192.0.2.1")])
        else:
            yield from honest(query, tcp)

    assert (await walked(says))[0].answer.names == tuple(CHAIN)


# --- trouble is no denial


RRSIG = f"A 13 2 300 20300101000000 20200101000000 1 {ZONE}. AAAA"

TROUBLE = {
    "refused": (lambda query, tcp: [reply(query, [], rcode="REFUSED")], Outcome.DNS_REFUSED),
    "servfail": (lambda query, tcp: [reply(query, [], rcode="SERVFAIL")], Outcome.SERVFAIL),
    "silent": (lambda query, tcp: [], Outcome.DNS_TIMEOUT),
    "not authoritative": (
        lambda query, tcp: [reply(query, [soa()], rcode="NXDOMAIN", aa=False)],
        Outcome.DNS_INVALID,
    ),
    "referral": (lambda query, tcp: [reply(query, [(ZONE, "NS", "x.test.")], aa=False)], Outcome.DNS_INVALID),
    "signed without a proof": (
        lambda query, tcp: [reply(query, [], answer=[(NOBODY, "A", "192.0.2.1"), (NOBODY, "RRSIG", RRSIG)])],
        Outcome.DNS_INVALID,
    ),
}


@pytest.mark.parametrize("kind", TROUBLE)
async def test_trouble_says_nothing_about_denial(monkeypatch, kind: str) -> None:
    monkeypatch.setattr(walk, "QUESTION_SECONDS", 0.2)
    says, outcome = TROUBLE[kind]
    seen, _ = await walked(says)
    assert (seen.outcome, seen.answer) == (outcome, None)


@pytest.mark.parametrize("kind", ["refused", "silent", "servfail"])
async def test_trouble_at_the_neighbour_is_not_taken_for_a_lie(monkeypatch, kind: str) -> None:
    monkeypatch.setattr(walk, "QUESTION_SECONDS", 0.2)
    honest, (bad, outcome) = chained(CHAIN), TROUBLE[kind]

    def says(query, tcp):
        yield from (honest if query.question[0].name == dns.name.from_text(NOBODY) else bad)(query, tcp)

    seen, _ = await walked(says)
    assert (seen.outcome, seen.answer) == (outcome, None)


async def test_a_server_that_falls_silent_half_way_leaves_what_is_known(monkeypatch) -> None:
    monkeypatch.setattr(walk, "QUESTION_SECONDS", 0.2)
    honest, asked = chained(CHAIN), set()

    def says(query, tcp):
        asked.add(query.question[0].name)
        return honest(query, tcp) if len(asked) < 4 else []

    seen, _ = await walked(says)
    assert seen.outcome is Outcome.ANSWERED and seen.detail.startswith("not followed beyond")
    assert not seen.answer.round and 3 <= len(seen.answer.names) <= 5


# --- chains that lead astray


async def test_a_chain_that_turns_back_ends() -> None:
    seen, asked = await walked(chained(CHAIN, successor=lambda at: CHAIN[min(at + 1, 3) if at != 3 else 2]))
    assert not seen.answer.round and "turns back" in seen.detail and len(asked) < 12


async def test_a_chain_that_leaves_the_zone_ends() -> None:
    last = len(CHAIN) - 1
    seen, asked = await walked(chained(CHAIN, successor=lambda at: "victim.test" if at == last else CHAIN[at + 1]))
    assert not seen.answer.round and "leaves the zone" in seen.detail
    assert "victim.test" not in seen.answer.names and not any(name == "victim.test" for name, *_ in asked)


async def test_a_first_neighbour_outside_of_the_zone_is_no_denial() -> None:
    seen, asked = await walked(chained(CHAIN, successor=lambda at: "victim.test"))
    assert (seen.outcome, seen.answer) == (Outcome.DNS_INVALID, None) and len(asked) == 1


async def test_a_chain_without_end_is_bounded() -> None:
    def says(query, tcp):
        name = query.question[0].name.to_text(omit_final_dot=True)
        if name == NOBODY:
            yield reply(query, [(f"a.{ZONE}", "NSEC", f"z0.{ZONE}. A")], rcode="NXDOMAIN")
        else:
            number = int(name.partition(".")[0][1:])
            yield reply(query, [], answer=[(name, "NSEC", f"z{number + 1}.{ZONE}. A")])

    seen, asked = await walked(says, limit=40)
    assert len(seen.answer.names) == 40 and len(asked) <= 42
    timed, _ = await walked(says, limit=10_000, seconds=0.5)
    assert timed.outcome is Outcome.ANSWERED and "no time left" in timed.detail


async def test_names_of_the_chain_are_escaped() -> None:
    hostile = f"k\\027[2j<b>\\.\\000x.{ZONE}"
    names = sorted([ZONE, hostile, f"z.{ZONE}"], key=dns.name.from_text)

    def says(query, tcp):
        bound = [name for name in names if dns.name.from_text(name) == query.question[0].name]
        after = dict(zip(names, [*names[1:], names[0]], strict=True))
        if bound:
            yield reply(query, [], answer=[(bound[0], "NSEC", f"{after[bound[0]]}. A")])
        else:
            yield reply(
                query,
                [(names[0], "NSEC", f"{names[1]}. A"), (names[1], "NSEC", f"{names[2]}. A")],
                rcode="NXDOMAIN",
            )

    seen, _ = await walked(says)
    assert hostile in seen.answer.names and seen.answer.round


async def test_each_question_waits_for_its_turn() -> None:
    from contextlib import asynccontextmanager

    turns = []

    @asynccontextmanager
    async def turn(address, port):
        turns.append((address, port))
        yield

    _, asked = await walked(chained(CHAIN), turn=turn)
    assert len(turns) == len(asked) and len(set(turns)) == 1
