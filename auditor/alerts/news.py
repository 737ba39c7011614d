"""Changes → messages: what people are told, as the exact bytes that will be signed.

Pure, and the same for the same audit, so that writing it twice cannot tell it twice. Must never carry evidence,
and never a string longer than a person would read.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from auditor.alerts.destinations import Destination
from auditor.model import RANK, Audit, Change, ChangeKind, Finding, FindingState, Severity
from auditor.store import Message

#: More changes in one audit than this are told as digests, one for each kind of change.
STORM = 50

#: Findings named in one list.
LISTED = 50

#: Bytes of one body; Standard Webhooks asks for less than 20 kB.
MOST_BYTES = 20_000

#: Characters of one string.
MOST_CHARACTERS = 256

BASELINE = "audit.baseline"

Body = dict[str, Any]


def messages(
    changes: Sequence[Change],
    findings: Mapping[str, Finding],
    audit: Audit,
    baseline: bool,
    destinations: Iterable[Destination],
) -> tuple[Message, ...]:
    """What each destination is told about an audit that has ended.

    `findings` are all as they stand after it. While no complete audit has concluded (`baseline`) all that is open
    is told in one event: by a complete audit always, by an incomplete one when it changed anything.
    """
    news = tuple(_news(changes, findings, audit, baseline))
    return tuple(
        Message(_id(audit, each.key, event, finding), each.key, event, finding, _bytes(event, audit, data))
        for each in destinations
        for event, finding, data in news
    )


def _news(
    changes: Sequence[Change], findings: Mapping[str, Finding], audit: Audit, baseline: bool
) -> Iterable[tuple[str, str | None, Body]]:
    if baseline:
        if audit.complete or changes:
            still = [each for each in findings.values() if each.state is FindingState.OPEN]
            yield BASELINE, None, _list(still)
    elif len(changes) > STORM:
        for kind in ChangeKind:
            told = [findings[each.finding] for each in changes if each.kind is kind]
            if told:
                yield f"digest.{kind}", None, _list(told)
    else:
        for change in changes:
            yield f"finding.{change.kind}", change.finding, {"finding": _whole(change, findings[change.finding])}


def _id(audit: Audit, destination: str, event: str, finding: str | None) -> str:
    told = json.dumps([audit.id, destination, event, finding]).encode()
    return "msg_" + base64.b32encode(hashlib.sha256(told).digest())[:26].decode("ascii")


# --- bodies ----------------------------------------------------------------------------------------------


def _bytes(event: str, audit: Audit, data: Body) -> bytes:
    body = {"type": event, "timestamp": _time(audit.finished_at or audit.started_at), "data": data}
    data["audit"] = _audit(audit)
    written = _json(body)
    while len(written) > MOST_BYTES and data.get("findings"):
        kept = data["findings"] = data["findings"][: len(data["findings"]) * 3 // 4]
        data["not_listed"] = data["count"] - len(kept)
        written = _json(body)
    return written


def _json(body: Body) -> bytes:
    # ASCII only: whatever a name holds, no receiver's log or chat sees a control character or reversed text in it.
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _audit(audit: Audit) -> Body:
    return {
        "id": audit.id,
        "number": audit.number,
        "started_at": _time(audit.started_at),
        "finished_at": _time(audit.finished_at),
        "complete": audit.complete,
        "incomplete_because": _text(audit.incomplete_because),
        "coverage": round(audit.coverage, 4),
    }


def _whole(change: Change, finding: Finding) -> Body:
    return {
        **_line(finding),
        "aspect": finding.aspect,
        "change": change.kind.value,
        "before": change.before.value if change.before else None,
        "verdict": change.verdict.value,
        "reason": finding.reason.value,
        "confidence": finding.confidence.value if finding.confidence else None,
        "vectors": [each.value for each in finding.vectors],
        "state": finding.state.value,
        "last_seen_at": _time(finding.last_seen_at),
        "resolved_at": _time(finding.resolved_at),
        "reopened": finding.reopened,
    }


def _line(finding: Finding) -> Body:
    return {
        "id": finding.id,
        "service": _text(finding.service),
        "owner": _text(finding.owner),
        "target": _text(finding.target),
        "entrance": _text(finding.entrance),
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "opened_at": _time(finding.opened_at),
    }


def _list(findings: Sequence[Finding]) -> Body:
    """Counts of all, and the worst by name."""
    listed = sorted(findings, key=_worst_first)[:LISTED]
    return {
        "count": len(findings),
        "by_severity": _counts([each.severity for each in findings], Severity),
        "by_verdict": _counts([each.verdict for each in findings], RANK),
        "findings": [_line(each) for each in listed],
        "not_listed": len(findings) - len(listed),
    }


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    return tuple(Severity).index(finding.severity), RANK[finding.verdict], finding.id


def _counts(values: Iterable[Any], order: Iterable[Any]) -> dict[str, int]:
    counted = Counter(values)
    return {each.value: counted[each] for each in order if counted[each]}


def _text(value: str | None) -> str | None:
    if value is None or len(value) <= MOST_CHARACTERS:
        return value
    return value[: MOST_CHARACTERS - 1] + "…"


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
