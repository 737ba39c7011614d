"""What could not be proven, which controls held, and the facts an auditor of the audit asks for.

Must never round in our favour: every inconclusive verdict is named or counted, and the sums add up.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.model import (
    Aspect,
    DnsAnswer,
    DnsQuestion,
    Observation,
    Outcome,
    Probe,
    Reason,
    Role,
    Side,
    Skip,
    Verdict,
)
from auditor.report.codes import SKIP_WORDS, answer_words
from auditor.report.reading import Reading
from auditor.report.text import clip, number, plural
from auditor.report.totals import Totals
from auditor.report.witnesses import witnesses
from auditor.report.wording import (
    ASPECTS,
    REASONS,
    VERDICTS,
    WOULD_PROVE,
    VerdictWords,
    entrance_label,
    service_label,
    target_label,
)

MOST_PER_GAP = 120


@dataclass(frozen=True, slots=True)
class GapLine:
    service: str
    target: str
    kind: str
    entrance: str
    address: str
    vantage: str
    observed: str
    tokens: str


@dataclass(frozen=True, slots=True)
class Gap:
    """All ways in that could not be proven for one reason."""

    words: VerdictWords
    code: str
    reason: str
    would_prove: str
    count: int
    lines: tuple[GapLine, ...]
    more: int


def gaps(reading: Reading, *, lines: int = MOST_PER_GAP) -> tuple[Gap, ...]:
    """The largest first. `lines`: how many ways in are named for each reason; the rest is counted."""
    found: dict[tuple[Verdict, Reason], list[GapLine]] = defaultdict(list)
    counts: Counter[tuple[Verdict, Reason]] = Counter()
    for judgement in reading.judgements:
        if judgement.verdict not in (Verdict.UNPROVEN, Verdict.UNTESTED):
            continue
        key, claim = (judgement.verdict, judgement.reason), judgement.claim
        counts[key] += 1
        if len(found[key]) >= lines:
            continue
        seen = reading.seen.get(judgement.observation or "")
        observed = answer_words(seen) if seen else "–"
        target = target_label(claim.aspect, claim.target)
        words = f"{claim.service} {target} v:{judgement.verdict.value} via:{claim.entrance}"
        found[key].append(
            GapLine(
                clip(service_label(claim.service), 100),
                clip(target, 160),
                ASPECTS[claim.aspect],
                clip("name server" if claim.authoritative else entrance_label(claim.entrance), 60),
                clip(claim.address or "", 60),
                clip(judgement.vantage or "no vantage", 60),
                clip(observed, 120),
                clip(words, 300).lower(),
            )
        )
    return tuple(
        Gap(
            VERDICTS[verdict],
            reason.value,
            REASONS[reason],
            WOULD_PROVE[reason],
            counts[(verdict, reason)],
            tuple(found[(verdict, reason)]),
            counts[(verdict, reason)] - len(found[(verdict, reason)]),
        )
        for verdict, reason in sorted(counts, key=lambda key: (-counts[key], key[1].value))
    )


@dataclass(frozen=True, slots=True)
class ControlCell:
    css: str  # k held, w failed, z not asked
    icon: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class ControlRow:
    label: str
    address: str
    cells: tuple[ControlCell, ...]


@dataclass(frozen=True, slots=True)
class Controls:
    """The known-public control of each entrance, per outside vantage."""

    vantages: tuple[str, ...]
    rows: tuple[ControlRow, ...]
    held: int
    asked: int
    more: int


_MOST_CONTROL_ROWS = 40


def held(probe: Probe, seen: Observation | Skip | None) -> bool:
    """Whether an entrance control answered as declared."""
    if not isinstance(seen, Observation) or seen.outcome is not Outcome.ANSWERED:
        return False
    if of_zone(probe):  # whoever serves a zone speaks for it (AA, RFC 1035 section 4.1.1)
        return isinstance(seen.answer, DnsAnswer) and "AA" in seen.answer.flags
    status = getattr(seen.answer, "status", None)
    return probe.expect_status is None or status == probe.expect_status


def of_zone(probe: Probe) -> bool:
    """Whether a question goes to a zone's own server."""
    return isinstance(probe.question, DnsQuestion) and (probe.question.server_of or "").startswith("zone:")


def controls(reading: Reading) -> Controls:
    vantages = tuple(name for name, side in reading.record.plan.vantages if side is Side.OUTSIDE)
    by_group: dict[str, dict[str, list[Probe]]] = defaultdict(lambda: defaultdict(list))
    for probe in reading.by_role.get(Role.ENTRANCE, ()):
        by_group[probe.group][probe.vantage].append(probe)
    rows, all_held, asked = [], 0, 0
    for group, per_vantage in by_group.items():
        cells = []
        for vantage in vantages:
            probes = per_vantage.get(vantage, [])
            good = sum(held(probe, reading.seen.get(probe.id)) for probe in probes)
            all_held += good
            asked += len(probes)
            cells.append(_control_cell(reading, probes, good))
        label, address = _group_label(group)
        if all(of_zone(probe) for probes in per_vantage.values() for probe in probes):
            label = "name server"
        rows.append(ControlRow(label, address, tuple(cells)))
    bad_first = sorted(rows, key=lambda row: all(cell.css != "w" for cell in row.cells))
    return Controls(
        vantages, tuple(bad_first[:_MOST_CONTROL_ROWS]), all_held, asked, max(0, len(rows) - _MOST_CONTROL_ROWS)
    )


def _control_cell(reading: Reading, probes: list[Probe], good: int) -> ControlCell:
    if not probes:
        return ControlCell("z", "minus", "–", "not asked from here")
    text = f"{number(good)} of {number(len(probes))}"
    if good == len(probes):
        return ControlCell("k", "ck", text, "every control answered as declared")
    failed = next(probe for probe in probes if not held(probe, reading.seen.get(probe.id)))
    said = answer_words(reading.seen.get(failed.id))
    wanted = f", expected {failed.expect_status}" if failed.expect_status else ""
    return ControlCell("w", "tri", text, clip(f"{said}{wanted}", 160))


def _group_label(group: str) -> tuple[str, str]:
    """`gw|edge|203.0.113.10` and `public-dns|9.9.9.9` apart, for the eye."""
    name, _, rest = group.partition("|")
    if name == "gw":
        name, _, rest = rest.partition("|")
    return clip(entrance_label(name), 60), clip(rest, 60)


@dataclass(frozen=True, slots=True)
class VantageRow:
    name: str
    side: str
    egress: str
    sighted: bool
    control: str
    resolvers: str
    probes: str
    last_at: datetime | None


def vantages(reading: Reading) -> tuple[VantageRow, ...]:
    planned: Counter[str] = Counter(probe.vantage for probe in reading.record.plan.probes)
    observed: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    for seen in reading.record.seen:
        if isinstance(seen, Observation):
            observed[seen.vantage] += 1
            if seen.outcome is Outcome.ANSWERED and seen.started_at > last.get(seen.vantage, _NEVER):
                last[seen.vantage] = seen.started_at
    resolvers: dict[str, dict[str, None]] = defaultdict(dict)
    for probe in reading.record.plan.probes:
        if isinstance(probe.question, DnsQuestion) and probe.question.server_of is None:
            resolvers[probe.vantage][probe.question.resolver] = None
    return tuple(
        VantageRow(
            name=clip(state.name, 80),
            side=state.side.value,
            egress=clip(state.egress or "not known", 80),
            sighted=state.sighted,
            control="could see" if state.sighted else clip(state.reason or "could not see", 200),
            resolvers=clip(", ".join(list(resolvers[state.name])[:6]), 200) or "none asked",
            probes=f"{number(observed[state.name])} of {number(planned[state.name])}",
            last_at=last.get(state.name),
        )
        for state in reading.record.vantages
    )


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts about the audit, ready to be shown."""

    probes: str
    adds_up: bool
    skipped: tuple[tuple[str, int], ...]
    ways_in: str
    scope: str
    seeds: tuple[tuple[str, str], ...]
    witnesses: tuple[tuple[bool, str], ...]  # whether it was good, and the words


_MOST_WITNESSES = 40


def manifest(reading: Reading, counted: Totals) -> Manifest:
    audit, plan = reading.record.audit, reading.record.plan
    reasons = Counter(seen.reason for seen in reading.record.seen if isinstance(seen, Skip))
    skipped = [(SKIP_WORDS[reason], count) for reason, count in reasons.most_common()]
    unexplained = audit.skipped - sum(reasons.values())
    if unexplained > 0:
        skipped.append(("no reason on record", unexplained))
    missing = audit.planned - audit.observed - audit.skipped
    probes = (
        f"{number(audit.planned)} planned = {number(audit.observed)} observed + {number(audit.skipped)} skipped"
    )
    if missing:
        probes += f" + {number(missing)} without a trace"
    parts = [f"{number(n)} {VERDICTS[v].label.lower()}" for v, n in counted.verdicts.items() if n]
    aspects = Counter(Aspect(aspect) for _, aspect, _ in reading.claims_by_target)
    kinds = ", ".join(plural(n, _NOUNS[aspect]) for aspect, n in aspects.items())
    services = len(
        {j.claim.service for j in reading.judgements if service_label(j.claim.service) == j.claim.service}
    )
    zones = len({j.claim.service for j in reading.judgements if j.claim.service.startswith("zone:")})
    entrances = len({judgement.claim.entrance for judgement in reading.judgements})
    named = plural(services, "service") + (f" and {plural(zones, 'zone')}" if zones else "")
    return Manifest(
        probes=probes,
        adds_up=missing == 0,
        skipped=tuple(skipped),
        ways_in=f"{number(counted.claims)} planned = {' + '.join(parts) or 'none'}",
        scope=f"{named} ({kinds or 'no targets'}) through {plural(entrances, 'entrance')}, "
        f"from {plural(len(plan.vantages), 'vantage')}",
        seeds=tuple((clip(vantage, 60), clip(seed, 80)) for vantage, seed in audit.seeds[:12]),
        witnesses=tuple(
            (each.good, clip(f"{each.kind} of {each.service}, {each.where}: {each.says}", 400))
            for each in sorted(witnesses(reading), key=lambda each: each.good)[:_MOST_WITNESSES]
        ),
    )


_NOUNS = {
    Aspect.NAME: "name",
    Aspect.PATH: "path",
    Aspect.HOST: "host name",
    Aspect.PORT: "port",
    Aspect.SENSITIVE: "well-known path",
    Aspect.PUBLIC: "public path",
    Aspect.DNS: "DNS check",
}
