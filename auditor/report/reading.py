"""An audit record, indexed once: the same rows for the page, the JSON, the terminal and the exit code.

Must never judge: it only says which judgement, finding and observation belong together.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from auditor.model import (
    BAD,
    RANK,
    Aspect,
    AuditRecord,
    Change,
    Claim,
    Finding,
    FindingState,
    Judgement,
    Observation,
    Probe,
    Reason,
    Role,
    Severity,
    Side,
    Skip,
    Verdict,
)

_SEVERITY = {severity: place for place, severity in enumerate(Severity)}

TargetKey = tuple[str, str, str]  # service, aspect, target
FindingKey = tuple[str, str, str, str]  # and entrance


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One line of the list of open findings.

    `finding` is None for a bad verdict that no open finding stands for (an audit that ended before its findings
    were recorded): it counts and is listed all the same. `judgement` is the worst of this audit on it; None: the
    plan no longer asks.
    """

    key: FindingKey
    verdict: Verdict
    finding: Finding | None
    judgement: Judgement | None

    @property
    def severity(self) -> Severity:
        return self.finding.severity if self.finding else Severity.MEDIUM

    @property
    def reason(self) -> Reason | None:
        """Why: as this audit says where it saw it, else as it was last known."""
        if self.judgement is not None and self.seen_now:
            return self.judgement.reason
        return self.finding.reason if self.finding else None

    @property
    def public(self) -> bool:
        """Whether it is about what must be public, and not about what must stay inside."""
        return self.key[1] == Aspect.PUBLIC

    @property
    def reached(self) -> bool:
        """Whether it is about a target that must stay inside, and not about what the DNS gives away beside."""
        return self.key[1] not in (Aspect.PUBLIC, Aspect.DNS)

    @property
    def seen_now(self) -> bool:
        return self.judgement is not None and self.judgement.verdict in BAD


def finding_key(claim: Claim) -> FindingKey:
    return (claim.service, claim.aspect.value, claim.target, claim.entrance)


class Reading:
    """Everything a view asks of an `AuditRecord`, computed when first asked for."""

    def __init__(self, record: AuditRecord) -> None:
        self.record = record

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """What counts: all but the hunts that are silent."""
        return tuple(judgement for judgement in self.every if not judgement.silent)

    @cached_property
    def hunts(self) -> tuple[Judgement, ...]:
        """Those on well-known sensitive paths, silent or not."""
        return tuple(judgement for judgement in self.every if judgement.claim.aspect is Aspect.SENSITIVE)

    @cached_property
    def every(self) -> tuple[Judgement, ...]:
        """One per claim, those of the plan first. A claim nobody judged is `untested`."""
        by_key = {judgement.claim.key: judgement for judgement in self.record.judgements}
        planned = {claim.key: by_key.get(claim.key) or _not_run(claim) for claim in self.record.plan.claims}
        return tuple((planned | by_key).values())

    @cached_property
    def worst(self) -> dict[FindingKey, Judgement]:
        """The worst judgement on each (service, aspect, target, entrance), over its addresses."""
        found: dict[FindingKey, Judgement] = {}
        for judgement in self.every:
            key = finding_key(judgement.claim)
            if key not in found or RANK[judgement.verdict] < RANK[found[key].verdict]:
                found[key] = judgement
        return found

    @cached_property
    def open_findings(self) -> dict[FindingKey, Finding]:
        return {
            (finding.service, finding.aspect, finding.target, finding.entrance): finding
            for finding in self.record.findings
            if finding.state is FindingState.OPEN
        }

    @cached_property
    def open_rows(self) -> tuple[OpenRow, ...]:
        """Worst verdict first, then severity, then newest."""
        rows = [OpenRow(key, f.verdict, f, self.worst.get(key)) for key, f in self.open_findings.items()]
        rows += [
            OpenRow(key, judgement.verdict, None, judgement)
            for key, judgement in self.worst.items()
            if judgement.verdict in BAD and key not in self.open_findings
        ]
        return tuple(sorted(rows, key=_place))

    @cached_property
    def changes(self) -> dict[str, Change]:
        return {change.finding: change for change in self.record.changes}

    @cached_property
    def findings_by_id(self) -> dict[str, Finding]:
        return {finding.id: finding for finding in self.record.findings}

    @cached_property
    def compared(self) -> bool:
        """Whether there was an audit to compare with; without one nothing is called new."""
        return self.record.previous is not None and not self.record.baseline

    @cached_property
    def sides(self) -> dict[str, Side]:
        return dict(self.record.plan.vantages)

    @cached_property
    def owners(self) -> dict[str, str]:
        """Who owns a service, as far as its findings say."""
        return {f.service: f.owner for f in self.record.findings if f.owner}

    @cached_property
    def probes(self) -> dict[str, Probe]:
        return {probe.id: probe for probe in self.record.plan.probes}

    @cached_property
    def seen(self) -> dict[str, Observation | Skip]:
        return {seen.probe: seen for seen in self.record.seen}

    @cached_property
    def by_role(self) -> dict[Role, tuple[Probe, ...]]:
        found: dict[Role, list[Probe]] = defaultdict(list)
        for probe in self.record.plan.probes:
            found[probe.role].append(probe)
        return {role: tuple(probes) for role, probes in found.items()}

    @cached_property
    def targets_by_group(self) -> dict[str, tuple[Probe, ...]]:
        """TARGET probes of each claim key."""
        return self._grouped(Role.TARGET)

    @cached_property
    def siblings_by_group(self) -> dict[str, tuple[Probe, ...]]:
        return self._grouped(Role.SIBLING)

    @cached_property
    def truths_by_group(self) -> dict[str, tuple[Probe, ...]]:
        return self._grouped(Role.TRUTH)

    @cached_property
    def claims_by_target(self) -> dict[TargetKey, tuple[Judgement, ...]]:
        """All judgements on each target; of hunts those alone that found something at some address."""
        found: dict[TargetKey, list[Judgement]] = defaultdict(list)
        for judgement in self.every:
            claim = judgement.claim
            found[(claim.service, claim.aspect.value, claim.target)].append(judgement)
        return {
            key: tuple(judgements)
            for key, judgements in found.items()
            if not all(judgement.silent for judgement in judgements)
        }

    @cached_property
    def internal_by_target(self) -> dict[TargetKey, tuple[Judgement, ...]]:
        """What must stay inside: all but what is public, and but for what the DNS is looked at by itself."""
        apart = (Aspect.PUBLIC, Aspect.DNS)
        return {key: found for key, found in self.claims_by_target.items() if key[1] not in apart}

    @cached_property
    def checks(self) -> tuple[Judgement, ...]:
        """What of the DNS was looked at beside the names, in the order of the plan."""
        return tuple(each for each in self.judgements if each.claim.aspect is Aspect.DNS)

    @cached_property
    def public(self) -> tuple[Judgement, ...]:
        """What must be public, in the order of the plan."""
        return tuple(each for each in self.judgements if each.claim.aspect is Aspect.PUBLIC)

    @cached_property
    def names_by_service(self) -> dict[str, tuple[Judgement, ...]]:
        found: dict[str, list[Judgement]] = defaultdict(list)
        for judgement in self.judgements:
            if judgement.claim.aspect is Aspect.NAME:
                found[judgement.claim.service].append(judgement)
        return {service: tuple(judgements) for service, judgements in found.items()}

    @cached_property
    def names_by_target(self) -> dict[tuple[str, str], tuple[Judgement, ...]]:
        """All judgements on each name of each service, over all servers."""
        found: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
        for service, judgements in self.names_by_service.items():
            for judgement in judgements:
                found[service, judgement.claim.target].append(judgement)
        return {key: tuple(judgements) for key, judgements in found.items()}

    def observation(self, probe_id: str | None) -> Observation | None:
        seen = self.seen.get(probe_id) if probe_id else None
        return seen if isinstance(seen, Observation) else None

    def _grouped(self, role: Role) -> dict[str, tuple[Probe, ...]]:
        found: dict[str, list[Probe]] = defaultdict(list)
        for probe in self.by_role.get(role, ()):
            found[probe.group].append(probe)
        return {group: tuple(probes) for group, probes in found.items()}


def _not_run(claim: Claim) -> Judgement:
    return Judgement(claim, Verdict.UNTESTED, Reason.NOT_RUN, confidence=None, vantage=None)


def _place(row: OpenRow) -> tuple[int, int, float, FindingKey]:
    opened = row.finding.opened_at.timestamp() if row.finding else float("inf")
    return (RANK[row.verdict], _SEVERITY[row.severity], -opened, row.key)
