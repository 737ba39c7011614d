"""The lines of a log: which probes stand in them, and with what status.

Must never take longer than linear time for a line, nor read a status where the line has none for certain.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.model import LogFile

#: A line is kept up to so many bytes while its end is awaited; of a longer one the ids count and nothing else.
LINE_BYTES = 65_536
#: How much of a line is looked at for its status.
STATUS_BYTES = 8_192

#: No status, or none that an answer can have.
NO_STATUS = 0

#: Keys of JSON lines: nginx and Caddy, Envoy, W3C extended and CloudFront.
STATUS_KEYS = ("status", "response_code", "sc-status")

#: Common and combined log format: the time in brackets, the quoted request, the status. Quotes within are escaped.
_COMMON = re.compile(rb'\] "(?:[^"\\]|\\.)*" ([1-5]\d\d)(?!\S)')

_OVERLAP = 128


class Lines:
    """Fed with a log as it comes; `found` yields (probe, status) of every wanted id in a line that is whole."""

    def __init__(self, log: LogFile, ids: Iterable[str]) -> None:
        self._wanted = {each.encode(): each for each in ids}
        self._word = _word(self._wanted)
        self._status = _reader(log)
        self._carry = b""
        self._headless = False  # the line began before what is carried, and is too long to be read

    def feed(self, data: bytes) -> Iterator[tuple[str, int]]:
        """Some more bytes."""
        block = self._carry + data
        end = block.rfind(b"\n") + 1
        whole, rest = block[:end], block[end:]
        if whole and self._headless:
            first, _, whole = whole.partition(b"\n")
            self._headless = False
            yield from self._found(first, readable=False)
        yield from self._found(whole)
        if len(rest) > LINE_BYTES:
            yield from self._found(rest, readable=False)
            rest, self._headless = rest[-_OVERLAP:], True
        self._carry = rest

    def end(self) -> Iterator[tuple[str, int]]:
        """What is left: a last line that nobody has ended."""
        rest, self._carry = self._carry, b""
        yield from self._found(rest, readable=not self._headless)

    def _found(self, block: bytes, *, readable: bool = True) -> Iterator[tuple[str, int]]:
        if self._word is None:
            return
        line_ends, status = 0, NO_STATUS
        for match in self._word.finditer(block):
            probe = self._wanted.get(match[0])
            before = block[match.start() - 1 : match.start()]  # empty at the beginning
            if probe is None or before.isalnum():
                continue
            if readable and match.start() >= line_ends:
                start = block.rfind(b"\n", 0, match.start()) + 1
                end = block.find(b"\n", match.end())
                line_ends = len(block) if end < 0 else end
                line = block[start:line_ends]
                status = self._status(line[:STATUS_BYTES]) if len(line) <= LINE_BYTES else NO_STATUS
            yield probe, status


def _word(ids: Iterable[bytes]) -> re.Pattern[bytes] | None:
    """Words as long as an id and of the characters of ids; None where nothing is looked for.

    With no more than these characters a log is read twice as fast: ids are hexadecimal, most words are not.
    """
    lengths = sorted({len(each) for each in ids})
    if not lengths:
        return None
    of = re.escape(bytes(sorted(set(b"".join(ids))))).decode()
    texts = "|".join(f"[{of}]{{{length}}}" for length in lengths)
    return re.compile(rf"(?:{texts})(?![0-9A-Za-z])".encode())


def _reader(log: LogFile) -> Any:
    """How the status of a line of this log is read."""
    if log.pattern is not None:
        pattern = re.compile(log.pattern)
        return lambda line: _by_pattern(pattern, line)
    keys = STATUS_KEYS if log.status is None else (log.status,)
    if log.status is not None:
        return lambda line: _by_keys(keys, line)
    return lambda line: _by_common(line) or _by_keys(keys, line)


def _by_common(line: bytes) -> int:
    if line.startswith(b"{"):
        return NO_STATUS
    match = _COMMON.search(line)
    return int(match[1]) if match else NO_STATUS


def _by_pattern(pattern: re.Pattern[str], line: bytes) -> int:
    match = pattern.search(line.decode("utf-8", "replace"))
    return _status(match["status"]) if match else NO_STATUS


def _by_keys(keys: Iterable[str], line: bytes) -> int:
    """Of a JSON object, with or without the words that a container's log puts before it."""
    start = line.find(b"{")
    if start < 0:
        return NO_STATUS
    try:
        document = json.loads(line[start:])
    except (ValueError, RecursionError):
        return NO_STATUS
    if not isinstance(document, dict):
        return NO_STATUS
    return next((status for key in keys if (status := _status(document.get(key)))), NO_STATUS)


def _status(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return NO_STATUS
    text = str(value).strip() if isinstance(value, int) or len(value) <= 8 else ""
    return (
        int(text) if len(text) == 3 and text.isascii() and text.isdigit() and "1" <= text[0] <= "5" else NO_STATUS
    )
