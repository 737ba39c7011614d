"""The first sentences of the page: what is open, what is new, what could not be told.

Must never say more than the rows do, and nothing in green that the exit code does not call 0.
"""

from dataclasses import dataclass
from datetime import datetime

from auditor.model import RANK, Aspect, Change, ChangeKind
from auditor.report.reading import Reading
from auditor.report.refusals import refusals, sentence
from auditor.report.text import age, clip, count_word, number, percent, plural
from auditor.report.totals import Totals, code, ways_in
from auditor.report.wording import VERDICTS, entrance_label, service_label, target_label


@dataclass(frozen=True, slots=True)
class Kpi:
    icon: str
    tone: str
    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Headline:
    tone: str  # bad | amb | ok, by exit code 1, 3, 0
    text: str
    lead: str
    rest: str
    kpis: tuple[Kpi, ...]


_TONES = {0: "ok", 1: "bad", 3: "amb"}


def headline(reading: Reading, counted: Totals, at: datetime) -> Headline:
    """`at`: when the audit ended; ages are counted to it."""
    sentences = _composition(counted) if counted.open else []
    sentences += _doubts(reading, counted)
    return Headline(
        tone=_TONES[code(counted)],
        text=_text(counted),
        lead=_lead(reading, counted),
        rest=" ".join(sentences),
        kpis=_kpis(reading, counted, at),
    )


def _text(counted: Totals) -> str:
    if counted.open:
        *parts, last = _open_parts(counted)
        text = f"{', '.join(parts)}, and {last}" if parts else last
        return text[0].upper() + text[1:]
    if counted.nothing_planned:
        return "This audit tested nothing"
    if counted.inconclusive:
        return (
            f"No way in was found, but {number(counted.inconclusive)} of {number(counted.claims)} "
            "could not be proven"
        )
    if code(counted):
        return "No way in was found, but this audit could not see everything"
    if counted.public:
        return "No internal target could be reached or seen from outside, and what must be public is"
    return "No internal target could be reached or seen from outside in this audit"


def _open_parts(counted: Totals) -> list[str]:
    """What leaks, what has lost its authentication, what is down: each that there is, in this order."""
    parts = []
    if counted.open_internal:
        through = f", through {plural(counted.open_internal, 'entrance')}"
        parts.append(
            f"{plural(counted.open_targets, 'internal target')} can be reached or seen from outside"
            + (through if counted.open_internal != counted.open_targets else "")
        )
    if counted.open_dns:
        verb = "the DNS gives something away" if not parts else "the DNS gives more away"
        parts.append(f"{verb} in {plural(counted.open_dns, 'place')}")
    if counted.open_unauthenticated:
        verb = "answers" if counted.open_unauthenticated == 1 else "answer"
        parts.append(f"{plural(counted.open_unauthenticated, 'public path')} {verb} without credentials")
    if counted.open_down:
        verb = "does not answer as it must" if counted.open_down == 1 else "do not answer as they must"
        parts.append(f"{plural(counted.open_down, 'public path')} {verb}")
    return parts


def _lead(reading: Reading, counted: Totals) -> str:
    if not counted.open:
        return ""
    if not reading.compared:
        return "First audit, nothing to compare with."
    fresh = counted.new + counted.reopened
    if not fresh:
        return "None is new since the last audit."
    words = []
    if counted.new:
        words.append(f"{number(counted.new)} {'is' if counted.new == 1 else 'are'} new")
    if counted.reopened:
        words.append(f"{number(counted.reopened)} came back")
    return f"{' and '.join(words)} since the last audit."


def _composition(counted: Totals) -> list[str]:
    """`Two answer requests from outside. One shows its name in public DNS.`"""
    sentences = []
    for verdict, count in sorted(counted.open_by_verdict.items(), key=lambda item: RANK[item[0]]):
        words = VERDICTS[verdict]
        sentences.append(f"{count_word(count)} {words.one if count == 1 else words.many}.")
    return sentences


def _doubts(reading: Reading, counted: Totals) -> list[str]:
    sentences = []
    if counted.unconfirmed:
        sentences.append(
            f"{count_word(counted.unconfirmed)} could not be seen again this time and "
            f"{'stays' if counted.unconfirmed == 1 else 'stay'} open until proven closed."
        )
    if counted.unrecorded:
        sentences.append(f"{count_word(counted.unrecorded)} has not been recorded as a finding yet.")
    if not counted.complete:
        why = clip(reading.record.audit.incomplete_because or "it did not finish", 200).rstrip(".")
        sentences.append(f"This audit is not complete: {why}.")
    if counted.nothing_planned:
        sentences.append("Nothing was planned, so nothing is proven.")
    elif counted.vantages == 0:
        sentences.append("No vantage looked.")
    if counted.blind:
        names = ", ".join(clip(name, 60) for name in counted.blind[:3])
        more = f" and {len(counted.blind) - 3} more" if len(counted.blind) > 3 else ""
        sentences.append(f"{names}{more} could not see: what it did not reach proves nothing.")
    refused = sentence(refusals(reading))
    if refused:
        sentences.append(refused)
    if counted.open and counted.inconclusive:
        sentences.append(f"{ways_in(counted.inconclusive, counted)} could not be proven either way.")
    if code(counted) == 0:
        sentences.append(
            f"All {number(counted.internal)} ways in were tried and are proven closed: each target answered "
            "inside, and each entrance was open to a known-public control."
        )
        if counted.public:
            sentences.append(
                f"Each public path was asked for at every entrance ({plural(counted.public, 'time')} in all) and "
                "answers those it must, and nobody else."
            )
    elif not counted.open and counted.inconclusive:
        sentences.append("Below is why each of them could not be proven, and what would prove it.")
    return sentences


def _kpis(reading: Reading, counted: Totals, at: datetime) -> tuple[Kpi, ...]:
    since = "first audit"
    if reading.compared and reading.record.previous:
        since = f"since audit {reading.record.previous.number}"
    oldest = f"oldest {age(at - counted.oldest_opened_at)}" if counted.oldest_opened_at else "none open"
    reopened = f", {number(counted.reopened)} came back" if counted.reopened else ""
    inside = f"of {plural(counted.internal, 'way')} in"
    if counted.public:
        inside += f"; {number(counted.as_meant)} of {number(counted.public)} public as meant"
    return (
        Kpi("x", "red" if counted.open else "gry", "Open findings", number(counted.open), oldest),
        Kpi("plus", "", "New", number(counted.new) if reading.compared else "–", since + reopened),
        Kpi("minus", "grn", "Resolved", number(counted.resolved), "proven closed again"),
        Kpi("ck", "grn", "Closed, proven", number(counted.closed), inside),
        Kpi(
            "q",
            "amb" if counted.inconclusive else "gry",
            "Not proven",
            number(counted.inconclusive),
            f"of {ways_in(counted.claims, counted)}",
        ),
        Kpi(
            "tri" if counted.coverage < 1 else "ck",
            "amb" if counted.coverage < 1 else "grn",
            "Coverage",
            percent(counted.coverage),
            f"{counted.sighted} of {plural(counted.vantages, 'vantage')} could see",
        ),
    )


@dataclass(frozen=True, slots=True)
class ChangeLine:
    icon: str
    tone: str
    finding: str
    href: str | None
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class Changes:
    since: int | None  # number of the audit compared with
    since_at: datetime | None
    lines: tuple[ChangeLine, ...]
    more: int
    empty: str  # what stands there when there are no lines


_CHANGE = {
    ChangeKind.OPENED: ("plus", "red", "is {verdict} through {entrance}"),
    ChangeKind.WORSENED: ("arrow", "red", "got worse: {verdict} through {entrance}"),
    ChangeKind.REOPENED: ("loop", "amb", "is back: {verdict} through {entrance}"),
    ChangeKind.RESOLVED: ("minus", "grn", "is {verdict} again through {entrance}"),
}
#: What of the DNS was looked at is nowhere "exposed through" anything.
_DNS_CHANGE = {
    ChangeKind.OPENED: "gives something away",
    ChangeKind.WORSENED: "gives more away",
    ChangeKind.REOPENED: "gives something away again",
    ChangeKind.RESOLVED: "gives nothing away any more",
}
_WITH_BEFORE = frozenset({ChangeKind.WORSENED, ChangeKind.REOPENED})
_MOST_LINES = 8


def changes(reading: Reading, counted: Totals) -> Changes:
    """What changed since the audit before, worst kinds first; and which vantages cannot see."""
    record = reading.record
    lines: list[ChangeLine] = []
    if reading.compared:
        order = {kind: place for place, kind in enumerate(ChangeKind)}
        for change in sorted(record.changes, key=lambda c: (order[c.kind], RANK[c.verdict], c.finding)):
            lines.append(_change_line(reading, change))
    shown = lines[:_MOST_LINES]
    for vantage in record.vantages:
        if not vantage.sighted and len(shown) < _MOST_LINES + 3:
            why = clip(vantage.reason or "its controls did not answer", 160)
            shown.append(ChangeLine("q", "amb", "", None, f"{vantage.name} cannot see", why))
    empty = "Nothing changed." if reading.compared else "First audit, nothing to compare with."
    previous = record.previous if reading.compared else None
    return Changes(
        since=previous.number if previous else None,
        since_at=(previous.finished_at or previous.started_at) if previous else None,
        lines=tuple(shown),
        more=max(0, len(lines) - _MOST_LINES),
        empty="" if lines else empty,
    )


def _change_line(reading: Reading, change: Change) -> ChangeLine:
    icon, tone, pattern = _CHANGE[change.kind]
    finding = reading.findings_by_id.get(change.finding)
    entrance = clip(entrance_label(finding.entrance), 80) if finding else "an entrance"
    text = pattern.format(verdict=VERDICTS[change.verdict].label.lower(), entrance=entrance)
    text = text.replace("is resolves through", "resolves in", 1)
    if finding and finding.aspect == Aspect.DNS:
        text = _DNS_CHANGE[change.kind]
    detail = clip(target_label(finding.aspect, finding.target), 120) if finding else ""
    if change.before not in (None, change.verdict) and change.kind in _WITH_BEFORE:
        detail += f"{', ' if detail else ''}was {VERDICTS[change.before].label.lower()}"
    return ChangeLine(
        icon,
        tone,
        change.finding,
        f"#{change.finding}" if change.kind is not ChangeKind.RESOLVED else None,
        f"{clip(service_label(finding.service), 80) if finding else ''} {text}".strip(),
        detail,
    )
