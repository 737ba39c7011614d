"""What is concluded: judgements, findings, changes, and the audit they belong to.

Must never hold anything that cannot be computed again from stored observations and stored findings.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from auditor.model.probing import Claim, Plan, Seen
from auditor.model.words import DECISIVE, Aspect, Confidence, Reason, Severity, Side, Vector, Verdict, Witness


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one claim: the worst over its variants and vantages, naming the one that won."""

    claim: Claim
    verdict: Verdict
    reason: Reason
    confidence: Confidence | None  # None where the verdict is inconclusive
    vantage: str | None  # the outside vantage that saw it; None: no vantage looked
    variant: str = "baseline"
    observation: str | None = None  # id of the probe whose answer decided
    truth: str | None = None  # id of the inside probe it was compared with
    controls: tuple[str, ...] = ()  # ids of the probes that vouch for it
    ratio: tuple[int, int] | None = None  # k of n sightings agree
    info_leak: tuple[str, ...] = ()  # what the answer discloses besides: internal host names, stack traces, …
    note: str = ""  # one sentence for a person, from our own words only
    witness: tuple[Witness, ...] = ()  # what a canary or a log of the service says of it
    logged: int | None = None  # the status under which that log shows it; 0: its line has none

    @property
    def silent(self) -> bool:
        """A well-known sensitive path that accuses nobody. Nothing was promised of it, so that it counts nowhere:
        it is neither proven nor left unproven."""
        return self.claim.aspect is Aspect.SENSITIVE and self.verdict not in DECISIVE


@dataclass(frozen=True, slots=True)
class Doubt:
    """A claim seen from one vantage in one variant, of which further sightings could say more."""

    claim: Claim
    vantage: str
    variant: str


class FindingState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class ChangeKind(StrEnum):
    """What alerts are about."""

    OPENED = "opened"
    WORSENED = "worsened"
    REOPENED = "reopened"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Finding:
    """The lasting record of a bad verdict on one (service, target, entrance)."""

    id: str  # "LK-" and eight characters, derived from service, aspect, target and entrance
    service: str
    aspect: str
    target: str
    entrance: str
    owner: str | None
    state: FindingState
    verdict: Verdict  # the worst verdict when it was last conclusive and bad
    reason: Reason
    severity: Severity
    confidence: Confidence | None
    vectors: tuple[Vector, ...]
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None = None
    last_closed_at: datetime | None = None
    closed_in_a_row: int = 0  # conclusive `closed` audits since it was last seen
    reopened: int = 0  # how many times


@dataclass(frozen=True, slots=True)
class Change:
    """Something about a finding that people are told."""

    finding: str
    kind: ChangeKind
    verdict: Verdict
    before: Verdict | None  # the verdict it had; None when opened


@dataclass(frozen=True, slots=True)
class VantageState:
    """What one vantage could see in one audit."""

    name: str
    side: Side
    sighted: bool
    reason: str | None  # why not sighted, in our own words
    egress: str | None  # the local address it looked from, as far as we know
    controls: tuple[str, ...] = ()  # ids of its sight probes


@dataclass(frozen=True, slots=True)
class Audit:
    """One pass over all probes from all vantages, judged and stored."""

    id: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    complete: bool
    incomplete_because: str | None
    planned: int  # probes
    observed: int
    skipped: int
    claims: int
    decisive: int
    config_sha256: str
    seeds: tuple[tuple[str, str], ...] = field(default=())  # (vantage, seed of its random names)

    @property
    def coverage(self) -> float:
        """Decisive verdicts ÷ planned targets; 0 when nothing was planned, for that proves nothing."""
        return self.decisive / self.claims if self.claims else 0.0


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A whole stored audit: what the report, the JSON and a second judging read.

    `findings` are all findings as they stood when this audit ended; `previous` is the audit before it.
    """

    audit: Audit
    plan: Plan
    seen: tuple[Seen, ...]
    judgements: tuple[Judgement, ...]
    vantages: tuple[VantageState, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    baseline: bool  # the first audit that concluded: what it found is told as one event
    previous: Audit | None
