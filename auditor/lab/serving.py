"""A listening socket and the conversations on it, and how both end.

Must never leave anything behind: whatever was opened is closed even when stopping is cancelled, so all that closes
is done before the first wait.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from auditor.lab.estate import LOOPBACK

#: One conversation, from the accepted connection to its end.
Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

#: What a peer that goes away in the middle causes; the end of a conversation, not an error.
PEER_GONE = (ConnectionError, asyncio.IncompleteReadError)

#: Connections that may wait to be accepted.
_BACKLOG = 128


class Listener:
    """Serves conversations on one bound socket until it is closed.

    It accepts by itself: the loop's own servers lose a connection that is accepted in the moment they are closed.
    """

    def __init__(self, sock: socket.socket, converse: Converse) -> None:
        self._sock = sock
        self._converse = converse
        self._talks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self._open = False

    @property
    def port(self) -> int:
        return int(self._sock.getsockname()[1])

    async def __aenter__(self) -> "Listener":
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Listens from now on; does not wait, so that there is no half-way."""
        try:
            self._sock.listen(_BACKLOG)
            asyncio.get_running_loop().add_reader(self._sock.fileno(), self._accept)
        except BaseException:
            self._sock.close()
            raise
        self._open = True

    async def close(self) -> None:
        """No new conversations, and an end to those under way. Raises what a conversation failed of."""
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._sock.fileno())
            self._sock.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await asyncio.sleep(0)  # aborted transports say goodbye in the next turn of the loop
        if self._faults:
            raise self._faults.pop()

    def _accept(self) -> None:
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        task = asyncio.get_running_loop().create_task(self._talk(connection))
        self._talks.add(task)
        task.add_done_callback(partial(self._ended, connection))

    async def _talk(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connection)
        try:
            with contextlib.suppress(*PEER_GONE):
                await self._converse(reader, writer)
            await hang_up(writer)
        finally:
            writer.transport.abort()  # where it was not hung up, there is no time to

    def _ended(self, connection: socket.socket, task: asyncio.Task[None]) -> None:
        connection.close()  # a task that was cancelled before it ran has closed nothing
        self._talks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            self._faults.append(fault)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Closes after what was written; the peer may be gone already."""
    writer.close()
    with contextlib.suppress(*PEER_GONE):
        await writer.wait_closed()


def loopback_socket(port: int = 0, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A bound socket that does not listen yet: it keeps its port, and connecting to it is refused."""
    sock = socket.socket(socket.AF_INET, kind)
    try:
        sock.setblocking(False)
        if kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
    except BaseException:
        sock.close()
        raise
    return sock


def unix_socket(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.bind(str(path))
    except BaseException:
        sock.close()
        raise
    return sock
