"""What verdicts say of each other: a wildcard's name by its content, an answer that outlives its record."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_builder import NODATA, NXDOMAIN, PUBLIC, Answered, Dns, NameScene

from auditor.judge import judge
from auditor.judge.book import Book
from auditor.judge.together import together
from auditor.model import (
    Aspect,
    Claim,
    Confidence,
    DnsExpectation,
    Judgement,
    Outcome,
    Reason,
    SkipReason,
    Verdict,
)

_O, _V, _R = Outcome, Verdict, Reason
DIFFERS = DnsExpectation.DIFFERS_FROM_INSIDE

#: A name that a wildcard answers like every other.
wild = NameScene(a=PUBLIC, aaaa=NXDOMAIN, siblings=(PUBLIC, PUBLIC))
LEADS_TO = PUBLIC.records[0][1]
CLOSED = (_V.CLOSED, _R.GATEWAY_404)


def host(
    scene: NameScene, verdict: Verdict, reason: Reason, address: str | None = LEADS_TO, **more: object
) -> Judgement:
    claim = Claim("host", "config", Aspect.HOST, scene.name, "api", address, None, **more)  # type: ignore[arg-type]
    return Judgement(claim, verdict, reason, Confidence.HIGH, "internet", observation="seen")


def seen_together(scene: NameScene, *others: Judgement) -> Judgement:
    room = scene.room()
    plan = room.plan(scene.claim)
    name = judge(plan, room.seen).judgements[0]
    return next(together(Book(plan, room.seen), (name, *others)))


def told(scene: NameScene, *others: Judgement) -> str:
    judged = seen_together(scene, *others)
    return f"{judged.verdict} {judged.reason}"


def thrice(scene: NameScene) -> NameScene:
    return replace(scene, replays=((scene.a, scene.aaaa), (scene.a, scene.aaaa)))


@pytest.mark.parametrize("scene", [wild, thrice(wild), replace(wild, expect=DIFFERS)])
def test_a_name_under_a_wildcard_is_what_it_leads_to(scene: NameScene) -> None:
    assert told(scene) == "unproven wildcard"
    assert told(scene, host(scene, *CLOSED)) == "closed wildcard_closed"
    assert told(scene, host(scene, _V.EXPOSED, _R.HOST_EXPOSED)) == "resolves wildcard"
    assert told(scene, host(scene, _V.SUSPECTED, _R.UNEXPLAINED_2XX)) == "resolves wildcard"
    for verdict, reason in (
        (_V.UNPROVEN, _R.CONTROL_MISSING),
        (_V.UNTESTED, _R.BLIND),
        (_V.ROUTED, _R.EMPTY_BODY),
    ):
        assert told(scene, host(scene, verdict, reason)) == "unproven wildcard"


def test_every_address_of_the_wildcard_has_to_be_one_that_was_tried() -> None:
    two = Dns((*PUBLIC.records, ("A", "45.76.10.11")))
    scene = replace(wild, a=two, siblings=(two, two))
    assert told(scene, host(scene, *CLOSED)) == "unproven wildcard"
    assert (
        told(scene, host(scene, *CLOSED), host(scene, *CLOSED, address="45.76.10.11")) == "closed wildcard_closed"
    )
    assert told(wild, host(wild, *CLOSED, address="45.76.10.99")) == "unproven wildcard"
    assert told(wild, host(wild, *CLOSED, address=None)) == "unproven wildcard"


def test_the_worse_of_two_gateways_at_one_address_counts_and_ways_around_do_not() -> None:
    leaks = host(wild, _V.EXPOSED, _R.HOST_EXPOSED)
    assert told(wild, host(wild, *CLOSED), leaks) == told(wild, leaks, host(wild, *CLOSED)) == "resolves wildcard"
    assert told(wild, host(wild, *CLOSED, around="api")) == "unproven wildcard"


#: The controls of the name itself, each lost in some way.
BROKEN: list[dict[str, object]] = [
    *({"entrance": (lost, PUBLIC)} for lost in (_O.DNS_TIMEOUT, _O.SERVFAIL, NXDOMAIN, SkipReason.DEADLINE)),
    *({"entrance": (PUBLIC, lost)} for lost in (_O.DNS_TIMEOUT, NXDOMAIN, None)),
    {"entrance": (), "hijack": ()},
    *({"hijack": (lost, NXDOMAIN)} for lost in (_O.DNS_TIMEOUT, _O.SERVFAIL, None)),
    *({"truth": (lost, lost)} for lost in (_O.SERVFAIL, NXDOMAIN, _O.DNS_TIMEOUT, None)),
    {"truth": ()},
    {"sight": ()},
    *({"sight": (lost, lost)} for lost in (_O.TIMED_OUT, _O.PROXY_FAILED)),
]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_without_the_controls_of_the_name_its_content_closes_nothing(broken: dict[str, object]) -> None:
    scene = replace(wild, **broken)  # type: ignore[arg-type]
    assert seen_together(scene, host(scene, *CLOSED)).verdict is not _V.CLOSED


@pytest.mark.parametrize("lost", [_O.SERVFAIL, _O.DNS_TIMEOUT, _O.PROBER_ERROR, SkipReason.DEADLINE, None])
def test_every_sighting_has_to_have_met_the_wildcard(lost: Answered) -> None:
    for place in range(2):
        replays = [(wild.a, wild.aaaa), (wild.a, wild.aaaa)]
        replays[place] = (lost, lost)
        scene = replace(wild, replays=tuple(replays))
        assert seen_together(scene, host(scene, *CLOSED)).verdict is not _V.CLOSED


_SAID = st.sampled_from([PUBLIC, NODATA, NXDOMAIN, _O.SERVFAIL, _O.DNS_TIMEOUT, SkipReason.DEADLINE, None])
_PAIR = st.tuples(_SAID, _SAID)
_ERROR = st.sampled_from([_O.SERVFAIL, _O.DNS_TIMEOUT, _O.PROBER_ERROR, SkipReason.DEADLINE, None])


@given(_PAIR, _PAIR, _ERROR, st.booleans())
def test_no_lost_control_is_made_good_by_content(
    a: tuple[Answered, Answered], siblings: tuple[Answered, Answered], error: Answered, inside: bool
) -> None:
    scene = NameScene(a=a[0], aaaa=a[1], siblings=siblings)
    scene = replace(scene, truth=(error, error)) if inside else replace(scene, entrance=(error, PUBLIC))
    assert seen_together(scene, host(scene, *CLOSED)).verdict is not _V.CLOSED


# --- answers that outlive their record ---------------------------------------------------------------------------


def server(scene: NameScene, verdict: Verdict, reason: Reason, address: str = "45.76.0.1") -> Judgement:
    claim = replace(scene.claim, key=f"at {address}", address=address, authoritative=True)
    return Judgement(claim, verdict, reason, Confidence.HIGH, "internet", observation="seen")


def test_what_every_server_of_the_zone_denies_is_stale_at_a_resolver() -> None:
    there = NameScene(a=PUBLIC, aaaa=NODATA)
    gone = server(there, _V.CLOSED, _R.NXDOMAIN)
    assert told(there) == "resolves answers"
    assert (
        told(there, gone)
        == told(there, gone, server(there, _V.CLOSED, _R.NXDOMAIN, "45.76.0.2"))
        == "resolves stale_answer"
    )
    others = (
        (_V.RESOLVES, _R.ANSWERS),
        (_V.UNTESTED, _R.DNS_TIMEOUT),
        (_V.UNPROVEN, _R.CONTROL_MISSING),
        (_V.CLOSED, _R.NO_ADDRESS),
    )
    for verdict, reason in others:
        assert told(there, gone, server(there, verdict, reason, "45.76.0.2")) == "resolves answers"


def test_a_servers_own_answer_is_never_stale_and_a_denial_stays_one() -> None:
    there, denied = NameScene(a=PUBLIC, aaaa=NODATA), NameScene()
    assert told(denied, server(denied, _V.CLOSED, _R.NXDOMAIN)) == "closed nxdomain"
    room = there.room()
    leaking = server(there, _V.RESOLVES, _R.ANSWERS)
    others = (leaking, server(there, _V.CLOSED, _R.NXDOMAIN, "45.76.0.2"))
    found = tuple(together(Book(room.plan(there.claim), room.seen), others))
    assert [each.reason for each in found] == [_R.ANSWERS, _R.NXDOMAIN]
