"""What people are told: one message a change, one for a beginning, a digest in a storm; never too long."""

import json
from typing import Any

import pytest
from alert_samples import audit, finding, opened

from auditor.alerts import Destination, messages
from auditor.alerts.news import LISTED, MOST_BYTES, STORM
from auditor.model import Change, ChangeKind, Finding, FindingState, Severity, Verdict
from auditor.store import Message

HERE = Destination("wh_1", "https://hooks.example.com/s3cret", "hunter2hunter2")
THERE = Destination("wh_2", "https://other.example.com/")


def told(
    findings: list[Finding],
    changes: list[Change] | None = None,
    *,
    baseline: bool = False,
    places: tuple[Destination, ...] = (HERE,),
    **values: object,
) -> tuple[Message, ...]:
    found = [opened(each) for each in findings] if changes is None else changes
    return messages(found, {each.id: each for each in findings}, audit(**values), baseline, places)


def body(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.body)
    return found


def test_one_message_a_change_and_destination() -> None:
    found = told([finding(1), finding(2)], places=(HERE, THERE))
    assert [(each.destination, each.event, each.finding) for each in found] == [
        ("wh_1", "finding.opened", "LK-00000001"),
        ("wh_1", "finding.opened", "LK-00000002"),
        ("wh_2", "finding.opened", "LK-00000001"),
        ("wh_2", "finding.opened", "LK-00000002"),
    ]
    assert len({each.id for each in found}) == 4
    assert all(each.id.startswith("msg_") for each in found)


def test_the_whole_body() -> None:
    change = Change("LK-00000001", ChangeKind.WORSENED, Verdict.EXPOSED, Verdict.GUARDED)
    (message,) = told([finding(1)], [change])
    assert body(message) == {
        "type": "finding.worsened",
        "timestamp": "2026-03-01T12:02:00Z",
        "data": {
            "finding": {
                "id": "LK-00000001",
                "service": "config",
                "owner": "team-platform",
                "aspect": "path",
                "target": "/internal/1",
                "entrance": "public-api",
                "change": "worsened",
                "verdict": "exposed",
                "before": "guarded",
                "reason": "same_as_inside",
                "severity": "high",
                "confidence": "high",
                "vectors": ["GW-PATH"],
                "state": "open",
                "opened_at": "2026-03-01T12:00:00Z",
                "last_seen_at": "2026-03-01T12:00:00Z",
                "resolved_at": None,
                "reopened": 0,
            },
            "audit": {
                "id": "7f0c",
                "number": 1842,
                "started_at": "2026-03-01T12:00:00Z",
                "finished_at": "2026-03-01T12:02:00Z",
                "complete": True,
                "incomplete_because": None,
                "coverage": 0.875,
            },
        },
    }


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_kind_of_change_has_its_event(kind: ChangeKind) -> None:
    (message,) = told([finding(1)], [Change("LK-00000001", kind, Verdict.EXPOSED, None)])
    assert message.event == f"finding.{kind}" == body(message)["type"]


def test_the_same_news_has_the_same_id_and_bytes_and_other_news_another() -> None:
    one = told([finding(1)])
    assert one == told([finding(1)])
    other = [
        told([finding(2)]),
        told([finding(1)], id="another"),
        told([finding(1)], places=(THERE,)),
        told([finding(1)], [Change("LK-00000001", ChangeKind.RESOLVED, Verdict.CLOSED, Verdict.EXPOSED)]),
    ]
    assert len({each[0].id for each in [one, *other]}) == 5


def test_nothing_changed_nothing_told() -> None:
    assert told([finding(1)], []) == ()
    assert told([finding(1)], places=()) == ()


def test_the_first_audit_tells_all_that_is_open_as_one_event() -> None:
    known = [
        finding(1, severity=Severity.LOW, verdict=Verdict.ROUTED),
        finding(2, severity=Severity.CRITICAL),
        finding(3, state=FindingState.RESOLVED),
    ]
    (message,) = told(known, [opened(known[1])], baseline=True)
    data = body(message)["data"]
    assert (message.event, message.finding) == ("audit.baseline", None)
    assert (data["count"], data["not_listed"]) == (2, 0)
    assert data["by_severity"] == {"critical": 1, "low": 1}
    assert data["by_verdict"] == {"exposed": 1, "routed": 1}
    assert [each["id"] for each in data["findings"]] == ["LK-00000002", "LK-00000001"]


def test_a_clean_first_audit_says_so_and_an_incomplete_one_only_what_it_found() -> None:
    assert body(told([], baseline=True)[0])["data"]["count"] == 0
    assert told([], baseline=True, complete=False) == ()
    (message,) = told([finding(1)], baseline=True, complete=False)
    assert body(message)["data"]["audit"]["complete"] is False


def test_a_storm_is_told_as_digests() -> None:
    many = [finding(n) for n in range(STORM + 10)]
    changes = [opened(each) for each in many[:40]]
    changes += [Change(each.id, ChangeKind.RESOLVED, Verdict.CLOSED, Verdict.EXPOSED) for each in many[40:]]
    found = told(many, changes)
    assert [(each.event, body(each)["data"]["count"]) for each in found] == [
        ("digest.opened", 40),
        ("digest.resolved", 20),
    ]
    assert len(told(many[:STORM])) == STORM


@pytest.mark.parametrize("text", ["x", "\x00", "\N{SNOWMAN}", "\U0001f512"])
def test_no_body_is_too_long(text: str) -> None:
    long = text * 5000
    many = [finding(n, service=long, target=long, entrance=long, owner=long) for n in range(300)]
    (single,) = told(many[:1])
    assert len(single.body) <= MOST_BYTES
    for found in (told(many), told(many, baseline=True)):
        (message,) = found
        assert len(message.body) <= MOST_BYTES
        data = body(message)["data"]
        assert data["count"] == 300
        assert 0 < len(data["findings"]) <= LISTED
        assert data["not_listed"] == 300 - len(data["findings"])


def test_what_a_name_holds_reaches_no_terminal() -> None:
    (message,) = told([finding(1, target="/\x1b[2J\u202e\r\n<b>")])
    assert message.body.isascii()
    assert not any(byte < 0x20 for byte in message.body)
    assert body(message)["data"]["finding"]["target"] == "/\x1b[2J\u202e\r\n<b>"


def test_nothing_of_the_destination_is_in_a_message() -> None:
    (message,) = told([finding(1)])
    assert not any(word in repr(message) for word in ("hooks.example.com", "s3cret", "hunter2"))
