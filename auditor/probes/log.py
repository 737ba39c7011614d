"""Kind `log`: where the access logs of a service end, and which of the audit's probes they show since.

Must never open a file but the one that is named and the one it is rotated to, keep a line, or take what it could
not read for what is not there: every byte of a log may have been chosen by a stranger.
"""

import asyncio
from time import monotonic

from auditor.model import LogAnswer, LogQuestion, Observation, Outcome, Probe
from auditor.probes.eyes import Eyes
from auditor.probes.log_files import Reading, Unreadable, mark_of
from auditor.probes.redact import printable

KIND = "log"

#: How long a log may lag behind what it tells of, and how often it is looked at until then.
LAG_SECONDS, EVERY_SECONDS = 5.0, 0.05


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED with what can be read; UNREADABLE where not one of the logs can."""
    question = probe.question
    assert isinstance(question, LogQuestion)
    started_at, started = eyes.now(), monotonic()
    answer = await (_marked(question) if question.act == "mark" else _read(question, eyes))
    return Observation(
        probe=probe.id,
        vantage=eyes.name,
        started_at=started_at,
        elapsed_seconds=monotonic() - started,
        outcome=Outcome.UNREADABLE if isinstance(answer, str) else Outcome.ANSWERED,
        detail=answer if isinstance(answer, str) else "",
        answer=None if isinstance(answer, str) else answer,
    )


async def _marked(question: LogQuestion) -> LogAnswer | str:
    marks, notes = [], []
    for log in question.logs:
        try:
            marks.append(await asyncio.to_thread(mark_of, log.file))
        except Unreadable as error:
            notes.append(printable(str(error)))
    return (
        LogAnswer(marks=tuple(marks), whole=not notes, notes=tuple(notes))
        if marks
        else printable("; ".join(notes))
    )


async def _read(question: LogQuestion, eyes: Eyes) -> LogAnswer | str:
    """Read on until what is awaited is there, for as long as a log may lag."""
    now = monotonic()
    lag = now + min(LAG_SECONDS, eyes.limits.probe_seconds / 2)
    reading = Reading(question, until=now + eyes.limits.probe_seconds)
    try:
        while True:
            await asyncio.to_thread(reading.read_on)
            if reading.up_to_date or reading.over or monotonic() > lag:
                await asyncio.to_thread(reading.read_on)  # what others wrote while the last line was awaited
                break
            await asyncio.sleep(EVERY_SECONDS)
        return await asyncio.to_thread(reading.answer)
    except Unreadable as error:
        return printable(str(error))
    finally:
        await asyncio.to_thread(reading.close)
