"""An audit as one page of plain values: everything the template shows, nothing it has to work out.

Must never do IO or build markup.
"""

from dataclasses import dataclass
from datetime import datetime

from auditor.model import AuditRecord
from auditor.report import evidence, listing
from auditor.report.certificates import Line as Certificate
from auditor.report.certificates import unverified
from auditor.report.charts import History, OpenChart, Part, composition, open_chart
from auditor.report.evidence import Controls, Gap, Manifest, VantageRow
from auditor.report.headline import Changes, Headline, changes, headline
from auditor.report.hunting import Hunted, hunted
from auditor.report.listing import Entry
from auditor.report.matrix import Matrix, matrix
from auditor.report.parity import Parity, parity
from auditor.report.reading import Reading
from auditor.report.refusals import Refusal, refusals
from auditor.report.scorecard import Scorecard, scorecard
from auditor.report.text import clip
from auditor.report.totals import Totals, code, count, ways_in
from auditor.report.wording import LIMITS
from auditor.report.zones import Zones, zones


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a page may hold. Each next one drops more, in a fixed order, and says so."""

    details: int = 10_000
    bodies: bool = True
    strips: bool = True
    fold: bool = True
    small_matrix: bool = False
    gap_lines: int = evidence.MOST_PER_GAP
    dropped: str = ""


_SAYS = "To keep this file small, it leaves out {}. Every verdict is in the JSON of this audit."

#: Tried in turn until the page fits. No budget drops an open finding.
BUDGETS: tuple[Budget, ...] = (
    Budget(),
    Budget(bodies=False, gap_lines=60, dropped=_SAYS.format("captured responses")),
    Budget(
        bodies=False,
        strips=False,
        fold=False,
        gap_lines=30,
        dropped=_SAYS.format("captured responses, the history of each finding and the rows proven closed"),
    ),
    Budget(
        details=150,
        bodies=False,
        strips=False,
        fold=False,
        small_matrix=True,
        gap_lines=10,
        dropped=_SAYS.format(
            "captured responses, the history of each finding, the rows proven closed, and details of all "
            "but the 150 worst findings"
        ),
    ),
    Budget(
        details=25,
        bodies=False,
        strips=False,
        fold=False,
        small_matrix=True,
        gap_lines=0,
        dropped=_SAYS.format("all but one line for each finding after the 25 worst, and the rows proven closed"),
    ),
)


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    environment: str
    record: AuditRecord
    ended_at: datetime
    next_due_at: datetime | None
    generated_at: datetime
    version: str
    totals: Totals
    exit_code: int
    headline: Headline
    parts: tuple[Part, ...]
    mix_words: str
    changes: Changes
    entries: tuple[Entry, ...]
    has_strips: bool
    nothing_open: str
    parity: Parity | None
    zones: Zones | None
    matrix: Matrix
    ways: str  # how many there were, in words
    gaps: tuple[Gap, ...]
    refusals: tuple[Refusal, ...]
    hunts: tuple[Hunted, ...]
    controls: Controls
    certificates: tuple[Certificate, ...]
    vantages: tuple[VantageRow, ...]
    manifest: Manifest
    scorecard: Scorecard
    chart: OpenChart | None
    limits: str
    dropped: str
    json_href: str | None


def page(
    reading: Reading,
    *,
    history: History,
    environment: str | None,
    next_due_at: datetime | None,
    generated_at: datetime,
    version: str,
    json_href: str | None = None,
    budget: Budget = BUDGETS[0],
) -> Page:
    record = reading.record
    counted = count(reading)
    audit = record.audit
    ended = audit.finished_at or audit.started_at
    name = clip(environment or "", 60)
    return Page(
        title=f"({counted.open} open) Reachability audit {audit.number}{', ' + name if name else ''}",
        environment=name,
        record=record,
        ended_at=ended,
        next_due_at=next_due_at,
        generated_at=generated_at,
        version=version,
        totals=counted,
        exit_code=code(counted),
        headline=headline(reading, counted, ended),
        parts=composition(counted),
        mix_words=f"Of {ways_in(counted.claims, counted)}, "
        + ", ".join(f"{part.count} {part.words}" for part in composition(counted)),
        changes=changes(reading, counted),
        entries=listing.entries(
            reading,
            history,
            ended,
            details=budget.details,
            bodies=budget.bodies,
            strips=budget.strips,
        ),
        has_strips=budget.strips and any(history.strips.values()),
        nothing_open=_nothing_open(counted),
        parity=parity(reading, small=budget.small_matrix),
        zones=zones(reading, small=budget.small_matrix),
        ways=ways_in(counted.claims, counted),
        matrix=matrix(reading, fold=budget.fold, small=budget.small_matrix),
        gaps=evidence.gaps(reading, lines=budget.gap_lines),
        refusals=refusals(reading),
        hunts=hunted(reading),
        controls=evidence.controls(reading),
        certificates=unverified(reading),
        vantages=evidence.vantages(reading),
        manifest=evidence.manifest(reading, counted),
        scorecard=scorecard(reading),
        chart=open_chart(history.points),
        limits=LIMITS,
        dropped=budget.dropped,
        json_href=json_href,
    )


def _nothing_open(counted: Totals) -> str:
    """What stands in place of an empty list; only with everything proven is it good news."""
    if counted.nothing_planned:
        return "Nothing is set up to be tested, so nothing is proven. Add services to probes.yaml."
    if code(counted) == 0:
        public = ", and what must be public is" if counted.public else ""
        return f"Nothing is leaking: all {counted.internal:,} ways in are proven closed{public}."
    if counted.inconclusive:
        return (
            f"No way in was found. That is not yet proof: {counted.inconclusive:,} of "
            f"{ways_in(counted.claims, counted)} could not be proven, see below."
        )
    return "No way in was found. That is not yet proof: this audit could not see everything, see below."
