"""What a hunt may say: a product that shows itself where no sibling does, and otherwise nothing."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_builder import ADDRESS, AT, ENTRANCE, GATEWAY_404, HEALTHY, SPA, Page

from auditor.judge import HUNT_RULES, judge
from auditor.judge.hunting import Hunt, decide_hunt
from auditor.model import (
    Aspect,
    Claim,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Plan,
    Probe,
    Reason,
    Role,
    Seen,
    Side,
    Skip,
    SkipReason,
    Verdict,
)

METRICS = Page(
    200, "# HELP up x\n# TYPE up gauge\nup 1\n", (("Content-Type", "text/plain; version=0.0.4"),)
)  # fmt: skip
NO_ANSWER, BLIND = Outcome.TIMED_OUT, SkipReason.VANTAGE_BLIND
LIMITED = Page(429, "slow down")
CHALLENGE = Page(403, "<script>_cf_chl_opt</script>")
WORDS_404 = Page(404, METRICS.body, METRICS.headers)
REALM = Page(401, "no", (("WWW-Authenticate", 'Basic realm="Tomcat Manager Application"'),))
PLAIN_401 = Page(401, "no", (("WWW-Authenticate", 'Basic realm="members"'),))
Answered = Page | Outcome | SkipReason | None


def judged(
    target: Answered,
    before: Answered = GATEWAY_404,
    after: Answered = GATEWAY_404,
    entrance: Answered = HEALTHY,
    path: str = "/metrics",
    sight: Answered = HEALTHY,
    again: tuple[Answered, ...] = (),
) -> Judgement:
    """One path hunted at one gateway from one vantage; `again`: what it is answered in further sightings."""
    claim = Claim(f"gateway:api|sensitive|{path}|public-api|{ADDRESS}", "gateway:api", Aspect.SENSITIVE, path,
                  "public-api", ADDRESS, None, siblings="siblings")  # fmt: skip
    probes: list[Probe] = []
    seen: list[Seen] = []

    def ask(role: Role, group: str, lane: str, step: int, asked: str, answer: Answered, attempt: int = 1) -> None:
        question = HttpQuestion("https", "api.example.com", 443, asked, address=ADDRESS)
        probe = Probe(f"{len(probes)}", "internet", role, group, lane, step, question, attempt=attempt,
                      expect_status=200 if role is Role.ENTRANCE else None)  # fmt: skip
        probes.append(probe)
        if isinstance(answer, Page):
            seen.append(
                Observation(probe.id, "internet", AT, 0.1, Outcome.ANSWERED, answer=answer.answer(question))
            )
        elif isinstance(answer, Outcome):
            seen.append(Observation(probe.id, "internet", AT, 0.1, answer))
        elif isinstance(answer, SkipReason):
            seen.append(Skip(probe.id, "internet", answer))

    ask(Role.SIGHT, "internet", "sight|internet|before", 0, "/", sight)
    for attempt, answer in enumerate((target, *again), 1):
        lane = f"sensitive|{attempt}"
        ask(Role.ENTRANCE, ENTRANCE, lane, 0, "/health", entrance, attempt)
        ask(Role.SIBLING, claim.siblings, lane, 1, f"/sibling-before-{attempt}", before, attempt)
        ask(Role.TARGET, claim.key, lane, 2, path, answer, attempt)
        ask(Role.SIBLING, claim.siblings, lane, 3, f"/sibling-after-{attempt}", after, attempt)
        ask(Role.ENTRANCE, ENTRANCE, lane, 4, "/health", entrance, attempt)
    ask(Role.SIGHT, "internet", "sight|internet|after", 0, "/", sight)
    plan = Plan((("internet", Side.OUTSIDE), ("vpc", Side.INSIDE)), (claim,), tuple(probes))
    found = judge(plan, tuple(seen))
    assert judge(plan, tuple(reversed(seen))) == found
    return found.judgements[0]


def said(judgement: Judgement) -> tuple[str, str, str | None]:
    return judgement.verdict, judgement.reason, judgement.confidence


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        # the product shows itself
        ({"target": METRICS}, ("exposed", "signature", "high")),
        ({"target": METRICS, "after": SPA}, ("exposed", "signature", "medium")),
        ({"target": METRICS, "after": NO_ANSWER}, ("exposed", "signature", "medium")),
        ({"target": METRICS, "after": None}, ("exposed", "signature", "medium")),
        ({"target": METRICS, "before": NO_ANSWER, "after": None}, ("unproven", "unstable_replay", None)),
        ({"target": METRICS, "before": NO_ANSWER, "after": None, "again": (METRICS, METRICS)},
         ("suspected", "low_information", "low")),
        ({"target": METRICS, "entrance": NO_ANSWER}, ("exposed", "signature", "high")),
        ({"target": METRICS, "sight": NO_ANSWER}, ("exposed", "signature", "high")),
        # a sibling has it too
        ({"target": METRICS, "before": METRICS, "after": METRICS}, ("unproven", "not_shown", None)),
        ({"target": METRICS, "after": METRICS}, ("unproven", "not_shown", None)),
        ({"target": METRICS, "before": WORDS_404}, ("unproven", "not_shown", None)),
        # another product's page is no proof of this one, nor is a status
        ({"target": METRICS, "path": "/docs"}, ("unproven", "not_shown", None)),
        ({"target": SPA}, ("unproven", "not_shown", None)),
        ({"target": SPA, "before": SPA, "after": SPA}, ("unproven", "not_shown", None)),
        ({"target": replace(METRICS, headers=(("Content-Type", "text/html"),), body="<p># HELP # TYPE</p>")},
         ("unproven", "not_shown", None)),
        ({"target": WORDS_404}, ("unproven", "not_shown", None)),
        ({"target": GATEWAY_404}, ("unproven", "not_shown", None)),
        ({"target": Page(403, "no")}, ("unproven", "not_shown", None)),
        ({"target": Page(500, "no")}, ("unproven", "not_shown", None)),
        ({"target": Page(302, "", location="/login")}, ("unproven", "not_shown", None)),
        # its refusal
        ({"target": REALM, "path": "/manager/html"}, ("unproven", "unstable_replay", None)),
        ({"target": REALM, "path": "/manager/html", "again": (REALM, REALM)},
         ("guarded", "upstream_auth", "medium")),
        ({"target": REALM, "path": "/manager/html", "again": (REALM, GATEWAY_404)},
         ("guarded", "upstream_auth", "medium")),
        ({"target": REALM, "path": "/manager/html", "before": REALM, "after": REALM},
         ("unproven", "not_shown", None)),
        ({"target": REALM, "path": "/manager/html", "before": NO_ANSWER, "after": NO_ANSWER},
         ("unproven", "not_shown", None)),
        ({"target": PLAIN_401, "path": "/manager/html"}, ("unproven", "not_shown", None)),
        ({"target": REALM, "path": "/metrics"}, ("unproven", "not_shown", None)),
        # kept from looking
        ({"target": LIMITED}, ("untested", "rate_limited", None)),
        ({"target": CHALLENGE}, ("untested", "challenge", None)),
        ({"target": NO_ANSWER}, ("untested", "transport_error", None)),
        ({"target": BLIND}, ("untested", "blind", None)),
        ({"target": SkipReason.OUT_OF_SCOPE}, ("untested", "out_of_scope", None)),
        ({"target": None}, ("untested", "not_run", None)),
        ({"target": GATEWAY_404, "entrance": LIMITED}, ("unproven", "outside_control_failed", None)),
        ({"target": GATEWAY_404, "sight": NO_ANSWER}, ("unproven", "outside_control_failed", None)),
        # one backend of three
        ({"target": METRICS, "again": (GATEWAY_404, GATEWAY_404)}, ("exposed", "signature", "medium")),
    ],
)  # fmt: skip
def test_what_is_said(what: Mapping[str, object], expected: tuple[str, str, str | None]) -> None:
    judgement = judged(**what)  # type: ignore[arg-type]
    assert said(judgement) == expected
    assert judgement.silent == (judgement.verdict in ("unproven", "untested"))


def test_the_note_names_the_product() -> None:
    assert "prometheus-metrics" in judged(METRICS).note
    assert "no proof" in judged(GATEWAY_404).note
    assert judged(METRICS).controls and judged(METRICS).observation


ANSWERS: tuple[Answered, ...] = (METRICS, WORDS_404, REALM, SPA, GATEWAY_404, LIMITED, NO_ANSWER, BLIND, None)


@given(*[st.sampled_from(ANSWERS)] * 5, st.sampled_from(["/metrics", "/manager/html", "/docs", "/"]))
def test_a_hunt_is_never_closed_and_needs_more_than_its_siblings_have(
    target: Answered, before: Answered, after: Answered, entrance: Answered, sight: Answered, path: str
) -> None:
    judgement = judged(target, before, after, entrance, path, sight)
    assert judgement.verdict is not Verdict.CLOSED
    if judgement.verdict is Verdict.EXPOSED:
        assert target is METRICS and path == "/metrics" and not {before, after} & {METRICS, WORDS_404}
        assert {before, after} & {REALM, SPA, GATEWAY_404, LIMITED}


def test_every_rule_can_hold_and_none_says_closed() -> None:
    flags = [False, True]
    held = {
        decide_hunt(
            Hunt(answered, limited, challenged, frozenset(shown), frozenset(guarding), known, stable, blocked)
        )
        for answered, limited, challenged, known, stable, blocked in itertools.product(flags, repeat=6)
        for shown, guarding in (((), ()), ("x", ()), ((), "x"))
    }
    assert {(each.verdict, each.reason, each.confidence) for each in held} == {
        (rule.verdict, rule.reason, rule.confidence) for rule in HUNT_RULES
    }
    assert Verdict.CLOSED not in {rule.verdict for rule in HUNT_RULES}


def test_a_path_that_is_never_asked_says_so() -> None:
    claim = Claim("k", "config", Aspect.PATH, "/x", "public-api", ADDRESS, None, unasked=True)
    found = judge(Plan((("internet", Side.OUTSIDE),), (claim,), ()), ())
    assert said(found.judgements[0]) == ("untested", Reason.NEVER_ASKED, None)
    assert not found.judgements[0].silent
