"""Audits of a company of real servers: every verdict is held against what raw clients and its witness saw."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook

from parts.auditing import Auditor
from parts.company import Company
from parts.configs import BY_ID, PATHS, SOUND, STATES, State
from parts.network import OUTSIDE, OUTSIDE_MANAGEMENT, OUTSIDE_SECOND
from parts.servers import Delivery, eventually, receiver
from parts.truth import BAD, INCONCLUSIVE, truth

pytestmark = [pytest.mark.parts, pytest.mark.netns]

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()


#: Asked in other spellings too, one of each kind: what real products make of them all is in tests/leaks.
SPELLED = ("sound", "docs-published", "control-fails", "app-down")


@pytest.mark.parametrize(
    ("state", "variants"),
    [pytest.param(state, "none", id=state.id) for state in STATES]
    + [pytest.param(state, "core", id=f"{state.id}, spelled") for state in STATES if state.id in SPELLED],
)
def test_every_verdict_is_right_about_the_company(
    built: Company, tmp_path: Path, state: State, variants: str
) -> None:
    built.take(state)
    true = truth(built)
    mark = built.witness.mark()
    audited = Auditor(built, tmp_path, variants=variants).run()
    reached = [each for each in built.witness.since(mark) if each.from_edge]

    assert audited.verdicts.keys() == true.right.keys()
    wrong = {
        key: f"{audited.explain()[key]}, right is {sorted(true.right[key])}: {true.why[key]}"
        for key, verdict in audited.verdicts.items()
        if verdict not in true.right[key]
    }
    assert not wrong
    found = set(audited.verdicts.values())
    assert audited.code == (1 if found & BAD else 3 if found & INCONCLUSIVE else 0), audited.told
    internal = {each.path for each in reached if not each.path.startswith("/api/v1/")}
    if not state.broken:
        assert not internal  # nothing that was tried got through, not even a variant
    else:
        exposed = {target for (_, target, _), verdict in audited.verdicts.items() if verdict == "exposed"}
        assert exposed & set(PATHS) <= internal


def _posted(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    """What was delivered: each has a signature that holds, and no two share an id."""
    hook = Webhook(SECRET)
    for each in deliveries:
        hook.verify(each.body, each.headers)
    assert len({each.headers["webhook-id"] for each in deliveries}) == len(deliveries)
    return [json.loads(each.body) for each in deliveries]


def test_a_leak_is_told_once_and_its_end_is_told_once(built: Company, tmp_path: Path) -> None:
    key = ("internal-api", PATHS[1], "public")
    with receiver(built.net.outside, OUTSIDE_MANAGEMENT) as (url, deliveries):
        auditor = Auditor(built, tmp_path, {"ALERT_SECRET": SECRET}, gateways=["public"], webhook=url)
        built.take(SOUND)
        assert auditor.run().code == 0

        built.take(BY_ID["one-behind-the-page"])
        first, again = auditor.run(), auditor.run()
        assert (first.code, first.verdicts[key]) == (1, "exposed"), first.told
        (finding,) = first.document["findings"]
        assert (finding["state"], finding["new"], finding["owner"]) == ("open", True, "team-platform")
        assert first.document["changes"] == [{"finding": finding["id"], "change": "opened"}]
        assert (again.code, again.document["changes"]) == (1, [])

        built.take(SOUND)
        runs = [auditor.run(), auditor.run(), auditor.run()]
        assert [run.verdicts[key] for run in runs] == ["closed"] * 3
        changes = [change for run in runs for change in run.document["changes"]]
        assert changes == [{"finding": finding["id"], "change": "resolved"}]
        assert runs[-1].code == 0

    told = _posted(deliveries)
    assert [each["type"] for each in told] == ["audit.baseline", "finding.opened", "finding.resolved"]
    assert [each["data"]["finding"]["id"] for each in told[1:]] == [finding["id"]] * 2


def test_a_leak_is_not_resolved_by_an_audit_that_could_not_see(built: Company, tmp_path: Path) -> None:
    auditor = Auditor(built, tmp_path, gateways=["public"])
    built.take(BY_ID["one-behind-the-page"])
    opened = auditor.run().document["findings"]
    for state in ("app-down", "blind", "control-fails"):
        built.take(BY_ID[state])
        audited = auditor.run()
        assert audited.code == 1, audited.told  # the finding is open still
        assert audited.document["changes"] == []
        assert [each["id"] for each in audited.document["findings"] if each["state"] == "open"] == [
            each["id"] for each in opened
        ]


def test_an_alert_that_could_not_be_delivered_waits_for_a_later_audit(built: Company, tmp_path: Path) -> None:
    built.take(BY_ID["name-private"])
    with receiver(built.net.outside, OUTSIDE_MANAGEMENT) as (url, _):
        pass  # nobody answers there any more
    auditor = Auditor(built, tmp_path, {"ALERT_SECRET": SECRET}, gateways=["public"], webhook=url)
    assert auditor.run().code == 1  # that nobody could be told changes nothing about the finding
    with receiver(built.net.outside, OUTSIDE_MANAGEMENT, urlsplit(url).port) as (_, deliveries):
        eventually(lambda: auditor.run().code == 1 and bool(deliveries), "the alert is delivered", 60)
        auditor.run()
    assert len(_posted(deliveries)) == 1


@pytest.mark.parametrize("state", ["sound", "docs-published"])
def test_the_inside_can_be_observed_there_and_handed_in(built: Company, tmp_path: Path, state: str) -> None:
    built.take(BY_ID[state])
    true = truth(built)
    auditor = Auditor(built, tmp_path, by_file=True)
    before = auditor.run()
    assert "closed" not in before.verdicts.values()  # nothing was handed in, so nothing is proven

    observed = auditor.command(
        built.net.inside, "observe", "--config", "probes.yaml", "--vantage", "vpc", "--out", "seen.ndjson"
    )
    assert observed.returncode == 0, observed.stderr
    assert all(json.loads(line) for line in (tmp_path / "seen.ndjson").read_text().splitlines())
    ingested = auditor.command(
        built.net.outside, "ingest", "seen.ndjson", "--config", "probes.yaml", "--db", "sqlite:///audits.db"
    )
    assert ingested.returncode == 0, ingested.stderr
    after = auditor.run()
    assert {key: right for key, right in true.right.items() if after.verdicts[key] not in right} == {}, (
        after.explain()
    )


def test_a_vantage_with_a_source_address_looks_from_it(built: Company, tmp_path: Path) -> None:
    built.take(SOUND)
    log = built.gateway.access_log
    start = log.stat().st_size
    audited = Auditor(built, tmp_path, second_source=True).run()
    with log.open("rb") as lines:
        lines.seek(start)
        clients = [line.split()[0].decode() for line in lines]
    assert audited.code == 0, audited.explain()
    assert set(clients) == {OUTSIDE, OUTSIDE_SECOND}
    assert clients.count(OUTSIDE) == clients.count(OUTSIDE_SECOND)
