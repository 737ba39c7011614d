"""The witnesses of an audit: which there were, and whether each was in a state to prove something.

Must never show a line of a log, nor call a witness good that the judge could not use.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.model import (
    HttpAnswer,
    Judgement,
    LogAnswer,
    LogQuestion,
    Probe,
    Role,
)
from auditor.report.codes import answer_words
from auditor.report.reading import Reading
from auditor.report.text import clip
from auditor.report.wording import witness_words


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """One canary, or the logs of one service. `says`: in our own words."""

    service: str
    kind: str  # canary, log
    where: str  # the canary's path, or the files
    good: bool
    says: str


def witness_line(judgement: Judgement) -> str:
    """What the witnesses of a way in say, on one line."""
    return "; ".join(witness_words(word, judgement.logged) for word in judgement.witness)


def witnesses(reading: Reading) -> tuple[WitnessRow, ...]:
    """Canaries first, then logs, each in the order of the plan."""
    return (*_canaries(reading), *_logs(reading))


def _canaries(reading: Reading) -> Iterator[WitnessRow]:
    truths: dict[tuple[str, str], list[Probe]] = {}
    for probe in reading.by_role.get(Role.TRUTH, ()):
        question = probe.question
        if question.kind == "http" and question.canary is not None and probe.follows is None:
            truths.setdefault((question.canary, question.target), []).append(probe)
    for (service, path), probes in truths.items():
        controls = [p for p in reading.by_role.get(Role.UPSTREAM, ()) if p.group == f"canary|{service}"]
        marks = [_marks(reading, probe) for probe in probes]
        if any("canary_unchecked" in each for each in marks):
            good, says = False, "not looked for, because its secret is not at hand"
        elif not all("canary" in each for each in marks):
            good, says = False, "did not answer inside as it must; is it the same secret?"
        elif not all(_for_anyone(reading, probe) for probe in controls):
            good, says = False, "answers inside, but not whatever the Host and without an id"
        else:
            good, says = True, "answers inside"
        yield WitnessRow(clip(service, 100), "canary", clip(path, 300), good, says)


def _marks(reading: Reading, probe: Probe) -> tuple[str, ...]:
    observation = reading.observation(probe.id)
    answer = observation.answer if observation else None
    return answer.fingerprint.marks if isinstance(answer, HttpAnswer) else ()


def _for_anyone(reading: Reading, probe: Probe) -> bool:
    observation = reading.observation(probe.id)
    answer = observation.answer if observation else None
    if not isinstance(answer, HttpAnswer) or not 200 <= answer.status < 300:
        return False
    question = probe.question
    return question.kind != "http" or question.canary is None or "canary" in answer.fingerprint.marks


def _logs(reading: Reading) -> Iterator[WitnessRow]:
    last = {probe.group: probe.id for probe in reading.by_role.get(Role.WITNESS, ())}
    for probe in reading.by_role.get(Role.LOG, ()):
        question = probe.question
        if not isinstance(question, LogQuestion) or question.act != "read":
            continue
        where = clip(", ".join(log.file for log in question.logs), 300)
        for service in question.services:
            good, says = _log(reading, probe, last.get(f"witness|{service}", ""))
            yield WitnessRow(clip(service, 100), "log", where, good, says)


def _log(reading: Reading, probe: Probe, last: str) -> tuple[bool, str]:
    seen = reading.seen.get(probe.id)
    answer = getattr(seen, "answer", None)
    if not isinstance(answer, LogAnswer):
        detail = clip(getattr(seen, "detail", ""), 200)
        return False, f"{answer_words(seen)}{': ' + detail if detail else ''}"
    notes = f" ({clip('; '.join(answer.notes), 300)})" if answer.notes else ""
    if last not in {each for each, _ in answer.seen}:
        return False, f"not live: the last request inside does not stand in it{notes}"
    if not answer.whole:
        return False, f"live, and not read whole{notes}"
    return True, f"live, read whole{notes}"
