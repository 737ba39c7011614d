"""Ways around a gateway: what answers is judged as ever; what is shut is closed only while everything says so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge_builder import (
    ADDRESS,
    ENTRANCE,
    GATEWAY_400,
    GATEWAY_404,
    HEALTHY,
    INSIDE_404,
    JSON,
    OTHER,
    SECRET,
    SPA,
    VANTAGES,
    Answered,
    Page,
    Room,
    each_lost,
    seen_of,
)
from test_judge_laws import LOST, sound

from auditor.judge import judge
from auditor.model import (
    Aspect,
    Claim,
    HttpQuestion,
    Judgement,
    Observation,
    Outcome,
    Phase,
    Plan,
    Role,
    Seen,
    SkipReason,
    Verdict,
)

REFUSED, SILENT, UNREACHABLE = Outcome.REFUSED, Outcome.TIMED_OUT, Outcome.UNREACHABLE
HOST = "config.internal.example.net"
GATEWAYS_OWN = (GATEWAY_404, GATEWAY_404, GATEWAY_400)


@dataclass(frozen=True)
class Way:
    """A path (or host) through a way around one gateway. The default: shut, with everything that proves it."""

    target: Answered = REFUSED
    siblings: tuple[Answered, ...] = (REFUSED,) * 3
    handwriting: tuple[Answered, ...] = (REFUSED,) * 3
    own_name: Answered = REFUSED  # a host's path under the gateway's own name
    control: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    gateway: tuple[Answered, ...] = GATEWAYS_OWN
    truth: tuple[Answered, ...] = (SECRET, SECRET)
    truth_siblings: tuple[Answered, ...] = (INSIDE_404, INSIDE_404)
    sight: tuple[Answered, ...] = (HEALTHY, HEALTHY)
    replays: tuple[Answered, ...] = ()
    host: bool = False
    origin: bool = False
    address: str = ADDRESS
    vouched_at: str = ADDRESS  # where the gateway's control was asked
    phase: Phase | None = Phase.CONNECT

    @property
    def entrance(self) -> str:
        return "public-api origin" if self.origin else "public-api around http:8080"

    @property
    def claim(self) -> Claim:
        aspect, target = (Aspect.HOST, HOST) if self.host else (Aspect.PATH, "/internal/v1/config")
        truth = f"truth|config|{aspect}|{target}"
        key = f"config|{aspect}|{target}|{self.entrance}|{self.address}"
        return Claim(
            key, "config", aspect, target, self.entrance, self.address, truth,
            around="public-api", origin=self.origin,
        )  # fmt: skip

    def all(self, answered: Answered) -> "Way":
        """The same, with this for everything that is asked there."""
        return replace(
            self, target=answered, siblings=(answered,) * 3, handwriting=(answered,) * 3, own_name=answered
        )

    def thrice(self) -> "Way":
        return replace(self, replays=(self.target, self.target))

    def room(self) -> Room:
        room = Room()
        room.sight("internet", *self.sight)
        for place, answered in enumerate(self.gateway):
            random = HttpQuestion("https", "api.example.com", 443, f"/x{place}", address=self.vouched_at)
            room.ask(Role.GATEWAY, f"gw|public-api|{self.vouched_at}", "gateway", 0, random, answered)
        for place, answered in enumerate(self.handwriting):
            group = f"gw|{self.entrance}|{self.address}"
            room.ask(Role.GATEWAY, group, "around", 0, self._there(f"/y{place}"), answered)
        self._inside(room)
        for attempt, answered in enumerate((self.target, *self.replays), start=1):
            self._sighting(room, answered, attempt)
        room.seen = [self._ended(room, seen) for seen in room.seen]
        return room

    def _ended(self, room: Room, seen: Seen) -> Seen:
        """Where the exchanges through the way around ended; nobody was asked anything by then."""
        question = next(probe.question for probe in room.probes if probe.id == seen.probe)
        there = question.kind == "http" and question.port == 8080 and question.host == "api.example.com"
        if there and isinstance(seen, Observation) and seen.answer is None:
            return replace(seen, phase=self.phase)
        return seen

    def _there(self, path: str, host: str = "api.example.com") -> HttpQuestion:
        return HttpQuestion("http", "api.example.com", 8080, path, host_header=host, address=self.address)

    def _inside(self, room: Room) -> None:
        group = self.claim.truth or ""
        question = HttpQuestion("http", HOST, 8081, "/internal/v1/config")
        for step, answered in zip((0, 2), self.truth, strict=False):
            room.ask(Role.TRUTH, group, "in", step, question, answered, vantage="vpc")
        for name, answered in zip("ab", self.truth_siblings, strict=False):
            beside = replace(question, target=f"/internal/v1/{name}")
            room.ask(Role.TRUTH_SIBLING, group, "in", 1, beside, answered, vantage="vpc")
        options = Page(405, '{"detail": "Method Not Allowed"}', JSON)
        room.ask(
            Role.UPSTREAM, "upstream|config", "in", 1, replace(question, method="OPTIONS"), options, vantage="vpc"
        )

    def _sighting(self, room: Room, answered: Answered, attempt: int) -> None:
        lane, key = f"lane|{attempt}", self.claim.key
        for place, control in zip((0, 4), self.control, strict=False):
            health = HttpQuestion("https", "api.example.com", 443, "/api/v1/health", address=self.vouched_at)
            group = f"gw|public-api|{self.vouched_at}"
            room.ask(Role.ENTRANCE, group, lane, place, health, control, attempt=attempt, expect_status=200)
        if self.host:
            plain = self._there("/internal/v1/config")
            room.ask(Role.GATEWAY, key, lane, 1, plain, self.own_name, attempt=attempt)
        for place, (step, other) in enumerate(zip((1, 1, 3), self.siblings, strict=False)):
            beside = (
                self._there("/internal/v1/config", f"z{place}{attempt}.internal.example.net")
                if self.host
                else self._there(f"/internal/v1/z{place}{attempt}")
            )
            room.ask(Role.SIBLING, key, lane, step, beside, other, attempt=attempt)
        target = self._there("/internal/v1/config", HOST if self.host else "api.example.com")
        room.ask(Role.TARGET, key, lane, 2, target, answered, attempt=attempt)

    def judged(self) -> Judgement:
        room = self.room()
        return judge(room.plan(self.claim), room.seen).judgements[0]

    @property
    def said(self) -> str:
        judged = self.judged()
        return f"{judged.verdict} {judged.reason} {judged.confidence}"


ORIGIN = Way(origin=True, address="198.51.100.7")
WAYS = (Way(), Way(host=True), ORIGIN, replace(ORIGIN, host=True))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("turned", "said"),
    [
        (REFUSED, "closed port_refused medium"),
        (UNREACHABLE, "closed port_unreachable medium"),
        (Outcome.PROHIBITED, "closed port_unreachable medium"),
        (SILENT, "untested transport_error None"),  # once
        (Outcome.RESET, "unproven outside_control_failed None"),
        (Outcome.PROTOCOL_ERROR, "unproven outside_control_failed None"),
        (Outcome.TLS_FAILED, "unproven outside_control_failed None"),
    ],
)
def test_a_way_that_turns_everything_away(way: Way, turned: Answered, said: str) -> None:
    assert way.all(turned).said == said


@pytest.mark.parametrize("way", WAYS)
def test_silence_counts_when_it_comes_three_times(way: Way) -> None:
    silent = way.all(SILENT)
    assert silent.thrice().said == "closed port_silent low"
    assert replace(silent, replays=(SILENT,)).judged().verdict is not Verdict.CLOSED
    for other in (Outcome.RESET, GATEWAY_404, None, SkipReason.DEADLINE, Outcome.PROBER_ERROR):
        assert replace(silent, replays=(SILENT, other)).judged().verdict is not Verdict.CLOSED


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # only the target is turned away, or one sibling is not
        ({"siblings": (GATEWAY_404,) * 3, "handwriting": GATEWAYS_OWN}, "untested transport_error None"),
        ({"siblings": (REFUSED, GATEWAY_404, REFUSED)}, "unproven outside_control_failed None"),
        ({"siblings": (REFUSED, SILENT, REFUSED)}, "unproven outside_control_failed None"),
        ({"siblings": ()}, "unproven control_missing None"),
        # it answered something, some time
        ({"handwriting": (REFUSED, GATEWAY_404, REFUSED)}, "unproven outside_control_failed None"),
        ({"handwriting": ()}, "unproven outside_control_failed None"),
        # it connected, or was asked already
        ({"phase": Phase.TLS}, "unproven outside_control_failed None"),
        ({"phase": Phase.RESPONSE}, "unproven outside_control_failed None"),
        ({"phase": None}, "unproven outside_control_failed None"),
        # the gateway's control
        ({"control": ()}, "unproven control_missing None"),
        ({"control": (HEALTHY,)}, "unproven control_missing None"),
        ({"control": (HEALTHY, Page(503, "down"))}, "unproven outside_control_failed None"),
        ({"control": (REFUSED, REFUSED)}, "unproven outside_control_failed None"),
        ({"gateway": (HEALTHY, HEALTHY, GATEWAY_400)}, "unproven outside_control_failed None"),  # says so to all
        ({"gateway": ()}, "unproven control_missing None"),
        # sight and inside
        ({"sight": (HEALTHY, REFUSED)}, "unproven outside_control_failed None"),
        ({"sight": (HEALTHY, None)}, "unproven control_missing None"),
        ({"truth": (SECRET, REFUSED)}, "unproven inside_control_failed None"),
        ({"truth": (SECRET, OTHER)}, "unproven inside_control_failed None"),
        ({"truth": ()}, "unproven control_missing None"),
        ({"truth": (INSIDE_404, INSIDE_404)}, "unproven stale_target None"),
    ],
)  # fmt: skip
def test_whatever_is_missing_leaves_it_open(way: Way, changes: dict[str, object], said: str) -> None:
    assert replace(way, **changes).said == said  # type: ignore[arg-type]


def test_under_its_own_name_a_host_must_be_turned_away_too() -> None:
    assert replace(Way(host=True), own_name=GATEWAY_404).judged().verdict is not Verdict.CLOSED


def test_a_listener_is_vouched_for_at_its_own_address() -> None:
    assert Way(vouched_at="203.0.113.11").said == "unproven control_missing None"


@pytest.mark.parametrize("turned", [REFUSED, UNREACHABLE])
def test_an_origin_is_vouched_for_in_its_own_family_of_addresses(turned: Answered) -> None:
    """A vantage without IPv6 finds every address of it unreachable."""
    far = replace(ORIGIN, address="2001:db8::7").all(turned)
    assert far.said == "unproven control_missing None"
    assert replace(far, vouched_at="2001:db8::10").judged().verdict is Verdict.CLOSED


@pytest.mark.parametrize("way", WAYS)
def test_what_answers_is_judged_as_ever(way: Way) -> None:
    open_ = replace(way, siblings=(GATEWAY_404,) * 3, handwriting=GATEWAYS_OWN, own_name=GATEWAY_404)
    assert replace(open_, target=GATEWAY_404).said == "closed gateway_404 high"
    leaks = replace(open_, target=SECRET).judged()
    assert (leaks.verdict, leaks.confidence) == (Verdict.EXPOSED, "high")
    page = replace(open_.all(SPA), replays=(SPA, SPA))
    assert page.said == "closed catch_all medium"
    assert replace(page, control=(SPA, SPA)).judged().verdict is not Verdict.CLOSED  # a page for everything


def test_a_blind_vantage_accuses_through_it() -> None:
    blind = Way(target=SECRET, siblings=(GATEWAY_404,) * 3, sight=(REFUSED, REFUSED), control=())
    assert blind.judged().verdict is Verdict.EXPOSED


def test_inside_may_be_answered_by_what_stands_behind_the_gateway() -> None:
    """The inside answer must not come by way of a gateway; an origin is the service itself."""
    room = ORIGIN.room()
    plan = room.plan(ORIGIN.claim)
    by_origin = [
        replace(seen, address="198.51.100.7") if isinstance(seen, Observation) and seen.vantage == "vpc" else seen
        for seen in room.seen
    ]
    probes = tuple(
        replace(p, question=replace(p.question, port=8080))
        if p.vantage == "vpc" and isinstance(p.question, HttpQuestion)
        else p
        for p in plan.probes
    )
    assert judge(replace(plan, probes=probes), by_origin).judgements[0].verdict is Verdict.CLOSED


def losses(way: Way) -> Iterator[tuple[Plan, list[Seen]]]:
    """Everything that was seen of a way, less one observation."""
    room = way.room()
    for lost in LOST:
        for fewer in each_lost(room, lost):
            yield room.plan(way.claim), fewer


@pytest.mark.parametrize("way", [*WAYS, *(each.all(SILENT).thrice() for each in WAYS)])
def test_taking_any_observation_away_never_leaves_it_closed(way: Way) -> None:
    """Each of them is needed, but for what the service says inside beside the target, and malformed paths."""
    assert way.judged().verdict is Verdict.CLOSED
    room = way.room()
    spared = {Role.TRUTH_SIBLING, Role.UPSTREAM}
    needed = {p.id for p in room.probes if p.role not in spared and p.group != ENTRANCE}
    by_id = {probe.id: probe for probe in room.probes}
    for lost in (Outcome.PROBER_ERROR, Outcome.PROXY_FAILED, Outcome.RESET, SkipReason.DEADLINE, None):
        for seen in room.seen:
            if seen.probe in needed or (by_id[seen.probe].role is Role.ENTRANCE):
                instead = seen_of(by_id[seen.probe], lost)
                fewer = [*(each for each in room.seen if each is not seen), *([instead] if instead else [])]
                judged = judge(room.plan(way.claim), fewer).judgements[0]
                assert judged.verdict is not Verdict.CLOSED, (by_id[seen.probe], lost)


ends = st.sampled_from([REFUSED, SILENT, UNREACHABLE, Outcome.RESET, GATEWAY_404, SECRET, SPA, Page(429), *LOST])
same = ends.map(lambda one: (one, one, one))
ways = st.builds(
    Way,
    target=ends,
    siblings=same | st.tuples(ends, ends, ends),
    handwriting=same | st.tuples(ends, ends, ends),
    own_name=ends,
    control=st.just((HEALTHY, HEALTHY)) | st.tuples(ends, ends),
    gateway=st.just(GATEWAYS_OWN) | st.tuples(ends, ends, ends),
    truth=st.just((SECRET, SECRET)) | st.tuples(ends, ends),
    sight=st.just((HEALTHY, HEALTHY)) | st.tuples(ends, ends),
    replays=st.lists(ends, max_size=2).map(tuple),
    host=st.booleans(),
    origin=st.booleans(),
    address=st.sampled_from((ADDRESS, "198.51.100.7", "2001:db8::7")),
    phase=st.sampled_from((Phase.CONNECT, Phase.CONNECT, Phase.TLS, None)),
)


@settings(max_examples=60, deadline=None)
@given(ways | st.sampled_from(WAYS))
def test_losing_anything_never_closes(way: Way) -> None:
    judged = way.judged()
    sound(judged)
    if judged.verdict is not Verdict.CLOSED:
        for plan, fewer in losses(way):
            assert judge(plan, fewer).judgements[0].verdict is not Verdict.CLOSED


@settings(max_examples=150, deadline=None)
@given(ways, st.sampled_from([(Role.ENTRANCE,), (Role.SIGHT,), (Role.SIBLING,), (Role.TRUTH,), (Role.TARGET,)]))
def test_nothing_is_closed_without_its_controls(way: Way, roles: tuple[Role, ...]) -> None:
    room = way.room()
    kept = tuple(probe for probe in room.probes if probe.role not in roles)
    ids = {probe.id for probe in kept}
    seen = [each for each in room.seen if each.probe in ids]
    assert judge(Plan(VANTAGES, (way.claim,), kept), seen).judgements[0].verdict is not Verdict.CLOSED
