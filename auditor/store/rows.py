"""Model values to rows and back.

What is read equals what was written, to the byte of its JSON. Must never guess: a row that does not fit the
words of this program is an error.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from auditor.findings import finding_id
from auditor.model import (
    Audit,
    Change,
    ChangeKind,
    Claim,
    Finding,
    FindingState,
    HttpAnswer,
    Judgement,
    Observation,
    Plan,
    Probe,
    Seen,
    Side,
    VantageState,
    Verdict,
    codec,
)
from auditor.store.errors import StoreError

Values = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: A payload longer than this is compressed; below, it costs more than it saves.
_WORTH_IT = 4096


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC, exact. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return (at - _EPOCH) // _MICROSECOND


def moment(stored: int) -> datetime:
    return _EPOCH + stored * _MICROSECOND


def _maybe(stored: int | None) -> datetime | None:
    return None if stored is None else moment(stored)


def pack(kind: Any, value: Any) -> bytes:
    plain = codec.dump(kind, value)
    return plain if len(plain) <= _WORTH_IT else zlib.compress(plain, 1)


def unpack(kind: Any, stored: bytes) -> Any:
    # JSON of ours begins with a bracket or brace, a zlib stream with "x" (RFC 1950).
    try:
        return codec.load(kind, zlib.decompress(stored) if stored[:1] == b"x" else bytes(stored))
    except (ValueError, zlib.error) as error:
        raise StoreError(f"a stored {getattr(kind, '__name__', 'value')} cannot be read any more") from error


# --- audits ----------------------------------------------------------------------------------------------


def audit_columns(audit: Audit) -> Values:
    """What of an audit is known from its value alone."""
    return {
        "id": audit.id,
        "number": audit.number,
        "started_at": micros(audit.started_at),
        "finished_at": None if audit.finished_at is None else micros(audit.finished_at),
        "complete": audit.complete,
        "incomplete_because": audit.incomplete_because,
        "planned": audit.planned,
        "observed": audit.observed,
        "skipped": audit.skipped,
        "claims": audit.claims,
        "decisive": audit.decisive,
        "config_sha256": audit.config_sha256,
        "seeds": codec.dump(tuple[tuple[str, str], ...], audit.seeds).decode(),
    }


def audit_of(row: RowMapping) -> Audit:
    return Audit(
        id=row["id"],
        number=row["number"],
        started_at=moment(row["started_at"]),
        finished_at=_maybe(row["finished_at"]),
        complete=row["complete"],
        incomplete_because=row["incomplete_because"],
        planned=row["planned"],
        observed=row["observed"],
        skipped=row["skipped"],
        claims=row["claims"],
        decisive=row["decisive"],
        config_sha256=row["config_sha256"],
        seeds=codec.load(tuple[tuple[str, str], ...], row["seeds"]),
    )


def sides_text(plan: Plan) -> str:
    return codec.dump(tuple[tuple[str, Side], ...], plan.vantages).decode()


def sides_of(text: str) -> tuple[tuple[str, Side], ...]:
    sides: tuple[tuple[str, Side], ...] = codec.load(tuple[tuple[str, Side], ...], text)
    return sides


def tally(verdicts: Iterable[Verdict]) -> str:
    counted = Counter(verdicts)
    return codec.dump(dict[Verdict, int], {each: counted[each] for each in Verdict if counted[each]}).decode()


def tally_of(text: str) -> Mapping[Verdict, int]:
    counted: dict[Verdict, int] = codec.load(dict[Verdict, int], text)
    return counted


# --- what an audit is made of ----------------------------------------------------------------------------


def claim_columns(audit: int, position: int, claim: Claim) -> Values:
    return {"audit": audit, "position": position, "key": claim.key, "payload": pack(Claim, claim)}


def probe_columns(audit: int, position: int, probe: Probe) -> Values:
    return {
        "audit": audit,
        "position": position,
        "id": probe.id,
        "vantage": probe.vantage,
        "role": probe.role.value,
        "payload": pack(Probe, probe),
    }


def seen_columns(audit: int, position: int, seen: Seen) -> Values:
    answer = seen.answer if isinstance(seen, Observation) else None
    return {
        "audit": audit,
        "probe": seen.probe,
        "position": position,
        "vantage": seen.vantage,
        "outcome": seen.outcome.value if isinstance(seen, Observation) else None,
        "skipped": None if isinstance(seen, Observation) else seen.reason.value,
        "status": answer.status if isinstance(answer, HttpAnswer) else None,
        "started_at": micros(seen.started_at) if isinstance(seen, Observation) else None,
        "payload": pack(Seen, seen),
    }


def judgement_columns(audit: int, position: int, judgement: Judgement) -> Values:
    claim = judgement.claim
    return {
        "audit": audit,
        "position": position,
        "finding": finding_id(claim.service, claim.aspect, claim.target, claim.entrance),
        "key": claim.key,
        "verdict": judgement.verdict.value,
        "reason": judgement.reason.value,
        "payload": pack(Judgement, judgement),
    }


def vantage_columns(audit: int, position: int, state: VantageState) -> Values:
    return {
        "audit": audit,
        "position": position,
        "name": state.name,
        "sighted": state.sighted,
        "payload": pack(VantageState, state),
    }


# --- what lasts ------------------------------------------------------------------------------------------


def finding_columns(finding: Finding) -> Values:
    return {
        "id": finding.id,
        "service": finding.service,
        "aspect": finding.aspect,
        "target": finding.target,
        "entrance": finding.entrance,
        "state": finding.state.value,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "opened_at": micros(finding.opened_at),
        "last_seen_at": micros(finding.last_seen_at),
        "payload": pack(Finding, finding),
    }


def open_tally(findings: Iterable[Finding]) -> str:
    return tally(each.verdict for each in findings if each.state is FindingState.OPEN)


def change_columns(audit: int, position: int, change: Change, at: datetime) -> Values:
    return {
        "audit": audit,
        "position": position,
        "finding": change.finding,
        "kind": change.kind.value,
        "verdict": change.verdict.value,
        "before": change.before.value if change.before else None,
        "at": micros(at),
    }


def change_of(row: RowMapping) -> Change:
    before = row["before"]
    return Change(
        row["finding"],
        ChangeKind(row["kind"]),
        Verdict(row["verdict"]),
        None if before is None else Verdict(before),
    )
