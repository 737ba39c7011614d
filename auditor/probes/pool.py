"""Kept connections, by where they lead.

Must never hand out a connection that leads elsewhere, nor keep more of them than a bound.
"""

import asyncio
from collections import OrderedDict, deque
from typing import NamedTuple

from auditor.probes.connection import Connection

IDLE_CONNECTIONS = 256


class Way(NamedTuple):
    """Where a connection leads: it may carry any request to the same way."""

    address: str
    port: int
    tls: bool
    sni: str | None
    verify_as: str


class Pool:
    """Every live connection; the idle ones wait for the next request, youngest first."""

    def __init__(self) -> None:
        self._live: set[Connection] = set()
        self._idle: dict[Way, deque[Connection]] = {}
        self._order: OrderedDict[Connection, Way] = OrderedDict()  # of the idle ones, oldest first

    @property
    def live(self) -> int:
        return len(self._live)

    def add(self, connection: Connection) -> None:
        """A new connection, in use."""
        self._live.add(connection)
        connection.closed.add_done_callback(lambda _: self._live.discard(connection))

    def take(self, way: Way) -> Connection | None:
        """An idle connection that leads this way."""
        waiting = self._idle.get(way)
        while waiting:
            connection = waiting.pop()
            del self._order[connection]
            if not waiting:
                del self._idle[way]
            if connection.usable and connection.quiet:
                connection.reused = True
                return connection
            connection.abort()
        return None

    def give(self, way: Way, connection: Connection) -> None:
        """A connection whose exchange is over, back for the next."""
        if not connection.usable:
            connection.abort()
            return
        self._idle.setdefault(way, deque()).append(connection)
        self._order[connection] = way
        if len(self._order) > IDLE_CONNECTIONS:
            oldest, its_way = self._order.popitem(last=False)
            self._idle[its_way].remove(oldest)
            if not self._idle[its_way]:
                del self._idle[its_way]
            oldest.abort()

    async def aclose(self) -> None:
        """Close every connection, idle or not."""
        live = tuple(self._live)
        for connection in live:
            connection.abort()
        if live:
            await asyncio.wait([connection.closed for connection in live])
        self._idle.clear()
        self._order.clear()
