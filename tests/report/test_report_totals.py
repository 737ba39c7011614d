"""Headline, rows, JSON and exit code are one count, over any record."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_records import AT, BOTH_SIGHTED, END, Ledger, clean, company, large

from auditor.model import (
    BAD,
    RANK,
    REASONS,
    Aspect,
    AuditRecord,
    FindingState,
    Severity,
    Side,
    VantageState,
    Vector,
    Verdict,
)
from auditor.report import History, exit_code, render, to_json, totals

_BAD = [v for v in Verdict if v in BAD]


@st.composite
def records(draw: st.DrawFn) -> AuditRecord:
    """Claims with any verdict, judged or not, with a finding that is open, resolved or missing."""
    book = Ledger()
    for number in range(draw(st.integers(0, 8))):
        aspect = draw(st.sampled_from(list(Aspect)))
        claim = book.claim(f"s{number // 3}", aspect, f"/t{number // 2}", "edge", f"192.0.2.{number}", None)
        verdict = draw(st.sampled_from(list(Verdict)))
        reason = draw(st.sampled_from(sorted(REASONS[verdict])))
        if draw(st.integers(0, 9)):  # a claim may have been left without a judgement
            book.judge(claim, verdict, reason, draw(st.sampled_from(["eu-w1", None])))
        key = (claim.service, claim.aspect.value, claim.target, claim.entrance)
        known = {(f.service, f.aspect, f.target, f.entrance) for f in book.findings}
        if key not in known and draw(st.booleans()):
            bad = draw(st.sampled_from(_BAD))
            book.finding(
                claim, bad, sorted(REASONS[bad])[0], (Vector.GW_PATH,), None,
                draw(st.sampled_from(list(Severity))), timedelta(hours=number), f"LK-{number:08d}",
                state=draw(st.sampled_from(list(FindingState))),
            )  # fmt: skip
    sighted = draw(st.booleans())
    vantages = (VantageState("eu-w1", Side.OUTSIDE, sighted, None if sighted else "blind", None), BOTH_SIGHTED[1])
    return book.record(vantages, complete=draw(st.booleans()), first=draw(st.booleans()))


def page(record: AuditRecord) -> str:
    return render(record, history=History(), environment=None, next_due_at=None, generated_at=END, version="0")


@settings(max_examples=60, deadline=None)
@given(records())
def test_headline_rows_json_and_exit_code_agree(record: AuditRecord) -> None:
    counted, html, data, code = totals(record), page(record), to_json(record), exit_code(record)

    listed = len(re.findall(r"<details class=\"f\" data-row|<tr data-row ", html))
    assert listed == counted.open

    title = re.search(r"<title>\((\d+) open\)", html)
    assert title and int(title.group(1)) == counted.open
    headline = re.search(r"<h1>(.*?)</h1>", html)
    assert headline
    assert ("can be reached or seen" in headline.group(1)) == (counted.open_internal > 0)
    assert ("without credentials" in headline.group(1)) == (counted.open_unauthenticated > 0)
    assert ("not answer as" in headline.group(1)) == (counted.open_down > 0)
    public = {row for row in _open_rows(record) if row[1] == "public"}
    assert counted.open_unauthenticated + counted.open_down == len(public)
    assert ('id="public"' in html) == bool(data["parity"]) == (counted.public > 0)
    assert sum(len(row["entrances"]) for row in data["parity"]) == counted.public
    assert ("No internal target could be reached" in headline.group(1)) == (code == 0)

    tone = re.search(r'class="card verdict (\w+)"', html)
    assert tone and tone.group(1) == {0: "ok", 1: "bad", 3: "amb"}[code]

    open_in_json = {f["id"] for f in data["findings"] if f["state"] == "open"}
    untold = {
        (v["service"], v["aspect"], v["target"], v["entrance"])
        for v in data["verdicts"]
        if v["verdict"] in [bad.value for bad in _BAD] and v["finding"] is None
    }
    assert len(open_in_json) + len(untold) == counted.open
    assert (code == 1) == (counted.open > 0)
    assert len(data["verdicts"]) == sum(counted.verdicts.values()) == counted.claims


def _open_rows(record: AuditRecord) -> set[tuple[str, str, str]]:
    """Everything about which something is open, or would be had it been recorded: service, aspect and target."""
    opened = {(f.service, f.aspect, f.target) for f in record.findings if f.state is FindingState.OPEN}
    judged = {
        (j.claim.service, j.claim.aspect.value, j.claim.target) for j in record.judgements if j.verdict in BAD
    }
    return opened | judged


@given(records(), st.sampled_from(_BAD), st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_the_exit_code_follows_the_documented_rules(record: AuditRecord, fail_on: Verdict, least: float) -> None:
    counted = totals(record)
    worst = [verdict for verdict in counted.open_by_verdict if RANK[verdict] <= RANK[fail_on]]
    doubt = (
        not record.audit.complete
        or any(not v.sighted for v in record.vantages)
        or counted.claims == 0
        or record.audit.planned == 0
        or counted.coverage < least
    )
    expected = 1 if worst else 3 if doubt else 0
    assert exit_code(record, fail_on=fail_on, min_coverage=least) == expected


def test_a_clean_audit_is_0() -> None:
    assert exit_code(clean()) == 0


def test_an_audit_without_a_vantage_is_3() -> None:
    assert exit_code(replace(clean(), vantages=())) == 3


def test_one_unproven_way_in_is_3_and_a_lower_bar_makes_it_0() -> None:
    record = clean(inconclusive=1, targets=20)
    assert exit_code(record) == 3
    assert exit_code(record, min_coverage=0.95) == 0


def test_an_exposure_wins_over_incompleteness() -> None:
    record = large(10, bad=1)
    assert exit_code(replace(record, audit=replace(record.audit, complete=False))) == 1


def test_a_claim_nobody_judged_counts_as_untested() -> None:
    record = clean()
    short = replace(record, judgements=record.judgements[1:])
    assert totals(short).verdicts[Verdict.UNTESTED] == 1
    assert exit_code(short) == 3


def test_a_bad_verdict_without_a_finding_is_listed_and_fails() -> None:
    record = replace(large(10, bad=1), findings=())
    assert totals(record).unrecorded == 1
    assert exit_code(record) == 1
    assert "NOT RECORDED" in page(record)


def test_the_company_has_every_verdict() -> None:
    assert set(Verdict) == {verdict for verdict, count in totals(company()).verdicts.items() if count}
    assert AT < END


@pytest.mark.parametrize("inconclusive", [1, 5, 119, 120])
def test_nothing_is_called_proven_while_something_is_not(inconclusive: int) -> None:
    html = page(clean(inconclusive=inconclusive, targets=120))
    assert f"{inconclusive} of 120" in html
    assert "were tried and are proven closed" not in html
    assert 'class="good ok" id="nothing-open"' not in html
