"""The list of open findings, worst first, and the words the filter box looks for.

Must never leave an open finding out, however long the list gets.
"""

from dataclasses import dataclass
from datetime import datetime

from auditor.model import Change, ChangeKind
from auditor.report.charts import History, Strip, strip
from auditor.report.checking import leak_class
from auditor.report.detail import Detail, detail, seen_from, what_happens
from auditor.report.reading import OpenRow, Reading
from auditor.report.text import age, clip
from auditor.report.wording import (
    VECTORS,
    VERDICTS,
    VerdictWords,
    entrance_label,
    service_label,
    target_label,
    verdict_label,
)

OPEN_AT_FIRST = 3


@dataclass(frozen=True, slots=True)
class Tag:
    css: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding as listed. `detail` is None where the page had to be kept small."""

    id: str
    words: VerdictWords
    label: str
    severity: str
    service: str
    target: str
    entrance: str
    what: str
    tag: Tag | None
    how: str
    vectors: str
    seen_from: str
    confidence: str
    age: str
    opened_at: datetime | None
    owner: str
    strip: Strip | None
    tokens: str
    expanded: bool
    detail: Detail | None


def entries(
    reading: Reading,
    history: History,
    at: datetime,
    *,
    details: int,
    bodies: bool,
    strips: bool,
) -> tuple[Entry, ...]:
    """All open rows. The first `details` come with everything, the rest as a line each."""
    found = []
    fresh = 0
    for place, row in enumerate(reading.open_rows):
        tag = _tag(reading, row)
        expanded = tag is not None and tag.text in ("NEW", "REOPENED") and fresh < OPEN_AT_FIRST
        fresh += expanded
        full = detail(reading, row, bodies=bodies) if place < details else None
        bars = strip(history.strips.get(row.finding.id, ())) if strips and row.finding else None
        found.append(_entry(reading, row, at, tag, full, bars, expanded or (place == 0 and full is not None)))
    return tuple(found)


def _entry(
    reading: Reading,
    row: OpenRow,
    at: datetime,
    tag: Tag | None,
    full: Detail | None,
    bars: Strip | None,
    expanded: bool,
) -> Entry:
    finding = row.finding
    vectors = finding.vectors if finding else ()
    judgement = row.judgement if row.seen_now else None
    confidence = (judgement.confidence if judgement else finding.confidence if finding else None) or None
    leak = leak_class(row)
    return Entry(
        id=finding.id if finding else "",
        words=VERDICTS[row.verdict],
        label=verdict_label(row.verdict, row.key[1], row.reason),
        severity=row.severity.value,
        service=clip(service_label(row.key[0]), 120),
        target=clip(target_label(row.key[1], row.key[2]), 200),
        entrance=clip(entrance_label(row.key[3]), 80),
        what=what_happens(reading, row),
        tag=tag,
        how=leak.title if leak else ", ".join(VECTORS[v].short for v in vectors[:2]) or "Not classified",
        vectors=", ".join([*([leak.number] if leak else []), *(vector.value for vector in vectors)]),
        seen_from=seen_from(reading, row),
        confidence=confidence.value if confidence else "not set",
        age=age(at - finding.opened_at) if finding else "this audit",
        opened_at=finding.opened_at if finding else None,
        owner=clip(finding.owner, 120) if finding and finding.owner else "",
        strip=bars,
        tokens=_tokens(row, tag, confidence.value if confidence else "none"),
        expanded=expanded,
        detail=full,
    )


def _tag(reading: Reading, row: OpenRow) -> Tag | None:
    if row.finding is None:
        return Tag("reo", "NOT RECORDED")
    change: Change | None = reading.changes.get(row.finding.id)
    if change and reading.compared and change.kind in _TAGS:
        return _TAGS[change.kind]
    if not row.seen_now:
        return Tag("un", "NOT CONFIRMED")
    return None


_TAGS = {
    ChangeKind.OPENED: Tag("new", "NEW"),
    ChangeKind.REOPENED: Tag("reo", "REOPENED"),
    ChangeKind.WORSENED: Tag("reo", "WORSE"),
}
_TAG_TOKENS = {
    "NEW": "is:new",
    "REOPENED": "is:reopened",
    "WORSE": "is:worse",
    "NOT CONFIRMED": "is:unconfirmed",
    "NOT RECORDED": "is:unrecorded",
}


def _tokens(row: OpenRow, tag: Tag | None, confidence: str) -> str:
    """Lower case, what `v: sev: conf: owner: via: from: vec: is:` and plain words match against."""
    finding, judgement = row.finding, row.judgement
    words = [finding.id if finding else "", *(clip(part, 120) for part in (row.key[0], row.key[2]))]
    words += [f"v:{row.verdict.value}", f"sev:{row.severity.value}", f"conf:{confidence}", "is:open"]
    words += [f"via:{clip(row.key[3], 80)}"]
    if finding and finding.owner:
        words.append(f"owner:{clip(finding.owner, 80)}")
    if judgement and judgement.vantage:
        words.append(f"from:{clip(judgement.vantage, 60)}")
    words += [f"vec:{vector.value}" for vector in (finding.vectors if finding else ())]
    leak = leak_class(row)
    if leak:
        words.append(f"class:{leak.number}")
    if service_label(row.key[0]) != row.key[0]:
        words.append(clip(service_label(row.key[0]), 120))
    if tag:
        words.append(_TAG_TOKENS[tag.text])
    return " ".join(word for word in words if word).lower()
