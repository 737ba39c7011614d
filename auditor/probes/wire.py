"""TCP as a vantage sees it: connected sockets, and streams over them.

Must never resolve a name: every address here is literal, as the vantage's own resolvers gave it.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from auditor.model import Outcome, Phase
from auditor.probes.outcomes import Failure, failure_of


@dataclass(frozen=True, slots=True)
class Stream:
    """A connected byte stream. Whoever gets one closes it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    local: str  # "address:port", IPv6 in brackets
    peer: str

    async def aclose(self) -> None:
        """Close at once, without waiting for the peer."""
        transport = self.writer.transport
        transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@lru_cache(maxsize=8192)
def literal(host: str) -> str | None:
    """The host as an IP address in canonical form, brackets taken off; None when it is a name."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def place(sockname: Any) -> str:
    """A socket's name as `address:port`."""
    address, port = str(sockname[0]), sockname[1]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


#: uvloop's timers count whole milliseconds from the time its turn began: a wait must not end before its time, for
#: that nobody answered is told with it.
TICK_SECONDS = 0.001


async def dial(address: str, port: int, *, source: str | None, timeout: float) -> socket.socket | Failure:
    """A TCP connection from here, non-blocking, without Nagle's delay."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if source is not None and (":" in source) != (":" in address):
        detail = f"source address {source} and {address} are of different families"
        return Failure(Outcome.UNREACHABLE, Phase.CONNECT, detail)
    sock: socket.socket | None = None
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source is not None:
            _bind(sock, source)
        async with asyncio.timeout(timeout + TICK_SECONDS):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        _refuse_self(sock)
    except OSError as error:
        if sock is not None:
            sock.close()
        return failure_of(error, Phase.CONNECT)
    except BaseException:
        if sock is not None:
            sock.close()
        raise
    return sock


def _bind(sock: socket.socket, source: str) -> None:
    # The port is chosen at connect time, so that one source address is not limited to one port per connection.
    if hasattr(socket, "IP_BIND_ADDRESS_NO_PORT") and sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
    sock.bind((source, 0))


def _refuse_self(sock: socket.socket) -> None:
    """Raise for a connection to itself, which Linux makes when its ephemeral port happens to be the one asked."""
    if sock.getsockname()[:2] == sock.getpeername()[:2]:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused (by itself)")


async def stream_over(sock: socket.socket) -> Stream:
    """Streams over a connected socket, which belongs to the stream from here on."""
    local, peer = place(sock.getsockname()), place(sock.getpeername())
    try:
        reader, writer = await asyncio.open_connection(sock=sock)
    except BaseException:
        sock.close()
        raise
    return Stream(reader, writer, local, peer)
