"""The counts of one audit and the exit code they mean: one source for every output.

Must never count from anything but the rows people see.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from auditor.model import BAD, DECISIVE, RANK, Aspect, AuditRecord, ChangeKind, Verdict
from auditor.report.reading import Reading
from auditor.report.text import plural


@dataclass(frozen=True, slots=True)
class Totals:
    """What one audit comes to, counted from its rows."""

    open: int  # rows of the list: open findings, and bad verdicts that no finding stands for yet
    open_by_verdict: Mapping[Verdict, int]
    open_targets: int  # distinct (service, aspect, target) among those that must stay inside
    open_internal: int  # rows of the list about what must stay inside, checks of the DNS left out
    open_dns: int  # rows of the list about what the DNS gives away beside names
    open_unauthenticated: int  # distinct public paths that answer without credentials
    open_down: int  # distinct public paths that do not answer as they must
    unconfirmed: int  # open rows that this audit did not see again
    unrecorded: int  # bad verdicts without a finding
    oldest_opened_at: datetime | None
    new: int
    worsened: int
    reopened: int
    resolved: int
    verdicts: Mapping[Verdict, int]  # over claims, every verdict has its place
    claims: int
    decisive: int
    found: int  # claims with a bad verdict
    closed: int
    as_meant: int  # public claims that are open as meant
    public: int  # claims about what must be public
    inconclusive: int  # unproven and untested
    sighted: int  # vantages that could see
    vantages: int
    blind: tuple[str, ...]  # names of vantages that could not
    complete: bool
    nothing_planned: bool

    @property
    def internal(self) -> int:
        """Ways in that were planned: claims about what must stay inside."""
        return self.claims - self.public

    @property
    def coverage(self) -> float:
        """Decisive verdicts ÷ planned targets; 0 when nothing was planned, for that proves nothing."""
        return self.decisive / self.claims if self.claims else 0.0


def ways_in(count: int, counted: Totals) -> str:
    """`16 ways in`; where something is public too, not all of them lead in: `18 ways`."""
    return plural(count, "way") + ("" if counted.public else " in")


def totals(record: AuditRecord) -> Totals:
    return count(Reading(record))


def count(reading: Reading) -> Totals:
    record, rows = reading.record, reading.open_rows
    verdicts = Counter(judgement.verdict for judgement in reading.judgements)
    changes = Counter(change.kind for change in record.changes)
    unauthenticated = {row.key[:3] for row in rows if row.public and row.verdict is Verdict.UNAUTHENTICATED}
    opened = [row.finding.opened_at for row in rows if row.finding]
    # A stored audit may know of more claims than its rows show; then the missing ones were not proven either.
    claims = max(len(reading.judgements), record.audit.claims)
    verdicts[Verdict.UNTESTED] += claims - len(reading.judgements)
    return Totals(
        open=len(rows),
        open_by_verdict={v: n for v in Verdict if (n := sum(row.verdict is v for row in rows))},
        open_targets=len({row.key[:3] for row in rows if row.reached}),
        open_internal=sum(row.reached for row in rows),
        open_dns=sum(row.key[1] == Aspect.DNS for row in rows),
        open_unauthenticated=len(unauthenticated),
        open_down=len({row.key[:3] for row in rows if row.public} - unauthenticated),
        unconfirmed=sum(not row.seen_now for row in rows),
        unrecorded=sum(row.finding is None for row in rows),
        oldest_opened_at=min(opened, default=None),
        new=changes[ChangeKind.OPENED],
        worsened=changes[ChangeKind.WORSENED],
        reopened=changes[ChangeKind.REOPENED],
        resolved=changes[ChangeKind.RESOLVED],
        verdicts={verdict: verdicts[verdict] for verdict in Verdict},
        claims=claims,
        decisive=sum(verdicts[verdict] for verdict in DECISIVE),
        found=sum(verdicts[verdict] for verdict in BAD),
        closed=verdicts[Verdict.CLOSED],
        as_meant=verdicts[Verdict.OPEN],
        public=len(reading.public),
        inconclusive=verdicts[Verdict.UNPROVEN] + verdicts[Verdict.UNTESTED],
        sighted=sum(vantage.sighted for vantage in record.vantages),
        vantages=len(record.vantages),
        blind=tuple(vantage.name for vantage in record.vantages if not vantage.sighted),
        complete=record.audit.complete,
        nothing_planned=record.audit.planned == 0 or claims == 0,
    )


def exit_code(record: AuditRecord, *, fail_on: Verdict = Verdict.OUTAGE, min_coverage: float = 1.0) -> int:
    """What a process says about this audit: 1 a finding is open, 3 inconclusive, 0 everything decisive and clean.

    1: an open finding at or above `fail_on` in the order of verdicts. It wins over 3: incomplete, a vantage
    blind or none there, nothing planned, or coverage below `min_coverage`.
    """
    return code(count(Reading(record)), fail_on=fail_on, min_coverage=min_coverage)


def code(counted: Totals, *, fail_on: Verdict = Verdict.OUTAGE, min_coverage: float = 1.0) -> int:
    if any(RANK[verdict] <= RANK[fail_on] for verdict in counted.open_by_verdict):
        return 1
    blind = bool(counted.blind) or counted.vantages == 0
    if not counted.complete or blind or counted.nothing_planned or counted.coverage < min_coverage:
        return 3
    return 0
