"""Public paths: the table over every combination, scenes as the planner and the probes make them, and the laws."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge_builder import (
    ADDRESS,
    ENTRANCE,
    GATEWAY_404,
    HEALTHY,
    JSON,
    NGINX,
    NGINX_BODY,
    OTHER,
    SECRET,
    SPA,
    VANTAGES,
    Answered,
    Page,
    Room,
)

from auditor.judge import PUBLIC_RULES, PublicFacts, Ruling, Said, decide_public, judge
from auditor.judge.book import Control
from auditor.judge.replay import settle
from auditor.model import (
    BAD,
    DECISIVE,
    GOOD,
    REASONS,
    Anonymous,
    Aspect,
    Claim,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Phase,
    Reason,
    Role,
    SkipReason,
    Verdict,
)

GATEWAY_401 = Page(401, NGINX_BODY.format("401 Unauthorized"), (*NGINX, ("WWW-Authenticate", "Bearer")))
APP_401 = Page(401, '{"detail": "Not authenticated"}', JSON)
TO_LOGIN = Page(302, "", NGINX, location="https://sso.example.com/login?next={path}")
DOWN = Page(503, NGINX_BODY.format("503 Service Unavailable"), NGINX)
FORM = Page(200, "<html><body><h1>Welcome back</h1><form><input type='password' name='p'></form></body></html>")
ORDERS = SECRET
LOST: tuple[Answered, ...] = (None, SkipReason.DEADLINE, Outcome.PROBER_ERROR, Outcome.PROXY_FAILED)


@dataclass(frozen=True)
class PublicScene:
    """One public path at one address of its gateway. The default: denied without the token, served with it."""

    anonymous: Answered = GATEWAY_401
    token: Answered = ORDERS
    siblings: tuple[Answered, ...] = (GATEWAY_404,) * 3
    token_sibling: Answered = GATEWAY_404
    entrance: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    sight: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    declared: Anonymous = Anonymous.DENIED
    has_token: bool = True
    replays: tuple[Answered, ...] = ()  # further answers without credentials
    token_replays: tuple[Answered, ...] = ()
    elsewhere: tuple[tuple[Answered, tuple[Answered, ...]], ...] = ()  # other entrances: the path, its siblings

    def claim(self, entrance: str = "public-api") -> Claim:
        home = entrance == "public-api"
        key = f"orders|public|/api/v1/orders|{entrance}|{ADDRESS}"
        return Claim(key, "orders", Aspect.PUBLIC, "/api/v1/orders", entrance, ADDRESS, None,
                     anonymous=self.declared, declared=home)  # fmt: skip

    def thrice(self) -> "PublicScene":
        return replace(self, replays=(self.anonymous,) * 2, token_replays=(self.token,) * 2)

    def room(self) -> Room:
        room = Room()
        if self.sight:
            room.sight("internet", *self.sight)
        tokens = (self.token, *self.token_replays)
        for place, answered in enumerate((self.anonymous, *self.replays)):
            token = tokens[min(place, len(tokens) - 1)]
            self._sighting(room, self.claim(), answered, token, self.siblings, place + 1)
        for number, (answered, siblings) in enumerate(self.elsewhere):
            self._sighting(room, self.claim(f"other{number}"), answered, None, siblings, 1)
        return room

    def _sighting(
        self, room: Room, claim: Claim, answered: Answered, token: Answered, siblings: tuple[Answered, ...], n: int
    ) -> None:
        lane = f"public|internet|{claim.entrance}|{n}"
        group = ENTRANCE.replace("public-api", claim.entrance)

        def ask(role: Role, step: int, path: str, what: Answered, credential: str | None = None) -> None:
            question = HttpQuestion("https", "api.example.com", 443, path, address=ADDRESS, credential=credential)
            where = group if role is Role.ENTRANCE else claim.key
            expect = 200 if role is Role.ENTRANCE else None
            room.ask(role, where, lane, step, question, what, attempt=n, expect_status=expect)

        for step, control in zip((0, 4), self.entrance, strict=False):
            ask(Role.ENTRANCE, step, "/api/v1/health", control)
        names = ("k3v9qx0m2p7t", "zq81hm4c0d2yw", "f7w2n6b5r1jke8")
        for step, name, sibling in zip((1, 1, 3), names, siblings, strict=False):
            ask(Role.SIBLING, step, f"/api/v1/{name}{n}", sibling)
        ask(Role.TARGET, 2, "/api/v1/orders", answered)
        if claim.declared and self.has_token and self.declared is Anonymous.DENIED:
            ask(Role.CREDENTIAL, 3, "/api/v1/orders", token, "orders|/api/v1/orders")
            ask(Role.SIBLING, 3, f"/api/v1/p0o9i8u7y6t5r4{n}", self.token_sibling, "orders|/api/v1/orders")

    @property
    def claims(self) -> tuple[Claim, ...]:
        return (self.claim(), *(self.claim(f"other{n}") for n in range(len(self.elsewhere))))

    def judged(self, *, provisional: bool = False) -> tuple[Judgement, ...]:
        room = self.room()
        return judge(room.plan(*self.claims), room.seen, provisional=provisional).judgements

    @property
    def said(self) -> str:
        return " ".join(_words(each) for each in self.judged())


def _words(judged: Judgement) -> str:
    return f"{judged.verdict} {judged.reason} {judged.confidence or '-'}"


ALLOWED = PublicScene(anonymous=ORDERS, declared=Anonymous.ALLOWED)
BARE = PublicScene(has_token=False)
UNIFORM = (GATEWAY_401,) * 3

SCENES: list[tuple[str, PublicScene, str]] = [
    # denied, with a token
    ("denies and serves", PublicScene(), "open denies_and_serves high"),
    ("everything asks for a login", PublicScene(siblings=UNIFORM), "open denies_and_serves high"),
    ("sent to a login", PublicScene(anonymous=TO_LOGIN), "open denies_and_serves high"),
    ("not found without", PublicScene(anonymous=GATEWAY_404), "open hides_and_serves medium"),
    ("open to anyone", PublicScene(anonymous=ORDERS), "unauthenticated same_as_authenticated high"),
    ("open, otherwise than with the token", PublicScene(anonymous=OTHER).thrice(),
     "unauthenticated not_denied medium"),
    ("open from a vantage that cannot see", PublicScene(anonymous=ORDERS, sight=(Outcome.TIMED_OUT,) * 2),
     "unauthenticated same_as_authenticated high"),
    ("open, and no sibling was answered", PublicScene(anonymous=ORDERS, siblings=(Outcome.TIMED_OUT,) * 3),
     "unauthenticated same_as_authenticated low"),
    ("one page for everything", PublicScene(anonymous=SPA, siblings=(SPA,) * 3).thrice(),
     "unproven page_for_everything -"),
    ("the same page for everything, with and without", PublicScene(SPA, SPA, (SPA,) * 3, SPA).thrice(),
     "unproven page_for_everything -"),
    ("one page for all who have a token", PublicScene(token=SPA, token_sibling=SPA).thrice(),
     "unproven page_for_everything -"),
    ("a login page of its own", PublicScene(anonymous=FORM).thrice(), "unproven login_page -"),
    ("the token is refused", PublicScene(token=GATEWAY_401).thrice(), "outage token_refused high"),
    ("refused once", PublicScene(token=GATEWAY_401, token_replays=(ORDERS,) * 2, replays=(GATEWAY_401,) * 2),
     "unproven unstable_replay -"),
    ("refused twice of two", PublicScene(token=GATEWAY_401, replays=(GATEWAY_401,)),
     "unproven unstable_replay -"),
    ("gone for everyone", PublicScene(anonymous=GATEWAY_404, token=GATEWAY_404).thrice(),
     "outage not_found high"),
    ("down for those who may ask", PublicScene(token=DOWN).thrice(), "outage server_error high"),
    ("no token at hand", PublicScene(token=SkipReason.NO_CREDENTIAL, token_sibling=SkipReason.NO_CREDENTIAL),
     "unproven credential_missing -"),
    ("no token at hand, and down", PublicScene(anonymous=DOWN, token=SkipReason.NO_CREDENTIAL).thrice(),
     "outage server_error high"),
    ("no token at hand, and open", PublicScene(anonymous=OTHER, token=SkipReason.NO_CREDENTIAL),
     "unauthenticated not_denied medium"),
    ("the token's answer was lost", PublicScene(token=SkipReason.DEADLINE).thrice(), "untested not_run -"),
    # denied, without a token
    ("denies", BARE, "open denies medium"),
    ("denies everything, and is up", replace(BARE, siblings=UNIFORM), "open denies medium"),
    ("denies everything, known-public too", replace(BARE, siblings=UNIFORM, entrance=UNIFORM[:2]).thrice(),
     "unproven outside_control_failed -"),
    ("denies everything, without a control", replace(BARE, siblings=UNIFORM, entrance=()),
     "unproven control_missing -"),
    ("serves without a token", replace(BARE, anonymous=ORDERS), "unauthenticated not_denied medium"),
    ("hidden or gone", replace(BARE, anonymous=GATEWAY_404).thrice(), "unproven unclear_answer -"),
    # for everyone
    ("serves everyone", ALLOWED, "open serves_everyone high"),
    ("redirects everyone", replace(ALLOWED, anonymous=Page(302, location="/shop")), "open serves_everyone high"),
    ("one page for everything, for everyone", replace(ALLOWED, siblings=(ORDERS,) * 3).thrice(),
     "unproven page_for_everything -"),
    ("denied to everyone", replace(ALLOWED, anonymous=GATEWAY_401).thrice(), "outage denied_to_all high"),
    ("sent to a login, everyone", replace(ALLOWED, anonymous=TO_LOGIN).thrice(), "outage denied_to_all high"),
    ("not there", replace(ALLOWED, anonymous=GATEWAY_404).thrice(), "outage not_found high"),
    ("down", replace(ALLOWED, anonymous=DOWN).thrice(), "outage server_error high"),
    ("refused", replace(ALLOWED, anonymous=Outcome.REFUSED).thrice(), "outage no_answer high"),
    ("all is silent", replace(ALLOWED, anonymous=Outcome.TIMED_OUT, siblings=(Outcome.TIMED_OUT,) * 3,
     entrance=(Outcome.TIMED_OUT,) * 2).thrice(), "outage no_answer medium"),
    ("silent once", replace(ALLOWED, anonymous=Outcome.TIMED_OUT, replays=(ORDERS, ORDERS)),
     "unproven unstable_replay -"),
    ("silent, to a blind vantage", replace(ALLOWED, anonymous=Outcome.TIMED_OUT,
     sight=(Outcome.TIMED_OUT,) * 2).thrice(), "untested blind -"),
    ("served, to a blind vantage", replace(ALLOWED, sight=(Outcome.TIMED_OUT,) * 2), "untested blind -"),
    ("rate limited", replace(ALLOWED, anonymous=Page(429, "slow")).thrice(), "untested rate_limited -"),
    ("a challenge", replace(ALLOWED, anonymous=Page(403, "var _cf_chl_opt = {}")).thrice(),
     "untested challenge -"),
    ("a firewall", replace(ALLOWED, anonymous=Page(403, "mod_security")).thrice(), "untested blocked -"),
    ("our own failure", replace(ALLOWED, anonymous=Outcome.PROBER_ERROR).thrice(), "untested transport_error -"),
    ("nobody looked", replace(ALLOWED, anonymous=None), "untested not_run -"),
    ("a method it does not have", replace(ALLOWED, anonymous=Page(405, "no")).thrice(),
     "unproven unclear_answer -"),
    ("unstable siblings", replace(ALLOWED, siblings=(GATEWAY_404, OTHER, GATEWAY_404)).thrice(),
     "unproven unstable_control -"),
    ("a sibling was lost", replace(ALLOWED, siblings=(GATEWAY_404, None, GATEWAY_404)),
     "unproven control_missing -"),
    # at other entrances
    ("another that asks as well", PublicScene(elsewhere=((APP_401, (GATEWAY_404,) * 3),)),
     "open denies_and_serves high open denies medium"),
    ("another that asks for nothing", PublicScene(elsewhere=((ORDERS, (GATEWAY_404,) * 3),)),
     "open denies_and_serves high unauthenticated same_as_authenticated high"),
    ("another that asks for nothing; no token", replace(BARE, elsewhere=((ORDERS, (GATEWAY_404,) * 3),)),
     "open denies medium unauthenticated not_denied low"),
    ("another that does not have it", PublicScene(elsewhere=((GATEWAY_404, (GATEWAY_404,) * 3),)),
     "open denies_and_serves high open not_served medium"),
    ("another with a page for everything", PublicScene(elsewhere=((SPA, (SPA,) * 3),)),
     "open denies_and_serves high open not_served medium"),
    ("another with something of its own", PublicScene(elsewhere=((OTHER, (GATEWAY_404,) * 3),)),
     "open denies_and_serves high unproven other_content -"),
    ("another that is down there", PublicScene(elsewhere=((DOWN, (GATEWAY_404,) * 3),)),
     "open denies_and_serves high unproven unexplained_5xx -"),
    ("another that is silent", PublicScene(elsewhere=((Outcome.TIMED_OUT, (GATEWAY_404,) * 3),)),
     "open denies_and_serves high untested transport_error -"),
    ("another that denies what is for everyone", replace(ALLOWED, elsewhere=((APP_401, (GATEWAY_404,) * 3),)),
     "open serves_everyone high open stricter medium"),
]  # fmt: skip


@pytest.mark.parametrize(("scene", "said"), [each[1:] for each in SCENES], ids=[each[0] for each in SCENES])
def test_scenes(scene: PublicScene, said: str) -> None:
    assert scene.said == said


def test_one_success_without_credentials_stands_and_its_ratio_is_told() -> None:
    scene = PublicScene(anonymous=ORDERS, replays=(GATEWAY_401, GATEWAY_401))
    (judged,) = scene.judged()
    assert _words(judged) == "unauthenticated same_as_authenticated medium"
    assert judged.ratio == (1, 3) and "Seen in 1 of 3 sightings." in judged.note


def test_both_answers_are_named() -> None:
    scene = PublicScene(anonymous=ORDERS)
    room = scene.room()
    (judged,) = scene.judged()
    roles = {probe.id: probe.role for probe in room.probes}
    assert roles[judged.observation or ""] is Role.TARGET
    assert roles[judged.truth or ""] is Role.CREDENTIAL


def test_what_is_not_plainly_good_is_asked_again() -> None:
    def doubts(scene: PublicScene) -> int:
        room = scene.room()
        return len(judge(room.plan(*scene.claims), room.seen, provisional=True).doubts)

    assert doubts(PublicScene()) == doubts(ALLOWED) == doubts(BARE) == 0
    for scene in (PublicScene(anonymous=ORDERS), PublicScene(token=DOWN), replace(ALLOWED, anonymous=DOWN)):
        assert doubts(scene) == 1


def test_a_cached_answer_that_was_handed_to_anyone_counts() -> None:
    """A cache gave the answer; asked afresh, the path denies. It was handed out all the same."""
    scene = PublicScene(anonymous=replace(ORDERS, cached=True))
    room = scene.room()
    target = next(probe for probe in room.probes if probe.role is Role.TARGET)
    room.ask(Role.TARGET, target.group, target.lane, 12, target.question, GATEWAY_401, follows=target.id)
    (judged,) = judge(room.plan(*scene.claims), room.seen).judgements
    assert _words(judged) == "unauthenticated same_as_authenticated high"


def turned(*answers: Answered) -> str:
    """The verdict on one sighting in which the path was asked several times, with the token once."""
    scene = PublicScene(anonymous=answers[0], declared=Anonymous.ALLOWED)
    room = scene.room()
    target = next(probe for probe in room.probes if probe.role is Role.TARGET)
    for answered in answers[1:]:
        room.ask(Role.TARGET, target.group, target.lane, 2, target.question, answered)
    return _words(judge(room.plan(*scene.claims), room.seen, provisional=True).judgements[0])


def test_backends_that_take_turns() -> None:
    assert turned(ORDERS, ORDERS, ORDERS) == "open serves_everyone high"
    assert turned(DOWN, DOWN, DOWN) == "outage server_error high"
    assert turned(ORDERS, DOWN, ORDERS) == "unproven unstable_replay -"
    assert turned(ORDERS, Outcome.PROBER_ERROR, ORDERS) == "untested transport_error -"
    assert turned(DOWN, Outcome.PROBER_ERROR) == "untested transport_error -"


def test_one_backend_of_several_that_lets_everybody_in() -> None:
    room = PublicScene().room()
    target = next(probe for probe in room.probes if probe.role is Role.TARGET)
    for answered in (GATEWAY_401, ORDERS, GATEWAY_401):
        room.ask(Role.TARGET, target.group, target.lane, 2, target.question, answered)
    (judged,) = judge(room.plan(PublicScene().claim()), room.seen).judgements
    assert _words(judged) == "unauthenticated same_as_authenticated high"


@pytest.mark.parametrize(
    ("answered", "beside", "handwriting", "said"),
    [
        (Outcome.REFUSED, Outcome.REFUSED, Outcome.REFUSED, "open not_served medium"),
        (Outcome.UNREACHABLE, Outcome.UNREACHABLE, Outcome.UNREACHABLE, "open not_served medium"),
        (Outcome.TIMED_OUT, Outcome.TIMED_OUT, Outcome.TIMED_OUT, "untested transport_error -"),
        (Outcome.REFUSED, GATEWAY_404, Outcome.REFUSED, "untested transport_error -"),
        (Outcome.REFUSED, Outcome.REFUSED, GATEWAY_404, "untested transport_error -"),
        (Outcome.RESET, Outcome.RESET, Outcome.RESET, "untested transport_error -"),
        (ORDERS, GATEWAY_404, GATEWAY_404, "unauthenticated same_as_authenticated high"),
    ],
)
def test_a_way_around_the_gateway(answered: Answered, beside: Answered, handwriting: Answered, said: str) -> None:
    room = PublicScene().room()
    claim = replace(
        PublicScene().claim("public-api origin"), around="public-api", origin=True, address="198.51.100.9"
    )  # fmt: skip
    question = HttpQuestion("https", "api.example.com", 443, "/api/v1/orders", address="198.51.100.9")
    room.ask(Role.GATEWAY, "gw|public-api origin|198.51.100.9", "g", 0, question, handwriting)
    health = HttpQuestion("https", "api.example.com", 443, "/api/v1/health", address=ADDRESS)
    for step in (0, 4):
        room.ask(Role.ENTRANCE, ENTRANCE, "around", step, health, HEALTHY, expect_status=200)
    for step, name in ((1, "k3v9qx0m2p7t"), (1, "zq81hm4c0d2yw"), (3, "f7w2n6b5r1jke8")):
        room.ask(Role.SIBLING, claim.key, "around", step, replace(question, target=f"/api/v1/{name}"), beside)
    room.ask(Role.TARGET, claim.key, "around", 2, question, answered)
    seen = [
        replace(each, phase=Phase.CONNECT) if isinstance(each, Observation) and each.answer is None else each
        for each in room.seen
    ]
    judged = judge(room.plan(PublicScene().claim(), claim), seen, provisional=True).judgements[1]
    assert _words(judged) == said


# --- the table -----------------------------------------------------------------------------------------------

_bool = st.booleans()
any_facts = st.builds(
    PublicFacts,
    denied=_bool, declared=_bool, sighted=_bool, entrance=st.sampled_from(Control), said=st.sampled_from(Said),
    token=st.sampled_from(Said), siblings_known=_bool, whole=_bool, stable=_bool, like_sibling=_bool,
    token_sibling_known=_bool, token_like_sibling=_bool, same=_bool, identified=_bool, resembles=_bool,
    reference=_bool, denied_elsewhere=_bool,
    shut=st.sampled_from((None, None, "refused", "unreachable", "silent")), thrice=_bool,
)  # fmt: skip

NOT_SEEN = frozenset({Said.OURS, Said.UNSEEN, Said.UNASKED, Said.WITHHELD})
KEPT = frozenset({Said.LIMITED, Said.CHALLENGE, Said.BLOCKED})
ANSWERS = frozenset(Said) - NOT_SEEN - {Said.SILENT}


@settings(max_examples=5_000, deadline=None)
@given(any_facts)
def test_invariants_hold_for_any_facts(f: PublicFacts) -> None:
    ruling = decide_public(f)
    verdict, reason = ruling.verdict, ruling.reason
    assert reason in REASONS[verdict]
    assert (ruling.confidence is not None) == (verdict in DECISIVE)
    assert verdict is not Verdict.CLOSED
    if verdict is Verdict.UNAUTHENTICATED:
        assert f.denied and (f.same or f.said in (Said.SERVED, Said.EMPTY))
        assert not f.like_sibling or not f.siblings_known
        return
    if f.said in NOT_SEEN | KEPT:
        assert verdict is Verdict.UNTESTED
    if not f.sighted:  # a blind vantage never says that something is down, or as it should be
        assert verdict is Verdict.UNTESTED
    if verdict in GOOD:
        shut = f.shut is not None and not f.declared and reason is Reason.NOT_SERVED
        assert f.sighted and (f.said in ANSWERS or shut)
        assert shut or f.said in (Said.DENIED, Said.ABSENT) or not f.denied or reason is Reason.NOT_SERVED
        if f.declared and f.denied:
            assert f.token in (Said.SERVED, Said.EMPTY, Said.UNASKED)
    if verdict is Verdict.OUTAGE:
        assert f.sighted and f.declared
        assert {f.said, f.token} & {Said.DENIED, Said.ABSENT, Said.FAILED, Said.SILENT}
    if f.denied and f.declared and f.token in NOT_SEEN - {Said.UNASKED} and f.said is Said.DENIED:
        assert verdict not in GOOD


def test_every_rule_can_be_the_first_that_holds() -> None:
    reached: set[int] = set()
    flags = ("whole", "stable", "like_sibling", "same", "resembles", "reference", "identified")
    rest = (("siblings_known", (True, False)), ("token_sibling_known", (True, False)), ("sighted", (True, False)),
            ("shut", ("refused", "silent")),
            ("token_like_sibling", (False, True)), ("denied_elsewhere", (True, False)))  # fmt: skip
    for denied, declared in itertools.product((True, False), repeat=2):
        for entrance, said, token in itertools.product(Control, Said, Said):
            if len(reached) == len(PUBLIC_RULES):
                return
            for values in itertools.product((False, True), repeat=len(flags)):
                facts = PublicFacts(denied=denied, declared=declared, entrance=entrance, said=said, token=token,
                                    **dict(zip(flags, values, strict=True)))  # fmt: skip
                reached.add(_first(facts))
            for name, options in rest:
                for option in options:
                    facts = PublicFacts(
                        denied=denied, declared=declared, entrance=entrance, said=said, token=token
                    )
                    reached.add(_first(replace(facts, **{name: option})))
                    reached.add(_first(replace(facts, same=True, **{name: option})))
                    reached.add(_first(replace(facts, thrice=True, **{name: option})))
    assert not [rule for place, rule in enumerate(PUBLIC_RULES) if place not in reached]


def _first(facts: PublicFacts) -> int:
    return next(place for place, rule in enumerate(PUBLIC_RULES) if rule.when(facts))


@given(st.lists(st.sampled_from(PUBLIC_RULES), min_size=1, max_size=5))
def test_an_outage_needs_three_of_three_and_a_pass_needs_all(rules: list[Any]) -> None:
    several = [Ruling(rule.verdict, rule.reason, rule.confidence) for rule in rules]
    settled = settle(several, provisional=False)
    verdicts = {ruling.verdict for ruling in several}
    if Verdict.UNAUTHENTICATED in verdicts:
        assert settled.ruling.verdict is Verdict.UNAUTHENTICATED
        return
    if settled.ruling.verdict is Verdict.OUTAGE:
        assert len(several) >= 3 and verdicts == {Verdict.OUTAGE}
    if settled.ruling.verdict is Verdict.OPEN:
        assert verdicts == {Verdict.OPEN}


# --- the laws over whole plans -------------------------------------------------------------------------------

anything = st.sampled_from(
    [GATEWAY_401, APP_401, TO_LOGIN, GATEWAY_404, ORDERS, OTHER, SPA, FORM, DOWN, Page(204), Page(429, "slow"),
     Page(403, "mod_security"), Page(302, location="/shop"), Outcome.TIMED_OUT, Outcome.REFUSED, Outcome.RESET,
     SkipReason.NO_CREDENTIAL, *LOST]
)  # fmt: skip
mostly = st.just(HEALTHY) | st.just(HEALTHY) | anything
scenes = st.builds(
    PublicScene,
    anonymous=anything,
    token=anything,
    siblings=st.just((GATEWAY_404,) * 3) | st.tuples(anything, anything, anything),
    token_sibling=st.just(GATEWAY_404) | anything,
    entrance=st.tuples(mostly, mostly) | st.just(()),
    sight=st.just((HEALTHY, HEALTHY)) | st.tuples(mostly, mostly),
    declared=st.sampled_from(Anonymous),
    has_token=_bool,
    replays=st.lists(anything, max_size=2).map(tuple),
    token_replays=st.lists(anything, max_size=2).map(tuple),
    elsewhere=st.lists(st.tuples(anything, st.just((GATEWAY_404,) * 3)), max_size=1).map(tuple),
)


def each_lost(room: Room, lost: Answered) -> Iterator[list[Any]]:
    from judge_builder import seen_of

    for probe in room.probes:
        others = [each for each in room.seen if each.probe != probe.id]
        what = seen_of(probe, lost)
        yield others if what is None else [*others, what]


@settings(max_examples=200, deadline=None)
@given(scenes, st.randoms(use_true_random=False))
def test_any_scene_is_judged_and_order_does_not_matter(scene: PublicScene, chance: Any) -> None:
    room = scene.room()
    plan, shuffled = room.plan(*scene.claims), list(room.seen)
    chance.shuffle(shuffled)
    verdicts = judge(plan, room.seen)
    assert verdicts == judge(plan, shuffled)
    for judged in verdicts.judgements:
        assert judged.reason in REASONS[judged.verdict] and judged.note
        assert judged.verdict in {Verdict.OPEN, Verdict.UNPROVEN, Verdict.UNTESTED} | BAD


@settings(max_examples=100, deadline=None)
@given(scenes, st.sampled_from(LOST))
def test_losing_anything_never_makes_anything_open(scene: PublicScene, lost: Answered) -> None:
    room = scene.room()
    plan = room.plan(*scene.claims)
    before = {each.claim.key: each.verdict for each in judge(plan, room.seen).judgements}
    for fewer in each_lost(room, lost):
        for after in judge(plan, fewer).judgements:
            assert after.verdict is not Verdict.OPEN or before[after.claim.key] is Verdict.OPEN


@settings(max_examples=100, deadline=None)
@given(scenes, st.sampled_from(LOST))
def test_what_was_lost_is_never_an_outage(scene: PublicScene, lost: Answered) -> None:
    """Whatever the path answers: with every answer of its own lost, nothing is said to be down."""
    room = scene.room()
    plan = room.plan(*scene.claims)
    from judge_builder import seen_of

    own = {probe.id: probe for probe in room.probes if probe.role in (Role.TARGET, Role.CREDENTIAL)}
    seen = [each for each in room.seen if each.probe not in own]
    seen += [what for probe in own.values() if (what := seen_of(probe, lost)) is not None]
    for judged in judge(plan, seen).judgements:
        assert judged.verdict is Verdict.UNTESTED


@settings(max_examples=100, deadline=None)
@given(scenes)
def test_a_blind_vantage_accuses_and_says_nothing_else(scene: PublicScene) -> None:
    for judged in replace(scene, sight=(Outcome.TIMED_OUT, Outcome.TIMED_OUT)).judged():
        assert judged.verdict in (Verdict.UNAUTHENTICATED, Verdict.UNTESTED, Verdict.UNPROVEN)


def test_every_vantage_must_find_it_open() -> None:
    room, other = PublicScene().room(), PublicScene(anonymous=ORDERS).room()
    looking = [probe for probe in other.probes if probe.vantage == "internet"]
    room.probes += [
        replace(probe, id=f"o{probe.id}", vantage="mobile", group=probe.group.replace("internet", "mobile"),
                lane=probe.lane.replace("internet", "mobile"))
        for probe in looking
    ]  # fmt: skip
    room.seen += [replace(each, probe=f"o{each.probe}", vantage="mobile") for each in other.seen]
    from auditor.model import Side

    plan = room.plan(PublicScene().claim(), vantages=(*VANTAGES, ("mobile", Side.OUTSIDE)))
    (judged,) = judge(plan, room.seen).judgements
    assert (judged.verdict, judged.vantage) == (Verdict.UNAUTHENTICATED, "mobile")
