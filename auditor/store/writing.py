"""An audit as it is written: begun, planned, seen, concluded or abandoned; each function within one transaction.

Must never change what a concluded audit says, nor write to one that was given up.
"""

import os
import platform
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, Table, func, insert, select, update

from auditor.findings import Settled
from auditor.model import Audit, Finding, Judgement, Plan, Seen, VantageState
from auditor.store import outbox, rows
from auditor.store.errors import StoreError
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

#: Rows made and written at once: all of a large plan's would take more memory than the plan.
_AT_ONCE = 1_000

DIED = "the process ended before it had concluded"


class Verdicts(Protocol):
    """What judging comes to."""

    @property
    def judgements(self) -> tuple[Judgement, ...]: ...
    @property
    def vantages(self) -> tuple[VantageState, ...]: ...


def begin(
    connection: Connection,
    *,
    at: datetime,
    config_sha256: str,
    config_name: str,
    seeds: tuple[tuple[str, str], ...],
    nominal_at: datetime | None,
) -> Audit:
    """A new audit. The caller holds the lock, so whatever is unfinished is a dead process's."""
    for number in connection.scalars(select(AUDIT.c.number).where(AUDIT.c.finished_at.is_(None))).all():
        _give_up(connection, number, DIED, at)
    number = (connection.scalar(select(func.max(AUDIT.c.number))) or 0) + 1
    audit = Audit(
        id=str(uuid.uuid4()),
        number=number,
        started_at=at,
        finished_at=None,
        complete=False,
        incomplete_because=None,
        planned=0,
        observed=0,
        skipped=0,
        claims=0,
        decisive=0,
        config_sha256=config_sha256,
        seeds=seeds,
    )
    connection.execute(
        insert(AUDIT).values(
            **rows.audit_columns(audit),
            nominal_at=None if nominal_at is None else rows.micros(nominal_at),
            config_name=config_name,
            pid=os.getpid(),
            host=platform.node(),
        )
    )
    return audit


def plan(connection: Connection, number: int, round_: Plan) -> None:
    """Appends a round as `Plan.__add__` does: a claim that is there already is not there twice."""
    row = _running(connection, number)
    sides = rows.sides_text(Plan(rows.sides_of(row["vantages"]), (), ()) + Plan(round_.vantages, (), ()))
    if sides != row["vantages"]:
        _set(connection, number, {"vantages": sides})
    if round_.claims:
        known = set(connection.scalars(select(CLAIM.c.key).where(CLAIM.c.audit == number)))
        fresh = [claim for claim in round_.claims if claim.key not in known]
        _append(connection, CLAIM, number, fresh, rows.claim_columns)
    _append(connection, PROBE, number, round_.probes, rows.probe_columns)


def saw(connection: Connection, number: int, values: list[rows.Values]) -> None:
    """Appends observations, given as columns without their place."""
    _running(connection, number)
    start = _next(connection, OBSERVATION, number)
    for place, each in enumerate(values, start):
        each["position"] = place
    if values:
        connection.execute(insert(OBSERVATION), values)


def conclude(
    connection: Connection,
    audit: Audit,
    verdicts: Verdicts,
    settled: Settled,
    messages: Sequence[outbox.Message],
) -> None:
    """All an audit comes to. Concluding twice is concluding once, for a caller that lost the answer."""
    if audit.finished_at is None:
        raise ValueError("an audit that concludes has ended: finished_at is missing")
    number, at = audit.number, audit.finished_at
    if _row(connection, number)["concluded"]:
        return
    _running(connection, number)
    baseline = is_baseline(connection)
    _append(connection, JUDGEMENT, number, verdicts.judgements, rows.judgement_columns)
    _append(connection, VANTAGE_STATE, number, verdicts.vantages, rows.vantage_columns)
    _remember(connection, number, settled.findings)
    changes = [rows.change_columns(number, place, each, at) for place, each in enumerate(settled.changes)]
    if changes:
        connection.execute(insert(CHANGE), changes)
    outbox.add(connection, number, messages, at)
    values = rows.audit_columns(audit) | {
        "concluded": True,
        "baseline": baseline,
        "verdicts": rows.tally(each.verdict for each in verdicts.judgements if not each.silent),
        "open_findings": rows.open_tally(settled.findings),
    }
    _set(connection, number, values)


def abandon(connection: Connection, audit: Audit, because: str, at: datetime) -> None:
    """The audit ended without verdicts; what it saw stays. Nothing when it has ended already."""
    if _row(connection, audit.number)["finished_at"] is None:
        _give_up(connection, audit.number, because, at)


def is_baseline(connection: Connection) -> bool:
    """Whether no complete audit has concluded yet."""
    complete = select(AUDIT.c.number).where(AUDIT.c.concluded, AUDIT.c.complete).limit(1)
    return connection.scalar(complete) is None


def _give_up(connection: Connection, number: int, because: str, at: datetime) -> None:
    looked = select(func.count(OBSERVATION.c.outcome), func.count(OBSERVATION.c.skipped))
    observed, skipped = connection.execute(looked.where(OBSERVATION.c.audit == number)).one()
    started = _row(connection, number)["started_at"]
    values = {
        "finished_at": max(rows.micros(at), started),
        "complete": False,
        "incomplete_because": because,
        "planned": _next(connection, PROBE, number),
        "observed": observed,
        "skipped": skipped,
        "claims": _next(connection, CLAIM, number),
    }
    _set(connection, number, values)


def _remember(connection: Connection, number: int, findings: Sequence[Finding]) -> None:
    """Writes the findings this audit altered, as they stand and as a version."""
    stored: Mapping[str, bytes] = {
        row.id: bytes(row.payload) for row in connection.execute(select(FINDING.c.id, FINDING.c.payload))
    }
    altered = [each for each in map(rows.finding_columns, findings) if stored.get(each["id"]) != each["payload"]]
    for each in altered:
        if each["id"] in stored:
            connection.execute(update(FINDING).where(FINDING.c.id == each["id"]).values(**each))
    fresh = [each for each in altered if each["id"] not in stored]
    if fresh:
        connection.execute(insert(FINDING), fresh)
    versions = [{"finding": each["id"], "audit": number, "payload": each["payload"]} for each in altered]
    if versions:
        connection.execute(insert(FINDING_VERSION), versions)


# --- rows of one audit -----------------------------------------------------------------------------------


def _row(connection: Connection, number: int) -> RowMapping:
    found = connection.execute(select(AUDIT).where(AUDIT.c.number == number).with_for_update()).mappings().first()
    if found is None:
        raise StoreError(f"there is no audit {number}")
    return found


def _running(connection: Connection, number: int) -> RowMapping:
    row = _row(connection, number)
    if row["finished_at"] is not None:
        because = row["incomplete_because"] or "it has concluded"
        raise StoreError(f"audit {number} has ended ({because}); nothing was added to it")
    return row


def _set(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(AUDIT).where(AUDIT.c.number == number).values(**values))


def _next(connection: Connection, table: Table, number: int) -> int:
    last = connection.scalar(select(func.max(table.c.position)).where(table.c.audit == number))
    return 0 if last is None else last + 1


def _append(
    connection: Connection,
    table: Table,
    number: int,
    values: Sequence[Any],
    columns: Callable[[int, int, Any], rows.Values],
) -> None:
    start = _next(connection, table, number)
    for at in range(0, len(values), _AT_ONCE):
        part = values[at : at + _AT_ONCE]
        connection.execute(
            insert(table), [columns(number, place, each) for place, each in enumerate(part, start + at)]
        )


def seen_rows(number: int, seen: Sequence[Seen]) -> list[rows.Values]:
    """The columns of observations, made before the transaction begins: encoding takes longer than writing."""
    return [rows.seen_columns(number, 0, each) for each in seen]
