"""Numbers for the drawings: the composition bar, the strip of a finding, open findings over time.

Must never hold markup: paths are made of numbers only, the template puts them into attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from auditor.model import Verdict
from auditor.report.text import plural
from auditor.report.totals import Totals
from auditor.report.wording import VERDICTS

STRIP_AUDITS = 48
_BUCKETS = 60


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """How many findings were open after one audit. None: that audit could not tell."""

    at: datetime
    reachable: int | None  # exposed and suspected
    other: int | None  # guarded, routed, resolves, outage


@dataclass(frozen=True, slots=True)
class History:
    """What came before, oldest first. Empty when there is nothing to show."""

    #: per finding id: (audit number, verdict), None where that audit did not judge it; the last 48 are drawn
    strips: dict[str, tuple[tuple[int, Verdict | None], ...]] = field(default_factory=dict)
    points: tuple[OpenPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """One path of one class."""

    css: str
    fill: str  # the colour where style sheets are blocked
    d: str


@dataclass(frozen=True, slots=True)
class Strip:
    shapes: tuple[Shape, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the composition bar, in percent of its width."""

    css: str
    fill: str
    x: str
    width: str
    count: int
    words: str


_FILL = {
    **{"a": "#b3261e", "b": "#8a5300", "e": "#1a6b3c"},
    **{"x": "#b3261e", "s": "#b3261e", "d": "#b3261e", "g": "#8a5300", "r": "#8a5300"},
    **{"k": "#1a6b3c", "n": "#656f7a", "u": "#c4cbd3"},
}
#: top and height of a bar; how bad is told by height as well as by colour
_BARS = {
    "a": (0, 18),
    "b": (7, 11),
    "e": (13, 5),
    "x": (0, 18),
    "s": (0, 18),
    "d": (4, 14),
    "g": (7, 11),
    "r": (7, 11),
    "k": (13, 5),
    "n": (10, 8),
}


def composition(counted: Totals) -> tuple[Part, ...]:
    """Found, unproven, untested, open as meant, closed: adds up to all that was planned."""
    counts = [
        ("f", "#b3261e", counted.found, "not as meant" if counted.public else "found a way in"),
        ("n", "#656f7a", counted.verdicts[Verdict.UNPROVEN], "unproven"),
        ("u", "#c4cbd3", counted.verdicts[Verdict.UNTESTED], "untested"),
        ("k", "#8fb59f", counted.closed, "closed, proven"),
    ]
    if counted.public or counted.as_meant:
        counts.append(("e", "#9bbce0", counted.as_meant, "open, as meant"))
    parts, x = [], 0.0
    for css, fill, count, words in counts:
        width = 100.0 * count / counted.claims if counted.claims else 0.0
        parts.append(Part(css, fill, f"{x:.2f}%", f"{width:.2f}%", count, words))
        x += width
    return tuple(parts)


#: What a bar of a finding's history is called: how the finding stood, or that the audit could not tell.
_LABELS = {**dict.fromkeys("xasgrdb", "open"), "k": "closed", "e": "as meant"}


def strip(audits: Sequence[tuple[int, Verdict | None]]) -> Strip | None:
    """The last audits of one finding, one bar each; equal neighbours are one rectangle."""
    shown = list(audits)[-STRIP_AUDITS:]
    if not shown:
        return None
    paths: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    x = 3 * (STRIP_AUDITS - len(shown))
    for letter, run in groupby(VERDICTS[verdict].letter if verdict else "u" for _, verdict in shown):
        length = len(list(run))
        top, height = _BARS.get(letter, (10, 8))
        width = 3 * length - 1
        paths.setdefault(letter, []).append(f"M{x} {top}h{width}v{height}h-{width}z")
        label = _LABELS.get(letter)
        counts[label or "not proven"] = counts.get(label or "not proven", 0) + length
        x += 3 * length
    words = ", ".join(f"{count} {label}" for label, count in counts.items())
    shapes = tuple(Shape(letter, _FILL[letter], "".join(parts)) for letter, parts in paths.items())
    return Strip(shapes, f"Last {plural(len(shown), 'audit')}: {words}")


@dataclass(frozen=True, slots=True)
class Tick:
    at: str
    label: str


@dataclass(frozen=True, slots=True)
class OpenChart:
    """Open findings over time as two stacked step areas; gaps are hatched."""

    reachable: str
    other: str
    gaps: tuple[tuple[str, str], ...]  # x, width
    levels: tuple[Tick, ...]
    times: tuple[tuple[str, datetime], ...]
    rows: tuple[OpenPoint, ...]  # newest first, for the table of numbers
    words: str


_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 1280.0, 12.0, 132.0


def open_chart(points: Sequence[OpenPoint]) -> OpenChart | None:
    """The chart, or None when there are not two points to draw it between."""
    if len(points) < 2:
        return None
    buckets = _bucketed(points)
    step = (_RIGHT - _LEFT) / len(buckets)
    top = max((p.reachable or 0) + (p.other or 0) for p in buckets) or 1
    scale = (_BOTTOM - _TOP) / top

    def area(low: list[int], high: list[int]) -> str:
        pieces = []
        for at, (under, over) in enumerate(zip(low, high, strict=True)):
            if over > under:
                x, y = _LEFT + at * step, _BOTTOM - over * scale
                pieces.append(f"M{x:.1f} {y:.1f}h{step:.1f}v{(over - under) * scale:.1f}h-{step:.1f}z")
        return "".join(pieces)

    reachable = [p.reachable or 0 for p in buckets]
    total = [(p.reachable or 0) + (p.other or 0) for p in buckets]
    every = max(1, -(-top // 4))
    gaps = tuple(
        (f"{_LEFT + at * step:.1f}", f"{step:.1f}") for at, p in enumerate(buckets) if p.reachable is None
    )
    shown = sorted({0, len(buckets) // 2, len(buckets) - 1})
    most, now = max(total), total[-1]
    return OpenChart(
        reachable=area([0] * len(buckets), reachable),
        other=area(reachable, total),
        gaps=gaps,
        levels=tuple(Tick(f"{_BOTTOM - level * scale:.1f}", str(level)) for level in range(0, top + 1, every)),
        times=tuple((f"{_LEFT + (at + 0.5) * step:.1f}", buckets[at].at) for at in shown),
        rows=tuple(reversed(buckets)),
        words=f"{now} open at the end, at most {most} at once."
        + (f" {plural(len(gaps), 'period')} could not be measured." if gaps else ""),
    )


def _bucketed(points: Sequence[OpenPoint]) -> list[OpenPoint]:
    """At most `_BUCKETS` points; each bucket shows its worst."""
    size = -(-len(points) // _BUCKETS)
    buckets = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        measured = [point for point in part if point.reachable is not None]
        worst = max(measured, key=lambda p: ((p.reachable or 0) + (p.other or 0), p.at), default=part[-1])
        buckets.append(worst)
    return buckets
