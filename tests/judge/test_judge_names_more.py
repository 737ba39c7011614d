"""Names beyond their addresses: other records, other ways to ask, wildcards by content, resolvers that rewrite."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_builder import AT, HEALTHY, Room

from auditor.judge import judge
from auditor.model import (
    REASONS,
    Aspect,
    Claim,
    Confidence,
    DnsAnswer,
    DnsExpectation,
    DnsQuestion,
    DnsRecord,
    Judgement,
    Observation,
    Outcome,
    Role,
    Verdict,
)

_O, _E, _C = Outcome, DnsExpectation, Confidence
NAME, ZONE = "shop.example.net", "example.net"


@dataclass(frozen=True)
class Said:
    """One answer: records as (owner or "" for the name asked, type, data)."""

    outcome: Outcome = _O.ANSWERED
    records: tuple[tuple[str, str, str], ...] = ()
    authority: tuple[tuple[str, str, str], ...] = ()
    additional: tuple[tuple[str, str, str], ...] = ()
    rcode: str | None = None
    flags: tuple[str, ...] = ("QR", "AA")

    def answer(self, question: DnsQuestion) -> DnsAnswer:
        def made(records: Sequence[tuple[str, str, str]]) -> tuple[DnsRecord, ...]:
            return tuple(DnsRecord(owner or question.name, kind, 60, data) for owner, kind, data in records)

        rcode = self.rcode or {_O.NXDOMAIN: "NXDOMAIN", _O.SERVFAIL: "SERVFAIL"}.get(self.outcome, "NOERROR")
        return DnsAnswer(
            rcode, self.flags, question.resolver, "udp", made(self.records), made(self.authority),
            additional=made(self.additional),
        )  # fmt: skip


GONE, NOTHING = Said(_O.NXDOMAIN), Said(_O.NODATA)
GLOBAL = Said(records=(("", "A", "45.76.10.10"),))


@dataclass(frozen=True)
class Asked:
    """One look at the name: what, how and what came of it."""

    rrtype: str
    said: Said | Outcome
    name: str = NAME
    variant: str = "baseline"


@dataclass(frozen=True)
class Scene:
    """A public name at a resolver, or at a server of its zone. The default is sound."""

    asked: tuple[Asked, ...] = (Asked("A", GLOBAL), Asked("AAAA", NOTHING), Asked("HTTPS", NOTHING))
    expect: DnsExpectation = _E.PUBLIC
    authoritative: bool = False
    entrance: Said | Outcome = Said(records=(("", "SOA", "ns1.example.net hostmaster.example.net 1 2 3 4 5"),))
    near: Said | Outcome = GONE  # a random name beside the public one
    top: Said | Outcome = GONE  # a random name of no zone at all
    labels: Said | Outcome = GONE
    inside: tuple[Asked, ...] = (Asked("A", GLOBAL),)
    names: tuple[str, ...] = ("config.internal.example.net",)  # internal ones, elsewhere
    replays: int = 0
    more: tuple[Claim, ...] = field(default=())

    @property
    def claim(self) -> Claim:
        return Claim(
            "zone|claim", "zone:example.net", Aspect.NAME, NAME, "public-dns", "9.9.9.9", "truth", self.expect,
            zone=ZONE, authoritative=self.authoritative,
        )  # fmt: skip

    def room(self) -> Room:
        room = Room()
        room.sight("internet", HEALTHY, HEALTHY)
        for each in self.inside:
            put(room, Role.TRUTH, "truth", "in", 0, each.name, each.rrtype, each.said, vantage="vpc")
        for attempt in range(1, self.replays + 2):
            lane = f"dns|{attempt}"
            for step in (0, 2):
                known = ZONE if self.authoritative else "www.example.com"
                put(room, Role.ENTRANCE, "public-dns|9.9.9.9", lane, step, known, "SOA", self.entrance)
                if not self.authoritative:
                    for name, said in (
                        (f"k3v9qx0m2p7t{step}.example.com", self.near),
                        (f"zq81hm4c0d2y{step}", self.top),
                    ):
                        put(room, Role.GATEWAY, "public-dns|9.9.9.9", lane, step, name, "A", said)
                for kind in dict.fromkeys(each.rrtype for each in self.asked):
                    put(
                        room,
                        Role.SIBLING,
                        f"zone|{ZONE}",
                        lane,
                        step,
                        f"f7w2n6b5r1jk{step}.{ZONE}",
                        kind,
                        self.labels,
                    )
            for each in self.asked:
                put(room, Role.TARGET, "zone|claim", lane, 1, each.name, each.rrtype, each.said, each.variant)
        return room

    def judged(self) -> Judgement:
        room = self.room()
        others = tuple(
            Claim(f"n{place}", "config", Aspect.NAME, name, "public-dns", "1.1.1.1", None, _E.ABSENT)
            for place, name in enumerate(self.names)
        )
        return judge(room.plan(self.claim, *others, *self.more), room.seen, provisional=True).judgements[0]


def put(
    room: Room,
    role: Role,
    group: str,
    lane: str,
    step: int,
    name: str,
    rrtype: str,
    said: Said | Outcome,
    variant: str = "baseline",
    vantage: str = "internet",
) -> None:
    question = DnsQuestion(name, rrtype, "9.9.9.9")
    answered = said if isinstance(said, Outcome) else None
    number = room.ask(role, group, lane, step, question, answered, vantage=vantage, variant=variant)
    if isinstance(said, Said):
        room.seen.append(Observation(number, vantage, AT, 0.01, said.outcome, answer=said.answer(question)))


sound = Scene()


def told(scene: Scene) -> str:
    judged = scene.judged()
    return f"{judged.verdict} {judged.reason}"


def has(*records: tuple[str, str, str], **more: tuple[tuple[str, str, str], ...]) -> Said:
    return Said(records=records, **more)  # type: ignore[arg-type]


def with_(rrtype: str, said: Said | Outcome, name: str = NAME) -> Scene:
    """The sound scene with one more question, or another answer to one of its own."""
    kept = tuple(each for each in sound.asked if (each.rrtype, each.name) != (rrtype, name))
    return replace(sound, asked=(*kept, Asked(rrtype, said, name)))


PRIVATE_RECORDS = [
    ("hint", "HTTPS", has(("", "HTTPS", '1 . alpn="h2" ipv4hint="10.0.0.5"'))),
    ("hint of IPv6", "HTTPS", has(("", "HTTPS", '1 . ipv6hint="fd00::5"'))),
    ("NAT64", "AAAA", has(("", "AAAA", "64:ff9b::a00:5"))),
    ("6to4", "AAAA", has(("", "AAAA", "2002:a00:5::1"))),
    ("mapped", "AAAA", has(("", "AAAA", "::ffff:10.0.0.5"))),
    ("SPF", "TXT", has(("", "TXT", '"v=spf1 ip4:10.1.0.0/16 -all"'))),
    ("glue", "A", has(("", "A", "45.76.10.10"), additional=(("ns1.example.net", "A", "10.0.0.53"),))),
]


@pytest.mark.parametrize(
    ("rrtype", "said"), [case[1:] for case in PRIVATE_RECORDS], ids=[c[0] for c in PRIVATE_RECORDS]
)
def test_a_private_address_is_found_wherever_it_stands(rrtype: str, said: Said) -> None:
    judged = with_(rrtype, said).judged()
    assert judged.verdict is Verdict.RESOLVES
    assert judged.reason in ("private_address", "private_in_record")
    assert judged.info_leak


def test_what_is_meant_to_be_seen_is_closed_only_with_every_control() -> None:
    assert told(sound) == "closed only_public"
    assert told(replace(sound, inside=())) == "unproven control_missing"
    assert told(replace(sound, inside=(Asked("A", _O.SERVFAIL),))) == "unproven inside_control_failed"
    assert told(replace(sound, entrance=_O.DNS_TIMEOUT)) == "unproven outside_control_failed"
    assert told(replace(sound, top=_O.SERVFAIL)) == "unproven outside_control_failed"
    assert told(with_("A", _O.SERVFAIL)) == "untested servfail"
    assert told(with_("HTTPS", _O.DNS_TIMEOUT)) == "untested dns_timeout"
    assert told(replace(sound, asked=(Asked("A", GONE), Asked("AAAA", GONE)))) == "unproven stale_target"


def test_a_public_name_may_be_covered_by_a_wildcard() -> None:
    assert told(replace(sound, labels=GLOBAL)) == "closed only_public"


@pytest.mark.parametrize("record", [
    ("", "CNAME", "config.internal.example.net."),
    ("", "MX", "10 mail.corp.local."),
    ("", "NS", "config.internal.example.net."),
])  # fmt: skip
def test_an_internal_name_in_a_public_answer_is_disclosed(record: tuple[str, str, str]) -> None:
    rrtype = "A" if record[1] == "CNAME" else record[1]
    judged = with_(rrtype, has(record)).judged()
    assert (judged.verdict, judged.reason) == (Verdict.RESOLVES, "discloses_name")
    assert any(record[2].split()[-1].rstrip(".") in leak for leak in judged.info_leak)


@pytest.mark.parametrize(("owner", "sure"), [("org", _C.HIGH), ("example.org", _C.MEDIUM)])
@pytest.mark.parametrize("expect", [_E.PUBLIC, _E.ABSENT, _E.PRIVATE_ONLY, _E.DIFFERS_FROM_INSIDE])
def test_an_alias_to_nothing_dangles(expect: DnsExpectation, owner: str, sure: Confidence) -> None:
    nothing = Said(
        records=(("", "CNAME", "shop.gone-example.org"),),
        authority=((owner, "SOA", "a.b c.d 1 2 3 4 5"),),
        rcode="NXDOMAIN",
    )
    judged = replace(with_("A", nothing), expect=expect).judged()
    assert (judged.verdict, judged.reason, judged.confidence) == (Verdict.RESOLVES, "dangling", sure)


def test_what_a_record_points_to_counts() -> None:
    mail = has(("", "MX", "10 mail.example.net."))
    pointing = with_("MX", mail)
    assert told(pointing) == "closed only_public"
    private = replace(
        pointing, asked=(*pointing.asked, Asked("A", has(("", "A", "192.168.1.1")), "mail.example.net"))
    )
    assert told(private) == "resolves private_in_record"
    gone = replace(pointing, asked=(*pointing.asked, Asked("A", GONE, "mail.example.net")))
    assert told(gone) == "resolves dangling"
    silent = replace(pointing, asked=(*pointing.asked, Asked("A", _O.DNS_TIMEOUT, "mail.example.net")))
    assert told(silent) == "closed only_public"


# --- rewriting, and wildcards of the public zone ---------------------------------------------------------------


def test_a_resolver_that_answers_for_no_zone_at_all_is_not_believed() -> None:
    assert told(replace(sound, top=GLOBAL)) == "untested hijack"
    clean = replace(sound, expect=_E.ABSENT, asked=(Asked("A", GONE), Asked("AAAA", GONE)), top=GLOBAL)
    assert told(clean) == "untested hijack"


def test_a_wildcard_beside_the_public_name_is_not_rewriting() -> None:
    absent = replace(sound, expect=_E.ABSENT, asked=(Asked("A", GONE), Asked("AAAA", GONE)), near=GLOBAL)
    assert told(absent) == "closed nxdomain"
    assert told(replace(absent, labels=GLOBAL)) == "untested hijack"  # two zones with one answer


def test_asked_of_the_zone_itself_nobody_rewrites() -> None:
    absent = replace(
        sound, expect=_E.ABSENT, asked=(Asked("A", GONE), Asked("AAAA", GONE)), authoritative=True,
        near=GLOBAL, top=GLOBAL,
    )  # fmt: skip
    assert told(absent) == "closed nxdomain"
    lame = Said(records=sound.entrance.records if isinstance(sound.entrance, Said) else (), flags=("QR",))
    assert told(replace(absent, entrance=lame)) == "unproven outside_control_failed"
    assert told(replace(absent, entrance=_O.DNS_REFUSED)) == "unproven outside_control_failed"


# --- other ways to ask -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["tcp", "ecs"])
def test_a_name_shown_only_when_asked_otherwise_is_another_view(variant: str) -> None:
    shown = Asked("A", has(("", "A", "10.0.0.5")), variant=variant)
    scene = replace(
        sound, expect=_E.ABSENT, authoritative=True, asked=(Asked("A", GONE), Asked("AAAA", GONE), shown)
    )
    judged = scene.judged()
    assert (judged.verdict, judged.reason, judged.variant) == (Verdict.RESOLVES, "view_differs", variant)
    both = replace(scene, asked=(Asked("A", has(("", "A", "10.0.0.5"))), shown))
    assert told(both) == "resolves private_address"


# --- no error gives a pass -------------------------------------------------------------------------------------

_SAID = st.sampled_from(
    [GONE, NOTHING, GLOBAL, has(("", "A", "10.0.0.5")), has(("", "CNAME", "elsewhere.example.org")), _O.SERVFAIL,
     _O.DNS_REFUSED, _O.DNS_TIMEOUT, _O.DNS_INVALID, _O.DNS_RCODE, _O.UNREACHABLE, _O.PROBER_ERROR]
)  # fmt: skip
_ERRORS = st.sampled_from([o for o in _O if o not in (_O.ANSWERED, _O.NXDOMAIN, _O.NODATA)])


@given(
    st.sampled_from(list(_E)), st.booleans(), _ERRORS, st.lists(_SAID, min_size=4, max_size=4), st.integers(0, 2)
)  # fmt: skip
def test_no_error_input_is_ever_closed(
    expect: DnsExpectation, authoritative: bool, error: Outcome, said: list[Said | Outcome], place: int
) -> None:
    asked = [Asked("A", said[0]), Asked("AAAA", said[1]), Asked("HTTPS", said[2])]
    asked[place] = replace(asked[place], said=error)
    scene = Scene(asked=tuple(asked), expect=expect, authoritative=authoritative, labels=said[3])
    assert scene.judged().verdict is not Verdict.CLOSED
    blind = Scene(expect=expect, authoritative=authoritative, asked=tuple(asked), entrance=error)
    assert blind.judged().verdict is not Verdict.CLOSED


@given(st.text(max_size=60), st.sampled_from(["TXT", "HTTPS", "MX", "SRV", "CNAME", "NAPTR", "SVCB", "A"]))
def test_no_record_makes_the_judge_raise(data: str, rrtype: str) -> None:
    for expect in _E:
        judged = replace(with_(rrtype, has(("", rrtype, data))), expect=expect).judged()
        assert judged.reason in REASONS[judged.verdict]
        assert len(judged.info_leak) <= 20
