"""Before you call it internal: what probes alone can answer about each service.

Must never call a service internal: three of the five questions are not for probes to answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.model import BAD, RANK, Aspect, Judgement
from auditor.report.reading import Reading
from auditor.report.text import clip, plural
from auditor.report.wording import VERDICTS

MOST_SERVICES = 60


@dataclass(frozen=True, slots=True)
class Mark:
    css: str  # red | grn | amb | gry
    icon: str
    word: str  # No | Yes | Unknown
    why: str


@dataclass(frozen=True, slots=True)
class ServiceLine:
    service: str
    owner: str
    tag: str
    result: str
    gateway: Mark
    names: Mark


@dataclass(frozen=True, slots=True)
class Scorecard:
    lines: tuple[ServiceLine, ...]
    more: int


def scorecard(reading: Reading) -> Scorecard:
    """One line per internal service, the wrong ones first."""
    by_service: dict[str, list[Judgement]] = {}
    for judgement in reading.judgements:
        if judgement.claim.aspect in (Aspect.SENSITIVE, Aspect.PUBLIC, Aspect.DNS):
            continue  # a gateway's own, of no service that is known; and what must not be internal
        if judgement.claim.service.startswith("zone:"):
            continue  # names of a zone that no service has
        by_service.setdefault(judgement.claim.service, []).append(judgement)
    lines = []
    for service, judgements in by_service.items():
        names = [j for j in judgements if j.claim.aspect is Aspect.NAME]
        ways = [j for j in judgements if j.claim.aspect is not Aspect.NAME]
        gateway_mark = _mark(ways, "way in through a gateway", "ways in through a gateway")
        names_mark = _mark(names, "name lookup outside", "name lookups outside")
        wrong = "No" in (gateway_mark.word, names_mark.word)
        lines.append(
            ServiceLine(
                clip(service, 120),
                clip(reading.owners.get(service, ""), 120),
                "bad" if wrong else "un",
                "Not internal" if wrong else "Unproven",
                gateway_mark,
                names_mark,
            )
        )
    lines.sort(key=lambda line: (line.result != "Not internal", _unknowns(line) == 0, line.service))
    return Scorecard(tuple(lines[:MOST_SERVICES]), max(0, len(lines) - MOST_SERVICES))


def _unknowns(line: ServiceLine) -> int:
    return [line.gateway.word, line.names.word].count("Unknown")


def _mark(judgements: Sequence[Judgement], one: str, many: str) -> Mark:
    if not judgements:
        return Mark("gry", "q", "Unknown", "not asked")
    worst = min(judgements, key=lambda j: RANK[j.verdict])
    same = sum(j.verdict is worst.verdict for j in judgements)
    words = VERDICTS[worst.verdict]
    why = f"{words.label} on {same} of {plural(len(judgements), one, many)}"
    if worst.verdict in BAD:
        return Mark("red", "x", "No", why)
    if words.letter != "k":
        return Mark("amb", "q", "Unknown", why)
    return Mark("grn", "ck", "Yes", f"Closed, proven, on {plural(len(judgements), one, many)}")
