"""Lets go of what is old: raw observations, and with them the plans they answered.

Findings, changes and the evidence of every change are kept for ever. Must never touch an audit under way.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Table, and_, delete, exists, insert, select, update

from auditor.model import Judgement
from auditor.store import rows
from auditor.store.tables import (
    AUDIT,
    CHANGE,
    CLAIM,
    FINDING_VERSION,
    JUDGEMENT,
    OBSERVATION,
    PROBE,
)

#: Values in one IN (…): well under what any SQLite takes.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was let go."""

    audits: int
    observations: int
    batches: int


def due(connection: Connection, before: datetime, limit: int) -> list[int]:
    """Numbers of audits that ended before, whose observations are still here; oldest first."""
    asked = (
        select(AUDIT.c.number)
        .where(AUDIT.c.finished_at < rows.micros(before), AUDIT.c.pruned.is_(False))
        .order_by(AUDIT.c.number)
        .limit(limit)
    )
    return list(connection.scalars(asked))


def prune_audit(connection: Connection, number: int) -> int:
    """Drops the observations and the plan of one audit, but for the evidence of its changes."""
    keys, probes = _evidence(connection, number)
    _keep_only(connection, CLAIM, "key", number, keys)
    _keep_only(connection, PROBE, "id", number, probes)
    dropped = _keep_only(connection, OBSERVATION, "probe", number, probes)
    connection.execute(update(AUDIT).where(AUDIT.c.number == number).values(pruned=True))
    return dropped


def prune_judgements(connection: Connection, before: datetime, keep: int) -> None:
    """Drops the judgements of pruned audits, except of the newest `keep` audits and those behind a change."""
    last = connection.scalar(select(AUDIT.c.number).order_by(AUDIT.c.number.desc()).offset(keep).limit(1))
    if last is None:
        return
    old = select(AUDIT.c.number).where(
        AUDIT.c.pruned, AUDIT.c.number <= last, AUDIT.c.finished_at < rows.micros(before)
    )
    told = exists().where(CHANGE.c.audit == JUDGEMENT.c.audit, CHANGE.c.finding == JUDGEMENT.c.finding)
    connection.execute(delete(JUDGEMENT).where(JUDGEMENT.c.audit.in_(old), ~told))


def prune_versions(connection: Connection, before: datetime) -> None:
    """Drops versions of findings that a later old version replaces, except those behind a change."""
    old = select(AUDIT.c.number).where(AUDIT.c.pruned, AUDIT.c.finished_at < rows.micros(before))
    later = FINDING_VERSION.alias()
    replaced = exists().where(
        later.c.finding == FINDING_VERSION.c.finding,
        later.c.audit > FINDING_VERSION.c.audit,
        later.c.audit.in_(old),
    )
    told = exists().where(CHANGE.c.audit == FINDING_VERSION.c.audit, CHANGE.c.finding == FINDING_VERSION.c.finding)
    gone = and_(FINDING_VERSION.c.audit.in_(old), replaced, ~told)
    connection.execute(delete(FINDING_VERSION).where(gone))


def _evidence(connection: Connection, number: int) -> tuple[set[str], set[str]]:
    """Keys of the claims, and ids of the probes, that an audit's changes rest on."""
    told = select(CHANGE.c.finding).where(CHANGE.c.audit == number)
    asked = select(JUDGEMENT.c.payload).where(JUDGEMENT.c.audit == number, JUDGEMENT.c.finding.in_(told))
    keys: set[str] = set()
    probes: set[str] = set()
    for payload in connection.scalars(asked):
        judgement: Judgement = rows.unpack(Judgement, payload)
        keys.add(judgement.claim.key)
        probes.update(judgement.controls)
        probes.update(each for each in (judgement.observation, judgement.truth) if each)
    return keys, probes


def _keep_only(connection: Connection, table: Table, column: str, number: int, wanted: set[str]) -> int:
    """Drops an audit's rows but the wanted ones, which are few; returns how many went."""
    kept: list[RowMapping] = []
    names = sorted(wanted)
    for start in range(0, len(names), _AT_ONCE):
        some = table.c[column].in_(names[start : start + _AT_ONCE])
        kept += connection.execute(select(table).where(table.c.audit == number, some)).mappings().all()
    gone = connection.execute(delete(table).where(table.c.audit == number)).rowcount
    if kept:
        connection.execute(insert(table), [dict(row) for row in kept])
    return gone - len(kept)
