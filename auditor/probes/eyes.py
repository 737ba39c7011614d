"""How one vantage sees: its resolvers, its way out, its bounds and its clock.

Must never open a connection that did not go through `dial`, nor resolve a name anywhere but at its resolvers.
"""

import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from functools import cached_property

from auditor.config import Limits
from auditor.model import Phase
from auditor.probes.canary import NO_CANARIES, Canaries
from auditor.probes.credentials import Credentials
from auditor.probes.handshakes import Handshakes
from auditor.probes.outcomes import Failure
from auditor.probes.proxy import dial_via
from auditor.probes.transport import WireTransport
from auditor.probes.wire import Stream, dial, literal, stream_over

#: Whether this vantage's own allow-list covers (host, address or None before it is resolved, port).
Permits = Callable[[str, str | None, int], bool]


#: Whether it may ask a name server at an address that came out of DNS.
MayFollow = Callable[[str], bool]

#: Waits until the server at (address, port) may be asked once more; the place is held while it is asked.
Turn = Callable[[str, int], AbstractAsyncContextManager[None]]


def everything(host: str, address: str | None, port: int) -> bool:
    """The allow-list of a vantage that has none."""
    return True


def anywhere(address: str) -> bool:
    """The same, for addresses alone."""
    return True


def at_once(address: str, port: int) -> AbstractAsyncContextManager[None]:
    """The pace of a vantage that has none."""
    return nullcontext()


class Eyes:
    """Everything a kind needs to look from one vantage. Close it in the loop it was used in."""

    def __init__(
        self,
        *,
        name: str,
        resolvers: tuple[str, ...],
        limits: Limits,
        now: Callable[[], datetime],
        via: str | None = None,
        source_address: str | None = None,
        ca_file: str | None = None,
        permits: Permits = everything,
        may_follow: MayFollow = anywhere,
        turn: Turn = at_once,
        canaries: Canaries = NO_CANARIES,
        credentials: Credentials | None = None,
    ) -> None:
        self.name = name
        self.resolvers = resolvers
        self.limits = limits
        self.now = now
        self.via = via
        self.source_address = source_address
        self.ca_file = ca_file
        self.permits = permits
        self.may_follow = may_follow
        self.turn = turn
        self.canaries = canaries
        self.credentials = credentials or Credentials()

    async def resolve(self, host: str) -> tuple[str, ...] | Failure:
        """The addresses of a host as this vantage's resolvers have them; a literal address is itself."""
        address = literal(host)
        if address is not None:
            return (address,)
        from auditor.probes.resolving import resolve  # it looks through Eyes itself

        return await resolve(host, self)

    async def dial(self, address: str, port: int, *, timeout: float) -> socket.socket | Failure:
        """A connected non-blocking socket to a literal address, by this vantage's way out."""
        if self.via is not None:
            return await dial_via(self.via, address, port, source=self.source_address, timeout=timeout)
        return await dial(address, port, source=self.source_address, timeout=timeout)

    @property
    def way_out(self) -> Phase:
        """The phase in which a connection is made: silence there is the target's, or the proxy's."""
        return Phase.CONNECT if self.via is None else Phase.PROXY

    async def connect(self, address: str, port: int, *, timeout: float) -> Stream | Failure:
        """The same as a stream. Whoever gets one closes it."""
        sock = await self.dial(address, port, timeout=timeout)
        return sock if isinstance(sock, Failure) else await stream_over(sock)

    @cached_property
    def handshakes(self) -> Handshakes:
        """This vantage's TLS."""
        return Handshakes(self.dial, ca_file=self.ca_file, timeout=self.limits.connect_seconds)

    @cached_property
    def transport(self) -> WireTransport:
        """This vantage's HTTP/1.1, with its pool of kept connections."""
        return WireTransport(self.dial, self.handshakes, self.limits, way_out=self.way_out)

    async def aclose(self) -> None:
        """Close every kept connection."""
        if "transport" in self.__dict__:
            await self.transport.aclose()
        if "handshakes" in self.__dict__:
            await self.handshakes.aclose()
