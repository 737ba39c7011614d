"""What a log and a canary make of answers that look the same from outside; nothing missing makes a pass."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import judge_builder as build
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge_builder import GATEWAY_403, GATEWAY_404, JSON, SECRET, Answered, Page, Room, Scene, each_lost
from test_judge_laws import scenes

from auditor.judge import Facts, decide, judge
from auditor.model import (
    Claim,
    HttpAnswer,
    HttpQuestion,
    Judgement,
    LogAnswer,
    LogFile,
    LogQuestion,
    Observation,
    Outcome,
    Probe,
    Role,
    SkipReason,
    Verdict,
    Witness,
)

#: Gateway and service say 404 with one page.
SAME_404 = Scene(truth_siblings=(GATEWAY_404, GATEWAY_404)).thrice()
SAME_403 = replace(SAME_404, target=GATEWAY_403, truth_siblings=(GATEWAY_403,) * 2, gateway=(GATEWAY_403,) * 3)
SAME_403 = replace(SAME_403.all(GATEWAY_403), replays=(GATEWAY_403,) * 2)

#: What a log that is whole, live and not filtered shows where nothing else arrived.
MUST = frozenset({Role.WITNESS, Role.TRUTH, Role.TRUTH_SIBLING, Role.ENTRANCE})

Shows = Callable[[Probe], bool]


def must(probe: Probe) -> bool:
    return probe.role in MUST


def with_log(
    room: Room,
    shows: Shows = must,
    *,
    status: int = 404,
    whole: bool = True,
    looked_for: Shows = lambda probe: True,
    became: Answered | LogAnswer = Outcome.ANSWERED,
) -> Room:
    """The same with a log; `became`: the reading, or what kept it from being one."""
    straight = HttpQuestion("http", "config.internal.example.net", 8080, "/internal/v1/config")
    last = room.ask(Role.WITNESS, "witness|config", "log", 0, straight, SECRET, vantage="vpc")
    asked = [probe for probe in room.probes if isinstance(probe.question, HttpQuestion)]
    ids = tuple(probe.id for probe in asked if looked_for(probe))
    question = LogQuestion("read", (LogFile("a.log"),), ("config",), ids=ids, awaited=(last,))
    if became is not Outcome.ANSWERED:
        room.ask(Role.LOG, "log|0", "log", 1, question, became, vantage="vpc")  # type: ignore[arg-type]
        return room
    number = room.ask(Role.LOG, "log|0", "log", 1, question, None, vantage="vpc")
    seen = tuple((probe.id, status) for probe in asked if shows(probe) and probe.id in ids)
    answer = LogAnswer(seen=seen, whole=whole)
    room.seen.append(Observation(number, "vpc", build.AT, 0.01, Outcome.ANSWERED, answer=answer))
    return room


def judged(room: Room, claim: Claim) -> Judgement:
    return judge(room.plan(claim), room.seen).judgements[0]


def told(scene: Scene, *args: Any, **more: Any) -> str:
    found = judged(with_log(scene.room(), *args, **more), scene.claim)
    return f"{found.verdict} {found.reason}"


def test_without_a_log_one_page_of_both_is_nobodys() -> None:
    assert f"{SAME_404.judged().verdict} {SAME_404.judged().reason}" == "unproven origin_unknown"


def test_a_log_that_lacks_it_closes_and_one_that_shows_it_does_not() -> None:
    assert told(SAME_404) == "closed not_in_log"
    assert told(SAME_403) == "closed not_in_log"
    arrived = {
        200: "exposed canary",
        401: "guarded upstream_auth",
        404: "routed upstream_log",
        0: "routed upstream_log",
    }
    for status, expected in arrived.items():
        # Siblings with the same answer: what was served was not the target.
        unlike = replace(SAME_404, target=GATEWAY_403, replays=(GATEWAY_403,) * 2)
        assert told(unlike, lambda p: must(p) or p.role is Role.TARGET, status=status) == expected
    assert told(SAME_404, lambda p: must(p) or p.role is Role.TARGET, status=200) == "routed upstream_log"


def test_one_sighting_that_arrived_is_enough_whatever_the_others_say() -> None:
    def once(probe: Probe) -> bool:
        return must(probe) or (probe.role is Role.TARGET and probe.attempt == 2)

    found = judged(with_log(SAME_404.room(), once), SAME_404.claim)
    assert (found.verdict, found.confidence, found.ratio) == (Verdict.ROUTED, "certain", (1, 3))
    single = Scene()
    assert single.judged().verdict is Verdict.CLOSED
    assert told(single, lambda p: must(p) or p.role is Role.TARGET) == "routed upstream_log"


def test_that_the_service_was_reached_is_certain_where_its_log_shows_it() -> None:
    """And stands after one sighting, for who plans the replays has not read the log."""
    reached = Facts(baseline=False, outside=404, origin="U")
    for arrived, confidence, stands in ((False, "medium", False), (True, "certain", True)):
        ruling = decide(replace(reached, arrived=arrived))
        assert (ruling.reason, ruling.confidence, ruling.stands) == ("upstream_404", confidence, stands)
    assert decide(replace(reached, origin="G", arrived=True)).confidence == "high"


@pytest.mark.parametrize(
    "more",
    [
        {"whole": False},
        {"became": Outcome.UNREADABLE},
        *({"shows": lambda p, role=role: must(p) and p.role is not role} for role in MUST),
        {"shows": lambda p: must(p) and not (p.role is Role.ENTRANCE and p.step == 4)},
        {"shows": lambda p: must(p) and not (p.role is Role.TRUTH and p.step == 2)},
        {"shows": lambda p: p.role not in (Role.TARGET, Role.GATEWAY)},  # the same page, and its siblings arrived
        {"looked_for": lambda p: p.role is not Role.TARGET},
        {"looked_for": lambda p: p.role is not Role.SIBLING},
    ],
)
def test_a_log_that_does_not_show_all_it_must_closes_nothing(more: dict[str, Any]) -> None:
    assert told(SAME_404, **more) == "unproven origin_unknown"


@pytest.mark.parametrize("became", [SkipReason.DEADLINE, SkipReason.OUT_OF_SCOPE, Outcome.PROBER_ERROR, None])
def test_a_log_that_was_lost_might_have_shown_it(became: Answered) -> None:
    assert told(Scene()) == "closed not_in_log"
    assert told(Scene(), became=Outcome.UNREADABLE) == "closed gateway_404"
    assert told(Scene(), became=became) == "unproven control_missing"
    assert told(Scene(target=SECRET), became=became) == "exposed same_as_inside"


def test_what_was_served_stays_exposed_though_the_log_lacks_it() -> None:
    """There are caches that do not say so."""
    assert told(Scene(target=SECRET)) == "exposed same_as_inside"


def test_the_note_says_why_a_log_proves_nothing() -> None:
    found = judged(with_log(SAME_404.room(), whole=False), SAME_404.claim)
    assert found.witness == (Witness.LOG_PARTIAL,)
    assert found.note.endswith("So it proves nothing.")


@pytest.mark.parametrize("status", [404, 500, 200])
def test_a_variant_that_is_read_as_nonsense_makes_no_alarm(status: int) -> None:
    """Mounted under a public prefix it arrives, and gets what everything gets there that is not."""
    nothing = Page(404, '{"detail": "Not Found"}', JSON) if status == 404 else SECRET
    scene = Scene(variants=(("v", nothing, nothing),), truth_variant=Page(404, '{"detail": "Not Found"}', JSON))
    plain = judged(scene.room(), scene.claim)
    with_it = with_log(scene.room(), lambda p: must(p) or p.variant == "v", status=status)
    assert judged(with_it, scene.claim).verdict is plain.verdict


def test_a_host_that_every_name_gets_is_left_to_the_path() -> None:
    """The path is public: whatever the Host, the service says the same."""
    public = Page(200, "<p>welcome to all of you, and to everybody else who came along today</p>")
    scene = Scene(target=public, siblings=(public,) * 3, host="config.internal.example.net").thrice()
    assert told(scene, lambda p: p.role is not Role.GATEWAY, status=200).startswith("closed catch_all")


reads = st.builds(
    lambda roles, status, whole, became: {
        "shows": lambda p: must(p) or p.role in roles, "status": status, "whole": whole, "became": became
    },
    st.frozensets(st.sampled_from((Role.TARGET, Role.SIBLING, Role.GATEWAY))),
    st.sampled_from((0, 200, 403, 404, 502)),
    st.booleans(),
    st.sampled_from((Outcome.ANSWERED,) * 5 + (Outcome.UNREADABLE, SkipReason.DEADLINE, None)),
)  # fmt: skip
alike = st.sampled_from(
    (Scene(), SAME_404, SAME_403, replace(SAME_404, replays=()), replace(SAME_404, target=GATEWAY_403))
)


@settings(max_examples=120, deadline=None)
@given(alike | scenes, reads, st.sampled_from([Outcome.PROBER_ERROR, SkipReason.DEADLINE, None]))
def test_losing_anything_never_closes_with_a_log_either(
    scene: Scene, read: dict[str, Any], lost: Answered
) -> None:
    room = with_log(scene.room(), **read)
    plan = room.plan(scene.claim)
    before = judge(plan, room.seen).judgements[0]
    assert before == judge(plan, room.seen[::-1]).judgements[0]
    for fewer in each_lost(room, lost):
        after = judge(plan, fewer).judgements[0]
        assert after.verdict is not Verdict.CLOSED or before.verdict is Verdict.CLOSED


@settings(max_examples=120, deadline=None)
@given(alike | scenes, reads)
def test_a_log_never_takes_an_accusation_back_that_something_was_served(
    scene: Scene, read: dict[str, Any]
) -> None:
    without = scene.judged()
    found = judged(with_log(scene.room(), **read), scene.claim)
    if without.verdict is Verdict.EXPOSED and without.reason in ("same_as_inside", "rewrite_all", "signature"):
        assert found.verdict is Verdict.EXPOSED


# --- canaries --------------------------------------------------------------------------------------------


def canaried(
    scene: Scene, *, inside: str = "canary", outside: str = "", host: str = "canary", bare: int = 200
) -> Room:
    """The same where the target is the canary's path; marks as the vantage sets them."""
    room = scene.room()
    straight = HttpQuestion("http", "config.internal.example.net", 8080, scene.path, canary="config")
    for question, page in (
        (replace(straight, host_header="x.invalid"), SECRET),
        (replace(straight, headers=(("X-Reach-Probe-Id", ""),), canary=None), Page(bare, "0" * 64)),
    ):
        room.ask(Role.UPSTREAM, "canary|config", "in", 1, question, page, vantage="vpc")
    marks: dict[str, str] = {}
    for place, probe in enumerate(room.probes):
        assert not isinstance(probe.question, LogQuestion)
        if probe.role in (Role.TARGET, Role.TRUTH):
            room.probes[place] = replace(probe, question=replace(probe.question, canary="config"))  # type: ignore[arg-type]
            marks[probe.id] = inside if probe.role is Role.TRUTH else outside
        elif probe.group == "canary|config" and probe.question.kind == "http" and probe.question.canary:
            marks[probe.id] = host
    room.seen = [_marked(each, marks.get(each.probe, "")) for each in room.seen]
    return room


def _marked(seen: Any, mark: str) -> Any:
    if not mark or not isinstance(seen, Observation) or not isinstance(seen.answer, HttpAnswer):
        return seen
    fingerprint = replace(seen.answer.fingerprint, marks=(*seen.answer.fingerprint.marks, mark))
    return replace(seen, answer=replace(seen.answer, fingerprint=fingerprint))


def test_a_canary_that_answers_outside_is_certain_and_its_silence_closes_a_404() -> None:
    found = judged(canaried(SAME_404), SAME_404.claim)
    assert f"{found.verdict} {found.reason} {found.confidence}" == "closed no_canary medium"
    found = judged(canaried(Scene(target=SECRET), outside="canary"), SAME_404.claim)
    assert f"{found.verdict} {found.reason} {found.confidence}" == "exposed canary certain"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"inside": ""}, Witness.CANARY_WRONG),
        ({"host": ""}, Witness.CANARY_WRONG),
        ({"bare": 400}, Witness.CANARY_WRONG),
        ({"inside": "canary_unchecked"}, Witness.CANARY_UNCHECKED),
        ({"outside": "canary_unchecked"}, Witness.CANARY_UNCHECKED),
    ],
)
def test_a_canary_that_is_not_as_it_must_be_closes_nothing_and_says_so(
    more: dict[str, Any], word: Witness
) -> None:
    found = judged(canaried(SAME_404, **more), SAME_404.claim)
    assert f"{found.verdict} {found.reason}" == "unproven origin_unknown"
    assert found.witness == (word,)
    assert "canary" in found.note


def test_a_denial_may_be_the_services_own_for_who_asks() -> None:
    denied = replace(SAME_403, truth=(SECRET, SECRET))
    assert judged(canaried(denied), denied.claim).verdict is Verdict.UNPROVEN


@settings(max_examples=80, deadline=None)
@given(alike | scenes, st.sampled_from([Outcome.PROBER_ERROR, SkipReason.DEADLINE, None]))
def test_losing_anything_never_closes_with_a_canary_either(scene: Scene, lost: Answered) -> None:
    room = canaried(scene)
    plan = room.plan(scene.claim)
    if judge(plan, room.seen).judgements[0].verdict is Verdict.CLOSED:
        return
    for fewer in each_lost(room, lost):
        assert judge(plan, fewer).judgements[0].verdict is not Verdict.CLOSED


def test_a_log_goes_before_a_canary() -> None:
    room = with_log(canaried(SAME_404), lambda p: must(p) or p.role is Role.TARGET)
    assert judged(room, SAME_404.claim).reason == "upstream_log"
