"""DNS over HTTPS as HTTP/2, which most such servers speak alone: one question, one stream, one connection.

Must never read more than a DNS message can be, nor wait beyond its time, whatever frames come.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from auditor.probes.eyes import Eyes
from auditor.probes.outcomes import Failure
from auditor.probes.wire import Stream, place

#: A message, its HTTP header fields and a bit: beyond it nobody answers a question.
MAX_BYTES = 65_535
_MAX_FRAMES_BYTES = 4 * MAX_BYTES
_READ = 16_384


@dataclass(slots=True)
class Response:
    """What came on the stream."""

    status: int = 0
    content_type: str = ""
    body: bytearray = field(default_factory=bytearray)
    over: bool = False
    reset: bool = False

    @property
    def too_long(self) -> bool:
        return len(self.body) > MAX_BYTES


async def opened(host: str, address: str, port: int, eyes: Eyes, context: ssl.SSLContext) -> Stream | Failure:
    """A verified TLS connection that offers HTTP/2; what was chosen stands in `selected`. Raises OSError."""
    sock = await eyes.dial(address, port, timeout=eyes.limits.connect_seconds)
    if isinstance(sock, Failure):
        return sock
    local, peer = place(sock.getsockname()), place(sock.getpeername())
    try:
        reader, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=host)
    except BaseException:
        sock.close()
        raise
    return Stream(reader, writer, local, peer)


def selected(stream: Stream) -> str | None:
    """The protocol that the server chose (RFC 7301)."""
    secured = stream.writer.get_extra_info("ssl_object")
    return secured.selected_alpn_protocol() if secured is not None else None


async def get(stream: Stream, url: str, path: str, accept: str) -> Response | None:
    """One GET (RFC 8484 section 4.1); None where what came is not HTTP/2. The caller bounds the time."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
    connection.initiate_connection()
    headers = [(":method", "GET"), (":scheme", "https"), (":authority", urlsplit(url).netloc), (":path", path)]
    number = connection.get_next_available_stream_id()
    connection.send_headers(number, [*headers, ("accept", accept)], end_stream=True)
    stream.writer.write(connection.data_to_send())
    response, total = Response(), 0
    while not response.over:
        data = await stream.reader.read(_READ)
        total += len(data)
        if not data or total > _MAX_FRAMES_BYTES:
            return None
        try:
            for event in connection.receive_data(data):
                _take(response, event, connection, number)
        except h2.exceptions.H2Error:
            return None
        stream.writer.write(connection.data_to_send())
    return None if response.reset else response


def _take(response: Response, event: object, connection: h2.connection.H2Connection, number: int) -> None:
    if isinstance(event, h2.events.ResponseReceived) and event.stream_id == number:
        for name, value in event.headers or ():
            if name == b":status":
                response.status = int(value) if value.isdigit() else 0
            elif name == b"content-type":
                response.content_type = value.decode("ascii", "replace")
    elif isinstance(event, h2.events.DataReceived) and event.stream_id == number:
        if not response.too_long:
            response.body += event.data or b""
        connection.acknowledge_received_data(event.flow_controlled_length or 0, number)
    elif isinstance(event, h2.events.StreamEnded) and event.stream_id == number:
        response.over = True
    elif isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
        response.over = response.reset = True
