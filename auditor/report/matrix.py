"""Where each target answers: rows are targets by service, columns are entrances, then the inside controls.

Must never colour a cell by what was observed: the text is the observation, the colour is the verdict.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.model import BAD, RANK, Aspect, Claim, Judgement, Observation, Outcome, Side, Verdict
from auditor.report.certificates import unverified
from auditor.report.codes import answer_words, cell_code
from auditor.report.reading import Reading, TargetKey, finding_key
from auditor.report.text import clip, number, plural
from auditor.report.wording import ASPECTS, VERDICTS, entrance_label, reason_words, service_label

ALL_ROWS = 50  # up to here nothing is folded
RICH_ROWS = 300  # up to here every target has its row
MOST_EXCEPTIONS = 220  # rich rows of a page with more targets than that
MOST_GROUPS = 300
MOST_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """`css` is the verdict's letter; o and w are an inside control that answered or did not; z: not asked."""

    css: str
    icon: str
    code: str
    title: str
    href: str | None = None
    small: str = ""
    edge: bool = False  # first of its column group


@dataclass(frozen=True, slots=True)
class Row:
    target: str
    kind: str
    cells: tuple[Cell, ...]
    tokens: str


@dataclass(frozen=True, slots=True)
class Group:
    """One service. `folded` rows are proven closed, or too many to draw; `hidden` are only counted."""

    service: str
    owner: str
    summary: str
    rows: tuple[Row, ...]
    folded: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    title: str
    warn: str = ""


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    label: str
    columns: tuple[Column, ...]
    warn: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    heads: tuple[ColumnGroup, ...]
    groups: tuple[Group, ...]
    targets: int
    width: int
    left_out: str  # one sentence on what is counted but not drawn


def matrix(reading: Reading, *, fold: bool = True, small: bool = False) -> Matrix:
    """`fold`: whether proven rows may be drawn folded at all; `small`: exceptions and counts only."""
    by_target = reading.internal_by_target
    layout = _Layout(reading)
    services: dict[str, list[TargetKey]] = defaultdict(list)
    for key in by_target:
        services[key[0]].append(key)
    worst = {key: min(RANK[j.verdict] for j in judgements) for key, judgements in by_target.items()}
    ordered = sorted(services, key=lambda service: (min(worst[key] for key in services[service]), service))
    terse = small or len(by_target) > RICH_ROWS
    rich = _rich_rows(by_target, worst) if terse else frozenset(by_target)
    groups: list[Group] = []
    uncounted = 0
    for service in ordered:
        keys = sorted(services[service], key=lambda key: (worst[key], key[1], key[2]))
        if len(groups) >= MOST_GROUPS and not any(key in rich for key in keys):
            uncounted += 1
            continue
        groups.append(_group(reading, layout, service, keys, worst, rich, terse, fold and not terse))
    groups = [group for group in groups if group.rows or group.folded or terse or not fold]
    return Matrix(
        heads=layout.heads(),
        groups=tuple(groups),
        targets=len(by_target),
        width=layout.width,
        left_out=_left_out(terse, fold, uncounted, len(by_target), len(rich)),
    )


def _rich_rows(
    by_target: dict[TargetKey, tuple[Judgement, ...]], worst: dict[TargetKey, int]
) -> frozenset[TargetKey]:
    """The worst of those that are not proven closed."""
    open_rows = [key for key in by_target if worst[key] != RANK[Verdict.CLOSED]]
    open_rows.sort(key=lambda key: (worst[key], key))
    return frozenset(open_rows[:MOST_EXCEPTIONS])


def _left_out(terse: bool, fold: bool, uncounted: int, targets: int, rich: int) -> str:
    if not terse:
        return "" if fold or targets <= ALL_ROWS else "Proven rows are counted per service, not drawn."
    services = f" {plural(uncounted, 'more service')} with no row of their own." if uncounted else ""
    return (
        f"{number(targets)} targets: the {number(rich)} worst that are not proven closed have a row, the others "
        f"are counted per service and are all in the JSON.{services}"
    )


def _group(
    reading: Reading,
    layout: "_Layout",
    service: str,
    keys: Sequence[TargetKey],
    worst: dict[TargetKey, int],
    rich: frozenset[TargetKey],
    terse: bool,
    fold: bool,
) -> Group:
    closed = RANK[Verdict.CLOSED]
    few = len(reading.internal_by_target) <= ALL_ROWS
    shown = [key for key in keys if key in rich and (few or worst[key] != closed)]
    folded = [] if few or terse or not fold else [key for key in keys if worst[key] == closed]
    counts = Counter(worst[key] for key in keys)
    by_rank = {RANK[verdict]: VERDICTS[verdict].short for verdict in Verdict}
    parts = [f"{number(count)} {by_rank[rank]}" for rank, count in sorted(counts.items())]
    hidden = len(keys) - len(shown) - len(folded)
    tail = f"; {number(hidden)} counted only" if hidden and shown else ""
    return Group(
        service=clip(service_label(service), 120),
        owner=clip(reading.owners.get(service, ""), 120),
        summary=f"{plural(len(keys), 'target')}: {', '.join(parts)}{tail}",
        rows=tuple(layout.row(key) for key in shown),
        folded=tuple(layout.row(key) for key in folded),
    )


class _Layout:
    """The columns of one matrix, and how a target fills them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.entrances = _entrances(reading)
        self.merged = sum(len(addresses) for addresses in self.entrances.values()) > MOST_COLUMNS
        self.inside = tuple(name for name, side in reading.record.plan.vantages if side is Side.INSIDE)
        self.blind = {v.name: v.reason or "controls failed" for v in reading.record.vantages if not v.sighted}
        self.outside = [name for name, side in reading.record.plan.vantages if side is Side.OUTSIDE]
        self.doubtful = {
            (each.entrance, each.address): f"its certificate does not verify: {each.why}"
            for each in unverified(reading)
        }
        outer = sum(1 if self.merged else len(addresses) for addresses in self.entrances.values())
        self.width = 1 + outer + len(self.inside)

    def heads(self) -> tuple[ColumnGroup, ...]:
        blind_outside = [name for name in self.outside if name in self.blind]
        warn = f"{', '.join(blind_outside)} could not see" if blind_outside else ""
        groups = []
        for entrance, addresses in self.entrances.items():
            doubts = [self.doubtful.get((clip(entrance, 80), clip(a or "", 60)), "") for a in addresses]
            columns = tuple(
                Column(_short_address(a), a or "address not known", doubt)
                for a, doubt in zip(addresses, doubts, strict=True)
            )
            if self.merged and len(addresses) > 1:
                told, where = "; ".join(dict.fromkeys(filter(None, doubts))), ", ".join(map(str, addresses))
                columns = (Column(plural(len(addresses), "address", "addresses"), where, told),)
            groups.append(ColumnGroup(clip(entrance_label(entrance), 40), columns, warn))
        if self.inside:
            columns = tuple(Column(clip(name, 24), name, self.blind.get(name, "")) for name in self.inside)
            groups.append(ColumnGroup("Inside control", columns))
        return tuple(groups)

    def row(self, key: TargetKey) -> Row:
        _, aspect, target = key
        judgements = self.reading.claims_by_target[key]
        cells: list[Cell] = []
        for entrance, addresses in self.entrances.items():
            here = {j.claim.address: j for j in judgements if _way(j.claim) == entrance}
            if self.merged:
                cells.append(self._merged(tuple(here.values())))
            else:
                edge = [place == 0 for place in range(len(addresses))]
                cells += [self._cell(here.get(a), e) for a, e in zip(addresses, edge, strict=True)]
        truth = next((j.claim.truth for j in judgements if j.claim.truth), None)
        for place, vantage in enumerate(self.inside):
            cells.append(self._inside(truth, vantage, place == 0))
        return Row(clip(target, 160), ASPECTS[Aspect(aspect)], tuple(cells), self._tokens(key, judgements))

    def _cell(self, judgement: Judgement | None, edge: bool) -> Cell:
        if judgement is None:
            return Cell("z", "minus", "–", "not asked through this entrance", edge=edge)
        words = VERDICTS[judgement.verdict]
        seen = self.reading.seen.get(judgement.observation or "") or self._any(judgement)
        finding = self.reading.open_findings.get(finding_key(judgement.claim))
        title = f"{words.short}: {reason_words(judgement.verdict, judgement.reason)}"
        if judgement.vantage:
            title += f" {clip(judgement.vantage, 60)}: {clip(answer_words(seen), 120)}."
        small, others = self._others(judgement)
        href = f"#{finding.id}" if finding and judgement.verdict in BAD else None
        return Cell(words.letter, words.icon, cell_code(seen, judgement.reason), title + others, href, small, edge)

    def _any(self, judgement: Judgement) -> Observation | None:
        for probe in self.reading.targets_by_group.get(judgement.claim.key, ()):
            observation = self.reading.observation(probe.id)
            if observation:
                return observation
        return None

    def _others(self, judgement: Judgement) -> tuple[str, str]:
        """How many outside vantages saw the same, when they did not all: `1/2`, and what each saw."""
        codes: dict[str, str] = {}
        for probe in self.reading.targets_by_group.get(judgement.claim.key, ()):
            if probe.variant == judgement.variant and probe.attempt == 1:
                codes.setdefault(probe.vantage, cell_code(self.reading.seen.get(probe.id)))
        if len(set(codes.values())) < 2:
            return "", ""
        mine = codes.get(judgement.vantage or "", "")
        same = sum(code == mine for code in codes.values())
        each = ", ".join(f"{clip(vantage, 40)} {code}" for vantage, code in codes.items())
        return f"{same}/{len(codes)}", f" Seen: {each}."

    def _merged(self, judgements: tuple[Judgement, ...]) -> Cell:
        if not judgements:
            return self._cell(None, True)
        worst = min(judgements, key=lambda j: RANK[j.verdict])
        cell = self._cell(worst, True)
        same = sum(j.verdict is worst.verdict for j in judgements)
        small = f"{same}/{len(judgements)}" if len(judgements) > 1 else cell.small
        return Cell(cell.css, cell.icon, cell.code, cell.title, cell.href, small, True)

    def _inside(self, truth: str | None, vantage: str, edge: bool) -> Cell:
        probes = [p for p in self.reading.truths_by_group.get(truth or "", ()) if p.vantage == vantage]
        if not probes:
            return Cell("z", "minus", "–", "no inside control for this target", edge=edge)
        seen = [observation for p in probes if (observation := self.reading.observation(p.id))]
        answered = [observation for observation in seen if _up(observation)]
        if answered:
            said = answered[-1]
            return Cell("o", "dot", cell_code(said), f"inside control: {clip(answer_words(said), 120)}", edge=edge)
        missed = seen[-1] if seen else self.reading.seen.get(probes[-1].id)
        return Cell("w", "tri", cell_code(missed), f"inside control: {answer_words(missed)}", edge=edge)

    def _tokens(self, key: TargetKey, judgements: tuple[Judgement, ...]) -> str:
        service, _, target = key
        words = [clip(service_label(service), 80), clip(target, 120)]
        words += sorted({f"v:{j.verdict.value}" for j in judgements})
        words += sorted({f"via:{clip(j.claim.entrance, 60)}" for j in judgements})
        findings = {finding_key(j.claim): j for j in judgements}
        for found in findings:
            finding = self.reading.open_findings.get(found)
            if finding:
                words += [finding.id, f"sev:{finding.severity.value}", "is:open"]
                words += [f"vec:{vector.value}" for vector in finding.vectors]
                change = self.reading.changes.get(finding.id)
                if change and change.kind.value == "opened" and self.reading.compared:
                    words.append("is:new")
        owner = self.reading.owners.get(service)
        if owner:
            words.append(f"owner:{clip(owner, 80)}")
        return " ".join(words).lower()


#: The columns of a zone's own servers: apart from resolvers, though both are public DNS. No gateway is called so.
_SERVERS = "name servers"


def _way(claim: Claim) -> str:
    return _SERVERS if claim.authoritative else claim.entrance


def _entrances(reading: Reading) -> dict[str, tuple[str | None, ...]]:
    """Each entrance and its addresses, public DNS first, then in the order of the plan."""
    found: dict[str, dict[str | None, None]] = {}
    for judgement in reading.judgements:
        if judgement.claim.aspect not in (Aspect.PUBLIC, Aspect.DNS):
            found.setdefault(_way(judgement.claim), {})[judgement.claim.address] = None
    first = {"public-dns": 0, _SERVERS: 1}
    ordered = sorted(found, key=lambda entrance: first.get(entrance, 2))
    return {entrance: tuple(found[entrance]) for entrance in ordered}


def _up(observation: Observation) -> bool:
    """Whether an inside control answered; a server error is no answer."""
    status = getattr(observation.answer, "status", 0)
    return observation.outcome is Outcome.ANSWERED and status < 500


def _short_address(address: str | None) -> str:
    if address is None:
        return "unresolved"
    text = clip(address, 60)
    return text if len(text) <= 22 else f"{text[:12]}…{text[-8:]}"
