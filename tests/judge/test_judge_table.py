"""The decision table itself: the direct rows in their abstract form, and the invariants over every combination."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.judge import RULES, Facts, Ruling, decide
from auditor.judge.notes import NOTES
from auditor.judge.replay import settle
from auditor.judge.ruling import IDENTITY, severity_key
from auditor.model import DECISIVE, RANK, REASONS, Confidence, Reason, Verdict, worst

DEFAULT: dict[str, Any] = {
    "canary": False, "I": 200, "O": 404, "dist": True, "in_ok": True, "out_ok": True, "stable": True,
    "eqI": False, "eqC": False, "eqIc": False, "sig": False, "sim": False, "origin": "?", "waf": False,
    "env": False, "empty": False, "loc": None, "ctl5xx": False, "pathspec": False, "trace": False,
    "chal": False, "drop": False,
}  # fmt: skip

#: (row, verdict, what differs from the default)
DIRECT: list[tuple[int, str, dict[str, Any]]] = [
    (1, "exposed", {"O": 200, "eqI": True}),
    (2, "exposed", {"O": 200, "eqI": True}),
    (3, "closed", {"O": 200, "eqC": True}),
    (4, "exposed", {"O": 200, "eqI": True, "eqC": True}),
    (5, "unproven", {"O": 200, "eqI": True, "eqC": True, "dist": False}),
    (6, "exposed", {"O": 200, "eqI": True, "dist": False}),
    (7, "closed", {"O": 200, "eqC": True, "dist": False}),
    (8, "exposed", {"O": 200, "sim": True}),
    (9, "suspected", {"O": 200}),
    (10, "closed", {"O": 200, "eqC": True, "empty": True}),
    (11, "routed", {"O": 200, "empty": True}),
    (12, "closed", {"O": 200, "waf": True}),
    (13, "routed", {"O": 200, "env": True}),
    (15, "guarded", {"O": 403, "origin": "U"}),
    (16, "closed", {"O": 403, "origin": "G"}),
    (17, "guarded", {"O": 403}),
    (18, "closed", {"O": 403, "eqC": True}),
    (19, "guarded", {"I": 401, "O": 401, "eqI": True, "origin": "U"}),
    (20, "guarded", {"I": 401, "O": 401, "eqI": True, "eqC": True, "dist": False, "origin": "U"}),
    (21, "closed", {"I": 401, "O": 401, "eqC": True, "dist": False, "origin": "G"}),
    (22, "exposed", {"I": 401, "O": 200}),
    (23, "guarded", {"I": 401, "O": 403, "origin": "U"}),
    (24, "guarded", {"I": 302, "O": 302, "eqI": True, "loc": "login"}),
    (25, "closed", {"O": 302, "eqC": True, "loc": "login"}),
    (26, "guarded", {"O": 302, "loc": "login"}),
    (27, "closed", {"O": 302, "eqC": True}),
    (29, "routed", {"O": 302}),
    (30, "closed", {"O": 404, "eqC": True, "origin": "G"}),
    (31, "routed", {"O": 404, "eqC": True, "origin": "U", "eqIc": True}),
    (32, "routed", {"O": 404, "origin": "U", "eqIc": True}),
    (33, "closed", {"O": 404, "origin": "G"}),
    (34, "unproven", {"O": 404, "eqC": True, "eqIc": True}),
    (35, "routed", {"O": 405, "origin": "U"}),
    (36, "closed", {"O": 400, "origin": "G", "eqC": True}),
    (37, "closed", {"O": 421, "origin": "G"}),
    (38, "routed", {"O": 502, "pathspec": True}),
    (39, "unproven", {"O": 502, "ctl5xx": True}),
    (40, "routed", {"O": 500, "trace": True}),
    (41, "closed", {"O": "fail", "drop": True}),
    (42, "unproven", {"O": "fail", "drop": True, "out_ok": False}),
    (43, "untested", {"O": 429, "chal": True}),
    (44, "unproven", {"O": 404, "stable": False}),
    (45, "exposed", {"in_ok": False, "O": 200, "sig": True}),
    (45, "suspected", {"in_ok": False, "O": 200}),
    (46, "unproven", {"in_ok": False, "O": 404}),
    (47, "unproven", {"I": 404, "O": 404}),
    (48, "suspected", {"I": 404, "O": 200}),
    (50, "routed", {"O": 404, "origin": "U"}),
    (51, "routed", {"O": 404, "origin": "U"}),
]


def facts_from(changes: dict[str, Any]) -> Facts:
    """The abstract encoding as facts: 302 inside is a login, and sameness of redirects is sameness."""
    row = DEFAULT | changes
    return Facts(
        canary=row["canary"],
        inside=row["I"],
        inside_login=row["I"] == 302,
        outside=None if row["O"] == "fail" else row["O"],
        distinct=row["dist"],
        in_ok=row["in_ok"],
        out_ok=row["out_ok"],
        stable=row["stable"],
        eq_inside=row["eqI"],
        eq_sibling=row["eqC"],
        eq_inside_sibling=row["eqIc"],
        redirect_inside=row["eqI"],
        redirect_sibling=row["eqC"],
        signature=row["sig"],
        similar=row["sim"],
        origin=row["origin"],
        waf=row["waf"],
        envelope=row["env"],
        empty=row["empty"],
        location=row["loc"],
        sibling_5xx=row["ctl5xx"],
        path_specific=row["pathspec"],
        trace=row["trace"],
        challenge=row["chal"],
        drop=row["drop"],
    )


@pytest.mark.parametrize(("row", "verdict", "changes"), DIRECT, ids=[f"{n}-{v}" for n, v, _ in DIRECT])
def test_direct_rows(row: int, verdict: str, changes: dict[str, Any]) -> None:
    assert decide(facts_from(changes)).verdict.value == verdict


def test_there_are_48_direct_rows() -> None:
    assert len({row for row, _, _ in DIRECT}) == 48


def test_closed_needs_both_controls_over_the_whole_product() -> None:
    """INV-01, over 3,840 combinations."""
    flags = ("eqI", "eqC", "eqIc", "in_ok", "out_ok", "stable", "drop")
    count = 0
    for status in (200, 302, 401, 403, 404, 400, 405, 502, 500, "fail"):
        for values in itertools.product((False, True), repeat=len(flags)):
            for origin in "UG?":
                row = {"O": status, "origin": origin, **dict(zip(flags, values, strict=True))}
                count += 1
                if decide(facts_from(row)).verdict is Verdict.CLOSED:
                    assert row["in_ok"] and row["out_ok"]
    assert count == 3_840


STATUSES = (
    None,
    0,
    101,
    200,
    204,
    206,
    301,
    302,
    304,
    401,
    403,
    404,
    405,
    407,
    410,
    421,
    429,
    500,
    501,
    502,
    503,
    599,
)
#: How a way around a gateway is shut, and what that may come to.
SHUT = {
    "refused": (Reason.PORT_REFUSED, Confidence.MEDIUM),
    "unreachable": (Reason.PORT_UNREACHABLE, Confidence.MEDIUM),
    "silent": (Reason.PORT_SILENT, Confidence.LOW),
}
_bool = st.booleans()
any_facts = st.builds(
    Facts,
    host=_bool, bodiless=_bool, baseline=_bool, in_ok=_bool, in_missing=_bool, out_ok=_bool, out_missing=_bool,
    stable=_bool, siblings_known=_bool, upstream_known=_bool,
    inside=st.sampled_from(STATUSES), inside_login=_bool, distinct=_bool, little=_bool, corroborated=_bool,
    outside=st.sampled_from(STATUSES), ours=_bool, alert=st.sampled_from((None, None, 40, 112, 116)),
    alert_alike=_bool, shut=st.sampled_from((None, None, *SHUT)),
    drop=_bool, canary=st.sampled_from((False, False, False, True)),
    logged=st.sampled_from((None, None, 200, 403, 500)), arrived=_bool, unlogged=_bool,
    sibling_logged=_bool, no_canary=_bool, log_lost=st.sampled_from((False, False, True)),
    cached_identity=_bool, cached_unasked=_bool, canonical=_bool,
    location=st.sampled_from((None, "login", "canonical", "internal", "other")),
    challenge=_bool, waf=_bool, envelope=_bool, empty=_bool, trace=_bool, client_certificate=_bool,
    eq_inside=_bool, eq_sibling=_bool, eq_inside_sibling=_bool, eq_inside_variant=_bool, variant_differs=_bool,
    redirect_inside=_bool, redirect_sibling=_bool, sibling_redirected=_bool, signature=_bool, similar=_bool,
    origin=st.sampled_from("UG?"), sibling_5xx=_bool, path_specific=_bool,
).filter(lambda f: f.alert is None or f.outside is None)  # fmt: skip


@settings(max_examples=1_500, deadline=None)
@given(any_facts)
def test_invariants_hold_for_any_facts(f: Facts) -> None:
    ruling = decide(f)
    verdict, reason = ruling.verdict, ruling.reason
    by_log = f.canary or f.logged is not None
    assert reason in REASONS[verdict]  # INV-17
    assert (ruling.confidence is not None) == (verdict in DECISIVE)
    if verdict is Verdict.CLOSED:
        assert f.in_ok and f.out_ok  # INV-01
        assert not f.log_lost
        shut = (reason, ruling.confidence) == SHUT.get(f.shut or "") and f.turned_away
        assert f.stable or shut or reason is Reason.WAF_BLOCK or (reason is Reason.CATCH_ALL and f.redirects)
        assert not f.stale  # INV-11
        assert f.outside is not None or f.alert is not None or reason is Reason.DROPPED or shut  # INV-08
        assert reason is not Reason.PORT_SILENT or f.drop
    if f.turned_away and f.out_ok and not f.cached_identity and not by_log:  # no other way closes it
        drops = verdict is Verdict.CLOSED and reason is Reason.DROPPED and f.drop and f.stable
        assert drops or verdict is not Verdict.CLOSED or (reason, ruling.confidence) == SHUT[f.shut or ""]
    if by_log:
        return
    if not f.out_ok:  # INV-02
        allowed = {Verdict.EXPOSED, Verdict.UNTESTED, Verdict.UNPROVEN}
        assert verdict in allowed or reason is Reason.LOW_INFORMATION or f.bodiless
    if not f.in_ok:  # INV-03
        assert verdict not in (Verdict.GUARDED, Verdict.CLOSED)
        assert verdict is not Verdict.ROUTED or f.bodiless
    if verdict is Verdict.EXPOSED and not (f.in_ok and f.out_ok):  # INV-04; a host and a cache are step 2 as well
        assert reason in IDENTITY
    if f.ok and f.eq_inside and not f.eq_sibling and not f.bodiless:  # INV-05
        assert verdict is Verdict.EXPOSED or reason is Reason.LOW_INFORMATION
    if f.outside == 429 and not f.cached_identity:  # INV-06
        assert verdict is Verdict.UNTESTED
    if not f.stable and (f.denies or f.absent or f.rejects) and not f.cached_identity:  # INV-09
        assert verdict not in (Verdict.CLOSED, Verdict.GUARDED, Verdict.ROUTED)
    by_absence = reason in (Reason.NOT_IN_LOG, Reason.NO_CANARY)
    if by_absence:
        assert f.unlogged if reason is Reason.NOT_IN_LOG else f.no_canary and f.absent
        assert f.stable and f.in_ok and f.out_ok and f.outside is not None and not f.ok
    if f.absent and f.origin == "?" and f.eq_inside_sibling and not f.cached_identity:  # INV-10
        assert verdict not in DECISIVE or by_absence
    if verdict is Verdict.SUSPECTED and f.siblings_known and not f.cached_identity:  # INV-12
        assert f.ok and not f.eq_sibling
    if f.bodiless:  # INV-14
        assert verdict not in (Verdict.EXPOSED, Verdict.SUSPECTED)


@settings(max_examples=300, deadline=None)
@given(any_facts, st.sampled_from(["in_ok", "out_ok"]))
def test_a_failing_control_never_improves_a_verdict_to_closed(f: Facts, control: str) -> None:
    assert decide(replace(f, **{control: False})).verdict is not Verdict.CLOSED  # type: ignore[arg-type]


def test_step_fifteen_spares_what_the_log_saw() -> None:
    assert decide(Facts(bodiless=True, canary=True)).verdict is Verdict.EXPOSED
    assert decide(Facts(bodiless=True, outside=200, eq_inside=True)).verdict is Verdict.ROUTED


def test_every_rule_can_be_the_first_that_holds() -> None:
    """A row that no facts reach is a row nobody can rely on."""
    import random

    chance = random.Random(20_260)
    reached: set[int] = set()
    names = [name for name, value in vars_of(Facts()).items() if isinstance(value, bool)]
    for _ in range(60_000):
        changes: dict[str, Any] = {name: chance.random() < 0.5 for name in names if chance.random() < 0.3}
        changes["outside"] = chance.choice(STATUSES)
        changes["inside"] = chance.choice((200, 200, 404, 401))
        changes["origin"] = chance.choice("UG?")
        changes["location"] = chance.choice((None, "login", "other"))
        if changes["outside"] is None:
            changes["alert"] = chance.choice((None, 112, 116))
            changes["shut"] = chance.choice((None, *SHUT))
        if chance.random() < 0.1:  # many facts must come together for one of these
            changes |= {"baseline": False, "variant_differs": True, "eq_inside_variant": True, "eq_sibling": True}
        if chance.random() < 0.02:
            changes["logged"] = chance.choice((200, 403, 404))
        facts = Facts(**changes)
        reached.add(next(place for place, rule in enumerate(RULES) if rule.when(facts)))
    missed = [RULES[place] for place in range(len(RULES)) if place not in reached]
    assert not missed


def vars_of(facts: Facts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__}


def test_every_reason_has_a_sentence() -> None:
    assert set(NOTES) == set(Reason)


# --- aggregates ---------------------------------------------------------------------------------------------

rulings = st.builds(
    Ruling,
    verdict=st.sampled_from(list(Verdict)),
    reason=st.just(Reason.NOT_RUN),
    confidence=st.sampled_from([None, *Confidence]),
)


@given(st.lists(rulings, min_size=1, max_size=6))
def test_the_worst_wins_in_any_order(several: list[Ruling]) -> None:
    """INV-19 and INV-20."""
    won = min(several, key=severity_key)
    assert won.verdict is worst(ruling.verdict for ruling in several)
    assert min(several[::-1], key=severity_key) == won == min([*several, won], key=severity_key)
    assert (won.verdict is Verdict.CLOSED) == all(ruling.verdict is Verdict.CLOSED for ruling in several)
    for further in several:
        assert RANK[min([won, further], key=severity_key).verdict] <= RANK[won.verdict]


@given(st.lists(st.sampled_from(RULES), min_size=1, max_size=5))
def test_replays_rest_on_agreement_or_identity(rules: list[Any]) -> None:
    """INV-22."""
    several = [Ruling(rule.verdict, rule.reason, rule.confidence) for rule in rules]
    settled = settle(several, provisional=False)
    agree, of = settled.ratio
    assert of == len(several) and 1 <= agree <= of
    if any(ruling.stands for ruling in several):
        best = min((ruling for ruling in several if ruling.stands), key=severity_key)
        assert RANK[settled.ruling.verdict] <= RANK[best.verdict] <= RANK[Verdict.ROUTED]
    elif len(several) > 1 and settled.ruling.reason is not Reason.UNSTABLE_REPLAY:
        assert agree >= 2
    elif settled.ruling.verdict in DECISIVE:
        assert settled.ruling.settled
