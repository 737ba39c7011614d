"""What a finding lives through, as a table of short histories, and the laws that hold for every history."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.catalog import class_of
from auditor.catalog.leaks import VECTORS
from auditor.findings import BAD, UNOWNED, Owned, Settled, finding_id, settle, severity, vector
from auditor.model import (
    DECISIVE,
    REASONS,
    Aspect,
    ChangeKind,
    Check,
    Claim,
    Confidence,
    Finding,
    FindingState,
    Judgement,
    Reason,
    Severity,
    Vector,
    Verdict,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SERVICES = {"config": Owned("team-platform", Severity.HIGH)}
ID = finding_id("config", "path", "/internal", "public-api")


def judged(
    verdict: Verdict | str,
    *,
    address: str = "203.0.113.10",
    reason: Reason | None = None,
    target: str = "/internal",
    aspect: Aspect = Aspect.PATH,
    confidence: Confidence | None = None,
) -> Judgement:
    verdict = Verdict(verdict)
    key = f"config|{aspect}|{target}|public-api|{address}"
    claim = Claim(key, "config", aspect, target, "public-api", address, truth=None)
    found = reason or min(REASONS[verdict])
    sure = confidence or (Confidence.HIGH if verdict in DECISIVE else None)
    return Judgement(claim, verdict, found, sure, "internet")


def lived(*audits: str | Sequence[str], step: timedelta = timedelta(minutes=15)) -> list[Settled]:
    """Settles one audit after another; each is a verdict, or one verdict for each address."""
    out: list[Settled] = []
    known: Mapping[str, Finding] = {}
    for place, audit in enumerate(audits):
        verdicts = [audit] if isinstance(audit, str) else audit
        judgements = [judged(v, address=f"203.0.113.{n}") for n, v in enumerate(verdicts)]
        out.append(settle(judgements, known, services=SERVICES, at=NOON + place * step))
        known = {each.id: each for each in out[-1].findings}
    return out


def told(history: Sequence[Settled]) -> list[str]:
    return [" ".join(change.kind for change in each.changes) or "-" for each in history]


@pytest.mark.parametrize(
    ("audits", "changes", "state"),
    [
        (["exposed"], ["opened"], "open"),
        (["suspected"], ["opened"], "open"),
        (["guarded"], ["opened"], "open"),
        (["routed"], ["opened"], "open"),
        (["resolves"], ["opened"], "open"),
        (["closed"], ["-"], None),
        (["untested"], ["-"], None),
        (["unproven"], ["-"], None),
        (["exposed", "exposed"], ["opened", "-"], "open"),
        (["guarded", "exposed"], ["opened", "worsened"], "open"),
        (["exposed", "guarded"], ["opened", "-"], "open"),
        (["exposed", "guarded", "exposed"], ["opened", "-", "worsened"], "open"),
        # one closed audit is not enough, and what comes between starts the count again, or leaves it
        (["exposed", "closed"], ["opened", "-"], "open"),
        (["exposed", "closed", "closed"], ["opened", "-", "resolved"], "resolved"),
        (["exposed", "closed", "exposed", "closed"], ["opened", "-", "-", "-"], "open"),
        (["exposed", "closed", "untested", "closed"], ["opened", "-", "-", "resolved"], "resolved"),
        (["exposed", "closed", "unproven"], ["opened", "-", "-"], "open"),
        (["exposed", "untested", "unproven", "untested"], ["opened", "-", "-", "-"], "open"),
        (["exposed", [], []], ["opened", "-", "-"], "open"),  # no longer configured
        # and again
        (["exposed", "closed", "closed", "guarded"], ["opened", "-", "resolved", "reopened"], "open"),
        (["exposed", "closed", "closed", "untested"], ["opened", "-", "resolved", "-"], "resolved"),
        (["exposed", "closed", "closed", "closed"], ["opened", "-", "resolved", "-"], "resolved"),
        # several addresses: the worst tells, and all have to be closed
        ([["closed", "exposed"]], ["opened"], "open"),
        ([["untested", "exposed"]], ["opened"], "open"),
        ([["closed", "untested"]], ["-"], None),
        (["exposed", ["closed", "exposed"], ["closed", "closed"]], ["opened", "-", "-"], "open"),
        (["exposed", ["closed", "untested"], ["closed", "unproven"]], ["opened", "-", "-"], "open"),
        (["exposed", ["closed", "closed"], ["closed", "closed"]], ["opened", "-", "resolved"], "resolved"),
    ],
)
def test_what_a_finding_lives_through(
    audits: list[str | list[str]], changes: list[str], state: str | None
) -> None:
    history = lived(*audits)
    assert told(history) == changes
    assert [each.state for each in history[-1].findings] == ([] if state is None else [state])


def test_an_opened_finding_says_everything() -> None:
    judgement = judged("exposed", reason=Reason.SAME_AS_INSIDE)
    (finding,) = settle([judgement], {}, services=SERVICES, at=NOON).findings
    assert finding == Finding(
        id=ID,
        service="config",
        aspect="path",
        target="/internal",
        entrance="public-api",
        owner="team-platform",
        state=FindingState.OPEN,
        verdict=Verdict.EXPOSED,
        reason=Reason.SAME_AS_INSIDE,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        vectors=(Vector.GW_PATH,),
        opened_at=NOON,
        last_seen_at=NOON,
    )


def test_times_of_a_whole_life() -> None:
    step = timedelta(minutes=15)
    history = lived("exposed", "exposed", "closed", "closed", "guarded")
    _, seen, closed, resolved, again = [each.findings[0] for each in history]
    assert (seen.opened_at, seen.last_seen_at) == (NOON, NOON + step)
    assert (closed.last_closed_at, closed.closed_in_a_row, closed.resolved_at) == (NOON + 2 * step, 1, None)
    assert (resolved.resolved_at, resolved.closed_in_a_row) == (NOON + 3 * step, 2)
    assert (again.opened_at, again.last_seen_at, again.resolved_at) == (NOON, NOON + 4 * step, None)
    assert (again.closed_in_a_row, again.reopened) == (0, 1)


def test_changes_name_the_verdict_before() -> None:
    history = lived("guarded", "exposed", "closed", "closed", "routed")
    found = [(c.kind, c.before, c.verdict) for each in history for c in each.changes]
    assert found == [
        (ChangeKind.OPENED, None, Verdict.GUARDED),
        (ChangeKind.WORSENED, Verdict.GUARDED, Verdict.EXPOSED),
        (ChangeKind.RESOLVED, Verdict.EXPOSED, Verdict.CLOSED),
        (ChangeKind.REOPENED, Verdict.EXPOSED, Verdict.ROUTED),
    ]


def test_better_but_still_bad_is_shown_and_not_told() -> None:
    finding = lived("exposed", "guarded")[-1].findings[0]
    assert (finding.verdict, finding.severity) == (Verdict.GUARDED, Severity.MEDIUM)


def test_nothing_improves_while_an_address_could_not_be_looked_at() -> None:
    first = [judged("exposed", address="203.0.113.1"), judged("guarded", address="203.0.113.2")]
    then = [judged("untested", address="203.0.113.1"), judged("guarded", address="203.0.113.2")]
    known = {each.id: each for each in settle(first, {}, services=SERVICES, at=NOON).findings}
    later = NOON + timedelta(hours=1)
    settled = settle(then, known, services=SERVICES, at=later)
    assert (settled.findings[0].verdict, settled.findings[0].last_seen_at) == (Verdict.EXPOSED, later)
    assert settled.changes == ()


def test_a_finding_whose_claim_is_gone_stays_untouched() -> None:
    known = {each.id: each for each in lived("exposed")[-1].findings}
    settled = settle([judged("closed", target="/other")], known, services={}, at=NOON + timedelta(days=9))
    assert settled == Settled(tuple(known.values()), ())


def test_all_known_and_new_findings_are_returned_in_order() -> None:
    paths = [f"/internal/{n}" for n in range(20)]
    first = settle([judged("exposed", target=p) for p in paths[:10]], {}, services={}, at=NOON)
    known = {each.id: each for each in first.findings}
    second = settle([judged("exposed", target=p) for p in paths[10:]], known, services={}, at=NOON)
    assert [each.id for each in second.findings] == sorted(
        finding_id("config", "path", p, "public-api") for p in paths
    )
    assert [each.finding for each in second.changes] == sorted(each.finding for each in second.changes)


def test_the_owner_and_the_severity_follow_the_configuration() -> None:
    known = {each.id: each for each in lived("exposed")[-1].findings}
    moved = {"config": Owned("team-edge", Severity.CRITICAL)}
    (finding,) = settle([judged("exposed", reason=Reason.CANARY)], known, services=moved, at=NOON).findings
    assert (finding.owner, finding.severity) == ("team-edge", Severity.CRITICAL)


def test_the_surest_of_equally_bad_answers_is_shown() -> None:
    low = judged("exposed", address="203.0.113.1", reason=Reason.SIGNATURE, confidence=Confidence.LOW)
    sure = judged("exposed", address="203.0.113.2", reason=Reason.CANARY, confidence=Confidence.CERTAIN)
    for order in itertools.permutations([low, sure]):
        (finding,) = settle(order, {}, services={}, at=NOON).findings
        assert (finding.reason, finding.confidence) == (Reason.CANARY, Confidence.CERTAIN)


def test_a_clock_that_stepped_back_breaks_nothing() -> None:
    history = lived("exposed", "exposed", "closed", "closed", "exposed", step=timedelta(hours=-1))
    assert told(history) == ["opened", "-", "-", "resolved", "reopened"]
    for each in history:
        (finding,) = each.findings
        assert finding.opened_at == finding.last_seen_at == NOON
        assert finding.resolved_at in (None, NOON)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        settle([], {}, services={}, at=NOON.replace(tzinfo=None))


# --- names, severities, vectors --------------------------------------------------------------------------


def test_the_id_is_stable_and_told_apart_by_all_its_parts() -> None:
    assert re.fullmatch(r"LK-[A-Z2-7]{8}", ID)
    assert ID == finding_id("config", Aspect.PATH, "/internal", "public-api") == "LK-5HHU53NH"
    others = {
        finding_id("config", "path", "/internal", "public-dns"),
        finding_id("config", "host", "/internal", "public-api"),
        finding_id("configpath", "", "/internal", "public-api"),
        finding_id("config", "path", "/internalpublic-api", ""),
    }
    assert len(others | {ID}) == 5


@pytest.mark.parametrize(
    ("verdict", "reason", "service", "expected"),
    [
        ("exposed", Reason.SAME_AS_INSIDE, "critical", "critical"),
        ("exposed", Reason.SAME_AS_INSIDE, "high", "high"),
        ("exposed", Reason.SAME_AS_INSIDE, "medium", "high"),
        ("exposed", Reason.SAME_AS_INSIDE, "low", "medium"),
        ("exposed", Reason.SAME_AS_INSIDE, "info", "low"),
        ("exposed", Reason.AUTH_LOST_AT_EDGE, "info", "critical"),
        ("suspected", Reason.UNEXPLAINED_2XX, "high", "high"),
        ("suspected", Reason.UNEXPLAINED_2XX, "medium", "medium"),
        ("suspected", Reason.LOW_INFORMATION, "high", "medium"),
        ("guarded", Reason.UPSTREAM_AUTH, "critical", "medium"),
        ("guarded", Reason.UPSTREAM_AUTH, "medium", "medium"),
        ("routed", Reason.UPSTREAM_404, "high", "medium"),
        ("routed", Reason.UPSTREAM_404, "medium", "low"),
        ("routed", Reason.LATENT, "critical", "low"),
        ("resolves", Reason.PRIVATE_ADDRESS, "medium", "medium"),
        ("resolves", Reason.ANSWERS, "low", "low"),
        ("resolves", Reason.EXISTS_NO_DATA, "critical", "low"),
    ],
)
def test_severity(verdict: str, reason: Reason, service: str, expected: str) -> None:
    assert severity(Verdict(verdict), reason, Owned(None, Severity(service))) == expected


def test_a_declared_login_is_low_and_only_for_guarded() -> None:
    fine = Owned(None, Severity.CRITICAL, guarded_ok=True)
    assert severity(Verdict.GUARDED, Reason.LOGIN_REDIRECT, fine) is Severity.LOW
    assert severity(Verdict.EXPOSED, Reason.CANARY, fine) is Severity.CRITICAL


@pytest.mark.parametrize("verdict", sorted(BAD))
def test_every_bad_verdict_has_a_severity_that_falls_with_the_service(verdict: Verdict) -> None:
    order = tuple(Severity)
    for reason in REASONS[verdict]:
        places = [order.index(severity(verdict, reason, Owned(None, each))) for each in order]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("aspect", "reason", "expected"),
    [
        (Aspect.PATH, Reason.SAME_AS_INSIDE, Vector.GW_PATH),
        (Aspect.HOST, Reason.HOST_EXPOSED, Vector.GW_HOST),
        (Aspect.PORT, Reason.PORT_OPEN, Vector.PORT_OPEN),
        (Aspect.NAME, Reason.ANSWERS, Vector.DNS_PUB),
        (Aspect.NAME, Reason.PRIVATE_ADDRESS, Vector.DNS_PRIV),
        (Aspect.NAME, Reason.SPLIT_HORIZON, Vector.DNS_PRIV),
        (Aspect.NAME, Reason.WILDCARD, Vector.DNS_WILDCARD),
    ],
)
def test_vector(aspect: Aspect, reason: Reason, expected: Vector) -> None:
    assert vector(aspect, reason) is expected


@pytest.mark.parametrize(
    ("check", "reason", "expected", "number"),
    [
        (Check.TRANSFER, Reason.ZONE_TRANSFER, Vector.DNS_TRANSFER, "D5"),
        (Check.WALK, Reason.ZONE_WALK, Vector.DNS_WALK, "D6"),
        (Check.NSEC3, Reason.NSEC3_MATCH, Vector.DNS_NSEC3, "D7"),
        (Check.WILDCARD, Reason.PRIVATE_ADDRESS, Vector.DNS_WILDCARD, "D8"),
        (Check.TRANSPARENCY, Reason.LOGGED, Vector.CERT_LOGGED, "D9"),
        (Check.CERTIFICATE, Reason.DISCLOSES_NAME, Vector.CERT_NAME, "D10"),
        (Check.REVERSE, Reason.DISCLOSES_NAME, Vector.DNS_REVERSE, "D11"),
        (Check.ESCAPE, Reason.QUERIES_ESCAPE, Vector.DNS_ESCAPE, "D11"),
        (Check.SEARCH, Reason.SEARCH_SUFFIX, Vector.DNS_SEARCH, "D13"),
        (Check.DELEGATION, Reason.LAME, Vector.DNS_DANGLING, "D14"),
        (Check.DELEGATION, Reason.PRIVATE_IN_RECORD, Vector.DNS_RECORD, "D2"),
        (Check.DELEGATION, Reason.DISCLOSES_NAME, Vector.DNS_NAME, "D22"),
        (Check.DELEGATION, Reason.EXISTS_NO_DATA, Vector.DNS_PUB, "D3"),
        (Check.REBINDING, Reason.REBINDING, Vector.DNS_REBINDING, "D15"),
        (Check.RECURSION, Reason.INTERNAL_RESOLVER, Vector.DNS_OPEN, "D16"),
        (Check.RECURSION, Reason.CACHED_NAME, Vector.DNS_CACHE, "D18"),
        (Check.IDENTITY, Reason.SERVER_IDENTITY, Vector.DNS_IDENTITY, "D19"),
        (Check.DIRECTORY, Reason.SERVICE_RECORDS, Vector.DNS_DIRECTORY, "D20"),
        (Check.SERIAL, Reason.STALE_SERVER, Vector.DNS_STALE, "D23"),
        (None, Reason.PRIVATE_IN_RECORD, Vector.DNS_RECORD, "D2"),
        (None, Reason.VIEW_DIFFERS, Vector.DNS_VIEW, "D17"),
        (None, Reason.DANGLING, Vector.DNS_DANGLING, "D14"),
        (None, Reason.DISCLOSES_NAME, Vector.DNS_NAME, "D22"),
        (None, Reason.STALE_ANSWER, Vector.DNS_STALE, "D23"),
    ],
)
def test_the_vector_of_a_check_is_the_one_whose_class_it_is(
    check: Check | None, reason: Reason, expected: Vector, number: str
) -> None:
    found = vector(Aspect.DNS if check else Aspect.NAME, reason, check=check)
    assert found is expected and VECTORS[found] == class_of(check, reason) == number


_DNS = Claim("k", "zone:x", Aspect.DNS, "transfer", "public-dns", "192.0.2.53", None, zone="x")


@pytest.mark.parametrize(
    ("claim", "verdict", "reason", "confidence", "expected"),
    [
        (replace(_DNS, check=Check.TRANSFER, internal=True), "exposed", Reason.ZONE_TRANSFER, "certain", "high"),
        (replace(_DNS, check=Check.TRANSFER), "exposed", Reason.ZONE_TRANSFER, "certain", "medium"),
        (replace(_DNS, check=Check.WALK), "exposed", Reason.ZONE_WALK, "high", "low"),
        (replace(_DNS, check=Check.NSEC3), "resolves", Reason.NSEC3_MATCH, "medium", "low"),
        (replace(_DNS, check=Check.NSEC3), "resolves", Reason.WEAK_NSEC3, "high", "low"),
        (replace(_DNS, check=Check.WILDCARD), "resolves", Reason.WILDCARD, "high", "info"),
        (replace(_DNS, check=Check.WILDCARD), "resolves", Reason.PRIVATE_ADDRESS, "high", "medium"),
        (replace(_DNS, check=Check.TRANSPARENCY), "resolves", Reason.LOGGED, "high", "low"),
        (replace(_DNS, check=Check.CERTIFICATE), "resolves", Reason.DISCLOSES_NAME, "high", "low"),
        (replace(_DNS, check=Check.ESCAPE), "resolves", Reason.QUERIES_ESCAPE, "high", "low"),
        (replace(_DNS, check=Check.SEARCH), "resolves", Reason.SEARCH_SUFFIX, "high", "low"),
        (replace(_DNS, check=Check.SEARCH, zone=None), "resolves", Reason.SEARCH_SUFFIX, "high", "medium"),
        (replace(_DNS, check=Check.DELEGATION), "resolves", Reason.DANGLING, "high", "high"),
        (replace(_DNS, check=Check.DELEGATION), "resolves", Reason.DANGLING, "medium", "medium"),
        (replace(_DNS, check=Check.DELEGATION), "resolves", Reason.LAME, "high", "medium"),
        (replace(_DNS, check=Check.DELEGATION), "resolves", Reason.EXISTS_NO_DATA, "low", "low"),
        (replace(_DNS, check=Check.REBINDING), "resolves", Reason.REBINDING, "high", "medium"),
        (replace(_DNS, check=Check.RECURSION), "exposed", Reason.OPEN_RESOLVER, "high", "high"),
        (replace(_DNS, check=Check.RECURSION), "exposed", Reason.INTERNAL_RESOLVER, "high", "high"),
        (replace(_DNS, check=Check.RECURSION), "resolves", Reason.CACHED_NAME, "high", "low"),
        (replace(_DNS, check=Check.IDENTITY), "resolves", Reason.SERVER_IDENTITY, "low", "low"),
        (replace(_DNS, check=Check.DIRECTORY), "resolves", Reason.SERVICE_RECORDS, "high", "low"),
        (replace(_DNS, check=Check.SERIAL), "resolves", Reason.STALE_SERVER, "high", "info"),
        (replace(_DNS, aspect=Aspect.NAME), "resolves", Reason.PRIVATE_IN_RECORD, "high", "medium"),
        (replace(_DNS, aspect=Aspect.NAME), "resolves", Reason.STALE_ANSWER, "high", "medium"),
        (replace(_DNS, aspect=Aspect.NAME), "resolves", Reason.VIEW_DIFFERS, "high", "medium"),
        (replace(_DNS, aspect=Aspect.NAME), "resolves", Reason.DISCLOSES_NAME, "high", "low"),
        (replace(_DNS, aspect=Aspect.NAME), "resolves", Reason.WILDCARD, "high", "medium"),
    ],
)
def test_severity_of_names_and_checks(
    claim: Claim, verdict: str, reason: Reason, confidence: str, expected: str
) -> None:
    """For a zone of medium weight, as is the default."""
    found = severity(
        Verdict(verdict), reason, Owned(None, Severity.MEDIUM), claim=claim, confidence=Confidence(confidence)
    )
    assert found == expected


def test_a_finding_of_a_zone_has_the_zones_owner_and_its_check_s_severity() -> None:
    claim = replace(_DNS, service="zone:x", check=Check.TRANSFER, internal=True)
    judgement = Judgement(claim, Verdict.EXPOSED, Reason.ZONE_TRANSFER, Confidence.CERTAIN, "internet")
    owned = {"zone:x": Owned("team-net", Severity.LOW)}
    first = settle([judgement], {}, services=owned, at=NOON).findings
    again = settle([judgement], {f.id: f for f in first}, services=owned, at=NOON + timedelta(hours=1)).findings
    for (finding,) in (first, again):
        assert (finding.owner, finding.severity) == ("team-net", Severity.HIGH)
        assert finding.vectors == (Vector.DNS_TRANSFER,)


def test_vectors_of_all_bad_addresses_are_named() -> None:
    judgements = [
        judged("resolves", address="192.0.2.1", reason=Reason.PRIVATE_ADDRESS, aspect=Aspect.NAME),
        judged("resolves", address="192.0.2.2", reason=Reason.ANSWERS, aspect=Aspect.NAME),
        judged("closed", address="192.0.2.3", aspect=Aspect.NAME),
    ]
    (finding,) = settle(judgements, {}, services={}, at=NOON).findings
    assert finding.vectors == (Vector.DNS_PUB, Vector.DNS_PRIV)


def test_an_unknown_service_counts_as_medium() -> None:
    (finding,) = settle([judged("exposed", reason=Reason.CANARY)], {}, services={}, at=NOON).findings
    assert (finding.owner, finding.severity) == (None, severity(Verdict.EXPOSED, Reason.CANARY, UNOWNED))


# --- laws ------------------------------------------------------------------------------------------------

_verdicts = st.sampled_from(Verdict)
_audit = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), _verdicts), max_size=6, unique_by=lambda t: t[:2]
)
_steps = st.integers(min_value=-3600, max_value=3600).filter(bool)
_history = st.lists(st.tuples(_audit, _steps), max_size=12)


def _judgements(audit: list[tuple[str, str, Verdict]]) -> list[Judgement]:
    return [judged(verdict, target=f"/{target}", address=address) for target, address, verdict in audit]


def _replayed(history: list[tuple[list[tuple[str, str, Verdict]], int]]) -> list[Settled]:
    out: list[Settled] = []
    known: dict[str, Finding] = {}
    at = NOON
    for audit, step in history:
        at += timedelta(seconds=step)
        out.append(settle(_judgements(audit), known, services=SERVICES, at=at))
        known = {each.id: each for each in out[-1].findings}
    return out


@given(_history)
def test_opened_and_resolved_alternate(history: list[tuple[list[tuple[str, str, Verdict]], int]]) -> None:
    open_now: set[str] = set()
    ever: set[str] = set()
    for settled in _replayed(history):
        for change in settled.changes:
            if change.kind is ChangeKind.RESOLVED:
                open_now.remove(change.finding)
            elif change.kind is ChangeKind.WORSENED:
                assert change.finding in open_now
            else:
                assert change.finding not in open_now
                assert (change.kind is ChangeKind.REOPENED) == (change.finding in ever)
                open_now.add(change.finding)
                ever.add(change.finding)
        assert open_now == {each.id for each in settled.findings if each.state is FindingState.OPEN}


@given(_history)
def test_replay_gives_the_same_state_whatever_the_order_of_judgements(
    history: list[tuple[list[tuple[str, str, Verdict]], int]],
) -> None:
    assert _replayed(history) == _replayed([(audit[::-1], step) for audit, step in history])


@given(_history, _audit)
def test_inconclusive_never_opens_nor_resolves_nor_alters_what_is_closed(
    history: list[tuple[list[tuple[str, str, Verdict]], int]], audit: list[tuple[str, str, Verdict]]
) -> None:
    before = [Settled((), ()), *_replayed(history)][-1]
    unclear = [(t, a, v if v not in DECISIVE else Verdict.UNTESTED) for t, a, v in audit]
    known = {each.id: each for each in before.findings}
    after = settle(_judgements(unclear), known, services=SERVICES, at=NOON + timedelta(days=30))
    assert after == Settled(before.findings, ())


@given(_history, _audit)
def test_settling_an_audit_twice_is_settling_it_once(
    history: list[tuple[list[tuple[str, str, Verdict]], int]], audit: list[tuple[str, str, Verdict]]
) -> None:
    before = [Settled((), ()), *_replayed(history)][-1]
    at = NOON + timedelta(days=30)
    once = settle(_judgements(audit), {e.id: e for e in before.findings}, services=SERVICES, at=at)
    twice = settle(_judgements(audit), {e.id: e for e in once.findings}, services=SERVICES, at=at)
    assert twice == Settled(once.findings, ())


@given(_history)
def test_times_never_run_backwards(history: list[tuple[list[tuple[str, str, Verdict]], int]]) -> None:
    last: dict[str, Finding] = {}
    for settled in _replayed(history):
        for each in settled.findings:
            assert each.opened_at <= each.last_seen_at
            if each.resolved_at is not None:
                assert each.state is FindingState.RESOLVED
                assert each.last_seen_at <= each.resolved_at
            before = last.get(each.id, each)
            assert before.last_seen_at <= each.last_seen_at
            assert before.opened_at == each.opened_at
            last[each.id] = each


@pytest.mark.parametrize(
    ("aspect", "variant", "expected"),
    [
        (Aspect.PATH, "baseline", Vector.GW_PATH),
        (Aspect.PATH, "P09b:/api/v1", Vector.GW_NORM),
        (Aspect.PATH, "H02a", Vector.GW_HEADER),
        (Aspect.HOST, "H07a", Vector.GW_HOST),
    ],
)
def test_a_leak_that_needs_another_spelling_says_so(aspect: Aspect, variant: str, expected: Vector) -> None:
    assert vector(aspect, Reason.SAME_AS_INSIDE, variant) is expected


@pytest.mark.parametrize("variant", ["baseline", "P09b:/api/v1", "H02a"])
@pytest.mark.parametrize("aspect", [Aspect.PATH, Aspect.HOST])
def test_what_leaks_around_a_gateway_is_not_for_its_rules_to_mend(aspect: Aspect, variant: str) -> None:
    assert vector(aspect, Reason.SAME_AS_INSIDE, variant, around="public-api") is Vector.ORIGIN_DIRECT
    judgement = judged("exposed")
    claim = replace(judgement.claim, entrance="public-api origin", around="public-api", origin=True)
    (finding,) = settle([replace(judgement, claim=claim)], {}, services={}, at=NOON).findings
    assert finding.vectors == (Vector.ORIGIN_DIRECT,)
    assert finding.entrance == "public-api origin"


# --- findings of hunts -----------------------------------------------------------------------------------


def hunted(verdict: str, target: str = "/metrics") -> Judgement:
    claim = Claim(f"gateway:public-api|sensitive|{target}|public-api|1", "gateway:public-api", Aspect.SENSITIVE,
                  target, "public-api", "1", truth=None)  # fmt: skip
    reason = Reason.SIGNATURE if verdict == "exposed" else Reason.NOT_SHOWN
    return Judgement(
        claim, Verdict(verdict), reason, Confidence.HIGH if verdict == "exposed" else None, "internet"
    )


def hunts(*audits: Sequence[Judgement]) -> list[Settled]:
    out: list[Settled] = []
    known: Mapping[str, Finding] = {}
    for place, judgements in enumerate(audits):
        at = NOON + place * timedelta(minutes=15)
        out.append(settle(judgements, known, services=SERVICES, at=at))
        known = {each.id: each for each in out[-1].findings}
    return out


def hunt_of(settled: Settled) -> Finding:
    return next(each for each in settled.findings if each.aspect == "sensitive")


def test_silence_never_ends_what_a_hunt_found() -> None:
    first, *later = hunts([hunted("exposed")], *[[hunted("unproven")]] * 5, [])
    (opened,) = first.findings
    assert (opened.owner, opened.severity, opened.vectors) == (None, Severity.HIGH, (Vector.GW_PATH,))
    for each in later:
        assert (each.findings, each.changes) == (first.findings, ())


def test_silence_opens_nothing() -> None:
    assert hunts([hunted("unproven")])[0].findings == ()


@pytest.mark.parametrize("path", ["/metrics", "/metrics/"])
def test_a_path_that_was_described_ends_it_once_it_is_closed_twice(path: str) -> None:
    closed = [judged("closed", target=path)]
    _, half, done, after = hunts([hunted("exposed")], closed, closed, closed)
    assert hunt_of(half).state is FindingState.OPEN and half.changes == ()
    assert hunt_of(done).state is FindingState.RESOLVED
    assert [(each.finding, each.kind) for each in done.changes] == [(hunt_of(done).id, ChangeKind.RESOLVED)]
    assert after.changes == () and hunt_of(after).state is FindingState.RESOLVED


def test_a_path_that_was_described_and_still_leaks_keeps_it_open() -> None:
    *_, last = hunts(
        [hunted("exposed")],
        [judged("closed", target="/metrics")],
        [judged("exposed", target="/metrics")],
        [judged("closed", target="/metrics")],
        [judged("closed", target="/metrics"), judged("unproven", target="/metrics", address="203.0.113.11")],
    )
    assert hunt_of(last).state is FindingState.OPEN
    assert hunt_of(last).closed_in_a_row == 1


def test_another_path_or_another_gateway_is_no_word_on_it() -> None:
    closed = [judged("closed", target="/metrics/x"), judged("closed", target="/metrics", aspect=Aspect.HOST)]
    *_, last = hunts([hunted("exposed")], closed, closed, closed)
    assert hunt_of(last).state is FindingState.OPEN


# --- what is public ------------------------------------------------------------------------------------------

PUBLIC = {"orders": Owned("team-checkout", Severity.CRITICAL)}


def public_judged(*verdicts: str, entrance: str = "public-api") -> list[Judgement]:
    out = []
    for number, word in enumerate(verdicts):
        verdict, _, named = word.partition(" ")
        reason = Reason(named) if named else min(REASONS[Verdict(verdict)])
        key = f"orders|public|/orders|{entrance}|203.0.113.{number}"
        claim = Claim(key, "orders", Aspect.PUBLIC, "/orders", entrance, f"203.0.113.{number}", None)
        sure = Confidence.HIGH if Verdict(verdict) in DECISIVE else None
        out.append(Judgement(claim, Verdict(verdict), reason, sure, "internet"))
    return out


def public_lived(*audits: Sequence[str]) -> list[list[str]]:
    """What changed in each audit, and how it is told."""
    known: Mapping[str, Finding] = {}
    told = []
    for place, verdicts in enumerate(audits):
        done = settle(
            public_judged(*verdicts),
            known,
            services=SERVICES,
            public=PUBLIC,
            at=NOON + place * timedelta(minutes=15),
        )
        known = {each.id: each for each in done.findings}
        told.append([f"{change.kind} {change.verdict}" for change in done.changes])
    return told


def test_a_public_finding_opens_worsens_and_resolves_when_it_is_open_everywhere_twice() -> None:
    good, down, bare = ("open", "open"), ("open", "outage"), ("open", "unauthenticated")
    unknown = ("open", "unproven")
    assert public_lived(good, down, down, bare, unknown, good, unknown, good) == [
        [], ["opened outage"], [], ["worsened unauthenticated"], [], [], [], ["resolved open"],
    ]  # fmt: skip
    assert public_lived(bare, good, down, good, good, bare)[-1] == ["reopened unauthenticated"]
    assert public_lived(bare, unknown, unknown, unknown)[1:] == [[], [], []]


def test_a_public_finding_is_its_own_owners_though_a_service_has_the_same_name() -> None:
    done = settle(
        public_judged("unauthenticated"), {}, services={"orders": Owned("team-platform", Severity.LOW)},
        public=PUBLIC, at=NOON,
    )  # fmt: skip
    (finding,) = done.findings
    assert (finding.owner, finding.severity, finding.vectors) == (
        "team-checkout", Severity.CRITICAL, (Vector.PUB_AUTH,),
    )  # fmt: skip
    (down,) = settle(public_judged("outage token_refused"), {}, services={}, at=NOON).findings
    assert (down.owner, down.severity, down.vectors) == (None, Severity.MEDIUM, (Vector.PUB_DOWN,))


def test_each_entrance_has_its_own_finding() -> None:
    both = public_judged("unauthenticated") + public_judged("unauthenticated", entrance="checkout")
    assert len(settle(both, {}, services={}, at=NOON).findings) == 2
