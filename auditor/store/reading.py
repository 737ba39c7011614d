"""What the store is asked: a whole audit, what stands now, and how it came to be.

Every answer is bounded by one audit, by the number of findings, or by a limit. Must never write.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from auditor.model import (
    RANK,
    Audit,
    AuditRecord,
    Change,
    ChangeKind,
    Claim,
    Finding,
    Judgement,
    Plan,
    Probe,
    Seen,
    VantageState,
    Verdict,
)
from auditor.store import rows
from auditor.store.tables import (
    AUDIT,
    CHANGE,
    CLAIM,
    FINDING,
    FINDING_VERSION,
    JUDGEMENT,
    OBSERVATION,
    PROBE,
    VANTAGE_STATE,
)

#: No list is longer than this, whatever was asked for.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class PastAudit:
    """One audit as a line of the history, concluded or not."""

    audit: Audit
    concluded: bool
    baseline: bool
    pruned: bool
    nominal_at: datetime | None
    verdicts: Mapping[Verdict, int]
    open: Mapping[Verdict, int]  # findings open when it ended
    changes: Mapping[ChangeKind, int]


@dataclass(frozen=True, slots=True)
class History:
    """The last audits, oldest first, and what each said about each finding: the worst over its addresses.

    An audit missing from a strip said nothing about that finding.
    """

    audits: tuple[PastAudit, ...]
    strips: Mapping[str, Mapping[int, Verdict]]  # finding → number of the audit → verdict


@dataclass(frozen=True, slots=True)
class PastChange:
    change: Change
    audit: int
    at: datetime


# --- one audit -------------------------------------------------------------------------------------------


def load(connection: Connection, number: int | None) -> AuditRecord | None:
    row = _audit_row(connection, number)
    if row is None:
        return None
    audit = rows.audit_of(row)
    plan = Plan(
        rows.sides_of(row["vantages"]),
        tuple(_payloads(connection, CLAIM, audit.number, Claim)),
        tuple(_payloads(connection, PROBE, audit.number, Probe)),
    )
    changes = connection.execute(
        select(CHANGE).where(CHANGE.c.audit == audit.number).order_by(CHANGE.c.position)
    ).mappings()
    return AuditRecord(
        audit=audit,
        plan=plan,
        seen=tuple(_payloads(connection, OBSERVATION, audit.number, Seen)),
        judgements=tuple(_payloads(connection, JUDGEMENT, audit.number, Judgement)),
        vantages=tuple(_payloads(connection, VANTAGE_STATE, audit.number, VantageState)),
        findings=findings_at(connection, audit.number),
        changes=tuple(map(rows.change_of, changes)),
        baseline=row["baseline"],
        previous=audit_before(connection, audit.number),
    )


def audit_before(connection: Connection, number: int) -> Audit | None:
    """The last audit before this one that concluded."""
    found = connection.execute(
        select(AUDIT).where(AUDIT.c.concluded, AUDIT.c.number < number).order_by(AUDIT.c.number.desc()).limit(1)
    )
    row = found.mappings().first()
    return None if row is None else rows.audit_of(row)


def is_pruned(connection: Connection, number: int) -> bool:
    return bool(connection.scalar(select(AUDIT.c.pruned).where(AUDIT.c.number == number)))


def _audit_row(connection: Connection, number: int | None) -> RowMapping | None:
    asked = select(AUDIT).where(AUDIT.c.concluded).order_by(AUDIT.c.number.desc()).limit(1)
    if number is not None:
        asked = select(AUDIT).where(AUDIT.c.number == number)
    return connection.execute(asked).mappings().first()


def _payloads(connection: Connection, table: Table, number: int, kind: Any) -> list[Any]:
    asked = select(table.c.payload).where(table.c.audit == number).order_by(table.c.position)
    return [rows.unpack(kind, each) for each in connection.scalars(asked)]


# --- findings --------------------------------------------------------------------------------------------


def findings(connection: Connection) -> dict[str, Finding]:
    """All findings as they stand, by id."""
    asked = select(FINDING.c.id, FINDING.c.payload).order_by(FINDING.c.id)
    return {row.id: rows.unpack(Finding, row.payload) for row in connection.execute(asked)}


def findings_at(connection: Connection, number: int) -> tuple[Finding, ...]:
    """All findings as they stood when an audit ended, put together from their versions; ordered by id."""
    newest = (
        select(func.max(FINDING_VERSION.c.audit))
        .where(FINDING_VERSION.c.finding == FINDING.c.id, FINDING_VERSION.c.audit <= number)
        .correlate(FINDING)
        .scalar_subquery()
    )
    asked = (
        select(FINDING_VERSION.c.payload)
        .join(FINDING, FINDING.c.id == FINDING_VERSION.c.finding)
        .where(FINDING_VERSION.c.audit == newest)
        .order_by(FINDING.c.id)
    )
    return tuple(rows.unpack(Finding, each) for each in connection.scalars(asked))


def changes(connection: Connection, finding: str | None, limit: int) -> tuple[PastChange, ...]:
    """The newest changes, newest first; of one finding or of all."""
    asked = select(CHANGE).order_by(CHANGE.c.audit.desc(), CHANGE.c.position).limit(min(limit, MOST))
    if finding is not None:
        asked = asked.where(CHANGE.c.finding == finding)
    found = connection.execute(asked).mappings()
    return tuple(PastChange(rows.change_of(row), row["audit"], rows.moment(row["at"])) for row in found)


# --- history ---------------------------------------------------------------------------------------------


def history(connection: Connection, limit: int) -> History:
    newest = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(min(limit, MOST))
    found = list(connection.execute(newest).mappings())[::-1]
    if not found:
        return History((), {})
    first = found[0]["number"]
    told = _changes_since(connection, first)
    return History(
        tuple(_past(row, told.get(row["number"], Counter())) for row in found), _strips(connection, first)
    )


def _past(row: RowMapping, told: Mapping[ChangeKind, int]) -> PastAudit:
    return PastAudit(
        audit=rows.audit_of(row),
        concluded=row["concluded"],
        baseline=row["baseline"],
        pruned=row["pruned"],
        nominal_at=None if row["nominal_at"] is None else rows.moment(row["nominal_at"]),
        verdicts=rows.tally_of(row["verdicts"]),
        open=rows.tally_of(row["open_findings"]),
        changes=told,
    )


def _changes_since(connection: Connection, first: int) -> dict[int, Counter[ChangeKind]]:
    counted = (
        select(CHANGE.c.audit, CHANGE.c.kind, func.count())
        .where(CHANGE.c.audit >= first)
        .group_by(CHANGE.c.audit, CHANGE.c.kind)
    )
    out: dict[int, Counter[ChangeKind]] = {}
    for audit, kind, count in connection.execute(counted):
        out.setdefault(audit, Counter())[ChangeKind(kind)] = count
    return out


def _strips(connection: Connection, first: int) -> dict[str, dict[int, Verdict]]:
    """Only of claims that have a finding; the rest were never anything but closed or unclear."""
    asked = (
        select(JUDGEMENT.c.finding, JUDGEMENT.c.audit, JUDGEMENT.c.verdict)
        .join(FINDING, FINDING.c.id == JUDGEMENT.c.finding)
        .where(JUDGEMENT.c.audit >= first)
        .distinct()
    )
    out: dict[str, dict[int, Verdict]] = {}
    for finding, audit, said in connection.execute(asked):
        strip, verdict = out.setdefault(finding, {}), Verdict(said)
        if audit not in strip or RANK[verdict] < RANK[strip[audit]]:
            strip[audit] = verdict
    return out
