"""The tables. Each row is the whole value as JSON (`payload`) beside the columns that are asked by.

Must never hold a secret or the name of an alert's destination. Times are microseconds since 1970 UTC as integers:
the same on SQLite and PostgreSQL, exact, and with no zone to lose. A change here needs a migration.
"""

from sqlalchemy import BigInteger, Index, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

_names = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: Ours alone, so that nothing another library defines gets into our migrations.
metadata = MetaData(naming_convention=_names)


class _Rows(SQLModel, registry=registry(metadata=metadata)):
    pass


class AuditRow(_Rows, table=True):
    """One audit. Under way: `finished_at` is null. Ended without verdicts: not `concluded`."""

    __tablename__ = "audit"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    started_at: int = Field(sa_type=BigInteger)
    finished_at: int | None = Field(default=None, sa_type=BigInteger)
    nominal_at: int | None = Field(default=None, sa_type=BigInteger)  # the tick of the schedule it belongs to
    concluded: bool = False
    complete: bool = False
    incomplete_because: str | None = Field(default=None, sa_type=Text)
    baseline: bool = False
    pruned: bool = False  # its observations are gone, but for the evidence of changes
    planned: int = 0
    observed: int = 0
    skipped: int = 0
    claims: int = 0
    decisive: int = 0
    config_sha256: str
    config_name: str = ""
    seeds: str = Field(default="[]", sa_type=Text)
    vantages: str = Field(default="[]", sa_type=Text)  # of the plan: [[name, side], …]
    verdicts: str = Field(default="{}", sa_type=Text)  # verdict → how many
    open_findings: str = Field(default="{}", sa_type=Text)  # verdict → open findings when it ended
    pid: int = Field(sa_type=BigInteger)
    host: str


class ClaimRow(_Rows, table=True):
    __tablename__ = "claim"

    audit: int = Field(primary_key=True, foreign_key="audit.number")
    position: int = Field(primary_key=True)
    key: str = Field(sa_type=Text)
    payload: bytes


class ProbeRow(_Rows, table=True):
    __tablename__ = "probe"

    audit: int = Field(primary_key=True, foreign_key="audit.number")
    position: int = Field(primary_key=True)
    id: str
    vantage: str
    role: str
    payload: bytes


class ObservationRow(_Rows, table=True):
    """What became of one planned probe: seen (`outcome`) or not (`skipped`, a reason). Exactly once."""

    __tablename__ = "observation"
    __table_args__ = (UniqueConstraint("audit", "probe"),)

    audit: int = Field(primary_key=True, foreign_key="audit.number")
    position: int = Field(primary_key=True)
    probe: str
    vantage: str
    outcome: str | None = None
    skipped: str | None = None
    status: int | None = None  # of an HTTP answer
    started_at: int | None = Field(default=None, sa_type=BigInteger)
    payload: bytes


class JudgementRow(_Rows, table=True):
    __tablename__ = "judgement"
    __table_args__ = (Index("ix_judgement_finding_audit", "finding", "audit"),)

    audit: int = Field(primary_key=True, foreign_key="audit.number")
    position: int = Field(primary_key=True)
    finding: str  # the finding this claim has or would have
    key: str = Field(sa_type=Text)
    verdict: str
    reason: str
    payload: bytes


class VantageStateRow(_Rows, table=True):
    __tablename__ = "vantage_state"

    audit: int = Field(primary_key=True, foreign_key="audit.number")
    position: int = Field(primary_key=True)
    name: str
    sighted: bool
    payload: bytes


class FindingRow(_Rows, table=True):
    """Every finding as it stands now; kept for ever."""

    __tablename__ = "finding"

    id: str = Field(primary_key=True)
    service: str = Field(sa_type=Text)
    aspect: str
    target: str = Field(sa_type=Text)
    entrance: str = Field(sa_type=Text)
    state: str
    verdict: str
    severity: str
    opened_at: int = Field(sa_type=BigInteger)
    last_seen_at: int = Field(sa_type=BigInteger)
    payload: bytes


class FindingVersionRow(_Rows, table=True):
    """A finding as it stood after an audit that altered it, so that an old audit can be shown as it was."""

    __tablename__ = "finding_version"

    finding: str = Field(primary_key=True, foreign_key="finding.id")
    audit: int = Field(primary_key=True, foreign_key="audit.number")
    payload: bytes


class ChangeRow(_Rows, table=True):
    """What people were told; kept for ever."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_finding_audit", "finding", "audit"),)

    audit: int = Field(primary_key=True, foreign_key="audit.number")
    position: int = Field(primary_key=True)
    finding: str = Field(foreign_key="finding.id")
    kind: str
    verdict: str
    before: str | None = None
    at: int = Field(sa_type=BigInteger)


class OutboxRow(_Rows, table=True):
    """One message to one destination, with the exact bytes to be signed and sent."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_destination_next_at", "state", "destination", "next_at"),)

    id: str = Field(primary_key=True)
    destination: str  # a stable key, neither URL nor name
    event: str
    audit: int = Field(foreign_key="audit.number")
    finding: str | None = None
    body: bytes
    created_at: int = Field(sa_type=BigInteger)
    next_at: int = Field(sa_type=BigInteger)
    attempts: int = 0
    lease: str | None = None
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "pending"  # pending | delivered | dead
    last_status: int | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class GapRow(_Rows, table=True):
    """A time in which nobody looked, or one vantage did not."""

    __tablename__ = "coverage_gap"

    id: int | None = Field(default=None, primary_key=True, sa_type=Integer)
    vantage: str | None = None
    from_at: int = Field(sa_type=BigInteger)
    to_at: int = Field(sa_type=BigInteger)
    because: str = Field(sa_type=Text)


class BatchRow(_Rows, table=True):
    """Observations handed in from elsewhere, as taken."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_vantage_started_at", "vantage", "started_at"),)

    id: str = Field(primary_key=True)
    vantage: str
    seed: str
    plan: str  # digest of the plan it was made for
    started_at: int = Field(sa_type=BigInteger)
    received_at: int = Field(sa_type=BigInteger)
    seen: int
    used_in: int | None = None  # number of the last audit it was used in
    payload: bytes


def table(name: str) -> Table:
    return metadata.tables[name]


AUDIT = table("audit")
CLAIM = table("claim")
PROBE = table("probe")
OBSERVATION = table("observation")
JUDGEMENT = table("judgement")
VANTAGE_STATE = table("vantage_state")
FINDING = table("finding")
FINDING_VERSION = table("finding_version")
CHANGE = table("change")
OUTBOX = table("outbox")
GAP = table("coverage_gap")
BATCH = table("batch")
