"""The laws, over scenes that nobody thought of: whatever is put together, nothing is closed by default."""

import itertools
from dataclasses import replace
from typing import Any

import judge_builder as build
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge_builder import (
    GATEWAY_400,
    GATEWAY_403,
    GATEWAY_404,
    HEALTHY,
    INSIDE_404,
    NGINX,
    OTHER,
    SECRET,
    SPA,
    Alert,
    Answered,
    Dns,
    NameScene,
    Page,
    PortScene,
    Scene,
    each_lost,
)

from auditor.judge import judge
from auditor.model import (
    DECISIVE,
    REASONS,
    DnsExpectation,
    Judgement,
    Observation,
    Outcome,
    Plan,
    Role,
    Seen,
    Side,
    Skip,
    SkipReason,
    TcpAnswer,
    Verdict,
)

FAULTS = [Outcome.TIMED_OUT, Outcome.RESET, Outcome.PROBER_ERROR, Outcome.PROXY_FAILED, Outcome.TLS_FAILED]
LOST: list[Answered] = [*FAULTS, *SkipReason, None]
PAGES: list[Answered] = [
    SECRET, SPA, OTHER, HEALTHY, INSIDE_404, GATEWAY_400, GATEWAY_403, GATEWAY_404, replace(SECRET, cached=True),
    Page(200, ""), Page(429), Page(401, '{"detail":"no"}'), Page(302, "", NGINX, "/login"), Page(502, "bad"),
    Page(301, "", NGINX, "https://api.example.com{path}/"), Alert(112), Alert(116), Page(304),
    Page(103), Page(700),
]  # fmt: skip
anything = st.one_of(st.sampled_from(PAGES), st.sampled_from(LOST))
mostly_good = st.one_of(st.just(HEALTHY), anything)
three = st.tuples(anything, anything, anything) | anything.map(lambda one: (one, one, one))
scenes = st.builds(
    Scene,
    target=anything,
    siblings=three,
    entrance=st.tuples(mostly_good, mostly_good) | st.just((HEALTHY, HEALTHY)),
    gateway=three,
    truth=st.just((SECRET, SECRET)) | st.tuples(anything, anything),
    truth_siblings=st.just((INSIDE_404, INSIDE_404)) | st.tuples(anything, anything),
    sight=st.just((HEALTHY, HEALTHY)) | st.just(()) | st.tuples(mostly_good, mostly_good),
    inside_sight=st.just(()) | st.tuples(mostly_good, mostly_good),
    replays=st.lists(anything, max_size=2).map(tuple),
    follow=st.lists(anything, max_size=2).map(tuple),
    host=st.sampled_from((None, None, "config.internal.example.net")),
    variants=st.lists(st.tuples(st.sampled_from(("v", "w")), anything, anything), max_size=1).map(tuple),
    truth_variant=anything,
)


def sound(judged: Judgement) -> None:
    assert judged.reason in REASONS[judged.verdict]
    assert (judged.confidence is not None) == (judged.verdict in DECISIVE)
    assert judged.note
    assert judged.ratio is None or 1 <= judged.ratio[0] <= judged.ratio[1]


@settings(max_examples=250, deadline=None)
@given(scenes, st.randoms(use_true_random=False))
def test_any_scene_is_judged_and_order_does_not_matter(scene: Scene, chance: Any) -> None:
    room = scene.room()
    plan, shuffled = room.plan(scene.claim), list(room.seen)
    chance.shuffle(shuffled)
    verdicts = judge(plan, room.seen)
    assert verdicts == judge(plan, shuffled) == judge(plan, [*shuffled, *shuffled])
    sound(verdicts.judgements[0])
    sound(judge(plan, room.seen, provisional=True).judgements[0])


@settings(max_examples=120, deadline=None)
@given(scenes, st.sampled_from([Outcome.PROBER_ERROR, Outcome.PROXY_FAILED, SkipReason.DEADLINE, None]))
def test_losing_anything_never_closes(scene: Scene, lost: Answered) -> None:
    room = scene.room()
    plan = room.plan(scene.claim)
    if judge(plan, room.seen).judgements[0].verdict is Verdict.CLOSED:
        return
    for fewer in each_lost(room, lost):
        assert judge(plan, fewer).judgements[0].verdict is not Verdict.CLOSED


def without(room: build.Room, *roles: Role) -> tuple[Plan, list[Seen]]:
    kept = tuple(probe for probe in room.probes if probe.role not in roles)
    ids = {probe.id for probe in kept}
    return replace(room.plan(), probes=kept), [each for each in room.seen if each.probe in ids]


@settings(max_examples=120, deadline=None)
@given(
    scenes,
    st.sampled_from(
        [(Role.ENTRANCE,), (Role.SIGHT,), (Role.SIBLING,), (Role.TRUTH,), (Role.TRUTH, Role.ENTRANCE)]
    ),
)
def test_nothing_is_closed_without_both_controls(scene: Scene, roles: tuple[Role, ...]) -> None:
    plan, seen = without(scene.room(), *roles)
    assert judge(replace(plan, claims=(scene.claim,)), seen).judgements[0].verdict is not Verdict.CLOSED


def test_a_claim_nobody_looked_at_is_never_closed() -> None:
    for scene in (Scene(), NameScene(), PortScene()):
        plan, seen = without(scene.room(), Role.TARGET)
        judged = judge(replace(plan, claims=(scene.claim,)), seen).judgements[0]
        assert f"{judged.verdict} {judged.reason}" == "untested not_run"


dns = st.one_of(
    st.sampled_from([build.ANSWER, build.NXDOMAIN, build.NODATA, build.PRIVATE, build.PUBLIC, Dns()]),
    st.sampled_from([Outcome.SERVFAIL, Outcome.DNS_REFUSED, Outcome.DNS_TIMEOUT, Outcome.DNS_RCODE]),
    st.sampled_from(LOST),
)
pairs = st.tuples(dns, dns)
names = st.builds(
    NameScene,
    a=dns,
    aaaa=dns,
    expect=st.sampled_from(DnsExpectation),
    entrance=pairs,
    hijack=st.just((build.NXDOMAIN,) * 2) | pairs,
    siblings=st.just((build.NXDOMAIN,) * 2) | pairs,
    truth=st.just((build.PRIVATE, build.NODATA)) | pairs,
    replays=st.lists(pairs, max_size=2).map(tuple),
)
tcp = st.sampled_from([Outcome.ANSWERED, Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.PROHIBITED, *LOST])
ports = st.builds(
    PortScene,
    target=tcp,
    siblings=st.tuples(tcp, tcp, tcp),
    entrance=st.tuples(mostly_good, mostly_good),
    truth=st.just((Outcome.ANSWERED,) * 2) | st.tuples(tcp, tcp),
    replays=st.lists(tcp, max_size=2).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(names, ports),
    st.sampled_from([Outcome.PROBER_ERROR, Outcome.PROXY_FAILED, SkipReason.DEADLINE, None]),
)
def test_names_and_ports_keep_the_laws(scene: NameScene | PortScene, lost: Answered) -> None:
    room = scene.room()
    plan = room.plan(scene.claim)
    before = judge(plan, room.seen)
    sound(before.judgements[0])
    assert before == judge(plan, room.seen[::-1])
    if before.judgements[0].verdict is not Verdict.CLOSED:
        for fewer in each_lost(room, lost):
            assert judge(plan, fewer).judgements[0].verdict is not Verdict.CLOSED


@pytest.mark.parametrize("scene", [Scene(), NameScene(), PortScene(), Scene(follow=(SECRET,))])
def test_answers_of_the_wrong_kind_are_nothing(scene: Scene | NameScene | PortScene) -> None:
    """Well typed, and nonsense: an answer of another kind, a plan that follows itself, probes nobody planned."""
    room = scene.room()
    plan = room.plan(scene.claim)
    answers = [each.answer for each in room.seen if not isinstance(each, Skip)]
    for answer in (None, *answers[:2], TcpAnswer(), build.VERIFIED):
        seen = [replace(each, answer=answer) if isinstance(each, Observation) else each for each in room.seen]
        assert judge(plan, seen).judgements[0].verdict in Verdict
    looped = replace(plan, probes=tuple(replace(probe, follows=probe.id) for probe in plan.probes))
    assert judge(looped, room.seen).judgements[0].verdict is Verdict.UNTESTED
    ring = itertools.cycle(probe.id for probe in plan.probes[1:])
    next(ring)
    tangled = replace(plan, probes=tuple(
        replace(probe, follows=next(ring)) if probe.role is Role.TARGET else probe for probe in plan.probes
    ))  # fmt: skip
    assert judge(tangled, room.seen).judgements[0].verdict is not Verdict.CLOSED
    assert judge(replace(plan, probes=()), room.seen).judgements[0].verdict is Verdict.UNTESTED
    assert judge(Plan((), plan.claims, plan.probes), room.seen).judgements[0].verdict is Verdict.UNTESTED


def test_the_first_inside_vantage_that_could_see_is_believed() -> None:
    room = Scene(truth=(Outcome.TIMED_OUT,) * 2).room()
    other = Scene().room()
    inside = [probe for probe in other.probes if probe.vantage == "vpc"]
    room.probes += [replace(probe, id=f"o{probe.id}", vantage="office") for probe in inside]
    ids = {probe.id for probe in inside}
    room.seen += [
        replace(each, probe=f"o{each.probe}", vantage="office") for each in other.seen if each.probe in ids
    ]
    vantages = (*build.VANTAGES, ("office", Side.INSIDE))
    judged = judge(room.plan(Scene().claim, vantages=vantages), room.seen).judgements[0]
    assert judged.verdict is Verdict.CLOSED
    assert judged.truth is not None and judged.truth.startswith("o")


def test_every_outside_vantage_must_find_it_closed() -> None:
    room, other = Scene().room(), Scene(target=SECRET).room()
    looking = [probe for probe in other.probes if probe.vantage == "internet"]
    room.probes += [
        replace(probe, id=f"o{probe.id}", vantage="mobile", group=probe.group.replace("internet", "mobile"),
                lane=probe.lane.replace("internet", "mobile"))
        for probe in looking
    ]  # fmt: skip
    ids = {probe.id for probe in looking}
    room.seen += [
        replace(each, probe=f"o{each.probe}", vantage="mobile") for each in other.seen if each.probe in ids
    ]
    vantages = (*build.VANTAGES, ("mobile", Side.OUTSIDE))
    judged = judge(room.plan(Scene().claim, vantages=vantages), room.seen).judgements[0]
    assert (judged.verdict, judged.vantage) == (Verdict.EXPOSED, "mobile")
