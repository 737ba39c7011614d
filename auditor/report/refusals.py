"""What the vantages refused to ask, by their own allow-lists: where, why, and how much it was.

Must never make a refusal look like an answer: what was not asked stays untested.
"""

from collections import Counter
from dataclasses import dataclass

from auditor.model import DnsQuestion, Probe, Role, Skip, SkipReason
from auditor.report.reading import Reading
from auditor.report.text import clip, plural

#: Lines of the page and of the summary; all are in the JSON.
MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    vantage: str
    why: str  # the vantage's own sentence: what was to be asked, and the rule
    probes: int


def refusals(reading: Reading) -> tuple[Refusal, ...]:
    """The most first. Random siblings count with the target beside which they were to be asked."""
    skips = [
        (reading.probes[seen.probe], seen)
        for seen in reading.record.seen
        if isinstance(seen, Skip) and seen.reason is SkipReason.OUT_OF_SCOPE and seen.probe in reading.probes
    ]
    leading = {(probe.vantage, probe.group): _why(seen) for probe, seen in skips if probe.role is not Role.SIBLING}
    counts = Counter(
        (probe.vantage, leading.get((probe.vantage, probe.group), _why(seen)))
        for probe, seen in skips
        if not _nobodys(probe)
    )
    return tuple(Refusal(vantage, why, count) for (vantage, why), count in counts.most_common())


def _why(seen: Skip) -> str:
    return clip(seen.detail, 300) or "the vantage's allow-list does not cover it"


def _nobodys(probe: Probe) -> bool:
    """A random name in the DNS: it is refused with its zone, and says nothing of its own."""
    return isinstance(probe.question, DnsQuestion) and probe.role in (Role.SIBLING, Role.GATEWAY)


def sentence(found: tuple[Refusal, ...]) -> str:
    """For the headline; empty where nothing was refused."""
    if not found:
        return ""
    names = list(dict.fromkeys(clip(each.vantage, 60) for each in found))
    whose = "its" if len(names) == 1 else "their"
    questions = plural(sum(each.probes for each in found), "question")
    return f"{', '.join(names)} refused {questions} by {whose} own allow-list, see below."
