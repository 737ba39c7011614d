"""The kind `delegation` against small trees of name servers: sound ones, and such as lie, loop or say nothing."""

from datetime import UTC, datetime
from time import monotonic

import dns.message
import dns.rrset
import pytest
from loopback_dns import Says, answer
from loopback_tree import authority, tree

from auditor.config import Limits
from auditor.model import DelegationAnswer, DelegationQuestion, NameServer, Observation, Outcome, Probe, Role
from auditor.probes import Eyes, descent, look

ROOT, TLD, OWN, SECOND, ELSEWHERE = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"
ZONE = "example.net"

ROOT_ZONE = [
    ("net", "NS", "a.tld.net."),
    ("a.tld.net", "A", TLD),
    ("org", "NS", "a.tld.net."),
]
NET_ZONE = [
    ("net", "NS", "a.tld.net."),
    ("a.tld.net", "A", TLD),
    (ZONE, "NS", f"ns1.{ZONE}."),
    (ZONE, "NS", "ns.elsewhere.org."),
    (f"ns1.{ZONE}", "A", OWN),
    ("exists.net", "TXT", "x"),
]
ORG_ZONE = [
    ("org", "NS", "a.tld.net."),
    ("elsewhere.org", "NS", "ns.elsewhere.org."),
    ("ns.elsewhere.org", "A", ELSEWHERE),
]
OWN_ZONE = [
    (ZONE, "NS", f"ns1.{ZONE}."),
    (ZONE, "NS", f"ns2.{ZONE}."),
    (f"ns1.{ZONE}", "A", OWN),
    (f"ns1.{ZONE}", "AAAA", "fd00::53"),
    (f"ns2.{ZONE}", "A", SECOND),
    (f"deep.corp.{ZONE}", "A", "10.0.0.1"),
]
ELSEWHERE_ZONE = [("elsewhere.org", "NS", "ns.elsewhere.org."), ("ns.elsewhere.org", "A", ELSEWHERE)]


def company(**changed: Says) -> dict[str, Says]:
    servers = {
        ROOT: authority({"": ROOT_ZONE}),
        TLD: authority({"net": NET_ZONE, "org": ORG_ZONE}),
        OWN: authority({ZONE: OWN_ZONE}),
        SECOND: authority({ZONE: OWN_ZONE}),
        ELSEWHERE: authority({"elsewhere.org": ELSEWHERE_ZONE, ZONE: OWN_ZONE}),
    }
    places = {"root": ROOT, "tld": TLD, "own": OWN, "second": SECOND, "elsewhere": ELSEWHERE}
    return servers | {places[name]: says for name, says in changed.items()}


async def followed(
    monkeypatch, servers: dict[str, Says], zone: str = ZONE, *, seconds: float = 5.0, roots=(ROOT,), **eyes
) -> tuple[Observation, dict]:
    async with tree(servers) as (port, running):
        monkeypatch.setattr(descent, "PORT", port)
        sight = Eyes(
            name="internet",
            resolvers=(),
            limits=Limits(probe_seconds=seconds, connect_seconds=seconds),
            now=lambda: datetime.now(UTC),
            **eyes,
        )
        question = DelegationQuestion(zone, tuple(f"{root}:{port}" for root in roots))
        started = monotonic()
        seen = await look(Probe("p1", "internet", Role.DELEGATION, "g", "lane", 0, question), sight)
        await sight.aclose()
        assert monotonic() - started < seconds
    told = seen.answer
    assert isinstance(told, DelegationAnswer)
    assert told.questions <= descent.QUESTIONS and len(told.steps) <= descent.STEPS
    assert all(step.isascii() and step.isprintable() for step in told.steps)
    return seen, running


async def test_both_sets_of_name_servers_with_all_their_addresses(monkeypatch) -> None:
    seen, running = await followed(monkeypatch, company())
    told = seen.answer
    assert (seen.outcome, told.cut, told.said, told.whole) == (Outcome.ANSWERED, ZONE, "delegated", True)
    assert told.servers == (
        NameServer("ns.elsewhere.org", ELSEWHERE, "parent"),
        NameServer(f"ns1.{ZONE}", OWN, "both", glue=True),
        NameServer(f"ns1.{ZONE}", "fd00::53", "both"),
        NameServer(f"ns2.{ZONE}", SECOND, "child"),
    )
    assert told.steps[:3] == (
        ". at 127.0.0.1: referral to net",
        f"net at {TLD}: referral to {ZONE}",
        f"{ZONE} at {OWN}: answered",
    )
    assert running[ROOT].asked[0] == (ZONE, "NS", False)
    assert told.questions == sum(len(server.asked) for server in running.values())


async def test_no_question_wants_recursion(monkeypatch) -> None:
    flags = []

    def listening(says: Says) -> Says:
        def told(query, tcp):
            flags.append(query.flags)
            return says(query, tcp)

        return told

    await followed(monkeypatch, {host: listening(says) for host, says in company().items()})
    assert set(flags) == {0}


@pytest.mark.parametrize(
    ("zone", "cut", "said"),
    [
        ("nobody.net", "net", "nxdomain"),
        ("corp", ".", "nxdomain"),
        ("below.nobody.net", "net", "nxdomain"),
        ("exists.net", "net", "nodata"),
        (f"corp.{ZONE}", ZONE, "nodata"),
        (f"nobody.{ZONE}", ZONE, "nxdomain"),
    ],
)
async def test_how_far_down_it_goes(monkeypatch, zone: str, cut: str, said: str) -> None:
    seen, _ = await followed(monkeypatch, company(), zone)
    assert (seen.outcome, seen.answer.cut, seen.answer.said) == (Outcome.ANSWERED, cut, said)
    # Who serves the zone above is of no interest: no question goes there.
    assert seen.answer.servers == ()


async def test_a_zone_that_its_parents_server_serves_as_well(monkeypatch) -> None:
    own = authority({"net": [r for r in NET_ZONE if r[0] != ZONE], ZONE: OWN_ZONE})
    seen, _ = await followed(monkeypatch, company(tld=own))
    assert seen.answer.said == "delegated" and seen.answer.whole
    assert [(each.name, each.address, each.listed) for each in seen.answer.servers] == [
        (f"ns1.{ZONE}", OWN, "child"),
        (f"ns1.{ZONE}", "fd00::53", "child"),
        (f"ns2.{ZONE}", SECOND, "child"),
    ]


async def test_a_truncated_referral_is_asked_for_over_tcp(monkeypatch) -> None:
    sound = authority({"net": NET_ZONE, "org": ORG_ZONE})

    def cut_off(query, tcp):
        return sound(query, tcp) if tcp else [answer(query, flags=dns.flags.TC).to_wire()]

    seen, running = await followed(monkeypatch, company(tld=cut_off))
    assert seen.answer.said == "delegated" and (ZONE, "NS", True) in running[TLD].asked


def silent(query, tcp):
    return []


def refuses(query, tcp):
    yield answer(query, rcode="REFUSED").to_wire()


def sideways(query, tcp):
    """To a zone that is not above the name."""
    yield answer(query, authority=[("other.net.", "NS", f"ns1.{ZONE}.")]).to_wire()


def upwards(query, tcp):
    yield answer(query, authority=[(".", "NS", "a.root-servers.net.")]).to_wire()


def itself(query, tcp):
    yield answer(query, authority=[("net.", "NS", "a.tld.net.")]).to_wire()


def below_the_name(query, tcp):
    yield answer(query, authority=[(f"a.b.{ZONE}.", "NS", "a.tld.net.")]).to_wire()


def not_authoritative(query, tcp):
    yield answer(query, rcode="NXDOMAIN").to_wire()


def garbage(query, tcp):
    yield query.to_wire()[:2] + b"\x80\0" + b"\xff" * 40


BAD = {
    "refuses": (refuses, "dns_refused"),
    "sideways": (sideways, "lame"),
    "upwards": (upwards, "lame"),
    "to itself": (itself, "lame"),
    "below the name": (below_the_name, "lame"),
    "not authoritative": (not_authoritative, "lame"),
    "garbage": (garbage, "dns_invalid"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_level_that_leads_nowhere_is_no_absence(monkeypatch, kind: str) -> None:
    monkeypatch.setattr(descent, "QUESTION_SECONDS", 0.3)
    says, word = BAD[kind]
    seen, running = await followed(monkeypatch, company(tld=says), seconds=1.5)
    assert seen.outcome not in (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NODATA)
    assert (seen.answer.cut, seen.answer.said, seen.answer.servers) == ("net", word, ())
    assert len(running[TLD].asked) <= 2


@pytest.mark.parametrize("kind", BAD)
async def test_a_server_that_leads_nowhere_leaves_it_to_the_next(monkeypatch, kind: str) -> None:
    monkeypatch.setattr(descent, "QUESTION_SECONDS", 0.3)
    servers = company() | {"127.0.0.6": BAD[kind][0]}
    servers[ROOT] = authority({"": [("net", "NS", "z.tld.net."), ("z.tld.net", "A", "127.0.0.6"), *ROOT_ZONE]})
    seen, _ = await followed(monkeypatch, servers, seconds=4.0)
    assert seen.answer.said == "delegated" and len(seen.answer.servers) == 4


async def test_a_silent_server_does_not_eat_the_time_of_the_others(monkeypatch) -> None:
    monkeypatch.setattr(descent, "QUESTION_SECONDS", 0.3)
    servers = company() | {"127.0.0.6": silent}
    servers[ROOT] = authority({"": [("net", "NS", "z.tld.net."), ("z.tld.net", "A", "127.0.0.6"), *ROOT_ZONE]})
    seen, running = await followed(monkeypatch, servers, seconds=3.0)
    assert seen.answer.said == "delegated" and seen.answer.whole
    assert len(running["127.0.0.6"].asked) == 2, "one question, sent twice, and then never again"


async def test_silence_everywhere_ends_in_time_and_says_so(monkeypatch) -> None:
    seen, _ = await followed(monkeypatch, company(root=silent), seconds=1.0)
    assert (seen.outcome, seen.answer.cut, seen.answer.said) == (Outcome.DNS_TIMEOUT, ".", "dns_timeout")


async def test_a_lame_child_leaves_what_the_parent_said(monkeypatch) -> None:
    seen, _ = await followed(
        monkeypatch, company(own=refuses, elsewhere=authority({"elsewhere.org": ELSEWHERE_ZONE}))
    )
    told = seen.answer
    assert (seen.outcome, told.said, told.whole) == (Outcome.ANSWERED, "delegated", False)
    assert NameServer(f"ns1.{ZONE}", OWN, "parent", glue=True) in told.servers
    assert NameServer("ns.elsewhere.org", ELSEWHERE, "parent") in told.servers


def net(*records, org=()) -> Says:
    return authority({"net": [("net", "NS", "a.tld.net."), *records], "org": [*ORG_ZONE, *org]})


async def test_name_servers_whose_names_lead_in_a_ring(monkeypatch) -> None:
    ring = net((ZONE, "NS", "ns.ring.org."), org=[("ring.org", "NS", f"ns.{ZONE}.")])
    seen, _ = await followed(monkeypatch, company(tld=ring))
    assert seen.answer.said == "delegated" and not seen.answer.whole
    assert [(each.address, bool(each.why)) for each in seen.answer.servers] == [(None, True)]


async def test_a_chain_of_name_servers_without_end(monkeypatch) -> None:
    chain = net((ZONE, "NS", "ns.z0.org."), org=[(f"z{n}.org", "NS", f"ns.z{n + 1}.org.") for n in range(60)])
    seen, _ = await followed(monkeypatch, company(tld=chain))
    assert [each.address for each in seen.answer.servers] == [None] and not seen.answer.whole
    assert seen.answer.questions < 40


async def test_a_name_server_that_does_not_exist(monkeypatch) -> None:
    gone = net((ZONE, "NS", "ns.gone.org."), (ZONE, "NS", f"ns1.{ZONE}."), (f"ns1.{ZONE}", "A", OWN))
    seen, _ = await followed(monkeypatch, company(tld=gone))
    assert NameServer("ns.gone.org", None, "parent", why="nxdomain") in seen.answer.servers


async def test_many_name_servers_are_bounded(monkeypatch) -> None:
    many = net(
        *((ZONE, "NS", f"ns{n}.many{n}.org.") for n in range(60)),
        org=[(f"many{n}.org", "NS", "ns.elsewhere.org.") for n in range(60)],
    )
    seen, _ = await followed(monkeypatch, company(tld=many))
    assert seen.answer.questions <= descent.QUESTIONS and len(seen.answer.servers) <= 20


async def test_glue_is_told_but_not_followed_where_the_vantage_may_not_go(monkeypatch) -> None:
    seen, running = await followed(
        monkeypatch, company(), may_follow=lambda address: address not in (OWN, SECOND, ELSEWHERE)
    )
    assert running[OWN].asked == running[SECOND].asked == running[ELSEWHERE].asked == []
    assert NameServer(f"ns1.{ZONE}", OWN, "parent", glue=True) in seen.answer.servers
    assert seen.answer.said == "delegated" and not seen.answer.whole
    assert any("may not lead" in step for step in seen.answer.steps)


async def test_glue_for_a_name_that_is_not_the_parents_to_know_is_not_taken(monkeypatch) -> None:
    def poisonous(query, tcp):
        out = answer(query, authority=[(f"{ZONE}.", "NS", "ns.victim.com.")])
        out.additional.append(dns.rrset.from_text("ns.victim.com.", 300, "IN", "A", SECOND))
        yield out.to_wire()

    seen, running = await followed(monkeypatch, company(tld=poisonous))
    assert running[SECOND].asked == []
    assert [(each.name, each.address) for each in seen.answer.servers] == [("ns.victim.com", None)]


async def test_hostile_names_are_escaped_and_no_dot_in_a_label_ends_it(monkeypatch) -> None:
    def hostile(query, tcp):
        out = dns.message.make_response(query)
        out.authority.append(dns.rrset.from_text(f"{ZONE}.", 1, "IN", "NS", "n\\027[2Js\\.<b>\\.net.", "x\\.net."))
        yield out.to_wire()

    seen, _ = await followed(monkeypatch, company(tld=hostile), seconds=2.0)
    names = [each.name for each in seen.answer.servers]
    assert names == ["n\\027[2js\\.<b>\\.net", "x\\.net"]


async def test_each_question_waits_for_its_turn(monkeypatch) -> None:
    from contextlib import asynccontextmanager

    turns = []

    @asynccontextmanager
    async def turn(address, port):
        turns.append(address)
        yield

    seen, running = await followed(monkeypatch, company(), turn=turn)
    assert len(turns) == seen.answer.questions == sum(len(server.asked) for server in running.values())


async def test_a_turn_that_does_not_come_is_no_time_left(monkeypatch) -> None:
    import asyncio
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def never(address, port):
        await asyncio.sleep(60)
        yield

    seen, _ = await followed(monkeypatch, company(), turn=never, seconds=0.5)
    assert seen.outcome is Outcome.DNS_TIMEOUT and seen.answer.said == "no time left"


async def test_over_ipv6(monkeypatch) -> None:
    servers = {
        "::1": authority({"": [("net", "NS", "a.tld.net."), ("a.tld.net", "A", TLD)]}),
        TLD: authority({"net": NET_ZONE, "org": ORG_ZONE}),
        OWN: authority({ZONE: OWN_ZONE}),
    }
    seen, _ = await followed(monkeypatch, servers, roots=("[::1]",))
    assert seen.answer.said == "delegated" and seen.answer.steps[0].startswith(". at ::1")
