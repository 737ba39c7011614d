"""stdout and stderr that outlive their readers: a closed pipe or terminal ends neither an audit nor its exit code.

Must never hide that output was lost for another reason, such as a full disk.
"""

import contextlib
import errno
import io
import os
import sys
from typing import TextIO, cast

#: The reader left (a pipe) or the terminal did: nobody misses what follows.
_NOBODY_READS = frozenset({errno.EPIPE, errno.EIO})


class Patient(io.TextIOWrapper):
    """A text stream that leads nowhere from the first write that fails; `lost` says what it failed of."""

    lost: OSError | None = None

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._lead_nowhere(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._lead_nowhere(error)

    @property
    def is_missed(self) -> bool:
        """Whether something was lost that somebody waits for."""
        return self.lost is not None and self.lost.errno not in _NOBODY_READS

    def _lead_nowhere(self, error: OSError) -> None:
        self.lost = self.lost or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())  # what is buffered goes there as well, when the process ends
        os.close(nowhere)


def settle() -> None:
    """Once, before anything is said: opens what was closed at the start, and makes both streams patient."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(number))
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and not isinstance(stream, Patient):
            setattr(sys, name, _patient(stream))


def lost(stream: TextIO) -> OSError | None:
    """Why what was written last may not have arrived; None when it did, as far as can be known."""
    with contextlib.suppress(ValueError):  # closed: it was flushed then
        stream.flush()
    return stream.lost if isinstance(stream, Patient) else None


def end() -> OSError | None:
    """What stdout lost that somebody waits for."""
    lost(sys.stdout)
    return sys.stdout.lost if isinstance(sys.stdout, Patient) and sys.stdout.is_missed else None


def _nowhere(number: int) -> TextIO:
    """The null device under the number that was closed, so that no file or socket is opened under it."""
    file = os.open(os.devnull, os.O_RDWR)
    if file != number:
        try:
            os.fstat(number)
        except OSError:
            os.dup2(file, number)
            os.close(file)
            file = number
    return open(file, "r" if number == 0 else "w", encoding="utf-8", closefd=False)


def _patient(stream: io.TextIOWrapper) -> Patient:
    encoding, by_line, at_once = stream.encoding, stream.line_buffering, stream.write_through
    # What the terminal cannot show is escaped: a summary is worth more than its dashes.
    return Patient(
        cast(io.BufferedWriter, stream.detach()),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=by_line,
        write_through=at_once,
    )
