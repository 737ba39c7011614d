"""One HTTP/1.1 response read off the wire: httptools finds its parts, the bounds here decide what is kept.

Must never keep more than its bounds, nor read a byte of a second response: a hostile server chooses every byte.
"""

from dataclasses import dataclass

import httptools

from auditor.model import Outcome, Phase
from auditor.probes.outcomes import ExchangeFailed
from auditor.probes.redact import printable
from auditor.probes.trace import Trace

#: Of a response's head: what is read at most, interim responses included; what is kept; how many fields.
HEAD_BYTES_READ = 262_144
HEAD_BYTES_KEPT = 65_536
HEADERS_KEPT = 200
REASON_BYTES = 256
#: Chunk framing and trailers allowed beside a body: this many bytes, and eight per byte of body.
FRAMING_BYTES = 65_536

_WITHOUT_BODY = frozenset({101, 204, 304})


@dataclass(frozen=True, slots=True)
class Reply:
    """A response as it came, bounded; transfer coding taken off, content coding still on."""

    status: int
    reason: bytes
    version: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    truncated: bool  # there was more, of headers or of body, than is kept


class Reading:
    """Fed until it is `over`; then `reply` is whole, and `keep` tells whether the connection may be used again."""

    __slots__ = (
        "_body",
        "_framed",
        "_head_only",
        "_headers",
        "_in_head",
        "_interim",
        "_kept",
        "_parser",
        "_read",
        "_reason",
        "_room",
        "_trace",
        "_truncated",
        "keep",
        "over",
    )

    def __init__(self, *, head_only: bool, body_bytes: int, trace: Trace) -> None:
        self.over = False
        self.keep = False
        self._head_only = head_only
        self._room = body_bytes
        self._trace = trace
        self._parser = httptools.HttpResponseParser(self)
        # A sloppy answer is an answer: lone LF (RFC 9112 section 2.2), folded headers, control characters.
        self._parser.set_dangerous_leniencies(lenient_headers=True, lenient_optional_cr_before_lf=True)
        self._in_head = True
        self._interim = False
        self._read = 0  # bytes of the head so far, then bytes after it
        self._kept = 0  # bytes of headers kept
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._framed = False  # the response says where it ends
        self._truncated = False

    def feed(self, data: bytes) -> None:
        """Read some bytes. Raises ExchangeFailed when they are no HTTP response, or an endless head."""
        if self._in_head:
            data = self._feed_head(data)
        if data:
            self._feed_body(data)

    def _feed_head(self, data: bytes) -> bytes:
        """Read on in the head. Returns what is left unread of the data, where the head ended within bounds."""
        room = HEAD_BYTES_READ - self._read
        self._read += len(data)
        self._parse(data if len(data) <= room else data[:room])
        if not self._in_head:
            self._read = 0
            return data[room:]
        if len(data) >= room:
            self._trace.status = self._parser.get_status_code() or None
            raise self._error(f"a head of more than {HEAD_BYTES_READ} bytes")
        return b""

    def _feed_body(self, data: bytes) -> None:
        if self._read > FRAMING_BYTES + 8 * self._trace.body_bytes:
            self._cut()
        else:
            self._read += len(data)
            self._parse(data)

    def end(self) -> None:
        """The peer hung up. Raises ExchangeFailed when the response was not whole."""
        if self._in_head or self._framed:
            raise ExchangeFailed(self._trace.failure(Outcome.CLOSED_EARLY, "the peer hung up"))
        self.over = True

    @property
    def reply(self) -> Reply:
        status, version = self._trace.status or 0, self._parser.get_http_version()
        return Reply(status, self._reason, version, self._headers, b"".join(self._body), self._truncated)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keep = False
        except httptools.HttpParserError as error:
            self.keep = False
            if not self.over:
                raise self._error(f"{error}, in {data[:48]!r}") from None

    def _error(self, words: str) -> ExchangeFailed:
        return ExchangeFailed(self._trace.failure(Outcome.PROTOCOL_ERROR, printable(words)))

    def _cut(self) -> None:
        """Enough: what is still to come is not read, so that the connection is of no further use."""
        self._truncated = self.over = True
        self.keep = False

    # --- httptools calls these

    def on_message_begin(self) -> None:
        if self.over:
            self.keep = False  # a second response that nobody asked for

    def on_status(self, reason: bytes) -> None:
        if self._in_head and len(self._reason) < REASON_BYTES:
            self._reason = (self._reason + reason)[:REASON_BYTES]

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_head:
            return  # a trailer, or of a second response
        size = len(name) + len(value)
        if len(self._headers) < HEADERS_KEPT and self._kept + size <= HEAD_BYTES_KEPT:
            self._headers.append((name, value))
            self._kept += size
        else:
            self._truncated = True
        if len(name) == 14 or len(name) == 17:
            lower = name.lower()
            if lower == b"content-length" or (lower == b"transfer-encoding" and b"chunked" in value.lower()):
                self._framed = True

    def on_headers_complete(self) -> None:
        if self.over:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._interim = True
            return
        self._in_head = False
        self._trace.status = status
        self._trace.enter(Phase.BODY)
        if self._head_only or status in _WITHOUT_BODY:
            self.keep = status != 101 and self._parser.should_keep_alive()
            self.over = True

    def on_body(self, data: bytes) -> None:
        if self.over:
            self.keep = False  # a body where there can be none, or more of one than we read
            return
        if len(data) > self._room:
            data = data[: self._room]
            self._cut()
        self._room -= len(data)
        self._trace.body_bytes += len(data)
        self._body.append(data)

    def on_chunk_header(self) -> None:
        if self.over:
            self.keep = False

    def on_message_complete(self) -> None:
        if self.over:
            return
        if self._interim:
            self._interim, self._reason, self._framed = False, b"", False
            self._headers, self._kept = [], 0
            return
        self.keep = self._parser.should_keep_alive()
        self.over = True
