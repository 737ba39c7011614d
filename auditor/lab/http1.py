"""HTTP/1.1 as a server speaks it: requests in, replies out, several on one connection (RFC 9112).

Must never change a request's target: what is asked is passed on to the byte, for that is what balancers and apps
read differently. Bodies and heads are bounded.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import httptools

from auditor.lab.serving import Converse

Headers = tuple[tuple[str, str], ...]

#: Bytes of one request, head and body together.
MAX_REQUEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str  # as it stood in the request line
    version: str
    headers: Headers  # names in lower case
    body: bytes
    keep_alive: bool
    peer: str = ""

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def host(self) -> str:
        """The Host without port and trailing dot, in lower case; "" when there is none."""
        named = (self.values("host") or [""])[0]
        return named.partition(":")[0].rstrip(".").lower()

    @property
    def path(self) -> str:
        """The path decoded once, as most frameworks read it; bytes that are no UTF-8 become U+FFFD."""
        return unquote_to_bytes(self.target.partition("?")[0]).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Headers
    body: bytes = b""

    def encode(self, request: Request) -> bytes:
        """The bytes on the wire; a HEAD gets the head alone."""
        head = [f"HTTP/1.1 {self.status} {phrase(self.status)}"]
        head += [f"{name}: {value}" for name, value in self.headers]
        if not any(name.lower() == "content-length" for name, _ in self.headers):
            head.append(f"content-length: {len(self.body)}")
        if not request.keep_alive:
            head.append("connection: close")
        lines = "\r\n".join([*head, "", ""]).encode("latin-1")
        return lines if request.method == "HEAD" else lines + self.body


Answer = Callable[[Request], Awaitable[Reply]]


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def today() -> str:
    """Now, as a Date header has it."""
    return formatdate(usegmt=True)


class Malformed(Exception):
    """Not a request that this server takes."""


@dataclass(slots=True)
class _Draft:
    """A request while it arrives."""

    url: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    keep_alive: bool = True

    @property
    def size(self) -> int:
        return len(self.url) + len(self.body) + sum(len(name) + len(value) for name, value in self.headers)


class Inbox:
    """The requests of one connection, one after the other."""

    def __init__(self, reader: asyncio.StreamReader, peer: str) -> None:
        self._reader = reader
        self._peer = peer
        self._parser = httptools.HttpRequestParser(self)
        self._draft = _Draft()
        self._ready: deque[Request] = deque()
        self._pending = 0  # bytes read since the last whole request
        self._too_long = False
        self._ended = False

    async def next(self) -> Request | None:
        """The next request, or None when the peer has no more. Raises Malformed."""
        while not self._ready:
            data = b"" if self._ended else await self._reader.read(MAX_REQUEST)
            if not data:
                return None
            self._pending += len(data)
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                self._ended = True  # what follows is another protocol, which nobody here speaks
            except httptools.HttpParserError as error:
                raise Malformed(str(error)) from error
            if self._too_long or self._pending > MAX_REQUEST:
                raise Malformed("too long")
        return self._ready.popleft()

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._draft = _Draft()

    def on_url(self, url: bytes) -> None:
        self._draft.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._draft.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._draft.keep_alive = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self._draft.body += body

    def on_message_complete(self) -> None:
        draft = self._draft
        self._pending = 0
        self._too_long |= draft.size > MAX_REQUEST
        self._ready.append(
            Request(
                self._parser.get_method().decode("latin-1"),
                draft.url.decode("latin-1"),
                self._parser.get_http_version(),
                tuple(draft.headers),
                draft.body,
                draft.keep_alive and not self._parser.should_upgrade(),
                self._peer,
            )
        )


def conversation(answer: Answer, malformed: Callable[[], Reply]) -> Converse:
    """Serves each request of a connection with `answer`, and ends it after one that is `malformed`."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peername = writer.get_extra_info("peername")
        inbox = Inbox(reader, peername[0] if isinstance(peername, tuple) else "")
        while True:
            try:
                request = await inbox.next()
            except Malformed:
                refused = Request("GET", "", "1.1", (), b"", keep_alive=False)
                writer.write(malformed().encode(refused))
                await writer.drain()
                return
            if request is None:
                return
            writer.write((await answer(request)).encode(request))
            await writer.drain()
            if not request.keep_alive:
                return

    return converse
