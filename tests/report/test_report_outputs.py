"""The stable JSON and the text for a terminal."""

import json
from dataclasses import replace

from report_records import BOTH_SIGHTED, Ledger, clean, company, large

from auditor.report import summary, to_json


def test_the_shape_of_the_json_is_the_documented_one() -> None:
    data = to_json(company())
    assert list(data) == [
        "schema", "audit", "vantages", "verdicts", "findings", "changes", "certificates", "refused", "hunts",
        "witnesses", "parity", "zones",
    ]  # fmt: skip
    assert data["schema"] == 1
    assert list(data["audit"])[:8] == [
        "id", "number", "started_at", "finished_at", "complete", "planned", "observed", "coverage",
    ]  # fmt: skip
    assert data["audit"]["started_at"] == "2026-11-20T18:00:04.000Z"
    assert list(data["vantages"][0]) == ["name", "side", "sighted", "egress", "reason"]
    assert list(data["verdicts"][0]) == [
        "service", "target", "kind", "entrance", "address", "vantage", "variant", "verdict", "confidence",
        "reason", "finding", "observation", "controls", "aspect", "witness", "logged",
        "check", "class", "zone", "authoritative", "info_leak",
    ]  # fmt: skip
    assert list(data["findings"][0])[:10] == [
        "id", "service", "verdict", "severity", "owner", "opened_at", "last_seen_at", "state", "new", "vectors",
    ]  # fmt: skip
    assert data["changes"][0] == {"finding": "LK-4k2p9x7c", "change": "opened"}


def test_the_json_is_plain_and_the_same_every_time() -> None:
    first, second = json.dumps(to_json(company())), json.dumps(to_json(company()))
    assert first == second
    assert json.loads(first) == to_json(company())


def test_kinds_aspects_and_links() -> None:
    data = to_json(company())
    by_kind = {(v["kind"], v["aspect"]) for v in data["verdicts"]}
    assert by_kind == {("dns", "name"), ("http", "path"), ("http", "host"), ("tcp", "port"), ("http", "public")}
    told = {finding["id"] for finding in data["findings"]}
    assert {v["finding"] for v in data["verdicts"]} - {None} <= told
    assert {change["finding"] for change in data["changes"]} <= told
    new = [finding["id"] for finding in data["findings"] if finding["new"]]
    assert new == ["LK-4k2p9x7c"]


def test_every_planned_way_in_has_its_verdict_entry() -> None:
    record = replace(clean(), judgements=())
    verdicts = to_json(record)["verdicts"]
    assert len(verdicts) == len(record.plan.claims)
    assert {(v["verdict"], v["reason"], v["confidence"]) for v in verdicts} == {("untested", "not_run", None)}


def test_coverage_is_never_rounded_up_to_one() -> None:
    data = to_json(large(9_999, bad=0, inconclusive=1))
    assert data["audit"]["coverage"] < 1
    assert to_json(clean())["audit"]["coverage"] == 1.0
    assert to_json(Ledger().record(BOTH_SIGHTED))["audit"]["coverage"] == 0.0


def test_the_summary_tells_the_same_as_the_page() -> None:
    text = summary(company(), colour=False)
    assert text.startswith(
        "8 internal targets can be reached or seen from outside, 1 public path answers without credentials, "
        "and 1 public path does not answer as it must\n"
    )
    assert "Open findings (10)" in text
    assert "LK-4k2p9x7c, critical, open 2 min, team-ledger" in text
    assert "$ curl -sS" in text and "$ dig" in text
    assert "us-e1 (outside) from 192.0.2.61: could not see" in text
    assert "Not proven (15 unproven, 1 untested)" in text
    assert "\x1b" not in text


def test_the_summary_is_printable_and_its_colours_are_ours() -> None:
    record = company()
    bad = "\x1b[2J\u202e\x07"
    findings = tuple(
        replace(f, owner=f"{f.owner}{bad}", service=f.service + bad, target=f.target + bad)
        for f in record.findings
    )
    vantages = tuple(replace(v, name=v.name + bad, reason=bad) for v in record.vantages)
    hostile = replace(record, findings=findings, vantages=vantages)
    assert not set(summary(hostile, colour=False)) & set("\x1b\x07\u202e\r")
    coloured = summary(hostile, colour=True)
    assert "\x1b[2J" not in coloured and "\x1b[1;31m" in coloured


def test_a_clean_summary_has_no_findings() -> None:
    text = summary(clean(), colour=False)
    assert text.startswith("No internal target could be reached or seen from outside in this audit\n")
    assert "Open findings" not in text and "Nothing changed." in text
