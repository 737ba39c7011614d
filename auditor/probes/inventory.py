"""The kind `inventory`: the names that a file of the operator's holds, a zone file or logged certificates.

Must never open a file but the one that is named, read it on the loop, or keep anything of it but names.
"""

import asyncio
import os
import stat
from collections.abc import Iterator
from time import monotonic

from auditor.model import InventoryAnswer, InventoryQuestion, Observation, Outcome, Probe
from auditor.probes import logged_names, zone_file
from auditor.probes.collected import Collected, Full
from auditor.probes.eyes import Eyes
from auditor.probes.redact import printable

KIND = "inventory"

MOST_BYTES = 67_108_864
MOST_LINE = 65_536  # characters; what is longer is no entry

#: Of the time of a probe; the rest is for telling what was read.
_ALL = 0.9

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Unreadable(Exception):
    """A file that cannot be read; the message says why."""


async def look(probe: Probe, eyes: Eyes) -> Observation:
    """ANSWERED with the names; UNREADABLE where the file is not there, or nothing in it makes sense."""
    question = probe.question
    assert isinstance(question, InventoryQuestion), "probes are dispatched by kind"
    started_at, started = eyes.now(), monotonic()
    answer: InventoryAnswer | None = None
    detail = ""
    try:
        answer = await asyncio.to_thread(read, question, started + _ALL * eyes.limits.probe_seconds)
    except Unreadable as error:
        detail = printable(f"{question.file} cannot be read: {error}")
    return Observation(
        probe=probe.id,
        vantage=eyes.name,
        started_at=started_at,
        elapsed_seconds=monotonic() - started,
        outcome=Outcome.UNREADABLE if answer is None else Outcome.ANSWERED,
        detail=detail,
        answer=answer,
    )


def read(question: InventoryQuestion, until: float) -> InventoryAnswer:
    """The names in a file, as far as read by `until`, a time of the monotonic clock. Raises Unreadable."""
    into = Collected(question.zones, until)
    text, is_whole = _text(question.file)
    if not is_whole:
        into.incomplete(f"not read beyond {MOST_BYTES:,} bytes")
    try:
        if question.act == "zone":
            zone_file.read(_lines(text, into), question.zones[0] if question.zones else ".", into)
        elif text.lstrip().startswith("["):
            logged_names.read_list(text, into)
        else:
            logged_names.read_lines(_lines(text, into), into)
    except Full as error:
        into.incomplete(str(error))
    answer = into.answer()
    if into.is_empty and answer.refused:
        raise Unreadable(answer.notes[0])
    return answer


def _text(file: str) -> tuple[str, bool]:
    """The file as text, and whether that is all of it. Raises Unreadable."""
    try:
        number = os.open(file, _FLAGS)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise Unreadable(reason) from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Unreadable("it is not a regular file")
    with open(number, "rb") as opened:
        try:
            data = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise Unreadable(error.strerror or "it could not be read to its end") from None
    return data[:MOST_BYTES].decode("utf-8-sig", "replace"), len(data) <= MOST_BYTES


def _lines(text: str, into: Collected) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without holding them all; a line that is too long is refused."""
    at, number = 0, 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        number += 1
        if end - at > MOST_LINE:
            into.refuse(number, "a line too long to be an entry")
        else:
            yield number, text[at:end].rstrip("\r")
        at = end + 1
