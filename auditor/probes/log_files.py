"""The files of a log: where it ended, and all that was written since, through rotation and truncation.

Must never follow a name to anything but a regular file, nor call read whole what may have been lost on the way.
"""

import hashlib
import os
import stat
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from auditor.model import LogAnswer, LogFile, LogMark, LogQuestion
from auditor.probes.log_lines import Lines

#: Read of one log at most; and of one whose beginning is not known, from its end.
MOST_BYTES, UNMARKED_BYTES = 268_435_456, 33_554_432

#: What a log is known by again: its last bytes.
TAIL_BYTES = 256

#: Statuses kept of one probe: a request passes several hands, and each may write its line.
MOST_STATUSES = 8

_CHUNK = 1_048_576
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Unreadable(Exception):
    """A log that cannot be opened; the message names it and says why."""


def mark_of(file: str) -> LogMark:
    """Where a log ends now. Raises Unreadable."""
    opened = _open(file)
    try:
        size = opened.size
        return LogMark(file, opened.device, opened.inode, size, _tail(opened, size))
    finally:
        os.close(opened.number)


@dataclass
class _Open:
    """A file that is open, and how far it was read."""

    number: int
    device: int
    inode: int
    at: int = 0

    @property
    def size(self) -> int:
        return os.fstat(self.number).st_size


def _open(file: str) -> _Open:
    try:
        number = os.open(file, _FLAGS)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise Unreadable(f"{file} cannot be read: {reason}") from None
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode):
        os.close(number)
        raise Unreadable(f"{file} cannot be read: it is not a regular file")
    return _Open(number, found.st_dev, found.st_ino)


def _tail(opened: _Open, end: int) -> str:
    """What stands just before a place in a file, as its hash."""
    start = max(0, end - TAIL_BYTES)
    return hashlib.sha256(os.pread(opened.number, end - start, start)).hexdigest()


@dataclass
class _Log:
    """One log since its mark: the file it was, if it was rotated, and the file it is."""

    log: LogFile
    mark: LogMark | None
    ids: Iterable[str]
    files: list[tuple[_Open, Lines]] = field(default_factory=list)
    whole: bool = True
    notes: dict[str, None] = field(default_factory=dict)
    read: int = 0
    over: bool = False  # there is no more of it to be read

    def begin(self) -> None:
        """Find the file of the mark again. Raises Unreadable where there is no log at all."""
        now = _open(self.log.file)
        mark = self.mark
        if mark is None:
            self._lost("where it ended when the audit began is not known")
            self._follow(now, max(0, now.size - UNMARKED_BYTES))
        elif (now.device, now.inode) != (mark.device, mark.inode):
            before = self._beside(mark, same_file=True)
            if before is None:
                self._lost(f"it was rotated, and {mark.file}.1 is not what it was before")
            else:
                self.notes["it was rotated, and read on both sides"] = None
                self._follow(before, mark.size)
            self._follow(now, 0)
        elif now.size < mark.size or _tail(now, mark.size) != mark.tail:
            self._lost("it was cut while the audit ran")
            before = self._beside(mark, same_file=False)
            if before is not None:
                self._follow(before, mark.size)
            self._follow(now, 0)
        else:
            self._follow(now, mark.size)

    def _beside(self, mark: LogMark, *, same_file: bool) -> _Open | None:
        """The file it was rotated to: the same one, or a copy that has what was there at the mark."""
        try:
            found = _open(f"{mark.file}.1")
        except Unreadable:
            return None
        is_same = (found.device, found.inode) == (mark.device, mark.inode)
        fits = found.size >= mark.size and _tail(found, mark.size) == mark.tail
        if fits and (is_same or not same_file):
            return found
        os.close(found.number)
        return None

    def _follow(self, opened: _Open, at: int) -> None:
        opened.at = at
        self.files.append((opened, Lines(self.log, self.ids)))

    def _lost(self, why: str) -> None:
        self.whole = False
        self.notes[why] = None

    def read_on(self, until: float) -> list[tuple[str, int]]:
        """Everything that was written since, up to now."""
        found: list[tuple[str, int]] = []
        for opened, lines in self.files:
            if opened.size < opened.at:
                self._lost("it was cut while it was read")
                opened.at = 0
            while not self.over and (data := self._chunk(opened)):
                opened.at += len(data)
                self.read += len(data)
                found += lines.feed(data)
                if self.read > MOST_BYTES:
                    self._lost(f"more than {MOST_BYTES:,} bytes were written since the audit began")
                    self.over = True
                elif monotonic() > until:
                    self._lost("there was no time left to read it to its end")
                    self.over = True
        self._rotated()
        return found

    def _chunk(self, opened: _Open) -> bytes:
        try:
            return os.pread(opened.number, _CHUNK, opened.at)
        except OSError as error:  # a disk or a mount that went away
            self._lost(f"it could not be read to its end: {error.strerror}")
            self.over = True
            return b""

    def _rotated(self) -> None:
        """A file that took its name meanwhile is read as well; the old one is still open."""
        try:
            now = _open(self.log.file)
        except Unreadable:
            return  # between two files; whoever writes it makes a new one
        last = self.files[-1][0]
        if (now.device, now.inode) == (last.device, last.inode):
            os.close(now.number)
            return
        self.notes["it was rotated, and read on both sides"] = None
        self._follow(now, 0)

    def end(self) -> list[tuple[str, int]]:
        return [each for _, lines in self.files for each in lines.end()]

    def close(self) -> None:
        for opened, _ in self.files:
            os.close(opened.number)
        self.files.clear()


class Reading:
    """All logs of one question, read on again and again. Close it."""

    def __init__(self, question: LogQuestion, *, until: float) -> None:
        marks = {mark.file: mark for mark in question.since}
        self._question, self._until = question, until
        ids = tuple(dict.fromkeys((*question.ids, *question.awaited)))
        self._ids = ids
        self._logs = [_Log(log, marks.get(log.file), ids) for log in question.logs]
        self._begun = False
        self._unreadable: list[str] = []
        self._found: dict[str, dict[int, None]] = {}
        # Whoever gives up waiting closes it, and a file is not closed under the thread that reads it.
        self._lock = threading.Lock()

    @property
    def up_to_date(self) -> bool:
        return all(each in self._found for each in self._question.awaited)

    @property
    def over(self) -> bool:
        """Whether there is nothing more to read."""
        return monotonic() > self._until or all(log.over for log in self._logs)

    def read_on(self) -> None:
        """Read what there is by now. Raises Unreadable where not one of the logs can be opened."""
        with self._lock:
            if not self._begun:
                self._begin()
            for log in self._logs:
                self._take(log.read_on(self._until))

    def _begin(self) -> None:
        self._begun = True
        readable = []
        for log in self._logs:
            try:
                log.begin()
                readable.append(log)
            except Unreadable as error:
                self._unreadable.append(str(error))
        self._logs = readable
        if not readable:
            raise Unreadable("; ".join(self._unreadable))

    def _take(self, found: Iterable[tuple[str, int]]) -> None:
        for probe, status in found:
            statuses = self._found.setdefault(probe, {})
            if len(statuses) < MOST_STATUSES:
                statuses[status] = None

    def answer(self) -> LogAnswer:
        """What was found, in the order in which it was asked for."""
        for log in self._logs:
            self._take(log.end())
        several = len(self._question.logs) > 1
        notes = [f"{log.log.file}: {note}" if several else note for log in self._logs for note in log.notes]
        return LogAnswer(
            seen=tuple((probe, status) for probe in self._ids for status in sorted(self._found.get(probe, ()))),
            whole=not self._unreadable and all(log.whole for log in self._logs),
            read_bytes=sum(log.read for log in self._logs),
            notes=(*self._unreadable, *notes),
        )

    def close(self) -> None:
        with self._lock:
            for log in self._logs:
                log.close()
