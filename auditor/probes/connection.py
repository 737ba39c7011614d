"""One connection of ours that speaks HTTP/1.1: one exchange at a time.

Must never take bytes nobody asked for as the answer to a later question.
"""

import asyncio
import select
import socket
from typing import cast

from auditor.model import Outcome, Phase, TlsAnswer
from auditor.probes.outcomes import ExchangeFailed, Failure, failure_of
from auditor.probes.reading import Reading, Reply
from auditor.probes.trace import Trace
from auditor.probes.wire import TICK_SECONDS


class Connection(asyncio.Protocol):
    """Asked and answered in turn, until either side has had enough."""

    def __init__(self, sock: socket.socket, body_bytes: int) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.tls: TlsAnswer | None = None  # as recorded in the handshake, not yet verified
        self.local_address = str(sock.getsockname()[0])
        self.reused = False
        self.heard = False  # any byte of an answer to the present question
        self._arrivals = select.poll()
        self._arrivals.register(sock, select.POLLIN)
        self._body_bytes = body_bytes
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        self._reading: Reading | None = None
        self._trace = Trace()
        self._keep = True
        self._lost: BaseException | None = None

    async def ask(self, request: bytes, *, head_only: bool, trace: Trace, seconds: float) -> Reply:
        """Send a request and wait for its answer, so many seconds. Raises ExchangeFailed."""
        loop = asyncio.get_running_loop()
        self._trace, self.heard = trace, False
        trace.local_address = self.local_address
        trace.enter(Phase.REQUEST)
        self._reading = Reading(head_only=head_only, body_bytes=self._body_bytes, trace=trace)
        self._waiter = waiter = loop.create_future()
        timer = loop.call_later(seconds + TICK_SECONDS, self._time_up)
        try:
            if self._transport is None or not self._keep:
                self._fail(self._why_lost())
            else:
                self._transport.write(request)
            reply: Reply = await waiter
        except BaseException:
            self.abort()
            raise
        finally:
            timer.cancel()
            trace.leave()
            self._waiter = self._reading = None
        return reply

    @property
    def usable(self) -> bool:
        """Whether both sides keep it open for another question."""
        return self._keep and self._transport is not None and not self._transport.is_closing()

    @property
    def quiet(self) -> bool:
        """Whether nothing has arrived that the loop has not read yet: unasked-for bytes, or the peer's goodbye."""
        return not self._arrivals.poll(0)

    def abort(self) -> None:
        """Close at once."""
        self._keep = False
        if self._transport is not None:
            self._transport.abort()

    # --- the loop calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        reading = self._reading
        if reading is None or self._waiter is None or self._waiter.done():
            self.abort()  # nobody asked
            return
        if not self.heard:
            self.heard = True
            self._trace.enter(Phase.RESPONSE)
        try:
            reading.feed(data)
        except ExchangeFailed as error:
            self._fail(error.failure)
            return
        if reading.over:
            self._answered(reading)

    def connection_lost(self, error: Exception | None) -> None:
        self._keep = False
        self._lost = error
        if not self.closed.done():
            self.closed.set_result(None)
        if self._reading is None or self._waiter is None or self._waiter.done():
            return
        if error is not None:
            failure = self._why_lost()
            if failure.outcome is not Outcome.CLOSED_EARLY:  # which is TLS's word for an end without goodbye
                self._fail(failure)
                return
        try:
            self._reading.end()
        except ExchangeFailed as early:
            self._fail(early.failure)
        else:
            self._answered(self._reading)

    # --- how an exchange ends

    def _answered(self, reading: Reading) -> None:
        self._keep = self._keep and reading.keep
        if not self._keep:
            self.abort()
        if self._waiter is not None:
            self._waiter.set_result(reading.reply)

    def _fail(self, failure: Failure) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ExchangeFailed(failure))

    def _time_up(self) -> None:
        self._fail(self._trace.timed_out())

    def _why_lost(self) -> Failure:
        if self._lost is None:
            return self._trace.failure(Outcome.CLOSED_EARLY, "the peer hung up")
        failure = failure_of(self._lost, self._trace.phase)
        if failure.outcome is Outcome.TLS_ALERT:
            return failure_of(self._lost, Phase.TLS)  # TLS 1.3: the end of the handshake, told late
        return self._trace.failure(failure.outcome, failure.detail)
