"""Findings, audits and a store with messages waiting in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from auditor.findings import Settled
from auditor.model import (
    Audit,
    Change,
    ChangeKind,
    Confidence,
    Finding,
    FindingState,
    Judgement,
    Reason,
    Severity,
    VantageState,
    Vector,
    Verdict,
)
from auditor.store import Message, Store

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Judged:
    judgements: tuple[Judgement, ...] = ()
    vantages: tuple[VantageState, ...] = ()


def audit(**values: object) -> Audit:
    found = Audit(
        id="7f0c",
        number=1842,
        started_at=NOON,
        finished_at=NOON + timedelta(minutes=2),
        complete=True,
        incomplete_because=None,
        planned=369,
        observed=369,
        skipped=0,
        claims=8,
        decisive=7,
        config_sha256="c0ffee",
    )
    return replace(found, **values)  # type: ignore[arg-type]


def finding(number: int = 1, **values: object) -> Finding:
    found = Finding(
        id=f"LK-{number:08}",
        service="config",
        aspect="path",
        target=f"/internal/{number}",
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
    return replace(found, **values)  # type: ignore[arg-type]


def opened(found: Finding) -> Change:
    return Change(found.id, ChangeKind.OPENED, found.verdict, None)


def fill(store: Store, messages: Sequence[Message], at: datetime = NOON) -> None:
    begun = store.begin(at=at, config_sha256="")
    store.conclude(replace(begun, finished_at=at, complete=True), Judged(), Settled((), ()), messages)


def message(number: int, destination: str = "wh_1") -> Message:
    return Message(f"msg_{number:04}", destination, "finding.opened", None, b'{"number":%d}' % number)
